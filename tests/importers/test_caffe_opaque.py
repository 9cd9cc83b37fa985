"""Networks with layers that can't be expressed: refused by name, or kept to be looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from explorer import cli
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network import marks
from explorer.network.costs import costs
from explorer.network.network import Network, shape_of
from explorer.network.provenance import Provenance
from explorer.network.saving import save_network
from explorer.running.runner import Runner
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import layer, noise, refusal

TEXT = (
    input_layer(2, 3, 8, 8)
    + layer("Convolution", "convolution_param { num_output: 4 kernel_size: 3 bias_term: false }", top="c")
    + layer("Sorcery", bottom="c", top="s t", name="magic")
    + layer("ReLU", bottom="s", top="s", name="relu")
    + layer("InnerProduct", "inner_product_param { num_output: 5 }", bottom="s", top="fc")
    + layer("Softmax", bottom="fc", top="prob")
)
WEIGHTS = {"c": [noise(4, 3, 3, 3)], "magic": [noise(7), noise(2, 2)], "fc": [noise(5, 16), noise(5)]}
ALLOWED = Choices(allow_unknown=True)


def opened(folder: Path, text: str = TEXT) -> Network:
    return open_network(write_caffe(folder, text, WEIGHTS), choices=ALLOWED)


def test_without_being_asked_an_unknown_layer_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"net\.prototxt: layer 'magic': its type 'Sorcery' is not known"):
        open_network(write_caffe(tmp_path, TEXT, WEIGHTS))


def test_an_unknown_layer_is_told_before_anything_else_that_is_wrong(tmp_path: Path) -> None:
    wrong = {**WEIGHTS, "c": [noise(9, 9)]}
    with pytest.raises(PortsideError, match="Sorcery"):
        open_network(write_caffe(tmp_path, TEXT, wrong))


def test_asked_for_it_stays_in_the_graph_with_its_blobs_and_unknown_shapes(tmp_path: Path) -> None:
    network = opened(tmp_path)
    assert [(row.name, row.type) for row in network.layers[1:4]] == [
        ("c", "Convolution"),
        ("magic", "Sorcery"),
        ("relu", "ReLU"),
    ]
    assert network.layer["magic"].blobs == ("s", "t")
    assert [source.name for source in network.input_layers(network.layer["magic"])] == ["c"]
    assert [source.name for source in network.input_layers(network.layer["relu"])] == ["magic"]
    assert [shape_of(network.blobs[name]) for name in ("c", "s", "prob")] == [(1, 4, 6, 6), None, None]
    weight = network.layer["magic"].weights[1].const_value
    assert weight is not None
    np.testing.assert_array_equal(weight.numpy(), WEIGHTS["magic"][1])
    assert Provenance.from_json(weight.metadata_props[marks.PROVENANCE]).name == "magic[1]"
    assert [row.parameters for row in costs(network)] == [0, 108, 11, 0, 85, 0]
    assert "layer 'magic': its type 'Sorcery' is not known" in network.source.notes[0]
    assert len(network.source.notes) == 1


def test_a_network_with_an_opaque_layer_does_not_run_and_says_which(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'magic': the Sorcery is kept as an opaque node"):
        Runner(opened(tmp_path), "cpu")


def test_it_can_be_saved_and_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "saved.onnx"
    save_network(opened(tmp_path), path)
    nodes = {node.op_type: node.domain for node in onnx.load(path).graph.node}
    assert nodes["Sorcery"] == "portside.opaque"
    again = open_network(path, choices=ALLOWED)
    assert [row.name for row in again.layers] == [row.name for row in opened(tmp_path).layers]


@pytest.mark.parametrize(
    ("kind", "parameters", "mentions"),
    [
        ("Python", 'python_param { module: "m" layer: "L" }', "code that stands outside"),
        ("Filter", "", "as many images"),
        ("LSTM", "recurrent_param { num_output: 3 }", "through time"),
        ("DetectionOutput", "detection_output_param { num_classes: 3 }", "as many boxes"),
        ("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", "stochastic"),
        ("Convolution", "convolution_param { num_output: 2 kernel_size: 1 coeff: 2 }", "coeff"),
    ],
)
def test_what_is_known_but_has_no_expression_is_treated_alike(
    tmp_path: Path, kind: str, parameters: str, mentions: str
) -> None:
    text = layer(kind, parameters)
    message = refusal(tmp_path, text, (1, 3, 4, 4))
    assert "layer 'y'" in message
    assert mentions in message
    network = open_network(write_caffe(tmp_path, input_layer(1, 3, 4, 4) + text), choices=ALLOWED)
    assert network.layer["y"].type == kind
    assert network.layer["y"].nodes[0].domain == marks.OPAQUE


def test_a_mistake_stays_an_error(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="larger than its padded input"):
        opened(tmp_path, TEXT.replace("kernel_size: 3", "kernel_size: 30"))


def test_a_loss_behind_an_opaque_layer_is_no_obstacle(tmp_path: Path) -> None:
    text = TEXT.replace('"Softmax"', '"SoftmaxWithLoss"').replace('bottom: "fc"', 'bottom: "fc" bottom: "label"')
    network = opened(tmp_path, input_layer(2, name="label") + text)
    assert network.layer["prob"].blobs == (None,)


def test_the_command_line_looks_at_it_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_caffe(tmp_path, TEXT, WEIGHTS))
    assert cli.run(["inspect", path]) == cli.WRONG
    assert "Sorcery" in capsys.readouterr().err
    assert cli.run(["inspect", path, "--allow-unknown"]) == cli.DONE
    shown = capsys.readouterr()
    assert "magic" in shown.out
    assert "opaque" in shown.err
