"""Drawings as it comes with the program: small, the same in every format, and at the noise floor of PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer import drawings
from explorer.comparison.compare import compare
from explorer.data import data_folder
from explorer.importers import open_network
from explorer.network.labels import read_labels
from explorer.network.preprocessing import find_preprocessing
from explorer.running.images import read_picture
from explorer.running.reference import open_reference
from explorer.running.runner import Runner, feed_picture
from models.drawings.classes import LABELS
from models.drawings.to_caffe import caffemodel, prototxt
from models.drawings.to_keras import architecture, write_weights

MOST_BYTES = 16_000_000
PORTS = {"caffe": drawings.caffe_port, "keras": drawings.keras_port, "onnx": drawings.onnx_port}
HEADS = ("prob", "loss1/prob", "loss2/prob")


@pytest.fixture(scope="module")
def runners() -> dict[str, Runner]:
    return {name: Runner(open_network(path()), "cpu") for name, path in PORTS.items()}


def test_what_comes_with_the_program_stays_small() -> None:
    files = [path for name in ("models", "resources") for path in data_folder(name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files if path.suffix != ".pyc") < MOST_BYTES


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("picture", [0, 1], ids=["plain", "cluttered"])
def test_every_recorded_layer_of_a_port_is_pytorchs(runners: dict[str, Runner], port: str, picture: int) -> None:
    reference = open_reference(drawings.recorded()[picture].reference)
    comparison, _ = compare(runners[port], reference)
    wrong = [layer.layer for layer in comparison.layers if layer.verdict not in ("match", "not compared")]
    assert not wrong
    assert comparison.agrees
    assert not comparison.unmatched_reference
    # Keras' port has layers that PyTorch lacks: paddings, helpers, flattenings and dropouts.
    assert port == "keras" or not comparison.unmatched_layers
    assert comparison.largest_relative_l2 is not None
    assert comparison.largest_relative_l2 < 1e-5


@pytest.mark.parametrize("picture", [0, 1], ids=["plain", "cluttered"])
def test_the_preprocessing_makes_pytorchs_input_of_the_picture(runners: dict[str, Runner], picture: int) -> None:
    recorded = drawings.recorded()[picture]
    pixels = read_picture(recorded.picture).pixels
    theirs = open_reference(recorded.reference).arrays["data"]
    stated = find_preprocessing(str(drawings.preprocessing_file()))
    assert np.array_equal(feed_picture(runners["onnx"].network, pixels)["data"], theirs)
    assert np.array_equal(feed_picture(runners["caffe"].network, pixels)["data"], theirs)
    assert np.array_equal(feed_picture(runners["keras"].network, pixels, stated)["data"], theirs)


@pytest.mark.parametrize(("picture", "label"), [(0, "snail"), (1, "butterfly")])
def test_the_pictures_are_recognised(runners: dict[str, Runner], picture: int, label: str) -> None:
    pixels = read_picture(drawings.recorded()[picture].picture).pixels
    runner = runners["onnx"]
    activations = runner.run(feed_picture(runner.network, pixels), fed_with="picture")
    assert LABELS[int(activations["prob"].argmax())] == label


def test_the_labels_are_the_programs() -> None:
    assert read_labels(str(drawings.labels_file())) == LABELS
    assert open_network(drawings.onnx_port()).labels == LABELS


def test_the_ports_hold_the_same_weights(tmp_path: Path) -> None:
    network = open_network(drawings.caffe_port())
    weights = {}
    for layer in network.layers:
        for node in layer.nodes:
            constants = [value.const_value for value in node.inputs[1:] if value is not None and value.const_value]
            if node.op_type in ("Conv", "Gemm"):
                kernels, biases = (constant.numpy() for constant in constants)
                weights[layer.name] = (kernels, biases)
    assert prototxt(weights) == drawings.caffe_port().read_text("utf-8")
    assert caffemodel(weights) == drawings.caffe_port().with_suffix(".caffemodel").read_bytes()
    assert architecture(weights) == drawings.keras_port().read_text("utf-8")
    write_weights(weights, tmp_path / "drawings.h5")
    (tmp_path / "drawings.json").write_text(architecture(weights), "utf-8")
    data = np.random.default_rng(1).normal(0, 60, (1, 3, 224, 224)).astype(np.float32)
    again = Runner(open_network(tmp_path / "drawings.json"), "cpu").run({"data": data})
    shipped = Runner(open_network(drawings.keras_port()), "cpu").run({"data": data})
    assert all(np.array_equal(again[head], shipped[head]) for head in HEADS)
