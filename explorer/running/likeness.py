"""How far two runs of the same are apart."""

from __future__ import annotations

import numpy as np

from explorer.running.activations import Array

FLOORS = 10
"""By how many noise floors a picture among others may differ from itself alone, as in the verdicts on layers."""


def relative_distance(ours: Array, theirs: Array) -> float:
    """The relative L2 distance; equal infinities and NaN in equal places are no distance."""
    if ours.shape != theirs.shape:
        return float("inf")
    if np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f"):
        return 0.0
    distance = float(np.linalg.norm(np.subtract(ours, theirs, dtype=np.float64)))
    size = float(np.linalg.norm(np.asarray(theirs, np.float64)))
    return distance / size if size > 0 and np.isfinite(distance) else float("inf")
