"""TensorFlow's operations that make maps of another size, against numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.tensorflow_files import const, node
from tests.tensorflow_forward import Array, computed, noise

X = noise(2, 5, 6, 4)


@pytest.mark.parametrize("pairs", [[[0, 0], [1, 2], [0, 3], [0, 0]], [[0, 0], [0, 0], [0, 0], [2, 1]]])
def test_pad_puts_zeros_around(tmp_path: Path, pairs: list[list[int]]) -> None:
    found = computed(tmp_path, X, const("p", pairs), node("out", "Pad", ["x", "p"]))
    np.testing.assert_allclose(found, np.pad(X, pairs), rtol=1e-6)


def test_pad_of_the_second_version_puts_a_number_around(tmp_path: Path) -> None:
    pairs = [[0, 0], [1, 0], [0, 2], [0, 0]]
    nodes = [const("p", pairs), const("v", -2.5, "float32"), node("out", "PadV2", ["x", "p", "v"])]
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), np.pad(X, pairs, constant_values=-2.5), rtol=1e-6)


@pytest.mark.parametrize(("mode", "numpys"), [("REFLECT", "reflect"), ("SYMMETRIC", "symmetric")])
def test_mirrored_pads(tmp_path: Path, mode: str, numpys: Any) -> None:
    pairs = [[0, 0], [4, 2], [0, 3], [0, 0]]
    found = computed(tmp_path, X, const("p", pairs), node("out", "MirrorPad", ["x", "p"], mode=mode))
    np.testing.assert_allclose(found, np.pad(X, pairs, numpys), rtol=1e-6)


def test_a_mirror_with_too_few_positions_is_refused(tmp_path: Path) -> None:
    nodes = [const("p", [[0, 0], [5, 0], [0, 0], [0, 0]]), node("out", "MirrorPad", ["x", "p"], mode="REFLECT")]
    with pytest.raises(PortsideError, match=r"'out'.*its pads 5 and 0 are more than 5 positions can mirror"):
        computed(tmp_path, X, *nodes)


def test_pads_of_nothing_are_no_layer(tmp_path: Path) -> None:
    nodes = [const("p", [[0, 0]] * 4), node("none", "Pad", ["x", "p"]), node("out", "Relu", ["none"])]
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), np.maximum(X, 0), rtol=1e-6)


def test_tile(tmp_path: Path) -> None:
    found = computed(tmp_path, X, const("n", [1, 2, 1, 3]), node("out", "Tile", ["x", "n"]))
    np.testing.assert_allclose(found, np.tile(X, (1, 2, 1, 3)), rtol=1e-6)


def _scale(length: int, count: int, corners: bool) -> np.float32:
    """image_resizer_state.h, ``CalculateResizeScale``."""
    if corners and count > 1:
        return np.float32(length - 1) / np.float32(count - 1)
    return np.float32(length) / np.float32(count)


def _nearest(length: int, count: int, corners: bool, centres: bool) -> list[int]:
    """resize_nearest_neighbor_op.cc, in the single precision that it computes in."""
    scale, found = _scale(length, count, corners), []
    for place in range(count):
        point = (np.float32(place) + np.float32(0.5 if centres else 0)) * scale
        whole = np.floor(point + np.float32(0.5)) if corners else np.floor(point)
        found.append(min(int(whole), length - 1))
    return found


def _bilinear(length: int, count: int, corners: bool, centres: bool) -> Array:
    """resize_bilinear_op.cc: for each position made what it takes of each position read."""
    matrix = np.zeros((count, length))
    scale = _scale(length, count, corners)
    for place in range(count):
        point = (place + 0.5) * scale - 0.5 if centres else place * scale
        low, high = max(int(np.floor(point)), 0), min(int(np.ceil(point)), length - 1)
        share = point - np.floor(point)
        matrix[place, low] += 1 - share
        matrix[place, high] += share
    return matrix


RULES = [(False, False), (True, False), (False, True)]


@pytest.mark.parametrize(("corners", "centres"), RULES)
@pytest.mark.parametrize("wanted", [(9, 6), (2, 13), (1, 1)])
def test_bilinear_resizing(tmp_path: Path, wanted: tuple[int, int], corners: bool, centres: bool) -> None:
    rules = {"align_corners": corners, "half_pixel_centers": centres}
    found = computed(tmp_path, X, const("s", wanted), node("out", "ResizeBilinear", ["x", "s"], **rules))
    down, across = (_bilinear(a, b, corners, centres) for a, b in zip((5, 6), wanted, strict=True))
    np.testing.assert_allclose(found, np.einsum("ah,bw,nhwc->nabc", down, across, X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("corners", "centres"), RULES)
@pytest.mark.parametrize(
    ("size", "wanted"),
    # Where single precision rounds across a whole number, dividing by a ratio is not multiplying by its inverse.
    [((5, 6), (9, 2)), ((14, 21), (2, 3)), ((14, 28), (23, 39)), ((6, 12), (37, 37)), ((3, 1), (1, 3))],
)
def test_nearest_neighbours_are_those_of_single_precision(
    tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int], corners: bool, centres: bool
) -> None:
    x = noise(1, *size, 2)
    rules = {"align_corners": corners, "half_pixel_centers": centres}
    found = computed(tmp_path, x, const("s", wanted), node("out", "ResizeNearestNeighbor", ["x", "s"], **rules))
    down, across = (_nearest(a, b, corners, centres) for a, b in zip(size, wanted, strict=True))
    np.testing.assert_allclose(found, x[:, down][:, :, across], rtol=1e-6)


def test_depth_to_space_and_back(tmp_path: Path) -> None:
    found = computed(tmp_path, X, node("out", "DepthToSpace", ["x"], block_size=2))
    wanted = X.reshape(2, 5, 6, 2, 2, 1).transpose(0, 1, 3, 2, 4, 5).reshape(2, 10, 12, 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    x = noise(2, 4, 6, 3)
    found = computed(tmp_path, x, node("out", "SpaceToDepth", ["x"], block_size=2))
    wanted = x.reshape(2, 2, 2, 3, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(2, 2, 3, 12)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_gather_takes_positions_in_any_order(tmp_path: Path) -> None:
    nodes = [const("i", [2, 0, 2]), const("a", -1), node("out", "GatherV2", ["x", "i", "a"])]
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), X[..., [2, 0, 2]], rtol=1e-6)
    with pytest.raises(PortsideError, match="its positions don't fit a tensor"):
        computed(tmp_path, X, const("i", [4]), *nodes[1:])
