import pytest

from explorer.bench.spread import percentile, ratios_of, spread_of


def test_median_and_quartiles_of_an_odd_number_of_runs():
    found = spread_of([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (found.median, found.low, found.high, found.count) == (3.0, 2.0, 4.0, 5)


def test_median_of_an_even_number_of_runs_lies_between_the_middle_two():
    assert spread_of([1.0, 2.0, 10.0, 20.0]).median == 6.0


def test_ratios_are_taken_within_each_round():
    # The second round was ten times slower for both; the ratio does not see it.
    found = ratios_of([2.0, 20.0, 3.0], [1.0, 10.0, 1.0])
    assert (found.median, found.low, found.high) == (2.0, 2.0, 2.5)


def test_rounds_of_unlike_number_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        ratios_of([1.0, 2.0], [1.0])


def test_nothing_has_no_median():
    with pytest.raises(ValueError, match="nothing"):
        spread_of([])


def test_percentile_lies_straight_between_the_two_nearest():
    numbers = [float(number) for number in range(101)]
    assert percentile(numbers, 95) == 95.0
    assert percentile([0.0, 10.0], 95) == 9.5
    assert percentile([7.0], 95) == 7.0
