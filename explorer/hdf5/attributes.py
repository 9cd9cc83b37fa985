"""HDF5's attributes (section IV.A.2.m): names with numbers or text, in a header or in a heap of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from explorer.hdf5.bytes import Cursor, Hdf5Error, Image
from explorer.hdf5.header import ATTRIBUTE, ATTRIBUTE_INFO, Message
from explorer.hdf5.trees import dense_objects
from explorer.hdf5.types import DataType, read_shape, read_type

MOST_BYTES = 256 << 20
"""Of one attribute; the longest is an architecture as JSON, some megabytes."""


def read_attributes(image: Image, messages: tuple[Message, ...]) -> dict[str, Any]:
    """The attributes of an object: text as ``str``, lists of it, numpy arrays of numbers, None for other kinds."""
    found: dict[str, Any] = {}
    for message in messages:
        if message.kind == ATTRIBUTE:
            found.update([_attribute(message.open(image))])
        elif message.kind == ATTRIBUTE_INFO:
            found.update(map(_attribute, dense_objects(image, message, 2)))
    return found


def _attribute(cursor: Cursor) -> tuple[str, Any]:
    version, flags = cursor.number(1), cursor.number(1)
    if version not in (1, 2, 3):
        raise Hdf5Error(f"an attribute has version {version}")
    sizes = [cursor.number(2) for _ in range(3)]
    if version == 3:
        cursor.take(1)
    aligned = [size + (-size % 8 if version == 1 else 0) for size in sizes]
    name = _decoded(cursor.take(aligned[0])[: sizes[0]])
    if version > 1 and flags & 3:
        return name, None  # its type is kept elsewhere: it is none of those that are asked for
    data_type = read_type(cursor.part(aligned[1]))
    shape = read_shape(cursor.part(aligned[2]))
    return name, None if shape is None else _value(cursor, data_type, shape)


def _value(cursor: Cursor, data_type: DataType, shape: tuple[int, ...]) -> Any:
    count = math.prod(shape)
    if data_type.kind in ("number", "text"):
        raw = cursor.view(count * data_type.size)
        if data_type.dtype is not None:
            return np.frombuffer(raw, data_type.dtype).reshape(shape)
        step = data_type.size
        texts = [_decoded(bytes(raw[start : start + step])) for start in range(0, len(raw), step)]
        return texts if shape else texts[0]
    if data_type.kind == "long text":
        texts = _long_texts(cursor.part(count * data_type.size), count)
        return texts if shape else texts[0]
    return None


def _long_texts(cursor: Cursor, count: int) -> list[str]:
    """Text of any length, kept in global heaps (section III.E)."""
    image, heaps, texts, total = cursor.image, dict[int, dict[int, Cursor]](), [], 0
    for _ in range(count):
        length, address, index = cursor.number(4), cursor.address(), cursor.number(4)
        if address is None or length == 0:
            texts.append("")
            continue
        if address not in heaps:
            heaps[address] = _global_heap(image, address)
        total += length
        if index not in heaps[address] or total > MOST_BYTES:
            raise Hdf5Error("an attribute's text is not where it says")
        content = heaps[address][index]
        texts.append(_decoded(bytes(image.data[content.position : content.end][:length])))
    return texts


def _global_heap(image: Image, address: int) -> dict[int, Cursor]:
    cursor = image.at(address)
    cursor.expect(b"GCOL")
    cursor.take(4)
    size = cursor.length()
    cursor = image.at(cursor.position, size - 8 - image.length_size)
    objects: dict[int, Cursor] = {}
    while cursor.left >= 8 + image.length_size:
        index = cursor.number(2)
        cursor.take(6)
        length = cursor.length()
        if index == 0:
            break  # the rest is free space
        objects[index] = cursor.part(length)
        cursor.take(min(-length % 8, cursor.left))
    return objects


def _decoded(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", "replace")
