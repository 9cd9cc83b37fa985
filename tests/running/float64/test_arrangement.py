from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, ints, random

X = random(2, 3, 4, 5)


@pytest.mark.parametrize("shape", [(2, -1), (0, 0, 20), (-1,), (0, -1, 5), (6, 4, 5)])
def test_reshape_agrees(shape: tuple[int, ...]) -> None:
    assert_agrees("Reshape", [X, ints(*shape)])


def test_zero_may_mean_zero() -> None:
    empty = np.zeros((0, 3), np.float32)
    assert_agrees("Reshape", [empty, ints(3, 0)], {"allowzero": 1})
    assert in_double("Reshape", [random(2, 3), ints(0, 3)]).shape == (2, 3)


@pytest.mark.parametrize("axis", [0, 1, 2, 4, -1, -4])
def test_flatten_agrees(axis: int) -> None:
    assert_agrees("Flatten", [X], {"axis": axis})


@pytest.mark.parametrize("perm", [None, [0, 2, 3, 1], [3, 1, 0, 2]])
def test_transpose_agrees(perm: list[int] | None) -> None:
    assert_agrees("Transpose", [X], {} if perm is None else {"perm": perm})


def test_squeeze_and_unsqueeze_agree_whatever_way_their_axes_are_given() -> None:
    thin = random(1, 3, 1, 5)
    assert_agrees("Squeeze", [thin], opset=11)
    assert_agrees("Squeeze", [thin], {"axes": [2]}, opset=11)
    assert_agrees("Squeeze", [thin], opset=13)
    assert_agrees("Squeeze", [thin, ints(0, -2)], opset=13)
    assert_agrees("Unsqueeze", [X], {"axes": [0, 3]}, opset=11)
    assert_agrees("Unsqueeze", [X, ints(-1, 0)], opset=13)


@pytest.mark.parametrize("shape", [(2, 3), (3, 1), (1,), (4, 1, 3), (2, 1, 1)])
def test_expand_broadcasts_both_ways(shape: tuple[int, ...]) -> None:
    assert_agrees("Expand", [random(1, 3) if shape != (3, 1) else random(3, 4), ints(*shape)])


def test_tile_agrees() -> None:
    assert_agrees("Tile", [random(2, 3), ints(2, 3)])
    assert_agrees("Tile", [random(2, 3), ints(1, 0)])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat_agrees(axis: int) -> None:
    other = list(X.shape)
    other[axis] = 2
    assert_agrees("Concat", [X, random(*other, seed=1), X], {"axis": axis})


def test_split_agrees_in_all_its_forms() -> None:
    x = random(7, 6)
    assert_agrees("Split", [x], {"axis": 1}, opset=11, outputs=3)
    assert_agrees("Split", [x], {"axis": 0, "split": [3, 4]}, opset=11, outputs=2)
    assert_agrees("Split", [x], {"axis": -1}, opset=13, outputs=2)
    assert_agrees("Split", [x, ints(1, 2, 4)], {"axis": 0}, opset=13, outputs=3)
    assert_agrees("Split", [x], {"axis": 0, "num_outputs": 3}, opset=18, outputs=3)
    assert_agrees("Split", [x, ints(1, 5)], {"axis": -1}, opset=18, outputs=2)


def test_last_part_is_smaller_where_parts_cannot_be_equal() -> None:
    parts = in_double("Split", [np.arange(7.0)], {"num_outputs": 3}, opset=18, outputs=3)
    assert [part.tolist() for part in parts] == [[0, 1, 2], [3, 4, 5], [6]]


def test_parts_that_do_not_add_up_are_named() -> None:
    with pytest.raises(PortsideError, match=r"parts of \[3, 3\] do not make up 7 elements"):
        in_double("Split", [random(7), ints(3, 3)], outputs=2)


bound = st.one_of(st.integers(-12, 12), st.sampled_from([2**63 - 1, -(2**63), 2**31 - 1]))


