"""Values that a picture can't show by its colour: no numbers, infinities, and what lies beyond the range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array

NAN, HIGHEST, LOWEST, ABOVE, BELOW = 1, 2, 3, 4, 5
"""Kinds of entries: not a number, +∞, −∞, above the range, below it; 0 is any other value."""


@dataclass(frozen=True)
class Outliers:
    """How many entries of some maps are of each kind."""

    nans: int = 0
    infinities: int = 0
    beyond: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.nans + self.infinities + self.beyond


def is_finite(values: Array) -> bool:
    """Whether no entry is NaN or infinite."""
    return not values.size or bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def outliers(maps: Array, span: ValueRange | None = None) -> Outliers:
    """Count those of ``maps``, channels × height × width; without a range none lies beyond it."""
    nans = infinities = beyond = 0
    if not is_finite(maps):
        nans, infinities = int(np.count_nonzero(np.isnan(maps))), int(np.count_nonzero(np.isinf(maps)))
    if span is not None and maps.size:
        low, high = _ends(maps, span)
        beyond = int(np.count_nonzero((maps < low) | (maps > high))) - infinities
    return Outliers(nans, infinities, beyond)


def kinds(maps: Array, span: ValueRange) -> NDArray[np.uint8]:
    """The kind of each entry of ``maps``; ``span`` is that of these channels."""
    low, high = _ends(maps, span)
    found = np.zeros(maps.shape, np.uint8)
    found[maps > high] = ABOVE
    found[maps < low] = BELOW
    found[np.isposinf(maps)] = HIGHEST
    found[np.isneginf(maps)] = LOWEST
    found[np.isnan(maps)] = NAN
    return found


def _ends(maps: Array, span: ValueRange) -> tuple[Array, Array]:
    if not span.per_channel:
        # In the maps' own precision, in which the ends were found: the largest value itself lies within.
        return span.low.astype(maps.dtype), span.high.astype(maps.dtype)
    low, high = span.low[: len(maps), None, None], span.high[: len(maps), None, None]
    return low.astype(maps.dtype), high.astype(maps.dtype)
