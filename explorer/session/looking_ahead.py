"""The values that a run has left out, computed while the person looks at the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.errors import PortsideError
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.running.activations import Activations


class LookingAhead(QObject):
    """Begins after every run; what fails here is told when somebody asks for the value."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        session.picture_run_changed.connect(lambda run: self._begin("look ahead of the picture", run))
        session.reference_run_changed.connect(lambda run: self._begin("look ahead of the reference", run))

    def _begin(self, kind: str, run: Activations | None) -> None:
        if run is None:
            self._jobs.drop(kind)
            return
        self._jobs.start(
            kind,
            "computing the layers",
            lambda progress, cancelled: look_ahead(run, progress, cancelled),
            lambda _: None,
            lane="look ahead",
            quiet=True,
        )


def look_ahead(run: Activations, progress: Progress, cancelled: IsCancelled) -> None:
    """Compute what ``run`` has left out, where it can be."""
    from explorer.running.memory import give_back

    try:
        run.look_ahead(cancelled)
    except PortsideError:
        return
    give_back()
