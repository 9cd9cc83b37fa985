"""What the entries of one array are like: range, mean, deviation, zeros, and what is not a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.running.activations import Array


@dataclass(frozen=True)
class Statistics:
    """Figures over the finite entries of an array of ``count`` entries.

    ``minimum``, ``maximum``, ``mean`` and ``deviation`` (the population's) are None where no entry is finite;
    ``zeros``, ``nans`` and ``infinities`` are numbers of entries.
    """

    count: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None
    zeros: int
    nans: int
    infinities: int

    @property
    def not_finite(self) -> int:
        """The number of entries that are NaN or infinite."""
        return self.nans + self.infinities


def statistics(array: Array) -> Statistics:
    """Measure a real array of any rank; sums are taken in double precision."""
    entries = np.asarray(array).reshape(-1)
    if entries.dtype.kind not in "fiu":
        entries = entries.astype(np.float32)
    nans = infinities = 0
    # The extremes of an array with a NaN are NaN, so one pass tells whether everything is finite.
    if entries.size and not (np.isfinite(entries.min()) and np.isfinite(entries.max())):
        nans = int(np.count_nonzero(np.isnan(entries)))
        infinities = int(np.count_nonzero(np.isinf(entries)))
        entries = entries[np.isfinite(entries)]
    count = int(np.asarray(array).size)
    if entries.size == 0:
        return Statistics(count, None, None, None, None, 0, nans, infinities)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(entries.mean(dtype=np.float64))
        deviation = float(entries.std(dtype=np.float64))
    zeros = int(entries.size - np.count_nonzero(entries))
    return Statistics(count, float(entries.min()), float(entries.max()), mean, deviation, zeros, nans, infinities)
