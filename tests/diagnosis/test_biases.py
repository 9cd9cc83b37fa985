"""Biases, and the order of channels."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from explorer.diagnosis.biases import by_channel, fitted_biases, permuted_channels, unproven_biases
from explorer.diagnosis.draft import fixed
from explorer.diagnosis.finding import Finding
from tests.diagnosis.ports import (
    batch_norm,
    chain,
    conv,
    dense,
    diagnosed,
    drawn,
    finding_of,
    only_finding,
    positive,
    recorded,
    scene_of,
    unary,
)

X = drawn(1, 3, 9, 8, seed=7)
W = drawn(6, 3, 3, 3)
B = drawn(6, seed=2)
RELU = unary("relu1", "Relu")
ORDER = [2, 0, 1, 5, 4, 3]


def test_missing_bias_is_found_behind_a_relu_in_place():
    clean, port = (chain((3, 9, 8), conv("conv1", W, bias, top="relu1"), RELU) for bias in (B, None))
    finding = finding_of(clean, port, X, without={"conv1"})
    assert (finding.layer, finding.cause, finding.detail) == ("conv1", "bias-missing", "the 6 biases are missing")
    assert finding.decides is None


def test_repaired_bias_has_the_original_numbers():
    clean, port = (chain((3, 9, 8), conv("conv1", W, bias)) for bias in (B, B * 0))
    diagnosis = diagnosed(port, recorded(clean, X))
    assert only_finding(diagnosis).cause == "bias-missing"
    assert diagnosis.repaired is not None
    found = fixed(diagnosis.repaired.layer["conv1"].nodes[0].inputs[2])
    assert found is not None
    np.testing.assert_allclose(found, B, rtol=1e-5, atol=1e-6)


def test_bias_with_two_other_numbers_is_found_with_their_count():
    wrong = B + np.array([0, 0.5, 0, 0, -1.25, 0], np.float32)
    clean, port = (chain((3, 9, 8), conv("conv1", W, bias), RELU) for bias in (B, wrong))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "bias-wrong")
    assert finding.detail == "2 of 6 biases have other values, by up to 1.25"


def test_channels_that_never_pass_the_relu_are_left_open():
    bias = B.copy()
    bias[3] = -1000
    clean, port = (chain((3, 9, 8), conv("conv1", W, given), RELU) for given in (bias, B * 0))
    reference = recorded(clean, X, without={"conv1"})
    finding = only_finding(diagnosed(port, reference))
    assert (finding.layer, finding.cause) == ("conv1", "bias-missing")
    assert finding.decides == "1 of 6 biases: nothing of those channels passes the activation"


def test_bias_of_a_dense_layer_on_one_picture_is_not_proven_and_says_so():
    weight, bias = drawn(5, 12), drawn(5, seed=3)
    clean, port = (chain((12,), dense("fc", weight, given)) for given in (bias, None))
    finding = finding_of(clean, port, drawn(1, 12))
    assert (finding.layer, finding.cause) == ("fc", "bias-missing")
    assert finding.decides is not None
    assert finding.decides.startswith("one number for each bias: two pictures or more would prove it")


def test_bias_of_a_dense_layer_is_proven_by_several_pictures():
    weight, bias = drawn(5, 12), drawn(5, seed=3)
    clean, port = (chain((12,), dense("fc", weight, given)) for given in (bias, None))
    finding = finding_of(clean, port, drawn(4, 12))
    assert (finding.layer, finding.cause, finding.decides) == ("fc", "bias-missing", None)


def _permuted(with_bias: bool) -> Finding:
    bias = B[ORDER] if with_bias else B
    tail = conv("conv2", drawn(2, 6, 1, 1, seed=5))
    clean = chain((3, 9, 8), conv("conv1", W, B), tail)
    port = chain((3, 9, 8), conv("conv1", W[ORDER], bias), tail)
    return finding_of(clean, port, X)


def test_an_order_that_was_found_keeps_nothing_of_where_it_was_found():
    clean, port = (chain((3, 9, 8), conv("conv1", weight, B)) for weight in (W, W[ORDER]))
    scene = scene_of(port, recorded(clean, X), "conv1")
    candidates = list(permuted_channels(scene))
    graph = weakref.ref(scene.draft.model.graph)
    assert candidates
    del scene
    gc.collect()
    assert graph() is None


@pytest.mark.parametrize("with_bias", [False, True])
def test_channels_in_another_order_are_found_with_and_without_their_biases(with_bias: bool):
    finding = _permuted(with_bias)
    assert (finding.layer, finding.cause) == ("conv1", "channels-permuted")
    assert finding.detail.startswith("5 of 6 channels are in another order")
    assert ("with the numbers that belong to each" in finding.detail) is with_bias


def test_shifted_channels_say_by_how_much():
    tail = conv("conv2", drawn(2, 6, 1, 1, seed=5))
    clean, port = (chain((3, 9, 8), conv("conv1", array), tail) for array in (W, np.roll(W, 1, 0)))
    finding = finding_of(clean, port, X)
    assert (finding.cause, finding.detail) == ("channels-permuted", "all 6 channels are shifted by 1")


def test_shifted_channels_of_the_last_layer_are_an_order_of_labels():
    weight, bias = drawn(7, 12), drawn(7, seed=3)
    softmax = unary("prob", "Softmax", axis=1)
    clean = chain((12,), dense("fc", weight, bias), softmax)
    port = chain((12,), dense("fc", np.roll(weight, 1, 0), np.roll(bias, 1)), softmax)
    finding = finding_of(clean, port, drawn(8, 12))
    assert (finding.layer, finding.cause) == ("fc", "label-order")
    assert finding.detail == "all 7 channels are shifted by 1, with the numbers that belong to each"


@pytest.mark.parametrize("pictures", [1, 2, 3, 5])
@pytest.mark.parametrize("with_bias", [False, True])
def test_channels_of_a_dense_layer_are_put_in_order_on_a_few_pictures(pictures: int, with_bias: bool):
    weight, bias = drawn(10, 24), drawn(10, seed=3)
    moved = np.roll(bias, 3) if with_bias else bias
    tail = dense("fc2", drawn(3, 10))
    clean = chain((24,), dense("fc", weight, bias), RELU, tail)
    port = chain((24,), dense("fc", np.roll(weight, 3, 0), moved), RELU, tail)
    finding = finding_of(clean, port, drawn(pictures, 24, seed=3))
    assert (finding.layer, finding.cause) == ("fc", "channels-permuted")
    with_it = ", with the numbers that belong to each" if with_bias else ""
    assert finding.detail == f"all 10 channels are shifted by 3{with_it}"


def test_no_bias_is_put_before_a_normalisation_that_has_one():
    vectors = [positive(6), drawn(6, seed=4), drawn(6, seed=5), positive(6, seed=6)]
    wrong = [vectors[0], vectors[1] + np.float32(1), *vectors[2:]]
    clean, port = (
        chain((3, 9, 8), conv("conv1", W, top="bn1"), batch_norm("bn1", *given)) for given in (vectors, wrong)
    )
    scene = scene_of(port, recorded(clean, X, without={"conv1"}), "bn1")
    assert scene.residual > 0.1
    assert list(fitted_biases(scene)) == []
    assert list(unproven_biases(scene)) == []


def test_by_channel_puts_the_channels_of_maps_first():
    array = np.arange(24.0).reshape(2, 3, 2, 2)
    expected = [[array[n, c, i, j] for n in range(2) for i in range(2) for j in range(2)] for c in range(3)]
    np.testing.assert_array_equal(by_channel(array), expected)


def test_exchanged_channels_leave_the_slopes_behind_them_where_they_are():
    weight, bias = drawn(6, 3, 3, 3), drawn(6, seed=3)
    slopes = np.linspace(0.1, 0.6, 6, dtype=np.float32).reshape(6, 1, 1)
    order, tail = [0, 3, 2, 1, 4, 5], conv("conv2", drawn(2, 6, 1, 1, seed=5))
    clean, port = (
        chain((3, 9, 8), conv("conv1", weight[rows], bias[rows]), unary("act1", "PRelu", slopes), tail)
        for rows in (list(range(6)), order)
    )
    finding = finding_of(clean, port, X, without=("conv1",))
    assert (finding.layer, finding.cause) == ("conv1", "channels-permuted")
    assert finding.detail == "2 of 6 channels are in another order, with the numbers that belong to each"
