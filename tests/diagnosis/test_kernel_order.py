"""Kernels of a grouped convolution in another order, across its groups."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.diagnosis.kernel_order import moved_kernels
from explorer.diagnosis.weighted import weighted_nodes
from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import chain, conv, drawn, finding_of, recorded, scene_of

X = drawn(1, 16, 9, 8, seed=7)
W = drawn(8, 4, 3, 3)
B = drawn(8, seed=2)
DEAD = 2


def _grouped(weight: Array, bias: Array | None = None) -> Network:
    return chain((16, 9, 8), conv("conv1", weight, bias, group=4), conv("conv2", drawn(3, 8, 1, 1)))


def _depthwise(weight: Array) -> Network:
    return chain((6, 9, 8), conv("dw", weight, group=6), conv("conv2", drawn(3, 6, 1, 1)))


def _half_lit() -> Array:
    x = drawn(1, 6, 9, 8, seed=7)
    x[:, DEAD] = 0
    return x


@pytest.mark.parametrize("roll", [1, 3])
def test_channels_that_were_rolled_across_groups_are_found(roll: int):
    finding = finding_of(_grouped(W), _grouped(np.roll(W, roll, 0)), X)
    assert (finding.layer, finding.cause) == ("conv1", "channels-permuted")
    assert finding.detail == f"all 8 channels are shifted by {roll}"


def test_biases_go_with_the_kernels_or_stay():
    rolled = np.roll(W, 1, 0)
    both = finding_of(_grouped(W, B), _grouped(rolled, np.roll(B, 1)), X)
    assert both.detail == "all 8 channels are shifted by 1, with the numbers that belong to each"
    kernels = finding_of(_grouped(W, B), _grouped(rolled, B), X)
    assert kernels.detail == "all 8 channels are shifted by 1"


def test_a_last_layers_channels_are_its_classes():
    clean, port = (chain((16, 9, 8), conv("conv1", weight, group=4)) for weight in (W, np.roll(W, 1, 0)))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("conv1", "label-order")


@pytest.mark.parametrize(
    ("order", "detail"),
    [
        ([1, 0, DEAD, 5, 3, 4], "5 of 6 channels are in another order"),
        ([5, 0, 1, 2, 3, 4], "all 6 channels are shifted by 1"),
    ],
)
def test_depthwise_kernels_are_put_in_order_though_one_sees_nothing(order: list[int], detail: str):
    weight = drawn(6, 1, 3, 3)
    port = _depthwise(weight[order])
    finding = finding_of(_depthwise(weight), port, _half_lit())
    assert (finding.layer, finding.cause, finding.detail) == ("dw", "channels-permuted", detail)
    after = scene_of(port, recorded(_depthwise(weight), _half_lit()), "dw").with_edits([finding.edit])
    np.testing.assert_array_equal(next(weighted_nodes(after)).array, weight)


def test_kernels_in_their_order_and_those_of_one_group_are_left_alone():
    right = _grouped(W)
    assert list(moved_kernels(scene_of(right, recorded(right, X), "conv1"))) == []
    whole, rolled = (
        chain((16, 9, 8), conv("conv1", weight)) for weight in (drawn(4, 16, 1, 1), drawn(4, 16, 1, 1)[::-1])
    )
    assert list(moved_kernels(scene_of(rolled, recorded(whole, X), "conv1"))) == []
