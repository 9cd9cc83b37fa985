"""Boxes of entries: one (start, stop) for each axis; and how they go back through one axis of a window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""The first entry of an axis, and the one after the last."""

Box = tuple[Span, ...]
Shape = tuple[int, ...]


def whole(shape: Sequence[int]) -> Box:
    """All entries of an array."""
    return tuple((0, size) for size in shape)


def clipped(box: Box, shape: Sequence[int]) -> Box | None:
    """What of ``box`` lies in an array of that shape; None where nothing does."""
    found = tuple((max(start, 0), min(stop, size)) for (start, stop), size in zip(box, shape, strict=True))
    return None if any(start >= stop for start, stop in found) else found


def hull(first: Box | None, second: Box) -> Box:
    """The smallest box that holds both."""
    if first is None:
        return second
    return tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(first, second, strict=True))


def windows_span(span: Span, kernel: int, stride: int, low: int, dilation: int, size: int) -> Span:
    """What the windows ``span`` of a convolution or pooling read of ``size`` entries; ``low`` pads come before them."""
    start, stop = span
    if dilation == 1:
        return start * stride - low, (stop - 1) * stride - low + kernel
    # Between the taps are holes: the first and the last tap inside may lie far from the border.
    return _around(np.arange(start, stop)[:, None] * stride - low + dilation * np.arange(kernel), size)


def spread_span(span: Span, kernel: int, stride: int, low: int, dilation: int, size: int) -> Span:
    """Of ``size`` entries those that a transposed convolution spreads to ``span``: i to stride·i − low + dilation·k."""
    start, stop = span
    if dilation == 1:
        return -(-(start + low - kernel + 1) // stride), (stop - 1 + low) // stride + 1
    reached = np.arange(start, stop)[:, None] + low - dilation * np.arange(kernel)
    return _around(reached[reached % stride == 0] // stride, size)


def mirrored_span(span: Span, size: int, mode: str) -> Span:
    """Which of ``size`` entries stand at the places ``span``, that may lie beyond them, by ONNX's Pad."""
    places = np.arange(*span)
    if mode == "wrap":
        return _around(places % size, size)
    if mode == "edge":
        return _around(places.clip(0, size - 1), size)
    return _around(np.where(places < 0, -places, np.where(places >= size, 2 * size - 2 - places, places)), size)


def _around(places: NDArray[np.intp], size: int) -> Span:
    inside = places[(places >= 0) & (places < size)]
    return (int(inside.min()), int(inside.max()) + 1) if inside.size else (0, 0)


def reshaped_box(box: Box, given: Sequence[int], read: Sequence[int]) -> Box:
    """The box of an array of shape ``read`` that holds the entries which ``box`` holds after a reshape to ``given``.

    Axes are taken together as far as they must be: those of both shapes whose sizes multiply to the same.
    """
    found: list[Span] = []
    i = j = 0
    while i < len(given) or j < len(read):
        first, second = i, j
        left = given[i] if i < len(given) else 1
        right = read[j] if j < len(read) else 1
        i, j = min(i + 1, len(given)), min(j + 1, len(read))
        while left != right:
            if left < right and i < len(given):
                left, i = left * given[i], i + 1
            elif j < len(read):
                right, j = right * read[j], j + 1
            else:
                return whole(read)
        found += _together(box[first:i], given[first:i], read[second:j])
    return tuple(found)


def _together(box: Box, given: Sequence[int], read: Sequence[int]) -> Box:
    if not read:
        return ()
    if tuple(given) == tuple(read):
        return box
    if box == whole(given):
        return whole(read)
    if not given:
        return whole(read)
    ends = [np.ravel_multi_index(corner, tuple(given)) for corner in _corners(box)]
    low, high = (np.unravel_index(int(end), tuple(read)) for end in ends)
    found: list[Span] = []
    for axis, (start, last) in enumerate(zip(low, high, strict=True)):
        found.append((int(start), int(last) + 1))
        if start != last:
            return (*found, *whole(read[axis + 1 :]))
    return tuple(found)


def _corners(box: Box) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(start for start, _ in box), tuple(stop - 1 for _, stop in box)
