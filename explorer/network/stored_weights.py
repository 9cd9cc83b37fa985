"""A weight as it lies in its file: the steps that an importer took, taken back."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.network.provenance import Provenance

Array = NDArray[Any]

_STEP = re.compile(r"(transpose|reverse axes|reshape to) \(([\d, ]*)\)")
_CONVERSION = re.compile(r"(convert )?\w+ to \w+")


def as_stored(values: Array, provenance: Provenance) -> Array | None:
    """The weight with the axes that it has in the file, as a view where that can be.

    None where a step says something that can't be taken back, as a part that was cut out. Numbers stay in the type in
    which the network computes with them.
    """
    shape = provenance.shape
    back: list[Callable[[Array], Array]] = []
    for step in provenance.steps:
        found = _STEP.fullmatch(step)
        if found is None:
            if _CONVERSION.fullmatch(step):
                continue
            return None
        axes = tuple(int(part) for part in found[2].replace(",", " ").split())
        undone = _undone(found[1], axes, shape)
        if undone is None:
            return None
        shape, undo = undone
        back.append(undo)
    if shape != values.shape:
        return None
    for undo in reversed(back):
        values = undo(values)
    return values


def _undone(
    kind: str, axes: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[tuple[int, ...], Callable[[Array], Array]] | None:
    """The shape after a step, and what takes it back."""
    if kind == "transpose":
        if sorted(axes) != list(range(len(shape))):
            return None
        inverse = tuple(int(axis) for axis in np.argsort(axes))
        return tuple(shape[axis] for axis in axes), lambda array: array.transpose(inverse)
    if kind == "reverse axes":
        return (shape, lambda array: np.flip(array, axes)) if all(axis < len(shape) for axis in axes) else None
    if math.prod(axes) != math.prod(shape):
        return None
    return axes, lambda array: array.reshape(shape)
