"""Three panes that look at the same place."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.comparison.comparison import LayerComparison
from explorer.maps.colour_maps import ramp_colours
from explorer.ui.layer_view_state import LayerView, ranges, resolve
from explorer.ui.map_panes import MapPanes
from explorer.ui.theme import theme
from explorer.ui.viewpoint import Viewpoint
from tests.ui.person import colour_at, colour_name, colours_of, point_at, turn_wheel

LOW, HIGH = map(colour_name, ramp_colours("values")[[0, -1]])
LESS, SAME, MORE = map(colour_name, ramp_colours("signed")[[0, 125, -1]])


@pytest.fixture
def panes(qtbot):
    viewpoint = Viewpoint()
    made = MapPanes(viewpoint, theme("light"))
    viewpoint.setParent(made)
    qtbot.addWidget(made)
    made.resize(641, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(panes, ours, theirs=None, mode="layer"):
    shown = resolve(LayerView("x", "t", np.asarray(ours, np.float32)[None], theirs))
    panes.show_maps(shown, ranges(shown, mode))


def maps(*values):
    return np.stack([np.full((6, 6), value, np.float32) for value in values])


def colour_of(grid, channel):
    place = grid.cell_rect(channel).center()
    return colour_at(grid, place.x(), place.y())


def test_three_panes_of_exactly_one_size(panes):
    for width in range(400, 420):
        panes.resize(width, 300)
        assert len({grid.size().toTuple() for grid in panes.grids}) == 1
        assert panes.grids[2].geometry().right() < width


def test_ours_and_the_reference_share_one_range_and_the_difference_has_its_own(panes):
    show(panes, maps(0, 1, 2), maps(0, 2, 1)[None])
    ours, theirs, difference = panes.grids
    assert [colour_of(ours, channel) for channel in (0, 2)] == [LOW, HIGH]
    assert [colour_of(theirs, channel) for channel in (0, 1)] == [LOW, HIGH]
    assert [colour_of(difference, channel) for channel in range(3)] == [SAME, LESS, MORE]
    assert panes.value_bar.texts == ("0", "", "2")
    assert panes.difference_bar.texts == ("-1", "0", "1")


def test_zooming_and_panning_one_pane_moves_all_alike(panes):
    show(panes, maps(*range(16)), maps(*range(16))[None])
    for _ in range(7):
        turn_wheel(panes.grids[2], 1, 30, 40)
    panes.viewpoint.pan(-13, 7)
    cells = {tuple(grid.cell_rect(5).getRect()) for grid in panes.grids}
    assert len(cells) == 1
    assert colour_at(panes.grids[0], 50, 60) == colour_at(panes.grids[1], 50, 60)


def test_the_choice_and_the_pointer_are_marked_in_all_panes(panes, qtbot):
    show(panes, maps(*range(4)), maps(*range(4))[None])
    place = panes.grids[1].cell_rect(2).center().toPoint()
    qtbot.mouseClick(panes.grids[1], Qt.MouseButton.LeftButton, pos=place)
    point_at(panes.grids[1], place.x(), place.y())
    for grid in panes.grids:
        box = grid.cell_rect(2)
        assert colour_at(grid, box.center().x(), box.bottom() + 1) == theme("light").accent
        scale = panes.viewpoint.lens.scale
        _, row, column = panes.viewpoint.place
        x, y = box.left() + (column + 0.5) * scale, box.top() + row * scale
        assert "#ffffff" in {colour_at(grid, x, y + by) for by in (-1, 0, 1)}


def test_without_a_reference_ours_has_all_the_room(panes):
    show(panes, maps(0, 1))
    assert panes.grids[0].width() == 641
    assert [len(panes.grids), len(panes.captions)] == [1, 1]
    assert not panes.difference_bar.isVisible()
    show(panes, maps(0, 1), maps(0, 1)[None])
    assert panes.grids[1].isVisible() and panes.difference_bar.isVisible()


def test_the_colour_bar_follows_the_channel_where_each_has_its_own_range(panes):
    values = np.zeros((2, 6, 6), np.float32)
    values[0, 0], values[1, 0] = 1, 50
    show(panes, values, mode="channel")
    assert panes.value_bar.texts[2] == "1"
    panes.viewpoint.choose(1)
    assert panes.value_bar.texts[2] == "50"


def test_sides_of_unlike_size_keep_their_channels_in_one_place(panes):
    theirs = np.full((1, 2, 8, 8), 3, np.float32)
    show(panes, maps(0, 1), theirs)
    assert colour_of(panes.grids[1], 1) == HIGH
    box = panes.grids[0].cell_rect(1)
    assert colour_at(panes.grids[0], box.right() - 3, box.bottom() - 3) == theme("light").panel
    assert panes.grids[2].words == "No difference: the shapes are not the same."


def test_another_theme_reaches_every_part(panes):
    show(panes, maps(0, 1), maps(0, 1)[None])
    panes.show_theme(theme("dark"))
    for grid in panes.grids:
        assert colour_at(grid, 3, 3) == theme("dark").panel


def test_rounding_is_told_beside_the_name_of_the_pane(panes):
    row = LayerComparison("x", "t", verdict="match")
    values = maps(0, 1)[None]
    shown = resolve(LayerView("x", "t", values * np.float32(1 + 1e-6), values, row))
    before = colours_of(panes.captions[2])
    panes.show_maps(shown, ranges(shown, "layer"))
    assert panes.captions[2].accessibleDescription() == "rounding"
    assert theme("light").muted in colours_of(panes.captions[2]) - before
