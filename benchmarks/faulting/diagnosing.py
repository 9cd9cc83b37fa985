"""One case from the wrong port to the judgement, with a limit on its time."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.faulting.cases import Case
from benchmarks.faulting.faulty import Faulty, carry_out
from benchmarks.faulting.networks import Subject
from benchmarks.faulting.recording import make_reference
from benchmarks.faulting.running import THREADS, Array
from benchmarks.faulting.scoring import TOLERANCE, Judgement, judge, worst_distance
from explorer.network.network import Network
from explorer.running.reference import Reference
from explorer.running.runner import Runner

LONGEST_SECONDS = 60

Diagnose = Callable[..., Any]


class TooSlowError(Exception):
    """A case took longer than a minute."""


def diagnose_case(
    case: Case, subject: Subject, recording: str, seed: int, folder: Path, diagnose: Diagnose
) -> Judgement:
    """Make the port wrong, let it be diagnosed, judge.

    :raises NotEligibleError, NoEffectError, NotRecordedError: when there is nothing to be found.
    """
    with tempfile.TemporaryDirectory(dir=folder) as own:
        # Weights may stay in the file until they are read: it is kept as long as the case lasts.
        faulty = carry_out(case, subject, recording, seed, Path(own))
        return _diagnosed(case, faulty, subject, recording, diagnose)


def _diagnosed(case: Case, faulty: Faulty, subject: Subject, recording: str, diagnose: Diagnose) -> Judgement:
    judgement = Judgement(
        case.name,
        case.kind,
        tuple(sorted({truth.cause for truth in faulty.truths})),
        truth=tuple(
            f"{'/'.join('|'.join(sorted(each)) for each in truth.layers)}: {truth.detail}" for truth in faulty.truths
        ),
    )
    start = time.perf_counter()
    try:
        with time_limit(LONGEST_SECONDS):
            diagnosis = ask(diagnose, faulty.network, make_reference(subject, recording), _picture(case, faulty))
        seconds = time.perf_counter() - start
        return _judged(judgement, case, faulty, diagnosis, subject, recording, seconds)
    except Exception as error:  # noqa: BLE001 - whatever a diagnosis raises, the case counts as wrong
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f" ({Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno})" if where is not None else ""
        seconds = time.perf_counter() - start
        return replace(judgement, error=f"{type(error).__name__}: {error}{place}"[:300], seconds=seconds)


def ask(diagnose: Diagnose, network: Network, reference: Reference, picture: Array | None) -> Any:
    """The one place that knows how a diagnosis is asked for. ``picture``: H×W×3 pixels, or None to give none."""
    runner = Runner(network, "cpu", threads=THREADS)
    return diagnose(runner, reference, picture=picture)


def _picture(case: Case, faulty: Faulty) -> Array | None:
    """The picture is given where layer 0 is at fault; everything else is found without it."""
    return faulty.pixels if concerns_input(case) else None


def concerns_input(case: Case) -> bool:
    """Whether one of the faults lies in the way from the picture to the tensor."""
    return any(
        pick.injection.cause.startswith("input-") and "kernels" not in pick.injection.variant for pick in case.picks
    )


def _judged(
    judgement: Judgement,
    case: Case,
    faulty: Faulty,
    diagnosis: Any,
    subject: Subject,
    recording: str,
    seconds: float,
) -> Judgement:
    worst = None
    if diagnosis.repaired is not None:
        worst = worst_distance(diagnosis.repaired, subject, recording, _picture(case, faulty))
    elif not faulty.truths:
        worst = 0.0
    repaired = worst is not None and worst <= TOLERANCE
    parts = judge(faulty.truths, diagnosis, repaired=repaired)
    said = [
        f"{finding.layer}: {finding.cause} ({finding.detail})"
        + (f" or {', '.join(finding.indistinguishable)}" if finding.indistinguishable else "")
        for finding in diagnosis.findings
    ]
    left = diagnosis.unexplained
    told = left.items() if isinstance(left, dict) else [(name, "") for name in left]
    said += [f"{name}: unexplained {text}".strip() for name, text in told]
    return replace(
        judgement, repaired=repaired, worst=worst, unexplained=len(left), seconds=seconds, said=tuple(said), **parts
    )


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise :class:`TooSlowError` in the middle of what takes longer."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
