"""What each output reads, as rows: their product with the weights is what onnxruntime computes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.patches import features, output_places, patches
from explorer.diagnosis.weighted import Weighted, weighted_nodes
from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import chain, conv, deconv, dense, drawn, recorded, scene_of, unary

X = drawn(2, 4, 7, 6, seed=7)


def _weighted(network: Network, x: Array, layer: str) -> tuple[Weighted, Array]:
    """The layer's weights and its results, channels × places."""
    reference = recorded(network, x)
    scene = scene_of(network, reference, layer)
    result = reference.arrays[layer]
    flat = np.moveaxis(result, 1, 0).reshape(result.shape[1], -1)
    return next(iter(weighted_nodes(scene))), flat


def _product(weighted: Weighted, x: Array, places: Array) -> Array:
    per = weighted.outputs // weighted.group
    rows = weighted.rows(np.asarray(weighted.array, np.float64))
    found = []
    for group in range(weighted.group):
        read = patches(weighted, x, places, group)
        assert read is not None
        assert read.shape == (len(places), features(weighted))
        found.append(rows[group * per : (group + 1) * per] @ read.T)
    return np.concatenate(found)


@pytest.mark.parametrize(
    "network",
    [
        chain((4, 7, 6), conv("layer", drawn(3, 4, 3, 2))),
        chain((4, 7, 6), conv("layer", drawn(3, 4, 3, 3), pads=[0, 1, 2, 1], stride=2)),
        chain((4, 7, 6), conv("layer", drawn(3, 4, 2, 2), dilation=3, pads=1)),
        chain((4, 7, 6), conv("layer", drawn(6, 2, 3, 3), group=2, pads=1)),
        chain((4, 7, 6), conv("layer", drawn(8, 1, 3, 3), group=4)),
        chain((4, 7, 6), deconv("layer", drawn(4, 3, 3, 3), pads=(1, 0, 1, 2), stride=2, extra=1)),
        chain((4, 7, 6), deconv("layer", drawn(4, 2, 2, 3), pads=(0, 0, 0, 0), stride=3)),
    ],
)
def test_rows_times_weights_are_the_layers_results(network: Network):
    weighted, result = _weighted(network, X, "layer")
    count = output_places(weighted, X)
    assert count is not None
    assert count == result.shape[1]
    np.testing.assert_allclose(_product(weighted, X, np.arange(count)), result, rtol=1e-4, atol=1e-5)


def test_some_places_are_those_of_the_whole():
    weighted, result = _weighted(chain((4, 7, 6), conv("layer", drawn(3, 4, 3, 3), pads=1)), X, "layer")
    places = np.array([0, 5, 41, 42, 83])
    np.testing.assert_allclose(_product(weighted, X, places), result[:, places], rtol=1e-4, atol=1e-5)


def test_rows_of_a_grouped_transposed_convolution_fit_its_weights():
    weight = drawn(4, 2, 3, 3)
    network = chain((4, 7, 6), deconv("layer", weight, pads=(1, 1, 1, 1), stride=2))
    node = network.layer["layer"].nodes[0]
    weighted = Weighted(node, node.name or "", "layer", "transposed", weight, group=2)
    back = weighted.from_rows(weighted.rows(weight))
    np.testing.assert_array_equal(back, weight)
    assert weighted.rows(weight).shape == (4, 2 * 9)
    # Each group's outputs see the two channels of that group alone.
    single = deconv("layer", weight[:2], pads=(1, 1, 1, 1), stride=2)
    half, result = _weighted(chain((2, 7, 6), single), X[:, :2], "layer")
    read = patches(weighted, X, np.arange(result.shape[1]), 0)
    assert read is not None
    np.testing.assert_allclose(half.rows(half.array) @ read.T, result, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(weighted.rows(weight)[:2], half.rows(half.array))


def test_rows_of_a_matrix_product_are_its_inputs():
    x = drawn(3, 5)
    weighted, result = _weighted(chain((5,), dense("fc", drawn(4, 5))), x, "fc")
    assert output_places(weighted, x) == 3
    assert features(weighted) == 5
    np.testing.assert_allclose(_product(weighted, x, np.arange(3)), result, rtol=1e-5)
    np.testing.assert_array_equal(patches(weighted, x, np.array([2]), 0), x[2:])


def test_a_product_of_sequences_has_a_place_for_each_step():
    x = drawn(2, 3, 5)
    weighted, _ = _weighted(chain((5,), unary("fc", "MatMul", drawn(5, 5))), x.reshape(6, 5), "fc")
    assert output_places(weighted, x) == 6
    np.testing.assert_array_equal(patches(weighted, x, np.arange(6), 0), x.reshape(6, 5))


def test_paddings_that_are_not_written_out_are_not_known():
    network = chain((4, 7, 6), conv("layer", drawn(3, 4, 3, 3), pads=1))
    weighted, _ = _weighted(network, X, "layer")
    weighted.node.attributes.pop("pads")
    weighted.node.attributes.add(ir.AttrString("auto_pad", "SAME_UPPER"))
    assert output_places(weighted, X) is None
    assert patches(weighted, X, np.arange(3), 0) is None


def test_convolutions_along_one_axis_are_not_known():
    x = X[:, :, 0]
    kernel = drawn(3, 4, 3)
    weighted, _ = _weighted(chain((4, 7, 6), conv("layer", drawn(3, 4, 3, 3))), X, "layer")
    line = Weighted(weighted.node, "layer", "layer", "convolution", kernel)
    assert output_places(line, x) is None
    assert patches(line, x, np.arange(2), 0) is None
