"""Copies of a graph that edits may change, while the network stays as it is."""

from __future__ import annotations

import weakref

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.errors import PortsideError
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network, value_name
from explorer.running.activations import Array
from explorer.running.runner import Runner
from tests.diagnosis.ports import (
    batch_norm,
    chain,
    conv,
    drawn,
    finished,
    joined,
    lrn,
    positive,
    recorded,
    scene_of,
    unary,
)

X = drawn(1, 3, 5, 4, seed=7)
W = drawn(2, 3, 1, 1)
NORM = (positive(2, seed=1), drawn(2, seed=2), drawn(2, seed=3), positive(2, seed=4))


def _network() -> Network:
    return chain((3, 5, 4), conv("conv1", W, top="relu1"), unary("relu1", "Relu"), lrn("norm1", size=3, alpha=0.5))


def _node(network: Network, layer: str) -> str:
    return network.node_names[network.layer[layer].nodes[-1]]


def _run(network: Network, x: Array = X) -> dict[str, Array]:
    values = Runner(network, "cpu", 1).run({"data": x})
    return {blob: values[value_name(value)] for blob, value in network.blobs.items()}


def _forked() -> Network:
    """data → abs → (negated, doubled) → joined; all of one layer each."""
    builder = NetworkBuilder("forked")
    absolute = unary("abs1", "Abs")(builder, builder.input("data", ("N", 3, 5, 4)))
    branches = [unary("neg1", "Neg")(builder, absolute), unary("relu1", "Relu")(builder, absolute)]
    joined(builder.layer("join1", "Concat"), branches)
    return finished(builder)


def test_a_draft_is_changed_and_its_network_is_not():
    network = _network()
    draft = Draft.of_network(network)
    draft.set_attributes(_node(network, "norm1"), alpha=2.0)
    draft.set_array(_node(network, "conv1"), 1, 2 * W)
    draft.change_operator(_node(network, "relu1"), "Abs")
    kept = network.layer["norm1"].nodes[0]
    assert setting(kept, "alpha", None) == 0.5
    assert network.layer["relu1"].nodes[0].op_type == "Relu"
    weight = fixed(network.layer["conv1"].nodes[0].inputs[1])
    np.testing.assert_array_equal(weight, W)
    before = _run(network)
    np.testing.assert_allclose(_run(Network(draft.model))["relu1"], np.abs(2 * _conv(before["data"])), rtol=1e-5)


def _conv(x: Array) -> Array:
    return np.asarray(np.einsum("oi,nihw->nohw", W[:, :, 0, 0], x))


def test_a_draft_of_the_network_shares_the_weights_that_stay():
    network = _network()
    draft = Draft.of_network(network)
    (ours,) = (value for value in network.model.graph.initializers.values() if fixed(value) is not None)
    assert draft.model.graph.initializers[value_name(ours)].const_value is ours.const_value


def test_a_draft_of_a_stretch_gives_its_value_by_name_from_what_is_recorded():
    network = _network()
    scene = scene_of(network, recorded(network, X), "norm1")
    (value,) = scene.draft.model.graph.outputs
    assert value_name(value) == scene.suspect.stretch.value
    assert [value_name(each) for each in scene.draft.model.graph.inputs] == list(scene.suspect.stretch.inputs)
    assert [node.name for node in scene.draft.nodes] == [_node(network, "norm1")]


def test_a_node_is_found_by_name_and_an_unknown_one_is_told():
    network = _network()
    draft = Draft.of_network(network)
    assert draft.node(_node(network, "relu1")).op_type == "Relu"
    assert _node(network, "relu1") in draft
    assert "nowhere" not in draft
    with pytest.raises(PortsideError, match="there is no node 'nowhere'"):
        draft.node("nowhere")


def test_what_follows_a_node_ends_where_two_read_it_and_at_an_output():
    network = _forked()
    draft = Draft.of_network(network)
    assert [node.op_type for node in draft.following(draft.node(_node(network, "abs1")))] == []
    assert [node.op_type for node in draft.following(draft.node(_node(network, "neg1")))] == ["Concat"]
    chained = Draft.of_network(_network())
    assert [node.op_type for node in chained.following(chained.nodes[0])] == ["Relu", "LRN"]


def test_new_numbers_of_one_node_leave_another_that_reads_the_same_ones():
    builder = NetworkBuilder("shared")
    x = builder.input("data", ("N", 3, 5, 4))
    first = builder.layer("mul1", "Scale")
    factor = first.weight("weight", np.full((1, 1, 1, 1), 3, np.float32))
    middle = first.top(first.elementwise("Mul", x, factor), "mul1")
    second = builder.layer("mul2", "Scale")
    second.top(second.elementwise("Mul", middle, factor), "mul2")
    network = finished(builder)
    draft = Draft.of_network(network)
    draft.set_array(_node(network, "mul1"), 1, np.full((1, 1, 1, 1), 5.0))
    given = _run(Network(draft.model))
    np.testing.assert_allclose(given["mul1"], 5 * X, rtol=1e-6)
    np.testing.assert_allclose(given["mul2"], 15 * X, rtol=1e-6)


