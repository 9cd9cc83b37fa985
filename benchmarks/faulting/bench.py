"""Cases one after the other, what became of each, and why some don't count."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.faulting.cases import Case
from benchmarks.faulting.diagnosing import LONGEST_SECONDS, Diagnose, ask, diagnose_case, time_limit
from benchmarks.faulting.faulty import NoEffectError, NotRecordedError
from benchmarks.faulting.networks import Subject
from benchmarks.faulting.oracles import find_oracles, open_oracle
from benchmarks.faulting.port import NotEligibleError
from benchmarks.faulting.scoring import Judgement


class Bench:
    """Runs cases on their networks and keeps the judgements.

    ``passed_over`` counts what was drawn and does not count: by cause (or ``*pairs`` …), and why.
    """

    def __init__(
        self,
        subjects: Sequence[Subject],
        recording: str,
        seed: int,
        folder: Path,
        *,
        progress: bool = False,
        diagnose: Diagnose | None = None,
        minutes: float = float("inf"),
    ) -> None:
        self.judgements: list[Judgement] = []
        self.passed_over: Counter[tuple[str, str]] = Counter()
        self._subjects = {subject.name: subject for subject in subjects}
        self._recording, self._seed, self._folder, self._progress = recording, seed, folder, progress
        self._diagnose = diagnose or _diagnose()
        self._end = time.monotonic() + 60 * minutes

    @property
    def is_over(self) -> bool:
        """Whether the time for drawing more cases is up."""
        return time.monotonic() > self._end

    def run(self, case: Case) -> bool:
        """Run a case; whether it counts."""
        label = case.picks[0].injection.cause if case.kind == "singles" else f"*{case.kind}"
        try:
            judgement = diagnose_case(
                case, self._subjects[case.network], self._recording, self._seed, self._folder, self._diagnose
            )
        except NotEligibleError:
            self.passed_over[label, "no place"] += 1
            return False
        except NoEffectError:
            self.passed_over[label, "no effect"] += 1
            return False
        except NotRecordedError:
            self.passed_over[label, "not recorded"] += 1
            return False
        self._keep(judgement)
        return True

    def run_some(self, cases: Iterable[Case], wanted: int) -> None:
        """Run cases until as many as are wanted count."""
        count = 0
        for case in cases:
            if count >= wanted or self.is_over:
                return
            count += self.run(case)

    def run_oracles(self) -> None:
        """Right ports that frameworks recorded themselves: nothing may be found."""
        for name, network, weights, reference in find_oracles():
            start = time.perf_counter()
            try:
                port, recorded = open_oracle(network, weights, reference)
                with time_limit(LONGEST_SECONDS):
                    diagnosis = ask(self._diagnose, port, recorded, None)
            except Exception as error:  # noqa: BLE001 - whatever is raised, the case counts as wrong
                text = f"{type(error).__name__}: {error}"[:300]
                self._keep(Judgement(name, "clean", (), error=text, seconds=time.perf_counter() - start))
                continue
            silent = not diagnosis.findings and not diagnosis.unexplained
            said = [f"{finding.layer}: {finding.cause} ({finding.detail})" for finding in diagnosis.findings]
            said += [f"{layer}: unexplained" for layer in diagnosis.unexplained]
            seconds = time.perf_counter() - start
            self._keep(
                Judgement(
                    name,
                    "clean",
                    (),
                    layer=silent,
                    cause=silent,
                    repaired=silent,
                    false_alarms=len(diagnosis.findings),
                    unexplained=len(diagnosis.unexplained),
                    seconds=seconds,
                    said=tuple(said),
                )
            )

    def _keep(self, judgement: Judgement) -> None:
        self.judgements.append(judgement)
        if self._progress:
            marks = "".join(
                letter if getattr(judgement, part) else "·"
                for part, letter in (("layer", "L"), ("cause", "C"), ("repaired", "R"))
            )
            print(
                f"{marks} {judgement.seconds:5.1f} s  {judgement.case}  {judgement.error}", file=sys.stderr, flush=True
            )


def _diagnose() -> Diagnose:
    from explorer.diagnosis.diagnose import diagnose

    return diagnose
