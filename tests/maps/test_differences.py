"""Differences in the ways that they are looked at."""

import numpy as np
import pytest

from explorer.maps.differences import difference_of, root_mean_square

THEIRS = np.array([[[3.0, 0.0], [-4.0, 0.001]]], np.float32)


def test_signed_and_absolute():
    ours = THEIRS + np.array([[[1, -2], [0, 0.5]]], np.float32)
    assert difference_of(ours, THEIRS, "signed").values.tolist() == [[[1, -2], [0, 0.5]]]
    assert difference_of(ours, THEIRS, "absolute").values.tolist() == [[[1, 2], [0, 0.5]]]


def test_relative_is_divided_by_the_reference_or_by_its_root_mean_square_where_that_is_more():
    found = difference_of(THEIRS + np.float32(1), THEIRS, "relative")
    scale = root_mean_square(THEIRS)
    assert found.scale == scale == pytest.approx(2.5)
    assert found.values == pytest.approx(np.array([[[1 / 3, 1 / scale], [1 / 4, 1 / scale]]]), rel=1e-6)


def test_rounding_of_a_value_near_zero_is_no_large_relative_error():
    ours = THEIRS.copy()
    ours[0, 0, 1] = 2.5e-7
    assert difference_of(ours, THEIRS, "relative").values.max() == pytest.approx(1e-7, rel=1e-5)


def test_infinities_stay_and_equal_ones_are_no_difference():
    ours = np.array([[[np.inf, 1, np.nan, np.nan]]], np.float32)
    theirs = np.array([[[np.inf, np.inf, 1, np.nan]]], np.float32)
    found = difference_of(ours, theirs, "relative").values
    assert found[0, 0, :2].tolist() == [0, np.inf]
    assert np.isnan(found[0, 0, 2]) and found[0, 0, 3] == 0


def test_what_differs_from_nothing_but_zeros_is_infinite():
    zeros = np.zeros((1, 1, 2), np.float32)
    ours = np.array([[[0, 1]]], np.float32)
    assert difference_of(ours, zeros, "relative").values.tolist() == [[[0, np.inf]]]


def test_the_root_mean_square_of_very_large_values():
    assert root_mean_square(np.full(4, 3e38, np.float32)) == pytest.approx(3e38)
    assert root_mean_square(np.array([np.nan, 3, -4])) == pytest.approx(12.5**0.5)
    assert root_mean_square(np.array([np.inf])) == 0
