"""Between the folder's table and the session: pictures and their classes to the table, what is asked to the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.dialogs import Dialogs
    from explorer.ui.folder_table import FolderTable
    from explorer.ui.panels import Panels


class FolderLink(QObject):
    """Keeps the table up with the session, and its dock out of the way while no folder is open."""

    def __init__(
        self,
        table: FolderTable,
        panels: Panels,
        session: Session,
        desk: Desk,
        jobs: Jobs,
        dialogs: Dialogs,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._table, self._panels, self._session, self._desk = table, panels, session, desk
        table.picture_chosen.connect(desk.choose_picture)
        table.run_asked.connect(desk.folder.run)
        table.stop_asked.connect(desk.folder.stop)
        table.export_asked.connect(dialogs.export_table)
        session.changed.connect(self._show_changes)
        jobs.changed.connect(self._show_running)

    def _show_changes(self, changed: Collection[str]) -> None:
        session = self._session
        if "folder" in changed:
            self._table.show_folder(session.folder)
            self._panels.tell("folder", "" if session.folder is None else session.folder.name)
            self._panels.offer("folder", session.folder is not None)
        if {"folder", "folder_rows"} & set(changed):
            self._table.show_results(session.folder_rows)
        if {"folder", "picture"} & set(changed):
            self._table.show_picture(None if session.picture is None else session.picture.path)
        if {"folder", "folder_rows", "runner"} & set(changed):
            self._show_running()

    def _show_running(self, _: object = None) -> None:
        runnable = self._session.runner is not None and self._session.folder is not None
        self._table.show_running(self._desk.folder.is_running, runnable)
