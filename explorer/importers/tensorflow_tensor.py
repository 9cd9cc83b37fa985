"""TensorFlow's tensors on the wire (tensor.proto), as arrays over the file where that has their bytes in one piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.importers.checkpoint_entries import fields, read_shape
from explorer.importers.checkpoint_table import Span
from explorer.importers.wire import FIXED32, FIXED64, LENGTH, VARINT, Wire, signed

Array = NDArray[Any]

DTYPES: dict[int, str] = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
"""TensorFlow's numbers for the types of numbers that we read (types.proto)."""

BFLOAT16 = "bfloat16"

STRING = 7

RESOURCE = 20

MOST_REPEATED = 2**25
"""How large a constant may be that a file states as one repeated value."""

MOST_FIELDS = 2_000_000
"""Values written one by one that a tensor may have; writers pack them, or give their bytes."""

_CONTENT, _STRINGS = 4, 8
# The fields that hold values one by one: for each the kind on the wire of one that is not packed.
_FLOATS, _DOUBLES = 5, 6
_VARINTS = {7: 32, 10: 64, 11: 1, 13: 16, 16: 32, 17: 64}
_HALVES = 13


class TensorError(Exception):
    """What is wrong with a tensor; it names neither tensor nor file."""


@dataclass
class _Found:
    dtype: int = 0
    shape: tuple[int, ...] = ()
    content: Span | None = None
    packed: list[Span] = field(default_factory=list)
    numbers: list[int | float] = field(default_factory=list)
    strings: list[bytes] = field(default_factory=list)


def read_tensor(span: Span) -> Array:
    """The array of a ``TensorProto``, read-only; a view of the buffer where that holds its bytes in one piece.

    Brain floats are widened to float32, strings are an array of objects of type bytes.

    :raises TensorError: for a type that is no number, or where shape and values don't fit.
    :raises WireError: where the bytes are no message.
    """
    found = _walk(span)
    if found.dtype == STRING:
        return _strings(found)
    values = _values(found)
    count = prod(found.shape)
    if values.size == count:
        array = values.reshape(found.shape)
    elif values.size > count:
        raise TensorError(f"has the shape {found.shape}, but {values.size} values")
    elif count > MOST_REPEATED:
        raise TensorError(f"has the shape {found.shape}, but only {values.size} values")
    elif values.size <= 1:
        array = np.broadcast_to(values.reshape(-1)[0] if values.size else values.dtype.type(0), found.shape)
    else:
        # The last value stands for all that follow (tensor.cc).
        array = np.concatenate([values, np.full(count - values.size, values[-1])]).reshape(found.shape)
    array.flags.writeable = False
    return array


def read_values(span: Span, dtype: int) -> Array:
    """The values that a ``TensorProto`` lists, one after the other; older checkpoints note type and shape elsewhere.

    :raises TensorError: for a type that is no number.
    :raises WireError: where the bytes are no message.
    """
    found = _walk(span)
    found.dtype = found.dtype or dtype
    if found.content is not None:
        found.shape = found.shape or ((found.content.stop - found.content.start) // max(1, _item_size(found.dtype)),)
    values = _values(found)
    values.flags.writeable = False
    return values


def raw_array(span: Span, dtype: int, shape: tuple[int, ...], *, big_endian: bool = False) -> Array:
    """Bytes as an array of ``shape``, read-only: a view of the buffer but for brain floats and foreign byte orders.

    :raises TensorError: when there are more or fewer bytes than the shape takes, or of no type that is read.
    """
    name = DTYPES.get(dtype)
    if name is None:
        raise TensorError(f"holds values of a type that is not read, number {dtype}")
    stored = np.dtype("uint16" if name == BFLOAT16 else name)
    if prod(shape) * stored.itemsize != span.stop - span.start:
        raise TensorError(f"has the shape {shape}, {prod(shape)} values of {name}, but {span.stop - span.start} bytes")
    array: Array = np.ndarray(shape, stored.newbyteorder(">" if big_endian else "<"), span.buffer, span.start)
    if big_endian and stored.itemsize > 1:
        array = array.astype(stored)
    if name == BFLOAT16:
        array = widen_bfloat16(array)
    array.flags.writeable = False
    return array


def widen_bfloat16(bits: Array) -> NDArray[np.float32]:
    """Brain floats, given as their sixteen bits, in single precision, exactly."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _walk(span: Span) -> _Found:
    found = _Found()
    for number, kind, value, inner in fields(span, MOST_FIELDS):
        if (number, kind) == (1, VARINT):
            found.dtype = value
        elif (number, kind) == (2, LENGTH):
            found.shape = read_shape(inner)
        elif (number, kind) == (_CONTENT, LENGTH):
            found.content = inner
        elif (number, kind) == (_STRINGS, LENGTH):
            found.strings.append(inner.tobytes())
        elif number in (_FLOATS, _DOUBLES) and kind == LENGTH:
            found.packed.append(inner)
        elif number in (_FLOATS, _DOUBLES) and kind in (FIXED32, FIXED64):
            found.numbers.append(float(np.frombuffer(inner.tobytes(), "<f4" if kind == FIXED32 else "<f8")[0]))
        elif number in _VARINTS and kind == VARINT:
            found.numbers.append(signed(value, _VARINTS[number]) if number in (7, 10) else value)
        elif number in _VARINTS and kind == LENGTH:
            wire, position = Wire(inner.buffer), inner.start
            while position < inner.stop:
                value, position = wire.varint(position, inner.stop)
                found.numbers.append(signed(value, _VARINTS[number]) if number in (7, 10) else value)
    return found


def _item_size(dtype: int) -> int:
    name = DTYPES.get(dtype, "")
    return 2 if name == BFLOAT16 else np.dtype(name).itemsize if name else 0


def _values(found: _Found) -> Array:
    name = DTYPES.get(found.dtype)
    if name is None:
        raise TensorError(f"holds values of a type that is not read, number {found.dtype}")
    if found.content is not None and found.content.stop > found.content.start:
        return raw_array(found.content, found.dtype, found.shape).reshape(-1)
    if found.packed:
        pieces = [_packed(piece, name) for piece in found.packed]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    try:
        if name in (BFLOAT16, "float16"):
            bits = np.asarray(found.numbers, np.uint16)
            return widen_bfloat16(bits) if name == BFLOAT16 else bits.view(np.float16)
        return np.asarray(found.numbers, np.dtype(name))
    except (OverflowError, ValueError):
        raise TensorError(f"holds numbers that {name} has no room for") from None


def _packed(span: Span, name: str) -> Array:
    """Floating-point numbers in one piece, as a view."""
    if name not in ("float32", "float64"):
        raise TensorError(f"is of {name}, but holds floating-point values")
    stored = np.dtype(name).newbyteorder("<")
    length = span.stop - span.start
    if length % stored.itemsize:
        raise TensorError(f"has {length} bytes of {name} values")
    return np.ndarray((length // stored.itemsize,), stored, span.buffer, span.start)


def _strings(found: _Found) -> Array:
    count = prod(found.shape)
    if len(found.strings) != count:
        raise TensorError(f"has the shape {found.shape}, but {len(found.strings)} strings")
    array = np.empty(count, object)
    array[:] = found.strings
    return array.reshape(found.shape)
