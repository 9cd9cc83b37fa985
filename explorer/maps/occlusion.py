"""Occlusion maps: how much of a class is lost when a part of the picture is covered. For every network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.maps.class_maps import Method
from explorer.running.activations import Array
from explorer.running.batching import Batches, usual_batch

if TYPE_CHECKING:
    from explorer.network.preprocessing_fields import Layout
    from explorer.running.cancellation import Cancel
    from explorer.running.runner import Runner

PARTS = 7
"""A cover is the input's side divided by this, as 32 of 224 pixels."""


@dataclass(frozen=True)
class Grid:
    """Where the covers lie: their height and width, the rows at which they begin, and the columns."""

    cover: tuple[int, int]
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of covers."""
        return len(self.tops) * len(self.lefts)

    def places(self) -> Iterator[tuple[int, int]]:
        """Row and column of every cover, those far apart first, so that a map that is half done is of the whole."""
        places = [(row, column) for row in range(len(self.tops)) for column in range(len(self.lefts))]
        return iter(sorted(places, key=lambda place: (_fineness(place), place)))


@dataclass(frozen=True, eq=False)
class OcclusionMaps:
    """What each cover took from each class: ``losses`` is rows × columns of the grid × classes, NaN where not done.

    A loss is the output's entry with the whole picture minus that with the part covered, so positive where the part
    speaks for the class.
    """

    output: str
    size: tuple[int, int]
    grid: Grid
    losses: Array
    method: Method = "occlusion"

    @property
    def count(self) -> int:
        """The number of classes."""
        return int(self.losses.shape[-1])

    @property
    def share(self) -> float:
        """How much of it is done."""
        return float(np.count_nonzero(~np.isnan(self.losses[..., 0])) / self.grid.count)

    def of_class(self, index: int) -> Array:
        """For every pixel of the input the mean loss of the covers over it, NaN where none was tried yet."""
        total, covers = np.zeros(self.size), np.zeros(self.size)
        height, width = self.grid.cover
        for row, top in enumerate(self.grid.tops):
            for column, left in enumerate(self.grid.lefts):
                loss = float(self.losses[row, column, index])
                if not math.isnan(loss):
                    total[top : top + height, left : left + width] += loss
                    covers[top : top + height, left : left + width] += 1
        return np.asarray(np.divide(total, covers, out=np.full(self.size, np.nan), where=covers > 0))


def usual_grid(size: tuple[int, int]) -> Grid:
    """Covers of a seventh of each side, every half of that, the last at the very edge: 13×13 of them."""
    sides = [(length, max(1, math.ceil(length / PARTS))) for length in size]
    cover = (sides[0][1], sides[1][1])
    tops, lefts = (_starts(length, side, max(1, math.ceil(side / 2))) for length, side in sides)
    return Grid(cover, tops, lefts)


def occlusion_maps(
    runner: Runner,
    tensor: Array,
    output: str,
    *,
    layout: Layout = "NCHW",
    grid: Grid | None = None,
    batch: int | None = None,
    seen: Callable[[OcclusionMaps], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Cancel | None = None,
) -> OcclusionMaps:
    """Cover each part of the input ``tensor`` (one picture, batch first) with its mean colour and run the network.

    ``output`` names an output that is one vector for each picture. ``seen`` is given what is there after each run,
    ``progress`` the covers done and their number; ``batch`` covers go into one run where the network allows.

    :raises PortsideError: when the network can't be run.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    axes = (2, 3) if layout == "NCHW" else (1, 2)
    size = (tensor.shape[axes[0]], tensor.shape[axes[1]])
    grid = grid or usual_grid(size)
    batches = Batches(runner, [output], batch)
    whole = batches.run([tensor], cancelled)[0][output].reshape(-1)
    losses = np.full((len(grid.tops), len(grid.lefts), whole.size), np.nan, np.float32)
    colour = tensor.mean(axis=axes, keepdims=True, dtype=np.float64).astype(tensor.dtype)
    places = list(grid.places())
    step = batch or usual_batch(runner)
    for start in range(0, len(places), step):
        part = places[start : start + step]
        covered = [_covered(tensor, colour, grid, place, axes) for place in part]
        for place, activations in zip(part, batches.run(covered, cancelled), strict=True):
            losses[place] = whole - activations[output].reshape(-1)
        if progress is not None:
            progress(start + len(part), len(places))
        if seen is not None:
            seen(OcclusionMaps(output, size, grid, losses.copy()))
    return OcclusionMaps(output, size, grid, losses)


def _covered(tensor: Array, colour: Array, grid: Grid, place: tuple[int, int], axes: tuple[int, int]) -> Array:
    top, left = grid.tops[place[0]], grid.lefts[place[1]]
    where = [slice(None)] * tensor.ndim
    where[axes[0]] = slice(top, top + grid.cover[0])
    where[axes[1]] = slice(left, left + grid.cover[1])
    result = tensor.copy()
    result[tuple(where)] = colour
    return result


def _starts(length: int, side: int, stride: int) -> tuple[int, ...]:
    return (*range(0, length - side, stride), length - side)


def _fineness(place: tuple[int, int]) -> int:
    return next((level for level, step in enumerate((4, 2)) if place[0] % step == place[1] % step == 0), 2)
