from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from explorer.ui.drops import MOST_NAMES, Drops, describe
from explorer.ui.incoming import given_files


class Target(QWidget):
    def __init__(self, theme):
        super().__init__()
        QLineEdit(self)
        self.drops = Drops(self, theme)


@pytest.fixture
def target(qtbot, light):
    made = Target(light)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def _mime(*urls):
    mime = QMimeData()
    mime.setUrls([QUrl(url) if "://" in url else QUrl.fromLocalFile(url) for url in urls])
    return mime


def _how(mime):
    return (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


def _drag(target, mime):
    event = QDragEnterEvent(QPoint(5, 5), *_how(mime))
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def test_only_files_of_this_machine_count():
    assert given_files(_mime("/a/b.npz", "https://example.org/c.npz")) == [Path("/a/b.npz")]


def test_the_hint_is_shown_while_files_hover(target):
    assert _drag(target, _mime("/a/deploy.prototxt"))
    assert target.drops.hint.isVisible()
    assert target.drops.hint.size() == target.size()
    mime = _mime("/a/deploy.prototxt")
    move = QDragMoveEvent(QPoint(9, 9), *_how(mime))
    QApplication.sendEvent(target, move)
    assert move.isAccepted()
    QApplication.sendEvent(target, QDragLeaveEvent())
    assert not target.drops.hint.isVisible()


def test_the_hint_says_what_each_file_seems_to_be(target):
    _drag(target, _mime("/a/deploy.prototxt", "/a/net.caffemodel", "/a/cat.jpg", "/a/cat.npz", "/a/notes.txt"))
    assert target.drops.hint.lines == (
        "deploy.prototxt  ·  network",
        "net.caffemodel  ·  weights",
        "cat.jpg  ·  picture",
        "cat.npz  ·  reference",
        "notes.txt  ·  file",
    )


def test_of_many_files_the_hint_names_some_and_counts_the_rest(target):
    _drag(target, _mime(*(f"/a/{number}.jpg" for number in range(9))))
    assert len(target.drops.hint.lines) == MOST_NAMES + 1
    assert target.drops.hint.lines[-1] == "and 4 more"
    assert not target.grab().isNull()


def test_a_folder_is_called_one(tmp_path):
    assert describe(tmp_path) == "folder"


def test_what_is_dropped_is_told_in_its_order(target, qtbot):
    mime = _mime("/b.npz", "/a.prototxt")
    _drag(target, mime)
    with qtbot.waitSignal(target.drops.files_dropped) as told:
        event = QDropEvent(QPointF(5, 5), *_how(mime))
        QApplication.sendEvent(target, event)
    assert told.args == [[Path("/b.npz"), Path("/a.prototxt")]]
    assert event.isAccepted()
    assert not target.drops.hint.isVisible()


def test_what_is_no_file_is_left_alone(target, qtbot):
    mime = _mime("https://example.org/c.npz")
    assert not _drag(target, mime)
    with qtbot.assertNotEmitted(target.drops.files_dropped):
        QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), *_how(mime)))


def test_parts_of_the_window_take_no_drops_for_themselves(target):
    assert target.findChild(QLineEdit).acceptDrops()
    target.drops.claim()
    assert not target.findChild(QLineEdit).acceptDrops()
    assert target.acceptDrops()


def test_the_hint_grows_with_the_window(target):
    _drag(target, _mime("/a/cat.jpg"))
    target.resize(800, 500)
    assert target.drops.hint.size() == target.size()
