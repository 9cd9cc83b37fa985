"""HDF5's object headers (section IV.A.1): the messages that say what a group or a data set is."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.hdf5.bytes import Cursor, Hdf5Error, Image

DATA_SPACE, LINK_INFO, DATA_TYPE, LINK, EXTERNAL_FILES, LAYOUT, FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE = (
    0x01,
    0x02,
    0x03,
    0x06,
    0x07,
    0x08,
    0x0B,
    0x0C,
    0x10,
    0x11,
)
ATTRIBUTE_INFO = 0x15

MOST_MESSAGES = 100_000
"""In one header; an object with so many attributes is none of ours."""

_SHARED = 2


@dataclass(frozen=True)
class Message:
    """One message of a header: its type, and where its content stands."""

    kind: int
    start: int
    size: int
    shared: bool = False

    def open(self, image: Image) -> Cursor:
        """The content, from its beginning."""
        if self.shared:
            raise Hdf5Error("a header message is kept outside its header, which is not read")
        return image.at(self.start, self.size)


def read_messages(image: Image, address: int | None) -> tuple[Message, ...]:
    """All messages of the object at ``address``, in the file's order."""
    head = image.at(address)
    if bytes(image.data[head.position : head.position + 4]) == b"OHDR":
        return _Collector(image, head, 2).messages()
    return _Collector(image, head, 1).messages()


class _Collector:
    """Walks a header's blocks, each once."""

    def __init__(self, image: Image, head: Cursor, version: int) -> None:
        self._image = image
        self._version = version
        self._found: list[Message] = []
        self._pending: list[tuple[int, int]] = []
        self._seen: set[int] = set()
        self._ordered = False
        if version == 1:
            self._begin_first(head)
        else:
            self._begin_second(head)

    def messages(self) -> tuple[Message, ...]:
        while self._pending:
            start, size = self._pending.pop(0)
            if start in self._seen:
                raise Hdf5Error("an object header goes round in a circle")
            self._seen.add(start)
            self._read_block(self._image.at(start, size))
        return tuple(self._found)

    def _begin_first(self, head: Cursor) -> None:
        version, _, _, _ = head.number(1), head.number(1), head.number(2), head.number(4)
        if version != 1:
            raise Hdf5Error(f"an object header has version {version}")
        size = head.number(4)
        head.take(4)
        self._pending.append((head.position, size))

    def _begin_second(self, head: Cursor) -> None:
        head.expect(b"OHDR")
        version, flags = head.number(1), head.number(1)
        if version != 2:
            raise Hdf5Error(f"an object header has version {version}")
        self._ordered = bool(flags & 4)
        head.take((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
        size = head.number(1 << (flags & 3))
        self._pending.append((head.position, size))

    def _read_block(self, block: Cursor) -> None:
        if self._version == 2 and len(self._seen) > 1:
            block.expect(b"OCHK")
            block = block.part(block.left - 4)
        overhead = 8 if self._version == 1 else 6 if self._ordered else 4
        while block.left >= overhead:
            kind = block.number(2 if self._version == 1 else 1)
            size, flags = block.number(2), block.number(1)
            block.take(3 if self._version == 1 else 2 if self._ordered else 0)
            content = block.part(size)
            if kind == CONTINUATION:
                start = content.address()
                if start is None:
                    raise Hdf5Error("an object header goes on nowhere")
                self._pending.append((start, content.length()))
            elif kind:
                if len(self._found) >= MOST_MESSAGES:
                    raise Hdf5Error(f"an object header has more than {MOST_MESSAGES} messages")
                self._found.append(Message(kind, content.position, size, bool(flags & _SHARED)))
