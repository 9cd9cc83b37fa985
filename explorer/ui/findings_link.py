"""Between the findings panel and the session: what is found to the panel, what is asked for to the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.ui.finding_text import panel_text, summary_text
from explorer.ui.theme import GRID

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.dialogs import Dialogs
    from explorer.ui.findings_panel import FindingsPanel
    from explorer.ui.panels import Panels

WORDS_HEIGHT = 17 * GRID
"""What the panel needs while it has no cards."""


class FindingsLink(QObject):
    """Keeps the panel up with the session, and its dock as high as what is in it needs."""

    def __init__(
        self,
        panel: FindingsPanel,
        panels: Panels,
        session: Session,
        desk: Desk,
        jobs: Jobs,
        dialogs: Dialogs,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel, self._panels, self._session, self._jobs = panel, panels, session, jobs
        self._was_told: bool | None = None
        panel.layer_chosen.connect(desk.choose_layer)
        panel.apply_asked.connect(desk.repairs.apply)
        panel.undo_asked.connect(desk.repairs.take_back)
        panel.diagnose_asked.connect(desk.repairs.diagnose)
        panel.reference_asked.connect(dialogs.open_reference)
        panel.save_asked.connect(dialogs.save_onnx)
        panel.report_asked.connect(dialogs.export_report)
        session.layer_changed.connect(panel.show_layer)
        session.changed.connect(self._show_changes)
        jobs.changed.connect(self._show_text)
        self._show_text()

    def _show_changes(self, changed: Collection[str]) -> None:
        session = self._session
        if "diagnosis" in changed:
            network = None if session.diagnosed is None else session.diagnosed.network
            inputs = () if network is None else [layer.name for layer in network.layers if not layer.nodes]
            self._panel.show_diagnosis(session.diagnosis, inputs)
            self._panel.show_layer(session.layer)
        if {"diagnosis", "applied"} & set(changed):
            self._panel.show_applied(session.applied)
        self._show_text()

    def _show_text(self, _: object = None) -> None:
        session = self._session
        text = panel_text(
            has_reference=session.reference is not None,
            is_diagnosing=self._jobs.is_busy("diagnose"),
            comparison=session.comparison,
            diagnosis=session.diagnosis,
        )
        self._panel.show_text(text)
        summary = summary_text(session.diagnosis, session.applied, is_unsaved=session.is_unsaved)
        self._panels.tell("findings", summary)
        is_told = text.stage == "told"
        if is_told != self._was_told and session.network is not None:
            self._was_told = is_told
            self._panels.share_right(None if is_told else WORDS_HEIGHT)
