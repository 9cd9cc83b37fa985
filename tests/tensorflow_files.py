"""TensorFlow files that tests make for themselves: graphs, and checkpoints of both versions."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Extents = Sequence[tuple[int, int]]

DTYPES = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int64": 9, "bool": 10, "float16": 19}


@dataclass(frozen=True)
class Type:
    """A type attribute, by TensorFlow's number."""

    number: int


@dataclass(frozen=True)
class Sizes:
    """A shape attribute; −1 is a size that is not known, and None a shape that isn't."""

    sizes: Sequence[int] | None


FLOAT = Type(1)


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, value: int | bytes | str) -> bytes:
    """A varint, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def shape_proto(sizes: Sequence[int] | None) -> bytes:
    if sizes is None:
        return field(3, 1)
    return b"".join(field(2, field(1, size)) for size in sizes)


def tensor_proto(array: Array) -> bytes:
    if array.dtype.kind in "SO":
        strings = b"".join(field(8, bytes(item)) for item in array.reshape(-1))
        return field(1, 7) + field(2, shape_proto(array.shape)) + strings
    return field(1, DTYPES[array.dtype.name]) + field(2, shape_proto(array.shape)) + field(4, array.tobytes())


def attribute(value: Any) -> bytes:
    """An ``AttrValue`` of what the Python value's type says."""
    if isinstance(value, bool):
        return field(5, int(value))
    if isinstance(value, int):
        return field(3, value)
    if isinstance(value, float):
        return varint(4 << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str | bytes):
        return field(2, value)
    if isinstance(value, Type):
        return field(6, value.number)
    if isinstance(value, Sizes):
        return field(7, shape_proto(value.sizes))
    if isinstance(value, np.ndarray):
        return field(8, tensor_proto(value))
    return field(1, field(3, b"".join(map(varint, value))))


def node(name: str, kind: str, inputs: Iterable[str] = (), **attributes: Any) -> bytes:
    """One operation of a graph."""
    entries = b"".join(field(5, field(1, key) + field(2, attribute(value))) for key, value in attributes.items())
    return field(1, field(1, name) + field(2, kind) + b"".join(field(3, read) for read in inputs) + entries)


def placeholder(name: str = "input", *sizes: int) -> bytes:
    return node(name, "Placeholder", dtype=FLOAT, shape=Sizes(sizes or (-1, 8, 9, 3)))


def const(name: str, value: Any, dtype: str = "int32") -> bytes:
    array = value if isinstance(value, np.ndarray) else np.asarray(value, dtype)
    return node(name, "Const", dtype=Type(DTYPES.get(array.dtype.name, 7)), value=array)


def variable(name: str, *sizes: int) -> bytes:
    return node(name, "VariableV2", dtype=FLOAT, shape=Sizes(sizes))


def conv(name: str, x: str, weights: str, **attributes: Any) -> bytes:
    given = {"strides": [1, 1, 1, 1], "padding": "SAME", "T": FLOAT, **attributes}
    return node(name, "Conv2D", [x, weights], **given)


def write_graph(path: Path, *nodes: bytes) -> Path:
    """A graph, in a ``MetaGraphDef`` where the path ends with ``.meta``."""
    graph = b"".join(nodes)
    path.write_bytes(field(2, graph) if path.suffix == ".meta" else graph)
    return path


@cache
def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


def slow_crc32c(data: bytes) -> int:
    """CRC-32C a byte at a time."""
    table, crc = [_remainder(byte) for byte in range(256)], 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    crc = slow_crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def packed(data: bytes) -> bytes:
    """Snappy: runs of bytes as they are, and copies of what stood 1 to 60 bytes before."""
    out = bytearray(varint(len(data)))
    place = 0
    while place < len(data):
        best = (0, 0)
        for offset in range(1, min(place, 60) + 1):
            length = 0
            while length < 60 and place + length < len(data) and data[place + length] == data[place + length - offset]:
                length += 1
            best = max(best, (length, offset))
        length, offset = best
        if length >= 4:
            out += bytes([length - 1 << 2 | 2]) + struct.pack("<H", offset)
            place += length
        else:
            run = data[place : place + 3]
            out += bytes([len(run) - 1 << 2]) + run
            place += len(run)
    return bytes(out)


