"""A vector as bars."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.maps.colour_maps import NAN_COLOUR
from explorer.ui.theme import theme
from explorer.ui.vector_bars import HEAD, ROW, VectorBars
from tests.ui.person import colours_of, leave, point_at

LIGHT = theme("light")


@pytest.fixture
def bars(qtbot):
    made = VectorBars(LIGHT)
    qtbot.addWidget(made)
    made.resize(420, HEAD + 5 * ROW)
    with qtbot.waitExposed(made):
        made.show()
    return made


def row_colours(bars, row):
    return colours_of_strip(bars, HEAD + row * ROW + ROW // 2)


def colours_of_strip(bars, y):
    image = bars.viewport().grab().toImage()
    return [image.pixelColor(x, y).name() for x in range(image.width())]


def length(bars, row, colour):
    return row_colours(bars, row).count(colour)


def test_the_largest_first_with_labels(bars):
    bars.show_vector(np.array([0.1, 0.7, 0.2]), None, ("hen", "tabby", "fox"))
    bars.show_order("largest")
    assert bars.rows == (1, 2, 0)
    assert bars.row_text(0) == "1  tabby  0.7"


def test_in_order(bars):
    bars.show_vector(np.array([0.1, 0.7, 0.2]))
    assert bars.rows == (0, 1, 2)
    assert bars.row_text(2) == "2  0.2"


def test_not_a_number_comes_last_and_has_its_own_colour(bars):
    bars.show_vector(np.array([np.nan, 0.7, np.inf]))
    bars.show_order("largest")
    assert bars.rows == (2, 1, 0)
    assert bars.row_text(2) == "0  NaN"
    assert length(bars, 2, NAN_COLOUR) > 100


def test_bars_are_as_long_as_their_values(bars):
    bars.show_vector(np.array([1.0, 0.5, 0.25]))
    full, half, quarter = (length(bars, row, LIGHT.ours) for row in range(3))
    assert full > 150
    assert half == pytest.approx(full / 2, abs=2) and quarter == pytest.approx(full / 4, abs=2)


def test_negative_values_go_to_the_other_side_of_zero(bars):
    bars.show_vector(np.array([1.0, -1.0]))
    first, second = (row_colours(bars, row) for row in range(2))
    right = [x for x, colour in enumerate(first) if colour == LIGHT.ours]
    left = [x for x, colour in enumerate(second) if colour == LIGHT.ours]
    assert max(left) < min(right)


def test_the_reference_lies_over_ours_with_its_own_value(bars):
    bars.show_vector(np.array([1.0, 0.5]), np.array([0.5, 0.5]), None)
    assert bars.row_text(0) == "0  1  0.5"
    reference = length(bars, 0, LIGHT.reference)
    assert reference == pytest.approx(length(bars, 0, LIGHT.ours), abs=4)
    assert colours_of(bars.viewport()) >= {LIGHT.ours, LIGHT.reference}


def test_labels_that_do_not_fit_are_not_used(bars):
    bars.show_vector(np.array([0.1, 0.7]), None, ("only one",))
    assert not bars.is_labelled
    assert bars.row_text(1) == "1  0.7"


def test_a_click_chooses_an_entry(bars, qtbot):
    bars.show_vector(np.array([0.1, 0.7, 0.2]))
    bars.show_order("largest")
    with qtbot.waitSignal(bars.chosen) as told:
        qtbot.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, HEAD + ROW + 3))
    assert told.args == [2]
    assert LIGHT.selection in row_colours(bars, 1)


def test_keys_walk_through_the_rows_as_they_stand(bars, qtbot):
    bars.show_vector(np.linspace(1, 0, 100))
    for key, index in [
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_PageDown, 5),
        (Qt.Key.Key_Up, 4),
        (Qt.Key.Key_End, 99),
        (Qt.Key.Key_Home, 0),
    ]:
        with qtbot.waitSignal(bars.chosen) as told:
            qtbot.keyClick(bars, key)
        assert told.args == [index]


def test_a_chosen_entry_comes_into_view(bars):
    bars.show_vector(np.linspace(1, 0, 1000))
    bars.show_chosen(500)
    top = bars.verticalScrollBar().value()
    assert top <= 500 * ROW and top + 5 * ROW >= 501 * ROW
    assert LIGHT.selection in colours_of(bars.viewport())


def test_the_pointer_tells_its_entry(bars, qtbot):
    bars.show_vector(np.array([0.1, 0.7]))
    with qtbot.waitSignal(bars.hovered) as told:
        point_at(bars.viewport(), 30, HEAD + ROW + 2)
    assert told.args == [1]
    with qtbot.waitSignal(bars.hovered) as told:
        leave(bars)
    assert told.args == [None]


def test_nothing_to_show_takes_no_harm(bars, qtbot):
    bars.show_vector(None)
    bars.show_chosen(3)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    assert bars.rows == ()
    assert LIGHT.ours not in colours_of(bars.viewport())


def test_what_a_correction_gives_has_a_column_and_a_bar_of_its_own(bars, light):
    bars.show_vector(np.array([0.0, 1.0]), np.array([1.0, 0.0]), None, np.array([1.0, 0.0]))
    assert bars.row_text(0) == "0  0  1  1"
    assert light.agrees in colours_of(bars.viewport())
    bars.show_vector(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert bars.row_text(0) == "0  0  1"
    assert light.agrees not in colours_of(bars.viewport())
