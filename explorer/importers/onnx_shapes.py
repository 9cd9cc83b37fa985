"""Shapes that an ONNX file does not state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import onnx_ir as ir

from explorer.network.inference import inferred


def model_with_shapes(proto: Any, weights: Collection[str]) -> ir.Model:
    """The model with every value's shape, as far as the file states it or ONNX's own inference finds it.

    Those ``weights`` are left out of the inference, whose process works while the graph is built here: no shape depends
    on their values. ``proto`` is used up.
    """
    given = {name for node in proto.graph.node for name in node.output if name}
    stated = {value.name for value in (*proto.graph.value_info, *proto.graph.output) if _is_stated(value)}
    if given <= stated:
        return _built(proto, _taken_values(proto, given))
    with ThreadPoolExecutor(1, "inference") as beside:
        finding = beside.submit(inferred, _with_weights_as_inputs(proto, weights))
        of_file = _taken_values(proto, given)
        model = _built(proto, {})
        found = finding.result()
    if found is None:
        _give(model, of_file)
        return model
    _give(model, {value.name: value for value in found.graph.value_info})
    for stating, output, known in zip(proto.graph.output, model.graph.outputs, found.graph.output, strict=True):
        if not _is_stated(stating) and _is_possible(known.type):
            output.shape = ir.serde.deserialize_type_proto_for_shape(known.type)
            output.type = ir.serde.deserialize_type_proto_for_type(known.type)
    return model


def _built(proto: Any, known: Mapping[str, Any]) -> ir.Model:
    model: ir.Model = ir.from_proto(proto)
    _give(model, known)
    return model


def _taken_values(proto: Any, names: Collection[str]) -> dict[str, Any]:
    """What a graph says of the values of these names, by name; the graph no longer says it."""
    values = list(proto.graph.value_info)
    del proto.graph.value_info[:]
    proto.graph.value_info.extend(value for value in values if value.name not in names)
    return {value.name: value for value in values if value.name in names}


def _give(model: ir.Model, known: Mapping[str, Any]) -> None:
    """Give the values between nodes what is known of them; values that are alike share a shape, which is frozen.

    A large graph has few different shapes, and to make one takes longer than to make the node.
    """
    outputs = set(model.graph.outputs)
    shapes: dict[bytes, ir.Shape | None] = {}
    impossible: set[bytes] = set()
    for value in (value for node in model.graph for value in node.outputs if value not in outputs):
        info = known.get(value.name or "")
        if info is None:
            continue
        kind = info.type
        key = kind.SerializeToString()
        if key not in shapes:
            shapes[key] = ir.serde.deserialize_type_proto_for_shape(kind)
            impossible.update(() if _is_possible(kind) else (key,))
        if key in impossible:
            continue
        value.shape = shapes[key]
        value.type = ir.serde.deserialize_type_proto_for_type(kind)
        if info.metadata_props or info.doc_string:
            value.metadata_props.update((entry.key, entry.value) for entry in info.metadata_props)
            value.doc_string = info.doc_string


def _is_stated(value: Any) -> bool:
    kind = value.type.WhichOneof("value")
    return kind is not None and (kind != "tensor_type" or value.type.tensor_type.HasField("shape"))


def _is_possible(kind: Any) -> bool:
    """ONNX infers sizes below nothing where a window is larger than what it slides over."""
    return all(dim.dim_value >= 0 for dim in kind.tensor_type.shape.dim)


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
