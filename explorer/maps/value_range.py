"""Which values the two ends of a colour map stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.running.activations import Array

RangeMode = Literal["layer", "channel", "robust"]

RANGE_WORDS: dict[RangeMode, str] = {
    "layer": "Layer range",
    "channel": "Channel range",
    "robust": "Middle 99 %",
}

ROBUST = (0.5, 99.5)
"""The percentiles at the ends of the robust range."""

SAMPLE = 1 << 16
"""Percentiles are taken of at most about this many values of each array, evenly spread."""


@dataclass(frozen=True, eq=False)
class ValueRange:
    """The values at the low and high end: arrays of one entry, or of one for each channel.

    ``diverging`` says that the range reaches equally far to both sides of zero, which then has a colour of
    its own.
    """

    low: Array
    high: Array
    diverging: bool

    @property
    def per_channel(self) -> bool:
        """Whether each channel has its own range."""
        return self.low.size > 1

    def ends(self, channel: int = 0) -> tuple[float, float]:
        """The range of one channel."""
        index = channel if self.per_channel else 0
        return float(self.low[index]), float(self.high[index])


def value_range(maps: Sequence[Array], mode: RangeMode, *, difference: bool = False) -> ValueRange:
    """The range that all of ``maps`` (each channels × height × width) share; what is not finite is left out.

    Values on both sides of zero, the lesser side at least a twentieth of the other, and every ``difference``
    get a range that is symmetric about zero. A range per channel is shared by the arrays, which must then
    have as many channels.
    """
    lows, highs = zip(*(_ends(values, mode) for values in maps), strict=True) if maps else ((), ())
    lengths = {low.size for low in lows}
    if len(lengths) > 1:
        count = max(lengths)
        lows = tuple(np.pad(low, (0, count - low.size), constant_values=np.inf) for low in lows)
        highs = tuple(np.pad(high, (0, count - high.size), constant_values=-np.inf) for high in highs)
    low = np.min(lows, axis=0) if lows else np.array([np.inf])
    high = np.max(highs, axis=0) if highs else np.array([-np.inf])
    empty = low > high
    low, high = np.where(empty, 0.0, low), np.where(empty, 0.0, high)
    below, above = -float(low.min(initial=0.0)), float(high.max(initial=0.0))
    diverging = difference or (min(below, above) > 0 and min(below, above) >= max(below, above) / 20)
    if diverging:
        high = np.maximum(-low, high)
        low = -high
    return ValueRange(low, high, diverging)


def _ends(values: Array, mode: RangeMode) -> tuple[Array, Array]:
    if values.size == 0:
        return np.array([np.inf]), np.array([-np.inf])
    if mode == "channel":
        flat = values.reshape(values.shape[0], -1)
        low, high = flat.min(axis=1), flat.max(axis=1)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            finite = np.isfinite(flat)
            low = flat.min(axis=1, where=finite, initial=np.inf)
            high = flat.max(axis=1, where=finite, initial=-np.inf)
        return low.astype(np.float64), high.astype(np.float64)
    low, high = values.min(), values.max()
    if mode == "robust" or not (np.isfinite(low) and np.isfinite(high)):
        finite = values[np.isfinite(values)]
        if finite.size == 0:
            return np.array([np.inf]), np.array([-np.inf])
        low, high = finite.min(), finite.max()
        if mode == "robust":
            # An odd step walks through all rows and columns of maps, whose sizes are mostly even.
            low, high = np.percentile(finite[:: finite.size // SAMPLE | 1], ROBUST)
    return np.array([low], np.float64), np.array([high], np.float64)
