"""The messages of TensorFlow's checkpoints on the wire: shapes, slices, and what stands under each key.

Sources: tensor_bundle.proto, saved_tensor_slice.proto, tensor_shape.proto, tensor_slice.proto, and for keys
ordered_code.cc and saved_tensor_slice_util.cc.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from explorer.importers.checkpoint_table import Span
from explorer.importers.wire import FIXED32, LENGTH, VARINT, Wire, WireError, signed

MOST_AXES = 254
"""TensorFlow's own limit (``TensorShape::MaxDimensions``)."""

MOST_ELEMENTS = 2**40
"""More than any file holds; a product of sizes stays a small number."""

FULL = -1
"""The length of a slice that takes a whole axis."""

Slice = tuple[tuple[int, int], ...]
"""For each axis start and length; the length is ``FULL`` for all of it."""


@dataclass(frozen=True)
class Entry:
    """Where a tensor stands: ``size`` bytes at ``offset`` of file number ``shard``, or in ``slices`` of their own."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class SliceMeta:
    """A tensor as the first entry of an older checkpoint announces it."""

    name: str
    dtype: int
    shape: tuple[int, ...]
    slices: tuple[Slice, ...]


def fields(span: Span, most: int = 100_000) -> Iterator[tuple[int, int, int, Span]]:
    """The fields of the message in ``span``: number, kind on the wire, number of a varint, place of any other.

    :raises WireError: where the bytes are no message.
    """
    wire = Wire(span.buffer, most)
    position = span.start
    while position < span.stop:
        number, kind, value, position = wire.field(position, span.stop)
        yield number, kind, value, Span(span.buffer, value if kind != VARINT else position, position)


def read_entry(span: Span) -> Entry:
    """A ``BundleEntryProto``.

    :raises WireError: where it is none.
    """
    dtype = shard = offset = size = checksum = 0
    shape: tuple[int, ...] = ()
    slices: list[Slice] = []
    for number, kind, value, inner in fields(span):
        if (number, kind) == (1, VARINT):
            dtype = value
        elif (number, kind) == (2, LENGTH):
            shape = read_shape(inner)
        elif (number, kind) == (3, VARINT):
            shard = value
        elif (number, kind) == (4, VARINT):
            offset = value
        elif (number, kind) == (5, VARINT):
            size = value
        elif (number, kind) == (6, FIXED32):
            checksum = int.from_bytes(inner.tobytes(), "little")
        elif (number, kind) == (7, LENGTH):
            slices.append(read_slice(inner))
    return Entry(dtype, shape, shard, offset, size, checksum, tuple(slices))


def read_slice_metas(span: Span) -> tuple[SliceMeta, ...]:
    """The tensors that a ``SavedTensorSlices`` with a ``meta`` announces.

    :raises WireError: where it is none.
    """
    metas: list[SliceMeta] = []
    for number, kind, _, meta in fields(span):
        if (number, kind) != (1, LENGTH):
            continue
        metas.extend(_slice_meta(tensor) for inner, _, _, tensor in fields(meta) if inner == 1)
    return tuple(metas)


def _slice_meta(span: Span) -> SliceMeta:
    name, dtype = "", 0
    shape: tuple[int, ...] = ()
    slices: list[Slice] = []
    for number, kind, value, inner in fields(span):
        if (number, kind) == (1, LENGTH):
            name = text(inner)
        elif (number, kind) == (2, LENGTH):
            shape = read_shape(inner)
        elif (number, kind) == (3, VARINT):
            dtype = value
        elif (number, kind) == (4, LENGTH):
            slices.append(read_slice(inner))
    return SliceMeta(name, dtype, shape, tuple(slices))


def slice_data(span: Span) -> Span | None:
    """The ``TensorProto`` of a ``SavedTensorSlices`` with ``data``, or None.

    :raises WireError: where the bytes are no message.
    """
    for number, kind, _, data in fields(span):
        if (number, kind) == (2, LENGTH):
            for inner, inner_kind, _, tensor in fields(data):
                if (inner, inner_kind) == (3, LENGTH):
                    return tensor
    return None


def read_shape(span: Span) -> tuple[int, ...]:
    """A ``TensorShapeProto`` all of whose sizes are known.

    :raises WireError: where it is none, or has sizes that no tensor has.
    """
    sizes: list[int] = []
    for number, kind, value, dim in fields(span):
        if (number, kind) == (2, LENGTH):
            size = next((value for inner, kind, value, _ in fields(dim) if (inner, kind) == (1, VARINT)), 0)
            sizes.append(signed(size))
        elif (number, kind) == (3, VARINT) and value:
            raise WireError("a shape has no known number of axes", span.start)
    if len(sizes) > MOST_AXES or min(sizes, default=0) < 0:
        raise WireError("a shape has negative sizes or too many", span.start)
    if prod(size for size in sizes if size) > MOST_ELEMENTS:
        raise WireError("a shape is larger than any tensor's", span.start)
    return tuple(sizes)


def read_slice(span: Span) -> Slice:
    """A ``TensorSliceProto``.

    :raises WireError: where it is none.
    """
    extents: list[tuple[int, int]] = []
    for number, kind, _, extent in fields(span):
        if (number, kind) == (1, LENGTH):
            start, length = 0, FULL
            for inner, inner_kind, value, _ in fields(extent):
                if (inner, inner_kind) == (1, VARINT):
                    start = signed(value)
                elif (inner, inner_kind) == (2, VARINT):
                    length = signed(value)
            extents.append((start, length))
    if len(extents) > MOST_AXES:
        raise WireError("a slice has too many axes", span.start)
    return tuple(extents)


def text(span: Span) -> str:
    """A string field; bytes that are no UTF-8 show as such and harm nobody."""
    return span.tobytes().decode("utf-8", "backslashreplace")


def slice_key(name: str, part: Slice) -> bytes:
    """The key under which a slice stands: zero, the name, the number of axes, then start and length of each."""
    key = _increasing(0) + name.encode().replace(b"\x00", b"\x00\xff") + b"\x00\x01"
    key += _increasing(len(part))
    for start, length in part:
        key += _signed_increasing(start) + _signed_increasing(length)
    return key


def _increasing(number: int) -> bytes:
    """A number from 0 on so that larger ones sort behind it: how many bytes, then those, high ones first."""
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([len(content)]) + content


def _signed_increasing(number: int) -> bytes:
    """A signed number of 64 bits so that larger ones sort behind it: as many leading bits flipped as it has bytes."""
    magnitude = ~number if number < 0 else number
    length = magnitude.bit_length() // 7 + 1
    content = number & (1 << 8 * length) - 1
    return (content ^ ((1 << length) - 1) << (7 * length)).to_bytes(length, "big")
