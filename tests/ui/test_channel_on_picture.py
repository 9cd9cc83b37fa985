"""A channel over the picture, and the field of a value."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from explorer.maps.value_range import value_range
from explorer.ui.channel_on_picture import ChannelOnPicture, picture_image
from explorer.ui.map_picture import MapPicture
from explorer.ui.seen_field import Part, SeenField
from explorer.ui.theme import theme
from tests.ui.person import colour_at


@pytest.fixture
def tab(qtbot):
    made = ChannelOnPicture(theme("light"))
    qtbot.addWidget(made)
    made.resize(480, 240)
    with qtbot.waitExposed(made):
        made.show()
    return made


def maps(*values):
    found = np.zeros((len(values), 2, 2), np.float32)
    found[:, 0, 0] = values
    return MapPicture(found, value_range([found], "layer"), "values")


WHITE = np.full((40, 40, 3), 255, np.uint8)


def at(tab, row, column):
    place = tab.canvas.place
    return colour_at(tab.canvas, place.x() + column * place.width(), place.y() + row * place.height())


def test_the_channel_covers_the_picture_as_far_as_the_slider_says(tab, qtbot):
    tab.show_picture(WHITE, "white")
    tab.show_channel([("ours", maps(1, 0))], 0)
    qtbot.keyClick(tab.opacity, Qt.Key.Key_Home)
    assert at(tab, 0.25, 0.25) == "#ffffff"
    qtbot.keyClick(tab.opacity, Qt.Key.Key_End)
    high, low = at(tab, 0.25, 0.25), at(tab, 0.75, 0.75)
    assert high != low and "#ffffff" not in (high, low)
    tab.opacity.setValue(50)
    half = QColor(at(tab, 0.25, 0.25))
    assert abs(half.red() - (255 + QColor(high).red()) / 2) <= 2
    assert tab.canvas.accessibleDescription() == "Channel 0 of ours, 50 % opaque"


def test_the_side_is_chosen_and_stays_chosen(tab, qtbot):
    tab.show_picture(WHITE)
    tab.show_channel([("ours", maps(0, 0)), ("reference", maps(3, 0)), ("difference", None)], 0)
    assert tab.side.count() == 2
    before = at(tab, 0.25, 0.25)
    qtbot.keyClick(tab.side, Qt.Key.Key_Down)
    assert at(tab, 0.25, 0.25) != before
    tab.show_channel([("ours", maps(0, 0)), ("reference", maps(3, 0))], 1)
    assert tab.side.currentText() == "reference"
    tab.show_channel([("ours", maps(0, 0))], 1)
    assert tab.side.currentText() == "ours"


def test_the_field_is_framed_where_it_lies(tab):
    tab.show_picture(WHITE)
    tab.show_field(SeenField((0, 0, 0), (), Part("data", (10, 20), (20, 40), (40, 40))), "sees that")
    place, box = tab.canvas.place, tab.canvas.field_rect()
    assert box.left() == pytest.approx(place.left() + place.width() / 2)
    assert box.top() == pytest.approx(place.top() + place.height() / 4)
    assert box.height() == pytest.approx(place.height() / 4)
    assert "#000000" in {colour_at(tab.canvas, box.center().x(), box.top() + by) for by in (-2, -1, 0, 1, 2)}
    assert tab.words.text() == "sees that"
    tab.show_field(None, "")
    assert tab.canvas.field_rect() is None


def test_without_a_picture_it_says_what_to_do(tab):
    tab.show_picture(None)
    assert tab.canvas.toolTip() == "Drop a picture to lay the channel over it."


def test_numbers_that_are_no_shades_are_spread_over_them():
    tensor = np.array([[[-100.0, 0, 155]]])
    assert picture_image(tensor).pixelColor(0, 0).name() == "#0064ff"
    assert picture_image(np.array([[[0.0], [1.0]]])).pixelColor(1, 0).name() == "#ffffff"
    assert picture_image(np.array([[[10, 20, 30]]], np.uint8)).pixelColor(0, 0).name() == "#0a141e"
