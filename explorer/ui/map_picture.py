"""Maps and their range → pictures of mosaics, kept until something about them changes."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from explorer.maps.channel_order import Order
from explorer.maps.colour_maps import Ramp, colour_table, indices
from explorer.maps.outliers import kinds, outliers
from explorer.maps.pooling import Pooling, pooled
from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array
from explorer.ui.mosaic import Mosaic, draw
from explorer.ui.theme import Theme


class MosaicPicture(Protocol):
    """What a pane can paint."""

    def image(self, mosaic: Mosaic, first: int, step: int, theme: Theme, order: Order | None = None) -> QImage:
        """The mosaic, one pixel for each ``step`` × ``step`` of the maps.

        It begins with the map at the position ``first`` of ``order`` (None: the stored one).
        """


class MapPicture:
    """Maps in the colours of a ramp.

    ``maps`` is channels × height × width. Where the picture is smaller than the maps, ``pooling`` takes their mean,
    or the value farthest from zero, so that one wrong value among thousands is still seen.
    """

    def __init__(self, maps: Array, span: ValueRange, ramp: Ramp, pooling: Pooling = "mean") -> None:
        self.maps, self.span, self.ramp = maps, span, ramp
        self._pooling = pooling
        self._has_outliers: bool | None = None
        self._kept: tuple[object, Order | None, QImage] | None = None

    def image(self, mosaic: Mosaic, first: int, step: int, theme: Theme, order: Order | None = None) -> QImage:
        """The mosaic in the theme's colours, 32 bits a pixel."""
        key = (mosaic, first, step, theme.name)
        if self._kept is None or self._kept[0] != key or self._kept[1] is not order:
            chosen = slice(first, first + mosaic.count)
            maps, span = self.maps[chosen], part_of(self.span, chosen)
            if order is not None:
                maps, span = self.maps[order[chosen]], part_of(self.span, order[chosen])
            found = draw(maps, mosaic, span, step, self._pooling)
            self._kept = (key, order, _indexed(found, colour_table(self.ramp, theme.panel)))
        return self._kept[2]

    @property
    def has_outliers(self) -> bool:
        """Whether there are values that the colours can't show: NaN, infinite or beyond the range."""
        if self._has_outliers is None:
            self._has_outliers = outliers(self.maps, self.span).total > 0
        return self._has_outliers

    def kinds(self, channel: int, rows: slice, columns: slice) -> NDArray[np.uint8]:
        """Of what kind the values of a part of a map are, see :mod:`explorer.maps.outliers`."""
        one = slice(channel, channel + 1)
        found: NDArray[np.uint8] = kinds(self.maps[one, rows, columns], part_of(self.span, one))[0]
        return found


class ColourPicture:
    """Kernels with three input channels as pictures in their own colours, grey where a weight is zero.

    ``kernels`` is outputs × 3 × height × width in red, green, blue; all share one scale.
    """

    def __init__(self, kernels: Array) -> None:
        finite = kernels[np.isfinite(kernels)]
        self.largest = float(np.abs(finite).max()) if finite.size else 0.0
        self._kernels = kernels
        self._kept: tuple[object, QImage] | None = None

    def image(self, mosaic: Mosaic, first: int, step: int, theme: Theme, order: Order | None = None) -> QImage:
        """The mosaic, 32 bits a pixel; kernels stand as they are stored."""
        key = (mosaic, first, step, theme.name)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, self._drawn(mosaic, first, step, theme))
        return self._kept[1]

    def _drawn(self, mosaic: Mosaic, first: int, step: int, theme: Theme) -> QImage:
        across, down = (length // step for length in mosaic.pitch)
        empty = np.array([int(theme.panel[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
        canvas = np.empty((mosaic.rows, down, mosaic.columns, across, 3), np.uint8)
        canvas[:] = empty
        for index, kernel in enumerate(self._kernels[first : first + mosaic.count]):
            shades = np.nan_to_num(pooled(kernel, step, "mean") / (2 * self.largest or 1.0) + 0.5)
            row, column = divmod(index, mosaic.columns)
            height, width = shades.shape[1:]
            bytes_ = (np.clip(shades, 0, 1) * 255 + 0.5).astype(np.uint8)
            canvas[row, :height, column, :width] = bytes_.transpose(1, 2, 0)
        width, height = mosaic.columns * across, mosaic.rows * down
        return _owned(QImage(canvas.data, width, height, 3 * width, QImage.Format.Format_RGB888))


def channel_image(picture: MapPicture, channel: int) -> QImage:
    """One channel in the picture's colours, one pixel for each value."""
    one = slice(channel, channel + 1)
    found = indices(picture.maps[one], part_of(picture.span, one))[0].astype(np.uint8)
    return _indexed(np.ascontiguousarray(found), colour_table(picture.ramp, "#000000"))


def part_of(span: ValueRange, channels: slice | Order) -> ValueRange:
    """The range of some of the channels."""
    if not span.per_channel:
        return span
    return ValueRange(span.low[channels], span.high[channels], span.diverging)


def _indexed(found: NDArray[np.uint8], colours: list[int]) -> QImage:
    height, width = found.shape
    if found.size == 0:
        return QImage()
    image = QImage(found.data, width, height, found.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(colours)
    return _owned(image)


def _owned(image: QImage) -> QImage:
    # The conversion copies, so that the picture outlives the array whose memory it was made on.
    return image.convertToFormat(QImage.Format.Format_RGB32)
