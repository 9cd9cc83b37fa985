"""HDF5's indices: B-trees of both versions (section III.A), heaps (III.D to III.G) and the links in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.hdf5.bytes import Cursor, Hdf5Error, Image
from explorer.hdf5.header import LINK, LINK_INFO, SYMBOL_TABLE, Message

MOST_MEMBERS = 1_000_000
"""Links in one group, or chunks of one data set."""


@dataclass(frozen=True)
class Link:
    """What a group's name leads to: an object of this file at ``address``, or None for a place outside of it."""

    address: int | None


def read_links(image: Image, messages: tuple[Message, ...]) -> dict[str, Link]:
    """The links of a group by name, in the file's order."""
    links: dict[str, Link] = {}
    for message in messages:
        if message.kind == SYMBOL_TABLE:
            cursor = message.open(image)
            links.update(_symbol_table(image, cursor.address(), cursor.address()))
        elif message.kind == LINK:
            links.update([_link(message.open(image))])
        elif message.kind == LINK_INFO:
            links.update(map(_link, dense_objects(image, message, 8)))
    return links


def dense_objects(image: Image, message: Message, order_bytes: int) -> Iterator[Cursor]:
    """The objects of a fractal heap that a message leads to, as its B-tree lists them by name: links, or attributes.

    ``order_bytes`` is what the highest order of creation takes, where it is kept.
    """
    cursor = message.open(image)
    _, flags = cursor.number(1), cursor.number(1)
    cursor.take(order_bytes if flags & 1 else 0)
    heap, index = cursor.address(), cursor.address()
    if heap is None or index is None:
        return
    fractal = _FractalHeap(image, heap)
    for kind, record in second_tree_records(image, index):
        # A link's record is a hash and the heap's number, an attribute's the number, flags, order and hash.
        start = {5: 4, 8: 0}.get(kind)
        if start is None:
            raise Hdf5Error(f"an index by name has records of type {kind}")
        yield fractal.object(bytes(record[start : start + fractal.id_size]))


def first_tree_leaves(image: Image, root: int | None, kind: int, key_size: int) -> Iterator[tuple[bytes, int]]:
    """The (key, address) pairs of a version 1 B-tree's leaves; ``kind`` is 0 for groups and 1 for chunks."""
    pending, seen = [root], set[int]()
    while pending:
        address = pending.pop()
        cursor = image.at(address)
        if cursor.position in seen or len(seen) > MOST_MEMBERS:
            raise Hdf5Error("an index goes round in a circle")
        seen.add(cursor.position)
        cursor.expect(b"TREE")
        found, level, count = cursor.number(1), cursor.number(1), cursor.number(2)
        if found != kind:
            raise Hdf5Error(f"an index is of kind {found} where {kind} must stand")
        cursor.address()
        cursor.address()
        children: list[int | None] = []
        for _ in range(count):
            key, child = cursor.take(key_size), cursor.address()
            if level == 0 and child is not None:
                yield key, child
            else:
                children.append(child)
        pending.extend(reversed(children))


def second_tree_records(image: Image, address: int) -> Iterator[tuple[int, memoryview]]:
    """The (type, record) pairs of a version 2 B-tree, in their order."""
    cursor = image.at(address)
    cursor.expect(b"BTHD")
    version, kind, node_size, record_size = cursor.number(1), cursor.number(1), cursor.number(4), cursor.number(2)
    depth, _, _ = cursor.number(2), cursor.number(1), cursor.number(1)
    root, count = cursor.address(), cursor.number(2)
    if version != 0 or record_size == 0 or depth > 32 or node_size <= 10:
        raise Hdf5Error("a B-tree's header makes no sense")
    sizes = _NodeSizes(image, node_size, record_size, depth)
    pending, seen = [(root, count, depth)], set[int]()
    while pending and root is not None:
        at, records, level = pending.pop()
        node = image.at(at, node_size)
        if node.position in seen or len(seen) > MOST_MEMBERS:
            raise Hdf5Error("an index goes round in a circle")
        seen.add(node.position)
        node.expect(b"BTLF" if level == 0 else b"BTIN")
        node.take(2)
        for _ in range(records):
            yield kind, node.view(record_size)
        children = []
        for _ in range(records + 1 if level else 0):
            child, held = node.address(), node.number(sizes.counts[level - 1])
            node.take(sizes.totals[level - 1])
            children.append((child, held, level - 1))
        pending.extend(reversed(children))


