"""The dialogs: which files to open, where to save, how much memory the values of layers may take."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QInputDialog, QLineEdit

from explorer.running import memory
from explorer.session import measuring
from explorer.ui import dialogs
from explorer.ui.pictures import drop_files

MACHINE = 16_000_000_000


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory, measuring, dialogs):
        monkeypatch.setattr(module, "machine_memory", lambda: MACHINE)


@pytest.fixture
def asked(window, qtbot):
    """The dialog as it is opened by the menu."""

    def ask():
        window.desk.measuring.memory = MACHINE // 4
        window.commands.run("network.memory")
        found = window.findChild(QInputDialog, "memory")
        assert found is not None
        return found, found.findChild(QLineEdit)

    return ask


def _press(qtbot, dialog, button):
    qtbot.mouseClick(dialog.findChild(QDialogButtonBox).button(button), Qt.MouseButton.LeftButton)


def test_it_says_what_the_machine_has_and_what_is_in_force(asked, qtbot):
    dialog, line = asked()
    assert dialog.windowTitle() == "Memory for Layers"
    assert dialog.labelText().startswith("How much of this machine's 16 GB the values of layers may take.")
    assert line.text() == "4 GB"
    assert line.hasSelectedText()
    assert dialog.windowModality() == Qt.WindowModality.WindowModal
    _press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)


def test_what_is_typed_counts_for_the_network_that_is_open_and_the_next(window, files, asked, qtbot):
    drop_files(window, [files.network])
    dialog, line = asked()
    line.setText("512 MB")
    _press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert window.session.runner.memory == 512_000_000
    assert window.notices.texts == ("From the next run on, layers' values take up to 512 MB.",)
    drop_files(window, [files.network])
    assert window.session.runner.memory == 512_000_000


@pytest.mark.parametrize("text", ["a lot", "", "-2 GB", "12", "1e30", "20 GB", "9" * 5000])
def test_what_makes_no_sense_is_told_and_changes_nothing(window, asked, qtbot, text):
    dialog, line = asked()
    line.setText(text)
    _press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert window.desk.measuring.memory == MACHINE // 4
    assert len(window.notices.texts) == 1
    assert "memory" in window.notices.texts[0]


def test_cancelling_changes_nothing(window, asked, qtbot):
    dialog, line = asked()
    line.setText("1 GB")
    _press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    assert window.desk.measuring.memory == MACHINE // 4
    assert window.notices.texts == ()


def test_the_dialog_is_gone_when_it_is_closed(window, asked, qtbot):
    dialog, _ = asked()
    _press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    qtbot.waitUntil(lambda: window.findChild(QInputDialog, "memory") is None)


def test_the_open_dialog_is_opened_and_never_waited_for(window, files):
    window.commands.run("file.open")
    dialog = window.findChild(QFileDialog)
    assert dialog.isVisible()
    dialog.filesSelected.emit([str(files.network)])
    assert window.session.network is not None
    dialog.close()


def test_saving_as_onnx_writes_the_file(window, files, tmp_path):
    drop_files(window, [files.network])
    window.commands.run("file.save_onnx")
    dialog = window.findChild(QFileDialog)
    target = tmp_path / "saved.onnx"
    dialog.filesSelected.emit([str(target)])
    dialog.close()
    assert target.is_file()
    assert window.notices.texts == (f"Saved as {target}.",)
