"""What a diagnosis said against what was done: layer, cause, repair, false alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from benchmarks.faulting import running
from benchmarks.faulting.fault import Truth
from benchmarks.faulting.networks import Subject
from benchmarks.faulting.recording import recorded_values
from benchmarks.faulting.running import Array
from explorer.network.network import Network
from explorer.running.runner import feed_picture

TOLERANCE = 10.0
"""A repaired network is right where it is within this many times of what rounding does."""


class SaidFinding(Protocol):
    """As much of a finding as is judged."""

    @property
    def layer(self) -> str: ...
    @property
    def cause(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def indistinguishable(self) -> tuple[str, ...]: ...


class SaidDiagnosis(Protocol):
    """As much of a diagnosis as is judged."""

    @property
    def findings(self) -> Sequence[SaidFinding]: ...
    @property
    def unexplained(self) -> Any: ...
    @property
    def repaired(self) -> Network | None: ...


@dataclass(frozen=True)
class Unit:
    """One layer that has to be named, the names that will do, and the causes that will do."""

    layers: frozenset[str]
    causes: frozenset[str]


@dataclass(frozen=True)
class Judgement:
    """How one case went. ``tied``: right only as one of several causes that can't be told apart."""

    case: str
    kind: str
    causes: tuple[str, ...]
    layer: bool = False
    cause: bool = False
    tied: bool = False
    repaired: bool = False
    worst: float | None = None
    false_alarms: int = 0
    unexplained: int = 0
    seconds: float = 0.0
    truth: tuple[str, ...] = ()
    said: tuple[str, ...] = field(default_factory=tuple)
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the JSON file."""
        return asdict(self)

    @property
    def right(self) -> bool:
        """Whether everything is."""
        return self.layer and self.cause and self.repaired and not self.error


def units(truths: Sequence[Truth]) -> list[Unit]:
    """One for each layer that the truths change."""
    return [Unit(layers, truth.causes) for truth in truths for layers in truth.layers]


def judge(truths: Sequence[Truth], diagnosis: SaidDiagnosis, *, repaired: bool) -> dict[str, Any]:
    """Which parts of a Judgement the findings decide.

    A layer is right when every changed layer is named and no other. Causes are right when findings and truths can be
    matched one to one, every finding's cause, or one it can't tell from it, the truth's; a cause that stands only
    among those that can't be told apart counts where the repaired network proves that they truly can't. An exchange
    of weights may be told in one finding that names its other layers.
    """
    wanted, findings = units(truths), list(diagnosis.findings)
    if not wanted:
        silent = not findings and not diagnosis.unexplained
        return {"layer": silent, "cause": silent, "false_alarms": len(findings)}
    strays = [finding for finding in findings if not any(_names(finding, unit) for unit in wanted)]
    layer = not strays and all(any(_names(finding, unit) for finding in findings) for unit in wanted)
    plain = _match(wanted, findings, ties=False)
    tied = not plain and repaired and _match(wanted, findings, ties=True)
    return {"layer": layer, "cause": layer and (plain or tied), "tied": layer and tied, "false_alarms": len(strays)}


def _names(finding: SaidFinding, unit: Unit) -> bool:
    if finding.layer in unit.layers:
        return True
    return finding.cause == "weights-exchanged" and any(f"{name}" in finding.detail for name in unit.layers)


def _explains(finding: SaidFinding, unit: Unit, *, ties: bool) -> bool:
    causes = {finding.cause, *(finding.indistinguishable if ties else ())}
    return _names(finding, unit) and bool(causes & unit.causes)


def _match(wanted: Sequence[Unit], findings: Sequence[SaidFinding], *, ties: bool) -> bool:
    """Whether every unit has a finding of its own that explains it, and every finding explains a unit."""
    if not all(any(_explains(finding, unit, ties=ties) for unit in wanted) for finding in findings):
        return False
    owner: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for number, finding in enumerate(findings):
            if number in tried or not _explains(finding, wanted[index], ties=ties):
                continue
            tried.add(number)
            shared = finding.cause == "weights-exchanged"
            if number not in owner or shared or place(owner[number], tried):
                owner[number] = index
                return True
        return False

    return all(place(index, set()) for index in range(len(wanted)))


def worst_distance(repaired: Network, subject: Subject, recording: str, pixels: Array | None = None) -> float:
    """The largest distance of a repaired network from what was recorded, in floors, by plain onnxruntime.

    ``pixels``: begin with the picture, as layer 0 was at fault. A record that the repaired network has no more is
    passed over unless it is an output's.
    """
    inputs: Mapping[str, Array] = subject.inputs if pixels is None else feed_picture(repaired, pixels)
    values = running.run_plain(repaired, inputs)
    now = recorded_values(repaired, recording)
    outputs = {value.name for value in subject.network.outputs}
    worst = 0.0
    for key, before in recorded_values(subject.network, recording).items():
        if pixels is not None and before in subject.inputs:
            continue
        after = values.get(now.get(key, ""), values.get(before))
        if after is None:
            if before in outputs:
                return float("inf")
            continue
        worst = max(worst, running.distance(after, subject.values[before]) / subject.whole_floors[before])
    return worst
