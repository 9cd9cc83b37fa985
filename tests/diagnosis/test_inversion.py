"""From what a stretch should give back to what a node within it should have given."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.inversion import Wanted, wanted_of
from explorer.network.builder import NetworkBuilder
from explorer.running.activations import Array
from tests.diagnosis.ports import (
    Step,
    as_reference,
    batch_norm,
    chain,
    conv,
    drawn,
    finished,
    positive,
    recorded,
    scene_of,
    unary,
)

X = drawn(2, 3, 4, 5, seed=7)
W = drawn(3, 3, 1, 1)
GAMMA = np.array([1.5, -0.5, 2], np.float32)
BN = batch_norm("bn", GAMMA, drawn(3, seed=2), drawn(3, seed=3), positive(3, seed=4))
SLOPES = np.array([0.25, 0, 0.5], np.float32).reshape(3, 1, 1)
CONSTANT = np.array([2, -3, 0.5], np.float32).reshape(3, 1, 1)


def _clip(low: float, high: float) -> Step:
    return unary("clip", "Clip", np.asarray(low, np.float32), np.asarray(high, np.float32))


def _swapped(name: str, operator: str, array: Array) -> Step:
    """A constant with the value behind it: 3 − x, 3 ÷ x."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, operator)
        return layer.top(layer.elementwise(operator, layer.weight("weight", array), x), name)

    return step


def _reordered(name: str, operator: str, shape: tuple[Any, ...], *arrays: Array, **attributes: Any) -> Step:
    """The same numbers in another shape or order."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, operator)
        given = [layer.constant(array) for array in arrays]
        return layer.top(layer.node(operator, [x, *given], shape, attributes), name)

    return step


def _undone(*steps: Step) -> tuple[Wanted, Array]:
    """What a wrong convolution should give for the ``steps`` behind it to give the original's; and what that gave."""
    clean = chain((3, 4, 5), conv("conv1", W), *steps)
    port = chain((3, 4, 5), conv("conv1", 1.5 * drawn(3, 3, 1, 1, seed=5)), *steps)
    whole = recorded(clean, X)
    last = clean.layers[-1].name
    scene = scene_of(port, recorded(clean, X, only=("data", last)), last)
    wanted = wanted_of(scene, scene.draft.nodes[0])
    assert wanted is not None
    return wanted, np.asarray(whole.arrays["conv1"], np.float64)


def _check(wanted: Wanted, right: Array) -> None:
    """What is known is right, and so are the sides of what is not."""
    assert wanted.array.shape == right.shape
    assert np.isfinite(wanted.array).all()
    np.testing.assert_allclose(wanted.array[wanted.known], right[wanted.known], rtol=2e-3, atol=1e-4)
    assert not wanted.side[wanted.known].any()
    assert (right[wanted.side < 0] <= wanted.array[wanted.side < 0] + 1e-5).all()
    assert (right[wanted.side > 0] >= wanted.array[wanted.side > 0] - 1e-5).all()


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (unary("same", "Identity"),),
        (unary("act", "LeakyRelu", alpha=0.2),),
        (unary("act", "PRelu", SLOPES + np.float32(0.1)),),
        (unary("act", "Elu", alpha=1.5),),
        (BN,),
        (unary("sum", "Add", CONSTANT),),
        (unary("sum", "Sub", CONSTANT),),
        (_swapped("sum", "Sub", CONSTANT),),
        (unary("scale", "Mul", CONSTANT),),
        (unary("scale", "Div", CONSTANT),),
        (_swapped("scale", "Div", CONSTANT),),
        (_reordered("turn", "Transpose", ("N", 4, 5, 3), perm=[0, 2, 3, 1]),),
        (_reordered("flat", "Flatten", ("N", 60)),),
        (_reordered("flat", "Reshape", ("N", 3, 20), np.array([0, 3, 20])),),
        (_reordered("more", "Unsqueeze", ("N", 1, 3, 4, 5), np.array([1])),),
        (BN, unary("scale", "Mul", CONSTANT), _reordered("flat", "Flatten", ("N", 60)), unary("same", "Identity")),
    ],
)
def test_what_loses_nothing_is_undone_everywhere(steps: tuple[Step, ...]):
    wanted, right = _undone(*steps)
    _check(wanted, right)
    assert wanted.known.all()


