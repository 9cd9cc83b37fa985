"""Somebody who does anything at all to the window: drops, clicks, keys, commands, resizes and cancels at random."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QLineEdit, QMenu, QWidget

from explorer.ui.commands import COMMANDS
from explorer.ui.main_window import MainWindow
from explorer.ui.pictures import drop_files
from tests.ui.person import leave, point_at, turn_wheel

LEFT_ALONE = frozenset({"file.quit"})
"""Commands that would end the test."""

TYPED = ("conv", "type:conv", "error>1e-3", "is:culprit", "-type:pool", "(", "fork/left", "é\u202e", "9" * 40, "")
KEYS = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_X, Qt.Key.Key_Question),
    *(Qt.Key.Key_Backspace, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_F, Qt.Key.Key_Menu),
)
BUTTONS = (Qt.MouseButton.LeftButton,) * 8 + (Qt.MouseButton.RightButton,) * 2 + (Qt.MouseButton.MiddleButton,)
SIZES = ((960, 576), (1280, 720), (1440, 900), (1920, 1080), (1000, 1600))
REMEMBERED = 30
HAND = 15
"""Milliseconds between two looks at what holds the keyboard to itself, a menu or a drag."""


class Monkey:
    """Acts on one window, always in the same way for the same ``seed``.

    ``files`` are what it drops, good and bad; what it saves goes into ``folder``. A menu or a drag that waits
    for its end is ended by a timer, as nothing else gets a turn before.
    """

    def __init__(self, window: MainWindow, files: Sequence[Path], folder: Path, seed: int) -> None:
        self._window, self._files, self._folder = window, files, folder
        self._draw = random.Random(seed)
        self.done: deque[str] = deque(maxlen=REMEMBERED)
        """What was done last."""
        self._is_dragging = False
        self._hand = QTimer(window, interval=HAND)
        self._hand.timeout.connect(self._let_go)
        self._sequences = [command.shortcut for command in COMMANDS.values() if command.shortcut]
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
            self._type: 6,
            self._resize: 3,
            self._float: 1,
            self._cancel: 3,
            self._wait: 6,
        }

    def act(self) -> None:
        """Do one thing, and let the window take note of it."""
        (act,) = self._draw.choices(list(self._acts), list(self._acts.values()))
        self.done.append(f"{act.__name__}…")
        told = act()
        self.done[-1] = told
        self._answer_dialog()
        if not self._window.isVisible():
            self._window.show()
        QApplication.processEvents()

    def start(self) -> None:
        """Lay hands on."""
        self._hand.start()

    def stop(self) -> None:
        """Take the hands off."""
        self._hand.stop()
        self._close_all()

    def _drop(self) -> str:
        files = self._draw.sample(self._files, self._draw.choice((1, 1, 1, 2, 3)))
        drop_files(self._window, files)
        return f"drop {[file.name for file in files]}"

    def _click(self) -> str:
        widget, place = self._somewhere()
        button = self._draw.choice(BUTTONS)
        keys = self._draw.choice((Qt.KeyboardModifier.NoModifier,) * 4 + (Qt.KeyboardModifier.ShiftModifier,))
        QTest.mouseClick(widget, button, keys, place)
        return f"click {_name(widget)} {place.toTuple()} {button.name}"

    def _double_click(self) -> str:
        widget, place = self._somewhere()
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        return f"double click {_name(widget)} {place.toTuple()}"

    def _drag(self) -> str:
        widget, place = self._somewhere()
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        end = self._place_in(widget)
        self._is_dragging = True
        for part in (0.2, 0.6, 1.0):
            point_at(widget, *(place + (end - place) * part).toTuple(), held=True)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
        self._is_dragging = False
        return f"drag {_name(widget)} {place.toTuple()} {end.toTuple()}"

    def _turn(self) -> str:
        widget, place = self._somewhere()
        notches = self._draw.choice((-5, -1, 1, 5))
        turn_wheel(widget, notches, *place.toTuple())
        return f"wheel {_name(widget)} {notches}"

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
        QTest.keyClick(widget, key, keys)
        return f"key {key.name} to {_name(widget)}"

    def _press_shortcut(self) -> str:
        sequence = self._draw.choice(self._sequences)
        if sequence in {COMMANDS[id].shortcut for id in LEFT_ALONE}:
            return "nothing"
        QTest.keySequence(self._keyboard(), QKeySequence(sequence))
        return f"shortcut {sequence}"

    def _command(self) -> str:
        id = self._draw.choice(sorted(set(COMMANDS) - LEFT_ALONE))
        if COMMANDS[id].missing(self._window):
            return f"{id} can't be done"
        self._window.commands.run(id)
        return f"command {id}"

    def _type(self) -> str:
        text = self._draw.choice(TYPED)
        fields = [field for field in self._window.findChildren(QLineEdit) if field.isVisible() and field.isEnabled()]
        if not fields:
            return "nothing to type into"
        field = self._draw.choice(fields)
        field.clear()
        # QTest knows the characters of ASCII alone.
        for character in text:
            QApplication.sendEvent(field, _key_press(character))
        return f"type {text!r} into {_name(field)}"

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
            self._window.jobs.wait_until_idle(60_000)
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
            if widget.isVisible() and widget is not self._window and not isinstance(widget, QMenu)
        ]
        return self._draw.choice(others) if others and self._draw.random() < 0.3 else self._window

    def _keyboard(self) -> QWidget:
        modal = QApplication.activeModalWidget()
        focused = QApplication.focusWidget()
        if modal is not None:
            return focused if focused is not None and modal.isAncestorOf(focused) else modal
        return focused if focused is not None and focused.isVisible() else self._window

    def _answer_dialog(self) -> None:
        """Answer a question for a file at once: keys at random could delete files there."""
        modal = QApplication.activeModalWidget()
        if isinstance(modal, QFileDialog):
            is_saved = modal.acceptMode() == QFileDialog.AcceptMode.AcceptSave
            if is_saved and self._draw.random() < 0.5:
                modal.setDirectory(str(self._folder))
                modal.selectFile(f"written-{self._draw.randrange(3)}.{modal.defaultSuffix() or 'out'}")
                # Writing over what is there is asked for in a box of its own.
                modal.setOption(QFileDialog.Option.DontConfirmOverwrite)
                modal.accept()
            elif not is_saved and self._draw.random() < 0.5:
                modal.filesSelected.emit([str(self._draw.choice(self._files))])
                modal.reject()
            else:
                modal.reject()
        elif modal is not None and self._draw.random() < 0.2:
            QTest.keyClick(modal, Qt.Key.Key_Escape)
            if modal.isVisible():
                modal.close()

    def _let_go(self) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            for _ in range(self._draw.randrange(4)):
                QTest.keyClick(popup, Qt.Key.Key_Down)
            QTest.keyClick(popup, self._draw.choice((Qt.Key.Key_Escape, Qt.Key.Key_Return)))
            if QApplication.activePopupWidget() is popup:
                popup.close()
        if self._is_dragging:
            # What is dragged out waits for the button in a loop of its own.
            QTest.keyClick(self._window.windowHandle(), Qt.Key.Key_Escape)

    def _close_all(self) -> None:
        for _ in range(5):
            for widget in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
                if widget is not None:
                    widget.close()
        for widget in QApplication.topLevelWidgets():
            if widget is not self._window and widget.isVisible():
                widget.close()
        QGuiApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _key_press(character: str) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, character)


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__}:{widget.objectName()}"
