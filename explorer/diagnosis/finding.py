"""What the diagnosis says: findings, their evidence, and what stays unexplained."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.comparison.comparison import Comparison
from explorer.diagnosis.edit import Edit
from explorer.network.network import Network
from explorer.running.activations import Array


@dataclass(frozen=True)
class RunnerUp:
    """The best explanation by another cause, and the error that it leaves."""

    cause: str
    residual: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """The layer's values in our axes, batch first: as the port computes them, the reference's, and after the edits.

    ``before`` has another shape than the others where the fault changes the shape.
    """

    before: Array
    reference: Array
    after: Array


@dataclass(frozen=True, eq=False)
class Finding:
    """One mistake in one layer.

    Residuals are isolated relative L2 errors of the value ``value`` against the reference's array ``key``:
    ``residual_before`` without this edit, but with the others of the same stretch, and ``residual_after`` with all of
    them. ``indistinguishable`` are other causes that explain this reference as well, and ``decides`` says what would
    tell them apart, or what else the data leave open.
    """

    layer: str
    cause: str
    detail: str
    residual_before: float
    residual_after: float
    noise_floor: float
    runner_up: RunnerUp | None
    indistinguishable: tuple[str, ...]
    decides: str | None
    value: str
    key: str
    edit: Edit
    evidence: Evidence


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Why a port differs. ``comparison`` is of the network as given, ``after`` of the ``repaired`` one.

    ``unexplained`` are layers that are wrong and that no cause explains, each with what can be said of it.
    """

    comparison: Comparison
    findings: tuple[Finding, ...]
    unexplained: dict[str, str]
    repaired: Network | None
    after: Comparison | None
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether the network as given agrees with the reference."""
        return self.comparison.agrees and not self.findings
