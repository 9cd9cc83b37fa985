"""How the values of two arrays are spread: each by itself, and against one another. Without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.running.activations import Array

BINS = 96
"""Bins of a histogram: as many as can be told apart in a narrow panel."""

CELLS = 160
"""Cells of a scatter plot along each axis."""

POINTS = 1 << 19
"""At most about this many points are counted, evenly spread, so that a click stays quick."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """``edges`` of the bins, and for each array the number of its entries in each bin."""

    edges: NDArray[np.float64]
    counts: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class JointDensity:
    """Of ``counts[y, x]`` entries, ours is in bin ``x`` and theirs in bin ``y`` of the ``span`` of both axes.

    ``points`` of ``total`` finite pairs were counted.
    """

    span: tuple[float, float]
    counts: NDArray[np.int64]
    points: int
    total: int


def histogram(arrays: Sequence[Array], bins: int = BINS) -> Histogram:
    """Count the finite entries of each array in bins that span all of them.

    Arrays of more than ``POINTS`` entries are counted on a part that is evenly spread, scaled up.
    """
    flat = [_spread(array) for array in arrays]
    low, high = _span(flat)
    counts = []
    for values, factor in flat:
        found = np.bincount(_bins(values, low, high, bins), minlength=bins)
        counts.append(np.asarray(np.rint(found * factor) if factor != 1 else found, np.int64))
    return Histogram(2 * np.linspace(low / 2, high / 2, bins + 1), tuple(counts))


def joint_density(ours: Array, theirs: Array, cells: int = CELLS) -> JointDensity:
    """Count the finite pairs of entries on a square whose sides span both arrays.

    :raises ValueError: when the shapes differ.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes differ: {ours.shape} and {theirs.shape}")
    a, b = ours.reshape(-1), theirs.reshape(-1)
    finite = np.isfinite(a) & np.isfinite(b)
    if not finite.all():
        a, b = a[finite], b[finite]
    total = a.size
    step = _step(total)
    a, b = a[::step], b[::step]
    low, high = _span([(a, 1.0), (b, 1.0)])
    index = _bins(b, low, high, cells) * cells + _bins(a, low, high, cells)
    counts = np.bincount(index, minlength=cells * cells).reshape(cells, cells)
    return JointDensity((low, high), np.asarray(counts, np.int64), int(a.size), int(total))


def _step(count: int) -> int:
    # Odd: an even step would visit some columns of a map only, whose widths are mostly even.
    return -(-count // POINTS) | 1 if count > POINTS else 1


def _spread(array: Array) -> tuple[Array, float]:
    values = array.reshape(-1)
    taken = values[:: _step(values.size)]
    factor = values.size / taken.size if taken.size else 1.0
    finite = np.isfinite(taken)
    return (taken if finite.all() else taken[finite]), factor


def _span(flat: Sequence[tuple[Array, float]]) -> tuple[float, float]:
    low = min((float(values.min()) for values, _ in flat if values.size), default=0.0)
    high = max((float(values.max()) for values, _ in flat if values.size), default=0.0)
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    reach = max(abs(high) / 2, 0.5) if high else 0.5
    return low - reach, high + reach


def _bins(values: Array, low: float, high: float, bins: int) -> NDArray[np.intp]:
    # Halved, so that a span of very large values does not overflow.
    place = (values.astype(np.float64) / 2 - low / 2) * (bins / (high / 2 - low / 2))
    return np.clip(place, 0, bins - 1).astype(np.intp)
