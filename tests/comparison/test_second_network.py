"""Another network as the reference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import drawings
from explorer.comparison.compare import compare
from explorer.comparison.second_network import reference_from_network
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from explorer.network.preprocessing import Preprocessing
from explorer.running.runner import Runner
from tests.diagnosis.ports import chain, conv, drawn, finished, recorded, unary

W = drawn(4, 3, 3, 3)
CAFFE = Preprocessing(order="BGR", mean=(104.0, 117.0, 123.0))


def _network(preprocessing: Preprocessing | None = None, scale: float = 1.0) -> Network:
    weight = W * np.float32(scale)
    return chain((3, 8, 6), conv("conv1", weight), unary("relu1", "Relu"), preprocessing=preprocessing)


def _picture(folder: Path) -> str:
    pixels = np.random.default_rng(5).integers(0, 256, (20, 18, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "noise.png")
    return str(folder / "noise.png")


def _theirs(network: Network) -> Runner:
    return Runner(network, "cpu", 1)


def test_without_a_picture_both_are_fed_with_the_same_noise_each_time():
    first, second = (reference_from_network(_network(), _theirs(_network()), None) for _ in range(2))
    np.testing.assert_array_equal(first.arrays["data"], second.arrays["data"])
    assert first.arrays["data"].shape == (1, 3, 8, 6)
    assert np.abs(first.arrays["data"]).max() <= 1
    for name, array in recorded(_network(), first.arrays["data"]).arrays.items():
        np.testing.assert_array_equal(first.arrays[name], array)
    assert first.shapes["conv1"] == (1, 4, 6, 4)


def test_the_same_network_agrees_and_another_does_not():
    reference = reference_from_network(_network(), _theirs(_network()), None)
    assert compare(_theirs(_network()), reference)[0].agrees
    wrong, _ = compare(_theirs(_network(scale=2.0)), reference)
    assert wrong.first_divergence == "conv1"


def test_a_picture_is_prepared_as_the_other_network_says(tmp_path: Path):
    picture = _picture(tmp_path)
    pixels = np.asarray(Image.open(picture))
    ours, theirs = _network(replace(CAFFE, order="RGB")), _network(CAFFE)
    found = reference_from_network(ours, _theirs(theirs), picture)
    np.testing.assert_array_equal(found.arrays["data"], CAFFE.apply(pixels, (8, 6)))


def test_a_picture_is_prepared_as_ours_says_where_the_other_says_nothing(tmp_path: Path):
    picture = _picture(tmp_path)
    pixels = np.asarray(Image.open(picture))
    found = reference_from_network(_network(CAFFE), _theirs(_network()), picture)
    np.testing.assert_array_equal(found.arrays["data"], CAFFE.apply(pixels, (8, 6)))


def test_the_input_is_found_under_our_name_whatever_the_other_calls_it():
    builder = NetworkBuilder("other")
    unary("relu1", "Relu")(builder, builder.input("pictures", ("N", 8, 6, 3)))
    found = reference_from_network(_network(), _theirs(finished(builder)), None)
    assert found.arrays["data"].shape == (1, 3, 8, 6)
    turned = found.arrays["data"].transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(found.arrays["pictures"], turned)
    np.testing.assert_array_equal(found.arrays["relu1"], np.maximum(turned, 0))


def test_inputs_of_other_shapes_are_refused():
    other = chain((3, 9, 9), unary("relu1", "Relu"))
    with pytest.raises(PortsideError, match=r"the two networks' inputs differ in shape: \(1, 3, 8, 6\)"):
        reference_from_network(_network(), _theirs(other), None)


def test_an_input_of_open_size_needs_a_picture():
    builder = NetworkBuilder("open")
    unary("relu1", "Relu")(builder, builder.input("data", ("N", 3, "H", "W")))
    with pytest.raises(PortsideError, match="'data' is only known in a run: give a picture"):
        reference_from_network(finished(builder), _theirs(_network()), None)


@pytest.mark.parametrize(("ours", "theirs"), [("caffe", "keras"), ("keras", "caffe"), ("caffe", "onnx")])
def test_activations_in_place_are_those_inside_the_other_formats_layers(ours: str, theirs: str) -> None:
    ports = {"caffe": drawings.caffe_port, "keras": drawings.keras_port, "onnx": drawings.onnx_port}
    network, other = (open_network(ports[name]()) for name in (ours, theirs))
    comparison, _ = compare(_theirs(network), reference_from_network(network, _theirs(other), None))
    assert [row.layer for row in comparison.layers if row.verdict not in ("match", "not compared")] == []
    assert sum(row.verdict == "match" for row in comparison.layers) > 90
