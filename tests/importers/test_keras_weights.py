"""Which arrays of a file belong to which layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers.keras_weights import snake_case
from explorer.network.network import Network
from tests.keras_files import (
    Array,
    functional,
    input_layer,
    layer,
    noise,
    open_keras,
    write_json,
    write_modern_weights,
    write_weights,
)

WEIGHTS = {name: {"kernel": noise(4, 4, seed=number)} for number, name in enumerate(["a", "b"])}


def two_layers(folder: Path, version: int = 2) -> Path:
    config = {"units": 4, "use_bias": False}
    layers = [input_layer("x", 4, version=version), layer("Dense", "a", config, "x"), layer("Dense", "b", config, "a")]
    return write_json(folder, functional(layers, ["b"], version))


def kernel(network: Network, name: str) -> Array:
    value = network.layer[name].weights[0].const_value
    assert value is not None
    array: Array = value.numpy()
    return array


def test_layers_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    weights = write_weights(tmp_path / "w.h5", dict(reversed(WEIGHTS.items())))
    network = open_keras(two_layers(tmp_path), weights)
    np.testing.assert_array_equal(kernel(network, "a"), WEIGHTS["a"]["kernel"])


def test_layers_of_other_names_are_taken_in_order_and_said(tmp_path: Path) -> None:
    renamed = {"dense_7": WEIGHTS["a"], "dense_8": WEIGHTS["b"]}
    network = open_keras(two_layers(tmp_path), write_weights(tmp_path / "w.h5", renamed))
    np.testing.assert_array_equal(kernel(network, "b"), WEIGHTS["b"]["kernel"])
    assert any("the weights' layers have other names ('dense_7' …)" in note for note in network.source.notes)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({"a": WEIGHTS["a"]}, "layer 'b': the file holds no weights for it"),
        ({**WEIGHTS, "c": WEIGHTS["a"]}, "layer 'c': the file holds its weights, but the architecture has no such"),
        ({"p": WEIGHTS["a"]}, r"holds the weights of another network: 1 layers \('p' …\), not 2 \('a' …\)"),
        ({}, "holds no weights"),
    ],
)
def test_weights_of_another_network_are_refused(
    tmp_path: Path, weights: dict[str, dict[str, Array]], reason: str
) -> None:
    with pytest.raises(PortsideError, match=f"w.h5: {reason}"):
        open_keras(two_layers(tmp_path), write_weights(tmp_path / "w.h5", weights))


def test_modern_weights_are_numbered_by_class(tmp_path: Path) -> None:
    path = two_layers(tmp_path, 3)
    weights = write_modern_weights(tmp_path / "w.weights.h5", {"x": "InputLayer", "a": "Dense", "b": "Dense"}, WEIGHTS)
    network = open_keras(path, weights)
    np.testing.assert_array_equal(kernel(network, "a"), WEIGHTS["a"]["kernel"])
    np.testing.assert_array_equal(kernel(network, "b"), WEIGHTS["b"]["kernel"])


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ({"a": "Dense"}, "layer 'b': its kernel is missing: the file holds 0 weights"),
        (
            {"a": "Dense", "b": "Dense", "c": "Conv2D"},
            "holds weights for 'layers/conv2d', which the architecture has not",
        ),
    ],
)
def test_modern_weights_of_another_network_are_refused(tmp_path: Path, kinds: dict[str, str], reason: str) -> None:
    weights = {**WEIGHTS, "c": WEIGHTS["a"]}
    with pytest.raises(PortsideError, match=reason):
        open_keras(two_layers(tmp_path, 3), write_modern_weights(tmp_path / "w.weights.h5", kinds, weights))


def test_tensorflow_2_12_calls_the_layers_otherwise(tmp_path: Path) -> None:
    weights = write_modern_weights(tmp_path / "w.weights.h5", {"a": "Dense", "b": "Dense"}, WEIGHTS)
    with h5py.File(weights, "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    network = open_keras(two_layers(tmp_path, 3), weights)
    np.testing.assert_array_equal(kernel(network, "b"), WEIGHTS["b"]["kernel"])


def test_keras_0_numbers_layers_and_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file.attrs["nb_layers"] = 3
        for index, array in enumerate([None, WEIGHTS["a"]["kernel"], WEIGHTS["b"]["kernel"]]):
            group = file.create_group(f"layer_{index}")
            group.attrs["nb_params"] = 0 if array is None else 1
            if array is not None:
                group["param_0"] = array
    np.testing.assert_array_equal(kernel(open_keras(two_layers(tmp_path), path), "b"), WEIGHTS["b"]["kernel"])


def test_a_long_list_of_names_is_put_together(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "w.h5", WEIGHTS)
    with h5py.File(path, "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"] = [b"a"]
        file.attrs["layer_names1"] = [b"b"]
    np.testing.assert_array_equal(kernel(open_keras(two_layers(tmp_path), path), "b"), WEIGHTS["b"]["kernel"])


def test_what_generators_of_random_numbers_keep_is_no_weight(tmp_path: Path) -> None:
    held: Any = {**WEIGHTS, "drop": {"drop/StateVar:0": np.arange(3)}}
    network = open_keras(two_layers(tmp_path), write_weights(tmp_path / "w.h5", held))
    assert network.source.has_weights


@pytest.mark.parametrize("kind", ["f2", "f8", ">f4", "i4"])
def test_other_numbers_become_float32_and_it_is_told(tmp_path: Path, kind: str) -> None:
    held = {name: {"kernel": np.round(8 * arrays["kernel"]).astype(kind)} for name, arrays in WEIGHTS.items()}
    network = open_keras(two_layers(tmp_path), write_weights(tmp_path / "w.h5", held))
    array = kernel(network, "a")
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, np.round(8 * WEIGHTS["a"]["kernel"]))
    value = network.layer["a"].weights[0].const_value
    assert value is not None
    assert ("convert" in value.metadata_props["portside.provenance"]) == (kind != ">f4")


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Conv2D", "conv2d"),
        ("ReLU", "re_lu"),
        ("PReLU", "p_re_lu"),
        ("BatchNormalization", "batch_normalization"),
        ("DepthwiseConv2D", "depthwise_conv2d"),
        ("MaxPooling2D", "max_pooling2d"),
        ("UpSampling2D", "up_sampling2d"),
    ],
)
def test_classes_have_keras_names_in_files(name: str, snake: str) -> None:
    assert snake_case(name) == snake
