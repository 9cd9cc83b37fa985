"""Somebody who does anything at all to the windows: drops, clicks, keys, commands, resizes and cancels at random."""

from __future__ import annotations

import gc
import random
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QImage, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QMenu,
    QWidget,
)
from shiboken6 import isValid

from explorer.ui.commands import COMMANDS
from explorer.ui.copying import put_on_clipboard
from explorer.ui.main_window import MainWindow
from explorer.ui.pictures import drop_files
from explorer.ui.windows import Windows
from tests.ui.monkey_files import Spoiler
from tests.ui.monkey_hand import Hand
from tests.ui.person import leave, point_at, turn_wheel

LEFT_ALONE = frozenset({"file.quit"})
"""Commands that would end the test."""

TYPED = (
    "224",
    "-1",
    "0.5",
    "1e9",
    "nan",
    "conv",
    "type:conv",
    "error>1e-3",
    "is:culprit",
    "-type:pool",
    "(",
    "fork/left",
    "é\u202e",
    "9" * 40,
    "",
)
KEYS = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_X, Qt.Key.Key_Question),
    *(Qt.Key.Key_Backspace, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_F, Qt.Key.Key_Menu),
)
BUTTONS = (Qt.MouseButton.LeftButton,) * 8 + (Qt.MouseButton.RightButton,) * 2 + (Qt.MouseButton.MiddleButton,)
SIZES = ((960, 576), (1280, 720), (1440, 900), (1920, 1080), (1000, 1600))
REMEMBERED = 30
LONGEST_JOB = 600_000
MOST_WINDOWS = 3
LIFE = 1000
"""Actions after which the program is ended and begun anew, with what was open in it."""


