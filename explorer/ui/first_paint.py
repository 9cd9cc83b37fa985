"""The moment from which a window is there to be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

LONGEST_WAIT = 1000
"""Milliseconds after which nobody waits any longer: a window that opens minimised is not painted."""


def call_when_painted(window: QWidget, call: Callable[[], None]) -> None:
    """Call ``call`` once, when the first frame of ``window`` is done."""
    _FirstPaint(window, call)


class _FirstPaint(QObject):
    def __init__(self, window: QWidget, call: Callable[[], None]) -> None:
        super().__init__(window)
        self._call = call
        self._is_over = False
        window.installEventFilter(self)
        QTimer.singleShot(LONGEST_WAIT, self, self._end)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            # The window is the first of its widgets to be painted; timers wait until the last one was.
            QTimer.singleShot(0, self, self._end)
        return False

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._call()
            self.deleteLater()
