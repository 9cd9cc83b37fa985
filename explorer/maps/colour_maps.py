"""Values → indices → colours, even to the eye and safe for colour blindness, with marks for what is no number."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.data import data_folder
from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array

LEVELS = 251
"""Colours of a ramp: odd, so that zero in the middle of a diverging one has a colour of its own."""

EMPTY, INFINITE, NAN = 251, 252, 253
"""Indices after the ramp: between the maps, an infinite value, not a number."""

NAN_COLOUR, INFINITE_COLOUR = "#ff2bd6", "#00e0ff"
"""Of no ramp, and unlike one another in lightness as well."""

Ramp = Literal["values", "signed"]

_RAMPS: dict[Ramp, tuple[str, bool]] = {
    # The same in light and dark windows and on paper, so that pictures can be compared. Reversed: blue, the colour of
    # ours, is where ours is larger.
    "values": ("viridis", False),
    "signed": ("cet-d1a", True),
}


@cache
def ramp_colours(ramp: Ramp) -> NDArray[np.uint8]:
    """The colours of a ramp, low to high: ``LEVELS`` × (red, green, blue)."""
    name, reverse = _RAMPS[ramp]
    lines = (data_folder("resources") / "colours" / f"{name}.txt").read_text("ascii").split()
    told = np.array([list(bytes.fromhex(line)) for line in lines], np.float64)
    places = np.linspace(0, len(told) - 1, LEVELS)
    columns = [np.interp(places, np.arange(len(told)), column) for column in told.T]
    found = np.round(np.stack(columns, axis=1)).astype(np.uint8)
    table = np.ascontiguousarray(found[::-1] if reverse else found)
    table.setflags(write=False)
    return table


def colour_table(ramp: Ramp, empty: str) -> list[int]:
    """The colour of each index as ``0xAARRGGBB``, for an indexed picture; ``empty``: ``#rrggbb`` between maps."""
    red, green, blue = ramp_colours(ramp).astype(np.uint32).T
    colours = (np.uint32(0xFF000000) | red << 16 | green << 8 | blue).tolist()
    marks = [empty, INFINITE_COLOUR, NAN_COLOUR]
    return [*colours, *(0xFF000000 | int(mark[1:], 16) for mark in marks)]


def indices(maps: Array, span: ValueRange) -> Array:
    """Where in the ramp each value lies: 0 at the low end, ``LEVELS`` − 1 at the high end, clipped beyond.

    ``maps`` is channels × height × width; the result holds floats of the same shape that are to be cut down
    to whole numbers. Where an end of the range equals the other, the middle of a diverging ramp, else its low
    end, stands for it. NaN and infinity get their own indices.
    """
    low, high = span.low, span.high
    if span.per_channel:
        low, high = low[: len(maps), None, None], high[: len(maps), None, None]
    with np.errstate(over="ignore"):
        width = high - low
    if not np.isfinite(width).all():
        return indices(maps.astype(np.float64) / 2, ValueRange(span.low / 2, span.high / 2, span.diverging))
    small = width < LEVELS * np.finfo(np.float64).tiny
    factor = np.where(small, 0.0, (LEVELS - 1) / np.where(small, 1.0, width))
    # The half makes cutting down round. A range without width is in the middle of a diverging ramp, else at
    # its low end.
    shift = np.where(small & span.diverging, LEVELS // 2 + 0.5, 0.5)
    kind = maps.dtype if _fits(width, maps.dtype) else np.dtype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        result = np.subtract(maps, low.astype(kind))
        result *= factor.astype(kind)
        result += shift.astype(kind)
        np.clip(result, 0, LEVELS - 0.5, out=result)
    if maps.size and not (np.isfinite(maps.min()) and np.isfinite(maps.max())):
        result[np.isnan(maps)] = NAN
        result[np.isinf(maps)] = INFINITE
    return np.asarray(result)


def _fits(width: Array, kind: np.dtype[np.floating]) -> bool:
    bounds = np.finfo(kind)
    return bool(((width == 0) | ((width > LEVELS * bounds.tiny) & (width < bounds.max))).all())
