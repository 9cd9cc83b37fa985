import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from explorer.ui.assembly import make_windows
from explorer.ui.pictures import drop_files
from tests.small_network import write_small_files


@pytest.fixture
def serial():
    return True


@pytest.fixture
def windows(qapp, tmp_path, serial):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = make_windows(
        tmp_path / "example", settings=settings, sessions=tmp_path / "sessions", mode="light", serial=serial
    )
    made.open_window()
    yield made
    made.quit()
    made.end()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def shown():
    return [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window"]


def menu_lines(window):
    menu = window.commands["window.go_to"].menu()
    menu.aboutToShow.emit()
    return menu.actions()


def test_each_window_has_a_network_of_its_own(windows, files, tmp_path):
    (tmp_path / "second").mkdir()
    other = write_small_files(tmp_path / "second", shifted="conv1")
    (first,) = windows.all
    drop_files(first, files.all)
    first.commands.run("file.new_window")
    second = windows.all[1]
    assert second.isVisible() and second.session.network is None
    drop_files(second, other.all)
    second.desk.choose_layer("pool1")
    assert first.session.path == files.network
    assert first.session.comparison.agrees and not second.session.comparison.agrees
    assert (first.session.layer, second.session.layer) == ("conv1", "pool1")


def test_ctrl_n_opens_one(windows, qtbot):
    (first,) = windows.all
    with qtbot.waitActive(first):
        first.activateWindow()
    qtbot.keySequence(first, "Ctrl+N")
    assert [window.isVisible() for window in windows.all] == [True, True]


def test_files_can_be_opened_in_a_window_of_their_own(windows, files):
    (first,) = windows.all
    first.commands.run("file.open_in_window")
    (dialog,) = first.findChildren(QFileDialog)
    dialog.filesSelected.emit([str(files.network)])
    dialog.close()
    assert first.session.network is None
    assert windows.all[1].session.path == files.network


def test_who_is_told_of_a_further_window_can_listen_to_its_keys(windows):
    handles = []
    windows.opened.connect(lambda window: handles.append(window.windowHandle()))
    window = windows.open_window()
    assert handles == [window.windowHandle()]
    assert handles[0] is not None


def test_the_menu_lists_the_windows_and_brings_them_to_the_front(windows, files, qtbot):
    (first,) = windows.all
    assert not first.commands["window.go_to"].isEnabled()
    drop_files(first, [files.network])
    second = windows.open_window()
    assert first.commands["window.go_to"].isEnabled()
    assert [action.text() for action in menu_lines(first)] == ["1  small", "2  Portside"]
    assert [action.isChecked() for action in menu_lines(second)] == [False, True]
    with qtbot.waitActive(first):
        menu_lines(second)[0].trigger()
    with qtbot.waitActive(second):
        first.commands.run("window.next")
    with qtbot.waitActive(first):
        second.commands.run("window.next")
    first.commands.run("window.go_to")
    qtbot.keyClicks(first.command_palette.field, "2")
    with qtbot.waitActive(second):
        qtbot.keyClick(first.command_palette.field, Qt.Key.Key_Return)


def test_a_window_that_is_closed_is_gone_and_the_others_stay(windows, files):
    second = windows.open_window([files.network])
    assert len(shown()) == 2
    second.commands.run("window.close")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(windows.all) == len(shown()) == 1
    assert not windows.all[0].commands["window.next"].isEnabled()


def test_quit_closes_all_and_the_next_start_opens_all_again(windows, files, tmp_path):
    (first,) = windows.all
    drop_files(first, files.all)
    second = windows.open_window([files.network])
    second.desk.choose_layer("pool1")
    first.commands.run("file.quit")
    assert windows.all == ()
    windows.end()
    again = make_windows(tmp_path / "example", sessions=tmp_path / "sessions", mode="light", serial=True)
    again.begin(again.open_window())
    assert [window.session.layer for window in again.all] == ["conv1", "pool1"]
    assert again.all[1].session.picture is None
    again.quit()
    again.end()
    again.deleteLater()


def test_a_window_closed_before_the_last_one_is_not_opened_again(windows, files, tmp_path):
    (first,) = windows.all
    drop_files(first, [files.network])
    second = windows.open_window([files.network])
    second.close()
    first.close()
    windows.end()
    again = make_windows(tmp_path / "example", sessions=tmp_path / "sessions", mode="light", serial=True)
    again.begin(again.open_window())
    assert len(again.all) == 1
    again.quit()
    again.end()
    again.deleteLater()


def test_a_theme_is_every_windows(windows, files):
    (first,) = windows.all
    second = windows.open_window([files.network])
    second.commands.run("theme.dark")
    assert first.looks.theme.name == second.looks.theme.name == "dark"
    assert first.commands["theme.dark"].isChecked()
    panel = first.looks.theme.panel
    image = first.grab().toImage()
    assert image.pixelColor(4, first.menuBar().height() + 4).name() == panel


def test_memory_chosen_in_one_window_holds_in_the_next_that_is_used(windows, qtbot):
    (first,) = windows.all
    second = windows.open_window()
    second.desk.measuring.choose_memory("1 GB")
    first.activateWindow()
    QApplication.sendEvent(first, QEvent(QEvent.Type.WindowActivate))
    assert first.desk.measuring.memory == second.desk.measuring.memory


@pytest.mark.parametrize("serial", [False])
def test_work_in_one_window_does_not_hold_up_another(windows, files, qtbot):
    (first,) = windows.all
    end = threading.Event()
    first.jobs.start("run", "waiting", lambda progress, cancelled: end.wait(30), lambda _: None)
    second = windows.open_window(files.all)
    qtbot.waitUntil(lambda: second.session.comparison is not None, timeout=30_000)
    assert first.jobs.is_busy("run")
    end.set()
    qtbot.waitUntil(lambda: not first.jobs.is_busy() and not second.jobs.is_busy(), timeout=30_000)


@pytest.mark.parametrize("is_worked_in", [False, True], ids=["empty", "worked in"])
def test_a_closed_window_is_freed(windows, files, is_worked_in):
    window = windows.open_window()
    if is_worked_in:
        drop_files(window, files.all)
    known = weakref.ref(window)
    window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del window
    gc.collect()
    assert known() is None


def test_a_closed_window_has_no_next_one(windows):
    first, second = windows.all[0], windows.open_window()
    second.close()
    second.show_next_window()
    assert windows.all == (first,)
