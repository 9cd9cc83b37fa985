"""Networks of a few nodes, whose answers can be computed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from explorer.importers import open_network
from explorer.network.network import Network
from explorer.running.activations import Array

Node = tuple[str, Sequence[str], str, Mapping[str, Any]]
"""A node's type, inputs, output and attributes."""


def network_of(
    folder: Path,
    nodes: Sequence[Node],
    weights: dict[str, Array],
    *,
    shape: Sequence[int | str] = ("N", 3, 4, 4),
    output: Sequence[int | str] = ("N", 2),
    name: str = "made.onnx",
) -> Network:
    """An ONNX file of ``nodes`` from ``x`` to ``y``, opened."""
    graph = helper.make_graph(
        [helper.make_node(kind, list(inputs), [out], **attributes) for kind, inputs, out, attributes in nodes],
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list(output))],
        [numpy_helper.from_array(np.asarray(array), key) for key, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, folder / name)
    return open_network(folder / name)


def pooled_network(folder: Path, weight: Array, bias: Array) -> Network:
    """The mean of each of three channels, then scores: y = weight · mean + bias."""
    nodes: list[Node] = [
        ("GlobalAveragePool", ["x"], "pooled", {}),
        ("Flatten", ["pooled"], "flat", {}),
        ("Gemm", ["flat", "w", "b"], "y", {"transB": 1}),
    ]
    given = {"w": np.asarray(weight, np.float32), "b": np.asarray(bias, np.float32)}
    return network_of(folder, nodes, given, output=("N", len(bias)))
