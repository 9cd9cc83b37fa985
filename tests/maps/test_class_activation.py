"""Class activation maps against what is computed by hand."""

from pathlib import Path

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.maps.class_activation import activation_maps, find_head
from explorer.network.network import shape_of, value_name
from explorer.running.images import read_picture
from explorer.running.runner import Runner, feed_picture, picture_input
from tests.picture_networks import Node, network_of, pooled_network
from tests.small_network import small_network

X = np.random.default_rng(1).standard_normal((1, 3, 4, 4)).astype(np.float32)
WEIGHT = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
BIAS = np.array([0.25, -1.0])


def scores_of(network, tensor=X):
    """What the maps say of each class: the mean of its map, and its bias; the output beside it."""
    head = find_head(network, "y")
    assert head is not None
    run = Runner(network, "cpu", 1).run({"x": tensor})
    maps = activation_maps(head, run, (4, 4))
    means = [maps.of_class(index).mean() for index in range(maps.count)]
    return np.array(means) + head.bias, run["y"].reshape(-1), maps


def test_a_map_is_the_sum_of_the_feature_maps_by_the_classs_weights(tmp_path):
    scores, output, maps = scores_of(pooled_network(tmp_path, WEIGHT, BIAS))
    np.testing.assert_allclose(maps.of_class(0), X[0, 0] - 2 * X[0, 1] + 0.5 * X[0, 2], rtol=1e-6)
    np.testing.assert_allclose(maps.of_class(1), 3 * X[0, 1] + X[0, 2], rtol=1e-6)
    np.testing.assert_allclose(scores, output, rtol=1e-5)


def test_a_network_whose_channels_are_its_classes_has_them_for_maps(tmp_path):
    nodes: list[Node] = [
        ("GlobalAveragePool", ["x"], "pooled", {}),
        ("Flatten", ["pooled"], "flat", {}),
        ("Softmax", ["flat"], "y", {"axis": 1}),
    ]
    network = network_of(tmp_path, nodes, {}, output=("N", 3))
    head = find_head(network, "y")
    assert head is not None
    assert (head.features, head.weights) == ("x", None)
    scores, output, maps = scores_of(network)
    np.testing.assert_array_equal(maps.of_class(2), X[0, 2])
    np.testing.assert_allclose(np.exp(scores) / np.exp(scores).sum(), output, rtol=1e-5)


HEADS: dict[str, tuple[list[Node], str]] = {
    "a product and a sum": (
        [("MatMul", ["flat", "t"], "m", {}), ("Add", ["m", "b"], "y", {})], "Flatten"),
    "a 1×1 convolution of what is pooled": (
        [("Conv", ["flat", "k", "b"], "c", {}), ("Flatten", ["c"], "y", {})], "Identity"),
    "two layers and a factor": (
        [("Gemm", ["flat", "w", "b"], "g", {"transB": 1, "alpha": 0.5}), ("Mul", ["g", "f"], "h", {}),
         ("MatMul", ["h", "s"], "y", {})], "Flatten"),
}  # fmt: skip


@pytest.mark.parametrize("between", HEADS)
def test_linear_ends_of_any_make_add_up_to_their_scores(tmp_path, between):
    nodes, first = HEADS[between]
    weights = {
        "w": WEIGHT, "t": WEIGHT.T, "b": BIAS, "k": WEIGHT[:, :, None, None], "f": np.array([2.0, -1.0]),
        "s": np.array([[1.0, 2.0], [-1.0, 0.5]]),
    }  # fmt: skip
    used = {name for _, inputs, _, _ in nodes for name in inputs}
    network = network_of(
        tmp_path,
        [("GlobalAveragePool", ["x"], "pooled", {}), (first, ["pooled"], "flat", {}), *nodes],
        {name: array.astype(np.float32) for name, array in weights.items() if name in used},
    )
    scores, output, _ = scores_of(network)
    np.testing.assert_allclose(scores, output, rtol=1e-5)


