import math

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt

from explorer.network.modules import find_modules
from explorer.ui.layer_model import ERROR, NAME, TYPE
from explorer.ui.layer_rows import LayerRow, RowState, RowTime, layer_rows
from explorer.ui.layer_sorting import Sorting, leaves, natural, next_sorting, read_sorting, sort_rows
from explorer.ui.layer_table import LayerTable
from tests.small_network import LAYERS, small_network
from tests.ui.layers import compared, place, shown, timed

ROWS = (
    LayerRow("conv10", "conv10", "Convolution", "8×4×4", ("conv10",), parameters=30),
    LayerRow("conv2", "conv2", "Convolution", "16×4×4", ("conv2",), parameters=None),
    LayerRow("Pool1", "Pool1", "pooling", "N×3", ("Pool1",), parameters=0),
)
ERRORS = {"conv10": 0.5, "conv2": math.nan}


@pytest.mark.parametrize(
    ("sorting", "names"),
    [
        (Sorting("name", False), ["conv2", "conv10", "Pool1"]),
        (Sorting("name", True), ["Pool1", "conv10", "conv2"]),
        (Sorting("type", False), ["conv10", "conv2", "Pool1"]),
        (Sorting("output", True), ["conv2", "conv10", "Pool1"]),
        (Sorting("output", False), ["conv10", "conv2", "Pool1"]),
        (Sorting("parameters", True), ["conv10", "Pool1", "conv2"]),
        (Sorting("parameters", False), ["Pool1", "conv10", "conv2"]),
        (Sorting("error", True), ["conv2", "conv10", "Pool1"]),
        (Sorting("time", False), ["Pool1", "conv10", "conv2"]),
    ],
)
def test_what_is_not_known_stands_last_either_way(sorting, names):
    def state_of(row):
        return RowState("culprit", ERRORS[row.name]) if row.name in ERRORS else None

    def time_of(row):
        return {"conv10": RowTime(2.0, 0.5, 0), "conv2": RowTime(None, 0.0, 0), "Pool1": RowTime(0.0, 0, 0)}[row.name]

    assert [row.name for row in sort_rows(ROWS, sorting, state_of, time_of)] == names


def test_names_are_read_as_one_counts():
    assert sorted(["a10", "a9b", "a9", "A1", "b"], key=natural) == ["A1", "a9", "a9b", "a10", "b"]


def test_asked_for_again_it_turns_and_then_goes_back_to_the_data():
    assert next_sorting("error", None) == Sorting("error", True)
    assert next_sorting("error", Sorting("error", True)) == Sorting("error", False)
    assert next_sorting("error", Sorting("error", False)) is None
    assert next_sorting("name", Sorting("error", True)) == Sorting("name", False)


def test_a_sorting_is_kept_as_text_and_nonsense_is_none():
    assert read_sorting(Sorting("macs", True).text) == Sorting("macs", True)
    assert read_sorting("macs sideways") is None
    assert read_sorting("None") is None


def test_layers_out_of_their_modules_have_their_whole_names():
    network = small_network()
    found = leaves(layer_rows(network, find_modules(network.graph)))
    assert [row.label for row in found] == list(LAYERS)


def click_heading(qtbot, table, column):
    header = table.view.header()
    x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, header.height() // 2))


def heading(table, column):
    return table.model.headerData(column, Qt.Orientation.Horizontal)


def test_a_click_on_a_heading_sorts_and_says_so(table, qtbot):
    told: list[str] = []
    table.told.connect(told.append)
    table.show_comparison(compared("fc", conv1=0.25))
    click_heading(qtbot, table, ERROR)
    assert shown(table)[:3] == ["fc", "conv1", "data"]
    assert "fork/left" in shown(table)
    assert heading(table, ERROR) == "Error ↓"
    assert told[-1] == "by error ↓"
    click_heading(qtbot, table, ERROR)
    assert shown(table)[-2:] == ["conv1", "fc"]
    assert heading(table, ERROR) == "Error ↑"
    click_heading(qtbot, table, ERROR)
    assert shown(table) == ["data", "conv1", "relu1", "pool1", "fork", "fc", "prob"]
    assert heading(table, ERROR) == "Error"
    assert told[-1] == ""


def test_the_chosen_layer_and_open_modules_outlast_sorting(table, qtbot):
    table.show_layer("fork/right")
    with qtbot.assertNotEmitted(table.layer_chosen):
        table.sort_by("name")
        assert table.view.currentIndex().data() == "fork/right"
        table.show_sorting(None)
    assert table.view.currentIndex().data() == "right"
    assert table.view.isExpanded(place(table, "fork"))


def test_sorted_rows_are_filtered_in_their_order(table):
    table.show_comparison(compared("fc", fork_left=0.25, conv1=0.1))
    table.sort_by("error")
    table.show_filter("error>0.01")
    assert shown(table) == ["fc", "fork/left", "conv1"]
    assert [row.name for row in table.proxy.passing()] == ["fc", "fork/left", "conv1"]


def test_errors_sort_as_soon_as_there_are_any(table):
    table.sort_by("error")
    assert shown(table)[4] == "fork"
    table.show_comparison(compared("fork/join"))
    assert shown(table)[0] == "fork/join"
    table.show_comparison(compared("prob"))
    assert shown(table)[0] == "prob"
    table.show_comparison(None)
    assert shown(table)[4] == "fork"


def test_times_sort_the_slowest_first(table):
    table.show_timed(timed())
    table.sort_by("time")
    assert shown(table)[:4] == ["conv1", "fork/right", "fork/left", "fc"]
    assert shown(table)[-1] == "relu1"


def test_the_sorting_and_the_columns_are_kept(table, qtbot, light, tmp_path):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    table.remember_in(settings)
    table.sort_by("type")
    table.toggle_column("parameters")
    table.toggle_column("output")
    again = LayerTable(light)
    qtbot.addWidget(again)
    again.remember_in(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    again.resize(900, 600)
    again.show_network(small_network(), None)
    assert again.sorting == Sorting("type", False)
    assert again.shows_column("parameters")
    assert not again.shows_column("output")
    assert heading(again, TYPE) == "Type ↑"
    assert heading(again, NAME) == "Layer"


def test_sorting_begins_at_its_top_and_a_filter_shows_what_is_chosen(table):
    table.resize(480, 120)
    table.show_layer("prob")
    assert table.view.verticalScrollBar().value() > 0
    table.sort_by("name")
    assert table.view.verticalScrollBar().value() == 0
    assert not table.view.rootIsDecorated()
    table.show_filter("-nothing")
    assert table.view.visualRect(table.view.currentIndex()).bottom() <= table.view.viewport().height()
    table.show_sorting(None)
    assert table.view.rootIsDecorated()
