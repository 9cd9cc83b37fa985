"""Long work off the window's thread: progress, a cancel that works, answers only to what was asked last."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QThreadPool, QTimer, Signal

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled

Answer = TypeVar("Answer")

Progress = Callable[[int, int, str], None]
"""``progress(done, total, text)``: ``total`` is 0 while nobody knows it, and ``text`` may be empty."""

IsCancelled = Callable[[], bool]

Task = Callable[[Progress, IsCancelled], Answer]
"""Work without Qt: it tells how far it is, and raises ``Cancelled`` soon after ``cancelled()`` is true."""

BETWEEN_REPORTS = 0.03
"""Seconds between two reports of one job: more than the eye sees would only fill the event queue."""

TURN = 0.0005
"""Seconds after which Python in one thread gives way to the window's.

The window needs Python many times in one frame, and each time waits so long for a worker that computes in Python; with
Python's own 5 ms a frame takes a tenth of a second then. Work that changes over ten times as often takes no longer.
"""

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One piece of work under way, as a person reads it; ``total`` is 0 while nobody knows it."""

    number: int
    kind: str
    text: str
    done: int = 0
    total: int = 0
    quiet: bool = False
    stopping: bool = False


@dataclass(frozen=True)
class _Done:
    value: Any


@dataclass(frozen=True)
class _Failed:
    sentence: str


@dataclass(frozen=True)
class _Stopped:
    pass


_Outcome = _Done | _Failed | _Stopped


class Jobs(QObject):
    """Runs tasks, at most one in each lane at a time and in the order in which they came.

    A job carries a generation number. A new job of a kind that ``replaces`` cancels the older ones of its
    kind, and whatever those still answer is dropped. With ``serial`` every job runs at once, in the
    caller's thread.
    """

    changed = Signal(tuple)
    """The jobs under way, oldest first, quiet ones not among them."""
    failed = Signal(str)
    """One sentence."""
    stopped = Signal(str)
    """The text of a job that the person cancelled."""
    idle = Signal()
    """Nothing is under way any more."""

    def __init__(self, parent: QObject | None = None, *, serial: bool = False) -> None:
        super().__init__(parent)
        self._serial = serial
        self._numbers = count(1)
        self._jobs: dict[int, Job] = {}
        self._work: dict[int, _Work] = {}
        self._answers: dict[int, Callable[[Any], None]] = {}
        self._newest: dict[str, int] = {}
        self._dropped: set[int] = set()
        self._lanes: dict[str, QThreadPool] = {}
        self._queue: deque[_Work] = deque()
        self._serving = False
        self._closed = False
        self._post = _Post(self)
        self._post.reported.connect(self._show_progress)
        self._post.ended.connect(self._take_outcome)

    def start(
        self,
        kind: str,
        text: str,
        task: Task[Answer],
        answer: Callable[[Answer], None],
        *,
        lane: str = "network",
        replaces: bool = True,
        quiet: bool = False,
    ) -> int:
        """Begin ``task`` and give its result to ``answer`` in the window's thread; returns the job's number.

        ``text`` says what is done (``running cat.jpg``). A task that raises :class:`PortsideError` becomes
        one sentence of ``failed``; any other exception does too, with its traceback in the log.
        """
        number = next(self._numbers)
        if self._closed:
            return number
        if replaces:
            self.drop(kind)
        self._newest[kind] = number
        self._jobs[number] = Job(number, kind, text, quiet=quiet)
        self._answers[number] = answer
        work = self._work[number] = _Work(number, text, task, self._post, every_report=self._serial)
        self._tell()
        if self._serial:
            self._queue.append(work)
            self._serve()
        else:
            # Not as a QRunnable, to which PySide's pool holds on for ever, and so to all that its task knows.
            self._lane(lane).start(work.run)
        return number

    def drop(self, *kinds: str) -> None:
        """Cancel the jobs of these kinds, silently: they would answer about something that is gone."""
        for number, job in list(self._jobs.items()):
            if job.kind in kinds:
                self._dropped.add(number)
                self._stop(number)

    def cancel(self) -> None:
        """Cancel all jobs that the person sees."""
        for number, job in list(self._jobs.items()):
            if not job.quiet:
                self._stop(number)
        self._tell()

    def is_busy(self, *kinds: str) -> bool:
        """Whether a job is under way (of these kinds, where any are given) whose answer is still wanted."""
        wanted = (job for number, job in self._jobs.items() if number not in self._dropped)
        return any(not kinds or job.kind in kinds for job in wanted)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of all that is under way, also of what is being stopped."""
        return frozenset(job.kind for job in self._jobs.values())

    @property
    def shown(self) -> tuple[Job, ...]:
        """The jobs that a person is told about, oldest first."""
        wanted = (job for number, job in self._jobs.items() if number not in self._dropped)
        return tuple(job for job in wanted if not job.quiet)

    def close(self) -> None:
        """Cancel everything, wait until every thread has come back, and take no more work."""
        self._closed = True
        for number in list(self._jobs):
            self._dropped.add(number)
            self._stop(number)
        for pool in self._lanes.values():
            pool.waitForDone()

    def wait_until_idle(self, milliseconds: int) -> bool:
        """Go on serving the window's events until nothing is under way; false when that takes longer."""
        end = QDeadlineTimer(milliseconds)
        # Whoever is told that nothing is under way may begin with something.
        while self._jobs and not end.hasExpired():
            loop = QEventLoop()
            self.idle.connect(loop.quit)
            QTimer.singleShot(end.remainingTime(), loop, loop.quit)
            loop.exec()
        return not self._jobs

    def _lane(self, name: str) -> QThreadPool:
        if name not in self._lanes:
            sys.setswitchinterval(min(sys.getswitchinterval(), TURN))
            pool = QThreadPool(self)
            pool.setMaxThreadCount(1)
            self._lanes[name] = pool
        return self._lanes[name]

    def _serve(self) -> None:
        if self._serving:
            return
        self._serving = True
        try:
            while self._queue:
                self._queue.popleft().run()
        finally:
            self._serving = False

    def _stop(self, number: int) -> None:
        self._work[number].cancelled.set()
        self._jobs[number] = replace(self._jobs[number], stopping=True)

    def _tell(self) -> None:
        self.changed.emit(self.shown)

    def _show_progress(self, number: int, done: int, total: int, text: str) -> None:
        job = self._jobs.get(number)
        if job is not None:
            self._jobs[number] = replace(job, done=done, total=total, text=text or job.text)
            self._tell()

    def _take_outcome(self, number: int, outcome: _Outcome) -> None:
        job = self._jobs.pop(number)
        answer = self._answers.pop(number)
        del self._work[number]
        dropped = number in self._dropped
        self._dropped.discard(number)
        self._tell()
        try:
            if not dropped and not self._closed:
                self._deliver(job, outcome, answer)
        finally:
            if not self._jobs:
                self.idle.emit()

    def _deliver(self, job: Job, outcome: _Outcome, answer: Callable[[Any], None]) -> None:
        if isinstance(outcome, _Failed):
            self.failed.emit(outcome.sentence)
        elif isinstance(outcome, _Stopped) or job.stopping:
            if not job.quiet:
                self.stopped.emit(job.text)
        else:
            answer(outcome.value)


