"""Ctrl+C where the keyboard is: what a widget shows, on the clipboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from explorer.ui.view_keys import KeyText


class CopyKey(QObject):
    """Calls ``copy`` for the keys, pressed in ``widget`` or in what is in it, before any command of the window."""

    def __init__(self, widget: QWidget, copy: Callable[[], None]) -> None:
        super().__init__(widget)
        self._copy = copy
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not event.matches(QKeySequence.StandardKey.Copy):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            self._copy()
            return True
        return False


def copy_key(text: str) -> KeyText:
    """The keys as a line of the shortcut sheet: what they copy there."""
    return KeyText((Qt.KeyboardModifier.ControlModifier | Qt.Key.Key_C,), text)
