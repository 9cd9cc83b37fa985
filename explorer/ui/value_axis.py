"""Where a value stands on an axis of a given span, linear or logarithmic. Without Qt."""

from __future__ import annotations

import math

ERROR_LOW, ERROR_HIGH = 1e-8, 1.0
"""The span of the error bars: from below the rounding of float32 to as wrong as can be."""


def log_fraction(value: float, low: float = ERROR_LOW, high: float = ERROR_HIGH) -> float:
    """Where ``value`` stands from ``low`` (0) to ``high`` (1) on a logarithmic axis; beyond, at the end."""
    if math.isnan(value):
        return 1.0
    if value <= low:
        return 0.0
    if value >= high:
        return 1.0
    return math.log(value / low) / math.log(high / low)


def decades(low: float = ERROR_LOW, high: float = ERROR_HIGH, every: int = 2) -> list[float]:
    """The powers of ten from ``low`` to ``high``, one in ``every``."""
    first, last = round(math.log10(low)), round(math.log10(high))
    return [10.0**exponent for exponent in range(first, last + 1, every)]


def linear_fraction(value: float, low: float, high: float) -> float:
    """Where ``value`` stands from ``low`` (0) to ``high`` (1); beyond, at the end; 0 where they meet."""
    if math.isnan(value) or high <= low:
        return 0.0
    # Halved, so that the width of a span of very large values does not overflow.
    return min(max((value / 2 - low / 2) / (high / 2 - low / 2), 0.0), 1.0)
