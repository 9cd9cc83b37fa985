"""Values to colours."""

import numpy as np
import pytest

from explorer.maps.colour_maps import (
    EMPTY,
    INFINITE,
    INFINITE_COLOUR,
    LEVELS,
    NAN,
    NAN_COLOUR,
    colour_table,
    indices,
    ramp_colours,
)
from explorer.maps.value_range import ValueRange


def span(low, high, diverging=False):
    return ValueRange(np.atleast_1d(np.float64(low)), np.atleast_1d(np.float64(high)), diverging)


def found(values, *, kind=np.float32, **how):
    return indices(np.array([[values]], kind), span(**how)).astype(np.uint8).reshape(-1).tolist()


def test_ends_and_middle_of_the_range():
    assert found([0, 1, 2], low=0, high=2) == [0, LEVELS // 2, LEVELS - 1]


def test_values_beyond_the_range_have_the_colour_of_its_end():
    assert found([-5, 7], low=0, high=2) == [0, LEVELS - 1]


def test_nan_and_infinity_have_indices_of_their_own():
    assert found([np.nan, np.inf, -np.inf, 1], low=0, high=1) == [NAN, INFINITE, INFINITE, LEVELS - 1]


def test_a_range_without_extent_is_neutral():
    assert found([0, 0], low=0, high=0, diverging=True) == [LEVELS // 2] * 2
    assert found([7, 7], low=7, high=7) == [0, 0]


def test_each_channel_in_its_own_range():
    maps = np.array([[[1.0]], [[1.0]]])
    assert indices(maps, span([0, 0], [1, 4])).astype(int).reshape(-1).tolist() == [250, 63]


def test_large_values_that_hardly_differ_are_told_apart():
    assert found([1e6, 1e6 + 0.0625, 1e6 + 0.125], low=1e6, high=1e6 + 0.125) == [0, 125, 250]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_widest_and_the_narrowest_ranges_do_not_overflow(kind):
    largest, least = float(np.finfo(kind).max), float(np.finfo(kind).tiny)
    assert found([-largest, 0, largest], kind=kind, low=-largest, high=largest)[1] in (124, 125, 126)
    assert found([0, least], kind=kind, low=0, high=least)[1] in (0, LEVELS - 1)


def test_the_ramp_of_values_grows_steadily_lighter():
    red, green, blue = ramp_colours("values").T.astype(float)
    lightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert (np.diff(lightness) >= -1).all() and lightness[-1] > lightness[0] + 150


def test_zero_is_the_lightest_and_ours_larger_is_blue():
    colours = ramp_colours("signed").astype(int)
    assert colours.sum(axis=1).argmax() in range(115, 136)
    assert colours[-1, 2] > colours[-1, 0] and colours[0, 0] > colours[0, 2]


def test_the_table_ends_with_the_marks():
    table = colour_table("values", "#1c2128")
    assert len(table) == NAN + 1
    assert f"#{table[EMPTY] & 0xFFFFFF:06x}" == "#1c2128"
    assert f"#{table[NAN] & 0xFFFFFF:06x}" == NAN_COLOUR
    assert f"#{table[INFINITE] & 0xFFFFFF:06x}" == INFINITE_COLOUR
