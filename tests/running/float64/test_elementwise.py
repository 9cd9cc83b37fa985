from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, ints, random, singles

REALS = random(3, 4) * 3
UNIT = np.tanh(random(3, 4)).astype(np.float32)


@pytest.mark.parametrize(
    ("operator", "x"),
    [
        ("Abs", REALS),
        ("Neg", REALS),
        ("Exp", REALS),
        ("Log", np.abs(REALS)),
        ("Log", REALS),
        ("Sqrt", np.abs(REALS)),
        ("Reciprocal", REALS),
        ("Sign", REALS),
        ("Floor", REALS),
        ("Ceil", REALS),
        ("Round", singles([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6])),
        ("Sin", REALS),
        ("Cos", REALS),
        ("Tan", UNIT),
        ("Asin", UNIT),
        ("Acos", UNIT),
        ("Atan", REALS),
        ("Sinh", REALS),
        ("Cosh", REALS),
        ("Asinh", REALS),
        ("Acosh", np.abs(REALS) + 1),
        ("Atanh", UNIT),
        ("IsNaN", singles([np.nan, 1, np.inf])),
        ("IsInf", singles([np.nan, 1, np.inf, -np.inf])),
        ("Abs", ints(-3, 4)),
        ("Neg", ints(-3, 4)),
        ("Sign", ints(-3, 0, 4)),
        ("Not", np.array([True, False])),
    ],
)
def test_function_of_one_tensor_agrees(operator: str, x: np.ndarray[Any, Any]) -> None:
    assert_agrees(operator, [x], opset=20)


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"])
@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), max_size=4))
def test_shapes_broadcast_as_in_onnxruntime(operator: str, axes: list[tuple[int, bool, bool]]) -> None:
    left = tuple(1 if one else size for size, one, _ in axes)
    right = tuple(1 if one else size for size, _, one in axes)[len(axes) // 2 :]
    assert_agrees(operator, [random(*left), random(*right, seed=1)])


@pytest.mark.parametrize("operator", ["Sum", "Max", "Min", "Mean"])
@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_tensors_agrees(operator: str, count: int) -> None:
    assert_agrees(operator, [random(2, 3, seed=seed) for seed in range(count)])


@pytest.mark.parametrize("operator", ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
def test_comparisons_agree(operator: str) -> None:
    x, y = ints(1, 2, 3, -4), ints(3, 2, 1, -4)
    assert_agrees(operator, [x, y])
    assert_agrees(operator, [x.astype(np.float32), y.astype(np.float32)])


@pytest.mark.parametrize("operator", ["And", "Or", "Xor"])
def test_logic_agrees(operator: str) -> None:
    assert_agrees(operator, [np.array([True, True, False, False]), np.array([True, False, True, False])])


def test_division_and_remainder_of_integers_round_as_in_onnxruntime() -> None:
    a, b = ints(7, -7, 7, -7, 6, -6), ints(2, 2, -2, -2, 3, 3)
    assert in_double("Div", [a, b]).tolist() == [3, -3, -3, 3, 2, -2]
    assert_agrees("Div", [a, b])
    assert_agrees("Div", [a.astype(np.int32), b.astype(np.int32)])
    assert in_double("Mod", [a, b]).tolist() == [1, 1, -1, -1, 0, 0]
    assert_agrees("Mod", [a, b])
    assert_agrees("Mod", [a, b], {"fmod": 1})
    assert_agrees("Mod", [random(9), random(9, seed=1)], {"fmod": 1})


def test_division_by_zero_gives_infinities_without_a_warning() -> None:
    zero = singles([0, 0, 0])
    assert_agrees("Div", [singles([1, -1, 0]), zero])


def test_powers_have_the_type_of_the_base() -> None:
    assert_agrees("Pow", [np.abs(REALS), random(3, 4, seed=1)])
    assert_agrees("Pow", [REALS, singles([2.0])])
    assert_agrees("Pow", [REALS, ints(3)])
    assert_agrees("Pow", [ints(2, 3), singles([0.5, 2.5])])


def test_choice_between_two_tensors_agrees() -> None:
    condition = np.array([[True], [False], [True]])
    assert_agrees("Where", [condition, random(3, 4), random(1, 4, seed=1)])


@pytest.mark.parametrize("attributes", [{}, {"min": -0.5}, {"max": 0.5}, {"min": -0.5, "max": 0.5}])
def test_limits_given_as_attributes_agree(attributes: dict[str, float]) -> None:
    assert_agrees("Clip", [REALS], attributes, opset=7)


@pytest.mark.parametrize(("low", "high"), [(None, None), (-0.5, None), (None, 0.5), (-0.5, 0.5), (1.0, 0.0)])
def test_limits_given_as_inputs_agree(low: float | None, high: float | None) -> None:
    limits = [None if limit is None else np.array(limit, np.float32) for limit in (low, high)]
    while limits and limits[-1] is None:
        limits.pop()
    assert_agrees("Clip", [REALS, *limits], opset=11)


def test_limits_of_integers_keep_their_type() -> None:
    assert_agrees("Clip", [ints(-5, 0, 5), np.array(-2), np.array(3)], opset=13)


def test_attribute_is_the_float32_that_a_saved_graph_has() -> None:
    limit = in_double("Clip", [np.array([1.0])], {"max": 0.1}, opset=7)
    assert limit[0] == float(np.float32(0.1)) != 0.1


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(PortsideError, match="layer 'node': Add cannot be computed: shape mismatch"):
        in_double("Add", [random(2, 3), random(4)])


def test_product_too_large_to_hold_is_refused_before_it_is_made() -> None:
    wide = np.broadcast_to(np.float32(1), (1, 2**20))
    tall = np.broadcast_to(np.float32(1), (2**20, 1))
    with pytest.raises(PortsideError, match="too large"):
        in_double("Mul", [wide, tall])