def test_channels_may_come_last(tmp_path):
    nodes: list[Node] = [
        ("Transpose", ["x"], "last", {"perm": [0, 2, 3, 1]}),
        ("ReduceMean", ["last"], "flat", {"axes": [1, 2], "keepdims": 0}),
        ("Gemm", ["flat", "w"], "y", {"transB": 1}),
    ]
    network = network_of(tmp_path, nodes, {"w": WEIGHT.astype(np.float32)})
    scores, output, maps = scores_of(network)
    np.testing.assert_allclose(maps.of_class(0), X[0, 0] - 2 * X[0, 1] + 0.5 * X[0, 2], rtol=1e-6)
    np.testing.assert_allclose(scores, output, rtol=1e-5)


@pytest.mark.parametrize(
    "pooling",
    [
        ("AveragePool", ["x"], "pooled", {"kernel_shape": [3, 3]}),
        ("AveragePool", ["x"], "pooled", {"kernel_shape": [4, 4], "pads": [1, 1, 1, 1]}),
        ("GlobalMaxPool", ["x"], "pooled", {}),
        ("ReduceMean", ["x"], "pooled", {"axes": [1, 2], "keepdims": 1}),
    ],
)
def test_what_is_no_mean_of_the_whole_map_has_none(tmp_path, pooling):
    nodes: list[Node] = [pooling, ("GlobalMaxPool", ["pooled"], "y", {})]
    assert find_head(network_of(tmp_path, nodes, {}, output=("N", "c", 1, 1)), "y") is None


def test_an_end_that_bends_has_none(tmp_path):
    nodes: list[Node] = [
        ("GlobalAveragePool", ["x"], "pooled", {}),
        ("Flatten", ["pooled"], "flat", {}),
        ("Relu", ["flat"], "bent", {}),
        ("MatMul", ["bent", "t"], "y", {}),
    ]
    assert find_head(network_of(tmp_path, nodes, {"t": WEIGHT.T.astype(np.float32)}), "y") is None


def test_a_softmax_between_two_layers_is_no_end(tmp_path):
    nodes: list[Node] = [
        ("GlobalAveragePool", ["x"], "pooled", {}),
        ("Flatten", ["pooled"], "flat", {}),
        ("Softmax", ["flat"], "soft", {"axis": 1}),
        ("MatMul", ["soft", "t"], "y", {}),
    ]
    assert find_head(network_of(tmp_path, nodes, {"t": WEIGHT.T.astype(np.float32)}), "y") is None


def test_a_fully_connected_end_on_maps_has_none():
    assert find_head(small_network(), "prob") is None


@pytest.mark.parametrize(
    ("name", "features"), [("googlenet", "inception_5b/output"), ("mobilenet_v1", "Conv2d_13_pointwise")]
)
def test_known_networks_end_in_a_mean_and_a_layer(name, features):
    network = open_network(name)
    output = network.outputs[-1]
    head = find_head(network, value_name(output))
    shape = shape_of(output)
    assert head is not None and head.weights is not None
    assert head.features == features
    assert shape is not None
    assert head.weights.shape == (shape[1], 1024)


def test_vgg_has_no_such_end():
    assert find_head(open_network("vgg16"), "prob") is None


def test_squeezenets_maps_give_caffes_answer(shared: Path):
    folder = shared / "references"
    network = open_network(folder / "squeezenet-v1.1")
    head = find_head(network, "prob")
    assert head is not None and head.weights is None
    run = Runner(network, "cpu").run(feed_picture(network, read_picture(folder / "cat.jpg").pixels))
    maps = activation_maps(head, run, picture_input(network)[2])
    scores = np.array([maps.of_class(index).mean() for index in range(maps.count)])
    probabilities = np.exp(scores - scores.max())
    np.testing.assert_allclose(probabilities / probabilities.sum(), run["prob"].reshape(-1), rtol=2e-5)
    assert maps.of_class(281).shape == (14, 14)
