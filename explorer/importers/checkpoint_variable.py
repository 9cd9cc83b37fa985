"""One variable of a checkpoint, and its slices put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers.checkpoint_entries import FULL, Slice
from explorer.importers.tensorflow_tensor import DTYPES

MOST_SLICES = 1000
"""Slices of one variable; partitioners make one for each parameter server."""


@dataclass(frozen=True)
class Variable:
    """A variable by its name in the checkpoint; ``dtype`` is TensorFlow's number of its type."""

    name: str
    shape: tuple[int, ...]
    dtype: int

    @property
    def is_numeric(self) -> bool:
        """Whether it is of a type that can be read."""
        return self.dtype in DTYPES


@dataclass(frozen=True, eq=False)
class Stored:
    """The values of a variable or of a slice of it: the array, the file it lies in, and what was done to it."""

    array: NDArray[Any]
    file: str
    steps: tuple[str, ...] = ()


def extents(part: Slice, shape: Sequence[int]) -> Slice:
    """The slice with its starts and lengths as numbers.

    :raises ValueError: when it is none of a tensor of ``shape``.
    """
    if len(part) != len(shape):
        raise ValueError(f"a slice has {len(part)} axes, the variable {len(shape)}")
    pairs = zip(part, shape, strict=True)
    whole = tuple((0, size) if length == FULL else (start, length) for (start, length), size in pairs)
    for (start, length), size in zip(whole, shape, strict=True):
        if start < 0 or length < 0 or start + length > size:
            raise ValueError(f"a slice {whole} is not within the shape {tuple(shape)}")
    return whole


def assemble(variable: Variable, parts: Sequence[tuple[Slice, Stored]], file: str) -> Stored:
    """The whole variable from slices that fill it exactly; a copy, unless one slice is all of it.

    :raises PortsideError: naming ``file``, when a slice is missing or two overlap.
    """
    shape = variable.shape
    places: list[Slice] = []
    try:
        places = [extents(part, shape) for part, _ in parts]
    except ValueError as error:
        raise PortsideError(f"the variable '{variable.name}': {error}", file=file) from None
    if len(parts) == 1 and parts[0][1].array.shape == shape:
        return parts[0][1]
    if len(parts) > MOST_SLICES:
        raise PortsideError(f"the variable '{variable.name}' is cut into more than {MOST_SLICES} slices", file=file)
    filled = sum(prod(length for _, length in place) for place in places)
    if filled != prod(shape) or any(_overlap(a, b) for i, a in enumerate(places) for b in places[:i]):
        raise PortsideError(f"the variable '{variable.name}' is not filled by its slices, or filled twice", file=file)
    whole = np.empty(shape, parts[0][1].array.dtype)
    for place, (_, stored) in zip(places, parts, strict=True):
        whole[tuple(slice(start, start + length) for start, length in place)] = stored.array
    whole.flags.writeable = False
    return Stored(whole, parts[0][1].file, (f"{len(parts)} slices joined",))


def cut(stored: Stored, part: Slice, shape: Sequence[int]) -> Stored:
    """A slice of a whole variable, as a view.

    :raises ValueError: when it is none of a tensor of ``shape``.
    """
    place = extents(part, shape)
    array = stored.array[tuple(slice(start, start + length) for start, length in place)]
    if array.shape == stored.array.shape:
        return stored
    step = ", ".join(f"{start}:{start + length}" for start, length in place)
    return Stored(array, stored.file, (*stored.steps, f"take [{step}]"))


def _overlap(a: Slice, b: Slice) -> bool:
    return all(
        start < other + length_b and other < start + length_a
        for (start, length_a), (other, length_b) in zip(a, b, strict=True)
    )
