"""A network whose branches read a value from outside."""

from __future__ import annotations

import onnx
import onnx_ir as ir
from onnx import TensorProto, helper

from explorer.network.network import Network


def branching_network() -> Network:
    """Y = −x, and z = 2·y or y² as ``which`` says; the branches read y by name alone."""
    branches = [
        helper.make_graph(
            [helper.make_node(kind, ["y", "y"], [f"{name}_out"])],
            name,
            [],
            [helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, None)],
        )
        for name, kind in (("then", "Add"), ("else", "Mul"))
    ]
    nodes = [
        helper.make_node("Neg", ["x"], ["y"]),
        helper.make_node("If", ["which"], ["z"], then_branch=branches[0], else_branch=branches[1]),
    ]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "branches",
        [info("x", TensorProto.FLOAT, ["N", 2]), info("which", TensorProto.BOOL, [])],
        [info("z", TensorProto.FLOAT, ["N", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return Network(ir.from_proto(model))
