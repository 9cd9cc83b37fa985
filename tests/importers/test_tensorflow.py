"""Which files a path means, and that what was read comes back from a file of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx.checker import check_model

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network.network import Network
from explorer.network.saving import save_network
from tests.keras_files import first
from tests.slim_checkpoints import SIZES, slim_network
from tests.tensorflow_files import conv, learned, node, placeholder, write_bundle, write_graph, write_model
from tests.tensorflow_forward import dimensions, noise, values_of

WEIGHTS = {"net/w": noise(3, 3, 3, 4)}
GRAPH = [
    placeholder("input", -1, 8, 9, 3),
    *learned(WEIGHTS),
    conv("net/Conv2D", "input", "net/w/read"),
    node("net/Relu", "Relu", ["net/Conv2D"]),
]


def test_each_file_of_a_checkpoint_opens_the_network(tmp_path: Path) -> None:
    write_model(tmp_path, WEIGHTS, *GRAPH)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt"\n')
    for name in ("model.ckpt", "model.ckpt.meta", "model.ckpt.index", "model.ckpt.data-00000-of-00001", "."):
        network = open_network(tmp_path / name)
        assert [layer.name for layer in network.layers] == ["input", "net/Conv2D", "net/Relu"], name
        assert [Path(file).name for file in network.source.files] == [
            "model.ckpt.meta",
            "model.ckpt.index",
            "model.ckpt.data-00000-of-00001",
        ]


def test_a_graph_takes_the_weights_that_it_is_given(tmp_path: Path) -> None:
    graph = write_model(tmp_path, WEIGHTS, *GRAPH)
    other = {"net/w": noise(3, 3, 3, 4, seed=5)}
    x = first(noise(1, 8, 9, 3))
    given = values_of(open_network(graph, weights=write_bundle(tmp_path / "other", other)), x)["net/Conv2D"]
    own = values_of(open_network(graph), x)["net/Conv2D"]
    assert not np.allclose(given, own)
    (tmp_path / "notes.txt").write_text("no checkpoint")
    with pytest.raises(PortsideError, match=r"notes\.txt: "):
        open_network(graph, weights=tmp_path / "notes.txt")


def test_weights_alone_that_nobody_knows_ask_for_their_graph(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model.ckpt", WEIGHTS)
    sentence = (
        r"model\.ckpt\.index: holds weights alone, of no architecture that is known \('net/w' …\), and the graph, "
    )
    with pytest.raises(PortsideError, match=sentence + r"model\.ckpt\.meta, is not beside it"):
        open_network(tmp_path / "model.ckpt")


def test_a_folder_whose_newest_checkpoint_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-9"\n')
    with pytest.raises(PortsideError, match=r"names 'model\.ckpt-9' as its newest checkpoint, which is not there"):
        open_network(tmp_path)


def check_same(network: Network, again: Network, size: tuple[int, int]) -> None:
    assert [(each.name, each.type) for each in again.layers] == [(each.name, each.type) for each in network.layers]
    assert again.aliases == network.aliases
    assert again.preprocessing == network.preprocessing
    assert dimensions(again.inputs[0]) == dimensions(network.inputs[0])
    x = noise(2, 3, *size)
    ours, theirs = values_of(network, x), values_of(again, x)
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])


def test_a_saved_network_comes_back(tmp_path: Path) -> None:
    network = open_network(write_model(tmp_path, WEIGHTS, *GRAPH))
    save_network(network, tmp_path / "saved.onnx")
    check_same(network, open_network(tmp_path / "saved.onnx"), (8, 9))
    check_model(str(tmp_path / "saved.onnx"), full_check=True)


@pytest.mark.parametrize("name", ["inception_v1", "resnet_v2_50", "mobilenet_v1"])
def test_a_saved_network_of_slims_comes_back(tmp_path: Path, name: str) -> None:
    _, variables = slim_network(name)
    network = open_network(write_bundle(tmp_path / "m", variables), choices=Choices(size=SIZES[name]))
    save_network(network, tmp_path / "saved.onnx")
    check_same(network, open_network(tmp_path / "saved.onnx"), SIZES[name])
    check_model(str(tmp_path / "saved.onnx"), full_check=True)


def test_pictures_of_slims_networks_are_prepared_as_slim_does() -> None:
    names = {"inception_v1": "inception", "mobilenet_v1": "inception", "resnet_v2_50": "inception"}
    for name, wanted in (names | {"vgg_16": "slim vgg", "resnet_v1_50": "slim vgg"}).items():
        preprocessing = slim_network(name)[0].preprocessing
        assert preprocessing is not None
        assert preprocessing.name == wanted


def test_a_graph_and_its_path_in_every_message(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "model.pb", placeholder("input", -1, 8, 9, 3), node("out", "Relu", ["input"]))
    with pytest.raises(PortsideError, match=r"model\.pb: no operation with weights reads an input: it is no network"):
        open_network(path)
