"""The reference in the place of ours: held by a key, or blinking."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from explorer.ui import swapping
from explorer.ui.comparison_view import ComparisonView
from explorer.ui.layer_view_state import LayerView
from explorer.ui.map_panes import SWAPPED
from explorer.ui.swapping import BLINK
from explorer.ui.theme import theme
from tests.ui.person import colour_at


@pytest.fixture
def beside(qtbot):
    """A panel with the keyboard in its first pane, and a field beside it."""
    window = QWidget()
    qtbot.addWidget(window)
    view, field = ComparisonView(theme("light")), QLineEdit()
    column = QVBoxLayout(window)
    column.addWidget(view)
    column.addWidget(field)
    window.resize(520, 720)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    zeros = np.zeros((1, 2, 8, 8), np.float32)
    view.show_layer(LayerView("conv1", "Convolution", zeros, zeros + 1))
    view.panes.grids[0].setFocus()
    yield view, field
    window.close()


def seen(view):
    grid = view.panes.grids[0]
    colour = colour_at(grid, *grid.cell_rect(0).center().toTuple())
    other = view.panes.grids[1]
    same = colour == colour_at(other, *other.cell_rect(0).center().toTuple())
    return view.panes.captions[0].accessibleName().partition(" ")[0], same


def test_the_reference_is_there_as_long_as_the_key_is_held(beside, qtbot):
    view, _ = beside
    assert seen(view) == ("ours", False)
    qtbot.keyPress(view.panes.grids[0], Qt.Key.Key_X)
    assert seen(view) == ("reference", True)
    assert view.panes.captions[0].accessibleName() == SWAPPED == "reference in place of ours"
    qtbot.keyRelease(view.panes.grids[0], Qt.Key.Key_X)
    assert seen(view) == ("ours", False)


def test_a_key_that_is_let_go_elsewhere_is_let_go(beside, qtbot):
    view, field = beside
    qtbot.keyPress(view.panes.grids[0], Qt.Key.Key_X)
    field.setFocus()
    assert seen(view) == ("ours", False)


def test_blinking_is_no_faster_than_three_flashes_a_second():
    assert 1000 / (2 * BLINK) < 3 and 1000 / BLINK < 3


def test_both_take_turns_until_escape(beside, qtbot):
    view, _ = beside
    view.swapping._timer.setInterval(1)
    view.swapping.toggle_blinking()
    assert seen(view) == ("reference", True)
    assert view.panes.captions[0].accessibleDescription() == "blinking"
    qtbot.waitUntil(lambda: seen(view)[0] == "ours")
    qtbot.waitUntil(lambda: seen(view)[0] == "reference")
    qtbot.keyClick(view.panes.grids[0], Qt.Key.Key_Escape)
    assert not view.swapping.blinks and seen(view) == ("ours", False)
    QTest.qWait(10)
    assert seen(view) == ("ours", False)


def test_blinking_ends_with_the_layer_and_when_it_is_asked_for_again(beside):
    view, _ = beside
    view.swapping.toggle_blinking()
    view.swapping.toggle_blinking()
    assert not view.swapping.blinks and seen(view)[0] == "ours"
    view.swapping.toggle_blinking()
    view.show_layer(LayerView("conv2", "Convolution", np.zeros((1, 2, 8, 8)), np.ones((1, 2, 8, 8))))
    assert not view.swapping.blinks and seen(view)[0] == "ours"


def test_escape_stops_blinking_before_it_shows_all_maps_again(beside, qtbot):
    view, _ = beside
    view.viewpoint.show_single(True)
    view.swapping.toggle_blinking()
    qtbot.keyClick(view.panes.grids[0], Qt.Key.Key_Escape)
    assert view.viewpoint.single and not view.swapping.blinks
    qtbot.keyClick(view.panes.grids[0], Qt.Key.Key_Escape)
    assert not view.viewpoint.single


def test_where_nothing_is_to_move_the_turn_waits_to_be_asked_for(beside, monkeypatch):
    view, _ = beside
    monkeypatch.setattr(swapping, "wants_movement", lambda: False)
    view.swapping.toggle_blinking()
    assert seen(view)[0] == "reference" and not view.swapping._timer.isActive()
    view.swapping.toggle_blinking()
    assert seen(view)[0] == "ours"


def test_without_a_reference_there_is_nothing_to_swap(beside, qtbot):
    view, _ = beside
    view.show_layer(LayerView("conv3", "Convolution", np.zeros((1, 2, 8, 8))))
    qtbot.keyPress(view.panes.grids[0], Qt.Key.Key_X)
    assert not view.swapping.is_swapped
    view.swapping.hold(True)
    assert view.panes.captions[0].accessibleName() == "ours"
