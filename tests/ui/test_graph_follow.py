"""Edges under the pointer: shown, told, and followed."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.ui.graph_follow import carried, edge_at, far_end
from explorer.ui.graph_view import GraphView
from tests.ui.graphs import click, large_network, scene, shown_graph, small_network
from tests.ui.person import colour_at, leave, point_at


@pytest.fixture
def view(qtbot, light) -> GraphView:
    return shown_graph(qtbot, light, small_network())


def edge_of(view: GraphView, source: str, target: str):
    return next(edge for edge in scene(view).layout.edges if (edge.source, edge.target) == (source, target))


def spot_on(view: GraphView, source: str, target: str, part: float) -> QPoint:
    """A place on the straight piece that an edge begins or ends with."""
    points = edge_of(view, source, target).points
    (x0, y0), (x1, y1) = points[0], points[-1]
    x, y = (x0, y0 + part * (y1 - y0)) if part < 0.5 else (x1, y0 + part * (y1 - y0))
    return view.in_view(QRectF(x, y, 0, 0)).topLeft().toPoint()


def test_an_edge_under_the_pointer_is_pointed_out(view, light):
    where = spot_on(view, "data", "conv1", 0.4)
    assert colour_at(view, where.x(), where.y()) == light.edge
    point_at(view, where.x() + 3, where.y())
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert colour_at(view, where.x(), where.y()) == light.accent
    leave(view)
    assert colour_at(view, where.x(), where.y()) == light.edge


def test_beside_an_edge_nothing_is_meant(view, light):
    where = spot_on(view, "data", "conv1", 0.4)
    point_at(view, where.x() + 12, where.y())
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert colour_at(view, where.x(), where.y()) == light.edge


def test_the_tip_says_which_values_pass_and_their_shape(view):
    where = spot_on(view, "data", "conv1", 0.4)
    QApplication.sendEvent(view, QHelpEvent(QHelpEvent.Type.ToolTip, where, view.mapToGlobal(where)))
    text = QToolTip.text()
    QToolTip.hideText()
    assert text.splitlines() == ["data · 64×28×28", "data → conv1"]


def test_between_closed_modules_the_values_are_those_that_are_read(view):
    view.close_all()
    edge = edge_of(view, "inception_3a", "inception_3b")
    assert carried(scene(view).drawing, edge) == ("inception_3a/output · 64×28×28",)
    edge = edge_of(view, "relu1", "inception_3a")
    assert carried(scene(view).drawing, edge) == ("relu1 · 64×28×28",)


def test_a_click_goes_to_the_end_that_is_farther_away(view, qtbot):
    view.close_all()
    near_source = spot_on(view, "inception_3a", "inception_3b", 0.3)
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, near_source)
    assert chosen.args == ["inception_3b/output"]
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, spot_on(view, "inception_3a", "inception_3b", 0.7))
    assert chosen.args == ["inception_3a/output"]


def test_an_end_out_of_view_comes_into_view(qtbot, light):
    view = shown_graph(qtbot, light, large_network())
    view.resize(640, 420)
    long = max(scene(view).layout.edges, key=lambda edge: edge.points[-1][1] - edge.points[0][1])
    x, y = long.points[0]
    view.bring_to_middle(QRectF(x, y, 0, 0))
    for _ in range(3):
        view.zoom_in()
    spot = view.in_view(QRectF(x, y + 5, 0, 0)).topLeft().toPoint()
    found = edge_at(scene(view), view.camera.to_drawing(QPointF(spot), view._size()), 3.0)
    assert found is not None
    target = view.in_view(scene(view).place_of(found.target))
    assert not QRectF(view.rect()).contains(target)
    with qtbot.waitSignal(view.layer_chosen) as chosen:
        click(qtbot, view, spot)
    assert chosen.args == [found.target]
    free = QRectF(view.rect()).adjusted(0, 0, 0, -view.legend.height())
    assert free.contains(view.in_view(scene(view).place_of(found.target)))


def test_the_nearest_of_several_edges_is_meant_also_on_its_bend(view):
    for edge in scene(view).layout.edges:
        (x0, y0), (x1, y1) = edge.points[-2:]
        middle = QPointF((x0 + x1) / 2, (y0 + y1) / 2)
        found = edge_at(scene(view), middle, 2.0)
        assert found is not None
        assert found.target == edge.target or found.source == edge.source
        assert far_end(scene(view), edge, QPointF(*edge.points[0])) == edge.target


def test_from_afar_no_edge_is_meant(qtbot, light):
    view = shown_graph(qtbot, light, large_network())
    where = edge_of(view, "data", "conv1/7x7_s2").points[0]
    view.fit_all()
    spot = view.in_view(QRectF(where[0], where[1] + 4, 0, 0)).topLeft()
    point_at(view, spot.x(), spot.y() + 1)
    assert view._edge is None