def test_new_numbers_take_the_type_of_the_old_ones_which_go_when_nothing_reads_them():
    network = _network()
    draft = Draft.of_network(network)
    name = _node(network, "conv1")
    before = set(draft.model.graph.initializers)
    draft.set_array(name, 1, W.astype(np.float64) * 2)
    array = draft.array(draft.node(name), 1)
    assert array is not None
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, 2 * W)
    assert len(draft.model.graph.initializers) == len(before)
    assert not set(draft.model.graph.initializers) & before


def test_numbers_that_fit_are_taken_as_they_lie():
    draft = Draft.of_network(_network())
    name = draft.nodes[0].name or ""
    draft.set_array(name, 1, W)
    array = draft.array(draft.node(name), 1)
    assert array is not None
    assert np.shares_memory(array, W)


def test_a_draft_that_is_discarded_lets_go_of_its_weights_and_the_network_keeps_them():
    network = _network()
    draft = Draft.of_network(network)
    new = np.ones_like(W)
    alive = weakref.ref(new)
    draft.set_array(draft.nodes[0].name or "", 1, new)
    del new
    draft.discard()
    assert alive() is None
    np.testing.assert_array_equal(_run(network)["norm1"], _run(_network())["norm1"])


def test_numbers_for_an_input_that_is_not_there_add_it():
    network = _network()
    draft = Draft.of_network(network)
    name = _node(network, "conv1")
    assert draft.array(draft.node(name), 2) is None
    draft.set_array(name, 2, np.array([1.0, -2.0]))
    shift = np.array([1, -2], np.float32)[:, None, None]
    np.testing.assert_allclose(_run(Network(draft.model))["relu1"], np.maximum(_conv(X) + shift, 0), rtol=1e-4)


def test_weights_of_one_name_get_different_ones():
    draft = Draft.of_network(_network())
    names = [value_name(draft.weight("new", np.zeros(number))) for number in (1, 2, 3)]
    assert names == ["new", "new2", "new3"]


def test_attributes_are_set_by_type_and_taken_away_by_none():
    network = _network()
    draft = Draft.of_network(network)
    name = _node(network, "conv1")
    draft.set_attributes(name, strides=[2, 1], auto_pad="VALID", group=1, pads=None)
    node = draft.node(name)
    assert setting(node, "strides", None) == (2, 1)
    assert setting(node, "auto_pad", None) == "VALID"
    assert setting(node, "pads", "gone") == "gone"
    assert node.attributes["strides"].type == ir.AttributeType.INTS
    draft.set_attributes(_node(network, "norm1"), alpha=np.float64(0.25), beta=1.5)
    assert setting(draft.node(_node(network, "norm1")), "alpha", None) == 0.25


def test_another_operator_keeps_the_first_input_alone_and_none_of_the_attributes():
    network = chain((2, 5, 4), batch_norm("bn1", *NORM))
    draft = Draft.of_network(network)
    name = _node(network, "bn1")
    draft.change_operator(name, "LeakyRelu", alpha=0.5)
    node = draft.node(name)
    assert (node.op_type, len(node.inputs), list(node.attributes)) == ("LeakyRelu", 1, ["alpha"])
    x = drawn(1, 2, 5, 4)
    np.testing.assert_allclose(_run(Network(draft.model), x)["bn1"], np.where(x < 0, x / 2, x), rtol=1e-6)


def test_another_operator_gets_arrays_in_the_type_that_it_computes_with():
    network = chain((2, 5, 4), unary("relu1", "Relu"))
    draft = Draft.of_network(network)
    name = _node(network, "relu1")
    draft.change_operator(name, "PRelu", [np.full((2, 1, 1), 0.25)])
    slopes = draft.array(draft.node(name), 1)
    assert slopes is not None
    assert slopes.dtype == np.float32
    assert slopes.tolist() == [[[0.25]], [[0.25]]]


def test_outputs_that_nothing_reads_go_with_their_operator():
    builder = NetworkBuilder("mask")
    layer = builder.layer("drop1", "Dropout")
    node = layer.nodes("Dropout", [builder.input("data", ("N", 3, 5, 4))], [("N", 3, 5, 4)] * 2)[0]
    layer.top(node, "drop1")
    network = finished(builder)
    draft = Draft.of_network(network)
    draft.change_operator(_node(network, "drop1"), "Identity")
    assert len(draft.node(_node(network, "drop1")).outputs) == 1
    np.testing.assert_array_equal(_run(Network(draft.model))["drop1"], X)


def test_a_rewired_node_reads_the_other_value():
    network = _forked()
    draft = Draft.of_network(network)
    draft.rewire(_node(network, "neg1"), 0, "data")
    np.testing.assert_array_equal(_run(Network(draft.model))["neg1"], -X)