def table_bytes(entries: Mapping[bytes, bytes], *, block_entries: int = 4, pack: bool = False) -> bytes:
    """LevelDB's table: sorted entries in blocks, keys told by what they share with the one before."""
    out = bytearray()

    def block(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
        content, last, restarts = bytearray(), b"", []
        for index, (key, value) in enumerate(pairs):
            shared = 0
            if index % 3:
                while shared < min(len(last), len(key)) and last[shared] == key[shared]:
                    shared += 1
            else:
                restarts.append(len(content))
            content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
            last = key
        content += b"".join(struct.pack("<I", place) for place in restarts or [0])
        return bytes(content + struct.pack("<I", len(restarts or [0])))

    def add(content: bytes) -> bytes:
        kind = b"\x01" if pack else b"\x00"
        content = packed(content) if pack else content
        handle = varint(len(out)) + varint(len(content))
        out.extend(content + kind + masked(content + kind))
        return handle

    ordered = sorted(entries.items())
    index = []
    for start in range(0, len(ordered), block_entries):
        part = ordered[start : start + block_entries]
        index.append((part[-1][0], add(block(part))))
    footer = add(block([])) + add(block(index))
    return bytes(out) + footer.ljust(40, b"\x00") + struct.pack("<Q", 0xDB4775248B80FB57)


def slice_key(name: str, extents: Extents) -> bytes:
    """For whole axes and small numbers, whose code is one byte."""
    key = b"\x00" + name.encode() + b"\x00\x01" + (bytes([1, len(extents)]) if extents else b"\x00")
    return key + b"".join(bytes([0x80 + start, 0x80 ^ length & 0xFF]) for start, length in extents)


def _extents_proto(extents: Extents) -> bytes:
    found = b""
    for start, length in extents:
        found += field(1, (field(1, start) if start else b"") + (field(2, length) if length >= 0 else b""))
    return found


def write_bundle(
    prefix: Path,
    variables: Mapping[str, Array],
    *,
    shards: int = 1,
    parts: Mapping[str, Sequence[Extents]] | None = None,
    left_out: Iterable[bytes] = (),
    pack: bool = False,
) -> Path:
    """A checkpoint of the second version; ``parts`` are variables cut into slices (starts below 64, lengths too).

    ``left_out`` are keys that the index lacks.
    """
    data = [bytearray() for _ in range(shards)]
    entries: dict[bytes, bytes] = {b"": field(1, shards) + field(3, field(1, 1))}

    def entry(array: Array, number: int) -> bytes:
        shard = number % shards
        content = array.tobytes()
        found = field(1, DTYPES[array.dtype.name]) + field(2, shape_proto(array.shape))
        found += (field(3, shard) if shard else b"") + field(4, len(data[shard])) + field(5, len(content))
        data[shard].extend(content)
        return found + varint(6 << 3 | 5) + masked(content)

    count = 0
    for name, array in variables.items():
        cut = (parts or {}).get(name)
        if cut is None:
            entries[name.encode()] = entry(array, count)
            count += 1
            continue
        whole = field(1, DTYPES[array.dtype.name]) + field(2, shape_proto(array.shape))
        entries[name.encode()] = whole + b"".join(field(7, _extents_proto(extents)) for extents in cut)
        for extents in cut:
            ranges = tuple(slice(None) if length < 0 else slice(start, start + length) for start, length in extents)
            entries[slice_key(name, extents)] = entry(np.ascontiguousarray(array[ranges]), count)
            count += 1
    for key in left_out:
        del entries[key]
    prefix.with_name(f"{prefix.name}.index").write_bytes(table_bytes(entries, pack=pack))
    for shard, content in enumerate(data):
        prefix.with_name(f"{prefix.name}.data-{shard:05d}-of-{shards:05d}").write_bytes(bytes(content))
    return prefix


def write_slices(path: Path, variables: Mapping[str, Array], *, pack: bool = False) -> Path:
    """A checkpoint of the first version, every variable in one slice."""
    metas = b""
    entries: dict[bytes, bytes] = {}
    for name, array in variables.items():
        whole = [(0, -1)] * array.ndim
        dtype = DTYPES[array.dtype.name]
        extents = _extents_proto(whole)
        metas += field(1, field(1, name) + field(2, shape_proto(array.shape)) + field(3, dtype) + field(4, extents))
        number = {"float32": 5, "float64": 6}.get(array.dtype.name)
        values = array.tobytes() if number else b"".join(varint(int(item)) for item in array.reshape(-1))
        tensor = field(number or 10, values)
        entries[slice_key(name, whole)] = field(2, field(1, name) + field(2, extents) + field(3, tensor))
    entries[b""] = field(1, metas)
    path.write_bytes(table_bytes(entries, pack=pack))
    return path


def learned(variables: Mapping[str, Array]) -> list[bytes]:
    """Variables of a graph; ``name/read`` gives what stands in each."""
    found = []
    for name, array in variables.items():
        found += [variable(name, *array.shape), node(f"{name}/read", "Identity", [name])]
    return found


def write_model(folder: Path, variables: Mapping[str, Array], *nodes: bytes, name: str = "model.ckpt") -> Path:
    """A graph and the checkpoint beside it; gives the graph."""
    write_bundle(folder / name, variables)
    return write_graph(folder / f"{name}.meta", *nodes)
