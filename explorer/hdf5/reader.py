"""HDF5 files, read without libhdf5: groups, attributes and arrays of numbers, in this file alone.

No link out of the file, no plug-in and no reference is followed. What is damaged is one sentence that names the file;
nothing a file says can make this run for ever or take more memory than the file's own scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.hdf5.attributes import read_attributes
from explorer.hdf5.bytes import Cursor, Hdf5Error, Image, map_file
from explorer.hdf5.chunks import find_chunks, read_chunks, read_filters
from explorer.hdf5.header import (
    DATA_SPACE,
    DATA_TYPE,
    EXTERNAL_FILES,
    FILTERS,
    LAYOUT,
    Message,
    read_messages,
)
from explorer.hdf5.trees import Link, read_links
from explorer.hdf5.types import DataType, read_shape, read_type

SIGNATURE = b"\x89HDF\r\n\x1a\n"

_Read = TypeVar("_Read")


def open_hdf5(path: Path) -> Group:
    """The root group of a file, which is mapped into memory.

    :raises PortsideError: when it is no HDF5 file, or cut short.
    """
    try:
        data = map_file(path)
    except (OSError, ValueError) as error:
        raise PortsideError(f"can't be read ({error})", file=path) from None
    return read_hdf5(data, str(path))


def read_hdf5(data: bytes | memoryview, file: str) -> Group:
    """The root group of the HDF5 file whose bytes are ``data``; ``file`` is what errors call it.

    :raises PortsideError: when it is no HDF5 file, or cut short.
    """

    def root() -> Group:
        image, address = _superblock(memoryview(data))
        found = _object(image, address, "", file)
        if not isinstance(found, Group):
            raise Hdf5Error("its root is no group")
        return found

    return _told(file, root)


def is_hdf5(head: bytes) -> bool:
    """Whether a file that begins like this is an HDF5 file."""
    return head.startswith(SIGNATURE)


@dataclass(frozen=True, eq=False)
class Node:
    """A group or a data set; ``name`` is its path from the root and ``file`` what errors call the file."""

    image: Image
    messages: tuple[Message, ...]
    name: str
    file: str

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Text as ``str``, lists of it, numpy arrays of numbers; None for other kinds."""
        return self.tell(lambda: read_attributes(self.image, self.messages))

    def tell(self, read: Callable[[], _Read]) -> _Read:
        """Read something, with this place named in what goes wrong."""
        return _told(self.file, read, self.name)


@dataclass(frozen=True, eq=False)
class Group(Node):
    """Members by name; a name may be a path of several."""

    @cached_property
    def links(self) -> dict[str, Link]:
        """Where the members' names lead."""
        return self.tell(lambda: read_links(self.image, self.messages))

    def __contains__(self, path: str) -> bool:
        group: Node = self
        for name in path.split("/"):
            if not isinstance(group, Group) or name not in group.links:
                return False
            group = group.member(name)
        return True

    def member(self, name: str) -> Group | Dataset:
        """One member.

        :raises PortsideError: when there is none of that name, or it lies outside the file.
        """

        def read() -> Group | Dataset:
            if name not in self.links:
                raise Hdf5Error(f"holds no '{name}'")
            address = self.links[name].address
            if address is None:
                raise Hdf5Error(f"'{name}' is a link to another place, which is not followed")
            return _object(self.image, address, f"{self.name}/{name}" if self.name else name, self.file)

        return self.tell(read)

    def group(self, path: str) -> Group:
        """The group at ``path``."""
        found: Node = self
        for name in path.split("/"):
            if not isinstance(found, Group):
                break
            found = found.member(name)
        if not isinstance(found, Group):
            raise PortsideError(f"'{found.name}' is no group", file=self.file)
        return found

    def dataset(self, path: str) -> Dataset:
        """The data set at ``path``."""
        folder, _, name = path.rpartition("/")
        found = (self.group(folder) if folder else self).member(name)
        if not isinstance(found, Dataset):
            raise PortsideError(f"'{found.name}' is no data set", file=self.file)
        return found