@settings(max_examples=80)
@given(st.integers(1, 8), bound, bound, st.integers(-3, 3).filter(bool))
def test_slice_agrees(size: int, start: int, end: int, step: int) -> None:
    assert_agrees("Slice", [random(2, size), ints(start), ints(end), ints(1), ints(step)], opset=13)


def test_slice_agrees_in_all_its_forms() -> None:
    assert_agrees("Slice", [X], {"starts": [1, 0], "ends": [99, -1]}, opset=9)
    assert_agrees("Slice", [X], {"starts": [1, 0], "ends": [99, -1], "axes": [3, 1]}, opset=9)
    assert_agrees("Slice", [X, ints(1, 0), ints(99, -1)], opset=10)
    assert_agrees("Slice", [X, ints(1, 0), ints(99, -1), ints(-1, 1)], opset=13)
    assert_agrees("Slice", [X, ints(9, 0), ints(-99, -1), ints(3, 1), ints(-2, 1)], opset=13)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather_agrees(axis: int) -> None:
    assert_agrees("Gather", [X, np.array([[0, -1], [1, 0]])], {"axis": axis})
    assert_agrees("Gather", [X, np.array(1)], {"axis": axis})
    assert_agrees("GatherElements", [X, np.array([[[[0, -1]]], [[[1, 0]]]])], {"axis": axis})


def test_index_outside_the_tensor_is_named() -> None:
    with pytest.raises(PortsideError, match=r"Gather cannot be computed: .*out of bounds"):
        in_double("Gather", [X, ints(7)])


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@settings(max_examples=20)
@given(st.lists(st.integers(-1, 2), min_size=8, max_size=8))
def test_pad_agrees(mode: str, pads: list[int]) -> None:
    x = random(4, 5, 6, 5)
    assert_agrees("Pad", [x], {"pads": pads, "mode": mode, "value": 0.7}, opset=10)
    assert_agrees("Pad", [x, ints(*pads), np.array(0.7, np.float32)], {"mode": mode}, opset=13)


def test_pad_agrees_on_chosen_axes_and_around_the_ends() -> None:
    assert_agrees("Pad", [X, ints(1, 2, 0, 3), None, ints(-1, 1)], {"mode": "edge"}, opset=18)
    assert_agrees("Pad", [X, ints(0, 0, 2, 1, 0, 0, 3, 2)], {"mode": "wrap"}, opset=19)
    assert_agrees("Pad", [np.arange(3), ints(1, 2), np.array(7)], opset=18)
    assert_agrees("Pad", [X, ints(0, 0, 1, 1, 0, 0, 1, 1)], opset=11)


def test_margins_cut_before_they_reflect() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert in_double("Pad", [x, ints(-1, 2)], {"mode": "reflect"}).tolist() == [2, 3, 4, 3, 2]
    assert in_double("Pad", [x, ints(0, -3)]).tolist() == [1]


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_blocks_of_space_agree(mode: str) -> None:
    assert_agrees("DepthToSpace", [random(2, 12, 3, 4)], {"blocksize": 2, "mode": mode})
    assert_agrees("SpaceToDepth", [random(2, 3, 6, 4)], {"blocksize": 2})


def test_depth_to_space_by_hand() -> None:
    x = np.arange(8.0).reshape(1, 8, 1, 1)
    blocks = in_double("DepthToSpace", [x], {"blocksize": 2, "mode": "DCR"})
    assert blocks[0].tolist() == [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]
    blocks = in_double("DepthToSpace", [x], {"blocksize": 2, "mode": "CRD"})
    assert blocks[0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("Expand", [random(1), ints(2**40)], {}),
        ("Tile", [random(2), ints(2**40)], {}),
        ("Pad", [random(2), ints(0, 2**40)], {}),
    ],
)
def test_sizes_out_of_all_proportion_are_refused(operator: str, inputs: list[Any], attributes: dict[str, Any]) -> None:
    with pytest.raises(PortsideError, match="too large to be computed"):
        in_double(operator, inputs, attributes)
