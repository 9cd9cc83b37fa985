"""Modules on their way open and closed; the clock is turned by hand."""

import pytest
from PySide6.QtCore import QAbstractAnimation, QPointF, QRectF
from PySide6.QtGui import QImage

from explorer.architectures import build_architecture
from explorer.ui import graph_motion
from explorer.ui.graph_motion import MOST_MOVING, MOTION, GraphMotion, motion_time
from explorer.ui.graph_view import GraphView
from tests.network.graphs import chain, graph_of
from tests.ui.graphs import chevron, click, network_of, place, scene, shown_graph, small_network
from tests.ui.person import colours_of, turn_wheel


@pytest.fixture
def view(qtbot, light) -> GraphView:
    made = shown_graph(qtbot, light, small_network())
    made.motion_time = 160
    return made


@pytest.fixture
def branched(qtbot, light) -> GraphView:
    """Inception-v4, whose branches are modules themselves."""
    made = shown_graph(qtbot, light, build_architecture("inception_v4"))
    made.resize(900, 800)
    return made


def turn(view: GraphView, part: float) -> None:
    """Turn the clock to a part of its way, which is not that part of the motion."""
    view.clock.setCurrentTime(round(part * view.clock.duration()))


def moving_place(view: GraphView, name: str) -> QRectF:
    places = view.held_places()
    assert places is not None
    return QRectF(*places[name])


def test_nobody_looking_on_nothing_moves(view, qtbot):
    assert motion_time(view) == 0
    view.motion_time = 0
    click(qtbot, view, chevron(view, "inception_3a"))
    assert view.moving is None
    assert view.clock.state() == QAbstractAnimation.State.Stopped


def test_it_takes_no_longer_than_a_glance():
    assert 150 <= MOTION <= 180


def test_a_module_grows_out_of_its_node_and_ends_where_it_belongs(view, qtbot):
    view.close_module("inception_3a")
    turn(view, 1.0)
    closed = QRectF(*scene(view).layout.rect("inception_3a"))
    click(qtbot, view, chevron(view, "inception_3a"))
    opened = scene(view).place_of("inception_3a")
    assert "inception_3a" in view.opened
    assert moving_place(view, "inception_3a") == closed
    assert closed.contains(moving_place(view, "inception_3a/3x3"))
    turn(view, 0.3)
    halfway = moving_place(view, "inception_3a")
    assert closed.height() < halfway.height() < opened.height()
    assert halfway.contains(moving_place(view, "inception_3a/3x3"))
    turn(view, 1.0)
    assert view.moving is None
    assert scene(view).place_of("inception_3a/3x3").size() == scene(view).place_of("inception_3b/3x3").size()


def test_what_is_painted_on_the_way_is_neither_the_beginning_nor_the_end(view, qtbot):
    def painted() -> QImage:
        image: QImage = view.grab().toImage()
        return image

    before = painted()
    click(qtbot, view, chevron(view, "inception_3a"))
    assert painted() != before
    turn(view, 0.2)
    halfway = painted()
    turn(view, 1.0)
    after = painted()
    assert before != halfway != after
    view.motion_time = 0
    click(qtbot, view, chevron(view, "inception_3a"))
    click(qtbot, view, chevron(view, "inception_3a"))
    assert painted() == after


def test_edges_keep_to_their_nodes_on_the_way(view):
    before = scene(view)
    after = before.with_open({"inception_3b"})
    motion = GraphMotion(before, after, before.bounds)
    for part in (0.0, 0.25, 0.5, 1.0):
        moving = motion.at(part)
        assert len(moving.layout.edges) == len(before.layout.edges)
        for edge in moving.layout.edges:
            source, target = moving.layout.nodes[edge.source], moving.layout.nodes[edge.target]
            assert edge.points[0][1] == pytest.approx(source.bottom)
            assert edge.points[-1][1] == pytest.approx(target.y)
            assert source.x - 0.01 <= edge.points[0][0] <= source.right + 0.01
            assert target.x - 0.01 <= edge.points[-1][0] <= target.right + 0.01
    at_end = motion.at(1.0).layout.nodes
    assert all(at_end[name] == pytest.approx(after.layout.nodes[name]) for name in at_end if name in after.index)


def test_a_second_click_on_the_way_turns_back_from_where_everything_is(view, qtbot):
    first = place(view, "inception_3a")
    camera = view.camera
    click(qtbot, view, chevron(view, "inception_3a"))
    turn(view, 0.3)
    held = moving_place(view, "inception_3a")
    assert "inception_3a" not in view.opened
    click(qtbot, view, chevron(view, "inception_3a"))
    assert "inception_3a" in view.opened
    assert moving_place(view, "inception_3a") == held
    turn(view, 1.0)
    assert place(view, "inception_3a") == first
    assert view.camera == camera


def test_turning_the_wheel_on_the_way_is_at_the_end_at_once(view, qtbot):
    click(qtbot, view, chevron(view, "inception_3a"))
    turn(view, 0.4)
    turn_wheel(view, 1, 200, 200)
    assert view.moving is None
    assert view.clock.state() == QAbstractAnimation.State.Stopped


def test_closing_all_and_another_network_on_the_way_leave_nothing_behind(view, light):
    view.close_all()
    turn(view, 0.4)
    assert view.moving is not None
    view.show_network(None)
    assert view.moving is None
    assert colours_of(view) == {light.window}


def test_many_nodes_in_view_do_not_move(qtbot, light, monkeypatch):
    lines = ["data Input", *chain("stage/conv", MOST_MOVING + 50, "data"), "prob Softmax < stage/conv0"]
    view = shown_graph(qtbot, light, network_of(graph_of(*lines, "last Softmax < prob")))
    view.motion_time = 160
    assert view.opened == frozenset()
    view.fit_all()
    view.open_all()
    assert "stage" in view.opened
    view.fit_all()
    view.close_all()
    assert view.moving is None
    monkeypatch.setattr(graph_motion, "MOST_MOVING", 2 * MOST_MOVING)
    view.open_all()
    assert view.moving is not None
    view.arrive()


@pytest.mark.parametrize("module", ["Mixed_6b/Branch_2", "Mixed_7b/Branch_1", "Mixed_6c", "Mixed_7a/Branch_1"])
def test_the_top_of_a_module_stays_on_screen_where_it_is_and_closing_is_the_way_back(branched, qtbot, module):
    name = f"InceptionV4/InceptionV4/{module}"
    view = branched
    view.open_all()
    view.close_module(name)
    view.bring_to_middle(scene(view).place_of(name))
    before = {node: place(view, node) for node in scene(view).names}
    camera = view.camera
    axis = QPointF(scene(view).layout.axis(name), 0)
    top = view.in_view(QRectF(axis.x(), scene(view).place_of(name).top(), 0, 0)).topLeft()
    click(qtbot, view, chevron(view, name))
    assert name in view.opened
    opened = QRectF(scene(view).layout.axis(name), scene(view).place_of(name).top(), 0, 0)
    assert (view.in_view(opened).topLeft() - top).manhattanLength() < 1e-6
    view._toggle(name)
    assert view.camera.scale == camera.scale
    assert {node: place(view, node) for node in scene(view).names} == before


def test_closing_at_the_lower_end_leaves_the_module_where_it_was(view, qtbot):
    view.zoom_in()
    view.bring_to_middle(scene(view).place_of("inception_3b"))
    view.bring_into_view(QRectF(0, scene(view).bounds.bottom(), 1, 1))
    view._toggle("inception_3a")
    top = place(view, "inception_3b").top()
    view._toggle("inception_3b")
    assert place(view, "inception_3b").top() == pytest.approx(top)
