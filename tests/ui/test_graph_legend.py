"""The strip under the graph: its lines, and that nothing on it is cut."""

from itertools import groupby

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from explorer.comparison.comparison import Verdict
from explorer.network.kinds import KINDS
from explorer.ui.graph_colours import steps
from explorer.ui.graph_legend import LINE, SCALE, LegendPainter, LegendText
from explorer.ui.graph_measures import Measure
from explorer.ui.graph_quantities import QUANTITIES
from tests.ui.graphs import place, shown_graph, small_network

TIME = Measure(QUANTITIES["time"], {}, 0.01, 100.0)
VERDICTS: tuple[Verdict, ...] = ("culprit", "shape", "inherited", "match", "not compared")


def painted(told: LegendText, theme, width: int) -> QImage:
    painter_of = LegendPainter(told, theme, QFont())
    image = QImage(width, painter_of.height(width), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.panel))
    painter = QPainter(image)
    painter_of.paint(painter, QRectF(0, 0, width, image.height()))
    painter.end()
    return image


def is_free(image: QImage, theme, x: int) -> bool:
    return all(image.pixelColor(x, y).name() == theme.panel for y in range(image.height()))


@pytest.mark.parametrize("width", [240, 480, 900])
@pytest.mark.parametrize(
    "told",
    [
        LegendText(kinds=KINDS, verdicts=VERDICTS, note="Time: not timed yet (F10)"),
        LegendText(
            TIME.quantity.title, measure=TIME, verdicts=VERDICTS, lineage="a/long/name/of/a/layer: 19 ancestors"
        ),
    ],
)
def test_nothing_reaches_over_the_border_at_any_width(qapp, light, told, width):
    image = painted(told, light, width)
    for x in (*range(3), *range(width - 4, width)):
        assert is_free(image, light, x), x
    rows = LegendPainter(told, light, QFont()).rows(width)
    assert sum(map(len, rows)) == 1 + len(told.kinds) + len(told.verdicts) + bool(told.note) + bool(told.lineage) + (
        2 if told.measure else 0
    )
    assert len(rows) * LINE <= image.height()


def test_the_scale_runs_from_the_colour_of_the_low_end_to_that_of_the_high_end(qapp, light):
    told = LegendText(TIME.quantity.title, measure=TIME)
    image = painted(told, light, 900)
    row = [image.pixelColor(x, 4 + LINE // 2).name() for x in range(900)]
    runs = groupby(row, lambda colour: QColor(colour).saturation() > 60)
    coloured = max((list(run) for is_coloured, run in runs if is_coloured), key=len)
    assert len(coloured) == pytest.approx(SCALE, abs=4)
    for shown, wanted in ((coloured[2], steps()[0]), (coloured[-3], steps()[-1])):
        one, other = QColor(shown), QColor(wanted)
        assert abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue()) < 40
    assert told.words == ("Time of a run, ms", "0.01", "1", "100", "no time of its own")


def test_a_click_on_the_strip_is_none_on_a_node_behind_it(qtbot, light):
    view = shown_graph(qtbot, light, small_network())
    behind = place(view, "inception_3a/3x3")
    view.show()
    view._pan(QPoint(0, round(view.height() - view.legend.height() / 2 - behind.center().y())))
    spot = place(view, "inception_3a/3x3").center().toPoint()
    assert view.legend.geometry().contains(spot)
    with qtbot.assertNotEmitted(view.layer_chosen):
        qtbot.mouseClick(view.legend, Qt.MouseButton.LeftButton, pos=spot - view.legend.pos())


def test_what_is_in_view_stays_where_it_is_when_the_strip_grows(qtbot, light):
    view = shown_graph(qtbot, light, small_network())
    view.zoom_in()
    before, height = place(view, "conv1"), view.legend.height()
    view.show_layer("conv1")
    view.show_ways({"descendants", "ancestors"})
    view.resize(300, view.height())
    top = place(view, "conv1").top()
    view.show_ways(())
    assert view.legend.height() > height
    assert place(view, "conv1").top() == pytest.approx(top)
    assert place(view, "conv1").width() == before.width()
