"""Python's search for garbage, put off until nobody waits for the window."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from explorer.session.jobs import Jobs

QUIET_SECONDS = 2.0
"""So long nothing was done with mouse or keys, and no work came to its end, before the search begins."""

_OLDEST = 2
_NEVER = 1_000_000_000
_WORTH_IT = 20
"""Young generations swept since the last whole search; below, there is nothing to be found."""

_INPUT = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.NativeGesture,
        QEvent.Type.KeyPress,
        QEvent.Type.DragMove,
    }
)


class Sweeper(QObject):
    """Looks through everything for garbage only while the window has nothing to do.

    A network of 20 000 nodes is some hundred thousands of objects that refer to each other. Python would look through
    all of them again and again while they are made, and then in the middle of a movement, for 80 to 210 ms each time.
    Young objects are still looked through as ever, which takes about a millisecond.
    """

    # The thresholds are the interpreter's, of which there is one for all windows.
    _watched = 0
    _before = (0, 0, 0)

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._last_event = time.monotonic()
        before = gc.get_threshold()
        if before[2] != _NEVER:
            Sweeper._before = before
            gc.set_threshold(before[0], before[1], _NEVER)
        Sweeper._watched += 1
        window.destroyed.connect(Sweeper._end)
        handle = window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)
        # What was waited for is there: now it is looked at.
        jobs.idle.connect(self._wait_again)
        self._timer = QTimer(self, interval=round(QUIET_SECONDS * 1e3 / 2))
        self._timer.timeout.connect(self._sweep)
        self._timer.start()

    @staticmethod
    def _end() -> None:
        """A window is gone; with the last of them Python looks for garbage as it did before."""
        Sweeper._watched -= 1
        if Sweeper._watched == 0:
            gc.set_threshold(*Sweeper._before)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._wait_again()
        return False

    def _wait_again(self) -> None:
        self._last_event = time.monotonic()

    def _sweep(self) -> None:
        is_quiet = time.monotonic() - self._last_event >= QUIET_SECONDS and not self._jobs.is_busy()
        if is_quiet and gc.get_count()[_OLDEST] >= _WORTH_IT:
            gc.collect()
