"""Injections do what they say, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.faulting.networks import Subject
from benchmarks.faulting.port import NotEligibleError, Port, bias_of, integers, node_of, real
from benchmarks.faulting.table_of_injections import ALL, CAUSES
from explorer.network import marks
from tests.benchmarks.subjects import broken, changed_layers, weights

CONTRACT = """
input-channel-order input-mean input-scale input-resize input-transposed kernel-rotated kernel-axes depthwise-layout
group-order fc-transposed fc-flatten-order weights-exchanged channels-permuted bias-missing bias-wrong weights-precision
weights-other padding pool-rounding pool-offset average-divisor pool-kind stride-dilation upsample-coordinates
deconvolution-crop lrn-alpha lrn-size lrn-bias lrn-beta lrn-region bn-epsilon bn-scale-factor bn-parameters bn-gamma
bn-missing bn-batch-statistics bn-order activation-missing activation-extra activation-kind activation-slope
dropout-scale softmax-axis softmax-missing concat-order concat-axis sum-coefficients wiring output-head label-order
overflow
"""


def test_a_rotated_kernel_is_numpys_flip(chain: Subject) -> None:
    port, truth = broken(chain, "kernel-rotated/all kernels by 180°@features.2")
    before = weights(chain, "features.2")
    assert np.array_equal(weights(port, "features.2"), np.flip(before, (2, 3)))
    assert truth.layers == (frozenset(["features.2"]),) and truth.causes == {"kernel-rotated"}


def test_the_right_network_keeps_its_weights(chain: Subject) -> None:
    before = weights(chain, "features.2").copy()
    broken(chain, "weights-other/noise@features.2")
    assert np.array_equal(weights(chain, "features.2"), before)


def test_hwio_numbers_read_as_oihw(chain: Subject) -> None:
    port, _ = broken(chain, "kernel-axes/HWIO numbers read as OIHW@features.2")
    before, after = weights(chain, "features.2"), weights(port, "features.2")
    out, read, height, width = before.shape
    stored = np.empty((height, width, read, out), np.float32)
    for o in range(out):
        stored[..., o] = before[o].transpose(1, 2, 0)
    assert np.array_equal(after.reshape(-1), stored.reshape(-1))


def test_channel_and_multiplier_exchanged(chain: Subject) -> None:
    port, _ = broken(chain, "depthwise-layout/channel and multiplier exchanged@features.15")
    before, after = weights(chain, "features.15"), weights(port, "features.15")
    assert np.array_equal(after[1], before[3]) and np.array_equal(after[32], before[1])


def test_rows_in_the_order_of_maps_with_channels_last(caffe: Subject) -> None:
    port, _ = broken(caffe, "fc-flatten-order/rows for H×W×C where C×H×W is read@fc6")
    before, after = weights(caffe, "fc6"), weights(port, "fc6")
    channels = 12
    # The second row that the port reads belongs to the second channel of the first position.
    assert np.array_equal(after[:, 1], before[:, before.shape[1] // channels])


def test_exchanged_weights_name_all_their_layers(caffe: Subject) -> None:
    port, truth = broken(caffe, "weights-exchanged/two layers@side/classifier")
    assert truth.layers == (frozenset(["side/classifier"]), frozenset(["fc8"]))
    assert np.array_equal(weights(port, "fc8"), weights(caffe, "side/classifier"))
    assert np.array_equal(weights(port, "side/classifier", 2), weights(caffe, "fc8", 2))


def test_permuted_channels_take_their_biases_with_them(chain: Subject) -> None:
    port, _ = broken(chain, "channels-permuted/rolled by one@features.5")
    assert np.array_equal(weights(port, "features.5"), np.roll(weights(chain, "features.5"), 1, 0))
    assert np.array_equal(weights(port, "features.5", 2), np.roll(weights(chain, "features.5", 2), 1))


def test_a_dropped_bias_leaves_no_trace(chain: Subject) -> None:
    port, _ = broken(chain, "bias-missing/dropped@features.5")
    node = node_of(port.network.layer["features.5"], "Conv")
    assert len(node.inputs) == 2 and bias_of(node) is None
    assert "features.5:bias" not in port.model.graph.initializers


def test_int8_weights_have_few_values(chain: Subject) -> None:
    port, _ = broken(chain, "weights-precision/int8 for the whole tensor@features.5")
    before, after = weights(chain, "features.5"), weights(port, "features.5")
    assert np.unique(after).size <= 255
    assert np.abs(after - before).max() <= np.abs(before).max() / 127 / 2 * 1.001


def test_padding_moved_to_the_high_end(chain: Subject) -> None:
    port, _ = broken(chain, "padding/moved to the high end@features.5")
    assert integers(node_of(port.network.layer["features.5"], "Conv"), "pads", []) == [0, 0, 2, 2]


def test_alpha_that_is_not_divided(caffe: Subject) -> None:
    port, _ = broken(caffe, "lrn-alpha/not divided by the window@norm1")
    assert real(node_of(port.network.layer["norm1"], "LRN"), "alpha", 0) == pytest.approx(5e-4)


def test_normalisation_behind_the_activation_exchanges_two_layers(chain: Subject) -> None:
    port, truth = broken(chain, "bn-order/behind the activation@features.10")
    layers = port.network.layer
    assert truth.layers == (frozenset(["features.10", "features.11"]),)
    assert [layer.name for layer in port.network.input_layers(layers["features.11"])] == ["features.9"]
    assert [layer.name for layer in port.network.input_layers(layers["features.10"])] == ["features.11"]
    assert [layer.name for layer in port.network.input_layers(layers["features.12"])] == ["features.10"]


def test_a_layer_left_out_is_gone_and_its_neighbours_are_fair_names(chain: Subject) -> None:
    port, truth = broken(chain, "activation-missing/layer left out@features.3")
    assert "features.3" not in port.network.layer
    assert truth.layers == (frozenset(["features.2", "features.3", "features.4"]),)


def test_what_is_appended_takes_over_name_and_record(caffe: Subject) -> None:
    port, _ = broken(caffe, "dropout-scale/scaled down at test time@drop6")
    assert port.network.blobs["fc6"].producer() is port.network.layer["drop6"].nodes[-1]
    assert port.network.layer["drop6"].nodes[-1].op_type == "Mul"
    assert port.network.blobs.keys() == caffe.network.blobs.keys()


def test_a_wrong_mean_is_in_the_recipe(caffe: Subject) -> None:
    port, truth = broken(caffe, "input-mean/in the other order@data")
    recipe = json.loads(port.model.metadata_props[marks.PREPROCESSING])
    assert recipe["mean"] == [123.0, 117.0, 104.0]
    assert truth.layers == (frozenset(["data"]),)


def test_a_port_does_not_carry_the_originals_parameters(chain: Subject) -> None:
    port = Port(chain.network)
    assert any(marks.PARAMETERS in node.metadata_props for node in chain.network.model.graph)
    assert not any(marks.PARAMETERS in node.metadata_props for node in port.model.graph)


def test_what_has_no_place_is_refused(chain: Subject) -> None:
    with pytest.raises(NotEligibleError):
        broken(chain, "kernel-rotated/all kernels by 180°@features.12")


@pytest.mark.parametrize(
    ("fault", "layers"),
    [
        ("kernel-rotated/all kernels by 180°@features.5", {"features.5"}),
        ("weights-other/one kernel scaled@features.12", {"features.12"}),
        ("bn-epsilon/another@features.10", {"features.10"}),
        ("bn-parameters/mean and offset exchanged@features.10", {"features.10"}),
        ("activation-kind/tanh@features.13", {"features.13"}),
        ("activation-missing/passed by@features.13", {"features.13"}),
        ("activation-extra/relu@features.7", {"features.7"}),
        ("average-divisor/padded positions counted or not@features.18", {"features.18"}),
        ("dropout-scale/scaled up at test time@classifier.2", {"classifier.2"}),
        ("softmax-missing/passed by@softmax", {"softmax"}),
    ],
)
def test_only_the_named_layer_gives_something_else(chain: Subject, fault: str, layers: set[str]) -> None:
    port, truth = broken(chain, fault)
    assert changed_layers(chain, port) == layers == set().union(*truth.layers)


@pytest.mark.parametrize(
    ("fault", "layers"),
    [
        ("concat-order/reversed@join", {"join"}),
        ("sum-coefficients/one term subtracted@sum4", {"sum4"}),
        ("lrn-region/within channels for across@norm1", {"norm1"}),
        ("group-order/groups permuted@conv2", {"conv2"}),
        ("deconvolution-crop/shifted@up6", {"up6"}),
        ("stride-dilation/not dilated@conv3", {"conv3"}),
        ("output-head/another classifier's@prob", {"prob"}),
    ],
)
def test_only_the_named_layer_of_caffes_gives_something_else(caffe: Subject, fault: str, layers: set[str]) -> None:
    port, _ = broken(caffe, fault)
    if fault.startswith("output-head"):
        assert [layer.name for layer in port.network.input_layers(port.network.layer["prob"])] == ["side/classifier"]
        return
    assert changed_layers(caffe, port) == layers


def test_every_cause_of_the_contract_has_an_injection() -> None:
    assert set(CAUSES) == set(CONTRACT.split())
    assert len({(each.cause, each.variant) for each in ALL}) == len(ALL)
