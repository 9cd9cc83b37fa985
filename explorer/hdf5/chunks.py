"""HDF5's chunked data sets (section IV.A.2.i): where the chunks lie, and how their filters are undone."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.hdf5.bytes import MOST_DIMENSIONS, Cursor, Hdf5Error, Image
from explorer.hdf5.trees import first_tree_leaves

DEFLATE, SHUFFLE, FLETCHER = 1, 2, 3

MOST_INFLATION = 1100
"""Deflate makes at most 1032 bytes of one: a data set that promises more is refused before memory is taken."""


@dataclass(frozen=True)
class Filter:
    """One step of a chunk's encoding and its parameters."""

    number: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """A stored chunk: where it begins in the array and in the file, its bytes there, and the filters left out."""

    start: tuple[int, ...]
    address: int
    size: int
    skipped: int = 0


def read_filters(cursor: Cursor) -> tuple[Filter, ...]:
    """A filter pipeline (section IV.A.2.l)."""
    version, count = cursor.number(1), cursor.number(1)
    if version not in (1, 2) or count > 32:
        raise Hdf5Error(f"a list of filters has version {version} and {count} entries")
    cursor.take(6 if version == 1 else 0)
    filters = []
    for _ in range(count):
        number = cursor.number(2)
        named = version == 1 or number >= 256
        name_size = cursor.number(2) if named else 0
        _, values = cursor.number(2), cursor.number(2)
        cursor.take(name_size + (-name_size % 8 if version == 1 else 0))
        filters.append(Filter(number, tuple(cursor.number(4) for _ in range(values))))
        cursor.take(4 if version == 1 and values % 2 else 0)
    unknown = [step.number for step in filters if step.number not in (DEFLATE, SHUFFLE, FLETCHER)]
    if unknown:
        raise Hdf5Error(f"it is encoded by filter {unknown[0]}, which is not read")
    return tuple(filters)


