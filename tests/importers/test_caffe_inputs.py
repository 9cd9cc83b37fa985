"""What a Caffe network is fed with: the four ways to declare it, and which sizes stay open."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.builder import shape_tuple
from explorer.network.network import Network, value_name
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import layer

WAYS = {
    "input_dim": 'input: "data" input_dim: 4 input_dim: 3 input_dim: 5 input_dim: 6\n',
    "input_shape": 'input: "data" input_shape { dim: 4 dim: 3 dim: 5 dim: 6 }',
    "Input": input_layer(4, 3, 5, 6),
    "MemoryData": layer(
        "MemoryData", "memory_data_param { batch_size: 4 channels: 3 height: 5 width: 6 }", bottom="", top="data"
    ),
    "DummyData": layer(
        "DummyData", "dummy_data_param { num: 4 channels: 3 height: 5 width: 6 }", bottom="", top="data"
    ),
}


def shapes(network: Network) -> dict[str, tuple[int | str, ...]]:
    return {value_name(value): shape_tuple(value) for value in network.inputs}


@pytest.mark.parametrize("declared", WAYS.values(), ids=WAYS)
def test_an_input_declared_in_any_way_has_its_sizes_and_an_open_batch(tmp_path: Path, declared: str) -> None:
    assert shapes(open_network(write_caffe(tmp_path, declared + layer("ReLU")))) == {"data": ("N", 3, 5, 6)}


def test_a_data_layer_has_the_size_of_its_crop(tmp_path: Path) -> None:
    data = layer("Data", "transform_param { crop_size: 9 }", bottom="", top="data label")
    assert shapes(open_network(write_caffe(tmp_path, data + layer("ReLU")))) == {"data": ("N", 3, 9, 9)}


def test_an_input_with_another_number_of_images_keeps_it(tmp_path: Path) -> None:
    text = input_layer(2, 7, name="a") + input_layer(5, 3, 4, 4) + input_layer(5, 3, name="b")
    text += layer("ReLU") + layer("ReLU", bottom="a", top="ra") + layer("ReLU", bottom="b", top="rb")
    assert shapes(open_network(write_caffe(tmp_path, text))) == {"data": ("N", 3, 4, 4), "a": (2, 7), "b": ("N", 3)}


@pytest.mark.parametrize(
    ("declared", "mentions"),
    [
        (input_layer(1, 0, 5, 5), "(1, 0, 5, 5)"),
        (input_layer(1, -3, 5, 5), "(1, -3, 5, 5)"),
        (input_layer(1, 3, 1 << 20, 1 << 20), "1048576"),
        ('layer { name: "data" type: "Input" top: "data" }', "stands in its database"),
        (layer("Data", bottom="", top="data"), "stands in its database"),
        ('input: "data" input_dim: 4 input_dim: 3\n', "declares an input of the shape"),
    ],
)
def test_an_input_without_a_size_is_refused_by_name(tmp_path: Path, declared: str, mentions: str) -> None:
    with pytest.raises(PortsideError) as caught:
        open_network(write_caffe(tmp_path, declared + layer("ReLU")))
    assert "data" in str(caught.value)
    assert mentions in str(caught.value)
