"""The panel of the chosen layer, kept up with the session: what it shows is collected off the window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.session.jobs import Jobs
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.ui.layer_views import LayerPage


class Looking(QObject):
    """Collects a page whenever another layer is chosen, or other values are there; arrays may be read from disk."""

    seen = Signal(object)
    """A :class:`LayerPage`, or None where no layer is chosen."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._looked_at: tuple[object, ...] = ()

    def look(self) -> None:
        """Look at what is chosen now, unless that was looked at last."""
        session = self._session
        key = (
            *(session.network, session.layer, session.shown_run, session.comparison, session.preprocessing),
            *(session.diagnosis, session.applied),
        )
        if self._looked_at and all(new is old for new, old in zip(key, self._looked_at, strict=True)):
            return
        self._looked_at = key
        if session.network is None or session.layer is None:
            self._jobs.drop("look")
            self.seen.emit(None)
            return
        from explorer.ui.layer_views import Sources, layer_page

        sources = Sources(
            session.network,
            session.layer,
            session.fed_with,
            session.preprocessing,
            session.picture_run,
            session.reference_run,
            session.reference,
            session.comparison,
            session.labels,
            () if session.diagnosis is None else session.diagnosis.findings,
            session.applied,
            session.diagnosed.network if session.applied and session.diagnosed is not None else None,
        )
        self._jobs.start(
            "look",
            f"looking at {session.layer}",
            lambda progress, cancelled: layer_page(sources, cancelled),
            self._take_page,
            lane="look",
            quiet=True,
        )

    def _take_page(self, page: LayerPage) -> None:
        self.seen.emit(page)