def test_a_node_may_be_rewired_to_one_that_stands_behind_it():
    network = _forked()
    draft = Draft.of_network(network)
    draft.rewire(_node(network, "neg1"), 0, value_name(network.blobs["relu1"]))
    np.testing.assert_array_equal(_run(Network(draft.model))["neg1"], -np.abs(X))


def test_what_would_go_in_a_circle_is_refused():
    network = _network()
    draft = Draft.of_network(network)
    source = value_name(network.layer["norm1"].outputs[0])
    with pytest.raises(PortsideError, match="which is computed from its own result"):
        draft.rewire(_node(network, "conv1"), 0, source)


def test_a_value_that_the_copy_does_not_hold_becomes_an_input():
    network = _network()
    draft = scene_of(network, recorded(network, X), "norm1").draft
    before = len(draft.model.graph.inputs)
    value = draft.value("elsewhere")
    assert draft.value("elsewhere") is value
    assert list(draft.model.graph.inputs)[before:] == [value]


def test_a_node_behind_another_takes_over_the_name_and_the_record_of_its_result():
    network = _network()
    before = _run(network)
    draft = Draft.of_network(network)
    name = draft.insert_after(_node(network, "relu1"), "Neg")
    after = Network(draft.model)
    assert draft.node(name).outputs[0].name == value_name(network.blobs["relu1"])
    assert [node.op_type for node in after.layer["relu1"].nodes] == ["Relu", "Neg"]
    np.testing.assert_array_equal(_run(after)["relu1"], -before["relu1"])


def test_a_node_behind_the_last_gives_the_networks_output_under_its_name():
    network = _network()
    draft = Draft.of_network(network)
    draft.insert_after(_node(network, "norm1"), "Mul", [np.full((), 2.0)])
    after = Network(draft.model)
    assert [value_name(value) for value in after.outputs] == [value_name(value) for value in network.outputs]
    np.testing.assert_allclose(_run(after)["norm1"], 2 * _run(network)["norm1"], rtol=1e-6)


def test_nodes_put_behind_the_same_node_twice_have_different_names():
    network = _network()
    draft = Draft.of_network(network)
    names = [draft.insert_after(_node(network, "relu1"), "Neg") for _ in range(2)]
    assert len(set(names)) == 2
    np.testing.assert_array_equal(_run(Network(draft.model))["relu1"], _run(network)["relu1"])


def test_a_node_before_another_is_read_by_it_alone():
    network = _forked()
    before = _run(network)
    draft = Draft.of_network(network)
    draft.insert_before(_node(network, "neg1"), 0, "Mul", [np.full((), 3.0)])
    given = _run(Network(draft.model))
    np.testing.assert_allclose(given["neg1"], 3 * before["neg1"], rtol=1e-6)
    np.testing.assert_array_equal(given["relu1"], before["relu1"])
    assert {node.op_type for node in Network(draft.model).layer["neg1"].nodes} == {"Mul", "Neg"}


def test_exchanged_nodes_compute_in_the_other_order_and_keep_the_names_of_their_results():
    network = chain((2, 5, 4), batch_norm("bn1", *NORM), unary("relu1", "Relu"))
    other = chain((2, 5, 4), unary("relu1", "Relu"), batch_norm("bn1", *NORM))
    x = drawn(1, 2, 5, 4)
    draft = Draft.of_network(network)
    draft.exchange(_node(network, "bn1"), _node(network, "relu1"))
    given, wanted = _run(Network(draft.model), x), _run(other, x)
    np.testing.assert_allclose(given["bn1"], wanted["relu1"], rtol=1e-6)
    np.testing.assert_allclose(given["relu1"], wanted["bn1"], rtol=1e-5)


def test_exchanged_layers_take_their_names_and_records_along():
    network = chain((2, 5, 4), batch_norm("bn1", *NORM), unary("relu1", "Relu"))
    other = chain((2, 5, 4), unary("relu1", "Relu"), batch_norm("bn1", *NORM))
    x = drawn(1, 2, 5, 4)
    draft = Draft.of_network(network)
    draft.exchange_layers(_node(network, "bn1"), _node(network, "relu1"))
    after = Network(draft.model)
    assert [layer.name for layer in after.layers] == ["data", "relu1", "bn1"]
    assert draft.node(_node(network, "bn1")).op_type == "BatchNormalization"
    given, wanted = _run(after, x), _run(other, x)
    for name in ("bn1", "relu1"):
        np.testing.assert_allclose(given[name], wanted[name], rtol=1e-5)


def test_fixed_numbers_are_those_of_initializers_and_constants_alone():
    network = _network()
    node = network.layer["conv1"].nodes[0]
    np.testing.assert_array_equal(fixed(node.inputs[1]), W)
    assert fixed(node.inputs[0]) is None
    assert fixed(node.outputs[0]) is None
    assert fixed(None) is None
    constant = ir.Node("", "Constant", [], [ir.AttrTensor("value", ir.Tensor(np.array([4, 5])))])
    assert np.asarray(fixed(constant.outputs[0])).tolist() == [4, 5]
