"""How values are spread."""

import numpy as np
import pytest

from explorer.ui import densities
from explorer.ui.densities import histogram, joint_density


def test_both_sides_are_counted_in_the_same_bins():
    found = histogram([np.array([0.0, 1.0, 4.0]), np.array([2.0, 3.9])], bins=4)
    assert found.edges.tolist() == [0, 1, 2, 3, 4]
    assert [counts.tolist() for counts in found.counts] == [[1, 1, 0, 1], [0, 0, 1, 1]]


def test_what_is_not_finite_is_not_counted():
    found = histogram([np.array([np.nan, 1.0, np.inf, 3.0])], bins=2)
    assert found.counts[0].tolist() == [1, 1]
    assert (found.edges[0], found.edges[-1]) == (1, 3)


def test_equal_values_stand_in_the_middle():
    found = histogram([np.full(5, 8.0)], bins=3)
    assert found.counts[0].tolist() == [0, 5, 0]


def test_nothing_to_count():
    assert histogram([np.full(3, np.nan), np.zeros(0)], bins=2).counts[0].tolist() == [0, 0]


def test_many_values_are_counted_on_an_even_part(monkeypatch):
    monkeypatch.setattr(densities, "POINTS", 1000)
    found = histogram([np.linspace(0, 1, 90_000)], bins=4)
    assert found.counts[0].sum() == pytest.approx(90_000, rel=0.01)
    assert found.counts[0] == pytest.approx(22_500, rel=0.02)


def test_very_large_values_do_not_overflow():
    found = histogram([np.array([-1.7e308, 1.7e308])], bins=2)
    assert found.counts[0].tolist() == [1, 1]


def test_equal_values_lie_on_the_diagonal():
    values = np.linspace(0, 1, 50)
    found = joint_density(values, values, cells=5)
    assert np.array_equal(found.counts, np.diag(np.full(5, 10)))
    assert (found.points, found.total, found.span) == (50, 50, (0, 1))


def test_ours_runs_across_and_theirs_down():
    found = joint_density(np.array([0.0, 1.0]), np.array([0.0, 0.0]), cells=2)
    assert found.counts.tolist() == [[1, 1], [0, 0]]


def test_pairs_with_a_side_that_is_not_finite_are_left_out():
    found = joint_density(np.array([np.nan, 1.0, 2.0]), np.array([0.0, np.inf, 2.0]), cells=2)
    assert (found.counts.sum(), found.total) == (1, 1)


def test_no_pairs_of_unlike_shapes():
    with pytest.raises(ValueError, match="shapes differ"):
        joint_density(np.zeros(3), np.zeros(4))
