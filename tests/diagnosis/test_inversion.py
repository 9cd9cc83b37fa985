"""From what a stretch should give back to what a node within it should have given."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.inversion import Wanted, wanted_of
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import (
    Step,
    as_reference,
    batch_norm,
    chain,
    conv,
    crop,
    drawn,
    finished,
    pool,
    positive,
    recorded,
    resize,
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


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("rounding", ["round_prefer_floor", "round_prefer_ceil", "floor"])
@pytest.mark.parametrize("rule", ["half_pixel", "pytorch_half_pixel", "asymmetric", "tf_half_pixel_for_nn"])
def test_repeated_values_are_taken_once(rule: str, rounding: str, times: int):
    step = resize("up", times, mode="nearest", coordinate_transformation_mode=rule, nearest_mode=rounding)
    wanted, right = _undone(step)
    _check(wanted, right)
    assert wanted.known.all()


@pytest.mark.parametrize(
    "step",
    [
        resize("up", 2, mode="linear"),
        resize("up", 2, mode="nearest", coordinate_transformation_mode="align_corners"),
        resize("up", 2, mode="nearest", nearest_mode="ceil"),
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


def _of_branches(operator: str, *others: int, **attributes: Any) -> tuple[Wanted, Array]:
    """The same where ``conv1`` is the second of several branches, the others computed from the same input."""

    def network(weight: Array) -> Network:
        builder = NetworkBuilder("branches")
        x = builder.input("data", ("N", 3, 4, 5))
        made = conv("conv1", weight)(builder, x)
        values = [
            conv(f"other{seed}", drawn(2 + (operator != "Concat"), 3, 1, 1, seed=seed))(builder, x) for seed in others
        ]
        values.insert(1, made)
        layer = builder.layer("join", operator)
        if operator == "Concat":
            layer.top(layer.concat(values, 1), "join")
        else:
            layer.top(layer.elementwise(operator, *values), "join")
        return finished(builder)

    clean, port = network(W), network(1.5 * drawn(3, 3, 1, 1, seed=5))
    scene = scene_of(port, recorded(clean, X, only=("data", "join")), "join")
    wanted = wanted_of(scene, next(node for node in scene.draft.nodes if scene.layer(node) == "conv1"))
    assert wanted is not None
    return wanted, np.asarray(recorded(clean, X).arrays["conv1"], np.float64)


@pytest.mark.parametrize(
    ("operator", "others"),
    [("Concat", (8,)), ("Concat", (8, 9)), ("Add", (8,)), ("Sub", (8,)), ("Sum", (8,)), ("Sum", (8, 9))],
)
def test_one_of_several_branches_is_undone_with_the_others_as_they_are_computed(operator: str, others: tuple[int, ...]):
    wanted, right = _of_branches(operator, *others)
    _check(wanted, right)
    assert wanted.known.all()


def test_what_is_cut_away_is_not_known():
    wanted, right = _undone(crop("crop", 1, 3))
    _check(wanted, right)
    assert wanted.known[:, :, 1:4, 1:4].all()
    assert int(wanted.known.sum()) == 2 * 3 * 3 * 3
    assert not wanted.side.any()


def test_of_a_slice_in_steps_only_what_is_taken_is_known():
    settings = [np.array(numbers, np.int64) for numbers in ([0], [4], [2], [2])]
    wanted, right = _undone(_reordered("every", "Slice", ("N", 3, 2, 5), *settings))
    _check(wanted, right)
    np.testing.assert_array_equal(wanted.known.all((0, 1, 3)), [True, False, True, False])


def test_what_is_padded_is_taken_off_again():
    pads = np.array([0, 0, 1, 2, 0, 0, 0, 1], np.int64)
    wanted, right = _undone(_reordered("pad", "Pad", ("N", 3, 5, 8), pads))
    _check(wanted, right)
    assert wanted.known.all()


def _behind_maxima(x: Array, kernel: int, stride: int, pads: int = 0) -> tuple[Wanted, Array, Array]:
    """What a convolution with weights of another size should give before a pooling; what it gave; and the maxima."""
    clean, port = (
        chain((3, 4, 5), conv("conv1", weight), pool("pool1", "MaxPool", kernel, stride, pads=pads))
        for weight in (W, W / 2)
    )
    whole = recorded(clean, x).arrays
    scene = scene_of(port, recorded(clean, x, only=("data", "pool1")), "pool1")
    wanted = wanted_of(scene, scene.draft.nodes[0])
    assert wanted is not None
    return wanted, np.asarray(whole["conv1"], np.float64), whole["pool1"]


@pytest.mark.parametrize(("kernel", "stride", "pads"), [(2, 2, 0), (2, 1, 0), (3, 2, 1), (3, 1, 1)])
def test_behind_a_maximum_pooling_the_maxima_are_known_and_the_others_lie_below(kernel: int, stride: int, pads: int):
    wanted, right, maxima = _behind_maxima(X, kernel, stride, pads)
    _check(wanted, right)
    # No two numbers are the same here, so that each maximum is one place's.
    np.testing.assert_array_equal(wanted.known, np.isin(right.astype(np.float32), maxima))
    read = 4 if (kernel, stride, pads) == (2, 2, 0) else 5  # no window comes to the last column
    np.testing.assert_array_equal(wanted.side[..., :read], np.where(wanted.known[..., :read], 0, -1))


def test_what_no_window_reads_is_not_known_at_all():
    wanted, right, _ = _behind_maxima(X, 2, 2)
    _check(wanted, right)
    assert not wanted.known[..., 4].any()
    assert not wanted.side[..., 4].any()


def test_which_of_equal_maxima_is_meant_is_not_known():
    x = X.copy()
    x[:, :, :2, :2] = x[:, :, :1, :1]
    wanted, right, maxima = _behind_maxima(x, 2, 2)
    _check(wanted, right)
    assert not wanted.known[:, :, :2, :2].any()
    np.testing.assert_array_equal(wanted.side[:, :, :2, :2], -1)
    np.testing.assert_allclose(wanted.array[:, :, :2, :2], np.broadcast_to(maxima[:, :, :1, :1], (2, 3, 2, 2)))
    assert wanted.known[:, :, 2:, :2].any()
