"""Figures of an array."""

import numpy as np

from explorer.running.statistics import Statistics, statistics


def test_figures_of_a_plain_array():
    found = statistics(np.array([[0.0, 2.0], [4.0, 0.0]], np.float32))
    assert found == Statistics(4, 0.0, 4.0, 1.5, np.sqrt(2.75), 2, 0, 0)


def test_nan_and_infinity_are_counted_and_left_out_of_the_figures():
    found = statistics(np.array([1.0, np.nan, np.inf, -np.inf, 3.0]))
    assert (found.nans, found.infinities, found.not_finite, found.count) == (1, 2, 3, 5)
    assert (found.minimum, found.maximum, found.mean, found.deviation) == (1.0, 3.0, 2.0, 1.0)


def test_nothing_finite_has_no_figures():
    found = statistics(np.full(3, np.nan))
    assert found == Statistics(3, None, None, None, None, 0, 3, 0)


def test_an_empty_array_has_no_figures():
    assert statistics(np.zeros((0, 4))) == Statistics(0, None, None, None, None, 0, 0, 0)


def test_integers_and_truth_values_are_measured_as_numbers():
    assert statistics(np.array([-3, 5], np.int64)).mean == 1.0
    found = statistics(np.array([True, False, True, True]))
    assert (found.mean, found.zeros) == (0.75, 1)


def test_half_precision_sums_do_not_overflow():
    assert statistics(np.full(4000, 60000.0, np.float16)).mean == 60000.0
