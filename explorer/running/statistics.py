"""What the entries of an array are like: range, mean, deviation, zeros, dead channels, and what is not a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.running.activations import Activations, Array

if TYPE_CHECKING:
    from explorer.network.network import Network


@dataclass(frozen=True)
class Statistics:
    """Figures over the finite entries of an array of ``count`` entries.

    ``minimum``, ``maximum``, ``mean`` and ``deviation`` (the population's) are None where no entry is finite;
    ``zeros``, ``nans`` and ``infinities`` are numbers of entries. ``channels`` is None where the array was not measured
    as maps; ``dead`` of them are zero everywhere.
    """

    count: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None
    zeros: int
    nans: int
    infinities: int
    channels: int | None = None
    dead: int | None = None

    @property
    def not_finite(self) -> int:
        """The number of entries that are NaN or infinite."""
        return self.nans + self.infinities


@dataclass(frozen=True)
class LayerStatistics:
    """The figures of one value that a layer gives, and its shape, batch first."""

    layer: str
    value: str
    shape: tuple[int, ...]
    found: Statistics


def statistics(array: Array, channel_axis: int | None = None) -> Statistics:
    """Measure a real array of any rank; sums are taken in double precision.

    With ``channel_axis`` its channels are counted as well, and those that are zero in every other place: dead ones. An
    array that has a single entry for each channel is a vector, in which a zero is nothing unusual, and has none.
    """
    entries = np.asarray(array).reshape(-1)
    if entries.dtype.kind not in "fiu":
        entries = entries.astype(np.float32)
    channels, dead = _channels(np.asarray(array), channel_axis)
    nans = infinities = 0
    # The extremes of an array with a NaN are NaN, so one pass tells whether everything is finite.
    if entries.size and not (np.isfinite(entries.min()) and np.isfinite(entries.max())):
        nans = int(np.count_nonzero(np.isnan(entries)))
        infinities = int(np.count_nonzero(np.isinf(entries)))
        entries = entries[np.isfinite(entries)]
    count = int(np.asarray(array).size)
    if entries.size == 0:
        return Statistics(count, None, None, None, None, 0, nans, infinities, channels, dead)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(entries.mean(dtype=np.float64))
        deviation = float(entries.std(dtype=np.float64))
    zeros = int(entries.size - np.count_nonzero(entries))
    low, high = float(entries.min()), float(entries.max())
    return Statistics(count, low, high, mean, deviation, zeros, nans, infinities, channels, dead)


def layer_statistics(network: Network, activations: Activations) -> Iterator[LayerStatistics]:
    """The figures of everything that the layers of a run gave and that was kept, in the order of the data."""
    for layer in network.layers:
        for value in layer.outputs:
            name = value.name or ""
            if name in activations:
                array = activations[name]
                yield LayerStatistics(layer.name, name, array.shape, statistics(array, channel_axis=1))


def _channels(array: Array, axis: int | None) -> tuple[int | None, int | None]:
    if axis is None or array.ndim < 3 or array.size <= array.shape[axis]:
        return None, None
    other = tuple(place for place in range(array.ndim) if place != axis % array.ndim)
    return int(array.shape[axis]), int(np.count_nonzero(~array.any(axis=other)))
