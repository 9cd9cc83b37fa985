"""The tensors of an ONNX file: their bytes held against their shapes, wherever they lie."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.files import map_held
from explorer.importers.onnx_file import IN_PLACE_BYTES, OnnxFile

MOST_AXES = 64
"""NumPy's limit."""

_FIELDS = {
    ir.DataType.FLOAT: "float_data",
    ir.DataType.COMPLEX64: "float_data",
    ir.DataType.DOUBLE: "double_data",
    ir.DataType.COMPLEX128: "double_data",
    ir.DataType.INT64: "int64_data",
    ir.DataType.UINT64: "uint64_data",
    ir.DataType.UINT32: "uint64_data",
    ir.DataType.STRING: "string_data",
}
"""Where numbers lie that are not raw bytes; those of all other types are ``int32_data``."""

_TENSOR, _GRAPH, _TENSORS, _GRAPHS, _SPARSE, _SPARSES = 4, 5, 9, 10, 11, 12


def place_tensors(file: OnnxFile, path: Path) -> dict[str, ir.Tensor[Any]]:
    """Check every tensor, and give the graph's large ones by name, as arrays over the files that hold them.

    Small ones from other files are put into ``file.proto``.

    :raises PortsideError: when one has other bytes than its shape wants, or lies outside the file's own folder.
    """
    placed: dict[str, ir.Tensor[Any]] = {}
    others = _Others(path, file.beside)
    for tensor, place in zip(file.proto.graph.initializer, file.places, strict=True):
        kind = _check_kind(tensor, path)
        source = None if place is None else (file.buffer, *place)
        if source is None and others.holds(tensor):
            source = others.find(tensor, kind)
        if source is None:
            _check_inside(tensor, kind, path)
        elif source[2] - source[1] >= IN_PLACE_BYTES and kind.bitwidth >= 8:
            placed[tensor.name] = _over(tensor, kind, *source, path)
        else:
            _put_inside(tensor, kind, *source, path)
    for tensor in _nested(file.proto):
        kind = _check_kind(tensor, path)
        if others.holds(tensor):
            _put_inside(tensor, kind, *others.find(tensor, kind), path)
        _check_inside(tensor, kind, path)
    return placed


