"""Convolutions and matrix products as one kind of thing: weights, biases, and what stands before them."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.draft import Draft
from explorer.diagnosis.scene import Scene
from explorer.diagnosis.weighted import (
    Weighted,
    as_weighted,
    bias_of,
    flattened_maps,
    is_first,
    weighted_nodes,
)
from explorer.network.network import Network, value_name
from explorer.running.activations import Array
from explorer.running.runner import Runner
from tests.diagnosis.ports import Step, batch_norm, chain, conv, deconv, dense, drawn, pool, recorded, scene_of, unary

X = drawn(2, 4, 6, 5, seed=7)
W = drawn(3, 4, 3, 3)
FC = drawn(5, 3 * 4 * 3)


def _scene(network: Network, layer: str, x: Array = X, without: tuple[str, ...] = ()) -> Scene:
    return scene_of(network, recorded(network, x, without=without), layer)


def _only(network: Network, layer: str, x: Array = X) -> Weighted:
    (found,) = weighted_nodes(_scene(network, layer, x))
    return found


def _given(draft: Draft, x: Array) -> Array:
    """What the corrected network gives."""
    network = Network(draft.model)
    values = Runner(network, "cpu", 1).run({"data": x})
    return values[value_name(network.outputs[0])]


@pytest.mark.parametrize(
    ("network", "kind", "outputs", "spatial"),
    [
        (chain((4, 6, 5), conv("layer", W)), "convolution", 3, (3, 3)),
        (chain((4, 6, 5), conv("layer", drawn(6, 2, 3, 1), group=2)), "convolution", 6, (3, 1)),
        (chain((4, 6, 5), deconv("layer", drawn(4, 3, 2, 2), pads=[0] * 4, stride=2)), "transposed", 3, (2, 2)),
        (chain((4, 6, 5), dense("layer", drawn(7, 120))), "dense", 7, ()),
    ],
)
def test_layers_with_weights_are_told_apart(network: Network, kind: str, outputs: int, spatial: tuple[int, ...]):
    weighted = _only(network, "layer")
    assert (weighted.kind, weighted.outputs, weighted.spatial) == (kind, outputs, spatial)
    assert weighted.layer == "layer"


@pytest.mark.parametrize(
    ("kind", "shape", "group", "transposed"),
    [
        ("convolution", (6, 2, 3, 1), 2, False),
        ("transposed", (4, 3, 2, 5), 1, False),
        ("transposed", (4, 3, 2, 5), 2, False),
        ("dense", (4, 6), 1, False),
        ("dense", (4, 6), 1, True),
    ],
)
def test_rows_have_one_output_each_and_come_back(kind: str, shape: tuple[int, ...], group: int, transposed: bool):
    array = drawn(*shape)
    node = ir.Node("", "Conv", [])
    weighted = Weighted(node, "", "", kind, array, group, transposed)  # type: ignore[arg-type]
    rows = weighted.rows(array)
    assert rows.shape == (weighted.outputs, array.size // weighted.outputs)
    np.testing.assert_array_equal(weighted.from_rows(rows), array)


def test_rows_of_a_matrix_are_its_columns_unless_it_is_transposed():
    array = drawn(4, 6)
    node = ir.Node("", "Gemm", [])
    np.testing.assert_array_equal(Weighted(node, "", "", "dense", array).rows(array), array.T)
    np.testing.assert_array_equal(Weighted(node, "", "", "dense", array, transposed=True).rows(array), array)


def test_other_nodes_and_computed_weights_have_none():
    network = chain((4, 6, 5), batch_norm("bn1", *[np.ones(4, np.float32)] * 4), unary("relu1", "Relu"))
    assert [as_weighted(node, "") for node in network.model.graph] == [None, None]
    x, y = (ir.Value(name=name, type=ir.TensorType(ir.DataType.FLOAT)) for name in "xy")
    assert as_weighted(ir.Node("", "MatMul", [x, y]), "") is None


def test_weighted_nodes_stand_in_the_order_of_the_data():
    network = chain((4, 6, 5), conv("conv1", W), unary("relu1", "Relu"), conv("conv2", drawn(2, 3, 1, 1)))
    scene = _scene(network, "conv2", without=("conv1", "relu1"))
    assert [weighted.layer for weighted in weighted_nodes(scene)] == ["conv1", "conv2"]


def _with_sum(bias: Array) -> Step:
    return unary("sum1", "Add", bias)


@pytest.mark.parametrize(
    ("network", "layer", "bias"),
    [
        (chain((4, 6, 5), conv("layer", W, np.arange(3, dtype=np.float32))), "layer", [0, 1, 2]),
        (chain((4, 6, 5), conv("layer", W)), "layer", None),
        (chain((4,), unary("layer", "MatMul", drawn(4, 4)), _with_sum(drawn(4))), "sum1", drawn(4).tolist()),
        (chain((4,), unary("layer", "MatMul", drawn(4, 4)), _with_sum(drawn(1))), "sum1", None),
        (chain((4,), unary("layer", "MatMul", drawn(4, 4)), unary("sum1", "Mul", drawn(4))), "sum1", None),
    ],
)
def test_a_bias_is_an_input_or_an_addition_behind_a_plain_product(
    network: Network, layer: str, bias: list[float] | None
):
    x = X if layer == "layer" else drawn(3, 4)
    (weighted,) = weighted_nodes(_scene(network, layer, x, () if layer == "layer" else ("layer",)))
    found = bias_of(weighted)
    assert (found.array is None) == (bias is None)
    if bias is not None:
        np.testing.assert_allclose(np.asarray(found.array).reshape(-1), bias)


@pytest.mark.parametrize("bias", [None, drawn(3, seed=3)])
def test_a_bias_that_is_written_is_added_once(bias: Array | None):
    network = chain((4, 6, 5), conv("layer", W, bias))
    draft = Draft.of_network(network)
    weighted = as_weighted(draft.nodes[0], "layer")
    assert weighted is not None
    bias_of(weighted).write(draft, np.array([1, 2, 3], np.float32))
    plain = recorded(chain((4, 6, 5), conv("layer", W)), X).arrays["layer"]
    np.testing.assert_allclose(_given(draft, X), plain + np.array([1, 2, 3])[:, None, None], rtol=1e-4, atol=1e-4)


def test_a_bias_of_a_plain_product_is_written_behind_it_or_over_the_addition():
    weight, x = drawn(4, 4), drawn(3, 4)
    for steps in ((), (_with_sum(drawn(1, 4)),)):
        network = chain((4,), unary("layer", "MatMul", weight), *steps)
        draft = Draft.of_network(network)
        weighted = as_weighted(draft.nodes[0], "layer")
        assert weighted is not None
        bias_of(weighted).write(draft, np.array([1, 2, 3, 4], np.float32))
        np.testing.assert_allclose(_given(draft, x), x @ weight + [1, 2, 3, 4], rtol=1e-4, atol=1e-5)


def test_the_first_weights_are_those_with_none_before_them():
    network = chain((4, 6, 5), unary("scale", "Mul", drawn(1)), conv("conv1", W), conv("conv2", drawn(2, 3, 1, 1)))
    assert is_first(_scene(network, "conv1"), _only(network, "conv1"))
    assert not is_first(_scene(network, "conv2"), _only(network, "conv2"))


def test_maps_are_found_behind_a_flattening_with_their_sizes():
    network = chain((4, 6, 5), conv("conv1", W), unary("relu1", "Relu"), dense("fc", FC))
    scene = _scene(network, "fc")
    (weighted,) = weighted_nodes(scene)
    assert flattened_maps(scene, weighted) == (3, 4, 3)


def test_maps_are_found_where_the_flattening_is_another_layer():
    network = chain((4, 6, 5), dense("fc1", drawn(8, 120)), unary("relu1", "Relu"), dense("fc2", drawn(3, 8)))
    first, second = _scene(network, "fc1"), _scene(network, "fc2")
    assert flattened_maps(first, next(iter(weighted_nodes(first)))) == (4, 6, 5)
    assert flattened_maps(second, next(iter(weighted_nodes(second)))) is None


def test_maps_of_an_order_that_was_changed_are_told_as_they_were_flattened():
    network = chain((4, 6, 5), dense("fc", drawn(8, 120), perm=[0, 2, 3, 1]))
    scene = _scene(network, "fc")
    assert flattened_maps(scene, next(iter(weighted_nodes(scene)))) == (6, 5, 4)


def test_maps_behind_a_pooling_are_those_that_it_gives():
    network = chain((4, 6, 4), pool("pool1", "MaxPool", 2, 2), dense("fc", drawn(8, 24)))
    scene = _scene(network, "fc", drawn(2, 4, 6, 4), ("pool1",))
    assert flattened_maps(scene, next(iter(weighted_nodes(scene)))) == (4, 3, 2)
