from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from explorer.network.preprocessing import find_preprocessing
from explorer.running.activations import Activations
from explorer.session.inputs import pair_inputs
from explorer.ui.input_view import InputView
from tests.small_network import picture_pixels
from tests.ui.person import colour_at

CAFFE = find_preprocessing("caffe")


def _run(recipe=CAFFE, side=8, factor=1.0):
    tensor = recipe.apply(picture_pixels(), (side, side)) * np.float32(factor)
    return Activations({}, {"data": tensor}, "cpu", 1.0)


def _pair(ours, theirs):
    return pair_inputs(ours, theirs, CAFFE, lambda *_: None, lambda: False)


@pytest.fixture
def view(qtbot, light):
    made = InputView(light)
    qtbot.addWidget(made)
    made.resize(300, 240)
    made.show()
    return made


def _text(view, name):
    return view.findChild(QLabel, name).text()


@pytest.mark.parametrize(
    ("theirs", "words", "colour"),
    [
        (_run(), "● Same to the last bit.", "agrees"),
        (_run(factor=1 + 2e-7), "● Same but for rounding: max |Δ| ", "agrees"),
        (_run(replace(CAFFE, mean=(0.0,))), "▲ Differs by max |Δ| 123, relative ", "inherits"),
        (_run(side=9), "▲ Of other shapes: ours 3×8×8, reference 3×9×9.", "inherits"),
    ],
)
def test_it_is_said_how_far_apart_both_are(view, light, theirs, words, colour):
    view.show_pair(_pair(_run(), theirs))
    assert _text(view, "input_difference").startswith(words)
    assert view._words.colour == getattr(light, colour)


def test_only_what_the_diagnosis_says_is_said_of_the_reason(view):
    pair = _pair(_run(), _run(replace(CAFFE, order="RGB")))
    view.show_pair(pair)
    assert "diagnosis" not in _text(view, "input_difference")
    view.show_pair(pair, ("BGR where RGB is meant",))
    assert _text(view, "input_difference").endswith("The diagnosis: BGR where RGB is meant.")


def test_the_reference_stands_alone_until_there_is_a_picture(view):
    view.show_pair(_pair(None, _run()))
    assert view.panes.captions == ("reference",)
    assert "Open its picture" in _text(view, "input_difference")
    view.show_pair(None)
    assert view.isHidden()


def test_both_are_seen_as_the_pictures_that_they_were_or_as_values(view, qtbot):
    view.show_pair(_pair(_run(), _run(replace(CAFFE, mean=(0.0,)))))
    assert view.panes.captions == ("ours", "reference", "difference")
    assert _text(view, "input_range") == "Arithmetic undone and channels put right, 0–255. Difference: white 123."
    red = CAFFE.resized(picture_pixels(), (8, 8))
    seen = view._pair.seen.ours
    np.testing.assert_array_equal(seen, red)
    view.findChild(object, "input_raw").click()
    assert _text(view, "input_range").startswith("Black -")
    assert view.way == "raw"
    view.findChild(object, "input_seen").click()
    assert _text(view, "input_range").startswith("Arithmetic undone")


def test_the_difference_is_black_where_there_is_none(view):
    view.show_pair(_pair(_run(), _run()))
    side = view.panes._side(view.panes.width())
    assert colour_at(view.panes, 2 * (side + 8) + side / 2, 40) == "#000000"
    assert _text(view, "input_range").endswith("No difference.")
