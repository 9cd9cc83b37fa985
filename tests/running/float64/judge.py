"""One operator evaluated here and by onnxruntime in float32."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime as ort

from explorer.running.float64 import evaluate

Arrays = Sequence[np.ndarray[Any, Any] | None]

ort.set_default_logger_severity(4)


def random(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def singles(values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, np.float32)


def ints(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, np.int64)


def single_node(
    operator: str, inputs: Arrays, attributes: Mapping[str, Any] | None = None, *, opset: int = 21, outputs: int = 1
) -> tuple[ir.Model, dict[str, np.ndarray[Any, Any]]]:
    """A model of one node called ``node`` with inputs ``i0`` … and outputs ``o0`` …, and its feeds."""
    values: list[ir.Value | None] = []
    feeds = {}
    for number, array in enumerate(inputs):
        if array is None:
            values.append(None)
            continue
        name = f"i{number}"
        values.append(ir.val(name, dtype=ir.DataType.from_numpy(array.dtype), shape=array.shape))
        feeds[name] = array
    node = ir.node(operator, values, attributes or {}, num_outputs=outputs, name="node")
    for number, output in enumerate(node.outputs):
        output.name = f"o{number}"
    graph_inputs = [value for value in values if value is not None]
    graph = ir.Graph(graph_inputs, node.outputs, nodes=[node], opset_imports={"": opset}, name="one operator")
    return ir.Model(graph, ir_version=10), feeds


def in_double(operator: str, inputs: Arrays, attributes: Any = None, *, opset: int = 21, outputs: int = 1) -> Any:
    """The outputs of one operator in double precision: one array, or a list of several."""
    model, feeds = single_node(operator, inputs, attributes, opset=opset, outputs=outputs)
    names = [f"o{number}" for number in range(outputs)]
    values = evaluate(model.graph, feeds, {}, names)
    return [values[name] for name in names] if outputs > 1 else values["o0"]


def in_single(operator: str, inputs: Arrays, attributes: Any = None, *, opset: int = 21, outputs: int = 1) -> Any:
    """The outputs of one operator by onnxruntime's CPU kernels, unoptimised."""
    model, feeds = single_node(operator, inputs, attributes, opset=opset, outputs=outputs)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(ir.to_proto(model).SerializeToString(), options, providers=["CPUExecutionProvider"])
    results = session.run(None, feeds)
    return results if outputs > 1 else results[0]


def relative_l2(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> float:
    size = float(np.linalg.norm(theirs.astype(np.float64)))
    distance = float(np.linalg.norm(ours - theirs.astype(np.float64)))
    return distance / size if size else distance


def assert_agrees(
    operator: str,
    inputs: Arrays,
    attributes: Any = None,
    *,
    opset: int = 21,
    outputs: int = 1,
    within: float = 1e-6,
) -> None:
    """Shapes equal, whole numbers and truth values equal, real numbers float64 and equal within ``within``."""
    ours = in_double(operator, inputs, attributes, opset=opset, outputs=outputs)
    theirs = in_single(operator, inputs, attributes, opset=opset, outputs=outputs)
    for mine, other in zip(ours if outputs > 1 else [ours], theirs if outputs > 1 else [theirs], strict=True):
        assert mine.shape == other.shape
        if other.dtype.kind != "f":
            assert mine.dtype == other.dtype
            np.testing.assert_array_equal(mine, other)
            continue
        assert mine.dtype == np.float64
        finite = np.isfinite(other)
        np.testing.assert_array_equal(np.where(finite, 0, mine), np.where(finite, 0, other))
        assert relative_l2(mine[finite], other[finite]) <= within
