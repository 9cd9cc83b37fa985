"""A network → an ONNX file that opens in plain onnxruntime and comes back here with its layers."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.network.network import Network

if TYPE_CHECKING:
    import onnx_ir as ir

MOST_BYTES_IN_ONE_FILE = 2**31 - 2**20
"""A protobuf message can't be larger than 2 GiB; the rest is room for the graph itself."""

_LARGE_BYTES = 4096

# Fields of ModelProto, GraphProto and TensorProto.
_GRAPH, _INITIALIZER, _RAW_DATA = 7, 5, 9


def save_network(network: Network, path: str | Path) -> None:
    """Write ``network`` as ONNX; the file appears whole or not at all.

    :raises PortsideError: when it can't be written, has no weights, or is too large for one file.
    """
    if not network.source.has_weights:
        raise PortsideError("the network has no weights, so there is nothing to convert", file=network.source.files[0])
    size = sum(value.const_value.nbytes for value in network.model.graph.initializers.values() if value.const_value)
    if size > MOST_BYTES_IN_ONE_FILE:
        raise PortsideError(f"{size / 2**30:.1f} GiB of weights don't fit in one ONNX file", file=path)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        write_model(network.model, file)


def write_model(model: ir.Model, file: IO[bytes]) -> None:
    """Write the graph, and behind it one weight after the other, so that they are never all in memory.

    Serialised as a whole they would be there four times: as they are, as protobuf, as its bytes, and as pages of the
    file they come from.
    """
    import onnx_ir as ir

    light = model.clone()
    large = {
        name: value.const_value
        for name, value in light.graph.initializers.items()
        if value.const_value is not None and is_large(value.const_value)
    }
    for name in large:
        light.graph.initializers[name].const_value = ir.Tensor(np.empty(0, np.float32), name=name)
    proto = ir.to_proto(light)
    small = [tensor for tensor in proto.graph.initializer if tensor.name not in large]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(small)
    graph = proto.graph.SerializeToString()
    proto.ClearField("graph")
    heads = [(_head(name, tensor), tensor) for name, tensor in large.items()]
    size = len(graph) + sum(len(head) + tensor.nbytes for head, tensor in heads)
    file.write(proto.SerializeToString() + field_start(_GRAPH, size) + graph)
    for head, tensor in heads:
        file.write(head)
        write_tensor(tensor, file)


def is_large(tensor: ir.TensorProtocol) -> bool:
    """Whether a weight is written by itself, behind the graph."""
    import onnx_ir as ir

    return tensor.nbytes >= _LARGE_BYTES and tensor.dtype != ir.DataType.STRING


def write_tensor(tensor: ir.TensorProtocol, file: IO[bytes]) -> None:
    """Write a weight's bytes as they stand in a file: without a copy, where they lie so in memory."""
    import onnx_ir as ir

    raw = tensor.raw if isinstance(tensor, ir.Tensor) else None
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub" and raw.dtype.str[0] != ">" and raw.flags.c_contiguous:
        file.write(raw.reshape(-1).view(np.uint8).data)
    else:
        file.write(tensor.tobytes())


def _head(name: str, tensor: ir.TensorProtocol) -> bytes:
    """What stands in the file before a tensor's bytes: its other fields, and how many bytes there are."""
    import onnx

    head = onnx.TensorProto(name=name, data_type=int(tensor.dtype), dims=tensor.shape.numpy())
    if tensor.doc_string:
        head.doc_string = tensor.doc_string
    for key, text in tensor.metadata_props.items():
        head.metadata_props.add(key=key, value=text)
    fields = head.SerializeToString() + field_start(_RAW_DATA, tensor.nbytes)
    return field_start(_INITIALIZER, len(fields) + tensor.nbytes) + fields


def field_start(number: int, size: int) -> bytes:
    """A protobuf message's field ``number`` of ``size`` bytes, up to where they begin."""
    length = bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((number << 3 | 2, *length, size))
