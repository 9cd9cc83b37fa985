"""A graph made ready for onnxruntime gives what the graph says."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from onnx import TensorProto, helper, numpy_helper

from explorer.running.program import Program


def _softmax_in_half_precision() -> ir.Model:
    nodes = [
        helper.make_node("Cast", ["x"], ["halved"], to=TensorProto.FLOAT16),
        helper.make_node("Exp", ["halved"], ["powers"]),
        helper.make_node("ReduceSum", ["powers", "axis"], ["total"], keepdims=1),
        helper.make_node("Div", ["powers", "total"], ["ratio"]),
        helper.make_node("Cast", ["ratio"], ["y"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "softmax",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor("axis", TensorProto.INT64, [1], [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return ir.from_proto(model)


def test_what_half_precision_loses_is_lost_whichever_values_are_asked_for():
    x = np.array([[1.0, 20.0, 2.0]], np.float32)  # e²⁰ is beyond 65 504
    model = _softmax_in_half_precision()
    alone = Program(model, ["y"], "cpu").run({"x": x}, ["y"], None)
    beside = Program(model, ["powers", "y"], "cpu").run({"x": x}, ["powers", "y"], None)
    assert np.isinf(beside["powers"][0, 1])
    np.testing.assert_array_equal(alone["y"], beside["y"])
    assert not np.allclose(alone["y"], np.exp(x) / np.exp(x).sum(), equal_nan=False)


def test_a_large_array_that_no_node_reads_is_left_out():
    arrays = {name: np.full(1024, number, np.float32) for number, name in enumerate(("read", "unread"), 1)}
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "read"], ["y"])],
        "sum",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1024])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1024])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = ir.from_proto(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))
    given = Program(model, ["y"], "cpu").run({"x": np.ones(1024, np.float32)}, ["y"])
    np.testing.assert_array_equal(given["y"], np.full(1024, 2, np.float32))


def test_a_large_array_that_only_a_branch_reads_is_handed_over():
    branches = {
        name: helper.make_graph(
            [helper.make_node("Identity", [read], [name])],
            name,
            [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1024])],
        )
        for name, read in (("yes", "read"), ("no", "x"))
    }
    graph = helper.make_graph(
        [helper.make_node("If", ["condition"], ["y"], then_branch=branches["yes"], else_branch=branches["no"])],
        "choice",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1024]),
            helper.make_tensor_value_info("condition", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1024])],
        [numpy_helper.from_array(np.full(1024, 3, np.float32), "read")],
    )
    model = ir.from_proto(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))
    given = Program(model, ["y"], "cpu").run({"x": np.ones(1024, np.float32), "condition": np.array(True)}, ["y"])
    np.testing.assert_array_equal(given["y"], np.full(1024, 3, np.float32))