@dataclass(frozen=True, eq=False)
class Dataset(Node):
    """An array of numbers; its shape is known at once, the numbers are read when they are asked for."""

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        shape = self.tell(lambda: read_shape(self._message(DATA_SPACE)))
        return (0,) if shape is None else shape

    @cached_property
    def type(self) -> DataType:
        """What one element is."""
        return self.tell(lambda: read_type(self._message(DATA_TYPE)))

    def numbers(self) -> NDArray[Any]:
        """The numbers as stored: a view of the file where they lie in one piece. ``bfloat16`` is widened to float32.

        :raises PortsideError: when they are no numbers, are kept elsewhere, or are fewer than promised.
        """
        return self.tell(self._numbers)

    def _numbers(self) -> NDArray[Any]:
        data_type = self.type
        half = data_type.kind == "bfloat16" or (
            data_type.size == 2 and data_type.kind == "opaque" and self.attributes.get("dtype") == "bfloat16"
        )
        dtype = np.dtype("<u2") if data_type.kind == "opaque" else data_type.dtype
        if dtype is None or (data_type.kind == "opaque" and not half):
            raise Hdf5Error(f"holds {data_type.name}, not numbers")
        if any(message.kind == EXTERNAL_FILES for message in self.messages):
            raise Hdf5Error("keeps its numbers in another file, which is not read")
        array = self._stored(dtype)
        return (array.astype(np.uint32) << 16).view(np.float32) if half else array

    def _stored(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        shape = self.shape
        size = math.prod(shape) * dtype.itemsize
        layout = self._message(LAYOUT)
        version, kind = layout.number(1), layout.number(1)
        if version not in (3, 4, 5):
            raise Hdf5Error(f"is laid out by version {version}, which is not read")
        if size == 0:
            return np.zeros(shape, dtype)
        if kind == 0:
            return np.frombuffer(layout.part(layout.number(2)).view(size), dtype).reshape(shape)
        if kind == 1:
            address, stored = layout.address(), layout.length()
            if address is None or stored < size:
                raise Hdf5Error(f"promises {size} bytes, but {0 if address is None else stored} are stored")
            return np.frombuffer(self.image.at(address, size).view(size), dtype).reshape(shape)
        if kind != 2:
            raise Hdf5Error("keeps its numbers in other data sets, which is not read")
        steps = [message for message in self.messages if message.kind == FILTERS]
        filters = read_filters(steps[0].open(self.image)) if steps else ()
        sizes, chunks = find_chunks(self.image, layout, version, shape, dtype.itemsize, filtered=bool(filters))
        return read_chunks(self.image, chunks, sizes, shape, dtype, filters)

    def _message(self, kind: int) -> Cursor:
        found = next((message for message in self.messages if message.kind == kind), None)
        if found is None:
            raise Hdf5Error("lacks a part of its header")
        return found.open(self.image)


def _superblock(data: memoryview) -> tuple[Image, int | None]:
    """The file from its superblock on (section II.A), and the address of the root group's header."""
    start = 0
    while not is_hdf5(bytes(data[start : start + len(SIGNATURE)])):
        start = max(512, 2 * start)
        if start >= len(data):
            raise Hdf5Error("is no HDF5 file")
    data = data[start:]
    cursor = Image(data).at(len(SIGNATURE))
    version = cursor.number(1)
    if version not in (0, 1, 2, 3):
        raise Hdf5Error(f"is of HDF5's version {version}, which is not read")
    old = version < 2
    cursor.take(4 if old else 0)
    offset_size, length_size = cursor.number(1), cursor.number(1)
    if offset_size not in (2, 4, 8) or length_size not in (2, 4, 8):
        raise Hdf5Error("its addresses have an odd size")
    cursor.take((9 if version == 0 else 13) if old else 1)
    image = Image(data, offset_size, length_size)
    cursor = image.at(cursor.position)
    base, _ = cursor.address(), cursor.address()
    end = cursor.address()
    if base not in (0, start):
        raise Hdf5Error("its addresses count from an odd place")
    if end is None or end - (base if base == start else 0) > len(data):
        raise Hdf5Error(f"is cut short: it says that it has {end} bytes, there are {len(data)}")
    if old:
        cursor.address()
        cursor.number(offset_size)
    return image, cursor.address()


def _object(image: Image, address: int | None, name: str, file: str) -> Group | Dataset:
    messages = read_messages(image, address)
    kind = Dataset if any(message.kind == LAYOUT for message in messages) else Group
    return kind(image, messages, name, file)


def _told(file: str, read: Callable[[], _Read], name: str = "") -> _Read:
    try:
        return read()
    except Hdf5Error as error:
        place = f"'{name}' {error}" if name else str(error)
        raise PortsideError(f"is not a readable HDF5 file: {place}", file=file) from None
    except (ValueError, OverflowError, MemoryError) as error:
        raise PortsideError(f"is not a readable HDF5 file: {error}", file=file) from None
