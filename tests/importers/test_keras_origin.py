"""Which Keras wrote a file, and what it computed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.network.network import Network
from tests.keras_files import functional, input_layer, layer, noise, open_keras, write_json, write_weights, write_whole

KERNEL = noise(3, 3, 2, 4)


def record(version: int, layout: str = "tf") -> dict[str, Any]:
    sizes = (6, 6, 2) if layout in ("tf", "channels_last") else (2, 6, 6)
    config: dict[str, Any] = {"nb_filter": 4, "nb_row": 3, "nb_col": 3, "bias": False, "dim_ordering": layout}
    if version > 1:
        config = {"filters": 4, "kernel_size": [3, 3], "use_bias": False, "data_format": layout}
    kind = "Conv2D" if version > 1 else "Convolution2D"
    return functional([input_layer("x", *sizes, version=version), layer(kind, "c", config, "x")], ["c"], version)


def turned(network: Network) -> bool:
    value = network.layer["c"].weights[0].const_value
    assert value is not None
    return not np.array_equal(value.numpy(), KERNEL.transpose(3, 2, 0, 1))


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
def test_the_names_of_keras_1_weights_tell_the_backend(tmp_path: Path, backend: str) -> None:
    network = open_keras(write_whole(tmp_path, record(1), {"c": {"W": KERNEL}}, 1, backend))
    assert turned(network) == (backend == "theano")
    (note,) = network.source.notes
    assert note.startswith("the file does not say what Keras computed on: ")
    assert ("kernels are turned by 180°" in note) == (backend == "theano")


@pytest.mark.parametrize("chosen", ["theano", "tensorflow"])
def test_the_person_may_choose_the_backend(tmp_path: Path, chosen: str) -> None:
    path = write_whole(tmp_path, record(1), {"c": {"W": KERNEL}}, 1, "theano")
    network = open_keras(path, backend=chosen)
    assert turned(network) == (chosen == "theano")
    assert network.source.notes == ()


def test_a_backend_that_there_is_not_is_told(tmp_path: Path) -> None:
    path = write_whole(tmp_path, record(1), {"c": {"W": KERNEL}}, 1)
    with pytest.raises(PortsideError, match="'cntk' is no backend: choose theano or tensorflow"):
        open_keras(path, backend="cntk")


@pytest.mark.parametrize(("backend", "expected"), [("theano", True), ("tensorflow", False), ("cntk", False)])
def test_a_stated_backend_counts(tmp_path: Path, backend: str, expected: bool) -> None:
    network = open_keras(write_whole(tmp_path, record(2, "channels_last"), {"c": {"kernel": KERNEL}}, 2, backend))
    assert turned(network) == expected
    assert network.source.notes == ()


@pytest.mark.parametrize(("layout", "name"), [("th", "Theano"), ("tf", "TensorFlow")])
def test_without_weights_the_layout_is_a_hint(tmp_path: Path, layout: str, name: str) -> None:
    network = open_keras(write_json(tmp_path, record(1, layout), keras_version="1.2.2"))
    assert f"{name} is assumed, as its layout is {name}'s" in network.source.notes[0]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_that_is_not_stated_is_told_by_the_options(tmp_path: Path, version: int) -> None:
    architecture = record(version, "tf" if version == 1 else "channels_last")
    architecture.pop("module", None)
    network = open_keras(write_json(tmp_path, architecture, backend="tensorflow"))
    assert network.source.notes[0].endswith(f"by the names of its options it is {version}")


def test_keras_3_is_told_by_its_modules(tmp_path: Path) -> None:
    assert open_keras(write_json(tmp_path, record(3, "channels_last"))).source.notes == ()


def test_weights_of_keras_1_fit_an_architecture_of_keras_2(tmp_path: Path) -> None:
    architecture = write_json(tmp_path, record(2, "channels_first"), keras_version="2.2.4", backend="tensorflow")
    # Keras 1 keeps kernels as O×I×H×W where the channels are first.
    weights = write_weights(tmp_path / "w.h5", {"c": {"W": KERNEL.transpose(3, 2, 0, 1)}}, 1)
    network = open_keras(architecture, weights)
    value = network.layer["c"].weights[0].const_value
    assert value is not None
    np.testing.assert_array_equal(value.numpy(), KERNEL.transpose(3, 2, 0, 1))


def test_a_layer_that_does_not_say_its_layout_has_that_of_the_network(tmp_path: Path) -> None:
    """Keras 1 does not write ZeroPadding2D's dim_ordering down."""
    architecture = record(1, "th")
    padding = layer("ZeroPadding2D", "p", {"padding": [1, 1]}, "c")
    architecture["config"]["layers"].append(
        {"class_name": "ZeroPadding2D", "name": "p", "config": padding["config"], "inbound_nodes": [[["c", 0, 0]]]}
    )
    network = open_keras(write_json(tmp_path, architecture, keras_version="1.2.2"))
    assert list(network.layer["p"].outputs[0].shape or ())[1:] == [4, 6, 6]
