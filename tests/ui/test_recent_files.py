import json
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication

from explorer.session.recent import KEY, MOST, Recent
from explorer.ui.assembly import make_window
from explorer.ui.pictures import drop_files
from explorer.ui.recent_choices import LONGEST_FOLDER, short_folder
from explorer.ui.recent_list import RecentRow
from tests.small_network import write_small_files
from tests.ui.person import colours_of


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(qtbot, tmp_path, settings):
    made = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    yield made
    made.windows.quit()


def some_files(tmp_path, name):
    (tmp_path / name).mkdir()
    return write_small_files(tmp_path / name)


def menu_lines(window):
    menu = window.commands["file.open_recent"].menu()
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def rows(window):
    return [row for row in window.empty.findChildren(RecentRow) if not row.isHidden()]


def test_a_network_is_one_entry_with_what_was_opened_with_it(window, tmp_path):
    first, second = some_files(tmp_path, "first"), some_files(tmp_path, "second")
    assert not window.commands["file.open_recent"].isEnabled()
    drop_files(window, first.all)
    drop_files(window, [second.network])
    drop_files(window, [second.picture])
    assert window.windows.recent.entries == (
        Recent(second.network, None, first.reference, second.picture),
        Recent(first.network, None, first.reference, first.picture),
    )
    texts = [action.text() for action in menu_lines(window)]
    assert texts == [
        f"small.onnx  –  {short_folder(second.network)}",
        f"small.onnx  –  {short_folder(first.network)}",
        "Clear",
    ]
    assert "with reference.npz, noise.png" in menu_lines(window)[1].toolTip()


def test_a_line_of_the_menu_opens_all_of_it_in_place_of_what_is_open(window, tmp_path):
    first, second = some_files(tmp_path, "first"), some_files(tmp_path, "second")
    drop_files(window, first.all)
    window.commands.run("file.close")
    drop_files(window, [second.network])
    assert window.session.reference is None
    menu_lines(window)[1].trigger()
    assert window.session.path == first.network
    assert window.session.picture.path == str(first.picture)
    assert window.session.comparison.agrees
    menu_lines(window)[1].trigger()
    assert window.session.path == second.network
    assert window.session.picture is None
    assert window.session.reference is None
    assert window.notices.texts == ()


def test_the_next_window_knows_them(window, tmp_path, settings, qtbot):
    files = some_files(tmp_path, "first")
    drop_files(window, files.all)
    window.close()
    again = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
    qtbot.addWidget(again)
    assert [entry.network for entry in again.windows.recent.entries] == [files.network]
    again.close()


def test_the_empty_page_offers_five_of_them_and_a_click_opens_one(window, tmp_path, qtbot):
    made = [some_files(tmp_path, f"port-{number}") for number in range(7)]
    for files in made:
        drop_files(window, [files.network])
    window.commands.run("file.close")
    QApplication.processEvents()
    shown = rows(window)
    assert [row.line.folder for row in shown] == [short_folder(files.network) for files in made[:1:-1]]
    assert shown[0].accessibleName() == f"Open small.onnx, {short_folder(made[6].network)}"
    qtbot.mouseClick(shown[1], Qt.MouseButton.LeftButton)
    assert window.session.path == made[5].network


def test_the_keyboard_goes_through_them(window, tmp_path, qtbot):
    made = [some_files(tmp_path, f"port-{number}") for number in range(3)]
    for files in made:
        drop_files(window, [files.network])
    window.commands.run("file.close")
    with qtbot.waitActive(window):
        window.activateWindow()
    first, second, third = rows(window)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(first, Qt.Key.Key_Down)
    qtbot.keyClick(second, Qt.Key.Key_Down)
    assert third.hasFocus()
    assert window.looks.theme.accent in colours_of(third)
    qtbot.keyClick(third, Qt.Key.Key_Up)
    assert QApplication.focusWidget() is second
    qtbot.keyClick(second, Qt.Key.Key_Return)
    assert window.session.path == made[1].network


