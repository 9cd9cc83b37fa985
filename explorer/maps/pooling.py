"""Maps made smaller without losing what matters in them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from explorer.running.activations import Array

Pooling = Literal["mean", "peak"]


def pooled(maps: Array, step: int, pooling: Pooling) -> Array:
    """The maps made smaller by ``step`` along height and width; NaN and infinity stay visible.

    Incomplete blocks at the right and bottom are pooled over what there is of them.
    """
    if step == 1 or maps.size == 0:
        return maps
    with np.errstate(invalid="ignore", over="ignore"):
        if pooling == "mean":
            return _mean_along(_mean_along(maps, 1, step), 2, step)
        high = _fold(_fold(maps, 1, step, np.maximum), 2, step, np.maximum)
        low = _fold(_fold(maps, 1, step, np.minimum), 2, step, np.minimum)
        # A NaN compares false and comes through by ``low``.
        return np.where(high > -low, high, low)


def _mean_along(maps: Array, axis: int, step: int) -> Array:
    length = maps.shape[axis]
    total = _fold(maps, axis, step, np.add)
    counts = np.full(total.shape[axis], step)
    counts[-1] = length - (counts.size - 1) * step
    shape = [1, 1, 1]
    shape[axis] = -1
    total /= counts.reshape(shape).astype(maps.dtype)
    return total


def _fold(maps: Array, axis: int, step: int, combine: np.ufunc) -> Array:
    def part(first: int) -> tuple[slice, ...]:
        return (slice(None),) * axis + (slice(first, None, step),)

    result = maps[part(0)].copy()
    for first in range(1, min(step, maps.shape[axis])):
        piece = maps[part(first)]
        place = result[(slice(None),) * axis + (slice(piece.shape[axis]),)]
        combine(place, piece, out=place)
    return np.asarray(result)
