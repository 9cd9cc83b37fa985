"""One ``BlobProto`` on the wire: the shape, and the values as an array over the file."""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.importers.wire import FIXED32, FIXED64, LENGTH, VARINT, Wire, signed

MOST_AXES = 32
"""Caffe's own limit (``kMaxBlobAxes``)."""

MOST_VALUES = 2**31 - 1
"""Caffe counts them in an int."""

# A blob's values may be cut into pieces on the wire; writers make one, or one a buffer.
_MOST_PIECES = 10_000
_LONGEST_RUN_STEP = 1 << 20

# Fields of BlobProto. num, channels, height and width are the shape before there was one.
_LEGACY_DIMS = (1, 2, 3, 4)
_DATA, _SHAPE, _DOUBLE_DATA, _RAW_TYPE, _RAW_DATA = 5, 7, 8, 10, 12
# NVIDIA Caffe's Type: what the bytes of raw_data are. Its half precision is written so.
_RAW_TYPES = {0: "float64", 1: "float32", 2: "float16"}


class BlobError(Exception):
    """What is wrong with a blob; it names neither blob nor layer."""


@dataclass(frozen=True, eq=False)
class Blob:
    """One blob of learned parameters.

    ``array`` is float32, read-only and of ``shape``; where the file holds float32 in one piece, it is a view
    of the mapped file, at whatever alignment the file gives it. ``offset`` is the byte of the file where the
    values begin, 0 for HDF5. ``legacy``: the shape was written as num, channels, height and width, always four.
    ``stored`` is how the file holds the values: ``float32``, ``float64`` or ``float16``.
    """

    array: NDArray[np.float32]
    shape: tuple[int, ...]
    offset: int
    legacy: bool
    stored: str


@dataclass
class _Values:
    """Where the values of one kind are: pieces of (offset, count, bytes from one to the next).

    ``tag`` is the byte before each value that is not packed.
    """

    stored: str
    tag: int = 0
    pieces: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return np.dtype(self.stored).itemsize

    @property
    def count(self) -> int:
        return sum(count for _, count, _ in self.pieces)

    def add(self, wire: Wire, kind: int, start: int, stop: int, end: int) -> int:
        """Add the field at ``start`` and what follows it in the same way; return where that ends."""
        if len(self.pieces) == _MOST_PIECES:
            raise BlobError(f"is cut into more than {_MOST_PIECES} pieces")
        if kind == LENGTH:
            if (stop - start) % self.size:
                raise BlobError(f"has {stop - start} bytes of {self.stored} values")
            self.pieces.append((start, (stop - start) // self.size, self.size))
            return stop
        count = _run_length(wire.buffer, start, end, self.size, self.tag)
        self.pieces.append((start, count, self.size + 1))
        return start + (count - 1) * (self.size + 1) + self.size

    def array(self, buffer: bytes | mmap.mmap, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The values as float32: a view where the file holds them so, else a copy."""
        kind: np.dtype[Any] = np.dtype(self.stored).newbyteorder("<")
        views = [np.ndarray((count,), kind, buffer, offset, (step,)) for offset, count, step in self.pieces]
        joined = views[0] if len(views) == 1 else np.concatenate([np.empty(0, kind), *views])
        # A double may be too large for a float: Caffe makes it infinite, silently.
        with np.errstate(all="ignore"):
            values = np.ascontiguousarray(joined.astype(np.float32, copy=False)).reshape(shape)
        values.flags.writeable = False
        return values


def read_blob(wire: Wire, start: int, end: int) -> Blob:
    """Read the ``BlobProto`` between two positions.

    As in Caffe, ``double_data`` goes before ``data`` and a shape in the old fields before ``shape``; as in
    NVIDIA Caffe, ``raw_data`` is read where there is neither. Gradients (``diff``) are passed over.

    :raises BlobError: when shape and values do not fit, or no Caffe could hold them.
    :raises WireError: when the bytes are not a message.
    """
    dims: list[int] = []
    legacy_dims: dict[int, int] = {}
    floats = _Values("float32", _DATA << 3 | FIXED32)
    doubles = _Values("float64", _DOUBLE_DATA << 3 | FIXED64)
    raw, raw_type = (0, 0), -1
    position = start
    while position < end:
        number, kind, value, position = wire.field(position, end)
        if number == _DATA and kind in (LENGTH, FIXED32):
            position = floats.add(wire, kind, value, position, end)
        elif number == _DOUBLE_DATA and kind in (LENGTH, FIXED64):
            position = doubles.add(wire, kind, value, position, end)
        elif number == _SHAPE and kind == LENGTH:
            _read_dims(wire, value, position, dims)
        elif number in _LEGACY_DIMS and kind == VARINT:
            legacy_dims[number] = signed(value, 32)
        elif number == _RAW_TYPE and kind == VARINT:
            raw_type = value
        elif number == _RAW_DATA and kind == LENGTH:
            raw = (value, position)
    values = next((found for found in (doubles, floats) if found.pieces), None)
    if values is None:
        values = _raw_values(wire, raw_type, *raw)
    shape = tuple(legacy_dims.get(number, 0) for number in _LEGACY_DIMS) if legacy_dims else tuple(dims)
    _check_shape(shape, values.count)
    array = values.array(wire.buffer, shape)
    return Blob(array, shape, values.pieces[0][0], bool(legacy_dims), values.stored)


def _read_dims(wire: Wire, start: int, end: int, dims: list[int]) -> None:
    position = start
    while position < end:
        number, kind, value, position = wire.field(position, end)
        if number == 1 and kind == VARINT:
            dims.append(signed(value))
        elif number == 1 and kind == LENGTH:
            while value < position and len(dims) <= MOST_AXES:
                dim, value = wire.varint(value, position)
                dims.append(signed(dim))


def _raw_values(wire: Wire, raw_type: int, start: int, end: int) -> _Values:
    if end > start and raw_type not in _RAW_TYPES:
        raise BlobError(f"holds values of a kind that is not known, number {raw_type}")
    values = _Values(_RAW_TYPES.get(raw_type, "float32"))
    values.add(wire, LENGTH, start, end, end)
    return values


def _check_shape(shape: Sequence[int], count: int) -> None:
    if len(shape) > MOST_AXES:
        raise BlobError(f"has more than {MOST_AXES} axes")
    for size in shape:
        if not 0 <= size <= MOST_VALUES:
            raise BlobError(f"has an axis of {size}")
    sizes = "×".join(map(str, shape)) or "of a single number"
    if prod(size for size in shape if size) > MOST_VALUES:
        raise BlobError(f"has the shape {sizes}, more than Caffe can hold")
    if prod(shape) != count:
        raise BlobError(f"has the shape {sizes}, {prod(shape)} values, but holds {count}")


def _run_length(buffer: bytes | mmap.mmap, start: int, end: int, size: int, tag: int) -> int:
    """How many values of ``size`` bytes stand from ``start`` on, each after the first with ``tag`` before it."""
    step = size + 1
    most = (end - start - size) // step + 1
    count, length = 1, 64
    while count < most:
        length = min(length, most - count)
        tags = np.ndarray((length,), np.uint8, buffer, start + count * step - 1, (step,))
        others = np.flatnonzero(tags != tag)
        if others.size:
            return count + int(others[0])
        count += length
        length = min(2 * length, _LONGEST_RUN_STEP)
    return count
