import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from explorer.ui.copying import copy_table, table_html, table_text
from explorer.ui.layer_copy import rows_table
from explorer.ui.layer_filter import RowFacts
from explorer.ui.layer_rows import LayerRow, RowState, RowTime
from explorer.ui.pictures import drop_files
from tests.small_network import LAYERS, write_small_files


def copied():
    return QGuiApplication.clipboard().mimeData()


@pytest.fixture
def desk(window, qtbot, tmp_path):
    """A window with a mistake that is diagnosed."""
    QGuiApplication.clipboard().clear()
    drop_files(window, write_small_files(tmp_path, shifted="fork/left").all)
    with qtbot.waitActive(window):
        window.activateWindow()
    return window


def test_a_table_is_copied_as_lines_with_tabs_and_as_html(qapp):
    copy_table([("Layer", "Type"), ("a<b", "x\ty\nz")])
    assert copied().text() == "Layer\tType\na<b\tx y z\n"
    assert "<tr><th>Layer</th><th>Type</th></tr>" in copied().html()
    assert "<td>a&lt;b</td>" in copied().html()


def test_the_text_of_a_table_has_no_cell_too_many():
    assert table_text([("a",), ("",)]) == "a\n\n"
    assert table_html([("a",)]) == "<table>\n<tr><th>a</th></tr>\n</table>"


def test_columns_of_which_nothing_is_known_are_left_out():
    row = LayerRow("conv1", "conv1", "Convolution", "4×8×8", ("conv1",), parameters=112, macs=6912)
    assert rows_table([row], lambda row: RowFacts()) == (
        ("Layer", "Type", "Output", "Multiply-adds", "Parameters"),
        ("conv1", "Convolution", "4×8×8", "6912", "112"),
    )
    facts = RowFacts(RowState("culprit", 0.123456789, 2e-7, 1.0), RowTime(1.5, 0.5, 6912), True)
    headings, cells = rows_table([row], lambda row: facts)
    assert dict(zip(headings, cells, strict=True)) == {
        "Status": "culprit",
        "Layer": "conv1",
        "Type": "Convolution",
        "Output": "4×8×8",
        "Error": "0.123457",
        "Floor": "2e-07",
        "Cumulative": "1",
        "Time, ms": "1.5",
        "Multiply-adds": "6912",
        "Parameters": "112",
        "Bookmarked": "yes",
    }


def test_the_keys_copy_the_name_of_one_layer_and_the_rows_of_several(desk, qtbot):
    view = desk.layers.view
    desk.layers.show_layer("conv1")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert copied().text() == "conv1"
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in copied().text().splitlines()]
    assert lines[0][:4] == ["Status", "Layer", "Type", "Output"]
    assert [line[1] for line in lines[1:]] == ["conv1", "relu1"]
    assert copied().hasHtml()


def test_the_whole_table_is_what_passes_in_its_order(desk):
    desk.commands.run("layers.copy_table")
    assert [line.split("\t")[1] for line in copied().text().splitlines()[1:]] == list(LAYERS)
    desk.toolbar.search.setText("fork -join")
    desk.commands.run("layers.sort_error")
    desk.commands.run("layers.copy_table")
    assert [line.split("\t")[1] for line in copied().text().splitlines()[1:]] == ["fork/left", "fork/right"]


def test_statistics_are_copied_by_their_keys(desk, qtbot):
    desk.desk.choose_layer("conv1")
    qtbot.waitUntil(lambda: ("values", "256", "256") in desk.statistics.table())
    desk.statistics.setFocus()
    qtbot.keyClick(desk.statistics, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in copied().text().splitlines()]
    assert lines[0] == ["", "ours", "reference"]
    assert ["values", "256", "256"] in lines
    assert lines == [list(row) for row in desk.statistics.table()]
    assert "values 256 256" in desk.statistics.accessibleDescription()


def test_classes_are_copied_by_their_keys(desk, qtbot):
    classes = desk.picture.classes
    classes.setFocus()
    qtbot.keyClick(classes, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in copied().text().splitlines()]
    assert lines[0] == ["Class", "Index", "Ours"] or lines[0] == ["Class", "Index", "Ours", "Reference"]
    assert len(lines) == 1 + len(desk.picture.classes.bars)
    assert lines[1][0] == classes.bars[0].name


def test_findings_are_copied_as_text_by_their_keys(desk, qtbot):
    desk.commands.run("network.diagnose")
    (card,) = desk.findings.cards
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = copied().text()
    assert text.startswith("fork/left: ")
    assert card.words.cause in text.splitlines()[0]
    assert text == desk.findings.text()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert ", corrected" in desk.findings.text().splitlines()[0]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (lambda window: window.layers.view, "layer.bookmark"),
        (lambda window: window.layers.view.header(), "layers.column_parameters"),
        (lambda window: window.picture.classes, "classes.copy"),
        (lambda window: window.findings, "findings.copy"),
        (lambda window: window.statistics, "layer.copy_statistics"),
    ],
)
def test_a_right_click_offers_commands_and_the_menu_goes_when_it_is_closed(desk, qtbot, part, wanted):
    widget = part(desk)
    widget.customContextMenuRequested.emit(widget.rect().center())
    (menu,) = desk.findChildren(QMenu, "context_menu")
    assert menu.isVisible()
    assert wanted in [action.objectName() for action in menu.actions()]
    menu.close()
    qtbot.waitUntil(lambda: not desk.findChildren(QMenu, "context_menu"))


def test_a_column_is_shown_from_the_menu_of_the_headings(desk):
    header = desk.layers.view.header()
    header.customContextMenuRequested.emit(header.rect().center())
    (menu,) = desk.findChildren(QMenu, "context_menu")
    (entry,) = [action for action in menu.actions() if action.objectName() == "layers.column_parameters"]
    assert not entry.isChecked()
    entry.trigger()
    assert desk.layers.shows_column("parameters")
    assert entry.isChecked()
    menu.close()


def test_what_was_copied_outlives_the_program_without_a_crash():
    program = """
from explorer.ui.assembly import make_application
from explorer.ui.copying import copy_table
application = make_application(offscreen=True)
copy_table([("Layer",), ("conv1",)])
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
