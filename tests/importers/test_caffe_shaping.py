"""Caffe's layers that only rearrange numbers: every number must stand where numpy puts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.importers import open_network
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import forward, layer, noise, refusal

X = noise(2, 6, 4, 5)


@pytest.mark.parametrize(
    ("parameters", "parts"),
    [
        ("slice_param { slice_point: 1 slice_point: 4 }", (1, [1, 4])),
        ("", (1, 3)),
        ("slice_param { axis: -2 slice_point: 1 slice_point: 2 }", (2, [1, 2])),
        ("slice_param { slice_dim: 1 slice_point: 2 slice_point: 3 }", (1, [2, 3])),
    ],
)
def test_a_slice_cuts_at_its_points_or_evenly(tmp_path: Path, parameters: str, parts: tuple[int, Any]) -> None:
    blobs = forward(tmp_path, layer("Slice", parameters, top="p q r"), X)
    for top, part in zip("pqr", np.split(X, parts[1], axis=parts[0]), strict=True):
        np.testing.assert_array_equal(blobs[top], part)


def test_a_slice_through_the_batch_needs_the_batch_that_the_file_declares(tmp_path: Path) -> None:
    text = layer("Slice", "slice_param { axis: 0 }", top="p q")
    blobs = forward(tmp_path, text, X)
    np.testing.assert_array_equal(blobs["q"], X[1:])
    network = open_network(write_caffe(tmp_path, input_layer(2, 6, 4, 5) + text))
    assert list(network.inputs[0].shape or ()) == [2, 6, 4, 5]
    assert "works across the batch" in network.source.notes[0]


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ("shape { dim: 0 dim: -1 }", (2, 120)),
        ("shape { dim: 0 dim: 0 dim: 2 dim: -1 }", (2, 6, 2, 10)),
        ("shape { dim: -1 dim: 6 dim: 20 }", (2, 6, 20)),
        ("shape { dim: 3 dim: 8 } axis: 1 num_axes: 2", (2, 3, 8, 5)),
        ("shape { dim: 1 } axis: 1 num_axes: 0", (2, 1, 6, 4, 5)),
        ("shape { dim: -1 } axis: -3 num_axes: 2", (2, 6, 20)),
        ("shape { dim: 1 } axis: -1 num_axes: 0", (2, 6, 4, 5, 1)),
        ("shape { dim: 4 dim: 60 }", (4, 60)),
        ("shape { dim: -1 dim: 60 }", (4, 60)),
    ],
)
def test_reshape_copies_infers_and_replaces_a_part(tmp_path: Path, parameters: str, shape: tuple[int, ...]) -> None:
    y = forward(tmp_path, layer("Reshape", f"reshape_param {{ {parameters} }}"), X)["y"]
    np.testing.assert_array_equal(y, X.reshape(shape))


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [("", (2, 120)), ("axis: 2", (2, 6, 20)), ("axis: 1 end_axis: 2", (2, 24, 5)), ("axis: 0 end_axis: 1", (12, 4, 5))],
)
def test_flatten_makes_one_axis_of_several(tmp_path: Path, parameters: str, shape: tuple[int, ...]) -> None:
    y = forward(tmp_path, layer("Flatten", f"flatten_param {{ {parameters} }}"), X)["y"]
    np.testing.assert_array_equal(y, X.reshape(shape))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("offset: 1", X[:, :, 1:3, 1:4]),
        ("axis: 1 offset: 3 offset: 2 offset: 0", X[:, 3:5, 2:4, :3]),
        ("axis: -1 offset: 2", X[..., 2:]),
        ("", X[:, :, :2, :3]),
    ],
)
def test_crop_cuts_to_the_second_bottom(tmp_path: Path, parameters: str, expected: np.ndarray) -> None:
    inputs = {"data": X, "like": noise(2, 2, 2, 3)}
    y = forward(tmp_path, layer("Crop", f"crop_param {{ {parameters} }}", bottom="data like"), inputs)["y"]
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(("parameters", "repeats"), [("tiles: 2", (1, 2, 1, 1)), ("axis: -1 tiles: 3", (1, 1, 1, 3))])
def test_tile_repeats_along_one_axis(tmp_path: Path, parameters: str, repeats: tuple[int, ...]) -> None:
    y = forward(tmp_path, layer("Tile", f"tile_param {{ {parameters} }}"), X)["y"]
    np.testing.assert_array_equal(y, np.tile(X, repeats))


@pytest.mark.parametrize(("order", "axes"), [("0 2 3 1", (0, 2, 3, 1)), ("0 3", (0, 3, 1, 2)), ("0 1", (0, 1, 2, 3))])
def test_permute_puts_the_axes_it_does_not_name_behind(tmp_path: Path, order: str, axes: tuple[int, ...]) -> None:
    named = " ".join(f"order: {axis}" for axis in order.split())
    y = forward(tmp_path, layer("Permute", f"permute_param {{ {named} }}"), X)["y"]
    np.testing.assert_array_equal(y, X.transpose(axes))


def test_shuffled_channels_are_dealt_from_the_groups_in_turn(tmp_path: Path) -> None:
    y = forward(tmp_path, layer("ShuffleChannel", "shuffle_channel_param { group: 3 }"), X)["y"]
    np.testing.assert_array_equal(y, X[:, [0, 2, 4, 1, 3, 5]])


def test_batch_reindex_takes_images_by_their_numbers(tmp_path: Path) -> None:
    inputs = {"data": X, "which": np.array([1, 0, 1], np.float32)}
    y = forward(tmp_path, layer("BatchReindex", bottom="data which"), inputs)["y"]
    np.testing.assert_array_equal(y, X[[1, 0, 1]])


@pytest.mark.parametrize(("parameters", "axis"), [("", 1), ("axis: 2", 2), ("axis: -1", 3), ("concat_dim: 2", 2)])
def test_concat_joins_along_its_axis(tmp_path: Path, parameters: str, axis: int) -> None:
    other = noise(*(size + (i == axis) for i, size in enumerate(X.shape)), seed=1)
    y = forward(
        tmp_path, layer("Concat", f"concat_param {{ {parameters} }}", bottom="data b data"), {"data": X, "b": other}
    )["y"]
    np.testing.assert_array_equal(y, np.concatenate([X, other, X], axis=axis))


def test_a_parameter_layer_gives_its_blob(tmp_path: Path) -> None:
    weight = noise(6, seed=3)
    text = layer("Parameter", "parameter_param { shape { dim: 6 } }", bottom="", top="w")
    text += layer("Scale", bottom="data w", top="y")
    y = forward(tmp_path, text, X, {"w": [weight]})["y"]
    np.testing.assert_allclose(y, X * weight[:, None, None], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "parameters", "mentions"),
    [
        ("Slice", "slice_param { slice_point: 4 slice_point: 2 }", "rise"),
        ("Slice", "slice_param { slice_point: 2 }", "slice points"),
        ("Slice", "slice_param { axis: 2 }", "equal parts"),
        ("Reshape", "reshape_param { shape { dim: 0 dim: 7 dim: -1 } }", "divided"),
        ("Reshape", "reshape_param { shape { dim: -1 dim: -1 } }", "more than one"),
        ("Reshape", "reshape_param { shape { dim: 0 dim: 5 } }", "can't get the shape"),
        ("Reshape", "reshape_param { shape { dim: 0 } axis: 9 }", "axis 9"),
        ("Flatten", "flatten_param { axis: 2 end_axis: 1 }", "axis 2 to 1"),
        ("Tile", "tile_param { tiles: 0 }", "0 times"),
        ("Tile", "tile_param { tiles: 2000000000 }", "more than Caffe can hold"),
        ("Permute", "permute_param { order: 1 order: 1 }", "order"),
        ("ShuffleChannel", "shuffle_channel_param { group: 4 }", "groups"),
        ("ShuffleChannel", "", "shuffle_channel_param"),
        ("Concat", "concat_param { axis: 8 }", "axis 8"),
    ],
)
def test_a_rearrangement_that_fits_nothing_is_refused_by_name(
    tmp_path: Path, kind: str, parameters: str, mentions: str
) -> None:
    top = "p q r" if kind == "Slice" else "y"
    message = refusal(tmp_path, layer(kind, parameters, top=top, name="y"), (2, 6, 4, 5))
    assert "layer 'y'" in message
    assert mentions in message


def test_a_crop_larger_than_its_input_is_refused(tmp_path: Path) -> None:
    text = input_layer(2, 6, 9, 9, name="like") + layer("Crop", bottom="data like")
    assert "too small" in refusal(tmp_path, text, (2, 6, 4, 5))
