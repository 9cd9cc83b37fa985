"""The picture's tensor beside the reference's own input: looked at whenever one of them is another."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject

from explorer.session.inputs import InputPair, pair_inputs
from explorer.session.jobs import Jobs
from explorer.session.session import Session

DECIDING = frozenset({"picture_run", "reference_run", "preprocessing"})


class InputPairs(QObject):
    """Keeps the pair up with the runs, in a worker."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        session.changed.connect(self._follow)

    def _follow(self, changed: Collection[str]) -> None:
        if not DECIDING & set(changed):
            return
        session = self._session
        ours, theirs, preprocessing = session.picture_run, session.reference_run, session.preprocessing
        self._jobs.drop("inputs")
        if theirs is None:
            return

        def take(pair: InputPair | None) -> None:
            session.put(input_pair=pair)

        self._jobs.start(
            "inputs",
            "comparing the inputs",
            lambda progress, cancelled: pair_inputs(ours, theirs, preprocessing, progress, cancelled),
            take,
            lane="prepare",
            quiet=True,
        )
