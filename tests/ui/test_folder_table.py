"""The table of a folder's pictures, alone and in the window."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from explorer.running.activations import Class
from explorer.running.many_pictures import Classified
from explorer.session.answers import Folder
from explorer.ui.folder_table import CLASS_WIDTH, FolderTable
from explorer.ui.pictures import drop_files
from tests.small_network import picture_pixels
from tests.ui.person import colours_of

FOLDER = Folder("p", tuple(Path(f"/p/{number}.png") for number in range(3)))
FIVE = tuple(Class(index, f"class of {index}", 0.5 / (index + 1)) for index in range(5))
ROWS = (Classified("/p/0.png", {"prob": FIVE}), Classified("/p/1.png", error="the file is empty"))


@pytest.fixture
def table(qtbot, light):
    made = FolderTable(light)
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    made.show_folder(FOLDER)
    return made


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "holiday"
    made.mkdir()
    for seed in range(3):
        Image.fromarray(picture_pixels(seed=seed)).save(made / f"{seed}.png")
    (made / "2.png").write_bytes(b"no picture")
    return made


def test_it_says_how_far_the_pictures_are(table):
    words = table.findChild(QLabel, "folder_words")
    assert words.text() == "3 pictures · not run yet"
    assert not table.export_button.isEnabled()
    table.show_results(ROWS)
    assert words.text() == "3 pictures · 2 run · 1 could not be read"
    assert table.export_button.isEnabled()


def test_as_many_classes_are_shown_as_there_is_room_for(table, qapp):
    def columns():
        return [not table.view.isColumnHidden(column) for column in range(1, 6)].count(True)

    table.resize(6 * CLASS_WIDTH + 300, 260)
    qapp.processEvents()
    assert columns() == 5
    table.resize(2 * CLASS_WIDTH + 180, 260)
    qapp.processEvents()
    assert columns() == 2
    table.resize(200, 260)
    qapp.processEvents()
    assert columns() == 1


def test_a_picture_that_can_not_be_read_is_marked(table, light):
    table.resize(400, 120)
    assert light.culprit not in colours_of(table.view)
    # The pointer may lie over the first row, whose colours are then others.
    table.show_results((ROWS[0], *ROWS))
    assert {light.culprit, light.ours} <= colours_of(table.view)


def test_a_row_is_told_when_the_person_goes_to_it_and_not_when_it_is_shown(table, qtbot):
    with qtbot.assertNotEmitted(table.picture_chosen):
        table.show_picture("/p/1.png")
    assert table.view.currentIndex().row() == 1
    with qtbot.waitSignal(table.picture_chosen) as told:
        QTest.keyClick(table.view, Qt.Key.Key_Down)
    assert told.args == [str(Path("/p/2.png"))]


def test_the_button_runs_the_pictures_or_stops(table, qtbot):
    table.show_running(False, False)
    assert not table.run_button.isEnabled()
    table.show_running(False, True)
    assert table.run_button.text() == "Run"
    with qtbot.waitSignal(table.run_asked):
        table.run_button.click()
    table.show_running(True, True)
    assert table.run_button.text() == "Stop"
    with qtbot.waitSignal(table.stop_asked):
        table.run_button.click()


def test_another_theme_is_taken(table, dark):
    table.resize(400, 120)
    table.show_results((ROWS[0], *ROWS))
    table.show_theme(dark)
    assert dark.ours in colours_of(table.view)


def test_a_dropped_folder_is_shown_run_and_its_rows_are_the_picture(window, files, folder):
    drop_files(window, [files.network])
    assert not window.panels.is_shown("folder")
    drop_files(window, [folder])
    assert window.panels.is_shown("folder")
    assert window.folder.summary == "3 pictures · 1 could not be read"
    model = window.folder.proxy
    best = window.session.folder_rows[1].best[0].index
    assert model.index(1, 1).data() == f"class {best}"
    window.folder.view.setCurrentIndex(model.index(1, 0))
    assert window.session.picture.path == str(folder / "1.png")
    assert window.picture.name.text() == "1.png"
    assert window.picture.classes.bars[0].row.index == best
    window.commands.run("file.close")
    assert not window.panels.is_shown("folder")


def test_the_table_is_written_from_the_window(window, files, folder, tmp_path):
    drop_files(window, [files.network, folder])
    assert window.commands["file.export_table"].isEnabled()
    window.desk.folder.save_table(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        assert [Path(row["path"]).name for row in csv.DictReader(file)] == ["0.png", "1.png", "2.png"]
    assert window.notices.texts == (f"Table written as {tmp_path / 't.csv'}.",)


def test_several_pictures_dropped_at_once_are_a_table_too(window, files, folder):
    drop_files(window, [files.network, folder / "0.png", folder / "1.png"])
    assert window.panels.is_shown("folder")
    assert window.folder.summary == "2 pictures"
    assert window.session.picture.path == str(folder / "0.png")


def test_a_folder_that_comes_first_waits_for_its_network(window, files, folder):
    drop_files(window, [folder])
    assert window.empty.isVisible()
    assert window.empty.part_text("picture") == "0.png and others"
    drop_files(window, [files.network])
    assert window.panels.is_shown("folder")
    assert len(window.session.folder_rows) == 3


def _png(folder):
    mime = QMimeData()
    mime.setData("image/png", QByteArray((folder / "0.png").read_bytes()))
    return mime


def test_a_picture_dragged_out_of_a_browser_is_opened(window, files, folder):
    drop_files(window, [files.network])
    how = (Qt.DropAction.CopyAction, _png(folder), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(9, 9), *how)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.drops.hint.lines == ("a picture",)
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), *how))
    assert window.session.picture.path == "dropped picture 1"
    assert window.session.picture_run is not None


def test_a_copied_picture_and_copied_files_are_pasted(window, files, folder):
    drop_files(window, [files.network])
    clipboard = QGuiApplication.clipboard()
    try:
        clipboard.setMimeData(_png(folder))
        window.commands.run("file.paste")
        assert window.picture.name.text() == "pasted picture 1"
        window.commands.run("file.paste")
        assert [picture.path for picture in window.session.pictures] == ["pasted picture 2", "pasted picture 1"]
        clipboard.setText("nothing of use")
        window.commands.run("file.paste")
        assert window.notices.texts == ("Nothing was copied that can be opened: neither a picture nor files.",)
    finally:
        clipboard.clear()
