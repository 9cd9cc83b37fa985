"""Where layers meet: branches, sums, factors, and what a layer is fed from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from tests.diagnosis.ports import (
    as_reference,
    chain,
    conv,
    dense,
    diagnosed,
    drawn,
    finding_of,
    finished,
    joined,
    named,
    only_finding,
    pool,
    recorded,
    unary,
)

X = drawn(1, 3, 8, 7, seed=7)


def _branches(order: Sequence[int], *, axis: int = 1, sizes: Sequence[int] = (2, 3, 4)) -> Network:
    """Three branches with ``sizes`` channels, joined in ``order``."""
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 3, 8, 7))
    made = [conv(f"b{number}", drawn(size, 3, 1, 1, seed=number))(builder, x) for number, size in enumerate(sizes)]
    joined(builder.layer("join", "Concat"), [made[number] for number in order], axis)
    return finished(builder)


def _sum(*factors: float) -> Network:
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 3, 8, 7))
    made = [conv(f"b{number}", drawn(4, 3, 1, 1, seed=number))(builder, x) for number in range(len(factors))]
    layer = builder.layer("sum", "Eltwise")
    terms = [
        value if factor == 1 else layer.elementwise("Mul", value, layer.constant(factor))
        for value, factor in zip(made, factors, strict=True)
    ]
    layer.top(layer.elementwise("Add", *terms), "sum")
    return finished(builder)


def test_branches_in_another_order_are_found_with_the_order():
    finding = finding_of(_branches([0, 1, 2]), _branches([2, 0, 1]), X)
    assert (finding.layer, finding.cause) == ("join", "concat-order")
    assert finding.detail == "the branches should come in the order 2, 3, 1"


def test_order_of_many_branches_is_found_branch_by_branch():
    sizes = (1, 2, 1, 3, 2, 1)
    finding = finding_of(_branches(range(6), sizes=sizes), _branches([5, 4, 3, 2, 1, 0], sizes=sizes), X)
    assert (finding.layer, finding.cause) == ("join", "concat-order")
    assert finding.detail == "the branches should come in the order 6, 5, 4, 3, 2, 1"


def test_branches_joined_along_another_axis_are_found_with_both_axes():
    clean, port = (_branches([0, 1], axis=axis, sizes=(3, 3)) for axis in (1, 2))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("join", "concat-axis")
    assert finding.detail == "the branches are joined along axis 2 and should be along axis 1"


@pytest.mark.parametrize(("right", "text"), [((1.0, -1.0), "1, -1"), ((1.0, 0.17), "1, 0.17")])
def test_factors_of_a_sum_are_found_with_their_numbers(right: tuple[float, float], text: str):
    finding = finding_of(_sum(*right), _sum(1.0, 1.0), X)
    assert (finding.layer, finding.cause) == ("sum", "sum-coefficients")
    assert finding.detail == f"the branches should be added with the factors {text}"


def test_dropout_that_scales_at_inference_is_found_with_the_share_it_keeps():
    clean = chain((3, 8, 7), conv("conv1", drawn(4, 3, 1, 1)), unary("drop1", "Identity", kind="Dropout"))
    half = np.asarray(0.5, np.float32)
    port = chain((3, 8, 7), conv("conv1", drawn(4, 3, 1, 1)), unary("drop1", "Mul", half, kind="Dropout"))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause, finding.detail) == (
        "drop1",
        "dropout-scale",
        "the values should be multiplied by 2",
    )


def test_dropout_that_should_scale_is_found():
    steps = [
        unary("drop1", operator, *arrays, kind="Dropout")
        for operator, arrays in (("Mul", [np.asarray(0.7, np.float32)]), ("Identity", []))
    ]
    clean, port = (chain((3, 8, 7), step) for step in steps)
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause, finding.detail) == (
        "drop1",
        "dropout-scale",
        "the values should be multiplied by 0.7",
    )


def _wired(source: str) -> Network:
    """``conv3`` reads ``conv1`` or ``conv2``."""
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 3, 8, 7))
    one = conv("conv1", drawn(3, 3, 3, 3, seed=1), pads=1)(builder, x)
    two = conv("conv2", drawn(3, 3, 3, 3, seed=2), pads=1)(builder, one)
    three = conv("conv3", drawn(5, 3, 1, 1, seed=3))(builder, {"conv1": one, "conv2": two}[source])
    joined(builder.layer("join", "Concat"), [two, three])
    return finished(builder)


def test_layer_fed_from_another_layer_is_found_with_both_names():
    finding = finding_of(_wired("conv1"), _wired("conv2"), X)
    assert (finding.layer, finding.cause) == ("conv3", "wiring")
    assert finding.detail == "it reads 'conv2' where the original reads 'conv1'"


def _two_heads(head: str) -> Network:
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 9))
    main = dense("main", drawn(5, 9, seed=1))(builder, x)
    side = dense("side", drawn(5, 9, seed=2))(builder, x)
    unary("prob", "Softmax", axis=1)(builder, {"main": main, "side": side}[head])
    builder.give(main)
    builder.give(side)
    return finished(builder)


def test_auxiliary_head_for_the_output_is_found_and_is_a_wiring_too():
    finding = finding_of(_two_heads("main"), _two_heads("side"), drawn(2, 9))
    assert (finding.layer, finding.cause) == ("prob", "output-head")
    assert finding.detail == "it reads 'side' where the original reads 'main'"
    assert finding.indistinguishable == ("wiring",)


def test_background_class_that_the_original_has_not_is_found():
    weight, x = drawn(6, 9), drawn(4, 9)
    port = chain((9,), dense("fc", weight), unary("out", "Identity"))
    reference = recorded(port, x)
    arrays = {**reference.arrays, "out": reference.arrays["out"][:, 1:]}
    finding = only_finding(diagnosed(port, as_reference(arrays)))
    assert (finding.layer, finding.cause) == ("out", "label-order")
    assert finding.detail == "the first class is a background class the original has not"


def test_two_wrong_layers_are_found_in_the_order_of_the_data():
    weight = drawn(5, 3, 3, 3)

    def network(array, operator):
        return chain((3, 8, 7), conv("conv1", array), pool("pool1", operator, 2, 2))

    reference = recorded(network(weight, "MaxPool"), X)
    diagnosis = diagnosed(network(weight[:, :, ::-1, ::-1].copy(), "AveragePool"), reference)
    assert named(diagnosis) == [("conv1", "kernel-rotated"), ("pool1", "pool-kind")]
    assert diagnosis.after is not None and diagnosis.after.agrees
