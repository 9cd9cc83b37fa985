"""Weights that are the right numbers in the wrong places."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.diagnosis.weights import _reflatten, _unflatten, reversed_colours, transposed_matrix
from explorer.running.activations import Array
from tests.diagnosis.ports import (
    Step,
    chain,
    conv,
    deconv,
    dense,
    diagnosed,
    drawn,
    finding_of,
    named,
    recorded,
    scene_of,
    unary,
)

X = drawn(1, 3, 9, 8, seed=7)
W = drawn(6, 3, 3, 3)
B = drawn(6, seed=2)


def _first(weight: Array, bias: Array = B) -> Step:
    return conv("conv1", weight, bias, pads=1, top="relu1")


RELU = unary("relu1", "Relu")


def test_kernels_turned_by_180_degrees_are_found_behind_a_relu_in_place():
    clean, port = (chain((3, 9, 8), _first(weight), RELU) for weight in (W, W[:, :, ::-1, ::-1].copy()))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause, finding.detail) == (
        "conv1",
        "kernel-rotated",
        "every 3×3 kernel turned by 180°",
    )
    assert finding.indistinguishable == ()


def test_first_kernels_that_take_red_for_blue_are_a_matter_of_channel_order():
    clean, port = (chain((3, 9, 8), _first(weight), RELU) for weight in (W, W[:, ::-1].copy()))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "input-channel-order")


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (W.swapaxes(2, 3).copy(), "OIWH"),
        (W.transpose(2, 3, 1, 0).reshape(W.shape), "HWIO"),
        (W.transpose(1, 0, 2, 3).reshape(W.shape), "IOHW"),
    ],
)
def test_kernel_axes_in_another_order_are_found_with_the_order(wrong: Array, detail: str):
    clean, port = (chain((3, 9, 8), _first(weight), RELU) for weight in (W, wrong))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "kernel-axes")
    assert detail in finding.detail


def test_transposed_convolution_with_turned_kernels_is_found():
    weight = drawn(3, 4, 3, 3)
    clean, port = (
        chain((3, 9, 8), deconv("up", array, pads=(1, 1, 1, 1), stride=2))
        for array in (weight, weight[:, :, ::-1, ::-1].copy())
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("up", "kernel-rotated")


def test_depthwise_channel_and_multiplier_exchanged_are_found_with_their_numbers():
    weight = drawn(6, 1, 3, 3)
    wrong = weight.reshape(3, 2, 1, 3, 3).swapaxes(0, 1).reshape(weight.shape)
    clean, port = (chain((3, 9, 8), conv("dw", array, group=3)) for array in (weight, wrong))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("dw", "depthwise-layout")
    assert finding.detail == "the kernels of 3 channels and 2 multiples exchanged"


def test_groups_of_kernels_in_another_order_are_found_with_the_order():
    weight, x = drawn(8, 2, 3, 3), drawn(1, 8, 7, 7, seed=3)
    wrong = np.concatenate([weight[4:6], weight[0:2], weight[6:8], weight[2:4]])
    clean, port = (chain((8, 7, 7), conv("conv2", array, group=4)) for array in (weight, wrong))
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause) == ("conv2", "group-order")
    assert finding.detail == "its 4 groups of kernels are in the order 2, 4, 1, 3"


def test_transposed_square_matrix_is_found():
    weight, x = drawn(12, 12), drawn(3, 12)
    clean, port = (chain((12,), dense("fc", array, drawn(12, seed=4))) for array in (weight, weight.T.copy()))
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause, finding.detail) == ("fc", "fc-transposed", "the 12×12 matrix transposed")


def test_matrix_read_as_its_transpose_is_found():
    weight, x = drawn(5, 12), drawn(3, 12)
    wrong = weight.T.reshape(weight.shape).copy()
    clean, port = (chain((12,), dense("fc", array, drawn(5, seed=4))) for array in (weight, wrong))
    assert finding_of(clean, port, x).cause == "fc-transposed"


def test_rows_in_the_order_of_hwc_maps_are_found_with_the_maps():
    weight, x = drawn(5, 4 * 3 * 2), drawn(2, 4, 3, 2)
    wrong = weight.reshape(5, 4, 3, 2).transpose(0, 2, 3, 1).reshape(weight.shape)
    clean, port = (chain((4, 3, 2), dense("fc", array)) for array in (weight, wrong))
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause) == ("fc", "fc-flatten-order")
    assert finding.detail == "the rows are in the order HWC of 4×3×2 maps where CHW is meant"


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_maps_are_put_in_order_alike_where_they_are_the_rows_and_where_they_are_the_columns(order):
    stored = drawn(5, *((4, 3, 2)[axis] for axis in order))
    columns = stored.reshape(5, -1)
    meant = stored.transpose(0, *(1 + axis for axis in np.argsort(order))).reshape(5, -1)
    np.testing.assert_array_equal(_reflatten(columns, (4, 3, 2), order, by_rows=False), meant)
    np.testing.assert_array_equal(_reflatten(columns.T, (4, 3, 2), order, by_rows=True), meant.T)
    np.testing.assert_array_equal(_unflatten(meant, (4, 3, 2), order, by_rows=False), columns)
    np.testing.assert_array_equal(_unflatten(meant.T, (4, 3, 2), order, by_rows=True), columns.T)


def test_flattening_in_another_order_is_found_where_the_weights_are_right():
    weight, x = drawn(5, 4 * 3 * 2), drawn(2, 4, 3, 2)
    clean, port = (chain((4, 3, 2), dense("fc", weight, perm=perm)) for perm in ([0, 2, 3, 1], None))
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause) == ("fc", "fc-flatten-order")


def test_weights_of_two_layers_exchanged_are_found_in_both():
    one, other, x = drawn(4, 4, 3, 3, seed=1), drawn(4, 4, 3, 3, seed=2), drawn(1, 4, 8, 8)
    clean = chain((4, 8, 8), conv("a", one), conv("b", other))
    port = chain((4, 8, 8), conv("a", other), conv("b", one))
    diagnosis = diagnosed(port, recorded(clean, x))
    assert named(diagnosis) == [("a", "weights-exchanged"), ("b", "weights-exchanged")]
    assert [finding.detail for finding in diagnosis.findings] == [
        "these are the weights of 'b'",
        "these are the weights of 'a'",
    ]
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_all_kernels_times_one_factor_are_found_with_the_factor():
    clean, port = (chain((3, 9, 8), conv("conv1", weight, B)) for weight in (W, W * np.float32(0.5)))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause, finding.detail) == (
        "conv1",
        "weights-other",
        "the weights should be × 2",
    )


def test_each_kernel_times_its_own_factor_is_found_and_leaves_the_bias():
    factors = np.array([1, 2, 0.5, 1, 4, 0.25], np.float32)
    clean, port = (chain((3, 9, 8), conv("conv1", weight, B)) for weight in (W, W / factors[:, None, None, None]))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "weights-other")
    assert finding.detail == "4 of 6 kernels should be × 0.25 to 4"


def test_kernels_that_were_turned_though_they_were_right_are_found_with_the_order():
    wrong = W.reshape(3, 3, 3, 6).transpose(3, 2, 0, 1).copy()
    clean, port = (chain((3, 9, 8), _first(weight), RELU) for weight in (W, wrong))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "kernel-axes")
    assert finding.detail == "the numbers were put in order as if they had been HWIO, and were OIHW"


def test_kernels_of_a_transposed_convolution_are_read_in_its_own_order():
    weight = drawn(3, 4, 3, 3)
    clean, port = (
        chain((3, 9, 8), deconv("up", array, pads=(1, 1, 1, 1), stride=2))
        for array in (weight, weight.transpose(1, 0, 2, 3).reshape(weight.shape))
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("up", "kernel-axes")
    assert finding.detail == "the numbers are in the order OIHW where IOHW is meant"


def test_matrix_that_was_transposed_though_it_was_right_is_found():
    weight, x = drawn(5, 12), drawn(3, 12)
    clean, port = (chain((12,), dense("fc", array)) for array in (weight, weight.reshape(12, 5).T.copy()))
    scene = scene_of(port, recorded(clean, x), "fc")
    right = [edit.detail for (edit,) in transposed_matrix(scene) if scene.with_edits([edit]).residual < 1e-6]
    assert right == ["the 5×12 matrix was transposed, and should not have been"]


def test_rows_that_were_turned_though_they_were_right_are_found():
    weight, x = drawn(5, 4 * 3 * 2), drawn(2, 4, 3, 2)
    wrong = weight.reshape(5, 3, 2, 4).transpose(0, 3, 1, 2).reshape(weight.shape)
    clean, port = (chain((4, 3, 2), dense("fc", array)) for array in (weight, wrong))
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause) == ("fc", "fc-flatten-order")
    assert finding.detail == "the rows of 4×3×2 maps were right, and were turned as if from HWC"


def test_biases_go_with_the_weights_of_another_layer_or_stay():
    one, other, x = drawn(4, 4, 3, 3, seed=1), drawn(4, 4, 3, 3, seed=2), drawn(1, 4, 8, 8)
    biases = drawn(4, seed=3), drawn(4, seed=4)
    clean = chain((4, 8, 8), conv("a", one, biases[0]), conv("b", other, biases[1]))
    whole = chain((4, 8, 8), conv("a", other, biases[1]), conv("b", one, biases[0]))
    diagnosis = diagnosed(whole, recorded(clean, x))
    assert [finding.detail for finding in diagnosis.findings] == [
        "these are the weights of 'b', its bias too",
        "these are the weights of 'a', its bias too",
    ]
    kept = chain((4, 8, 8), conv("a", other, biases[0]), conv("b", one, biases[1]))
    diagnosis = diagnosed(kept, recorded(clean, x))
    assert [finding.detail for finding in diagnosis.findings] == [
        "these are the weights of 'b'",
        "these are the weights of 'a'",
    ]


def test_biases_of_exchanged_groups_go_with_their_kernels():
    weight, bias, x = drawn(8, 2, 3, 3), drawn(8, seed=2), drawn(1, 8, 7, 7, seed=3)
    order = [4, 5, 0, 1, 6, 7, 2, 3]
    clean, port = (
        chain((8, 7, 7), conv("conv2", array, numbers, group=4))
        for array, numbers in ((weight, bias), (weight[order], bias[order]))
    )
    finding = finding_of(clean, port, x)
    assert (finding.layer, finding.cause) == ("conv2", "group-order")
    assert finding.detail == "its 4 groups of kernels are in the order 2, 4, 1, 3, and the bias with them"


def test_colours_are_looked_for_in_the_first_convolution_alone():
    second = drawn(6, 3, 1, 1)
    clean, port = (
        chain((3, 9, 8), conv("conv1", W[:3]), conv("conv2", weight)) for weight in (second, second[:, ::-1].copy())
    )
    scene = scene_of(port, recorded(clean, X), "conv2")
    assert list(reversed_colours(scene)) == []