def find_chunks(
    image: Image, layout: Cursor, version: int, shape: tuple[int, ...], item: int, *, filtered: bool
) -> tuple[tuple[int, ...], list[Chunk]]:
    """A chunk's sizes, and the chunks that are stored; ``layout`` stands behind the version and class."""
    if version == 3:
        rank = layout.number(1)
        root = layout.address()
        sizes = tuple(layout.number(4) for _ in range(_checked_rank(rank, shape)))
        _check_sizes(sizes)
        return sizes[:-1], list(_tree_chunks(image, root, len(shape)))
    flags, rank, width = layout.number(1), layout.number(1), layout.number(1)
    sizes = tuple(layout.number(width) for _ in range(_checked_rank(rank, shape)))
    _check_sizes(sizes)
    sizes = sizes[:-1]
    kind = layout.number(1)
    full = math.prod(sizes) * item
    starts = _starts(shape, sizes)
    if kind == 1:
        size, skipped = (layout.length(), layout.number(4)) if flags & 2 else (full, 0)
        return sizes, _present([layout.address()], [size], [skipped], starts)
    if kind == 2:
        address = layout.address()
        count = math.prod(-(-a // b) for a, b in zip(shape, sizes, strict=True))
        if address is None or count * full > len(image.data):
            raise Hdf5Error("its chunks are not there")
        return sizes, [Chunk(start, address + index * full, full) for index, start in enumerate(starts)]
    if kind == 3:
        layout.number(1)
        return sizes, _present(*_fixed_array(image, layout.address(), full, filtered=filtered), starts)
    raise Hdf5Error("its chunks are listed for growing, which is not read")


def read_chunks(
    image: Image,
    chunks: Sequence[Chunk],
    sizes: tuple[int, ...],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    filters: Sequence[Filter],
) -> NDArray[Any]:
    """The array that the chunks make up; what no chunk covers is zero.

    :raises Hdf5Error: when the array is larger than what is stored can be.
    """
    wanted, stored = math.prod(shape) * dtype.itemsize, sum(chunk.size for chunk in chunks)
    full = math.prod(sizes) * dtype.itemsize
    inflation = MOST_INFLATION if any(step.number == DEFLATE for step in filters) else 1
    if wanted > inflation * stored or full > inflation * max((chunk.size for chunk in chunks), default=0):
        raise Hdf5Error(f"it promises {wanted} bytes, but {stored} are stored")
    result = np.zeros(shape, dtype)
    for chunk in chunks:
        raw = _decoded(image.at(chunk.address, chunk.size).take(chunk.size), filters, chunk.skipped, full)
        if len(raw) < full:
            raise Hdf5Error("a chunk is cut short")
        if len(chunk.start) != len(shape) or any(start >= size for start, size in zip(chunk.start, shape, strict=True)):
            raise Hdf5Error("a chunk lies outside its array")
        part = np.frombuffer(raw, dtype, math.prod(sizes)).reshape(sizes)
        ends = [min(size, end - start) for start, size, end in zip(chunk.start, sizes, shape, strict=True)]
        target = tuple(slice(start, start + size) for start, size in zip(chunk.start, ends, strict=True))
        result[target] = part[tuple(slice(size) for size in ends)]
    return result


def _decoded(raw: bytes, filters: Sequence[Filter], skipped: int, full: int) -> bytes:
    for index in reversed(range(len(filters))):
        if skipped >> index & 1:
            continue
        step = filters[index]
        if step.number == FLETCHER:
            raw = raw[:-4]
        elif step.number == DEFLATE:
            try:
                raw = zlib.decompressobj().decompress(raw, full + 4)
            except zlib.error as error:
                raise Hdf5Error(f"a chunk can't be inflated ({error})") from None
        elif step.values and step.values[0] > 1 and len(raw) >= step.values[0]:
            size = step.values[0]
            whole = len(raw) // size * size
            raw = np.frombuffer(raw, np.uint8, whole).reshape(size, -1).T.tobytes() + raw[whole:]
    return raw


def _tree_chunks(image: Image, root: int | None, rank: int) -> Iterator[Chunk]:
    if root is None:
        return
    for key, address in first_tree_leaves(image, root, 1, 8 + 8 * (rank + 1)):
        start = tuple(int.from_bytes(key[8 + 8 * axis : 16 + 8 * axis], "little") for axis in range(rank))
        yield Chunk(start, address, int.from_bytes(key[:4], "little"), int.from_bytes(key[4:8], "little"))


def _fixed_array(
    image: Image, address: int | None, full: int, *, filtered: bool
) -> tuple[list[int | None], list[int], list[int]]:
    """Addresses, sizes and masks of the chunks in a fixed array (section VII.C)."""
    head = image.at(address)
    head.expect(b"FAHD")
    _, client, entry, page_bits = head.number(1), head.number(1), head.number(1), head.number(1)
    count = head.length()
    block = image.at(head.address())
    block.expect(b"FADB")
    block.take(2 + image.offset_size)
    plain = not client and entry == image.offset_size
    sized = (client == 1) == filtered and page_bits <= 32 and entry > image.offset_size
    if not (plain or sized) or count * entry > len(image.data):
        raise Hdf5Error("the list of its chunks makes no sense")
    page = 1 << page_bits
    pages = -(-count // page) if count > page else 0
    block.take((pages + 7) // 8 + (4 if pages else 0))
    addresses: list[int | None] = []
    sizes, masks = [], []
    for index in range(count):
        if pages and index and index % page == 0:
            block.take(4)
        addresses.append(block.address())
        sizes.append(block.number(entry - image.offset_size - 4) if client else full)
        masks.append(block.number(4) if client else 0)
    return addresses, sizes, masks


def _present(
    addresses: Sequence[int | None], sizes: Sequence[int], masks: Sequence[int], starts: Iterator[tuple[int, ...]]
) -> list[Chunk]:
    return [
        Chunk(start, address, size, mask)
        for address, size, mask, start in zip(addresses, sizes, masks, starts, strict=False)
        if address is not None
    ]


def _starts(shape: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Where the chunks begin, in the order in which they are numbered."""
    for place in np.ndindex(*(-(-a // b) for a, b in zip(shape, sizes, strict=True))):
        yield tuple(index * size for index, size in zip(place, sizes, strict=True))


def _checked_rank(rank: int, shape: tuple[int, ...]) -> int:
    if rank != len(shape) + 1 or rank > MOST_DIMENSIONS + 1:
        raise Hdf5Error(f"its chunks have {rank - 1} axes, itself {len(shape)}")
    return rank


def _check_sizes(sizes: tuple[int, ...]) -> None:
    if min(sizes) <= 0:
        raise Hdf5Error("its chunks have no size")
