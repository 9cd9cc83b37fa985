"""Which channel of the reference each of ours looks like: a permutation shows as maps that are alike elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled

MOST_CHANNELS = 4096
"""More channels are not compared: each with each, that is 16 million numbers."""

MOST_PRODUCTS = 1 << 34
"""Multiply-adds of one comparison; beyond it, places that are evenly spread stand for all."""

FEWEST_PLACES = 6
"""With fewer places in a map, a likeness would be chance."""

ALIKE = 0.5
"""Below this correlation a channel looks like none, and keeps its number."""

OWN = 1e-4
"""By how much another channel must be more like one than that of its own number: rounding is no permutation."""

BLOCK = 256
"""Channels between two looks at whether the answer is still wanted."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """For each of our channels the reference's one that it looks like, none of them twice, and their correlation.

    A channel that is the same everywhere has none (NaN) and keeps its number where it can. ``places`` of ``total`` in
    each map were compared.
    """

    partners: tuple[int, ...]
    scores: NDArray[np.float64]
    places: int
    total: int

    @property
    def moved(self) -> tuple[int, ...]:
        """Our channels that stand elsewhere in the reference."""
        return tuple(channel for channel, partner in enumerate(self.partners) if channel != partner)


def why_not(ours: Array, theirs: Array) -> str:
    """Why the channels of two layers (channels × height × width) can't be paired; empty where they can."""
    if ours.shape != theirs.shape:
        return "the shapes are not the same"
    if ours[0].size < FEWEST_PLACES:
        return f"maps of {ours[0].size} values have no likeness"
    return f"more than {MOST_CHANNELS} channels" if len(ours) > MOST_CHANNELS else ""


def channel_likeness(ours: Array, theirs: Array, cancelled: Callable[[], bool] | None = None) -> Likeness:
    """Pair the channels of ours and theirs, channels × height × width, by their correlation, the surest pairs first.

    :raises ValueError: where :func:`why_not` says why not.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    reason = why_not(ours, theirs)
    if reason:
        raise ValueError(reason)
    count = len(ours)
    total = ours[0].size
    room = max(FEWEST_PLACES, MOST_PRODUCTS // count**2)
    # Odd: an even step would visit some columns of a map only, whose widths are mostly even.
    step = -(-total // room) | 1 if total > room else 1
    first, second = (_standardised(maps.reshape(count, -1)[:, ::step]) for maps in (ours, theirs))
    scores = np.empty((count, count), np.float32)
    for start in range(0, count, BLOCK):
        if cancelled is not None and cancelled():
            raise Cancelled
        np.matmul(first[start : start + BLOCK], second.T, out=scores[start : start + BLOCK])
    partners = _paired(scores, cancelled)
    numbers = np.arange(count)
    found = scores[numbers, partners].astype(np.float64)
    constant = ~(first.any(axis=1) & second[partners].any(axis=1))
    found[constant] = np.nan
    return Likeness(tuple(int(partner) for partner in partners), found, first.shape[1], total)


def _standardised(values: Array) -> NDArray[np.float32]:
    """Each row without its mean and with length 1; zeros where it is the same everywhere or not finite."""
    wide = values.astype(np.float64)
    finite = np.isfinite(wide).all(axis=1)
    wide[~finite] = 0
    most = np.abs(wide).max(axis=1, keepdims=True, initial=0)
    wide /= np.where(most > 0, most, 1)
    wide -= wide.mean(axis=1, keepdims=True)
    length = np.sqrt((wide**2).sum(axis=1, keepdims=True))
    # A constant leaves its own rounding behind.
    real = length > 1e-7 * np.sqrt(values.shape[1])
    return np.where(real, wide / np.where(real, length, 1), 0).astype(np.float32)


def _paired(scores: NDArray[np.float32], cancelled: Callable[[], bool] | None) -> NDArray[np.intp]:
    count = len(scores)
    numbers = np.arange(count)
    left = scores.copy()
    left[numbers, numbers] += OWN
    partners = np.full(count, -1)
    while True:
        if cancelled is not None and cancelled():
            raise Cancelled
        # Rows and columns that choose each other are the pairs that the surest-first order would come to as well.
        wanted, wanting = left.argmax(axis=1), left.argmax(axis=0)
        mutual = (wanting[wanted] == numbers) & (left[numbers, wanted] >= ALIKE)
        if not mutual.any():
            break
        rows = numbers[mutual]
        partners[rows] = wanted[rows]
        left[rows] = -np.inf
        left[:, wanted[rows]] = -np.inf
    free = np.setdiff1d(numbers, partners[partners >= 0])
    own = free[partners[free] < 0]
    partners[own] = own
    partners[partners < 0] = np.setdiff1d(free, own)
    return partners
