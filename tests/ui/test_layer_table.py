from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import Errors
from explorer.network.layer_graph import layer_graph
from explorer.network.modules import find_modules
from explorer.ui.layer_model import ERROR, NAME, OUTPUT, STATE, TYPE
from explorer.ui.layer_table import LayerTable
from tests.small_network import LAYERS, small_network
from tests.ui.person import colours_of


@pytest.fixture
def table(qtbot, light):
    made = LayerTable(light)
    qtbot.addWidget(made)
    made.resize(480, 600)
    made.show()
    network = small_network()
    made.show_network(network, find_modules(layer_graph(network)))
    return made


def _comparison(culprit=None):
    rows = []
    for name in LAYERS:
        wrong = name == culprit
        errors = Errors(0.0, 0.5 if wrong else 1e-7, 1.0)
        verdict: Verdict = "culprit" if wrong else "match"
        rows.append(LayerComparison(name, "", isolated=errors, isolated_floor=2e-7, verdict=verdict))
    return Comparison("model", "reference", tuple(rows))


def _index(table, name, column=0):
    return table.proxy.mapFromSource(table.model.index_of(name)).siblingAtColumn(column)


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