def files_beside(proto: Any, path: Path) -> tuple[str, ...]:
    """The paths of the files that hold weights of the model in ``path``, as it names them."""
    import onnx

    outside = (tensor for tensor in proto.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL)
    places = (entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location")
    return tuple(str(path.parent / place) for place in dict.fromkeys(places))


class _Others:
    """The files of weights that a model names, each mapped once."""

    def __init__(self, path: Path, beside: Mapping[str, bytes | mmap.mmap] | None) -> None:
        self.path = path
        self.buffers: dict[str, bytes | mmap.mmap] = dict(beside or {})
        self._is_closed = beside is not None

    def holds(self, tensor: Any) -> bool:
        import onnx

        return bool(tensor.data_location == onnx.TensorProto.EXTERNAL)

    def find(self, tensor: Any, kind: ir.DataType) -> tuple[bytes | mmap.mmap, int, int]:
        """The file's bytes, and where the tensor's begin and end."""
        said = {entry.key: entry.value for entry in tensor.external_data}
        buffer = self._buffer(said.get("location", ""), tensor.name)
        wanted = _wanted_bytes(tensor, kind)
        start = self._number(tensor, said, "offset", 0)
        length = self._number(tensor, said, "length", wanted)
        if length != wanted:
            raise _size_error(tensor, length, wanted, self.path)
        if start + length > len(buffer):
            reason = f"'{tensor.name}' lies behind the end of '{said['location']}': {start + length - len(buffer)}"
            raise PortsideError(f"{reason} bytes are missing", file=self.path)
        return buffer, start, start + length

    def _buffer(self, location: str, name: str) -> bytes | mmap.mmap:
        if location in self.buffers:
            return self.buffers[location]
        if self._is_closed:
            raise PortsideError(f"'{name}' lies in '{location}', which is not there", file=self.path)
        parts = PurePosixPath(location.replace("\\", "/"))
        if not location or parts.is_absolute() or ".." in parts.parts or ":" in location or "\0" in location:
            raise PortsideError(f"'{name}' refers to a file outside its folder: '{location}'", file=self.path)
        place = self.path.parent / parts
        try:
            if not place.is_file():
                raise PortsideError(f"'{name}' lies in '{location}', which is not there", file=self.path)
            with place.open("rb") as file:
                size = place.stat().st_size
                buffer = map_held(file) if size else b""
        except OSError as error:
            reason = f"'{name}' lies in '{location}', which can't be read ({error.strerror or error})"
            raise PortsideError(reason, file=self.path) from None
        self.buffers[location] = buffer
        return buffer

    def _number(self, tensor: Any, said: dict[str, str], key: str, absent: int) -> int:
        text = said.get(key, "")
        if not text:
            return absent
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise PortsideError(f"'{tensor.name}' lies at the {key} '{text}'", file=self.path)
        return int(text)


def _nested(proto: Any) -> Iterable[Any]:
    """Every tensor but the graph's own initializers."""
    yield from _sparse(proto.graph.sparse_initializer)
    nodes = [iter(proto.graph.node), *(iter(function.node) for function in proto.functions)]
    while nodes:
        node = next(nodes[-1], None)
        if node is None:
            nodes.pop()
            continue
        for attribute in node.attribute:
            if attribute.type == _TENSOR:
                yield attribute.t
            elif attribute.type == _TENSORS:
                yield from attribute.tensors
            elif attribute.type in (_SPARSE, _SPARSES):
                yield from _sparse([attribute.sparse_tensor, *attribute.sparse_tensors])
            elif attribute.type in (_GRAPH, _GRAPHS):
                for graph in [attribute.g, *attribute.graphs]:
                    yield from graph.initializer
                    yield from _sparse(graph.sparse_initializer)
                    nodes.append(iter(graph.node))


def _sparse(tensors: Iterable[Any]) -> Iterable[Any]:
    for tensor in tensors:
        yield from (part for part in (tensor.values, tensor.indices) if part.ByteSize())


def _check_kind(tensor: Any, path: Path) -> ir.DataType:
    try:
        kind = ir.DataType(tensor.data_type)
    except ValueError:
        kind = ir.DataType.UNDEFINED
    if kind == ir.DataType.UNDEFINED:
        raise PortsideError(f"'{tensor.name}' has an unknown type of data", file=path)
    if min(tensor.dims, default=0) < 0 or len(tensor.dims) > MOST_AXES:
        raise PortsideError(f"'{tensor.name}' has the shape {tuple(tensor.dims)}", file=path)
    return kind


def _check_inside(tensor: Any, kind: ir.DataType, path: Path) -> None:
    """Check what the model itself holds, raw or as numbers."""
    count = math.prod(tensor.dims)
    if tensor.HasField("raw_data") and kind != ir.DataType.STRING:
        if len(tensor.raw_data) != _wanted_bytes(tensor, kind):
            raise _size_error(tensor, len(tensor.raw_data), _wanted_bytes(tensor, kind), path)
        return
    held = len(getattr(tensor, _FIELDS.get(kind, "int32_data")))
    if kind in (ir.DataType.COMPLEX64, ir.DataType.COMPLEX128):
        count *= 2
    elif kind != ir.DataType.STRING and kind.bitwidth < 8 and kind.bitwidth != 6:
        count = math.ceil(count * kind.bitwidth / 8)
    if held != count or tensor.HasField("raw_data"):
        reason = f"'{tensor.name}' holds {held} numbers, its shape {tuple(tensor.dims)} wants {count}"
        raise PortsideError(reason, file=path)


def _wanted_bytes(tensor: Any, kind: ir.DataType) -> int:
    return 0 if kind == ir.DataType.STRING else -(-math.prod(tensor.dims) * kind.bitwidth // 8)


def _size_error(tensor: Any, held: int, wanted: int, path: Path) -> PortsideError:
    return PortsideError(f"'{tensor.name}' has {held} bytes, its shape {tuple(tensor.dims)} wants {wanted}", file=path)


def _over(
    tensor: Any, kind: ir.DataType, buffer: bytes | mmap.mmap, start: int, end: int, path: Path
) -> ir.Tensor[Any]:
    """The tensor as an array over the bytes from ``start`` to ``end``."""
    if end - start != _wanted_bytes(tensor, kind):
        raise _size_error(tensor, end - start, _wanted_bytes(tensor, kind), path)
    array: np.ndarray[Any, Any] = np.ndarray(tuple(tensor.dims), kind.numpy().newbyteorder("<"), buffer, start)
    notes = {entry.key: entry.value for entry in tensor.metadata_props}
    return ir.Tensor(array, kind, name=tensor.name, doc_string=tensor.doc_string, metadata_props=notes)


def _put_inside(tensor: Any, kind: ir.DataType, buffer: bytes | mmap.mmap, start: int, end: int, path: Path) -> None:
    if kind == ir.DataType.STRING or end - start != _wanted_bytes(tensor, kind):
        raise _size_error(tensor, end - start, _wanted_bytes(tensor, kind), path)
    tensor.raw_data = buffer[start:end]
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")
