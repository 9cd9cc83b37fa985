"""Layers, values and blobs of a network, and the ONNX file it becomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.builder import NetworkBuilder
from explorer.network.network import BATCH, Source, shape_of
from explorer.network.saving import save_network
from explorer.running.runner import Runner
from tests.caffe_files import small_inception, write_caffe


@pytest.fixture
def caffe(tmp_path: Path) -> Path:
    return write_caffe(tmp_path, *small_inception())


def test_layers_are_the_sources_own_in_the_order_of_the_data(caffe: Path) -> None:
    network = open_network(caffe)
    assert [layer.name for layer in network.layers][:4] == ["data", "conv1", "relu_conv1", "norm1"]
    assert network.layer["inc/output"].type == "Concat"
    sources = network.input_layers(network.layer["inc/output"])
    assert [layer.name for layer in sources] == ["inc/relu_1x1", "inc/relu_3x3", "inc/relu_pool_proj"]


def test_a_layer_of_several_nodes_is_one_layer(caffe: Path) -> None:
    layer = open_network(caffe).layer["fc"]
    assert [node.op_type for node in layer.nodes] == ["Flatten", "Gemm"]
    assert [shape_of(value, batch=3) for value in layer.outputs] == [(3, 7)]
    assert [value.name for value in layer.inputs] == ["pool2"]


def test_values_are_named_as_the_framework_records_them(caffe: Path) -> None:
    network = open_network(caffe)
    assert network.blobs["conv1"] is network.layer["relu_conv1"].outputs[0]
    assert network.blobs["conv1"].name == "conv1"
    assert [value.name for value in network.outputs] == ["prob"]


def test_a_saved_network_comes_back_with_layers_parameters_and_preprocessing(caffe: Path, tmp_path: Path) -> None:
    network = open_network(caffe)
    save_network(network, tmp_path / "out.onnx")
    again = open_network(tmp_path / "out.onnx")
    for ours, theirs in zip(network.layers, again.layers, strict=True):
        assert (ours.name, ours.type, ours.blobs, ours.parameters) == (
            theirs.name,
            theirs.type,
            theirs.blobs,
            theirs.parameters,
        )
        assert [shape_of(value) for value in ours.outputs] == [shape_of(value) for value in theirs.outputs]
    assert again.preprocessing == network.preprocessing
    assert again.source == network.source
    x = np.random.default_rng(0).standard_normal((1, 3, 23, 23)).astype(np.float32)
    ours_, theirs_ = (Runner(each, "cpu").run({"data": x}) for each in (network, again))
    np.testing.assert_array_equal(ours_["prob"], theirs_["prob"])


def test_plain_onnxruntime_opens_what_was_saved(caffe: Path, tmp_path: Path) -> None:
    import onnxruntime

    network = open_network(caffe)
    save_network(network, tmp_path / "out.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx", providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).standard_normal((2, 3, 23, 23)).astype(np.float32)
    (plain,) = session.run(["prob"], {"data": x})
    np.testing.assert_array_equal(plain, Runner(network, "cpu").run({"data": x})["prob"])


def test_saving_is_whole_or_not_at_all(caffe: Path, tmp_path: Path) -> None:
    network = open_network(caffe)
    with pytest.raises(PortsideError, match="nowhere"):
        save_network(network, tmp_path / "nowhere" / "out.onnx")
    kept = tmp_path / "kept"
    kept.mkdir()
    with pytest.raises(PortsideError, match="folder"):
        save_network(network, kept)
    assert list(kept.iterdir()) == []


def test_repeated_layer_names_are_told_apart() -> None:
    builder = NetworkBuilder("net")
    x = builder.input("x", (BATCH, 2))
    for blob in ("a", "b"):
        layer = builder.layer("relu", "ReLU")
        x = layer.top(layer.elementwise("Relu", x), blob)
    assert [layer.name for layer in builder.build(Source("test")).layers] == ["x", "relu", "relu_2"]