class _NodeSizes:
    """How many bytes a version 2 B-tree takes for the counts beside its child pointers, by the child's level.

    ``counts`` are for the records in the child itself, ``totals`` for those below it too (none for a leaf).
    """

    def __init__(self, image: Image, node_size: int, record_size: int, depth: int) -> None:
        most = (node_size - 10) // record_size
        self.counts = [_bytes_for(most)]
        self.totals = [0]
        total = most
        for _ in range(depth):
            pointer = image.offset_size + self.counts[0] + self.totals[-1]
            most = max((node_size - 10 - pointer) // (record_size + pointer), 0)
            total = (most + 1) * total + most
            self.counts.append(self.counts[0])
            self.totals.append(_bytes_for(total))


class _FractalHeap:
    """A fractal heap (section III.G) without filters; its objects are found by their number."""

    def __init__(self, image: Image, address: int) -> None:
        self._image = image
        cursor = image.at(address)
        cursor.expect(b"FRHP")
        version, self.id_size, filters = cursor.number(1), cursor.number(2), cursor.number(2)
        cursor.number(1)
        largest = cursor.number(4)
        for size in "LaLaLLLLLLLL":
            cursor.address() if size == "a" else cursor.length()
        self._width = cursor.number(2)
        self._first, self._largest_block = cursor.length(), cursor.length()
        bits = cursor.number(2)
        cursor.number(2)
        self._root, self._rows = cursor.address(), cursor.number(2)
        powers = all(size > 0 and size & (size - 1) == 0 for size in (self._first, self._largest_block, self._width))
        if version != 0 or filters or not powers or bits > 64:
            raise Hdf5Error("a heap is of a kind that is not read")
        self._offset_bytes = (bits + 7) // 8
        log = self._largest_block.bit_length() - 1
        self._length_bytes = min((log + 7) // 8, _bytes_for(largest))

    def object(self, number: bytes) -> Cursor:
        """The object that the heap's number ``number`` means."""
        if number[0] >> 4 & 3 != 0 or len(number) < 1 + self._offset_bytes + self._length_bytes:
            raise Hdf5Error("an object in a heap is kept in a way that is not read")
        split = 1 + self._offset_bytes
        offset = int.from_bytes(number[1:split], "little")
        length = int.from_bytes(number[split : split + self._length_bytes], "little")
        address, start = self._block(offset)
        return self._image.at(address + offset - start, length)

    def _block(self, offset: int) -> tuple[int, int]:
        """The address of the direct block that holds ``offset``, and where in the heap it begins."""
        address, rows, base = self._root, self._rows, 0
        if rows == 0:
            return self._known(address), 0
        while True:
            cursor = self._image.at(address)
            cursor.expect(b"FHIB")
            cursor.take(1 + self._image.offset_size + self._offset_bytes)
            for row in range(rows):
                size = self._first << max(row - 1, 0)
                if offset - base < size * self._width:
                    break
                base += size * self._width
                cursor.take(self._width * self._image.offset_size)
            else:
                raise Hdf5Error("an object lies outside its heap")
            cursor.take((offset - base) // size * self._image.offset_size)
            base += (offset - base) // size * size
            address = cursor.address()
            if size <= self._largest_block:
                return self._known(address), base
            # Each indirect block is half as long as its parent's at least, so this comes to an end.
            rows = (size // self._width // self._first).bit_length()

    def _known(self, address: int | None) -> int:
        if address is None:
            raise Hdf5Error("an object lies in a part of its heap that is not there")
        return address


def _symbol_table(image: Image, tree: int | None, heap: int | None) -> Iterator[tuple[str, Link]]:
    cursor = image.at(heap)
    cursor.expect(b"HEAP")
    cursor.take(4)
    size, _ = cursor.length(), cursor.length()
    names = image.at(cursor.address(), size)
    start = names.position
    for _, leaf in first_tree_leaves(image, tree, 0, image.length_size):
        node = image.at(leaf)
        node.expect(b"SNOD")
        node.take(2)
        for _ in range(node.number(2)):
            name, address, cache = node.number(image.offset_size), node.address(), node.number(4)
            node.take(20)
            if name >= size:
                raise Hdf5Error("a member's name lies outside the names")
            text = image.data[start + name : start + size]
            yield _text(_until_null(text)), Link(None if cache == 2 else address)


def _until_null(text: memoryview) -> bytes:
    """The bytes before the first zero; names are short, so that little is looked at."""
    for length in (64, 1024, 65_536):
        head = bytes(text[:length])
        if b"\0" in head:
            return head.split(b"\0", 1)[0]
    raise Hdf5Error("a member's name has no end")


def _link(cursor: Cursor) -> tuple[str, Link]:
    version, flags = cursor.number(1), cursor.number(1)
    if version != 1:
        raise Hdf5Error(f"a link has version {version}")
    kind = cursor.number(1) if flags & 8 else 0
    cursor.take((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    name = _text(cursor.take(cursor.number(1 << (flags & 3))))
    return name, Link(cursor.address() if kind == 0 else None)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _bytes_for(number: int) -> int:
    """How many bytes hold ``number``."""
    return max(1, (number.bit_length() + 7) // 8)
