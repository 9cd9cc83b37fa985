"""The files of what is open, watched: one that is written again, replaced or touched is told once it is whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.remembered import Stamp
from explorer.session.reopening import stamp_of
from explorer.session.session import Session
from explorer.session.session_files import open_files_of

SETTLING = 400
"""Milliseconds in which a file that is still being written becomes another; it is told when it stays as it is."""

FOLLOWED = frozenset({"network", "path", "weights", "diagnosed", "reference", "picture"})
"""Of what is open, what comes from files."""

Stamps = Mapping[Path, Stamp | None]


class Watching(QObject):
    """Knows how each file was when it was opened, and how it is now.

    The system tells of changes to files and, since editors put another file in the place of theirs, to folders. Where
    it can't, on a network's disks, :meth:`look` finds the same out when it is asked to, as when the window becomes
    active. A file that is gone is told when it is back: whoever replaces one may remove it first.
    """

    changed = Signal(tuple)
    """Paths of files that are others than those that were opened, each state of them once."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._read: dict[Path, object] = {}
        self._opened: dict[Path, Stamp] = {}
        self._told: dict[Path, Stamp] = {}
        self._seen: dict[Path, Stamp] = {}
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=SETTLING)
        self._watcher.fileChanged.connect(self._look_soon)
        self._watcher.directoryChanged.connect(self._look_soon)
        self._timer.timeout.connect(self.look)
        session.changed.connect(self._follow)

    @property
    def stamps(self) -> Mapping[Path, Stamp]:
        """How each file was when it was opened."""
        return self._opened

    def look(self) -> None:
        """Find out which files are others by now."""
        if self._read:
            self._stat(list(self._read), self._take_look)

    def _follow(self, changed: Collection[str]) -> None:
        if not FOLLOWED & {*changed}:
            return
        now = dict(open_files_of(self._session))
        fresh = [path for path, part in now.items() if self._read.get(path) is not part]
        for known in (self._opened, self._told, self._seen):
            for path in [path for path in known if path not in now or path in fresh]:
                del known[path]
        self._read = now
        self._watch()
        if fresh:
            self._stat(fresh, self._take_opened)

    def _stat(self, paths: list[Path], answer: Callable[[Stamps], None]) -> None:
        def task(progress: Progress, cancelled: IsCancelled) -> Stamps:
            return {path: stamp_of(path) for path in paths}

        self._jobs.start("watch", "looking at files", task, answer, lane="watch", replaces=False, quiet=True)

    def _take_opened(self, stamps: Stamps) -> None:
        for path, stamp in stamps.items():
            if stamp is not None and path in self._read:
                self._opened.setdefault(path, stamp)

    def _take_look(self, stamps: Stamps) -> None:
        found: list[Path] = []
        for path, stamp in stamps.items():
            opened = self._opened.get(path)
            if opened is None or stamp is None or stamp in (opened, self._told.get(path)):
                self._seen.pop(path, None)
            elif self._seen.get(path) != stamp:
                self._seen[path] = stamp
            else:
                found.append(path)
                self._told[path] = self._seen.pop(path)
        if self._seen:
            self._timer.start()
        if found:
            self.changed.emit(tuple(found))

    def _look_soon(self, _: str) -> None:
        self._timer.start()
        # A file that was replaced is another one, and no longer watched.
        self._watch()

    def _watch(self) -> None:
        files = {str(path) for path in self._read}
        wanted = files | {str(path.parent) for path in self._read}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        gone = watched - wanted
        if gone:
            self._watcher.removePaths(sorted(gone))
        there = [path for path in sorted(wanted - watched) if Path(path).exists()]
        if there:
            self._watcher.addPaths(there)
