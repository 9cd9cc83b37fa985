"""Ours and theirs, layer by layer: errors, noise floors and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from explorer.comparison.alignment import Aligned
    from explorer.comparison.metrics import Errors

Verdict = Literal["match", "inherited", "culprit", "shape", "not compared"]


@dataclass(frozen=True)
class LayerComparison:
    """What the reference says about one layer.

    ``value`` is the name of our value that stands against the reference's array ``reference_key``: for a layer that is
    overwritten in place, the value after the last layer of the ``stretch`` (the layers between the recorded arrays
    around it, this one among them, in order). ``axes`` is how the reference's axes were turned to ours (None: unlike
    shapes).

    ``cumulative`` compares the whole network, run on the reference's input; ``isolated`` the stretch alone, run on the
    reference's own arrays; either is None where the reference does not hold what it needs. Each has the relative L2
    error that rounding alone explains: ``isolated_floor`` in the stretch, ``noise_floor`` in all that was computed up
    to here. ``unlike``: on the reference's own arrays, too, the stretch gives another shape, or can't run.
    ``unusable``: an input of the network that holds infinities or NaN.
    """

    layer: str
    type: str
    value: str | None = None
    reference_key: str | None = None
    shape: tuple[int, ...] | None = None
    reference_shape: tuple[int, ...] | None = None
    axes: tuple[int, ...] | None = None
    stretch: tuple[str, ...] = ()
    cumulative: Errors | None = None
    isolated: Errors | None = None
    isolated_floor: float | None = None
    noise_floor: float | None = None
    unlike: bool = False
    unusable: bool = False
    verdict: Verdict = "not compared"


@dataclass(frozen=True)
class Comparison:
    """All layers in the order of the data, and what found no partner on either side.

    ``aligned`` says for each of our recorded values which array of the reference it stands against, and how that is
    turned.
    """

    model: str
    reference: str
    layers: tuple[LayerComparison, ...]
    unmatched_reference: tuple[str, ...] = ()
    aligned: Aligned = field(default_factory=dict)

    @cached_property
    def layer(self) -> Mapping[str, LayerComparison]:
        """The rows by layer name."""
        return {row.layer: row for row in self.layers}

    @property
    def unmatched_layers(self) -> tuple[str, ...]:
        """The layers that the reference says nothing about."""
        return tuple(row.layer for row in self.layers if row.verdict == "not compared")

    @property
    def first_divergence(self) -> str | None:
        """The first layer that is itself wrong."""
        return next((row.layer for row in self.layers if row.verdict in ("culprit", "shape")), None)

    @property
    def agrees(self) -> bool:
        """Whether anything was compared and all of it matches."""
        verdicts = {row.verdict for row in self.layers}
        return "match" in verdicts and verdicts <= {"match", "not compared"}

    @property
    def largest_relative_l2(self) -> float | None:
        """The largest cumulative error of all layers, isolated ones where the whole network was not run."""
        errors = [row.cumulative or row.isolated for row in self.layers]
        return max((error.relative_l2 for error in errors if error is not None), default=None)
