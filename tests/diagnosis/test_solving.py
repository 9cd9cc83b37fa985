"""Weights that are read off the reference's inputs and outputs."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.biases import unproven_biases
from explorer.diagnosis.edit import Doubt, Edit, Fitted
from explorer.diagnosis.scene import Scene
from explorer.diagnosis.solving import half_precision, infinite_weights, rounded_weights, solved_weights, zero_kernels
from explorer.diagnosis.weighted import bias_of, weighted_nodes
from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import Network
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

X = drawn(1, 3, 12, 11, seed=7)
W = drawn(4, 3, 3, 3)
B = drawn(4, seed=2)
OTHER = drawn(4, 3, 3, 3, seed=3)


def _one(weight: Array, bias: Array | None = B) -> Network:
    return chain((3, 12, 11), conv("conv1", weight, bias, pads=1))


def _tried(scene: Scene, edit: Edit) -> tuple[Array, float]:
    """The weights of the stretch's layer after the edit, and the error that it leaves."""
    after = scene.with_edits([edit])
    (weighted,) = weighted_nodes(after)
    return weighted.array, after.residual


def _solved(clean: Network, port: Network, layer: str, x: Array = X) -> tuple[Edit, Array, float]:
    """What the one solution for a layer is, its weights, and the error that it leaves."""
    scene = scene_of(port, recorded(clean, x), layer)
    ((edit,),) = solved_weights(scene)
    assert (edit.layer, edit.cause, edit.fitted) == (layer, "weights-other", Fitted.ALL)
    return edit, *_tried(scene, edit)


def test_other_weights_are_solved_for_and_are_the_originals():
    edit, weights, residual = _solved(_one(W), _one(OTHER), "conv1")
    share = np.linalg.norm(OTHER - W) / np.linalg.norm(OTHER)
    assert edit.detail == f"the weights differ by {share:.2g} of their length"
    assert edit.left_open is None
    np.testing.assert_allclose(weights, W, atol=1e-5)
    assert residual < 1e-6


@pytest.mark.parametrize(
    ("wrong", "doubt"),
    [
        (OTHER, Doubt.NONE),
        (W + np.float32(0.3) * OTHER, Doubt.NONE),
        (W[:, :, ::-1, ::-1].copy(), Doubt.MUCH),
        (W[::-1].copy(), Doubt.MUCH),
        (W * np.float32(0.3), Doubt.MUCH),
        (W * np.array([1, 2, 0.5, -1], np.float32).reshape(4, 1, 1, 1), Doubt.MUCH),
        (W.astype(np.float16).astype(np.float32), Doubt.MUCH),
    ],
)
def test_solved_weights_are_doubted_where_a_plainer_mistake_comes_to_the_same(wrong: Array, doubt: Doubt):
    edit, weights, _ = _solved(_one(W), _one(wrong), "conv1")
    assert (edit.left_open, edit.doubt) == (None, doubt)
    np.testing.assert_allclose(weights, W, atol=1e-4)


def test_solved_weights_without_equations_to_spare_are_doubted():
    small = drawn(1, 3, 5, 5, seed=7)
    clean, port = (chain((3, 5, 5), conv("conv1", weight)) for weight in (W, OTHER))
    edit, _, residual = _solved(clean, port, "conv1", small)
    assert edit.left_open is not None
    assert edit.doubt == Doubt.MUCH
    assert residual < 1e-6


def test_biases_that_nothing_proves_are_doubted_less():
    weight = drawn(5, 20)
    clean, port = (chain((20,), dense("fc", weight, bias)) for bias in (drawn(5, seed=2), drawn(5, seed=3)))
    ((edit,),) = unproven_biases(scene_of(port, recorded(clean, drawn(1, 20, seed=4)), "fc"))
    assert (edit.fitted, edit.doubt) == (Fitted.ALL, Doubt.SOME)


@pytest.mark.parametrize("factor", [-1.0, 0.5, 2.0])
def test_biases_a_plain_factor_away_are_not_doubted(factor: float):
    weight, bias = drawn(8, 20), drawn(8, seed=2)
    clean, port = (chain((20,), dense("fc", weight, array)) for array in (bias, bias / np.float32(factor)))
    ((edit,),) = unproven_biases(scene_of(port, recorded(clean, drawn(1, 20, seed=4)), "fc"))
    assert edit.doubt == Doubt.NONE
    assert finding_of(clean, port, drawn(1, 20, seed=4)).indistinguishable == ()


def test_one_picture_does_not_tell_biases_from_kernels():
    weight, bias = drawn(8, 20), drawn(8, seed=2)
    other = weight.copy()
    other[3] *= 1.5
    clean, port = chain((20,), dense("fc", weight, bias)), chain((20,), dense("fc", other, bias))
    finding = finding_of(clean, port, drawn(1, 20, seed=4))
    assert (finding.cause, finding.indistinguishable) == ("bias-wrong", ("weights-other",))
    assert finding.decides is not None and "a reference of several different pictures" in finding.decides


