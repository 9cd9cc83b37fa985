"""TensorFlow 1's graphs on the wire: the operations of a ``.meta``, a frozen ``.pb`` or a ``saved_model.pb``.

An operation's attributes stay in the file until one of them is asked for, and a constant's values for good.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import PortsideError
from explorer.importers.checkpoint_entries import fields, text
from explorer.importers.checkpoint_files import map_file
from explorer.importers.checkpoint_table import Span
from explorer.importers.tensorflow_tensor import Array, TensorError, read_tensor
from explorer.importers.tensorflow_text import read_graph_text
from explorer.importers.wire import FIXED32, LENGTH, VARINT, Wire, WireError, signed

MOST_OPERATIONS = 500_000
"""Operations of one graph; the largest training graphs of that time have some tens of thousands."""

MOST_AXES = 254

# What people have instead of a graph, by its first bytes.
_OTHER_FILES = (
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, not TensorFlow's graph"),
    (b"PK\x03\x04", "is a zip archive, not TensorFlow's graph"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it first"),
    (b"version https://git-lfs", "is a Git LFS pointer: the graph itself was not downloaded"),
)

_TEXT = frozenset(range(32, 127)) | set(b"\t\r\n")

Sizes = tuple[int | None, ...]
"""A shape some of whose sizes may be unknown."""


@dataclass(frozen=True)
class Port:
    """One output of an operation: ``name:index``."""

    operation: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.operation}:{self.index}"


@dataclass(eq=False)
class Operation:
    """One node of a graph; ``inputs`` are what it reads, without those that only say what runs before it.

    The methods read attributes, and give ``default`` where the operation has none of that name or type.
    """

    name: str
    kind: str
    inputs: tuple[Port, ...]
    _entries: list[Span]
    _attributes: dict[str, Span] | None = field(default=None, init=False)

    def text(self, name: str, default: str = "") -> str:
        """A string attribute."""
        return next((text(inner) for number, _, _, inner in self._value(name) if number == 2), default)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole-number attribute."""
        return next(
            (signed(value) for number, kind, value, _ in self._value(name) if (number, kind) == (3, VARINT)), default
        )

    def real(self, name: str, default: float = 0.0) -> float:
        """A floating-point attribute, as the single-precision number that the file holds."""
        for number, kind, _, inner in self._value(name):
            if (number, kind) == (4, FIXED32):
                return _float32(inner)
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean attribute."""
        return next(
            (bool(value) for number, kind, value, _ in self._value(name) if (number, kind) == (5, VARINT)), default
        )

    def type(self, name: str, default: int = 0) -> int:
        """A type attribute, as TensorFlow's number."""
        return next((value for number, kind, value, _ in self._value(name) if (number, kind) == (6, VARINT)), default)

    def shape(self, name: str) -> Sizes | None:
        """A shape attribute; None where it is missing or says nothing of the number of axes."""
        return next((_sizes(inner) for number, _, _, inner in self._value(name) if number == 7), None)

    def tensor(self, name: str) -> Array:
        """A tensor attribute.

        :raises TensorError: when there is none, or it is no tensor that is read.
        """
        for number, kind, _, inner in self._value(name):
            if (number, kind) == (8, LENGTH):
                return read_tensor(inner)
        raise TensorError(f"has no '{name}'")

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(map(signed, self._numbers(name, 3)))

    def types(self, name: str) -> tuple[int, ...]:
        """A list of types, as TensorFlow's numbers."""
        return tuple(self._numbers(name, 6))

    def shapes(self, name: str) -> tuple[Sizes | None, ...]:
        """A list of shapes."""
        return tuple(_sizes(inner) for number, _, _, inner in self._list(name) if number == 7)

    def has(self, name: str) -> bool:
        """Whether there is an attribute of that name."""
        return name in self._table()

    def _numbers(self, name: str, wanted: int) -> list[int]:
        found: list[int] = []
        for number, kind, value, inner in self._list(name):
            if (number, kind) == (wanted, VARINT):
                found.append(value)
            elif (number, kind) == (wanted, LENGTH):
                wire, position = Wire(inner.buffer), inner.start
                while position < inner.stop:
                    value, position = wire.varint(position, inner.stop)
                    found.append(value)
        return found

    def _list(self, name: str) -> Iterator[tuple[int, int, int, Span]]:
        for number, kind, _, inner in self._value(name):
            if (number, kind) == (1, LENGTH):
                yield from fields(inner)

    def _value(self, name: str) -> Iterator[tuple[int, int, int, Span]]:
        span = self._table().get(name)
        return iter(()) if span is None else fields(span)

    def _table(self) -> dict[str, Span]:
        if self._attributes is None:
            self._attributes = {}
            for entry in self._entries:
                parts = {number: inner for number, kind, _, inner in fields(entry) if kind == LENGTH}
                if 1 in parts and 2 in parts:
                    self._attributes[text(parts[1])] = parts[2]
        return self._attributes


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph's operations by name, in the file's order."""

    operations: Mapping[str, Operation]
    file: str

    def error(self, reason: str, operation: Operation | None = None) -> PortsideError:
        """What is wrong, as an error that names the file and the operation."""
        return PortsideError(reason, file=self.file, layer=None if operation is None else operation.name)


def read_graph(path: Path) -> Graph:
    """Read a graph: a ``MetaGraphDef`` for the ending ``.meta``, else what the content is; a ``.pbtxt`` is text.

    :raises PortsideError: for anything that is no whole graph.
    """
    if path.suffix.lower() == ".pbtxt":
        content, is_meta = read_graph_text(path)
        return _parsed(content, path, is_meta)
    buffer = map_file(path)
    head = buffer[:512]
    for start, reason in _OTHER_FILES:
        if head.startswith(start):
            raise PortsideError(reason, file=path)
    if head.lstrip()[:1] in (b"<", b"{") or _TEXT.issuperset(head):
        raise PortsideError("is text, not TensorFlow's graph", file=path)
    return _parsed(buffer, path, path.suffix.lower() == ".meta")


def _parsed(buffer: bytes | mmap.mmap, path: Path, is_meta: bool) -> Graph:
    try:
        graph = _graph_def(Span(buffer, 0, len(buffer)), is_meta)
        operations = {} if graph is None else _operations(graph)
    except WireError as error:
        reason = f"is no graph of TensorFlow's, or is cut short or damaged: {error.reason} (at byte {error.offset})"
        raise PortsideError(reason, file=path) from None
    except _GraphError as error:
        raise PortsideError(f"is damaged: {error}", file=path) from None
    if not operations:
        raise PortsideError("holds no operations: it is no graph of TensorFlow's", file=path)
    return Graph(operations, str(path))


class _GraphError(Exception):
    """What is wrong with a graph whose bytes are a message."""


def _graph_def(whole: Span, is_meta: bool) -> Span | None:
    """The ``GraphDef`` in a ``MetaGraphDef`` or ``SavedModel``, or the whole file.

    Of a graph the first field is its nodes, or its version or functions; a saved model begins with a number.
    """
    if is_meta:
        return next((inner for number, kind, _, inner in _top(whole) if (number, kind) == (2, LENGTH)), None)
    first = next(_top(whole), None)
    if first is not None and first[:2] == (1, VARINT):
        for number, kind, _, meta in _top(whole):
            if (number, kind) == (2, LENGTH):
                return next((inner for inner_number, _, _, inner in _top(meta) if inner_number == 2), None)
    return whole


def _top(span: Span) -> Iterator[tuple[int, int, int, Span]]:
    return fields(span, 2 * MOST_OPERATIONS)


def _operations(graph: Span) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for number, kind, _, node in _top(graph):
        if (number, kind) != (1, LENGTH):
            continue
        operation = _operation(node)
        if not operation.name or operation.name in found:
            raise _GraphError(f"two of its operations are named '{operation.name}'")
        if len(found) == MOST_OPERATIONS:
            raise _GraphError(f"it has more than {MOST_OPERATIONS} operations")
        found[operation.name] = operation
    return found


def _operation(node: Span) -> Operation:
    name = kind_name = ""
    inputs: list[Port] = []
    entries: list[Span] = []
    for number, kind, _, inner in fields(node):
        if kind != LENGTH:
            continue
        if number == 1:
            name = text(inner)
        elif number == 2:
            kind_name = text(inner)
        elif number == 3:
            read = text(inner)
            if not read.startswith("^"):
                inputs.append(_port(read))
        elif number == 5:
            entries.append(inner)
    return Operation(name, kind_name, tuple(inputs), entries)


def _port(read: str) -> Port:
    name, colon, index = read.rpartition(":")
    return Port(name, int(index)) if colon and index.isdecimal() and len(index) < 6 else Port(read)


def _sizes(span: Span) -> Sizes | None:
    sizes: list[int | None] = []
    for number, kind, value, dim in fields(span):
        if (number, kind) == (2, LENGTH):
            size = next((signed(value) for inner, kind, value, _ in fields(dim) if (inner, kind) == (1, VARINT)), 0)
            sizes.append(size if size >= 0 else None)
        elif (number, kind) == (3, VARINT) and value:
            return None
    if len(sizes) > MOST_AXES:
        raise WireError("a shape has too many axes", span.start)
    return tuple(sizes)


def _float32(span: Span) -> float:
    return float(struct.unpack("<f", span.tobytes())[0])
