"""Shapes that an ONNX file does not state."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from explorer.network.inference import inferred


def with_shapes(proto: Any, weights: Collection[str]) -> Any:
    """The model with every value's shape, as far as ONNX's own inference finds them.

    Those ``weights`` are left out of it: no shape depends on their values.
    """
    stated = {value.name for value in (*proto.graph.value_info, *proto.graph.output) if _is_stated(value)}
    if all(name in stated for node in proto.graph.node for name in node.output if name):
        return proto
    found = inferred(_with_weights_as_inputs(proto, weights))
    if found is None:
        return proto
    del proto.graph.value_info[:]
    proto.graph.value_info.extend(value for value in found.graph.value_info if _is_possible(value))
    for value, known in zip(proto.graph.output, found.graph.output, strict=True):
        if not _is_stated(value) and _is_possible(known):
            value.type.CopyFrom(known.type)
    return proto


def _is_stated(value: Any) -> bool:
    kind = value.type.WhichOneof("value")
    return kind is not None and (kind != "tensor_type" or value.type.tensor_type.HasField("shape"))


def _is_possible(value: Any) -> bool:
    """ONNX infers sizes below nothing where a window is larger than what it slides over."""
    return all(dim.dim_value >= 0 for dim in value.type.tensor_type.shape.dim)


def _with_weights_as_inputs(proto: Any, weights: Collection[str]) -> Any:
    import onnx

    skeleton = onnx.ModelProto()
    skeleton.ir_version = proto.ir_version
    skeleton.opset_import.extend(proto.opset_import)
    skeleton.functions.extend(proto.functions)
    graph = skeleton.graph
    graph.node.extend(proto.graph.node)
    graph.input.extend(proto.graph.input)
    graph.output.extend(proto.graph.output)
    graph.value_info.extend(proto.graph.value_info)
    given = {value.name for value in proto.graph.input}
    for tensor in proto.graph.initializer:
        if tensor.name not in weights:
            graph.initializer.append(tensor)
        elif tensor.name not in given:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    return skeleton
