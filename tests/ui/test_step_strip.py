from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.network.preprocessing import Stage, find_preprocessing
from explorer.ui.step_strip import StepStrip, shorter
from tests.small_network import picture_pixels
from tests.ui.person import colour_at

CAFFE = find_preprocessing("caffe")
PIXELS = np.full((300, 400, 3), 200, np.uint8)
STEPS = tuple(CAFFE.steps(PIXELS, (227, 227)))


@pytest.fixture
def strip(qtbot, light):
    made = StepStrip(light)
    qtbot.addWidget(made)
    made.resize(480, 90)
    made.show_steps(CAFFE, STEPS)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def card(strip, step):
    return next(card for card in strip.cards if card.step == step)


def test_each_step_shows_its_picture_its_name_and_its_numbers(strip):
    assert strip.captions == (
        "Picture 400×300",
        "Resize ↕ 256",
        "Crop 227²",
        "Order BGR",
        "Mean − 104, 117, 123",
        "Tensor NCHW",
    )
    first = strip.cards[0]
    assert colour_at(first, first.width() / 2, 28) == "#c8c8c8"


def test_what_a_step_does_is_told_where_one_points(strip):
    mean = card(strip, "mean")
    QApplication.sendEvent(mean, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert mean.toolTip() == "Mean: Values − (104, 117, 123): from 77 to 96.\nfloat32, 227×227×3"
    QToolTip.hideText()


def test_without_a_way_there_is_the_picture_alone(strip):
    strip.show_steps(None, (Stage("picture", "picture 12×12", picture_pixels()),))
    assert strip.captions == ("Picture 12×12",)
    strip.show_steps(None, ())
    assert strip.isHidden()


def test_cards_keep_their_pictures_until_there_are_others(strip):
    mean = card(strip, "mean")
    before = colour_at(mean, mean.width() / 2, 28)
    strip.show_steps(replace(CAFFE, mean=(1.0,)), ())
    assert card(strip, "mean") is mean
    assert mean.numbers == "− 1"
    assert colour_at(mean, mean.width() / 2, 28) == before


def test_a_step_that_is_left_out_stands_where_it_would_be_done(strip):
    off = replace(CAFFE, order="RGB")
    strip.show_steps(off, tuple(off.steps(PIXELS, (227, 227))), {"channels": CAFFE})
    assert [card.step for card in strip.cards] == ["picture", "resize", "crop", "channels", "mean", "tensor"]
    assert card(strip, "channels").numbers == "off"
    assert card(strip, "channels").accessibleName() == "Order BGR, left out"


def test_a_step_is_chosen_by_a_click_and_closed_by_another(strip, qtbot):
    with qtbot.waitSignal(strip.chosen) as told:
        qtbot.mouseClick(card(strip, "crop"), Qt.MouseButton.LeftButton)
    assert told.args == ["crop"]
    strip.show_chosen("crop")
    assert [card.step for card in strip.cards if card.isChecked()] == ["crop"]
    with qtbot.waitSignal(strip.chosen) as told:
        qtbot.mouseClick(card(strip, "crop"), Qt.MouseButton.LeftButton)
    assert told.args == [""]


def test_keys_go_along_the_chain_choose_move_and_take_out(strip, qtbot):
    strip.cards[0].setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(QApplication.focusWidget(), key)
    crop = card(strip, "crop")
    assert QApplication.focusWidget() is crop
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        strip.show_chosen("")
        with qtbot.waitSignal(strip.chosen) as told:
            qtbot.keyClick(crop, key)
        assert told.args == ["crop"]
    with qtbot.waitSignal(strip.moved) as told:
        qtbot.keyClick(crop, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert told.args == ["crop", -1]
    with qtbot.waitSignal(strip.removed) as told:
        qtbot.keyClick(crop, Qt.Key.Key_Delete)
    assert told.args == ["crop"]
    strip.cards[0].setFocus()
    with qtbot.assertNotEmitted(strip.removed), qtbot.assertNotEmitted(strip.moved):
        qtbot.keyClick(strip.cards[0], Qt.Key.Key_Delete)
        qtbot.keyClick(strip.cards[0], Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)


@pytest.mark.parametrize(("width", "rows"), [(480, 1), (264, 2), (120, 3)])
def test_cards_stand_in_rows_alike_and_none_beyond_the_width(strip, width, rows):
    strip.resize(width, 90)
    places = [card.geometry() for card in strip.cards]
    assert len({place.y() for place in places}) == rows
    assert max(place.right() for place in places) < width
    assert strip.height() == places[-1].bottom() + 1


def test_numbers_that_have_no_room_are_summed_up():
    assert shorter("− 104, 117, 123") == "3 values"
    assert [shorter(size) for size in ("4000×3000", "1280×720", "20×20")] == ["12 MP", "0.9 MP", "0.1 MP"]
    assert shorter("× 1/255") == "× 1/255"
