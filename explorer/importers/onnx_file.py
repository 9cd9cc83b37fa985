"""An ONNX file: its graph as protobuf, and its weights as arrays over the mapped file, which nothing copies."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError
from explorer.files import map_held
from explorer.importers.wire import FIXED64, LENGTH, VARINT, CutShortError, Wire, WireError
from explorer.network.saving import field_start

IN_PLACE_BYTES = 4096
"""Tensors from this size on stay where they lie in the file; smaller ones may be sizes that shapes depend on."""

MOST_FIELDS = 5_000_000

# Fields of ModelProto, GraphProto and TensorProto.
_GRAPH, _INITIALIZER = 7, 5
_DATA_TYPE, _FLOAT_DATA, _RAW_DATA, _DOUBLE_DATA = 2, 4, 9, 10

# Types whose numbers lie packed on the wire as they lie in memory: FLOAT and DOUBLE.
_PACKED = {1: _FLOAT_DATA, 11: _DOUBLE_DATA}


@dataclass(frozen=True)
class OnnxFile:
    """``proto`` is the model without the bytes of its large initializers.

    ``places`` says of each initializer of the graph where its bytes lie in ``buffer``, as (start, end), or None where
    ``proto`` holds it whole. ``beside`` are the other files of weights that it may name, by name; None: those in its
    folder.
    """

    proto: Any
    places: tuple[tuple[int, int] | None, ...]
    buffer: bytes | mmap.mmap
    beside: Mapping[str, bytes | mmap.mmap] | None = None


def map_onnx(path: Path) -> OnnxFile:
    """Map a file and parse what is not weights.

    :raises PortsideError: when it can't be read, is not ONNX, or is cut short.
    """
    try:
        with path.open("rb") as file:
            buffer = map_held(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PortsideError(f"can't be read ({reason})", file=path) from None
    return parse_onnx(buffer, path)


def parse_onnx(buffer: bytes | mmap.mmap, path: Path) -> OnnxFile:
    """Do what :func:`map_onnx` does with the content of ``path``.

    :raises PortsideError: as that does.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        skeleton = _Skeleton(Wire(buffer, MOST_FIELDS))
        proto = onnx.ModelProto.FromString(skeleton.model())
    except CutShortError as error:
        reason = f"not an ONNX file, or cut short: {error.missing} bytes are missing at its end"
        raise PortsideError(reason, file=path) from None
    except WireError as error:
        raise PortsideError(f"not an ONNX file, or cut short: {error.reason}", file=path) from None
    except DecodeError:
        raise PortsideError("not an ONNX file, or cut short: it can't be decoded", file=path) from None
    return OnnxFile(proto, tuple(skeleton.places), buffer)


class _Skeleton:
    """A model's bytes written again without those of its large initializers."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.places: list[tuple[int, int] | None] = []

    def model(self) -> bytes:
        parts: list[bytes] = []
        position, end = 0, len(self.wire.buffer)
        while position < end:
            begin = position
            number, kind, start, position = self.wire.field(begin, end)
            if (number, kind) == (_GRAPH, LENGTH):
                graph = self._graph(start, position)
                parts += [field_start(_GRAPH, len(graph)), graph]
            else:
                parts.append(self.wire.buffer[begin:position])
        return b"".join(parts)

    def _graph(self, position: int, end: int) -> bytes:
        parts: list[bytes] = []
        kept = position
        while position < end:
            begin = position
            number, kind, start, position = self.wire.field(begin, end)
            if (number, kind) != (_INITIALIZER, LENGTH):
                continue
            small = position - start < IN_PLACE_BYTES
            place, rest = (None, b"") if small else self._tensor(start, position)
            self.places.append(place)
            if place is not None:
                parts += [self.wire.buffer[kept:begin], field_start(_INITIALIZER, len(rest)), rest]
                kept = position
        parts.append(self.wire.buffer[kept:end])
        return b"".join(parts)

    def _tensor(self, position: int, end: int) -> tuple[tuple[int, int] | None, bytes]:
        """Where the tensor's bytes lie, and its other fields; no place where they are not in one piece."""
        parts: list[bytes] = []
        found: list[tuple[int, int, int]] = []
        data_type = 0
        while position < end:
            begin = position
            number, kind, value, position = self.wire.field(begin, end)
            if number in (_RAW_DATA, _FLOAT_DATA, _DOUBLE_DATA) and kind == LENGTH:
                found.append((number, value, position))
                continue
            if number == _DATA_TYPE and kind == VARINT:
                data_type = value
            elif kind == FIXED64 and number == _DOUBLE_DATA:
                return None, b""
            parts.append(self.wire.buffer[begin:position])
        if len(found) != 1 or found[0][0] not in (_RAW_DATA, _PACKED.get(data_type)):
            return None, b""
        return found[0][1:], b"".join(parts)
