"""Onnxruntime's names for what it runs, traced back."""

from __future__ import annotations

import json

import onnx_ir as ir
import pytest
from onnx import TensorProto, helper

from explorer.errors import PortsideError
from explorer.running.profile import read_profile, shared_nodes


def nodes() -> list[ir.Node]:
    """A convolution with normalisation, sum and activation; a product with bias and activation."""
    made = [
        helper.make_node("Conv", ["x", "w"], ["conv"]),
        helper.make_node("BatchNormalization", ["conv", "s", "b", "m", "v"], ["norm"]),
        helper.make_node("Add", ["norm", "x"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["relu"]),
        helper.make_node("MatMul", ["relu", "u"], ["product"]),
        helper.make_node("Add", ["product", "c"], ["dense"]),
        helper.make_node("Sigmoid", ["dense"], ["y"]),
    ]
    names = ("x", "w", "s", "b", "m", "v", "u", "c")
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    graph = helper.make_graph(made, "g", given, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return list(ir.from_proto(model).graph)


def profile(tmp_path, kernels, whole=1000):
    events = [{"cat": "Session", "name": "session_initialization", "ts": 0, "dur": 5}]
    for start in (100, 5100):
        events.append({"cat": "Session", "name": "model_run", "ts": start, "dur": whole})
        for number, (name, kind, spent) in enumerate(kernels):
            event = {"cat": "Node", "name": f"{name}_kernel_time", "ts": start + 10 * number, "dur": spent}
            events.append({**event, "args": {"op_name": kind}})
            events.append({**event, "name": f"{name}_fence_before"})
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(events))
    return path


def test_a_blocked_convolution_is_found_from_the_value_that_comes_out(tmp_path):
    for value in ("conv", "norm", "sum", "relu"):
        runs = read_profile(profile(tmp_path, [(f"{value}_nchwc", "Conv", 70)]), nodes())
        assert [dict(run.nodes) for run in runs] == [{0: 0.07}, {0: 0.07}]


def test_fused_nodes_are_named_after_their_first_part(tmp_path):
    kernels = [("fused node-4-/MatMulAddFusion", "FusedGemm", 30), ("node-0-", "Conv", 50)]
    (run, _) = read_profile(profile(tmp_path, kernels), nodes())
    assert run.nodes == {4: 0.03, 0: 0.05}
    assert run.milliseconds == 1.0
    assert run.conversions == 0


def test_what_is_no_node_of_ours_is_a_conversion(tmp_path):
    kernels = [("ReorderOutput_token_7", "ReorderOutput", 20), ("ReorderInput", "ReorderInput", 5)]
    (run, _) = read_profile(profile(tmp_path, kernels), nodes())
    assert run.nodes == {}
    assert run.conversions == pytest.approx(0.025)


def test_nodes_without_a_time_share_that_of_what_stands_before_them():
    assert shared_nodes(nodes(), {0, 4}) == {1: 0, 2: 0, 3: 0, 5: 4, 6: 4}
    assert shared_nodes(nodes(), {0, 2, 4}) == {1: 0, 3: 2, 5: 4, 6: 4}
    assert shared_nodes(nodes(), set()) == {}


def test_a_file_that_is_no_profile_is_told(tmp_path):
    path = tmp_path / "profile.json"
    for text in ("", "{", "[{}]", "[1]"):
        path.write_text(text)
        with pytest.raises(PortsideError, match="profile can't be read"):
            read_profile(path, nodes())
