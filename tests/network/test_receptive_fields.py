"""Receptive fields, against what really changes in the output when a place of the input does."""

from itertools import product
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from explorer.architectures.googlenet import googlenet
from explorer.network.field_sizes import reshaped_box
from explorer.network.network import Network, value_name
from explorer.network.receptive_fields import fields, layer_fields, place_box
from tests.small_network import small_network

DRAWS = 3


def model_of(nodes, size=(9, 8), channels=4, weights=None, opset=20):
    """A model from ``x`` to ``y``; ``nodes`` are ``(operator, inputs, outputs, attributes)``."""
    made = [helper.make_node(kind, reads.split(), gives.split(), **how) for kind, reads, gives, how in nodes]
    graph = helper.make_graph(
        made,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, channels, *size))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (weights or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


def seen_by_changing(model):
    """For each entry of ``y`` the box of rows and columns of ``x`` that change it; None where none does."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    shape = tuple(session.get_inputs()[0].shape)
    draw = np.random.default_rng(0)
    changed = np.zeros(0, bool)
    for _ in range(DRAWS):
        base = draw.standard_normal(shape).astype(np.float32)
        before = session.run(["y"], {"x": base})[0]
        for place in product(*map(range, shape[2:])):
            for far in (-30.0, 30.0):
                moved = base.copy()
                moved[0, :, place[0], place[1]] += far * draw.uniform(0.5, 1, shape[1]).astype(np.float32)
                now = session.run(["y"], {"x": moved})[0] != before
                if not changed.size:
                    changed = np.zeros((*shape[2:], *before.shape), bool)
                changed[place] |= now
    found = {}
    for index in np.ndindex(*changed.shape[2:]):
        rows, columns = np.nonzero(changed[(slice(None), slice(None), *index)])
        found[index] = ((rows.min(), rows.max() + 1), (columns.min(), columns.max() + 1)) if rows.size else None
    return found


def back(network, value, layer=None):
    way = fields(network, value) if layer is None else layer_fields(network, layer, value)
    assert way is not None
    return way


def output_of(network, layer):
    return value_name(network.layer[layer].outputs[0])


def seen_by_rules(model):
    way = back(Network(ir.serde.deserialize_model(model)), "y")
    found = {}
    for index in np.ndindex(*way.shape):
        box = way.of(tuple((at, at + 1) for at in index)).get("x")
        found[index] = None if box is None else box[2:]
    return found


def kernel(outputs, inputs, *sizes):
    return np.random.default_rng(1).uniform(0.5, 1.5, (outputs, inputs, *sizes)).astype(np.float32)


CONVOLUTION = {"w": kernel(4, 4, 3, 3)}
CASES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "a convolution with uneven padding": (
        [("Conv", "x w", "y", {"pads": [1, 0, 2, 1], "strides": [2, 1]})],
        {"w": kernel(4, 4, 3, 2)},
    ),
    "SAME with a stride": ([("Conv", "x w", "y", {"auto_pad": "SAME_UPPER", "strides": [2, 3]})], CONVOLUTION),
    "SAME_LOWER with an even kernel": ([("Conv", "x w", "y", {"auto_pad": "SAME_LOWER"})], {"w": kernel(4, 4, 2, 4)}),
    "a dilated convolution": ([("Conv", "x w", "y", {"dilations": [2, 3], "pads": [2, 3, 2, 3]})], CONVOLUTION),
    "a grouped convolution": ([("Conv", "x w", "y", {"group": 2, "pads": [1, 1, 1, 1]})], {"w": kernel(4, 2, 3, 3)}),
    "two convolutions and a pooling": (
        [
            ("Conv", "x w", "a", {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
            ("MaxPool", "a", "b", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
            ("Conv", "b w", "y", {"pads": [1, 1, 1, 1]}),
        ],
        CONVOLUTION,
    ),
    "a pooling that rounds up": (
        [("MaxPool", "x", "y", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})],
        {},
    ),
    "an average with padding": (
        [("AveragePool", "x", "y", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]})],
        {},
    ),
    "a transposed convolution": (
        [("ConvTranspose", "x w", "y", {"strides": [2, 3], "pads": [1, 0, 0, 1], "output_padding": [1, 1]})],
        CONVOLUTION,
    ),
    "a transposed convolution of a stated size": (
        [("ConvTranspose", "x w", "y", {"strides": [2, 2], "output_shape": [18, 16], "auto_pad": "SAME_UPPER"})],
        CONVOLUTION,
    ),
    "a transposed convolution with dilation": (
        [("ConvTranspose", "x w", "y", {"strides": [1, 1], "dilations": [2, 2], "pads": [2, 2, 2, 2]})],
        CONVOLUTION,
    ),
    "branches of unlike reach": (
        [
            ("Conv", "x w", "a", {"pads": [1, 1, 1, 1]}),
            ("Conv", "x v", "b", {"pads": [2, 2, 2, 2]}),
            ("Concat", "a b", "y", {"axis": 1}),
        ],
        {"w": kernel(4, 4, 3, 3), "v": kernel(2, 4, 5, 5)},
    ),
    "a sum past a shortcut": (
        [
            ("Conv", "x w", "a", {"pads": [1, 1, 1, 1]}),
            ("Relu", "a", "r", {}),
            ("Conv", "r w", "b", {"pads": [1, 1, 1, 1]}),
            ("Add", "x b", "y", {}),
        ],
        CONVOLUTION,
    ),
    "channels last and back": (
        [
            ("Transpose", "x", "t", {"perm": [0, 2, 3, 1]}),
            ("Transpose", "t", "n", {"perm": [0, 3, 1, 2]}),
            ("Conv", "n w", "y", {}),
        ],
        CONVOLUTION,
    ),
    "global pooling": ([("GlobalAveragePool", "x", "y", {})], {}),
    "a mean over rows alone": ([("ReduceMean", "x a", "y", {"keepdims": 0})], {"a": np.array([2])}),
    "flattened and dense": (
        [("Flatten", "x", "f", {}), ("Gemm", "f w", "y", {})],
        {"w": kernel(4 * 72, 3)},
    ),
    "flattened alone": ([("Flatten", "x", "y", {})], {}),
    "padded, cut and split": (
        [
            ("Pad", "x p", "a", {}),
            ("Slice", "a s e q t", "b", {}),
            ("Split", "b", "y z", {"axis": 2, "num_outputs": 2}),
        ],
        {
            "p": np.array([0, 0, 2, 1, 0, 0, 0, 1]),
            "s": np.array([1, -1]),
            "e": np.array([9, -11]),
            "q": np.array([2, 3]),
            "t": np.array([1, -2]),
        },
    ),
    "mirrored at the edges": (
        [("Pad", "x p", "y", {"mode": "reflect"})],
        {"p": np.array([0, 0, 2, 1, 0, 0, 1, 3])},
    ),
    "space to depth and back": (
        [("SpaceToDepth", "x", "d", {"blocksize": 2}), ("DepthToSpace", "d", "y", {"blocksize": 2})],
        {},
    ),
    "softmax over channels": ([("Softmax", "x", "y", {"axis": 1})], {}),
    "normalised over each channel": (
        [("InstanceNormalization", "x g h", "y", {})],
        {"g": np.ones(4, np.float32), "h": np.zeros(4, np.float32)},
    ),
    "nearest, twice as large": (
        [("Resize", "x  s", "y", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"})],
        {"s": np.array([1, 1, 2, 2], np.float32)},
    ),
    "linear, aligned at the corners": (
        [("Resize", "x  s", "y", {"mode": "linear", "coordinate_transformation_mode": "align_corners"})],
        {"s": np.array([1, 1, 2, 3], np.float32)},
    ),
    "linear between middles": ([("Resize", "x  s", "y", {"mode": "linear"})], {"s": np.array([1, 1, 2, 1.5], "f4")}),
    "every row by a matrix": ([("MatMul", "x w", "y", {})], {"w": kernel(8, 3)}),
}


def made(case):
    nodes, weights = CASES[case]
    # Two blanks stand for an input that is left out.
    nodes = [
        (kind, reads, gives, how) if "  " not in reads else (kind, reads.replace("  ", " none "), gives, how)
        for kind, reads, gives, how in nodes
    ]
    size = (8, 8) if "space" in case else (9, 8)
    model = model_of(nodes, size, weights=weights)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == "none":
                node.input[place] = ""
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


@pytest.mark.parametrize("case", CASES)
def test_the_field_is_what_changes_the_output(case):
    model = made(case)
    changed, ruled = seen_by_changing(model), seen_by_rules(model)
    if "space" in case:
        # A place of the depth holds one of the block alone; the box holds the block.
        assert all(box[0][0] <= seen[0][0] and box[0][1] >= seen[0][1] for box, seen in zip_boxes(ruled, changed))
    else:
        assert ruled == changed


def zip_boxes(ruled, changed):
    return [(ruled[index], changed[index]) for index in changed]


def test_an_operator_that_is_not_known_sees_everything():
    model = model_of([("Conv", "x w", "a", {}), ("CumSum", "a n", "y", {})], weights={**CONVOLUTION, "n": np.array(2)})
    way = back(Network(ir.serde.deserialize_model(model)), "y")
    assert way.of(((0, 1), (0, 1), (0, 1), (0, 1)))["x"] == ((0, 1), (0, 4), (0, 9), (0, 8))


def test_googlenet_sees_what_the_arithmetic_says():
    network = googlenet(width=0.25)
    conv1 = back(network, output_of(network, "conv1/7x7_s2"))
    (name,) = conv1.ends
    assert conv1.at(0, 0, 0)[name][2:] == ((0, 4), (0, 4))
    assert conv1.at(0, 50, 60)[name][2:] == ((97, 104), (117, 124))
    late = back(network, output_of(network, "inception_5b/output"))
    assert late.at(0, 3, 3)[name][2:] == ((0, 224), (0, 224))
    vector = back(network, value_name(network.outputs[0]))
    assert vector.at(7, 0, 0)[name] == ((0, 1), (0, 3), (0, 224), (0, 224))


def test_the_window_in_the_layers_own_input():
    network = googlenet(width=0.25)
    layer = network.layer["inception_3a/3x3"]
    way = back(network, output_of(network, layer.name), layer.name)
    (name,) = way.ends
    assert name == layer.inputs[0].name
    assert way.at(0, 5, 0)[name][2:] == ((4, 7), (0, 2))


def test_a_joined_value_is_traced_into_the_branch_that_holds_the_channel():
    network = small_network()
    join = network.layer["fork/join"]
    way = back(network, output_of(network, join.name), join.name)
    left, right = (value.name for value in join.inputs)
    assert set(way.ends) == {left, right}
    assert way.at(4, 1, 2) == {right: ((0, 1), (1, 2), (1, 2), (2, 3))}


def test_an_input_sees_itself():
    network = small_network()
    assert back(network, "data").at(1, 2, 3) == {"data": ((0, 1), (1, 2), (2, 3), (3, 4))}


def test_sizes_that_are_open_leave_it_unknown():
    model = model_of([("Conv", "x w", "y", {})], size=("h", "w"), weights=CONVOLUTION)
    assert fields(Network(ir.serde.deserialize_model(model)), "y") is None


def test_places_of_values_of_every_rank():
    assert place_box((1, 6, 4, 5), (3, 2, 1)) == ((0, 1), (3, 4), (2, 3), (1, 2))
    assert place_box((1, 4, 5, 6), (3, 2, 1), channel_axis=3) == ((0, 1), (2, 3), (1, 2), (3, 4))
    assert place_box((1, 3, 2, 4, 5), (5, 0, 1)) == ((0, 1), (2, 3), (1, 2), (0, 1), (1, 2))
    assert place_box((1, 1000, 1, 1), (7, 0, 0)) == ((0, 1), (7, 8), (0, 1), (0, 1))
    assert place_box((1, 4, 5), (0, 2, 3)) == ((0, 1), (2, 3), (3, 4))
    assert place_box((10,), (4, 0, 0)) == ((4, 5),)


def test_boxes_through_a_reshape():
    assert reshaped_box(((0, 1), (3, 4)), (1, 6), (1, 2, 3)) == ((0, 1), (1, 2), (0, 1))
    assert reshaped_box(((0, 1), (1, 4)), (1, 6), (1, 2, 3)) == ((0, 1), (0, 2), (0, 3))
    assert reshaped_box(((0, 1), (1, 2), (0, 2)), (1, 2, 3), (1, 6)) == ((0, 1), (3, 5))
    assert reshaped_box(((0, 1), (0, 6)), (1, 6), (1, 2, 3, 1)) == ((0, 1), (0, 2), (0, 3), (0, 1))
    assert reshaped_box(((2, 3),), (4,), (4, 1)) == ((2, 3), (0, 1))
