"""Which channel looks like which."""

import numpy as np
import pytest

from explorer.maps import likeness
from explorer.maps.channel_order import largest_first, moved_first
from explorer.maps.likeness import channel_likeness, why_not
from explorer.running.cancellation import Cancelled


def maps(count=32, side=9, seed=0):
    return np.random.default_rng(seed).standard_normal((count, side, side)).astype(np.float32)


def test_a_permutation_is_found_whatever_the_scale_and_the_rounding():
    theirs = maps()
    order = np.random.default_rng(1).permutation(32)
    ours = 3 * theirs[order] + 1 + 1e-5 * maps(seed=2)
    found = channel_likeness(ours, theirs)
    assert found.partners == tuple(order)
    assert found.scores.min() > 0.999
    assert found.moved == tuple(np.flatnonzero(order != np.arange(32)))


def test_channels_alike_by_rounding_keep_their_numbers():
    theirs = maps(4)
    theirs[2] = theirs[1]
    ours = theirs + 1e-6 * maps(4, seed=3)
    assert channel_likeness(ours, theirs).moved == ()


def test_a_channel_that_looks_like_none_keeps_its_number():
    theirs = maps(6)
    ours = theirs.copy()
    ours[[0, 1]] = theirs[[1, 0]]
    ours[4] = maps(1, seed=9)[0]
    found = channel_likeness(ours, theirs)
    assert found.partners == (1, 0, 2, 3, 4, 5)
    assert abs(found.scores[4]) < 0.5


def test_constant_channels_have_no_likeness():
    theirs = maps(4)
    ours = theirs.copy()
    ours[1] = 7
    theirs[1] = 0
    ours[3, 0, 0] = np.nan
    found = channel_likeness(ours, theirs)
    assert found.partners == (0, 1, 2, 3)
    assert np.isnan(found.scores).tolist() == [False, True, False, True]


def test_every_partner_is_taken_once():
    theirs = maps(8)
    ours = np.stack([theirs[3]] * 8)
    found = channel_likeness(ours, theirs)
    assert sorted(found.partners) == list(range(8))
    assert found.partners[3] == 3


def test_large_maps_are_compared_on_part_of_their_places(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_PRODUCTS", 32 * 32 * 20)
    theirs = maps()
    found = channel_likeness(theirs[::-1], theirs)
    assert found.partners == tuple(range(31, -1, -1))
    assert (found.places, found.total) == (17, 81)


def test_what_can_t_be_paired_says_why(monkeypatch):
    assert why_not(maps(3), maps(4)) == "the shapes are not the same"
    assert why_not(np.zeros((9, 1, 1)), np.zeros((9, 1, 1))) == "maps of 1 values have no likeness"
    monkeypatch.setattr(likeness, "MOST_CHANNELS", 2)
    assert why_not(maps(3), maps(3)) == "more than 2 channels"
    with pytest.raises(ValueError, match="more than 2"):
        channel_likeness(maps(3), maps(3))


def test_an_answer_that_is_not_wanted_any_more_is_given_up():
    with pytest.raises(Cancelled):
        channel_likeness(maps(), maps(), lambda: True)


def test_moved_channels_come_first_and_then_the_least_alike():
    theirs = maps(6)
    ours = theirs.copy()
    ours[[4, 5]] = theirs[[5, 4]]
    ours[2] = theirs[2] + 0.8 * maps(1, seed=5)[0]
    assert moved_first(channel_likeness(ours, theirs)).tolist() == [4, 5, 2, 0, 1, 3]


def test_the_largest_come_first_and_what_is_no_number_before_all():
    values = np.zeros((4, 2, 2), np.float32)
    values[1] = -3
    values[2] = 1
    assert largest_first(values).tolist() == [1, 2, 0, 3]
    values[3, 0, 0] = np.nan
    assert largest_first(values).tolist() == [3, 1, 2, 0]
