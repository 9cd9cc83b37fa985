import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from explorer.ui.commands import COMMANDS
from explorer.ui.conditions import NEEDS, always
from explorer.ui.palette_entries import GO_TO
from explorer.ui.pictures import drop_files
from tests.ui.person import colours_of


@pytest.fixture
def palette(window, qtbot):
    """The palette as its keys open it."""
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keySequence(window, COMMANDS["view.command_palette"].shortcut)
    assert window.command_palette.isVisible()
    return window.command_palette


def type_keys(qtbot, palette, text):
    for letter in text:
        qtbot.keyClick(palette.field, letter)


def test_every_condition_says_what_is_missing():
    assert {command.enabled for command in COMMANDS.values()} - {always} == set(NEEDS)


def test_it_opens_with_all_commands_and_the_keyboard_in_its_field(palette):
    assert QApplication.focusWidget() is palette.field
    assert [entry.text for entry in palette.shown] == [command.text for command in COMMANDS.values()]
    assert palette.chosen.text == "Open…"


def test_its_parts_have_names_for_those_who_can_t_see(palette):
    assert palette.accessibleName() == "Command palette"
    assert palette.field.accessibleName() == "Find a command or a layer"
    assert palette.list.accessibleName() == "Commands"
    assert palette.field.accessibleDescription() == "Open…, File, Ctrl+O"


def test_what_is_typed_is_found_and_enter_does_it(window, palette, qtbot):
    type_keys(qtbot, palette, "dark")
    assert palette.chosen.text == "Dark"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.looks.mode == "dark"
    assert not palette.isVisible()


def test_a_question_mark_is_typed_and_opens_no_sheet(palette, window, qtbot):
    type_keys(qtbot, palette, "?")
    assert palette.field.text() == "?"
    assert palette.isVisible()
    assert "No command and no layer is like “?”." in [
        label.text() for label in palette.findChildren(type(palette._nothing))
    ]


def test_arrows_choose_and_go_round(palette, qtbot):
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.chosen.text == "Open Reference…"
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.chosen.text == "About Portside"
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.chosen.text == "Open…"
    qtbot.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.chosen is palette.shown[11]
    qtbot.keyClick(palette.field, Qt.Key.Key_PageUp)
    assert palette.chosen is palette.shown[0]


def test_escape_closes_it_and_gives_the_keyboard_back(window, files, qtbot):
    drop_files(window, files.all)
    with qtbot.waitActive(window):
        window.activateWindow()
    window.graph_view.setFocus()
    window.commands.run("view.command_palette")
    qtbot.keyClick(window.command_palette.field, Qt.Key.Key_Escape)
    assert not window.command_palette.isVisible()
    assert QApplication.focusWidget() is window.graph_view


def test_escape_stops_no_work_while_it_is_open(palette, window, qtbot):
    cancel = window.commands["network.cancel"]
    cancelled: list[str] = []
    cancel.triggered.connect(lambda: cancelled.append("cancelled"))
    cancel.setEnabled(True)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert cancelled == []
    cancel.setEnabled(True)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert cancelled == ["cancelled"]


def test_a_click_beside_the_card_closes_it_and_does_nothing_else(palette, window, qtbot):
    qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(10, palette.height() - 10))
    assert not palette.isVisible()
    assert window.findChild(QFileDialog) is None


def test_a_click_on_a_line_does_it(palette, window, qtbot):
    type_keys(qtbot, palette, "dark")
    place = palette.list.visualRect(palette.model.index(0, 0)).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.looks.mode == "dark"


def test_what_can_t_be_done_says_why_and_stays_open(palette, window, qtbot, light):
    type_keys(qtbot, palette, "diagnose")
    assert palette.chosen.text == "Diagnose"
    assert (
        palette.field.accessibleDescription() == "Diagnose, Network, F7, needs a network with weights and a reference"
    )
    assert light.text not in colours_of(palette.list.viewport())
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert window.notices.texts == ()


def test_a_layer_is_gone_to_with_its_module_open_around_it(window, files, qtbot):
    drop_files(window, files.all)
    window.commands.run("view.close_modules")
    window.commands.run("view.command_palette")
    palette = window.command_palette
    type_keys(qtbot, palette, "left")
    assert palette.shown[0].text == GO_TO + "fork/left"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.session.layer == "fork/left"
    assert window.graph_view.opened == {"fork"}


def test_without_a_network_no_layers_are_offered(palette, qtbot):
    type_keys(qtbot, palette, "conv1")
    assert palette.shown == ()


def test_the_card_keeps_within_a_small_window_and_follows_it(palette, window):
    assert palette.card.width() == 640
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert palette.size() == window.size()
    assert palette.rect().contains(palette.card.geometry())
    assert palette.card.x() == (window.width() - palette.card.width()) // 2
    assert palette.list.height() % 32 == 0


def test_it_follows_the_theme(palette, window, qtbot, light, dark):
    assert light.selection in colours_of(palette.list.viewport())
    window.looks.choose("dark")
    assert dark.selection in colours_of(palette.list.viewport())
    assert light.selection not in colours_of(palette.list.viewport())


def test_opened_again_it_begins_anew(palette, qtbot):
    type_keys(qtbot, palette, "fit")
    palette.close_palette()
    palette.open()
    assert palette.field.text() == ""
    assert len(palette.shown) == len(COMMANDS)