def test_a_bias_is_solved_for_along_with_the_weights():
    scene = scene_of(_one(OTHER, -B), recorded(_one(W), X), "conv1")
    ((edit,),) = solved_weights(scene)
    bias = bias_of(next(weighted_nodes(scene.with_edits([edit])))).array
    assert bias is not None
    np.testing.assert_allclose(bias, B, atol=1e-5)


def test_other_weights_behind_a_relu_are_solved_for_from_what_passes_it():
    clean, port = (
        chain((3, 12, 11), conv("conv1", weight, B, pads=1, top="relu1"), unary("relu1", "Relu", top="relu1"))
        for weight in (W, OTHER)
    )
    _, weights, residual = _solved(clean, port, "conv1")
    np.testing.assert_allclose(weights, W, atol=1e-4)
    assert residual < 1e-6


def test_weights_of_a_transposed_convolution_are_solved_for():
    right, wrong = (drawn(3, 2, 3, 3, seed=seed) for seed in (1, 5))
    clean, port = (chain((3, 12, 11), deconv("up", array, pads=(1, 1, 1, 1), stride=2)) for array in (right, wrong))
    _, weights, _ = _solved(clean, port, "up")
    np.testing.assert_allclose(weights, right, atol=1e-4)


def test_each_group_of_a_convolution_is_solved_for_by_itself():
    right, wrong = (drawn(6, 2, 3, 3, seed=seed) for seed in (1, 2))
    clean, port = (chain((4, 12, 11), conv("conv1", array, group=2)) for array in (right, wrong))
    _, weights, _ = _solved(clean, port, "conv1", drawn(1, 4, 12, 11))
    np.testing.assert_allclose(weights, right, atol=1e-4)


def test_what_few_pictures_do_not_determine_is_left_open_and_as_near_to_ours_as_can_be():
    right, wrong, x = drawn(5, 20), drawn(5, 20, seed=3), drawn(6, 20, seed=4)
    clean, port = (chain((20,), dense("fc", weight)) for weight in (right, wrong))
    edit, weights, residual = _solved(clean, port, "fc", x)
    assert edit.left_open == (
        "the reference determines 6 of the 20 numbers of each output, and none is left over to prove them: "
        "the nearest weights to ours are taken; more pictures would determine more"
    )
    nearest = wrong + (right - wrong) @ np.linalg.pinv(x) @ x
    np.testing.assert_allclose(weights, nearest, atol=1e-4)
    assert residual < 1e-5


def test_channels_that_are_never_lit_leave_their_weights_as_they_are():
    x = X.copy()
    x[:, 1] = 0
    edit, weights, _ = _solved(_one(W, None), _one(OTHER, None), "conv1", x)
    assert edit.left_open is not None
    assert edit.left_open.startswith("the reference determines 18 of the 27 numbers of each output:")
    np.testing.assert_allclose(weights[:, 1], OTHER[:, 1], atol=1e-6)
    np.testing.assert_allclose(weights[:, ::2], W[:, ::2], atol=1e-4)


def _bfloat16(array: Array) -> Array:
    cut: Array = (np.ascontiguousarray(array).view(np.uint32) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return cut


def _integers(array: Array, bits: int) -> Array:
    step = np.abs(array).max() / (2 ** (bits - 1) - 1)
    return np.asarray(np.round(array / step) * step, np.float32)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (W.astype(np.float16).astype(np.float32), "the weights are rounded to half precision"),
        (_bfloat16(W), "the weights are rounded to 8 bits of mantissa (bfloat16)"),
        (_integers(W, 8), "the weights are rounded to integers of 8 bits, one step for all"),
        (
            np.stack([_integers(kernel, 8) for kernel in W]),
            "the weights are rounded to integers of 8 bits, a step for each output",
        ),
    ],
)
def test_rounded_weights_are_told_by_what_they_are_rounded_to(wrong: Array, text: str):
    clean, port = _one(W), _one(wrong)
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause, finding.detail) == ("conv1", "weights-precision", text)
    scene = scene_of(port, recorded(clean, X), "conv1")
    weights, residual = _tried(scene, finding.edit)
    np.testing.assert_allclose(weights, W, atol=1e-5)
    assert residual < 1e-6


def test_integers_of_rows_in_which_no_two_numbers_are_one_step_apart_are_found():
    right = 0.01 * drawn(4, 3, 1, 1, seed=8)
    rows = np.array([[-127, 31, 64], [127, -12, 55], [100, 127, 3], [0, 0, 0]], np.float32).reshape(4, 3, 1, 1)
    wrong = rows * np.array([0.01, 0.00712345, 0.0131831, 1], np.float32).reshape(4, 1, 1, 1)
    right = np.where(wrong == 0, 0, wrong + np.float32(0.5) * right).astype(np.float32)
    clean, port = (chain((3, 12, 11), conv("conv1", weight, B)) for weight in (right, wrong))
    ((edit,),) = rounded_weights(scene_of(port, recorded(clean, X), "conv1"))
    assert edit.detail == "the weights are rounded to integers of 8 bits, a step for each output"


