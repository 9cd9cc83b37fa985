"""One pane of maps: what is painted, and what a person can do with it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.maps.colour_maps import INFINITE_COLOUR, NAN_COLOUR, ramp_colours
from explorer.maps.value_range import ValueRange, value_range
from explorer.ui.activation_grid import ActivationGrid
from explorer.ui.map_picture import MapPicture
from explorer.ui.theme import theme
from explorer.ui.viewpoint import CLOSEST, Viewpoint
from tests.ui.person import colour_at, colour_name, colours_of, leave, point_at, turn_wheel

LOW, HIGH = map(colour_name, ramp_colours("values")[[0, -1]])


@pytest.fixture
def grid(qtbot):
    viewpoint = Viewpoint()
    made = ActivationGrid(viewpoint, "ours", theme("light"))
    viewpoint.setParent(made)
    qtbot.addWidget(made)
    made.resize(208, 208)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(grid, maps, mode="layer"):
    maps = np.asarray(maps, np.float32)
    grid.viewpoint.show_maps(*maps.shape)
    grid.show_picture(MapPicture(maps, value_range([maps], mode), "values"))


def ones_and_zeros(count=4, size=10):
    return np.stack([np.full((size, size), index % 2) for index in range(count)])


def centre(grid, channel):
    return grid.cell_rect(channel).center().toPoint()


def colour_of(grid, channel):
    place = centre(grid, channel)
    return colour_at(grid, place.x(), place.y())


def test_a_map_of_ones_beside_maps_of_zeros(grid):
    show(grid, ones_and_zeros())
    assert [colour_of(grid, channel) for channel in range(4)] == [LOW, HIGH, LOW, HIGH]


def test_between_the_maps_is_the_panel(grid):
    show(grid, ones_and_zeros())
    first, last = grid.cell_rect(0), grid.cell_rect(3)
    assert first.right() < last.left()
    middle = (first.right() + last.left()) / 2
    assert colour_at(grid, middle, centre(grid, 3).y()) == theme("light").panel


def test_each_channel_in_its_own_range(grid):
    maps = np.zeros((2, 4, 4), np.float32)
    maps[0, :2] = 1
    maps[1, :2] = 100
    show(grid, maps, "channel")
    for channel in range(2):
        box = grid.cell_rect(channel)
        assert colour_at(grid, box.center().x(), box.top() + box.height() / 4) == HIGH
        assert colour_at(grid, box.center().x(), box.top() + box.height() * 3 / 4) == LOW


def test_nan_and_infinity_have_colours_of_their_own(grid):
    maps = np.zeros((1, 2, 2), np.float32)
    maps[0, 0, 0], maps[0, 0, 1] = np.nan, np.inf
    show(grid, maps)
    box = grid.cell_rect(0)
    assert colour_at(grid, box.left() + 50, box.top() + 10) == NAN_COLOUR
    assert colour_at(grid, box.right() - 10, box.top() + 10) == INFINITE_COLOUR


def test_what_no_colour_stands_for_is_told_by_its_shape_as_well(grid):
    maps = np.zeros((1, 2, 2), np.float32)
    maps[0, 0] = np.nan, np.inf
    maps[0, 1] = -np.inf, 9
    grid.viewpoint.show_maps(1, 2, 2)
    grid.show_picture(MapPicture(maps, ValueRange(np.array([-1.0]), np.array([1.0]), True), "signed"))
    box, side = grid.cell_rect(0), grid.viewpoint.lens.scale

    def shape(row, column):
        image = grid.grab().toImage()
        corner = (int(box.left() + column * side), int(box.top() + row * side))
        dark = [
            (x, y)
            for x in range(0, int(side), 4)
            for y in range(0, int(side), 4)
            if image.pixelColor(corner[0] + x, corner[1] + y).lightness() < 20
        ]
        return frozenset(dark)

    shapes = {shape(row, column) for row in (0, 1) for column in (0, 1)}
    assert len(shapes) == 4 and all(shapes)


def test_small_values_have_their_colour_alone(grid):
    maps = np.zeros((1, 60, 60), np.float32)
    maps[0, 30, 30] = np.nan
    show(grid, maps)
    assert "#000000" not in colours_of(grid)


def test_sorted_channels_keep_their_numbers(grid, qtbot):
    show(grid, np.stack([np.full((10, 10), value) for value in (0.0, 0.0, 1.0, 0.0)]))
    grid.viewpoint.show_order(np.array([2, 0, 3, 1]))
    first = grid.cell_rect(2)
    assert first.left() < grid.cell_rect(0).left() and colour_of(grid, 2) == HIGH
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=centre(grid, 2))
    assert grid.viewpoint.channel == 2
    assert grid.viewpoint.find(*first.center().toTuple())[0] == 2
    for key, channel in (
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Home, 2),
        (Qt.Key.Key_End, 1),
    ):
        qtbot.keyClick(grid, key)
        assert grid.viewpoint.channel == channel
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert colour_at(grid, 100, 100) == HIGH
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert grid.viewpoint.channel == 0 and colour_at(grid, 100, 100) == LOW


def test_an_order_of_other_channels_is_none(grid):
    show(grid, ones_and_zeros())
    grid.viewpoint.show_order(np.array([1, 0]))
    assert grid.viewpoint.order is None
    grid.viewpoint.show_order(np.array([1, 0, 2, 3]))
    show(grid, ones_and_zeros(9))
    assert grid.viewpoint.order is None


def test_one_nan_among_many_thousand_values_is_seen(grid):
    maps = np.zeros((4, 500, 500), np.float32)
    maps[2, 300, 200] = np.nan
    show(grid, maps)
    box = grid.cell_rect(2)
    image = grid.grab().toImage()
    place = (
        round(box.left() + 200.5 * grid.viewpoint.lens.scale),
        round(box.top() + 300.5 * grid.viewpoint.lens.scale),
    )
    near = [image.pixelColor(place[0] + x, place[1] + y) for x in range(-2, 3) for y in range(-2, 3)]
    assert any(colour.red() > 150 and colour.blue() > 120 for colour in near)


def test_a_click_chooses_the_map_and_outlines_it(grid, qtbot):
    show(grid, ones_and_zeros())
    with qtbot.waitSignal(grid.viewpoint.channel_chosen) as told:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=centre(grid, 3))
    assert told.args == [3]
    box = grid.cell_rect(3)
    assert colour_at(grid, box.center().x(), box.bottom() + 1) == theme("light").accent


def test_a_click_between_the_maps_chooses_nothing(grid, qtbot):
    show(grid, ones_and_zeros())
    box = grid.cell_rect(0)
    with qtbot.assertNotEmitted(grid.viewpoint.channel_chosen):
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(round(box.right() + 4), round(box.center().y())))


def test_a_double_click_shows_one_map_and_another_all_again(grid, qtbot):
    show(grid, ones_and_zeros())
    qtbot.mouseDClick(grid, Qt.MouseButton.LeftButton, pos=centre(grid, 1))
    assert grid.viewpoint.single
    assert {colour_at(grid, x, y) for x in (12, 100, 190) for y in (12, 100, 190)} == {HIGH}
    qtbot.mouseDClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert colour_of(grid, 0) == LOW


def test_enter_and_escape_do_the_same(grid, qtbot):
    show(grid, ones_and_zeros())
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert grid.viewpoint.single and colour_at(grid, 100, 100) == HIGH
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert colour_at(grid, 100, 100) == LOW
    qtbot.keyClick(grid, Qt.Key.Key_Escape)
    assert not grid.viewpoint.single


def test_arrows_home_and_end_move_the_choice(grid, qtbot):
    show(grid, ones_and_zeros(16))
    for key, channel in [
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 5),
        (Qt.Key.Key_Left, 4),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 15),
        (Qt.Key.Key_Home, 0),
    ]:
        qtbot.keyClick(grid, key)
        assert grid.viewpoint.channel == channel


def test_keys_zoom_and_fit(grid, qtbot):
    show(grid, ones_and_zeros())
    fitted = grid.viewpoint.lens
    qtbot.keyClick(grid, Qt.Key.Key_Plus)
    qtbot.keyClick(grid, Qt.Key.Key_Plus)
    zoomed = grid.viewpoint.lens.scale
    assert zoomed > fitted.scale
    qtbot.keyClick(grid, Qt.Key.Key_Minus)
    assert fitted.scale < grid.viewpoint.lens.scale < zoomed
    qtbot.keyClick(grid, Qt.Key.Key_0)
    assert grid.viewpoint.lens == fitted


def test_the_wheel_zooms_about_the_pointer(grid):
    show(grid, ones_and_zeros())
    x, y = centre(grid, 1).x(), centre(grid, 1).y()
    for _ in range(60):
        turn_wheel(grid, 1, x, y)
    assert grid.viewpoint.lens.scale == CLOSEST
    assert grid.viewpoint.find(x, y)[0] == 1
    assert {colour_at(grid, x + dx, y) for dx in (-50, 0, 45)} == {HIGH}


def test_dragging_moves_the_maps_and_chooses_nothing(grid, qtbot):
    show(grid, ones_and_zeros())
    turn_wheel(grid, 6, 20, 20)
    before = grid.cell_rect(0).left()
    with qtbot.assertNotEmitted(grid.viewpoint.channel_chosen):
        qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
        point_at(grid, 120, 150, held=True)
        point_at(grid, 100, 150, held=True)
        qtbot.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=QPoint(100, 150))
    assert grid.cell_rect(0).left() == pytest.approx(before - 50)


def test_the_pointer_tells_its_place_and_is_marked(grid, qtbot):
    show(grid, np.zeros((1, 4, 4)))
    box = grid.cell_rect(0)
    x, y = box.left() + 2.5 * box.width() / 4, box.top() + 1.5 * box.height() / 4
    with qtbot.waitSignal(grid.viewpoint.hovered) as told:
        point_at(grid, x, y)
    assert told.args == [(0, 1, 2)]
    assert "#ffffff" in {colour_at(grid, box.left() + box.width() / 2 + dx, y) for dx in range(-2, 3)}
    with qtbot.waitSignal(grid.viewpoint.hovered) as told:
        leave(grid)
    assert told.args == [None]


def test_large_maps_are_numbered(grid):
    show(grid, np.zeros((4, 10, 10)))
    corner = grid.cell_rect(2).topLeft()
    assert colour_at(grid, corner.x() + 2, corner.y() + 3) != LOW
    show(grid, np.zeros((400, 10, 10)))
    corner = grid.cell_rect(2).topLeft()
    assert colour_at(grid, corner.x() + 2, corner.y() + 3) == LOW


def test_words_where_there_is_no_picture(grid, qtbot):
    grid.show_picture(None, "The reference does not hold this layer.")
    assert grid.words == grid.accessibleDescription() == "The reference does not hold this layer."
    assert colour_at(grid, 100, 30) == theme("light").panel
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    turn_wheel(grid, 1, 100, 100)


def test_another_theme_recolours_the_gaps_and_not_the_values(grid):
    show(grid, ones_and_zeros())
    box = grid.cell_rect(1)
    grid.show_theme(theme("dark"))
    assert colour_of(grid, 1) == HIGH
    assert colour_at(grid, box.left() - 6, centre(grid, 3).y()) == theme("dark").panel


def test_twice_as_many_device_pixels_show_finer_maps(grid):
    maps = np.zeros((1, 400, 400), np.float32)
    maps[0, ::2] = 1
    show(grid, maps)
    assert grid.viewpoint.mosaic.gap == 2
    picture = MapPicture(maps, value_range([maps], "layer"), "values")
    mosaic = grid.viewpoint.mosaic
    assert picture.image(mosaic, 0, 2, theme("light")).width() == 201
    assert picture.image(mosaic, 0, 1, theme("light")).width() == 402
