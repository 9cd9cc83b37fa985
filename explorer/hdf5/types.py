"""HDF5's data spaces and data types (sections IV.A.2.b and IV.A.2.d), and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from explorer.hdf5.bytes import MOST_DIMENSIONS, Cursor, Hdf5Error

_IEEE = {2: (5, 10), 4: (8, 23), 8: (11, 52)}
"""Bytes of an IEEE 754 number → the bits of its exponent and of its mantissa."""


@dataclass(frozen=True)
class DataType:
    """One element's type. ``dtype`` is numpy's for numbers and None for the others; ``size`` is in bytes.

    ``bfloat16`` is the upper half of a float32, which numpy has no name for: its ``dtype`` is an unsigned number.
    """

    kind: Literal["number", "bfloat16", "text", "long text", "opaque", "other"]
    size: int
    dtype: np.dtype[Any] | None = None
    name: str = ""


def read_shape(cursor: Cursor) -> tuple[int, ...] | None:
    """A data space's sizes; None for the null data space, which holds nothing."""
    version, rank, flags = cursor.number(1), cursor.number(1), cursor.number(1)
    if version not in (1, 2) or rank > MOST_DIMENSIONS:
        raise Hdf5Error(f"a data space has version {version} and {rank} axes")
    kind = cursor.number(1)
    if version == 1:
        cursor.take(4)
    elif kind == 2:
        return None
    del flags  # says whether the largest sizes follow, which nobody needs for reading
    shape = tuple(cursor.length() for _ in range(rank))
    if math.prod(shape) >= 1 << 62:
        raise Hdf5Error(f"an array has the sizes {shape}")
    return shape


def read_type(cursor: Cursor) -> DataType:
    """A data type; those that hold no numbers and no text are named only."""
    head, bits, size = cursor.number(1), cursor.number(3), cursor.number(4)
    kind, order = head & 15, ">" if bits & 1 else "<"
    if size == 0:
        raise Hdf5Error("a data type has no size")
    if kind == 0:
        return _integer(cursor, size, order, signed=bool(bits & 8))
    if kind == 1:
        return _real(cursor, size, ">" if bits & 1 else "<", vax=bool(bits & 64))
    if kind == 3:
        return DataType("text", size, name="text")
    if kind == 5:
        return DataType("opaque", size, np.dtype(f"V{size}"), "opaque bytes")
    if kind == 8 and cursor.image.data[cursor.position] & 15 == 0:
        # An enumeration of whole numbers (h5py's truth values): the numbers, without their names.
        return read_type(cursor)
    if kind == 9 and bits & 15 == 1:
        return DataType("long text", size, name="text")
    names = {2: "times", 4: "bits", 6: "records", 7: "references", 9: "sequences", 10: "arrays", 11: "complex numbers"}
    return DataType("other", size, name=names.get(kind, f"type {kind}"))


def _integer(cursor: Cursor, size: int, order: str, *, signed: bool) -> DataType:
    offset, precision = cursor.number(2), cursor.number(2)
    if size not in (1, 2, 4, 8) or offset or precision != 8 * size:
        return DataType("other", size, name=f"{precision}-bit whole numbers in {size} bytes")
    return DataType("number", size, np.dtype(f"{order}{'i' if signed else 'u'}{size}"))


def _real(cursor: Cursor, size: int, order: str, *, vax: bool) -> DataType:
    cursor.take(4)
    _, exponent, _, mantissa = (cursor.number(1) for _ in range(4))
    if vax or (size, exponent, mantissa) == (2, 8, 7):
        bfloat16 = not vax
        return DataType("bfloat16", size, np.dtype(f"{order}u2")) if bfloat16 else DataType("other", size, name="VAX")
    if _IEEE.get(size) != (exponent, mantissa):
        return DataType("other", size, name=f"real numbers with {mantissa} bits of mantissa in {size} bytes")
    return DataType("number", size, np.dtype(f"{order}f{size}"))
