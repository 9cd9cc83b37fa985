"""Keras' layers that arrange, in Keras' own axes whatever the graph's are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import (
    apply,
    first,
    functional,
    input_layer,
    last,
    layer,
    noise,
    open_keras,
    sequential,
    values_of,
    write_whole,
)

X = noise(2, 3, 4, 5)


def test_flatten_is_in_the_order_of_height_width_channels(tmp_path: Path) -> None:
    np.testing.assert_array_equal(apply(tmp_path, "Flatten", {}, X), X.reshape(2, -1))


def test_flatten_puts_first_channels_last_where_it_is_told_so(tmp_path: Path) -> None:
    y = apply(tmp_path, "Flatten", {"data_format": "channels_first"}, X, channels_last=False)
    np.testing.assert_array_equal(y, X.transpose(0, 2, 3, 1).reshape(2, -1))
    y = apply(tmp_path, "Flatten", {}, X, channels_last=False)
    np.testing.assert_array_equal(y, X.reshape(2, -1))


@pytest.mark.parametrize("shape", [(2, 1, 1, 5), (2, 3, 4, 1)])
def test_flatten_does_not_turn_what_lies_right_already(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = noise(*shape)
    record = functional([input_layer("x", *shape[1:]), layer("Flatten", "y", {}, "x")], ["y"])
    network = open_keras(write_whole(tmp_path, record, {}))
    assert [node.op_type for node in network.layer["y"].nodes] == ["Flatten"]
    np.testing.assert_array_equal(values_of(network, first(x))["y"], x.reshape(2, -1))


def test_dense_reads_a_flattened_map_with_the_files_own_rows(tmp_path: Path) -> None:
    weight = noise(60, 3, seed=1)
    record = sequential(
        [
            layer("Flatten", "f", {"batch_input_shape": [None, 3, 4, 5]}),
            layer("Dense", "d", {"units": 3, "use_bias": False}),
        ]
    )
    network = open_keras(write_whole(tmp_path, record, {"d": {"kernel": weight}}))
    y = values_of(network, first(X))["d"]
    np.testing.assert_allclose(y, X.reshape(2, -1) @ weight, rtol=1e-5, atol=1e-5)
    kernel = network.layer["d"].weights[0].const_value
    assert kernel is not None
    np.testing.assert_array_equal(kernel.numpy(), weight)


@pytest.mark.parametrize("target", [[60], [5, 12], [12, 5], [-1, 6], [5, 4, 3], [2, 5, -1, 3]])
@pytest.mark.parametrize("channels_last", [True, False])
def test_reshape_keeps_keras_order(tmp_path: Path, target: list[int], channels_last: bool) -> None:
    y = apply(tmp_path, "Reshape", {"target_shape": target}, X, channels_last=channels_last)
    np.testing.assert_array_equal(y, X.reshape(2, *target))


@pytest.mark.parametrize("dims", [(1, 2, 3), (3, 1, 2), (2, 1, 3), (3, 2, 1)])
@pytest.mark.parametrize("channels_last", [True, False])
def test_permute_counts_keras_axes_from_one(tmp_path: Path, dims: tuple[int, ...], channels_last: bool) -> None:
    y = apply(tmp_path, "Permute", {"dims": dims}, X, channels_last=channels_last)
    np.testing.assert_array_equal(y, X.transpose(0, *dims))


@pytest.mark.parametrize("channels_last", [True, False])
def test_repeat_vector(tmp_path: Path, channels_last: bool) -> None:
    x = noise(2, 5)
    y = apply(tmp_path, "RepeatVector", {"n": 3}, x, channels_last=channels_last)
    np.testing.assert_array_equal(y, np.repeat(x[:, None], 3, axis=1))


PADDINGS: list[tuple[int, Any, list[tuple[int, int]]]] = [
    (2, 2, [(2, 2), (2, 2)]),
    (2, [1, 2], [(1, 1), (2, 2)]),
    (2, [[1, 0], [2, 3]], [(1, 0), (2, 3)]),
    (1, [1, 2], [(1, 1), (2, 2)]),
    (1, [1, 0, 2, 3], [(1, 0), (2, 3)]),
    (1, {"top_pad": 1, "bottom_pad": 0, "left_pad": 2, "right_pad": 3}, [(1, 0), (2, 3)]),
]


@pytest.mark.parametrize(("version", "padding", "borders"), PADDINGS)
@pytest.mark.parametrize("channels_last", [True, False])
def test_zero_padding_in_all_its_spellings(
    tmp_path: Path, version: int, padding: Any, borders: list[tuple[int, int]], channels_last: bool
) -> None:
    x = X if channels_last else first(X)
    config: dict[str, Any] = {"padding": padding}
    if not channels_last and version > 1:
        config["data_format"] = "channels_first"
    y = apply(tmp_path, "ZeroPadding2D", config, x, version=version, channels_last=channels_last)
    np.testing.assert_array_equal(y if channels_last else last(y), np.pad(X, [(0, 0), *borders, (0, 0)]))


def test_cropping_of_one_two_and_three_axes(tmp_path: Path) -> None:
    y = apply(tmp_path, "Cropping2D", {"cropping": [[1, 0], [2, 1]]}, X)
    np.testing.assert_array_equal(y, X[:, 1:, 2:3])
    x = noise(2, 6, 3)
    np.testing.assert_array_equal(apply(tmp_path, "Cropping1D", {"cropping": [1, 2]}, x), x[:, 1:4])
    x = noise(2, 4, 5, 6, 3)
    y = apply(tmp_path, "Cropping3D", {"cropping": [[1, 0], [0, 2], [2, 2]]}, x)
    np.testing.assert_array_equal(y, x[:, 1:, :3, 2:4])
    y = apply(tmp_path, "ZeroPadding1D", {"padding": [2, 1]}, noise(2, 6, 3))
    np.testing.assert_array_equal(y, np.pad(noise(2, 6, 3), [(0, 0), (2, 1), (0, 0)]))


@pytest.mark.parametrize(
    "kind", ["Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization", "RandomFlip"]
)
def test_what_is_there_for_training_does_nothing(tmp_path: Path, kind: str) -> None:
    np.testing.assert_array_equal(apply(tmp_path, kind, {"rate": 0.5}, X), X)


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("Reshape", {"target_shape": [7, -1]}, "60 numbers can't have the shape 7×-1"),
        ("Reshape", {"target_shape": [-1, -1]}, "60 numbers can't have the shape -1×-1"),
        ("Permute", {"dims": [1, 1, 3]}, r"\[1, 1, 3\] is no order of 3 axes"),
        ("Cropping2D", {"cropping": [[2, 1], [0, 0]]}, "nothing is left of 3 positions"),
        ("ZeroPadding2D", {"padding": [1, 2, 3]}, "its padding are not whole numbers for 2 axes"),
        ("RepeatVector", {"n": 2}, "repeats vectors, here are 4 axes"),
    ],
)
def test_an_arrangement_that_is_impossible_is_told(
    tmp_path: Path, kind: str, config: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PortsideError, match=f"layer 'y': {reason}"):
        apply(tmp_path, kind, config, X)
