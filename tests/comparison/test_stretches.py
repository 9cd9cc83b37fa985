"""The parts of a network between recorded values."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison.stretches import OUTPUT, Stretch, cut_out, find_stretch, with_unread
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network, value_name
from explorer.running.cutting import cut_out as cut_out_alone
from explorer.running.runner import Runner
from tests.branching import branching_network
from tests.diagnosis.ports import batch_norm, chain, conv, drawn, finished, joined, positive, recorded, unary

X = drawn(1, 3, 7, 6, seed=7)
FLOAT = {"data": np.dtype(np.float32)}


def _chained() -> Network:
    return chain(
        (3, 7, 6),
        conv("conv1", drawn(4, 3, 3, 3)),
        unary("relu1", "Relu"),
        batch_norm("bn1", positive(4), drawn(4), drawn(4), positive(4)),
    )


def _forked() -> Network:
    """data → abs1 → (neg1, relu1) → join1."""
    builder = NetworkBuilder("forked")
    absolute = unary("abs1", "Abs")(builder, builder.input("data", ("N", 3, 7, 6)))
    branches = [unary("neg1", "Neg")(builder, absolute), unary("relu1", "Relu")(builder, absolute)]
    joined(builder.layer("join1", "Concat"), branches)
    return finished(builder)


def _stretch(network: Network, value: str, *recorded_values: str) -> Stretch:
    found = find_stretch(network, value, recorded_values)
    assert found is not None
    return found


def test_a_stretch_goes_back_to_the_nearest_recorded_values():
    network = _chained()
    near = _stretch(network, "bn1", "data", "conv1", "relu1", "bn1")
    assert (near.inputs, near.layers) == (("relu1",), ("bn1",))
    far = _stretch(network, "bn1", "data", "bn1")
    assert (far.inputs, far.layers) == (("data",), ("conv1", "relu1", "bn1"))
    assert [node.op_type for node in far.nodes] == ["Conv", "Relu", "BatchNormalization"]


def test_branches_are_followed_each_to_its_own_record():
    network = _forked()
    found = _stretch(network, "join1", "data", "neg1", "join1")
    assert set(found.inputs) == {"data", "neg1"}
    assert found.layers == ("abs1", "relu1", "join1")


def test_there_is_no_stretch_from_an_input_that_is_not_recorded():
    assert find_stretch(_chained(), "relu1", ["bn1"]) is None


def test_an_input_is_a_stretch_of_nothing_or_none():
    assert find_stretch(_chained(), "data", ["data"]) is None


def test_stretches_side_by_side_give_what_the_network_gives():
    network = _forked()
    reference = recorded(network, X).arrays
    stretches = [_stretch(network, name, *reference) for name in ("neg1", "relu1", "join1")]
    names = [OUTPUT.format(stretch.value) for stretch in stretches]
    model = cut_out(network, stretches, FLOAT)
    feeds = {name: reference[name] for name in ("abs1", "neg1", "relu1")}
    given = Runner(network, "cpu", 1).program_of(model, names).run(feeds, names, None)
    for stretch, name in zip(stretches, names, strict=True):
        np.testing.assert_array_equal(given[name], reference[stretch.value])


def test_stretches_that_share_nodes_have_copies_of_their_own():
    network = _forked()
    stretches = [_stretch(network, name, "data") for name in ("neg1", "relu1")]
    model = cut_out(network, stretches, FLOAT)
    names = [node.name for node in model.graph]
    assert len(names) == len(set(names)) == 4
    outputs = [OUTPUT.format(stretch.value) for stretch in stretches]
    given = Runner(network, "cpu", 1).program_of(model, outputs).run({"data": X}, outputs, None)
    np.testing.assert_array_equal(given[outputs[0]], -np.abs(X))


def test_a_stretch_alone_keeps_all_names_and_shares_the_weights():
    network = _chained()
    model = cut_out_alone(network, _stretch(network, "relu1", "data").nodes, ["relu1"], FLOAT)
    assert [value_name(value) for value in model.graph.outputs] == ["relu1"]
    assert [value_name(value) for value in model.graph.inputs] == ["data"]
    assert "conv1" in {value.name for node in model.graph for value in node.outputs}
    (weight,) = model.graph.initializers.values()
    ours = network.model.graph.initializers[value_name(weight)]
    assert weight.const_value is ours.const_value


def test_cutting_out_leaves_the_network_as_it_was():
    network = _chained()
    before = [(node.name, [value.name for value in node.outputs]) for node in network.model.graph]
    cut_out(network, [_stretch(network, "bn1", "data")], FLOAT)
    assert [(node.name, [value.name for value in node.outputs]) for node in network.model.graph] == before


def test_what_a_layer_computes_and_nothing_reads_belongs_to_its_stretch():
    builder = NetworkBuilder("unread")
    x = builder.input("data", ("N", 3, 7, 6))
    layer = builder.layer("act1", "Activation")
    made = layer.top(layer.elementwise("Relu", x), "act1")
    layer.overwrite(layer.elementwise("Neg", x), "aside", read=True)
    unary("abs1", "Abs")(builder, made)
    network = finished(builder)
    found = _stretch(network, "act1", "data", "act1", "abs1")
    whole = with_unread(network, found, ["data", "act1", "abs1"])
    assert [node.op_type for node in found.nodes] == ["Relu"]
    assert [node.op_type for node in whole.nodes] == ["Relu", "Neg"]
    assert (whole.value, whole.inputs, whole.layers) == ("act1", ("data",), ("act1",))


@pytest.mark.parametrize("value", ["conv1", "relu1", "bn1"])
def test_a_stretch_without_anything_unread_stays_as_it_is(value: str):
    network = _chained()
    found = _stretch(network, value, "data", "conv1", "relu1", "bn1")
    assert with_unread(network, found, ["data", "conv1", "relu1", "bn1"]) is found


def test_a_stretch_reads_what_its_branches_read_from_outside():
    network = branching_network()
    stretch = find_stretch(network, "z", {"y", "which"})
    assert stretch is not None
    assert ({*stretch.inputs}, stretch.layers) == ({"y", "which"}, (network.producer["z"].name,))
    model = cut_out(network, [stretch], {"y": np.dtype(np.float32), "which": np.dtype(bool)})
    fed = {"y": np.array([[3, -4]], np.float32), "which": np.array(True)}
    (output,) = [OUTPUT.format("z")]
    given = Runner(network, "cpu", 1).program_of(model, [output]).run(fed, [output], None)
    np.testing.assert_array_equal(given[output], [[6, -8]])
    assert find_stretch(network, "z", {"which"}) is None