def test_one_that_is_gone_is_grey_and_says_so(window, tmp_path):
    first, second = some_files(tmp_path, "first"), some_files(tmp_path, "second")
    for files in (first, second):
        drop_files(window, [files.network])
    window.commands.run("file.close")
    first.network.unlink()
    window.windows.recent.look()
    gone = rows(window)[1]
    assert not gone.isEnabled()
    assert gone.line.missing == "no longer there"
    line = menu_lines(window)[1]
    assert not line.isEnabled() and line.text().endswith("(no longer there)")
    assert rows(window)[0].isEnabled()


def test_a_picture_that_is_gone_is_told_and_the_rest_opened(window, tmp_path):
    files = some_files(tmp_path, "first")
    drop_files(window, files.all)
    window.commands.run("file.close")
    files.picture.unlink()
    menu_lines(window)[0].trigger()
    assert window.session.path == files.network
    assert window.notices.texts == ("noise.png is no longer there.",)


def test_clear_forgets_them(window, tmp_path, settings):
    drop_files(window, [some_files(tmp_path, "first").network])
    window.commands.run("file.close")
    menu_lines(window)[-1].trigger()
    assert rows(window) == []
    assert not window.commands["file.open_recent"].isEnabled()
    assert json.loads(settings.value(KEY)) == {"networks": []}


def test_the_palette_finds_them_by_name_and_folder(window, tmp_path, qtbot):
    for name in ("harbour", "castle"):
        drop_files(window, [some_files(tmp_path, name).network])
    window.commands.run("view.command_palette")
    qtbot.keyClicks(window.command_palette.field, "small harbour")
    chosen = window.command_palette.chosen
    assert chosen.text.endswith("harbour")
    assert chosen.place == "File › Open Recent"
    qtbot.keyClick(window.command_palette.field, Qt.Key.Key_Return)
    assert window.session.path.parent.name == "harbour"


def test_the_command_itself_lists_them_alone(window, tmp_path, qtbot):
    for name in ("harbour", "castle"):
        drop_files(window, [some_files(tmp_path, name).network])
    window.commands.run("file.open_recent")
    palette = window.command_palette
    assert [entry.text.rpartition("/")[2] for entry in palette.shown] == ["castle", "harbour"]
    qtbot.keyClicks(palette.field, "zzz")
    assert palette.shown == ()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    window.commands.run("view.command_palette")
    assert palette.shown[0].text == "Open…"


def test_an_ampersand_in_a_name_is_read_as_one(window, tmp_path):
    files = some_files(tmp_path, "this & that")
    drop_files(window, [files.network])
    assert "this && that" in menu_lines(window)[0].text()


def test_two_programs_with_the_same_settings_keep_each_others(window, tmp_path, settings, qtbot):
    path = settings.fileName()
    other = make_window(
        tmp_path / "example", settings=QSettings(path, QSettings.Format.IniFormat), mode="light", serial=True
    )
    qtbot.addWidget(other)
    first, second = some_files(tmp_path, "first"), some_files(tmp_path, "second")
    drop_files(window, [first.network])
    settings.sync()
    drop_files(other, [second.network])
    assert [entry.network for entry in other.windows.recent.entries] == [second.network, first.network]
    other.close()


def test_no_more_than_ten_are_kept(window, tmp_path):
    for number in range(12):
        drop_files(window, [some_files(tmp_path, f"port-{number}").network])
    assert len(window.windows.recent.entries) == MOST == 10


def test_a_folder_is_told_by_its_end_and_the_persons_own_by_a_tilde():
    home = Path.home()
    assert short_folder(home / "models" / "net.onnx") == str(Path("~") / "models")
    deep = Path("/") / "x" / ("very" * 20) / "end" / "net.onnx"
    assert len(short_folder(deep)) == LONGEST_FOLDER
    assert short_folder(deep).startswith("…") and short_folder(deep).endswith("/end")
