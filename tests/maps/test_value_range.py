"""The values at the ends of the colours."""

import numpy as np
import pytest

from explorer.maps.value_range import value_range


def ends(*maps, mode="layer", channel=0, **how):
    return value_range(maps, mode, **how).ends(channel)


def test_both_sides_share_the_range_of_the_layer():
    assert ends(np.array([[[0.0, 3.0]]]), np.array([[[1.0, 5.0]]])) == (0, 5)


def test_values_on_both_sides_of_zero_reach_equally_far():
    span = value_range([np.array([[[-2.0, 5.0]]])], "layer")
    assert span.diverging and span.ends() == (-5, 5)


def test_a_trace_of_negative_values_does_not_halve_the_colours():
    span = value_range([np.array([[[-0.01, 5.0]]])], "layer")
    assert not span.diverging and span.ends() == (-0.01, 5)


def test_a_difference_is_symmetric_even_on_one_side():
    span = value_range([np.array([[[0.0, 3.0]]])], "layer", difference=True)
    assert span.diverging and span.ends() == (-3, 3)


def test_each_channel_its_own_range_shared_by_both_sides():
    ours = np.array([[[0.0, 1.0]], [[0.0, 100.0]]])
    theirs = np.array([[[0.0, 2.0]], [[5.0, 50.0]]])
    span = value_range([ours, theirs], "channel")
    assert span.per_channel
    assert (span.ends(0), span.ends(1)) == ((0, 2), (0, 100))


def test_sides_with_unequal_numbers_of_channels_share_what_they_both_have():
    span = value_range([np.full((3, 1, 1), 2.0), np.full((1, 1, 1), 9.0)], "channel")
    assert (span.ends(0), span.ends(2)) == ((2, 9), (2, 2))


@pytest.mark.parametrize("mode", ["layer", "channel", "robust"])
def test_what_is_not_finite_is_left_out(mode):
    maps = np.array([[[np.nan, 1.0, np.inf, 4.0, -np.inf]]])
    low, high = ends(maps, mode=mode)
    assert 1 <= low < high <= 4


@pytest.mark.parametrize("mode", ["layer", "channel", "robust"])
def test_nothing_finite_has_no_extent(mode):
    assert ends(np.full((1, 2, 2), np.nan), mode=mode) == (0, 0)
    assert ends(np.zeros((0, 2, 2)), mode=mode) == (0, 0)


def test_the_robust_range_leaves_out_a_stray_value():
    maps = np.linspace(0, 1, 10_000).reshape(1, 100, 100)
    maps[0, 3, 3] = 1e6
    low, high = ends(maps, mode="robust")
    assert low == pytest.approx(0.005, abs=2e-3) and high == pytest.approx(0.995, abs=2e-3)
