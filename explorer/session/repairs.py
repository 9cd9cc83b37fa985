"""Why the network differs, and the network without its mistakes: asked for, done, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session import tasks
from explorer.session.answers import Corrected, Notice, Port
from explorer.session.inputs import ROUNDING, input_errors
from explorer.session.jobs import Jobs
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.diagnosis.finding import Diagnosis, Finding
    from explorer.running.images import Picture

Say = Callable[[Notice], None]
Findings = tuple["Finding", ...]


class Repairs(QObject):
    """Diagnoses for the desk, and puts corrections into the network on screen or takes them out again.

    A correction is never made to the network that was opened: the one on screen is a copy of it with the
    corrections of ``session.applied``, in the diagnosis's order.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Say,
        parent: QObject | None = None,
        *,
        corrected: Callable[[], None],
        diagnose: tasks.DiagnosePort = tasks.diagnose_port,
        correct: tasks.CorrectPort = tasks.correct_port,
        write_report: tasks.WriteReport = tasks.write_report_as,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say = session, jobs, say
        self._corrected = corrected
        self._diagnose, self._correct, self._write_report = diagnose, correct, write_report
        self._wanted: Findings = ()
        self._undone: list[Findings] = []
        self._done: list[Findings] = []
        self._given: Picture | None = None
        self._picture: Picture | None = None
        session.diagnosis_changed.connect(self._forget_steps)

    def diagnose(self) -> None:
        """Find out why the network as it was opened differs from the reference."""
        session = self._session
        port, reference = self._port(), session.reference
        if port is None or reference is None:
            return
        picture = self._given = self._references_picture()
        self._jobs.drop("correct")
        self._jobs.start(
            "diagnose",
            f"diagnosing against {Path(reference.path).name}",
            lambda progress, cancelled: self._diagnose(port, reference, picture, progress, cancelled),
            lambda diagnosis: self._take_diagnosis(diagnosis, port, picture),
            lane="diagnosis",
        )

    @property
    def is_looking_at_input(self) -> bool:
        """Whether a diagnosis is under way that looks at how the picture becomes the input."""
        return self._given is not None and self._jobs.is_busy("diagnose")

    def apply(self, findings: Iterable[Finding]) -> None:
        """Correct what these findings say, beside what is corrected already."""
        self._ask({*self._asked(), *findings})

    def apply_all(self) -> None:
        """Correct everything that was found."""
        if self._session.diagnosis is not None:
            self._ask(self._session.diagnosis.findings)

    def take_back(self, findings: Iterable[Finding]) -> None:
        """Leave out the corrections of these findings again."""
        self._ask({*self._asked()} - {*findings})

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._undone)

    def undo(self) -> None:
        """Go back to what was applied before the last step."""
        if self._done:
            self._go(self._done[-1], self._done[:-1], [*self._undone, self._session.applied])

    def redo(self) -> None:
        """Take the step again that was taken back last."""
        if self._undone:
            self._go(self._undone[-1], [*self._done, self._session.applied], self._undone[:-1])

    def save_report(self, path: Path) -> None:
        """Write the diagnosis as a page to read or to print."""
        session = self._session
        diagnosis, reference = session.diagnosis, session.reference
        if diagnosis is None or reference is None:
            return
        model = diagnosis.comparison.model if session.path is None else str(session.path)
        self._jobs.start(
            "report",
            f"writing {path.name}",
            lambda progress, cancelled: self._write_report(diagnosis, path, model, reference.path, progress, cancelled),
            lambda written: self._say(Notice(f"Report written as {written}.", "news")),
            lane="files",
        )

    def _port(self) -> Port | None:
        session = self._session
        if session.diagnosed is not None:
            return session.diagnosed
        if session.network is None or session.runner is None:
            return None
        return Port(session.network, session.modules, session.runner, session.preprocessing)

    def _references_picture(self) -> Picture | None:
        """The picture, where it became another tensor than the reference's: then its preparation is a suspect."""
        session = self._session
        if session.applied:
            return self._picture
        errors = input_errors(session.picture_run, session.reference_run)
        return None if errors is None or errors.relative_l2 <= ROUNDING else session.picture

    def _take_diagnosis(self, diagnosis: Diagnosis, port: Port, picture: Picture | None) -> None:
        self._session.put(diagnosis=diagnosis, diagnosed=port)
        found = {finding.layer for finding in diagnosis.findings}
        inputs = {layer.name for layer in port.network.layers if not layer.nodes}
        self._picture = picture if found & inputs else None
        if self._picture is not None or port.network is not self._session.network:
            # The input is then compared as well; and what was corrected before is of an older diagnosis.
            self._start((), [], [])

    def _asked(self) -> Findings:
        return self._wanted if self._jobs.is_busy("correct") else self._session.applied

    def _ask(self, findings: Collection[Finding]) -> None:
        diagnosis = self._session.diagnosis
        if diagnosis is None:
            return
        wanted = tuple(finding for finding in diagnosis.findings if finding in findings)
        if wanted != self._asked():
            self._start(wanted, [*self._done, self._session.applied], [])

    def _go(self, wanted: Findings, done: list[Findings], undone: list[Findings]) -> None:
        if not self._jobs.is_busy("correct"):
            self._start(wanted, done, undone)

    def _start(self, wanted: Findings, done: list[Findings], undone: list[Findings]) -> None:
        port, reference, picture = self._session.diagnosed, self._session.reference, self._picture
        if port is None or reference is None:
            return
        self._wanted = wanted
        count = len(wanted)
        text = f"applying {count} correction{'' if count == 1 else 's'}" if count else "comparing without corrections"
        self._jobs.start(
            "correct",
            text,
            lambda progress, cancelled: self._correct(port, wanted, reference, picture, progress, cancelled),
            lambda corrected: self._take_corrected(corrected, wanted, done, undone),
        )

    def _take_corrected(
        self, corrected: Corrected, applied: Findings, done: list[Findings], undone: list[Findings]
    ) -> None:
        session, port, compared = self._session, corrected.port, corrected.compared
        self._done, self._undone = done, undone
        # What was asked of the other network meanwhile.
        self._jobs.drop("compare", "run")
        session.put(
            network=port.network,
            path=session.path,
            weights=session.weights,
            modules=port.modules,
            runner=port.runner,
            preprocessing=session.preprocessing if self._picture is None else port.preprocessing,
            labels=compared.labels,
            comparison=compared.comparison,
            reference_run=compared.activations,
            fed_with="picture" if compared.activations is None else "tensor",
            diagnosis=session.diagnosis,
            diagnosed=session.diagnosed,
            applied=applied,
            is_unsaved=bool(applied),
            layer=session.layer,
        )
        self._corrected()

    def _forget_steps(self, diagnosis: object) -> None:
        self._done, self._undone = [], []
        self._jobs.drop("correct")
