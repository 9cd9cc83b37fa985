"""Python's search for garbage, put off until nobody waits for the window, but not for ever."""

from __future__ import annotations

import gc
import time
from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from explorer.session.jobs import Jobs

QUIET_SECONDS = 2.0
"""So long nothing was done with mouse or keys, and no work came to its end, before the search begins."""

HANDS_OFF_SECONDS = 0.5
"""So long nothing was done with mouse or keys before a search that can't wait for the end of the work."""

_OLDEST = 2
_NEVER = 1_000_000_000

# Young generations swept since the last whole search; each leaves up to 7 000 objects that are older now.
_WORTH_IT = 20
_MUCH = 40
_FAR_TOO_MUCH = 200

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
    """Looks through everything for garbage only while no window has anything to do, or where much has gathered.

    A network of 20 000 nodes is some hundred thousands of objects that refer to each other. Python would look through
    all of them again and again while they are made, and then in the middle of a movement, for 80 to 210 ms each time.
    Young objects are still looked through as ever, which takes about a millisecond.

    A diagnosis makes a network for each thing that it tries, whose nodes and values know each other: only this search
    frees them. So it does not wait for the diagnosis' end, and in the end not even for the person. There is one for all
    windows, as the interpreter has one set of thresholds.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Jobs] = []
        self._last_input = self._last_work = time.monotonic()
        self._before = gc.get_threshold()
        self._timer = QTimer(self, interval=round(QUIET_SECONDS * 1e3 / 4))
        self._timer.timeout.connect(self._sweep)
        self._timer.start()

    def watch(self, window: QWidget, jobs: Jobs) -> None:
        """Wait for this window too until it is gone; with the last of them Python searches as it did before."""
        if not self._jobs:
            self._before = gc.get_threshold()
            gc.set_threshold(self._before[0], self._before[1], _NEVER)
        self._jobs.append(jobs)
        window.destroyed.connect(partial(self._leave, jobs))
        handle = window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)
        # What was waited for is there: now it is looked at.
        jobs.idle.connect(self._note_work)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._last_input = time.monotonic()
        return False

    def _leave(self, jobs: Jobs) -> None:
        self._jobs.remove(jobs)
        if not self._jobs:
            gc.set_threshold(*self._before)

    def _note_work(self) -> None:
        self._last_work = time.monotonic()

    def _sweep(self) -> None:
        if self._jobs and gc.get_count()[_OLDEST] >= self._limit():
            gc.collect()

    def _limit(self) -> int:
        """Of the young generations that may gather, while things are as they are."""
        now = time.monotonic()
        if now - self._last_input < HANDS_OFF_SECONDS:
            return _FAR_TOO_MUCH
        is_quiet = now - max(self._last_input, self._last_work) >= QUIET_SECONDS
        return _WORTH_IT if is_quiet and not any(jobs.is_busy() for jobs in self._jobs) else _MUCH
