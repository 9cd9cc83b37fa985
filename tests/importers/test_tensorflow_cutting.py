"""TensorFlow's slices and parts, against numpy on arrays that lie as TensorFlow's do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.tensorflow_files import const, node
from tests.tensorflow_forward import Array, computed, noise

X = noise(2, 5, 6, 4)


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_split_into_equal_parts_and_into_given_ones(tmp_path: Path) -> None:
    nodes = [const("axis", 3), node("s", "Split", ["axis", "x"], num_split=2)]
    found = computed(tmp_path, X, *nodes, node("out", "Sub", ["s:1", "s"]))
    close(found, X[..., 2:] - X[..., :2])
    nodes = [const("lengths", [1, -1, 2]), const("axis", -2), node("s", "SplitV", ["x", "lengths", "axis"])]
    joined = [const("a", 2), node("out", "ConcatV2", ["s:2", "s:0", "a"])]
    close(computed(tmp_path, X, *nodes, *joined), X[:, :, [4, 5, 0]])


def test_a_split_that_does_not_come_out_even_is_named(tmp_path: Path) -> None:
    nodes = [const("axis", 3), node("s", "Split", ["axis", "x"], num_split=3), node("out", "Relu", ["s:1"])]
    with pytest.raises(PortsideError, match="4 positions can't be parted into 3"):
        computed(tmp_path, X, *nodes)


@pytest.mark.parametrize(
    ("begin", "end", "strides", "masks", "wanted"),
    [
        ([0, 1, 2], [0, -1, 5], [1, 1, 2], {"begin_mask": 1, "end_mask": 1}, np.s_[:, 1:-1, 2:5:2]),
        ([0, 4, 0], [0, 0, 0], [1, -2, -1], {"begin_mask": 5, "end_mask": 7}, np.s_[:, 4::-2, ::-1]),
        ([0, 1], [0, 3], [1, 1], {"ellipsis_mask": 1}, np.s_[..., 1:3]),
        ([0, 2], [0, 3], [1, 1], {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}, np.s_[:, 2]),
        ([0, -1], [0, 0], [1, 1], {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}, np.s_[:, -1]),
        ([0, 0, 1], [0, 0, 2], [1, 1, 1], {"begin_mask": 1, "end_mask": 1, "new_axis_mask": 2}, np.s_[:, None, 1:2]),
    ],
)
def test_strided_slices_are_numpys(
    tmp_path: Path, begin: list[int], end: list[int], strides: list[int], masks: dict[str, int], wanted: Any
) -> None:
    cut = X[wanted]
    nodes = [const("b", begin), const("e", end), const("s", strides), const("t", [-1, cut.size // 2])]
    nodes += [node("cut", "StridedSlice", ["x", "b", "e", "s"], **masks), node("out", "Reshape", ["cut", "t"])]
    close(computed(tmp_path, X, *nodes), cut.reshape(2, -1))


def test_slice(tmp_path: Path) -> None:
    nodes = [const("b", [0, 1, 0, 2]), const("n", [-1, 3, 6, -1]), node("out", "Slice", ["x", "b", "n"])]
    close(computed(tmp_path, X, *nodes), X[:, 1:4, :, 2:])
    with pytest.raises(PortsideError, match="it takes nothing of 5 positions"):
        computed(tmp_path, X, const("b", [0, 5, 0, 2]), const("n", [-1, -1, 6, -1]), nodes[-1])


def test_a_slice_of_more_than_there_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"'out'.*it takes 4 from 3 of 5 positions"):
        computed(
            tmp_path, X, const("b", [0, 3, 0, 0]), const("n", [-1, 4, 6, 4]), node("out", "Slice", ["x", "b", "n"])
        )
