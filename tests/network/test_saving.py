"""Saved networks: what plain ONNX readers make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import pytest

from explorer.architectures.googlenet import googlenet
from explorer.importers import open_network
from explorer.network.network import Network, value_name
from explorer.network.saving import save_network


def weights(model: ir.Model) -> dict[str, bytes]:
    return {
        name: value.const_value.tobytes()
        for name, value in model.graph.initializers.items()
        if value.const_value is not None
    }


def test_a_file_written_weight_by_weight_is_what_onnx_would_have_written(tmp_path: Path) -> None:
    network = googlenet(width=0.25)
    save_network(network, tmp_path / "ours.onnx")
    ir.save(network.model, tmp_path / "theirs.onnx", format="protobuf")
    ours, theirs = (onnx.load(tmp_path / name) for name in ("ours.onnx", "theirs.onnx"))
    for model in (ours, theirs):
        model.graph.initializer.sort(key=lambda tensor: tensor.name)
        model.graph.value_info.sort(key=lambda value: value.name)
    assert {tensor.name: tensor for tensor in ours.graph.initializer} == {
        tensor.name: tensor for tensor in theirs.graph.initializer
    }
    assert list(ours.graph.node) == list(theirs.graph.node)
    assert list(ours.graph.value_info) == list(theirs.graph.value_info)
    assert ours.metadata_props == theirs.metadata_props
    onnx.checker.check_model(ours)


def test_saving_leaves_the_network_as_it_was_and_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = googlenet(width=0.25)
    before = weights(network.model)
    save_network(network, tmp_path / "n.onnx")
    assert weights(network.model) == before
    assert not caplog.records
    again = open_network(tmp_path / "n.onnx")
    assert [layer.name for layer in again.layers] == [layer.name for layer in network.layers]
    assert weights(again.model) == before


def test_weights_of_every_type_are_saved_as_they_are(tmp_path: Path) -> None:
    values = np.arange(10_000)
    tensors: list[ir.Tensor[Any]] = [
        ir.Tensor(values.astype(kind), name=f"w{number}")
        for number, kind in enumerate((np.float16, np.float64, np.int8, np.int64, np.bool_))
    ]
    four_bits = np.arange(10_000, dtype=np.int8) % 8
    tensors.append(ir.Tensor(four_bits.astype(ir.DataType.INT4.numpy()), ir.DataType.INT4, name="w5"))
    given = [ir.Value(name=tensor.name, const_value=tensor) for tensor in tensors]
    nodes = [ir.node("Identity", [value], outputs=[ir.Value(name=f"y{value.name}")]) for value in given]
    graph = ir.Graph(
        [],
        [node.outputs[0] for node in nodes],
        nodes=nodes,
        initializers=given,
        opset_imports={"": 21},
        name="g",
    )
    save_network(Network(ir.Model(graph, ir_version=10)), tmp_path / "n.onnx")
    again = open_network(tmp_path / "n.onnx")
    assert weights(again.model) == {
        value_name(value): tensor.tobytes() for value, tensor in zip(given, tensors, strict=True)
    }
