"""Shapes that an ONNX file does not state, inferred where a damaged file can do no harm."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

LOG = logging.getLogger(__name__)

LONGEST_SECONDS = 60

CONSTANT_BYTES = 4096
"""Larger tensors are weights, whose values no shape depends on."""

_PROGRAM = """
import sys, onnx
from onnx.shape_inference import infer_shapes
model = onnx.load_from_string(sys.stdin.buffer.read())
sys.stdout.buffer.write(infer_shapes(model, data_prop=True).SerializeToString())
"""


def with_shapes(proto: Any) -> Any:
    """The model with every value's shape, as far as ONNX's own inference finds them; the model as it is where it fails.

    The inference is C++ that ends its whole process on some damaged files, so it gets a process of its own; the weights
    stay here.
    """
    stated = {value.name for value in (*proto.graph.value_info, *proto.graph.output) if value.type.ByteSize()}
    if all(name in stated for node in proto.graph.node for name in node.output if name):
        return proto
    skeleton = _without_weights(proto)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM],
            input=skeleton.SerializeToString(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        LOG.info("no shapes are inferred: %s", error)
        return proto
    inferred = type(proto).FromString(done.stdout)
    del proto.graph.value_info[:]
    proto.graph.value_info.extend(inferred.graph.value_info)
    return proto


def _without_weights(proto: Any) -> Any:
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
        if tensor.ByteSize() <= CONSTANT_BYTES and tensor.data_location != onnx.TensorProto.EXTERNAL:
            graph.initializer.append(tensor)
        elif tensor.name not in given:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    return skeleton
