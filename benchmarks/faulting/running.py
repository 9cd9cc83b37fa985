"""Plain onnxruntime and double precision: what a network computes, apart from the program's own runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from numpy.typing import NDArray

from explorer.network.network import Network
from explorer.running import float64

Array = NDArray[Any]

THREADS = 2
LEAST_FLOOR = 2.0**-24
"""Half a unit in the last place: what rounding to float32 does to one number."""


def run_plain(network: Network, inputs: Mapping[str, Array], *, optimised: bool = False) -> dict[str, Array]:
    """Every floating value of the network by name, inputs too, computed by onnxruntime on the serialised model."""
    proto = ir.to_proto(network.model)
    del proto.graph.value_info[:]
    wanted = [output.name for output in proto.graph.output]
    if not optimised:
        for node in proto.graph.node:
            wanted += [name for name in node.output if name and name not in wanted and node.op_type != "Constant"]
    del proto.graph.output[:]
    for name in wanted:
        proto.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 4
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimised else level.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    run = onnxruntime.RunOptions()
    run.log_severity_level = 4
    values = dict(zip(wanted, session.run(wanted, dict(inputs), run), strict=True))
    return {**inputs, **values}


def run_node(node: onnx.NodeProto, feeds: Mapping[str, Array], opset: int) -> list[Array]:
    """One node by itself; ``feeds`` are all that it reads."""
    graph = onnx.GraphProto(name="node")
    graph.node.append(node)
    for name, array in feeds.items():
        graph.input.append(
            onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        )
    for name in node.output:
        graph.output.add(name=name)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results: list[Array] = session.run(None, dict(feeds))
    return results


def distance(ours: Array, theirs: Array) -> float:
    """‖ours−theirs‖₂ ÷ ‖theirs‖₂ in double precision; infinite where one alone is not finite or shapes differ."""
    if ours.shape != theirs.shape:
        return float("inf")
    a, b = ours.astype(np.float64).reshape(-1), theirs.astype(np.float64).reshape(-1)
    finite = np.isfinite(a) & np.isfinite(b)
    if not (finite | (a == b) | (np.isnan(a) & np.isnan(b))).all():
        return float("inf")
    a, b = a[finite], b[finite]
    scale = float(np.linalg.norm(b)) or float(np.linalg.norm(a))
    return float(np.linalg.norm(a - b)) / scale if scale else 0.0


def exact(network: Network, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Every value of the network's layers in double precision."""
    weights = {name: value.const_value for name, value in network.model.graph.initializers.items()}
    names = [name for name in network.values if name not in inputs]
    return float64.evaluate(list(network.model.graph), inputs, weights, names, opset=20)


def layer_floor(network: Network, name: str, values: Mapping[str, Array]) -> float:
    """The relative L2 error that rounding makes in the layer ``name`` when it reads ``values`` as they are."""
    layer = network.layer[name]
    if not layer.nodes:
        return LEAST_FLOOR
    names = [value.name or "" for value in layer.inputs]
    feeds = {key: values[key] for key in names if key in values}
    weights = {value.name: value.const_value for value in layer.weights if value.name}
    wanted = [value.name for value in layer.outputs if value.name]
    given = float64.evaluate(layer.nodes, feeds, weights, wanted, opset=20)
    return max([LEAST_FLOOR, *(distance(values[key], given[key]) for key in wanted)])
