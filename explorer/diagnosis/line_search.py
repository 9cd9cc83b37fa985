"""The number that leaves the least error, where it can only be found by trying."""

from __future__ import annotations

import math
from collections.abc import Callable

STEPS = 12
"""Numbers tried evenly over the range, to find the valley."""

NARROWINGS = 34
"""Times that the valley is cut by the golden section: down to 1e-7 of its width, which is float32's last digit."""

GOLDEN = (math.sqrt(5) - 1) / 2


def least(error: Callable[[float], float], low: float, high: float) -> float:
    """Where ``error`` is smallest between ``low`` and ``high``, if it falls and rises once around there."""
    width = (high - low) / STEPS
    tried = [low + width * step for step in range(STEPS + 1)]
    best = min(tried, key=error)
    low, high = max(low, best - width), min(high, best + width)
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_a, at_b = error(a), error(b)
    for _ in range(NARROWINGS):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - GOLDEN * (high - low)
            at_a = error(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + GOLDEN * (high - low)
            at_b = error(b)
    return a if at_a <= at_b else b
