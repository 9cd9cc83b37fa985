"""Inputs that are too small for a pooling: onnxruntime would end the whole process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.running.runner import Runner


def runner(folder: Path) -> Runner:
    """A network for pictures of any size, with a pooling of 7×7 after one of 2×2."""
    nodes = [
        helper.make_node("MaxPool", ["x"], ["half"], name="half", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("AveragePool", ["half"], ["y"], name="mean", kernel_shape=[7, 7]),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 3, "h", "w"))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "n.onnx")
    return Runner(open_network(folder / "n.onnx"), "cpu")


def test_a_picture_that_is_too_small_for_a_pooling_is_told_with_the_layer(tmp_path: Path) -> None:
    small = runner(tmp_path)
    with pytest.raises(PortsideError, match=r"layer 'mean': its window 7×7 is larger than its .* which is 2×20"):
        small.run({"x": np.zeros((1, 3, 4, 40), np.float32)})
    assert small.run({"x": np.ones((2, 3, 16, 40), np.float32)})["y"].shape == (2, 3, 2, 14)


def test_an_array_without_numbers_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="nothing is given for the input 'x': its array is empty"):
        runner(tmp_path).run({"x": np.zeros((1, 3, 0, 8), np.float32)})
