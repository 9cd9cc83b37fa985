"""A folder of pictures through the network: row after row as it comes, stopped, and written as a table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session.answers import Notice
from explorer.session.jobs import Jobs
from explorer.session.picture_tasks import ClassifyFolder, classify_folder, write_folder_csv
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.running.many_pictures import Classified

OUTDATING = frozenset({"runner", "preprocessing", "folder"})
"""Once one of these is another, rows that are still on their way are of no use."""


class FolderRuns(QObject):
    """Classifies the session's folder for the desk. A run that is stopped leaves the rows that there are."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[Notice], None],
        parent: QObject | None = None,
        *,
        classify: ClassifyFolder = classify_folder,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say, self._classify = session, jobs, say, classify
        self._found: list[Classified] = []
        session.changed.connect(self._stop_outdated)
        jobs.changed.connect(self._show_found)

    @property
    def is_running(self) -> bool:
        """Whether pictures are being classified."""
        return self._jobs.is_busy("folder")

    def run(self) -> None:
        """Classify all pictures, from the first."""
        session = self._session
        runner, folder, preprocessing = session.runner, session.folder, session.preprocessing
        if runner is None or folder is None:
            return
        self._jobs.drop("folder")
        session.put(folder_rows=())
        # A list of each run's own: one that is being stopped may still add to its own.
        found = self._found = []
        self._jobs.start(
            "folder",
            f"running {folder.name}",
            lambda progress, cancelled: self._classify(runner, folder, preprocessing, found, progress, cancelled),
            lambda rows: session.put(folder_rows=tuple(rows)),
            lane="folder",
        )

    def stop(self) -> None:
        """Leave it at the rows there are."""
        self._show_found()
        self._jobs.drop("folder")

    def save_table(self, path: Path) -> None:
        """Write what is there as CSV."""
        rows = self._session.folder_rows
        if not rows:
            return
        self._jobs.start(
            "table",
            f"writing {path.name}",
            lambda progress, cancelled: write_folder_csv(rows, path, progress, cancelled),
            lambda written: self._say(Notice(f"Table written as {written}.", "news")),
            lane="files",
        )

    def _show_found(self, _: object = None) -> None:
        if len(self._found) > len(self._session.folder_rows):
            self._session.put(folder_rows=tuple(self._found))

    def _stop_outdated(self, changed: Collection[str]) -> None:
        if OUTDATING & set(changed):
            self._found = []
            self._jobs.drop("folder")
