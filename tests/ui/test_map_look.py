"""Which difference, in which order, and the words about both."""

from dataclasses import replace
from typing import Any

import numpy as np

from explorer.maps.likeness import channel_likeness
from explorer.ui.layer_view_state import LayerView, ranges, resolve
from explorer.ui.map_look import MapLook, arranged, can_pair, difference_words
from explorer.ui.place_text import chosen_text, place_text


def maps(count=8, side=5, seed=0):
    return np.random.default_rng(seed).standard_normal((1, count, side, side)).astype(np.float32)


def shown(ours, theirs=None) -> Any:
    return resolve(LayerView("x", "t", ours, theirs))


def arrange(plain, look) -> Any:
    return arranged(plain, look)


def test_without_a_wish_nothing_is_made_anew():
    plain = shown(maps(), maps())
    assert arrange(plain, MapLook()) is plain


def test_a_magnitude_has_a_range_from_zero_and_words():
    found = arrange(shown(maps() + 1, maps()), MapLook("absolute"))
    assert np.allclose(found.difference, 1)
    span = ranges(found, "layer").difference
    assert span is not None and span.ends()[0] == 0 and not span.diverging
    assert difference_words(found) == "Absolute difference: |ours − reference|."


def test_a_relative_difference_says_by_what_it_is_divided():
    theirs = np.full((1, 1, 2, 3), 2, np.float32)
    found = arrange(shown(theirs + 1, theirs), MapLook("relative"))
    assert np.allclose(found.difference, 0.5)
    assert "÷ max(|reference|, 2), the reference's root mean square" in difference_words(found)
    assert place_text(found, (0, 0, 0)).endswith("relative difference 0.5")


def test_by_activation_the_largest_come_first():
    values = np.zeros((1, 3, 2, 2), np.float32)
    values[0, 2] = -5
    values[0, 1] = 1
    found = arrange(shown(values), MapLook(order="activation"))
    assert found.order.tolist() == [2, 1, 0]
    assert found.order_note == "Sorted by activation: mean |value| of ours, the largest first."


def test_by_error_the_worst_come_first_in_the_difference_that_is_shown():
    theirs = np.ones((1, 3, 2, 2), np.float32)
    theirs[0, 0] = 100
    ours = theirs + np.array([2, 0, 1], np.float32)[None, :, None, None]
    assert arrange(shown(ours, theirs), MapLook(order="error")).order.tolist() == [0, 2, 1]
    theirs[0, 0] = 1e6
    ours = theirs + np.array([2, 0, 1], np.float32)[None, :, None, None]
    found = arrange(shown(ours, theirs), MapLook("relative", "error"))
    assert found.order.tolist() == [0, 2, 1]
    assert "relative difference" in found.order_note


def test_without_both_sides_there_is_no_error_to_sort_by():
    found = arrange(shown(maps()), MapLook(order="error"))
    assert found.order is None and found.order_note.startswith("As stored: there is no error")


def test_sides_with_unlike_numbers_of_channels_stay_as_they_are():
    found = arrange(shown(maps(3), maps(4)), MapLook(order="activation"))
    assert found.order is None and "unlike numbers of channels" in found.order_note


def test_by_likeness_the_reference_s_best_match_stands_beside_ours():
    theirs = maps()
    ours = theirs[:, [0, 1, 5, 3, 4, 2, 6, 7]]
    plain = shown(ours, theirs)
    assert can_pair(plain)
    waiting = arrange(plain, MapLook(order="likeness"))
    assert waiting.order is None and waiting.order_note == "As stored: each channel's likest is being looked for."
    look = MapLook(order="likeness", likeness=channel_likeness(plain.ours.values, plain.theirs.values))
    found = arrange(plain, look)
    assert found.order.tolist()[:2] == [2, 5]
    assert np.array_equal(found.theirs.values[2], theirs[0, 5])
    assert not found.difference.any()
    assert "our 2 looks like the reference’s 5, our 5 looks like 2." in found.order_note
    assert "reference’s 5 " in place_text(found, (2, 0, 0)) and "reference " in place_text(found, (3, 0, 0))
    assert "reference’s 2 " in chosen_text(found, 5)


def test_many_moved_channels_are_counted():
    theirs = maps()
    plain = shown(np.roll(theirs, 1, axis=1), theirs)
    look = MapLook(order="likeness", likeness=channel_likeness(plain.ours.values, plain.theirs.values))
    assert "and 4 more" in arrange(plain, look).order_note


def test_no_permutation_is_said_too():
    theirs = maps()
    plain = shown(theirs, theirs)
    likeness = channel_likeness(plain.ours.values, plain.theirs.values)
    assert (
        "no channel looks more like another" in arrange(plain, MapLook(order="likeness", likeness=likeness)).order_note
    )
    sampled = replace(likeness, places=10)
    assert "(by 10 of 25 places)" in arrange(plain, MapLook(order="likeness", likeness=sampled)).order_note


def test_maps_that_have_no_likeness_say_why():
    small = np.zeros((1, 4, 2, 2), np.float32)
    found = arrange(shown(small, small), MapLook(order="likeness"))
    assert found.order_note == "As stored: maps of 4 values have no likeness."
    assert not can_pair(shown(small, small))
