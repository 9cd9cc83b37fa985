"""Arrays that can be had without computing: in memory, on a device."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from explorer.running.activations import Array


class Kept(Protocol):
    """An array that can be had without computing: in memory, on a device, or in a file."""

    @property
    def nbytes(self) -> int:
        """Its size."""

    def array(self) -> Array:
        """All of it."""

    def read(self, rows: slice) -> Array:
        """Some of its rows."""


class InMemory:
    """An array in memory, written row by row where it is not there yet."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._array = np.empty(shape, dtype)
        self._written = 0

    @classmethod
    def of(cls, array: Array) -> InMemory:
        """An array that is there already; it is not copied."""
        kept = cls.__new__(cls)
        kept._array, kept._written = array, len(array) if array.ndim else 1
        return kept

    @property
    def nbytes(self) -> int:
        """Its size."""
        return self._array.nbytes

    def write(self, rows: Array) -> None:
        """Write the next rows."""
        self._array[self._written : self._written + len(rows)] = rows
        self._written += len(rows)

    def array(self) -> Array:
        """The array itself."""
        return self._array

    def read(self, rows: slice) -> Array:
        """A view of some rows."""
        found: Array = self._array[rows]
        return found


class OnDevice:
    """An array that stays on a GPU (an ``OrtValue``) until somebody looks at it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def nbytes(self) -> int:
        """What it takes of the machine's own memory: nothing."""
        return 0

    def array(self) -> Array:
        """A copy in the machine's memory."""
        return np.asarray(self._value.numpy())

    def read(self, rows: slice) -> Array:
        """Some rows of a copy."""
        found: Array = self.array()[rows]
        return found
