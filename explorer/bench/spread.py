"""The arithmetic of a figure: medians, ratios of runs that took turns, and how far they scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """What ``count`` measurements say: their median, and the quartiles ``low`` and ``high`` around it."""

    median: float
    low: float
    high: float
    count: int


def spread_of(numbers: Sequence[float]) -> Spread:
    """Median and quartiles of ``numbers``, none of which may be missing.

    :raises ValueError: without any number.
    """
    if not numbers:
        raise ValueError("there is nothing to take the median of")
    return Spread(median(numbers), percentile(numbers, 25), percentile(numbers, 75), len(numbers))


def ratios_of(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The spread of each of our runs over theirs of the same round.

    A busy moment slows both runs of its round, so that the ratio of a round says more than that of two medians.

    :raises ValueError: when there are not as many of both, or none.
    """
    return spread_of([mine / other for mine, other in zip(ours, theirs, strict=True)])


def percentile(numbers: Sequence[float], percent: float) -> float:
    """The number below which ``percent`` of ``numbers`` lie, straight between the two nearest."""
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * percent / 100
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))
