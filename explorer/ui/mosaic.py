"""All maps of a layer side by side as one picture, and which map is where."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.maps import colour_maps
from explorer.maps.pooling import Pooling, pooled
from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array


@dataclass(frozen=True)
class Mosaic:
    """Where each of ``count`` maps stands: row by row in ``columns`` columns, ``gap`` map pixels apart.

    Lengths are in pixels of a map. ``gap`` is a power of two and divides the pitch, so that the mosaic may be
    drawn from maps that are pooled by any power of two up to ``gap``.
    """

    count: int
    height: int
    width: int
    columns: int
    gap: int

    @property
    def rows(self) -> int:
        """Rows of maps."""
        return -(-self.count // self.columns)

    @property
    def pitch(self) -> tuple[int, int]:
        """From one map to the next, across and down."""
        return (-(-self.width // self.gap) + 1) * self.gap, (-(-self.height // self.gap) + 1) * self.gap

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of it all, without a gap at its edges."""
        across, down = self.pitch
        return self.columns * across - self.gap, self.rows * down - self.gap

    def corner(self, index: int) -> tuple[int, int]:
        """The left and top of a map."""
        across, down = self.pitch
        return index % self.columns * across, index // self.columns * down

    def find(self, x: float, y: float) -> tuple[int, int, int] | None:
        """The map, row and column at a place, or None beside the maps."""
        across, down = self.pitch
        if x < 0 or y < 0:
            return None
        column, row = int(x // across), int(y // down)
        index = row * self.columns + column
        inner_x, inner_y = int(x - column * across), int(y - row * down)
        if column >= self.columns or index >= self.count or inner_x >= self.width or inner_y >= self.height:
            return None
        return index, inner_y, inner_x


def fit_mosaic(count: int, height: int, width: int, across: float, down: float, unit: int = 1) -> Mosaic:
    """The mosaic that fills ``across`` × ``down`` device pixels best, about one of them between maps.

    Within a twentieth of the best, the arrangement without an incomplete last row is taken. ``columns``
    leaves no choice.
    """
    if count == 0 or height == 0 or width == 0:
        return Mosaic(0, height, width, 1, 1)
    choices = np.arange(unit, count + 1, unit)
    gap = 1
    while True:
        best, scale = _best_columns(Mosaic(count, height, width, 1, gap), choices, across, down)
        wanted = pooling_step(scale)
        if wanted <= gap:
            return Mosaic(count, height, width, best, gap)
        gap = wanted


def pooling_step(scale: float) -> int:
    """How many pixels of a map along each axis one device pixel stands for: the nearest power of two."""
    return 1 << min(30, max(0, round(-math.log2(max(scale, 1e-9)))))


def _best_columns(mosaic: Mosaic, choices: Array, across: float, down: float) -> tuple[int, float]:
    rows = -(-mosaic.count // choices)
    pitch_x, pitch_y = mosaic.pitch
    scales = np.minimum(across / (choices * pitch_x - mosaic.gap), down / (rows * pitch_y - mosaic.gap))
    good = scales >= 0.95 * scales.max()
    full = np.flatnonzero(good & (mosaic.count % choices == 0))
    chosen = int(full[np.argmax(scales[full])]) if full.size else int(np.argmax(scales))
    return int(choices[chosen]), float(scales[chosen])


def draw(maps: Array, mosaic: Mosaic, span: ValueRange, step: int, pooling: Pooling) -> NDArray[np.uint8]:
    """The mosaic as indices of colours, one for each ``step`` × ``step`` pixels of the maps.

    ``maps`` (channels × height × width) may be fewer or smaller than the mosaic's, which then stays empty
    there. ``step`` is a power of two up to ``mosaic.gap``. Pooling takes the mean, or the value that is
    farthest from zero. The picture ends with a gap at its right and bottom, too.
    """
    across, down = (length // step for length in mosaic.pitch)
    canvas = np.full((mosaic.rows * down, mosaic.columns * across), colour_maps.EMPTY, np.uint8)
    maps = pooled(maps[: mosaic.count], step, pooling)
    count, height, width = maps.shape
    if maps.size:
        found = colour_maps.indices(maps, span)
        cells = canvas.reshape(mosaic.rows, down, mosaic.columns, across).transpose(0, 2, 1, 3)
        full, rest = divmod(count, mosaic.columns)
        whole = found[: full * mosaic.columns].reshape(full, mosaic.columns, height, width)
        np.copyto(cells[:full, :, :height, :width], whole, casting="unsafe")
        if rest:
            np.copyto(cells[full, :rest, :height, :width], found[-rest:], casting="unsafe")
    return canvas
