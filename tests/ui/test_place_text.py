"""Values in words."""

import numpy as np

from explorer.ui.layer_view_state import LayerView, ranges, resolve
from explorer.ui.place_text import chosen_text, outlier_counts, outlier_words, place_text, range_note


def shown(ours, theirs=None):
    return resolve(LayerView("x", "t", np.asarray(ours, np.float32), theirs))


def test_a_place_in_both_and_their_difference():
    ours = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    found = place_text(shown(ours, ours - 0.5), (1, 0, 1))
    assert found == "channel 1 · y 0 · x 1 · ours 5 · reference 4.5 · difference 0.5"


def test_a_place_that_only_the_larger_side_has():
    found = place_text(shown(np.ones((1, 1, 2, 2)), np.full((1, 1, 3, 3), 2, np.float32)), (0, 2, 2))
    assert found == "channel 0 · y 2 · x 2 · reference 2"


def test_an_entry_of_a_vector():
    assert place_text(shown([[1, 2.5]]), (1, 0, 0)) == "channel 1 · ours 2.5"


def test_the_extent_of_the_chosen_channel():
    ours = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    assert chosen_text(shown(ours), 1) == "channel 1 · ours 4 … 7"
    assert chosen_text(shown(ours, ours), 0) == "channel 0 · ours 0 … 3 · reference 0 … 3 · difference 0"
    assert chosen_text(shown(ours), 7) == ""


def test_a_channel_without_a_finite_value():
    assert chosen_text(shown(np.full((1, 1, 2, 2), np.nan)), 0) == "channel 0 · ours nothing finite"


def counted(found, mode="layer"):
    spans = ranges(found, mode)
    return {side: [words for _, words in outlier_words(count)] for side, count in outlier_counts(found, spans, mode)}


def test_what_is_not_finite_is_counted_on_each_side():
    ours = np.array([[[[np.nan, 1], [np.inf, -np.inf]]]], np.float32)
    theirs = np.array([[[[np.nan, 1], [2, 3]]]], np.float32)
    assert counted(shown(ours, theirs)) == {"ours": ["1 NaN", "2 ∞"], "the reference": ["1 NaN"]}
    assert counted(shown(np.ones((1, 1, 2, 2)))) == {}


def test_what_lies_beyond_the_middle_of_the_values_is_counted():
    ours = np.zeros((1, 1, 40, 40), np.float32)
    ours[0, 0, 0, :3] = 50
    assert counted(shown(ours)) == {}
    assert counted(shown(ours), "robust") == {"ours": ["3 beyond the range"]}


def test_a_range_per_channel_comes_with_a_warning():
    assert range_note("layer") == ""
    assert "equal colours are not equal values" in range_note("channel")
    assert range_note("robust") != ""
