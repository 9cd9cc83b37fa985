"""Between the picture panel and the session: picture, preprocessing and classes to the panel, choices to the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session.classes import ClassRow, class_rows
from explorer.session.inputs import input_errors

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.session import Session
    from explorer.ui.picture_panel import PicturePanel

OUTCOME = frozenset({"network", "picture_run", "reference_run", "comparison", "applied", "fed_with", "labels"})
"""Of what is open, what decides over the classes."""


class PictureLink(QObject):
    """Keeps the panel up with the session."""

    def __init__(self, panel: PicturePanel, session: Session, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._panel, self._session = panel, session
        panel.preprocessing_chosen.connect(desk.choose_preset)
        panel.picture_chosen.connect(desk.choose_picture)
        panel.fed_with_chosen.connect(desk.show_fed_with)
        session.changed.connect(self.show_changes)

    def show_changes(self, changed: Collection[str]) -> None:
        """Show what of ``changed`` the panel shows."""
        changed, session, panel = set(changed), self._session, self._panel
        if changed & {"picture", "pictures"}:
            panel.show_picture(session.picture, session.pictures)
        if "preprocessing" in changed:
            panel.show_preprocessing(session.preprocessing)
        if changed & {"picture", "steps"}:
            panel.show_steps(session.steps)
        if changed & OUTCOME:
            self._show_outcome()

    def _show_outcome(self) -> None:
        session = self._session
        runs = (session.picture_run is not None, session.reference_run is not None)
        errors = input_errors(session.picture_run, session.reference_run)
        self._panel.show_inputs(session.fed_with, *runs, errors)
        rows: tuple[ClassRow, ...] = ()
        if session.network is not None:
            rows = class_rows(session.network, session.shown_run, session.labels, session.comparison, session.reference)
        self._panel.show_classes(rows)
