"""Distances between arrays."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.comparison.metrics import Errors, measure

FLOATS = hnp.arrays(np.float32, st.integers(1, 20), elements=st.floats(-(2.0**60), 2.0**60, width=32))


def test_the_measures_are_what_they_say() -> None:
    errors = measure(np.array([3.0, 4.0]), np.array([3.0, 0.0]))
    assert errors.max_abs == 4
    assert errors.relative_l2 == pytest.approx(4 / 3)
    assert errors.cosine == pytest.approx(0.6)


def test_equal_arrays_are_no_distance_apart() -> None:
    for array in (np.zeros((2, 3)), np.array([1e-30, 2e-30]), np.array([np.inf, np.nan, 1.0]), np.zeros((0, 3))):
        errors = measure(array, array)
        assert (errors.max_abs, errors.relative_l2) == (0, 0)
        assert errors.cosine == pytest.approx(1)


def test_zeros_against_something_are_wholly_wrong() -> None:
    assert measure(np.array([1.0, 2.0]), np.zeros(2)).relative_l2 == 1
    assert measure(np.zeros(2), np.array([1.0, 2.0])).relative_l2 == 1


def test_what_only_one_side_has_not_finite_is_infinitely_wrong() -> None:
    assert measure(np.array([np.nan, 1.0]), np.array([0.0, 1.0])) == Errors(math.inf, math.inf, 0.0)
    assert measure(np.array([np.inf]), np.array([-np.inf])).relative_l2 == math.inf


def test_very_large_and_very_small_values_neither_overflow_nor_vanish() -> None:
    for scale in (1e-40, 1e38):
        ours, theirs = np.array([1.0, 2.0]) * scale, np.array([1.0, 1.0]) * scale
        assert measure(ours, theirs).relative_l2 == pytest.approx(1 / math.sqrt(2))


@given(FLOATS, st.floats(0.125, 8, width=32))
def test_the_relative_error_does_not_depend_on_the_scale(array: np.ndarray, factor: float) -> None:
    ours = array.astype(np.float64)
    theirs = ours + 0.25 * np.abs(ours).max()
    scaled = measure(ours * factor, theirs * factor)
    assert scaled.relative_l2 == pytest.approx(measure(ours, theirs).relative_l2, rel=1e-9, abs=1e-12)


def test_other_shapes_are_no_question_of_distance() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        measure(np.zeros((2, 3)), np.zeros((3, 2)))
