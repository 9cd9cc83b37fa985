import pytest
from PySide6.QtCore import QPoint, Qt

from explorer.network.network import Network
from explorer.ui.graph_canvas import MARGIN, READABLE
from explorer.ui.graph_view import GraphView
from tests.network.graphs import graph_of
from tests.ui.graphs import (
    large_network,
    network_of,
    place,
    shown_graph,
    small_network,
    spot,
)
from tests.ui.person import colour_at, colours_of, point_at, turn_wheel


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def view(qtbot, light, network) -> GraphView:
    return shown_graph(qtbot, light, network)


def test_the_keyboard_s_way_to_the_graph_is_seen(view, qtbot, light):
    with qtbot.waitActive(view):
        view.activateWindow()
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert colour_at(view, 1, 300) == light.accent
    view.clearFocus()
    assert colour_at(view, 1, 300) == light.window
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert colour_at(view, 1, 300) == light.window


def test_keys_zoom(view, qtbot):
    scale = view.camera.scale
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera.scale == pytest.approx(1.25 * scale)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.camera.scale == pytest.approx(scale)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.seen().contains(view.bounds())


def test_the_wheel_zooms_about_the_pointer(view):
    where = place(view, "inception_3a/1x1").center()
    turn_wheel(view, 3, where.x(), where.y())
    after = place(view, "inception_3a/1x1").center()
    assert (after - where).manhattanLength() < 0.01
    assert view.camera.scale > 1.2 * READABLE


def test_a_drag_moves_the_graph_and_chooses_nothing(view, qtbot):
    start = spot(view, "inception_3a/1x1")
    before = place(view, "inception_3a/1x1").topLeft()
    with qtbot.assertNotEmitted(view.layer_chosen):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        point_at(view, start.x() - 10, start.y() - 60, held=True)
        point_at(view, start.x() - 30, start.y() - 100, held=True)
        assert view.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(30, 100))
    moved = place(view, "inception_3a/1x1").topLeft() - before
    assert moved.x() == pytest.approx(-30)
    assert moved.y() == pytest.approx(-100)
    assert view.cursor().shape() != Qt.CursorShape.ClosedHandCursor


def test_the_graph_can_not_be_dragged_out_of_sight(view, qtbot):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    point_at(view, 9000, 9000, held=True)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(9000, 9000))
    assert view.seen().intersects(view.bounds())


def test_a_new_network_is_shown_from_its_top_and_large_enough_to_read(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.show_network(large_network())
    view.resize(480, 640)
    view.show()
    assert view.camera.scale >= READABLE
    assert place(view, "data").top() == pytest.approx(MARGIN, abs=0.01)
    assert 0 < place(view, "data").center().x() < 480
    assert len(view.opened) == 10


def test_a_small_network_is_not_blown_up(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.resize(1200, 900)
    view.show_network(network_of(graph_of("data Input", "prob Softmax < data")))
    assert view.camera.scale == 1.0
    assert not view.minimap.isVisibleTo(view)


def test_a_resized_view_that_nobody_touched_is_fitted_again(view):
    view.resize(400, 500)
    narrow = view.camera.scale
    view.resize(900, 500)
    assert view.camera.scale > narrow
    view.zoom_out()
    scale = view.camera.scale
    view.resize(500, 400)
    assert view.camera.scale == scale


def test_the_map_shows_the_part_in_view_and_takes_one_there(view, qtbot, light):
    minimap = view.minimap
    assert minimap.isVisible()
    assert light.accent in colours_of(minimap)
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(minimap.width() // 2, minimap.height() - 8))
    assert view.seen().bottom() > view.bounds().bottom()
    point_at(minimap, minimap.width() / 2, 8, held=True)
    assert view.seen().top() < view.bounds().top()


def test_the_map_hides_where_everything_is_in_view(view):
    view.fit_all()
    assert not view.minimap.isVisible()