class Monkey:
    """Acts on the windows of one program, always in the same way for the same ``seed``.

    ``begin`` begins the program and gives its windows, of which there is one. ``files`` are what it drops, good and
    bad; what it saves goes into ``folder``. A menu or a drag that waits for its end is ended by a timer, as nothing
    else gets a turn before.
    """

    def __init__(self, begin: Callable[[], Windows], files: Sequence[Path], folder: Path, seed: int) -> None:
        self._begin, self._files, self._folder = begin, files, folder
        self._draw = random.Random(seed)
        self._spoiler = Spoiler(files, self._draw)
        self.done: deque[str] = deque(maxlen=REMEMBERED)
        """What was done last."""
        self._hand = Hand(files, folder, self._draw)
        self._sequences = [command.shortcut for command in COMMANDS.values() if command.shortcut]
        self._age = 0
        self._seen: dict[int, weakref.ref[MainWindow]] = {}
        self._windows: Windows | None = None
        self._acts: dict[Callable[[], str], int] = {
            self._drop: 6,
            self._click: 40,
            self._double_click: 4,
            self._drag: 8,
            self._turn: 8,
            self._point: 8,
            self._press: 25,
            self._press_shortcut: 12,
            self._command: 14,
            self._choose: 4,
            self._choose_in_box: 4,
            self._ask_menu: 3,
            self._answer_notice: 3,
            self._copy: 1,
            self._type: 6,
            self._resize: 3,
            self._float: 1,
            self._spoil: 3,
            self._cancel: 3,
            self._wait: 6,
        }

    @property
    def windows(self) -> Windows:
        """The program's windows; it is begun where it is not there."""
        if self._windows is None:
            self._windows, self._age = self._begin(), 0
            self._note_windows()
        return self._windows

    def act(self) -> None:
        """Do one thing, and let the windows take note of it."""
        self._age += 1
        if not self.windows.all or self._age > LIFE:
            self.done.append("end the program, begin it anew")
            self.end()
        (act,) = self._draw.choices(list(self._acts), list(self._acts.values()))
        self.done.append(f"{act.__name__}…")
        told = act()
        self.done[-1] = told
        self._hand.answer_dialog()
        self._note_windows()
        if len(self.windows.all) > MOST_WINDOWS:
            self._draw.choice(self.windows.all).close()
        QApplication.processEvents()

    def start(self) -> None:
        """Lay hands on."""
        self._hand.start()

    def stop(self) -> None:
        """Take the hands off."""
        self._hand.stop()
        self._hand.close_all()
        self._spoiler.mend()

    def wait(self) -> bool:
        """Wait until no window is at work; false when that takes too long."""
        return all(window.jobs.wait_until_idle(LONGEST_JOB) for window in self.windows.all)

    def end(self) -> None:
        """End the program, which leaves no window behind."""
        windows, self._windows = self._windows, None
        if windows is None:
            return
        self._hand.close_all()
        windows.quit()
        windows.end()
        windows.deleteLater()
        del windows
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        gc.collect()
        left = [window for made in self._seen.values() if (window := made()) is not None]
        assert not left, f"{len(left)} windows were closed and are not gone"
        self._seen.clear()

    @property
    def _window(self) -> MainWindow:
        """The one that is acted on."""
        windows = self.windows.all
        active = self.windows.active
        assert active is not None
        return active if self._draw.random() < 0.7 else self._draw.choice(windows)

    def _note_windows(self) -> None:
        for window in self.windows.all:
            self._seen.setdefault(id(window), weakref.ref(window))

    def _drop(self) -> str:
        files = self._draw.sample(self._files, self._draw.choice((1, 1, 1, 2, 3)))
        drop_files(self._window, files)
        return f"drop {[file.name for file in files]}"

    def _click(self) -> str:
        widget, place = self._somewhere()
        button = self._draw.choice(BUTTONS)
        keys = self._draw.choice((Qt.KeyboardModifier.NoModifier,) * 4 + (Qt.KeyboardModifier.ShiftModifier,))
        name = _name(widget)
        QTest.mouseClick(widget, button, keys, place)
        return f"click {name} {place.toTuple()} {button.name}"

    def _double_click(self) -> str:
        widget, place = self._somewhere()
        name = _name(widget)
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        return f"double click {name} {place.toTuple()}"

    def _drag(self) -> str:
        widget, place = self._somewhere()
        name, end = _name(widget), self._place_in(widget)
        keys = self._draw.choice((Qt.KeyboardModifier.NoModifier,) * 3 + (Qt.KeyboardModifier.ControlModifier,))
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, keys, place)
        self._hand.dragged = widget.window().windowHandle()
        for part in (0.2, 0.6, 1.0):
            if isValid(widget):
                point_at(widget, *(place + (end - place) * part).toTuple(), held=True)
        self._hand.dragged = None
        if isValid(widget):
            QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
        return f"drag {name} {place.toTuple()} {end.toTuple()}"

    def _turn(self) -> str:
        widget, place = self._somewhere()
        name, notches = _name(widget), self._draw.choice((-5, -1, 1, 5))
        turn_wheel(widget, notches, *place.toTuple())
        return f"wheel {name} {notches}"

    def _point(self) -> str:
        widget, place = self._somewhere()
        if self._draw.random() < 0.2:
            leave(widget)
            return f"leave {_name(widget)}"
        point_at(widget, *place.toTuple())
        return f"point at {_name(widget)} {place.toTuple()}"

    def _press(self) -> str:
        key = self._draw.choice(KEYS)
        widget = self._keyboard()
        keys = self._draw.choice((Qt.KeyboardModifier.NoModifier,) * 5 + (Qt.KeyboardModifier.ShiftModifier,))
        name = _name(widget)
        QTest.keyClick(widget, key, keys)
        return f"key {key.name} to {name}"

    def _press_shortcut(self) -> str:
        sequence = self._draw.choice(self._sequences)
        if sequence in {COMMANDS[id].shortcut for id in LEFT_ALONE}:
            return "nothing"
        QTest.keySequence(self._keyboard(), QKeySequence(sequence))
        return f"shortcut {sequence}"

    def _command(self) -> str:
        id = self._draw.choice(sorted(set(COMMANDS) - LEFT_ALONE))
        window = self._window
        if COMMANDS[id].missing(window):
            return f"{id} can't be done"
        window.commands.run(id)
        return f"command {id}"

    def _choose(self) -> str:
        """Choose in a menu whose lines are made when it opens."""
        id = self._draw.choice([command.id for command in COMMANDS.values() if command.choices is not None])
        menu = self._window.commands[id].menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        actions = [action for action in menu.actions() if action.isEnabled() and not action.isSeparator()]
        if not actions:
            return f"nothing to choose from for {id}"
        action = self._draw.choice(actions)
        text = action.text()
        action.trigger()
        return f"choose {text!r} for {id}"

    def _choose_in_box(self) -> str:
        boxes = [box for box in self._top().findChildren(QComboBox) if box.isVisible() and box.isEnabled()]
        if not boxes:
            return "no box to choose in"
        box = self._draw.choice(boxes)
        name = _name(box)
        for _ in range(self._draw.randrange(1, 4)):
            if isValid(box) and box.isEnabled():
                QTest.keyClick(box, self._draw.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))
        return f"choose in {name}"

    def _ask_menu(self) -> str:
        widget, place = self._somewhere()
        name = _name(widget)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        QApplication.sendEvent(widget, event)
        return f"menu of {name} {place.toTuple()}"

    def _answer_notice(self) -> str:
        buttons = self._window.notices.findChildren(QAbstractButton)
        if not buttons:
            return "no notice to answer"
        button = self._draw.choice(buttons)
        name = _name(button)
        button.click()
        return f"answer a notice by {name}"

    def _copy(self) -> str:
        mime = QMimeData()
        if self._draw.random() < 0.5:
            mime.setUrls([QUrl.fromLocalFile(str(self._draw.choice(self._files)))])
        else:
            mime.setImageData(QImage(self._draw.randrange(1, 90), 30, QImage.Format.Format_RGB32))
        put_on_clipboard(mime)
        return "copy something elsewhere"

    def _spoil(self) -> str:
        return self._spoiler.spoil()

    def _type(self) -> str:
        text = self._draw.choice(TYPED)
        fields = [field for field in self._window.findChildren(QLineEdit) if field.isVisible() and field.isEnabled()]
        if not fields:
            return "nothing to type into"
        field = self._draw.choice(fields)
        name = _name(field)
        field.clear()
        # QTest knows the characters of ASCII alone.
        for character in text:
            QApplication.sendEvent(field, _key_press(character))
        return f"type {text!r} into {name}"

    def _resize(self) -> str:
        size = self._draw.choice(SIZES)
        self._window.resize(*size)
        return f"resize {size}"

    def _float(self) -> str:
        docks = [dock for dock in self._window.findChildren(QDockWidget) if dock.isVisible()]
        if not docks:
            return "nothing floats"
        dock = self._draw.choice(docks)
        dock.setFloating(not dock.isFloating())
        return f"float {dock.objectName()}"

    def _cancel(self) -> str:
        self._window.jobs.cancel()
        return "cancel"

    def _wait(self) -> str:
        if self._draw.random() < 0.5:
            jobs = self._window.jobs
            assert jobs.wait_until_idle(LONGEST_JOB), f"stuck: {sorted(jobs.kinds)}"
            return "wait until idle"
        QTest.qWait(self._draw.choice((1, 5, 20)))
        return "wait"

    def _somewhere(self) -> tuple[QWidget, QPoint]:
        """A widget that is to be seen, and a place in it."""
        top = self._top()
        widgets = [widget for widget in top.findChildren(QWidget) if widget.isVisible() and widget.window() is top]
        widget = self._draw.choice(widgets) if widgets else top
        return widget, self._place_in(widget)

    def _place_in(self, widget: QWidget) -> QPoint:
        return QPoint(self._draw.randrange(max(widget.width(), 1)), self._draw.randrange(max(widget.height(), 1)))

    def _top(self) -> QWidget:
        """What a person could act on: a dialog over the window, else mostly the window itself."""
        modal = QApplication.activeModalWidget()
        if modal is not None:
            return modal
        others = [
            widget
            for widget in QApplication.topLevelWidgets()
            if widget.isVisible() and not isinstance(widget, QMenu | MainWindow)
        ]
        return self._draw.choice(others) if others and self._draw.random() < 0.3 else self._window

    def _keyboard(self) -> QWidget:
        modal = QApplication.activeModalWidget()
        focused = QApplication.focusWidget()
        if modal is not None:
            return focused if focused is not None and modal.isAncestorOf(focused) else modal
        return focused if focused is not None and focused.isVisible() else self._window


def _key_press(character: str) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, character)


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__}:{widget.objectName()}"
