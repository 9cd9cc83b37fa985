"""Two saved runs against one another, with no network at hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import measure

if TYPE_CHECKING:
    from explorer.running.reference import Reference

CLEAN_LAYER = 2e-7
"""Relative L2 error of one clean float32 convolution."""

TOLERANCE = 10.0
"""A value matches within this many floors, as in a comparison with a network."""


def compare_saved(ours: Reference, theirs: Reference) -> Comparison:
    """Compare the arrays that both runs recorded under the same name, in our order.

    Nothing can be computed again here, so there is no isolated error, and the floor of a value is an estimate: that of
    one clean layer, which grows as a random walk with the number of arrays before it. The first array that differs is
    the culprit, as all before it agree; of those behind it only a network could tell more than that they inherit.
    """
    rows = []
    has_differed = False
    for number, (key, shape) in enumerate(ours.shapes.items(), start=1):
        if key not in theirs.shapes:
            rows.append(LayerComparison(key, "", shape=shape))
            continue
        other = theirs.shapes[key]
        floor = CLEAN_LAYER * math.sqrt(number)
        if shape != other:
            rows.append(LayerComparison(key, "", key, key, shape, other, verdict="shape"))
            has_differed = True
            continue
        errors = measure(ours.arrays[key], theirs.arrays[key])
        verdict: Verdict = "match"
        if errors.relative_l2 > TOLERANCE * floor:
            verdict = "inherited" if has_differed else "culprit"
            has_differed = True
        rows.append(
            LayerComparison(key, "", key, key, shape, other, cumulative=errors, noise_floor=floor, verdict=verdict)
        )
    unmatched = tuple(key for key in theirs.shapes if key not in ours.shapes)
    return Comparison(ours.path, theirs.path, tuple(rows), unmatched)