def sentence(error: Exception) -> str:
    """What a person is told of ``error``: one line, with the file's name in place of its whole path."""
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if not isinstance(error, PortsideError):
        told = PortsideError(f"{type(error).__name__}: {error}")
        return f"Portside itself went wrong ({told}); the log has the details"
    file = None if error.file is None else Path(error.file).name or str(error.file)
    return str(PortsideError(error.reason, file=file, layer=error.layer))


class _Post(QObject):
    # Signals sent in a worker's thread arrive in the thread of this object: the window's.
    reported = Signal(int, int, int, str)
    ended = Signal(int, object)


class _Work:
    def __init__(self, number: int, text: str, task: Task[Any], post: _Post, *, every_report: bool) -> None:
        self.cancelled = threading.Event()
        self._number = number
        self._text = text
        self._task = task
        self._post = post
        self._pause = 0.0 if every_report else BETWEEN_REPORTS
        self._last_report = 0.0

    def run(self) -> None:
        """In the worker's thread."""
        outcome: _Outcome
        try:
            if self.cancelled.is_set():
                raise Cancelled
            outcome = _Done(self._task(self._report, self.cancelled.is_set))
        except Cancelled:
            outcome = _Stopped()
        except PortsideError as error:
            outcome = _Failed(sentence(error))
        except Exception as error:
            LOG.exception("%s: unexpected", self._text)
            outcome = _Failed(sentence(error))
        self._post.ended.emit(self._number, outcome)

    def _report(self, done: int, total: int, text: str = "") -> None:
        now = time.monotonic()
        if now - self._last_report >= self._pause or done == total:
            self._last_report = now
            self._post.reported.emit(self._number, done, total, text)