@pytest.mark.parametrize("steps", [(unary("act", "Sigmoid"),), (unary("act", "Tanh"),)])
def test_what_saturates_is_undone_where_it_does_not(steps: tuple[Step, ...]):
    wanted, right = _undone(*steps)
    _check(wanted, right)
    assert wanted.known.mean() > 0.9


def test_behind_a_relu_what_is_zero_lies_below():
    wanted, right = _undone(unary("act", "Relu"))
    _check(wanted, right)
    np.testing.assert_array_equal(wanted.known, right > 0)
    np.testing.assert_array_equal(wanted.side, np.where(right > 0, 0, -1))


def test_behind_a_clipping_what_is_cut_off_lies_below_or_above():
    wanted, right = _undone(_clip(-0.5, 1.0))
    _check(wanted, right)
    np.testing.assert_array_equal(wanted.side, np.where(right <= -0.5, -1, np.where(right >= 1, 1, 0)))
    np.testing.assert_array_equal(wanted.known, wanted.side == 0)


def test_a_negative_factor_behind_the_convolution_turns_the_sides():
    wanted, right = _undone(BN, unary("act", "Relu"))
    _check(wanted, right)
    assert set(np.unique(wanted.side[:, 1])) == {0, 1}
    assert set(np.unique(wanted.side[:, ::2])) == {0, -1}


def test_a_relu_before_a_negative_factor_frees_what_was_on_its_other_side():
    wanted, right = _undone(unary("first", "Relu"), BN, unary("second", "Relu"))
    _check(wanted, right)
    assert (wanted.side == 0)[~wanted.known].any()


def test_a_channel_of_slope_zero_is_cut_off_like_a_relu():
    wanted, right = _undone(unary("act", "PRelu", SLOPES))
    _check(wanted, right)
    np.testing.assert_array_equal(wanted.known[:, 1], right[:, 1] > 0)
    assert wanted.known[:, ::2].all()


def test_a_negative_slope_leaves_everything_open():
    wanted, right = _undone(unary("act", "PRelu", -SLOPES - np.float32(0.1)))
    _check(wanted, right)
    assert not wanted.known.any()
    assert not wanted.side.any()


def test_a_factor_of_zero_leaves_its_channel_open():
    factors = np.array([2, 0, 0.5], np.float32).reshape(3, 1, 1)
    wanted, right = _undone(unary("scale", "Mul", factors))
    _check(wanted, right)
    assert wanted.known[:, ::2].all()
    assert not wanted.known[:, 1].any()


def test_logits_are_known_up_to_a_number_for_each_softmax():
    wanted, right = _undone(unary("prob", "Softmax", axis=1))
    assert wanted.known.all()
    apart = wanted.array - right
    np.testing.assert_allclose(apart, np.broadcast_to(apart[:, :1], apart.shape), atol=1e-4)


def test_where_the_reference_has_no_number_nothing_is_known():
    clean = chain((3, 4, 5), conv("conv1", W))
    reference = recorded(clean, X)
    broken = reference.arrays["conv1"].copy()
    broken[0, 0, 0, :2] = np.nan, np.inf
    scene = scene_of(clean, as_reference({**reference.arrays, "conv1": broken}), "conv1")
    wanted = wanted_of(scene, scene.draft.nodes[0])
    assert wanted is not None
    assert int((~wanted.known).sum()) == 2
    assert np.isfinite(wanted.array).all()


@pytest.mark.parametrize(
    "step",
    [
        unary("act", "Abs"),
        unary("act", "LeakyRelu", alpha=-0.5),
        unary("act", "Softplus"),
        _reordered("less", "ReduceMean", ("N", 3, 1, 1), np.array([2, 3])),
    ],
)
def test_what_is_not_known_to_be_undone_is_not(step: Step):
    port = chain((3, 4, 5), conv("conv1", W), step)
    scene = scene_of(port, recorded(port, X, only=("data", port.layers[-1].name)), port.layers[-1].name)
    assert wanted_of(scene, scene.draft.nodes[0]) is None


def test_a_node_that_two_others_read_is_not_undone():
    builder = NetworkBuilder("twice")
    x = conv("conv1", W)(builder, builder.input("data", ("N", 3, 4, 5)))
    layer = builder.layer("sum1", "Eltwise")
    layer.top(layer.elementwise("Add", layer.elementwise("Relu", x), x), "sum1")
    port = finished(builder)
    scene = scene_of(port, recorded(port, X, only=("data", "sum1")), "sum1")
    assert wanted_of(scene, scene.draft.nodes[0]) is None
