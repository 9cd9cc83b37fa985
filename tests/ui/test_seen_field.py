"""What a value sees, in words and on screen."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.network.network import value_name
from explorer.ui.channel_on_picture import POINT
from explorer.ui.pictures import drop_files
from explorer.ui.seen_field import Part, SeenField, field_ways
from tests.small_network import small_network
from tests.ui.person import leave, point_at


def seen(layer, place):
    network = small_network()
    ways = field_ways(network, layer, value_name(network.layer[layer].outputs[0]), (2, 3))
    assert ways is not None
    return ways.seen(place)


def test_a_value_has_a_window_and_a_field():
    found = seen("fork/right", (0, 0, 3))
    assert found.field == Part("data", (0, 5), (3, 8), (8, 8))
    assert found.windows == (Part("pool1", (0, 2), (2, 4), (4, 4)),)
    assert found.text == "sees rows 0–4, columns 3–7 of data (5×5) · window: rows 0–1, columns 2–3 of pool1 (2×2)"


def test_a_layer_without_places_sees_everything():
    assert seen("prob", (2, 0, 0)).text == "sees all of data · window: fc"


def test_one_row_and_one_column_are_told_as_such():
    assert seen("data", (1, 2, 3)).text == "sees row 2, column 3 of data (1×1)"
    assert SeenField((0, 0, 0), (), None).text == "sees nothing of the picture"


@pytest.fixture
def maps(window, files):
    window.resize(1440, 1200)
    drop_files(window, files.all)
    window.desk.choose_layer("fork/right")
    return window.maps_view


def note(maps):
    """The words below the maps while another tab is in view, and those in the tab."""
    inside, below = maps.plots.on_picture.words, maps.field_note
    assert inside.isVisible() != below.isVisible() and inside.text() == below.text()
    return below.text()


def centre(maps, channel, row, column):
    grid, scale = maps.panes.grids[0], maps.viewpoint.lens.scale
    box = grid.cell_rect(channel)
    return grid, box.left() + (column + 0.5) * scale, box.top() + (row + 0.5) * scale


def test_pointing_at_a_value_frames_what_it_sees(window, maps):
    told: list[Any] = []
    window.page_link.fields.seen.connect(told.append)
    point_at(*centre(maps, 1, 0, 3))
    assert not maps.field_note.isVisible() and not [field for field in told if field is not None]
    window.commands.run("maps.fields")
    point_at(*centre(maps, 1, 1, 1))
    point_at(*centre(maps, 1, 0, 3))
    assert note(maps).startswith("sees rows 0–4, columns 3–7 of data (5×5)")
    assert told[-1].field.columns == (3, 8)
    canvas = maps.plots.on_picture.canvas
    assert canvas.field_rect().right() == pytest.approx(canvas.place.right())
    leave(maps.panes.grids[0])
    assert note(maps) == POINT and told[-1] is None


def test_a_click_pins_a_value_and_another_lets_it_go(window, maps, qtbot):
    window.commands.run("maps.fields")
    grid, x, y = centre(maps, 2, 3, 0)
    place = grid.rect().topLeft()
    place.setX(int(x))
    place.setY(int(y))
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    leave(grid)
    assert maps.viewpoint.pin == (2, 3, 0) and "rows 5–7" not in note(maps) and "rows 3–7" in note(maps)
    assert maps.findChild(QLabel, "place").text().startswith("channel 2 · y 3 · x 0 · ours")
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    leave(grid)
    assert maps.viewpoint.pin is None and note(maps) == POINT
    window.commands.run("maps.fields")
    assert not maps.plots.on_picture.fields.isChecked() and not maps.shows_fields


def test_another_layer_has_ways_of_its_own(window, maps):
    window.commands.run("maps.fields")
    window.desk.choose_layer("conv1")
    point_at(*centre(maps, 1, 1, 1))
    point_at(*centre(maps, 1, 0, 0))
    assert "sees rows 0–1, columns 0–1 of data" in note(maps)
    maps.plots.setCurrentIndex(1)
    assert "sees rows 0–1" in note(maps)


def test_a_value_that_is_overwritten_in_place_has_the_window_of_its_layer():
    network = small_network()
    ways = field_ways(network, "conv1", value_name(network.layer["relu1"].outputs[0]), (2, 3))
    assert ways is not None and ways.seen((0, 4, 4)).windows == (Part("data", (3, 6), (3, 6), (8, 8)),)


def test_the_picture_below_is_what_the_run_was_fed_with(window, maps):
    canvas = maps.plots.on_picture.canvas
    window.commands.run("maps.on_picture")
    assert canvas.toolTip().startswith("The reference's tensor")
    window.desk.show_fed_with("picture")
    assert canvas.toolTip().startswith("The picture as the network sees it")
    window.commands.run("maps.on_picture")
    assert not maps.is_on_picture
    assert np.isfinite(maps.shown.ours.values).all()
