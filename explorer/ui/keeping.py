"""One window, kept: what is open in it as a record, and which files it is at work on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

from explorer.session.answers import Notice, Offer
from explorer.session.remembered import Remembered
from explorer.session.session_files import chosen_files, remember
from explorer.session.watching import Watching

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.layouts import Layouts
    from explorer.ui.main_window import MainWindow
    from explorer.ui.sight_link import SightLink

HARMLESS = frozenset({"warm up", "providers", "watch", "recent", "keep"})
"""Kinds of work that touch no file that was opened."""

AFTERWARDS = 1000
"""Milliseconds without work after which the files of a window have done no harm: by then all of it was painted."""

Mark = Callable[[Sequence[Path], bool], None]
"""Notes the files down, and whether the example is worked on; neither: nothing is."""


class Keeping(QObject):
    """Tells when there is something new to keep, and marks the files that are worked on while they are."""

    changed = Signal()
    """There is something new to keep."""
    touched = Signal()
    """What is open is another."""
    activated = Signal()
    """The person has come to this window."""

    def __init__(
        self,
        window: MainWindow,
        session: Session,
        jobs: Jobs,
        desk: Desk,
        sight: SightLink,
        layouts: Layouts,
        *,
        passing: Path,
        mark: Mark,
    ) -> None:
        super().__init__(window)
        self._session, self._jobs, self._desk = session, jobs, desk
        self._sight, self._layouts, self._passing, self._mark = sight, layouts, passing, mark
        self._opening: tuple[Path, ...] = ()
        self._before: Remembered | None = None
        self.watching = Watching(session, jobs, self)
        self._harmless = QTimer(self, singleShot=True, interval=AFTERWARDS)
        self._harmless.timeout.connect(lambda: mark((), False))
        window.installEventFilter(self)
        session.changed.connect(self._take_change)
        sight.changed.connect(self.changed)
        desk.opening.connect(self._take_opening)
        desk.restoring.taking.connect(sight.expect)
        jobs.changed.connect(self._mark_files)
        jobs.idle.connect(self._forget_before)
        self.watching.changed.connect(self._tell)

    def record(self) -> Remembered:
        """The window as it is; one that is about to be restored is what it will be."""
        if self._before is not None:
            return self._before
        return remember(
            self._session,
            self.watching.stamps,
            passing=self._passing,
            sight=self._sight.sight,
            layout=self._layouts.layout,
        )

    def expect(self, record: Remembered) -> None:
        """The window is about to be what ``record`` says."""
        self._before = record

    def end(self) -> None:
        """The window closes as it should."""
        self._harmless.stop()
        self._mark((), False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self.watching.look()
            self.activated.emit()
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.changed.emit()
        return False

    def _take_change(self, changed: Collection[str]) -> None:
        if {*changed} - {"providers"}:
            self._before = None
            self.touched.emit()
            self.changed.emit()

    def _forget_before(self) -> None:
        self._before = None

    def _take_opening(self, paths: list[Path]) -> None:
        self._opening = (*self._opening, *paths) if "open" in self._jobs.kinds else tuple(paths)

    def _mark_files(self, _: object = None) -> None:
        kinds = self._jobs.kinds - HARMLESS
        if not kinds:
            self._harmless.start()
            return
        self._harmless.stop()
        opening = self._opening if "open" in kinds else ()
        rest = chosen_files(self._session) if kinds - {"open"} else ()
        files = dict.fromkeys((*opening, *rest))
        own = tuple(file for file in files if not file.is_relative_to(self._passing))
        self._mark(own, len(own) < len(files))

    def _tell(self, paths: Sequence[Path]) -> None:
        names = [path.name for path in paths]
        text = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        verb = "has" if len(names) == 1 else "have"
        self._desk.said.emit(Notice(f"{text} {verb} changed on disk.", "news", Offer("Reload", "reload")))
