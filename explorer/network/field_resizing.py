"""From which entries a resized one is computed, by ONNX's rules of Resize."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from explorer.network.field_sizes import Box, Span

_NEAREST: dict[str, Callable[[float], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round_prefer_floor": lambda place: math.ceil(place - 0.5),
    "round_prefer_ceil": lambda place: math.floor(place + 0.5),
}


def resized_rule(
    read: Sequence[int],
    given: Sequence[int],
    scales: Sequence[float] | None,
    *,
    mode: str,
    coordinates: str,
    nearest: str,
    antialias: bool = False,
) -> Callable[[Box], Box] | None:
    """The entries of an array of shape ``read`` that a box of the resized one is computed from.

    ``scales`` are the operator's own, one for each axis, where it has any; the other words are its attributes. None
    where they say nothing that is known here (``tf_crop_and_resize``).
    """
    if len(read) != len(given) or coordinates not in _PLACES or (mode == "nearest" and nearest not in _NEAREST):
        return None
    factors = [float(scale) for scale in scales] if scales and len(scales) == len(read) else []
    factors = factors or [out / size for out, size in zip(given, read, strict=True)]

    def rule(box: Box) -> Box:
        found: list[Span] = []
        for span, size, length, factor in zip(box, read, given, factors, strict=True):
            if size == length and factor == 1:
                found.append(span)
                continue
            first, last = (_PLACES[coordinates](float(at), size, length, factor) for at in (span[0], span[1] - 1))
            low, high = _reach(first, last, 1 / factor, mode, nearest, antialias=antialias)
            # Beyond the edge the nearest entry stands in.
            found.append((min(max(low, 0), size - 1), min(max(high, 0), size - 1) + 1))
        return tuple(found)

    return rule


def _reach(first: float, last: float, step: float, mode: str, nearest: str, *, antialias: bool) -> Span:
    """The first and the last entry that count."""
    if mode == "nearest":
        return _NEAREST[nearest](first), _NEAREST[nearest](last)
    radius = 1 if mode == "linear" else 2
    wide = radius * max(step, 1.0) if antialias else float(radius)
    # Entries at the very edge of the filter have no weight.
    return math.floor(first - wide) + 1, math.ceil(last + wide) - 1


_PLACES: dict[str, Callable[[float, int, int, float], float]] = {
    "half_pixel": lambda at, size, length, factor: (at + 0.5) / factor - 0.5,
    "half_pixel_symmetric": lambda at, size, length, factor: (
        size / 2 * (1 - length / (size * factor)) + (at + 0.5) / factor - 0.5
    ),
    "pytorch_half_pixel": lambda at, size, length, factor: (at + 0.5) / factor - 0.5 if length > 1 else 0.0,
    "asymmetric": lambda at, size, length, factor: at / factor,
    "align_corners": lambda at, size, length, factor: at * (size - 1) / (length - 1) if length > 1 else 0.0,
}
