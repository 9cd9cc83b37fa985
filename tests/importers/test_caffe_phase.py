"""Which layers of a training file stand at test time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.caffe_phase import LOSSES
from explorer.network.network import Network
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import layer

INPUTS = input_layer(4, 3, 6, 6) + input_layer(4, name="label")


def names(network: Network) -> list[str]:
    return [row.name for row in network.layers]


def opened(folder: Path, text: str) -> Network:
    return open_network(write_caffe(folder, INPUTS + text))


@pytest.mark.parametrize("kind", sorted(LOSSES - {"SoftmaxWithLoss"}))
def test_a_loss_is_left_out_and_said(tmp_path: Path, kind: str) -> None:
    network = opened(tmp_path, layer("ReLU") + layer(kind, bottom="y label", top="loss"))
    assert names(network) == ["data", "y"]
    assert network.source.notes[0] == "left out, as only training needs them: loss"


@pytest.mark.parametrize("kind", ["Silence", "HDF5Output"])
def test_a_layer_that_swallows_a_blob_leaves_the_blob_and_says_nothing(tmp_path: Path, kind: str) -> None:
    network = opened(tmp_path, layer("Slice", top="a b c") + f'layer {{ name: "q" type: "{kind}" bottom: "b" }}')
    assert names(network) == ["data", "a"]
    assert [value.name for value in network.outputs] == ["a", "b", "c"]
    assert not any("left out" in note for note in network.source.notes)


def test_what_only_leads_to_the_truth_is_left_out_with_the_loss(tmp_path: Path) -> None:
    text = (
        layer("ReLU")
        + layer("Power", "power_param { scale: 2 }", bottom="label", top="doubled")
        + layer("EuclideanLoss", bottom="y doubled", top="loss")
    )
    network = opened(tmp_path, text)
    assert names(network) == ["data", "y"]
    assert network.source.notes == (
        "left out, as only training needs them: doubled, loss",
        "no input of the network, as no layer that is left reads it: label",
    )


@pytest.mark.parametrize(
    ("rules", "stands"),
    [
        ("include { phase: TEST }", True),
        ("include { phase: TRAIN }", False),
        ("exclude { phase: TRAIN }", True),
        ("exclude { phase: TEST }", False),
        ('include { stage: "deploy" }', False),
        ('include { not_stage: "deploy" }', True),
        ("include { min_level: 1 }", False),
        ("include { max_level: 0 }", True),
        ("include { phase: TRAIN } include { phase: TEST }", True),
    ],
)
def test_rules_are_met_as_caffe_meets_them_at_test_time(tmp_path: Path, rules: str, stands: bool) -> None:
    network = opened(tmp_path, layer("ReLU") + layer("AbsVal", rules, bottom="y", top="z"))
    assert ("z" in names(network)) is stands


HEADS = """
layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 } }
layer { name: "side_pool" type: "Pooling" bottom: "c" top: "side_pool" pooling_param { kernel_size: 2 } }
layer { name: "side_fc" type: "InnerProduct" bottom: "side_pool" top: "side_fc"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "side_relu" type: "ReLU" bottom: "side_fc" top: "side_fc" }
layer { name: "side_loss" type: "SoftmaxWithLoss" bottom: "side_fc" bottom: "label" top: "side_loss" }
layer { name: "fc" type: "InnerProduct" bottom: "c" top: "fc"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
"""


def test_heads_on_the_side_that_were_never_saved_are_left_out_and_said(tmp_path: Path) -> None:
    kernel, bias = np.ones((2, 3, 3, 3), np.float32), np.zeros(2, np.float32)
    weights = {"c": [kernel, bias], "fc": [np.ones((3, 32), np.float32), np.zeros(3, np.float32)]}
    network = open_network(write_caffe(tmp_path, INPUTS + HEADS, weights))
    assert names(network) == ["data", "c", "fc", "loss"]
    assert "side_pool, side_fc, side_relu, side_loss" in network.source.notes[1]


def test_a_head_that_was_never_saved_is_missed_where_it_is_the_networks_own(tmp_path: Path) -> None:
    kernel, bias = np.ones((2, 3, 3, 3), np.float32), np.zeros(2, np.float32)
    weights = {"c": [kernel, bias], "side_fc": [np.ones((3, 18), np.float32), np.zeros(3, np.float32)]}
    with pytest.raises(PortsideError, match="layer 'fc': its weight is missing"):
        open_network(write_caffe(tmp_path, INPUTS + HEADS, weights))
