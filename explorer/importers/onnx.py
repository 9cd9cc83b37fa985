"""ONNX: any file that onnxruntime runs, and those that Portside saved."""

from __future__ import annotations

import logging
import math
from pathlib import Path, PurePosixPath
from typing import Any

import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.importers.choices import Choices
from explorer.importers.onnx_scopes import mark_modules
from explorer.importers.onnx_shapes import with_shapes
from explorer.network import marks
from explorer.network.network import Network, Source

# It warns of what is checked here and told as an error.
logging.getLogger("onnx_ir").setLevel(logging.CRITICAL)

RUNTIME_DOMAINS = frozenset(["com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc", "ai.onnx.contrib"])
"""Operators that onnxruntime brings beyond the standard's own."""


def read_onnx(path: Path, choices: Choices) -> Network:
    """Read an ONNX file; shapes that it doesn't state are inferred.

    :raises PortsideError: when it is not ONNX, is cut short, refers to files outside its folder, or is inconsistent.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        proto = onnx.load_model(path, load_external_data=False)
    except (DecodeError, OSError, ValueError) as error:
        raise PortsideError(f"not an ONNX file, or cut short ({type(error).__name__})", file=path) from None
    if not proto.graph.node:
        raise PortsideError("holds no ONNX graph", file=path)
    _check_graph(proto.graph, path)
    _check_tensors(proto, path)
    if not choices.allow_unknown:
        _check_operators(proto, path)
    try:
        model = ir.from_proto(with_shapes(proto))
        _find_external_data(model, path)
        _name_nodes(model)
        if marks.SOURCE not in model.metadata_props:
            mark_modules(model.graph)
            model.metadata_props[marks.SOURCE] = Source("onnx", (str(path),)).to_json()
        network = Network(model)
        # Reading the layers here finds a file whose marks are damaged while its name is at hand.
        if not network.layers:
            raise PortsideError("holds no ONNX graph", file=path)
    except PortsideError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged graph can break onnx_ir anywhere
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PortsideError(f"not a consistent ONNX graph ({reason})", file=path) from None
    return network


def _check_graph(graph: Any, path: Path) -> None:
    """Check that names are text, that each value is given once and before it is read, and that sizes are sizes.

    What comes after this, in C++ for the most part, takes it for granted.
    """
    known: set[str] = {""}
    for value in (*graph.input, *graph.initializer):
        _check_name(value.name, path)
        known.add(value.name)
    for value in (*graph.input, *graph.output, *graph.value_info):
        if any(dim.dim_value < 0 for dim in value.type.tensor_type.shape.dim):
            raise PortsideError(f"'{value.name}' has a negative size", file=path)
    for node in graph.node:
        for name in (node.name, node.op_type, node.domain, *node.input, *node.output):
            _check_name(name, path)
        for name in node.input:
            if name not in known:
                raise PortsideError(f"reads '{name}', which nothing before it gives", file=path, layer=_node_name(node))
        for name in node.output:
            if name in known and name:
                raise PortsideError(f"gives '{name}', which is there already", file=path, layer=_node_name(node))
            known.add(name)
    for value in graph.output:
        _check_name(value.name, path)
        if value.name not in known:
            raise PortsideError(f"nothing gives its output '{value.name}'", file=path)


def _check_name(name: object, path: Path) -> None:
    """Protobuf hands out bytes where a name is not UTF-8."""
    if not isinstance(name, str):
        raise PortsideError("holds a name that is not text", file=path)


def _node_name(node: Any) -> str:
    return str(node.name or next(iter(node.output), node.op_type))


def _check_operators(proto: Any, path: Path) -> None:
    """Refuse what neither ONNX nor onnxruntime nor the file itself defines, where its node can still be named."""
    import onnx.defs

    own = {(function.domain, function.name) for function in proto.functions}
    for node in proto.graph.node:
        known = node.domain in RUNTIME_DOMAINS or onnx.defs.has(node.op_type, domain=node.domain)
        if not known and (node.domain, node.op_type) not in own:
            of = f" of the domain '{node.domain}'" if node.domain else ""
            raise PortsideError(f"its operator '{node.op_type}'{of} is not known", file=path, layer=_node_name(node))


def _check_tensors(proto: Any, path: Path) -> None:
    """Check that each tensor has the bytes its shape wants, and that external ones lie in the file's own folder."""
    import onnx

    for tensor in proto.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            location = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
            parts = PurePosixPath(location.replace("\\", "/"))
            if not location or parts.is_absolute() or ".." in parts.parts or ":" in location:
                raise PortsideError(f"'{tensor.name}' refers to a file outside its folder: '{location}'", file=path)
            if not (path.parent / parts).is_file():
                raise PortsideError(f"'{tensor.name}' lies in '{location}', which is not there", file=path)
            continue
        if tensor.HasField("raw_data"):
            try:
                size = ir.DataType(tensor.data_type).itemsize
            except ValueError:
                raise PortsideError(f"'{tensor.name}' has an unknown type of data", file=path) from None
            wanted = math.ceil(math.prod(tensor.dims) * size)
            if min(tensor.dims, default=0) < 0 or wanted != len(tensor.raw_data):
                shape = tuple(tensor.dims)
                reason = f"'{tensor.name}' has {len(tensor.raw_data)} bytes, its shape {shape} wants {wanted}"
                raise PortsideError(reason, file=path)


def _find_external_data(model: ir.Model, path: Path) -> None:
    ir.external_data.set_base_dir(model.graph, path.parent)


def _name_nodes(model: ir.Model) -> None:
    """Give every node a name; values have theirs, as ONNX demands."""
    taken = {node.name for node in model.graph if node.name}
    for number, node in enumerate(model.graph):
        if not node.name:
            name = node.outputs[0].name if node.outputs and node.outputs[0].name else f"{node.op_type}_{number}"
            node.name = name if name not in taken else f"{node.op_type}_{number}"
            taken.add(node.name)
