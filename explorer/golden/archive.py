"""A zip whose parts are stored as they are: where each lies in the mapped file, found without trusting the file.

The structures are those of PKWARE's APPNOTE 6.3: end of central directory (4.3.16), its ZIP64 forms (4.3.14, 4.3.15),
central headers (4.3.12) and local headers (4.3.7). Nothing is ever unpacked, so a file can't grow in memory or on disk.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from explorer.errors import PortsideError
from explorer.files import check_file, map_held

MOST_PARTS = 100_000
MOST_DIRECTORY = 64 << 20
"""Bytes of the directory at the end of the file; more is no golden run."""

ENCRYPTED = 1
UTF8 = 1 << 11
STORED = 0
ZIP64 = 1

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_ELSEWHERE = 0xFFFFFFFF


@dataclass(frozen=True)
class Part:
    """Where a part's bytes lie in the file; those of one that is not ``plain`` (compressed, encrypted) can't be had."""

    name: str
    start: int
    size: int
    plain: bool


@dataclass(frozen=True, eq=False)
class Archive:
    """The file, mapped to be read, and its parts by name."""

    path: Path
    buffer: mmap.mmap
    parts: Mapping[str, Part]

    def part(self, name: str) -> Part:
        """The part of that name.

        :raises PortsideError: when there is none, or its bytes are not there as they are.
        """
        found = self.parts.get(name)
        if found is None:
            raise PortsideError(f"the part '{name}' is missing", file=self.path)
        if not found.plain:
            raise PortsideError(f"the part '{name}' is compressed; parts are stored as they are", file=self.path)
        return found

    def view(self, name: str) -> memoryview:
        """The bytes of a part, where they lie.

        :raises PortsideError: as :meth:`part` does.
        """
        part = self.part(name)
        return memoryview(self.buffer)[part.start : part.start + part.size]


def open_archive(path: Path) -> Archive:
    """Map a zip and find its parts; entries whose names lead out of a folder are passed over.

    :raises PortsideError: when it is no zip, is cut short, holds a name twice, or parts that lie over one another.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            buffer = map_held(file)
    except (OSError, ValueError) as error:
        raise PortsideError(f"can't be read ({getattr(error, 'strerror', None) or error})", file=path) from None
    try:
        entries = list(_entries(buffer, path))
    except struct.error:
        raise _damaged(path) from None
    places = sorted((begin, part.start + part.size) for begin, part in entries)
    if any(end > begin for (_, end), (begin, _) in pairwise(places)):
        raise PortsideError("parts of it lie over one another", file=path)
    parts: dict[str, Part] = {}
    for _, part in entries:
        if not _is_safe(part.name):
            continue
        if part.name in parts:
            raise PortsideError(f"holds the part '{part.name}' twice", file=path)
        parts[part.name] = part
    return Archive(path, buffer, parts)


def _entries(buffer: mmap.mmap, path: Path) -> Iterator[tuple[int, Part]]:
    """Each entry, and where its own header begins."""
    count, position, end = _directory(buffer, path)
    for _ in range(count):
        head = _CENTRAL.unpack_from(buffer, position)
        signature, flags, method, packed, size = head[0], head[3], head[4], head[8], head[9]
        name_size, extra_size, comment_size, begin = *head[10:13], head[16]
        if signature != b"PK\1\2":
            raise _damaged(path)
        name = buffer[position + _CENTRAL.size : position + _CENTRAL.size + name_size]
        extra_start = position + _CENTRAL.size + name_size
        extra = buffer[extra_start : extra_start + extra_size]
        size, packed, begin = _large(extra, (size, packed, begin), path)
        position = extra_start + extra_size + comment_size
        if position > end:
            raise _damaged(path)
        plain = method == STORED and not flags & ENCRYPTED and packed == size
        start = _data_start(buffer, begin, path)
        if start + packed > end:
            raise _damaged(path)
        text = name.decode("utf-8" if flags & UTF8 else "cp437", "replace")
        yield begin, Part(text, start, packed, plain)


def _directory(buffer: mmap.mmap, path: Path) -> tuple[int, int, int]:
    """How many entries the directory has, where it begins, and where it ends."""
    at = buffer.rfind(b"PK\5\6", max(0, len(buffer) - _LONGEST_COMMENT - _END.size))
    if at < 0 or at + _END.size > len(buffer):
        raise PortsideError("not a golden run, or cut short: the directory at its end is missing", file=path)
    _, _, _, _, count, size, start, _ = _END.unpack_from(buffer, at)
    locator = at - _LOCATOR.size
    if locator >= 0 and buffer[locator : locator + 4] == b"PK\6\7":
        at = _LOCATOR.unpack_from(buffer, locator)[2]
        if at + _END64.size > locator or buffer[at : at + 4] != b"PK\6\6":
            raise _damaged(path)
        *_, count, size, start = _END64.unpack_from(buffer, at)
    if start + size > at:
        raise _damaged(path)
    if count > MOST_PARTS or size > MOST_DIRECTORY:
        raise PortsideError(f"holds {count} parts, more than a golden run has", file=path)
    return count, start, start + size


def _large(extra: bytes, fields: tuple[int, int, int], path: Path) -> tuple[int, int, int]:
    """Size, packed size and place, where they don't fit their own fields."""
    found = list(fields)
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == ZIP64:
            wanted = [place for place, value in enumerate(found) if value == _ELSEWHERE]
            if size < 8 * len(wanted):
                raise _damaged(path)
            for number, place in enumerate(wanted):
                (found[place],) = struct.unpack_from("<Q", extra, 4 + 8 * number)
        extra = extra[4 + size :]
    return found[0], found[1], found[2]


def _data_start(buffer: mmap.mmap, begin: int, path: Path) -> int:
    if begin + _LOCAL.size > len(buffer):
        raise _damaged(path)
    head = _LOCAL.unpack_from(buffer, begin)
    if head[0] != b"PK\3\4":
        raise _damaged(path)
    return begin + _LOCAL.size + int(head[9]) + int(head[10])


def _is_safe(name: str) -> bool:
    parts = PurePosixPath(name)
    return bool(name) and not (
        name.endswith("/") or "\\" in name or ":" in name or "\0" in name or parts.is_absolute() or ".." in parts.parts
    )


def _damaged(path: Path) -> PortsideError:
    return PortsideError("its directory of parts is damaged", file=path)
