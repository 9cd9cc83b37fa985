from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QAbstractItemModelTester

from explorer.comparison.metrics import Errors
from explorer.network.modules import find_modules
from explorer.running.timing import LayerTime
from explorer.session.answers import Timed
from explorer.ui.layer_model import ERROR, MACS, NAME, OUTPUT, STATE, TIME, TYPE
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL
from tests.small_network import LAYERS, small_network
from tests.ui.layers import compared as _comparison
from tests.ui.layers import place as _index
from tests.ui.layers import timed as _timed
from tests.ui.person import colours_of


def test_the_model_keeps_qts_own_rules(table):
    QAbstractItemModelTester(table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    QAbstractItemModelTester(table.proxy, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.show_comparison(_comparison("fc"))
    table.show_filter("conv")
    table.show_filter("")
    table.show_network(small_network(), None)


def test_a_row_shows_name_type_and_output(table):
    texts = [_index(table, "conv1", column).data() for column in (NAME, TYPE, OUTPUT, ERROR)]
    assert texts == ["conv1", "Convolution", "4×8×8", ""]


def test_the_error_column_comes_with_a_comparison_and_goes_with_it(table):
    assert table.view.isColumnHidden(ERROR)
    table.show_comparison(_comparison("fc"))
    assert not table.view.isColumnHidden(ERROR)
    assert _index(table, "fc", ERROR).data() == "0.5"
    assert _index(table, "conv1", ERROR).data() == "1e-7"
    table.show_comparison(None)
    assert table.view.isColumnHidden(ERROR)


def test_verdicts_are_told_by_shape_colour_and_word(table, light):
    table.show_comparison(_comparison("fc"))
    wrong, right = (_index(table, name).data(Qt.ItemDataRole.DecorationRole) for name in ("fc", "conv1"))
    assert wrong.pixmap(12).toImage() != right.pixmap(12).toImage()
    assert _index(table, "fc").data(STATE).verdict == "culprit"
    assert "culprit" in _index(table, "fc").data(Qt.ItemDataRole.ToolTipRole)
    assert "noise floor 2e-7" in _index(table, "fc").data(Qt.ItemDataRole.AccessibleDescriptionRole)
    shown = colours_of(table.view.viewport())
    assert {light.culprit, light.agrees} <= shown


def test_choosing_a_row_tells_the_layers_whole_name(table, qtbot):
    with qtbot.waitSignal(table.layer_chosen) as told:
        table.view.setCurrentIndex(_index(table, "fork/left"))
    assert told.args == ["fork/left"]


def test_arrow_keys_walk_along_the_layers(table, qtbot):
    table.view.setCurrentIndex(_index(table, "conv1"))
    with qtbot.waitSignal(table.layer_chosen) as told:
        qtbot.keyClick(table.view, Qt.Key.Key_Down)
    assert told.args == ["relu1"]


def test_a_module_is_no_layer_to_choose(table, qtbot):
    with qtbot.assertNotEmitted(table.layer_chosen):
        table.view.setCurrentIndex(_index(table, "fork"))


def test_showing_a_layer_opens_its_module_and_tells_nobody(table, qtbot):
    assert not table.view.isExpanded(_index(table, "fork"))
    with qtbot.assertNotEmitted(table.layer_chosen):
        table.show_layer("fork/right")
    assert table.view.currentIndex().data() == "right"
    assert table.view.isExpanded(_index(table, "fork"))
    table.show_layer(None)
    assert not table.view.currentIndex().isValid()


def test_the_filter_keeps_modules_around_what_passes(table):
    table.show_filter("left")
    assert table.proxy.rowCount() == 1
    assert table.proxy.index(0, 0).data() == "fork"
    assert table.proxy.rowCount(table.proxy.index(0, 0)) == 1
    table.show_filter("")
    assert table.proxy.rowCount() == 7


def test_a_module_that_passes_keeps_all_its_layers(table):
    table.show_filter("fork")
    assert table.proxy.rowCount(table.proxy.index(0, 0)) == 3


def test_a_filter_that_nothing_passes_says_so(table):
    table.show_filter("no such layer")
    assert table.proxy.rowCount() == 0
    assert table.findChild(object, "no_layers").isVisible()
    assert table.findChild(object, "no_layers").text() == "No layer is like “no such layer”."
    table.show_filter("conv")
    assert not table.findChild(object, "no_layers").isVisible()


def test_a_comparison_is_filtered_as_it_comes(table):
    table.show_filter("is:culprit")
    assert table.proxy.rowCount() == 0
    table.show_comparison(_comparison("pool1"))
    assert [table.proxy.index(row, 0).data() for row in range(table.proxy.rowCount())] == ["pool1"]


def test_the_first_layer_that_passes_can_be_chosen(table, qtbot):
    table.show_filter("fork")
    with qtbot.waitSignal(table.layer_chosen) as told:
        table.choose_first()
    assert told.args == ["fork/left"]


@pytest.mark.parametrize(("width", "hidden"), [(480, set()), (340, {TYPE}), (240, {TYPE, OUTPUT})])
def test_columns_make_way_for_the_names(table, width, hidden):
    table.show_comparison(_comparison())
    table.resize(width, 600)
    assert {column for column in (NAME, TYPE, OUTPUT, ERROR) if table.view.isColumnHidden(column)} == hidden


def test_another_network_forgets_the_comparison(table):
    table.show_comparison(_comparison("fc"))
    table.show_network(small_network(), None)
    assert _index(table, "fc").data(STATE) is None
    table.show_network(None)
    assert table.proxy.rowCount(QModelIndex()) == 0


def test_errors_that_are_not_finite_are_shown(table):
    comparison = _comparison("fc")
    rows = [
        replace(row, isolated=Errors(float("inf"), float("inf"), 0.0)) if row.layer == "fc" else row
        for row in comparison.layers
    ]
    table.show_comparison(replace(comparison, layers=tuple(rows)))
    assert _index(table, "fc", ERROR).data() == "∞"
    assert not table.view.grab().isNull()


def test_times_come_beside_multiply_adds_and_go_with_them(table):
    assert table.view.isColumnHidden(TIME)
    table.show_timed(_timed())
    assert not table.view.isColumnHidden(TIME)
    assert not table.view.isColumnHidden(MACS)
    header = table.view.header()
    assert header.visualIndex(TIME) == header.visualIndex(MACS) + 1
    assert [table.model.headerData(column, Qt.Orientation.Horizontal) for column in (MACS, TIME)] == [
        "MACs",
        "Time, ms",
    ]
    shown = {name: (_index(table, name, MACS).data(), _index(table, name, TIME).data()) for name in LAYERS}
    assert shown["conv1"] == ("6.91\u202fk", "1.500")
    assert shown["relu1"] == ("", "fused")
    assert shown["pool1"] == ("", "0")
    assert shown["fc"] == ("576", "0.062")
    table.show_timed(None)
    assert table.view.isColumnHidden(TIME)
    assert table.view.isColumnHidden(MACS)


def test_a_modules_time_and_multiply_adds_are_those_of_its_layers(table):
    table.show_timed(_timed())
    assert _index(table, "fork", MACS).data() == "1.92\u202fk"
    assert _index(table, "fork", TIME).data() == "0.750"


def test_the_tooltip_tells_share_and_speed_and_what_is_fused(table):
    table.show_timed(_timed())
    told = {name: _index(table, name).data(Qt.ItemDataRole.ToolTipRole).splitlines()[2:] for name in LAYERS}
    assert told["conv1"] == [
        "1.500 ms, 38 % of a run",
        "6.91\u202fk multiply-adds, 0.00922 GFLOP/s",
        "112 parameters",
    ]
    assert told["relu1"] == ["computed together with conv1, in its time"]
    assert told["pool1"] == ["takes no time: it is left out of the run"]


def test_the_bar_of_a_time_is_its_share_of_a_run(table, light):
    table.show_timed(_timed())
    image = table.view.viewport().grab().toImage()
    widths = {}
    for name in ("conv1", "relu1", "fork"):
        place = table.view.visualRect(_index(table, name, TIME))
        line = [image.pixelColor(x, place.bottom() - 6).name() for x in range(place.left(), place.right())]
        widths[name] = (line.count(light.accent), line.count(light.accent) + line.count(light.line))
    assert widths["conv1"][0] == pytest.approx(1.5 / 4 * widths["conv1"][1], abs=1)
    assert widths["fork"][0] == pytest.approx(0.75 / 4 * widths["fork"][1], abs=1)
    assert widths["relu1"] == (0, 0)


@pytest.mark.parametrize(
    ("width", "hidden"),
    [(560, set()), (420, {TYPE}), (340, {TYPE, OUTPUT}), (280, {TYPE, OUTPUT, MACS})],
)
def test_other_columns_make_way_for_times(table, width, hidden):
    table.show_timed(_timed())
    table.resize(width, 600)
    columns = (NAME, TYPE, OUTPUT, MACS, TIME)
    assert {column for column in columns if table.view.isColumnHidden(column)} == hidden


def test_another_network_forgets_the_times(table):
    table.show_timed(_timed())
    table.show_network(small_network(), None)
    assert table.view.isColumnHidden(TIME)
    assert _index(table, "conv1", TIME).data() == ""
    assert table.view.isColumnHidden(MACS)


def test_no_number_is_cut(table):
    rows = (LayerTime("conv1", 99.999),)
    table.show_timed(Timed(replace(_timed().timing, layers=rows), {"conv1": 888_000_000}))
    metrics = QFontMetrics(sized(table.font(), SMALL))
    assert _index(table, "conv1", TIME).data() == "99.999"
    for column in (MACS, TIME):
        texts = (_index(table, "conv1", column).data(), table.model.headerData(column, Qt.Orientation.Horizontal))
        assert max(map(metrics.horizontalAdvance, texts)) + 2 * GRID <= table.view.columnWidth(column)


def test_what_is_shown_already_is_not_told_again(table):
    comparison = _comparison("fc")
    table.show_comparison(comparison)
    table.show_timed(None)
    told = []
    table.model.dataChanged.connect(lambda *_: told.append(1))
    table.show_comparison(comparison)
    table.show_timed(None)
    assert told == []
    table.show_comparison(None)
    assert len(told) == 2


def test_every_row_is_told_of_what_changes(table):
    told: list[str] = []
    table.model.dataChanged.connect(
        lambda first, last: told.extend(
            table.model.index(row, NAME, first.parent()).data() for row in range(first.row(), last.row() + 1)
        )
    )
    table.show_comparison(_comparison("fc"))
    names = {table.model.index_of(name).data() for name in (*LAYERS, "fork")}
    assert set(told) == names
    assert len(told) == len(names)


def test_an_arrow_stands_at_modules_alone_without_a_look_at_what_is_in_them(table, monkeypatch):
    looked_inside = []

    def look(row, parent):
        looked_inside.append(parent.isValid())
        return True

    monkeypatch.setattr(table.proxy, "filterAcceptsRow", look)
    network = small_network()
    table.show_network(network, find_modules(network.graph))
    assert table.proxy.hasChildren(_index(table, "fork"))
    assert not table.proxy.hasChildren(_index(table, "conv1"))
    table.view.grab()
    assert looked_inside
    assert not any(looked_inside)


def test_scrolling_paints_only_what_comes_into_view(table, qtbot):
    class Painted(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint:
                heights.append(event.region().boundingRect().height())
            return False

    table.resize(480, 180)
    qtbot.wait(50)
    heights: list[int] = []
    painted = Painted()
    viewport = table.view.viewport()
    viewport.installEventFilter(painted)
    bar = table.view.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(1)
    qtbot.waitUntil(lambda: bool(heights))
    viewport.removeEventFilter(painted)
    assert max(heights) < viewport.height() / 2
