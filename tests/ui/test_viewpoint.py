"""What linked panes look at."""

import pytest

from explorer.ui.viewpoint import CLOSEST, PADDING, Lens, Pane, Viewpoint, fitted, kept_inside


@pytest.fixture
def viewpoint(qapp):
    made = Viewpoint()
    made.show_pane(Pane(208, 208, 1.0))
    made.show_maps(16, 10, 10)
    return made


def test_a_fitting_lens_leaves_the_padding_and_centres():
    lens = fitted((100, 50), Pane(208, 208))
    assert lens.scale == 2
    assert (lens.x, lens.y) == (-PADDING / 2, -27)


def test_a_picture_that_has_room_stays_in_the_middle():
    lens = kept_inside(Lens(1, 30, -500), (50, 50), Pane(100, 100))
    assert (lens.x, lens.y) == (-25, -25)


def test_no_more_empty_space_than_the_padding():
    assert kept_inside(Lens(4, -90, 900), (100, 100), Pane(200, 200)) == Lens(4, -1, 51)


def test_zooming_keeps_the_place_under_the_pointer(viewpoint):
    before = viewpoint.find(60, 90)
    x, y = (60 / viewpoint.lens.scale + viewpoint.lens.x, 90 / viewpoint.lens.scale + viewpoint.lens.y)
    viewpoint.zoom(2.5, 60, 90)
    lens = viewpoint.lens
    assert (60 / lens.scale + lens.x, 90 / lens.scale + lens.y) == pytest.approx((x, y))
    assert viewpoint.find(60, 90) == before


def test_zooming_out_ends_with_everything_in_view(viewpoint):
    viewpoint.zoom(7)
    assert not viewpoint.is_fitted
    viewpoint.zoom(1 / 100)
    assert viewpoint.is_fitted


def test_zooming_in_ends_at_the_closest(viewpoint):
    viewpoint.zoom(1e9)
    assert viewpoint.lens.scale == CLOSEST


def test_panning_follows_the_hand(viewpoint):
    viewpoint.zoom(4)
    before = viewpoint.lens
    viewpoint.pan(8, -16)
    assert viewpoint.lens.x == pytest.approx(before.x - 8 / before.scale)
    assert viewpoint.lens.y == pytest.approx(before.y + 16 / before.scale)


def test_arrows_follow_the_columns_and_stop_at_the_ends(viewpoint):
    assert viewpoint.mosaic.columns == 4
    viewpoint.step(1, 0)
    viewpoint.step(0, 2)
    assert viewpoint.channel == 9
    viewpoint.step(0, 2)
    assert viewpoint.channel == 9
    viewpoint.step(0, 1)
    viewpoint.step(2, 0)
    assert viewpoint.channel == 15
    viewpoint.step(1, 0)
    assert viewpoint.channel == 15


def test_a_single_map_is_followed_by_the_next_in_every_direction(viewpoint):
    viewpoint.show_single(True)
    viewpoint.step(0, 1)
    assert viewpoint.channel == 1 and viewpoint.first == 1
    assert viewpoint.mosaic.count == 1


def test_a_chosen_map_out_of_sight_comes_into_view(viewpoint):
    viewpoint.zoom(4, 0, 0)
    viewpoint.choose(15)
    lens, (left, top) = viewpoint.lens, viewpoint.mosaic.corner(15)
    assert lens.x <= left and left + 10 <= lens.x + 208 / lens.scale
    assert lens.y <= top and top + 10 <= lens.y + 208 / lens.scale


def test_only_another_channel_is_told(viewpoint, qtbot):
    with qtbot.assertNotEmitted(viewpoint.channel_chosen):
        viewpoint.choose(0)
    with qtbot.waitSignal(viewpoint.channel_chosen) as told:
        viewpoint.choose(99)
    assert told.args == [15]


def test_maps_of_the_same_sizes_keep_channel_and_zoom(viewpoint):
    viewpoint.choose(5)
    viewpoint.zoom(3)
    lens = viewpoint.lens
    viewpoint.show_maps(16, 10, 10)
    assert (viewpoint.channel, viewpoint.lens) == (5, lens)
    viewpoint.show_maps(16, 10, 11)
    assert viewpoint.channel == 0 and viewpoint.is_fitted


def test_a_resized_pane_keeps_showing_everything(viewpoint):
    viewpoint.show_pane(Pane(108, 400, 2.0))
    assert viewpoint.is_fitted
    assert viewpoint.mosaic.columns < 4


def test_a_resized_pane_keeps_its_middle_when_zoomed(viewpoint):
    viewpoint.zoom(6)
    middle = viewpoint.lens.x + 104 / viewpoint.lens.scale
    viewpoint.show_pane(Pane(216, 216, 1.0))
    assert viewpoint.lens.x + 108 / viewpoint.lens.scale == pytest.approx(middle)


def test_nothing_to_look_at_takes_no_harm(qapp):
    viewpoint = Viewpoint()
    viewpoint.choose(3)
    viewpoint.zoom(2)
    viewpoint.pan(5, 5)
    viewpoint.show_single(True)
    assert (viewpoint.channel, viewpoint.single, viewpoint.find(1, 1)) == (0, False, None)
