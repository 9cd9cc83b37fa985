"""Maps over pictures."""

import numpy as np

from explorer.maps.colour_maps import LEVELS, ramp_colours
from explorer.maps.overlay import GREY, laid_over

GRAY = np.full((2, 3, 3), 100, np.uint8)


def test_the_strongest_place_is_hidden_by_the_share_and_nothing_is_where_the_map_is_zero():
    values = np.array([[2.0, 0.0, -2.0]] * 2)
    found = laid_over(GRAY, values, opacity=1.0)
    warm, cold = ramp_colours("signed")[0], ramp_colours("signed")[LEVELS - 1]
    np.testing.assert_array_equal(found[0], [warm, [100, 100, 100], cold])
    assert warm[0] > warm[2] and cold[2] > cold[0]


def test_without_colours_the_picture_is_bare_but_pale():
    red = np.zeros((1, 1, 3), np.uint8)
    red[..., 0] = 100
    luma = 29.9
    found = laid_over(red, np.array([[5.0]]), opacity=0.0)
    np.testing.assert_array_equal(found[0, 0], np.round([100 + GREY * (luma - 100), GREY * luma, GREY * luma]))


def test_what_is_not_known_shows_the_picture():
    found = laid_over(GRAY, np.array([[np.nan, 1.0, np.nan]] * 2))
    np.testing.assert_array_equal(found[:, 0], GRAY[:, 0])
    assert (found[:, 1] != GRAY[:, 1]).any()


def test_a_map_of_zeros_changes_nothing():
    np.testing.assert_array_equal(laid_over(GRAY, np.zeros((1, 1))), GRAY)


def test_values_beyond_the_given_end_have_its_colour():
    one, two = (laid_over(GRAY, np.full((2, 3), value), most=1.0) for value in (1.0, 2.0))
    np.testing.assert_array_equal(one, two)