def test_infinite_weights_are_rounded_to_nothing():
    spoiled = W.copy()
    spoiled[0, 0, 0, 0] = np.inf
    clean, port = _one(W), _one(spoiled)
    assert list(rounded_weights(scene_of(port, recorded(clean, X), "conv1"))) == []
    assert finding_of(clean, port, X).cause == "overflow"


def test_kernels_of_zeros_are_solved_for_and_the_others_stay():
    wrong = W.copy()
    wrong[[0, 2]] = 0
    scene = scene_of(_one(wrong), recorded(_one(W), X), "conv1")
    ((edit,),) = zero_kernels(scene)
    assert (edit.cause, edit.detail, edit.left_open) == (
        "weights-other",
        "the kernels of 2 of 4 outputs are zero",
        None,
    )
    weights, residual = _tried(scene, edit)
    np.testing.assert_array_equal(weights[[1, 3]], W[[1, 3]])
    np.testing.assert_allclose(weights, W, atol=1e-5)
    assert residual < 1e-6


def test_kernels_of_zeros_are_found_beside_another_mistake():
    wrong = W.copy()
    wrong[1] = 0
    clean, port = (
        chain((3, 12, 11), conv("conv1", weight, B, pads=pads), unary("relu1", "Relu"))
        for weight, pads in ((W, [0, 0, 2, 2]), (wrong, 1))
    )
    found = diagnosed(port, recorded(clean, X))
    assert {cause for _, cause in named(found)} == {"padding", "weights-other"}
    assert found.after is not None and found.after.agrees


def test_of_kernels_of_zeros_the_reference_may_say_too_little():
    wrong = W.copy()
    wrong[1] = 0
    clean, port = (chain((3, 5, 5), conv("conv1", weight, B)) for weight in (W, wrong))
    ((edit,),) = zero_kernels(scene_of(port, recorded(clean, drawn(1, 3, 5, 5, seed=7)), "conv1"))
    assert edit.left_open == "the reference determines 9 of the 27 numbers of each of these kernels"


@pytest.mark.parametrize("weight", [W, np.zeros_like(W)])
def test_without_kernels_of_zeros_or_with_nothing_else_there_is_nothing_to_solve_for(weight: Array):
    assert list(zero_kernels(scene_of(_one(weight), recorded(_one(W), X), "conv1"))) == []


def test_rounded_weights_that_differ_by_more_than_rounding_are_other_weights():
    rounded = OTHER.astype(np.float16).astype(np.float32)
    scene = scene_of(_one(rounded), recorded(_one(W), X), "conv1")
    assert list(rounded_weights(scene)) == []


def test_weights_beyond_half_precision_are_put_back_and_the_others_stay():
    big = W.copy()
    big[1, 2, 0, 1], big[3, 0, 2, 2] = 70_000.0, -90_000.0
    with np.errstate(over="ignore"):
        wrong = np.where(np.abs(big) > 65_504, np.sign(big) * np.inf, big).astype(np.float32)
    clean, port = _one(big), _one(wrong)
    scene = scene_of(port, recorded(clean, X), "conv1")
    edit = next(infinite_weights(scene))[0]
    assert edit.cause == "overflow"
    assert edit.detail == "2 weights are infinite or NaN, as beyond half precision"
    array, _ = _tried(scene, edit)
    lost = ~np.isfinite(wrong)
    np.testing.assert_array_equal(array[~lost], W[~lost])
    np.testing.assert_allclose(array[lost], [70_000, -90_000], rtol=1e-5)
    assert finding_of(clean, port, X).cause == "overflow"


def _pressed(name: str, narrow: bool) -> Step:
    """Values that go through half precision and back, or don't."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Cast")
        for dtype in (ir.DataType.FLOAT16 if narrow else ir.DataType.FLOAT, ir.DataType.FLOAT):
            (x,) = layer.nodes("Cast", [x], [shape_tuple(x)], {"to": int(dtype)}, [dtype])
        return layer.top(x, name)

    return step


def test_values_beyond_half_precision_are_an_overflow():
    clean, port = (chain((3, 12, 11), conv("conv1", W), _pressed("cast1", narrow)) for narrow in (False, True))
    finding = finding_of(clean, port, X * 2e4)
    assert (finding.layer, finding.cause) == ("cast1", "overflow")
    assert finding.detail == "the values go through half precision, which ends at 65 504"
    assert finding.residual_before == math.inf


def test_a_port_without_half_precision_has_nothing_to_widen():
    scene = scene_of(_one(OTHER), recorded(_one(W), X), "conv1")
    assert list(half_precision(scene)) == []
    assert list(infinite_weights(scene)) == []
