from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, ints, random, singles

REDUCTIONS = [
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSum",
    "ReduceLogSumExp",
]
POSITIVE = np.abs(random(2, 3, 4, 5)) + np.float32(0.5)


@pytest.mark.parametrize("operator", REDUCTIONS)
@pytest.mark.parametrize("axes", [None, [1], [2, 3], [-1, 0], [0, 1, 2, 3]])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_reduction_agrees_whatever_way_its_axes_are_given(operator: str, axes: list[int] | None, keepdims: int) -> None:
    attributes: dict[str, Any] = {"keepdims": keepdims}
    as_input = [POSITIVE] if axes is None else [POSITIVE, ints(*axes)]
    assert_agrees(operator, as_input, attributes, opset=18)
    if axes is not None:
        attributes["axes"] = axes
    assert_agrees(operator, [POSITIVE], attributes, opset=11)
    if operator != "ReduceSum":
        assert_agrees(operator, [POSITIVE], attributes, opset=13)
    else:
        assert_agrees(operator, as_input, {"keepdims": keepdims}, opset=13)


@pytest.mark.parametrize("operator", REDUCTIONS)
def test_no_axes_may_mean_every_element_by_itself(operator: str) -> None:
    # Only what the reduction does to each element is left: |x|, x², log x.
    x = singles([1.0, 2.0])
    assert_agrees(operator, [x, ints()], {"noop_with_empty_axes": 1}, opset=18)
    assert_agrees(operator, [x, ints()], {"noop_with_empty_axes": 0}, opset=18)


def test_reductions_of_integers_keep_their_type() -> None:
    x = np.array([[5, -2], [-4, -1]], np.int32)
    for operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceMean"):
        assert_agrees(operator, [x, ints(1)], opset=18)


def test_logarithm_of_a_sum_of_large_exponentials_does_not_overflow() -> None:
    result = in_double("ReduceLogSumExp", [np.array([1000.0, 1000.0]), ints(0)], {"keepdims": 0}, opset=18)
    np.testing.assert_allclose(result, 1000 + np.log(2), rtol=1e-15)
    lowest = in_double("ReduceLogSumExp", [np.array([-np.inf, -np.inf]), ints(0)], opset=18)
    assert lowest.tolist() == [-np.inf]


@pytest.mark.parametrize("operator", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("last", [0, 1])
def test_index_of_extreme_agrees_also_among_equals(operator: str, axis: int, keepdims: int, last: int) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5, 6)).astype(np.float32)
    assert_agrees(operator, [x], {"axis": axis, "keepdims": keepdims, "select_last_index": last})


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("largest", [0, 1])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_largest_elements_agree_also_among_equals(axis: int, largest: int, k: int) -> None:
    x = np.random.default_rng(0).integers(0, 4, (5, 6, 7)).astype(np.float32)
    assert_agrees("TopK", [x, ints(k)], {"axis": axis, "largest": largest}, outputs=2)


def test_number_of_largest_elements_was_an_attribute() -> None:
    # onnxruntime 1.31 no longer has this version's kernel for every type; the result is that of opset 10.
    values, indices = in_double("TopK", [np.array([[1.0, 3.0, 2.0]])], {"k": 2}, opset=9, outputs=2)
    assert values.tolist() == [[3, 2]]
    assert indices.tolist() == [[1, 2]]


def test_more_elements_than_there_are_is_an_error() -> None:
    with pytest.raises(PortsideError, match="5 elements were asked for of 3"):
        in_double("TopK", [random(3), ints(5)], outputs=2)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize("reverse", [0, 1])
def test_running_sum_agrees(axis: int, exclusive: int, reverse: int) -> None:
    attributes = {"exclusive": exclusive, "reverse": reverse}
    assert_agrees("CumSum", [random(3, 4), np.array(axis)], attributes)
    assert_agrees("CumSum", [np.arange(12, dtype=np.int32).reshape(3, 4), np.array(axis)], attributes)
