"""LevelDB's table, in which both kinds of TensorFlow's checkpoints keep entries: sorted keys in checked blocks."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from explorer.errors import PortsideError
from explorer.importers.checkpoint_crc import masked_crc32c
from explorer.importers.checkpoint_snappy import SnappyError, unpack
from explorer.importers.wire import Wire, WireError

MAGIC = 0xDB4775248B80FB57
"""The last eight bytes of a table, little end first (table/format.h)."""

MOST_ENTRIES = 2_000_000
"""More than any checkpoint has variables."""

LONGEST_KEY = 65_536

_FOOTER = 48
_TRAILER = 5
"""Behind each block: a byte that says how it is packed, and the checksum of both."""

_RAW, _SNAPPY = 0, 1


@dataclass(frozen=True)
class Span:
    """The bytes ``buffer[start:stop]``, not yet copied out of it."""

    buffer: bytes | mmap.mmap
    start: int
    stop: int

    def tobytes(self) -> bytes:
        """A copy of the bytes."""
        return bytes(self.buffer[self.start : self.stop])


@dataclass
class Table:
    """The table in ``buffer``, the content of ``file``; blocks are checked and read when they are asked for."""

    buffer: bytes | mmap.mmap
    file: str
    _index: list[tuple[bytes, int, int]] = field(init=False)
    _last: tuple[int, dict[bytes, Span]] = field(init=False)

    def __post_init__(self) -> None:
        self._index = []
        self._last = -1, {}
        free = 0
        for key, value in self._entries(*self._footer()):
            offset, size = self._handle(value)
            if offset < free:
                # Blocks in one another would make little of a file into any amount of work.
                raise self.damaged(f"its block at byte {offset} begins within the one before it")
            free = offset + size + _TRAILER
            self._index.append((key, offset, size))

    def __iter__(self) -> Iterator[tuple[bytes, Span]]:
        """Every key and value, in the order of the keys."""
        count = 0
        for _, offset, size in self._index:
            entries = self._entries(offset, size)
            count += len(entries)
            if count > MOST_ENTRIES:
                raise self.damaged(f"it holds more than {MOST_ENTRIES} entries")
            yield from entries

    def find(self, key: bytes) -> Span | None:
        """The value of one key, or None; only the block where it would stand is read."""
        low, high = 0, len(self._index)
        while low < high:
            middle = (low + high) // 2
            if self._index[middle][0] < key:
                low = middle + 1
            else:
                high = middle
        if low == len(self._index):
            return None
        _, offset, size = self._index[low]
        if self._last[0] != offset:
            self._last = offset, dict(self._entries(offset, size))
        return self._last[1].get(key)

    def damaged(self, reason: str) -> PortsideError:
        """The error that says what is wrong with this table."""
        return PortsideError(f"is damaged, or no checkpoint: {reason}", file=self.file)

    def _footer(self) -> tuple[int, int]:
        size = len(self.buffer)
        if size < _FOOTER or struct.unpack_from("<Q", self.buffer, size - 8)[0] != MAGIC:
            raise PortsideError("is not a checkpoint, or is cut short: it does not end as a table does", file=self.file)
        wire = Wire(self.buffer)
        try:
            position = size - _FOOTER
            handle: list[int] = []
            for _ in range(4):
                number, position = wire.varint(position, size - 8)
                handle.append(number)
        except WireError as error:
            raise self.damaged(error.reason) from None
        # The first block of the two holds nothing here, and is checked all the same.
        self._block(handle[0], handle[1])
        return handle[2], handle[3]

    def _handle(self, value: Span) -> tuple[int, int]:
        wire = Wire(value.buffer)
        try:
            offset, position = wire.varint(value.start, value.stop)
            size, _ = wire.varint(position, value.stop)
        except WireError as error:
            raise self.damaged(error.reason) from None
        return offset, size

    def _block(self, offset: int, size: int) -> Span:
        """The content of the block whose packed form is ``size`` bytes at ``offset``."""
        stop = offset + size
        if stop + _TRAILER > len(self.buffer):
            raise self.damaged(f"a block of {size} bytes at byte {offset} goes on after the end")
        packed = memoryview(self.buffer)[offset : stop + 1]
        if masked_crc32c(packed) != struct.unpack_from("<I", self.buffer, stop + 1)[0]:
            raise self.damaged(f"the checksum of its block at byte {offset} is wrong")
        kind = packed[size]
        if kind == _RAW:
            return Span(self.buffer, offset, stop)
        if kind != _SNAPPY:
            raise self.damaged(f"its block at byte {offset} is packed in a way that is not known, number {kind}")
        try:
            content = unpack(bytes(packed[:size]))
        except SnappyError as error:
            raise self.damaged(f"its block at byte {offset} {error}") from None
        return Span(content, 0, len(content))

    def _entries(self, offset: int, size: int) -> list[tuple[bytes, Span]]:
        """The keys and values of one block; each key is told by what it shares with the one before it."""
        block = self._block(offset, size)
        wire = Wire(block.buffer)
        found: list[tuple[bytes, Span]] = []
        key = b""
        try:
            position, end = block.start, self._end_of_entries(block)
            while position < end:
                shared, position = wire.varint(position, end)
                own, position = wire.varint(position, end)
                length, position = wire.varint(position, end)
                if shared > len(key) or shared + own > LONGEST_KEY or position + own + length > end:
                    raise WireError("an entry goes on after its block's end", position)
                key = key[:shared] + bytes(block.buffer[position : position + own])
                position += own
                found.append((key, Span(block.buffer, position, position + length)))
                position += length
                if len(found) > MOST_ENTRIES:
                    raise WireError(f"there are more than {MOST_ENTRIES} entries", position)
        except WireError as error:
            raise self.damaged(f"in its block at byte {offset}, {error.reason}") from None
        return found

    @staticmethod
    def _end_of_entries(block: Span) -> int:
        """Behind the entries stand the places where keys are whole, which a walk from the front has no need of."""
        if block.stop - block.start < 4:
            raise WireError("there is no list of restarts", block.start)
        restarts = struct.unpack_from("<I", block.buffer, block.stop - 4)[0]
        end = block.stop - 4 - 4 * int(restarts)
        if end < block.start:
            raise WireError("the list of restarts is longer than the block", block.start)
        return end
