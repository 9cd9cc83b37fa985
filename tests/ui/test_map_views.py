"""Differences, orders and marks in the panel of a layer, by its controls."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.maps.colour_maps import ramp_colours
from explorer.maps.likeness import channel_likeness
from explorer.ui.comparison_view import ComparisonView
from explorer.ui.layer_view_state import LayerView
from explorer.ui.theme import theme
from tests.ui.person import colour_at, colour_name

LOW, HIGH = map(colour_name, ramp_colours("values")[[0, -1]])


@pytest.fixture
def view(qtbot):
    made = ComparisonView(theme("light"))
    qtbot.addWidget(made)
    made.resize(440, 720)
    with qtbot.waitExposed(made):
        made.show()
    return made


def text(view, name):
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def colour_of(grid, channel):
    return colour_at(grid, *grid.cell_rect(channel).center().toTuple())


def layer(ours, theirs=None, title="conv1"):
    return LayerView(title, "Convolution", np.asarray(ours, np.float32), theirs)


def flat(*values):
    return np.stack([np.full((8, 8), value, np.float32) for value in values])[None]


def test_the_absolute_difference_is_chosen_by_key_and_said_on_screen(view, qtbot):
    view.show_layer(layer(flat(0, 1, 2), flat(0, 3, 2)))
    assert text(view, "look-note") is None
    qtbot.keyClick(view.controls.difference, Qt.Key.Key_Down)
    pane = view.panes.grids[2]
    assert [colour_of(pane, channel) for channel in range(3)] == [LOW, HIGH, LOW]
    assert view.panes.difference_bar.texts == ("0", "", "2")
    assert view.panes.captions[2].accessibleName() == "absolute difference"
    assert text(view, "look-note") == "Absolute difference: |ours − reference|."
    qtbot.keyClick(view.controls.difference, Qt.Key.Key_Down)
    assert "÷ max(|reference|" in text(view, "look-note")
    view.show_layer(layer(flat(0, 1), flat(0, 3), "conv2"))
    assert view.panes.captions[2].accessibleName() == "relative difference"


def test_there_is_no_choice_of_differences_without_a_reference(view):
    view.show_layer(layer(flat(0, 1)))
    assert not view.controls.difference.isVisible() and view.controls.sort.isVisible()


def test_sorted_panes_show_pairs_in_one_order(view, qtbot):
    view.show_layer(layer(flat(0, 1, 2), flat(0, 1, 9)))
    for _ in range(2):
        qtbot.keyClick(view.controls.sort, Qt.Key.Key_Down)
    assert view.viewpoint.order.tolist() == [2, 0, 1]
    for grid in view.panes.grids:
        assert grid.cell_rect(2).topLeft() == view.panes.grids[0].cell_rect(2).topLeft()
    assert colour_of(view.panes.grids[1], 2) == HIGH
    assert text(view, "look-note").startswith("Sorted by error")
    qtbot.keyClick(view.controls.sort, Qt.Key.Key_Home)
    assert view.viewpoint.order is None and text(view, "look-note") is None


def test_likeness_is_asked_for_only_when_it_is_to_be_seen(view, qtbot):
    theirs = np.random.default_rng(0).standard_normal((1, 4, 8, 8)).astype(np.float32)
    asked: list[Any] = []
    view.likeness_wanted.connect(asked.append)
    view.show_layer(layer(theirs[:, [1, 0, 2, 3]], theirs))
    assert asked == []
    qtbot.keyClick(view.controls.sort, Qt.Key.Key_End)
    (sides,) = asked
    assert "is being looked for" in text(view, "look-note")
    view.show_likeness(sides[0], channel_likeness(*sides))
    assert "our 0 looks like the reference’s 1" in text(view, "look-note")
    assert colour_of(view.panes.grids[1], 0) == colour_of(view.panes.grids[0], 0)
    view.viewpoint.choose(1)
    assert "reference’s 0 " in text(view, "place")


def test_an_answer_about_another_layer_is_not_taken(view, qtbot):
    theirs = np.random.default_rng(0).standard_normal((1, 4, 8, 8)).astype(np.float32)
    asked: list[Any] = []
    view.likeness_wanted.connect(asked.append)
    view.sort_channels("likeness")
    view.show_layer(layer(theirs, theirs))
    view.show_layer(layer(theirs[:, ::-1], theirs, "conv2"))
    assert len(asked) == 2
    view.show_likeness(asked[0][0], channel_likeness(*asked[0]))
    assert view.look.likeness is None
    view.show_likeness(asked[1][0], channel_likeness(*asked[1]))
    assert view.shown.partners == (3, 2, 1, 0)


def test_bars_are_sorted_by_their_difference(view, qtbot):
    view.show_layer(layer([[0.5, 0.3, 0.2]], np.array([[0.5, 0.1, 0.1]])))
    view.sort_channels("error")
    assert view.bars.rows == (1, 2, 0)
    assert view.controls.order.currentText() == "Largest difference first"


def test_clipped_values_are_counted_and_marked_in_the_histogram(view, qtbot):
    values = np.random.default_rng(0).standard_normal((1, 2, 40, 40)).astype(np.float32)
    values[0, 0, 0, 0] = np.nan
    view.show_layer(layer(values))
    view.show_range("robust")
    words = text(view, "outliers").replace("&nbsp;", " ")
    assert "beyond the range" in words and "1 NaN" in words
    qtbot.waitUntil(lambda: view.plots.histogram is not None)
    note = view.plots.histogram.note.text()
    assert note.startswith("ours: 1 NaN") and "colours end at" in note
    view.show_range("layer")
    qtbot.waitUntil(lambda: "colours end" not in view.plots.histogram.note.text())
