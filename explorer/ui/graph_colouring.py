"""Between the session and the graph's colours: the numbers that were asked for, collected by a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.ui.graph_quantities import QUANTITIES

if TYPE_CHECKING:
    from explorer.session.jobs import IsCancelled, Jobs, Progress
    from explorer.session.session import Session
    from explorer.ui.graph_measures import Measure
    from explorer.ui.looks import Looks

KIND = "graph colours"

Collect = Callable[["Progress", "IsCancelled"], "Measure | None"]


class GraphColouring(QObject):
    """Measures again whenever another measure is asked for, or what it is taken from is another."""

    measured = Signal(object, str)
    """A :class:`Measure`, or None for the kinds of operation, and then why not what was asked for."""

    def __init__(self, session: Session, jobs: Jobs, looks: Looks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._looks = session, jobs, looks
        self._taken_from: tuple[object, ...] | None = None
        self._last: tuple[Measure | None, str] = (None, "")
        looks.colouring_changed.connect(self.measure)
        session.changed.connect(self.measure)

    def measure(self) -> None:
        """Collect the numbers, unless that was done; the last ones show until the new ones are there."""
        session, by = self._session, self._looks.colour_by
        source, collect = self._source()
        key = (by, session.network, source)
        if self._taken_from is not None and all(new is old for new, old in zip(key, self._taken_from, strict=True)):
            return
        is_of_another = self._taken_from is None or key[:2] != self._taken_from[:2]
        self._taken_from = key
        self._jobs.drop(KIND)
        if by == "kind" or session.network is None:
            self._tell(None, "")
            return
        quantity = QUANTITIES[by]
        word = quantity.word.capitalize()
        lacking = f"{word}: {quantity.missing}"
        if collect is None:
            self._tell(None, lacking)
            return
        if is_of_another:
            self._tell(None, f"{word}: being measured …")
        self._jobs.start(
            KIND,
            f"measuring {quantity.word}",
            collect,
            lambda found: self._tell(found, "" if found else lacking),
            lane=KIND,
            quiet=True,
        )

    def show_again(self) -> None:
        """Tell once more what was found: the graph is another."""
        self.measured.emit(*self._last)

    def _source(self) -> tuple[object, Collect | None]:
        """What the numbers are taken from, and how; nothing where it is not there."""
        session, by = self._session, self._looks.colour_by
        network, modules = session.network, session.modules
        comparison, timed, run = session.comparison, session.timed, session.shown_run
        if network is None:
            return None, None

        def collect(progress: Progress, cancelled: IsCancelled) -> Measure | None:
            from explorer.ui import graph_measures as measures

            if by == "error":
                return measures.error_measure(comparison)
            if by == "time":
                return measures.time_measure(timed, modules)
            if by == "zeros" and run is not None:
                return measures.zero_measure(network, run, progress, cancelled)
            return measures.parameter_measure(network, modules)

        sources = {"error": comparison, "time": timed, "zeros": run, "parameters": network, "kind": None}
        source = sources[by]
        return source, None if source is None else collect

    def _tell(self, measure: Measure | None, note: str) -> None:
        self._last = (measure, note)
        self.measured.emit(measure, note)
