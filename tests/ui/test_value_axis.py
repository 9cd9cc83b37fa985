"""Places on axes."""

import math

import pytest

from explorer.ui.value_axis import decades, linear_fraction, log_fraction


@pytest.mark.parametrize(
    ("value", "place"),
    [(1e-8, 0), (1e-4, 0.5), (1, 1), (0, 0), (1e-12, 0), (50, 1), (math.inf, 1), (math.nan, 1)],
)
def test_errors_from_one_hundred_millionth_to_one(value, place):
    assert log_fraction(value) == pytest.approx(place)


def test_every_second_power_of_ten():
    assert decades() == pytest.approx([1e-8, 1e-6, 1e-4, 1e-2, 1])


@pytest.mark.parametrize(
    ("value", "low", "high", "place"),
    [(1, 0, 4, 0.25), (-3, 0, 4, 0), (9, 0, 4, 1), (1, 2, 2, 0), (0, -1.7e308, 1.7e308, 0.5)],
)
def test_places_between_two_ends(value, low, high, place):
    assert linear_fraction(value, low, high) == pytest.approx(place)
