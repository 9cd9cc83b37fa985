"""Shapes from ONNX's own inference, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from onnx import TensorProto, helper
from onnx.shape_inference import infer_shapes

from explorer.network.inference import inferred


def model(*nodes: Any) -> Any:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 6, 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


RESHAPED = model(
    helper.make_node("Relu", ["x"], ["r"]),
    helper.make_node("Shape", ["x"], ["sizes"]),
    helper.make_node("Reshape", ["r", "sizes"], ["y"]),
)


def test_it_finds_what_onnx_itself_finds_from_values_too() -> None:
    found = inferred(RESHAPED)
    assert found == infer_shapes(RESHAPED, data_prop=True) != infer_shapes(RESHAPED, data_prop=False)
    assert found is not None
    assert [dim.dim_value for dim in found.graph.output[0].type.tensor_type.shape.dim] == [1, 6, 4]


def test_its_process_imports_nothing_but_the_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    run = subprocess.run

    def listen(command: list[str], **how: Any) -> Any:
        command[command.index("-c") + 1] += "\nsys.stderr.write(' '.join(sys.modules))"
        commands.append(command)
        done = run(command, **how)
        assert not {"onnx", "numpy", "google", "site"} & set(done.stderr.decode().split())
        return done

    monkeypatch.setattr(subprocess, "run", listen)
    assert inferred(RESHAPED) is not None
    assert len(commands) == 1


def test_nothing_is_found_where_the_process_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert inferred(RESHAPED) is None
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert inferred(RESHAPED) is None
