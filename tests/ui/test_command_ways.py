"""Every command by its menu, by its keys and by the palette."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from explorer.ui import actions, command_palette
from explorer.ui.assembly import make_window
from explorer.ui.commands import COMMANDS
from explorer.ui.conditions import always

OPENING = "view.command_palette"


@pytest.fixture
def asked(monkeypatch, qtbot, tmp_path):
    """A window whose commands only say that they were asked for, and what they said."""
    said: list[str] = []

    def told(command):
        if command.id == OPENING:
            return command
        return replace(command, run=lambda window: said.append(command.id), enabled=always)

    table = {id: told(command) for id, command in COMMANDS.items()}
    monkeypatch.setattr(actions, "COMMANDS", table)
    monkeypatch.setattr(command_palette, "COMMANDS", table)
    window = make_window(tmp_path / "example", mode="light", serial=True)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield window, said
    window.close()


def entry_in_menu(window, command):
    """The entry that is read in the menu, at the end of the path of menus."""
    shown = window.menuBar()
    for part in command.menu.split("/"):
        shown = next(entry.menu() for entry in shown.actions() if entry.menu() and entry.text().strip("&") == part)
    (entry,) = [entry for entry in shown.actions() if entry.text() == command.text]
    return entry


@pytest.mark.parametrize("id", [id for id in COMMANDS if id != OPENING])
def test_menu_keys_and_palette_all_ask_for_the_command_that_they_show(asked, qtbot, id):
    window, said = asked
    command = COMMANDS[id]
    entry_in_menu(window, command).trigger()
    assert said == [id]
    if command.shortcut:
        assert entry_in_menu(window, command).shortcut().toString() == QKeySequence(command.shortcut).toString()
        qtbot.keySequence(window, QKeySequence(command.shortcut))
        assert said == [id, id]
    said.clear()
    qtbot.keySequence(window, QKeySequence(COMMANDS[OPENING].shortcut))
    palette = window.command_palette
    qtbot.keyClicks(palette.field, f"{command.menu.replace('/', ' ')} {command.text.rstrip('…')}")
    assert palette.chosen.command.id == id
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert said == [id]
    assert not palette.isVisible()


def test_the_palette_opens_by_its_menu_and_by_its_keys(asked, qtbot):
    window, _ = asked
    entry_in_menu(window, COMMANDS[OPENING]).trigger()
    assert window.command_palette.isVisible()
    qtbot.keyClick(window.command_palette.field, Qt.Key.Key_Escape)
    assert not window.command_palette.isVisible()
    qtbot.keySequence(window, QKeySequence("Ctrl+Shift+P"))
    assert window.command_palette.isVisible()
