"""Activations that are missing, one too many, or other ones."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.activations import (
    extra_activations,
    missing_activations,
    other_activations,
    slopes,
    text_of,
)
from explorer.diagnosis.edit import Fitted
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from tests.diagnosis.ports import (
    Step,
    as_reference,
    chain,
    conv,
    diagnosed,
    drawn,
    finding_of,
    finished,
    only_finding,
    recorded,
    scene_of,
    unary,
)

X = 3 * drawn(1, 4, 7, 6, seed=7)
W = drawn(4, 4, 3, 3)
SLOPES = np.array([0.1, 0.2, 0.3, 0.45], np.float32).reshape(4, 1, 1)


def _clip(name: str, low: float, high: float, top: str | None = None) -> Step:
    return unary(name, "Clip", np.asarray(low, np.float32), np.asarray(high, np.float32), top=top)


def _swish(name: str) -> Step:
    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Activation")
        return layer.top(layer.elementwise("Mul", x, layer.elementwise("Sigmoid", x)), name)

    return step


def _with(*steps: Step) -> Network:
    return chain((4, 7, 6), *steps)


def test_missing_relu_is_found_behind_the_convolution():
    clean = _with(conv("conv1", W, top="relu1"), unary("relu1", "Relu"))
    port = _with(conv("conv1", W, top="relu1"), unary("relu1", "Identity"))
    finding = finding_of(clean, port, X)
    assert finding.cause == "activation-missing"
    assert finding.detail == "there is no ReLU behind it"


def test_missing_prelu_is_found_with_the_range_of_its_slopes():
    clean = _with(conv("conv1", W, top="act1"), unary("act1", "PRelu", SLOPES))
    port = _with(conv("conv1", W, top="act1"), unary("act1", "Identity"))
    finding = finding_of(clean, port, X)
    assert finding.cause == "activation-missing"
    assert finding.detail.startswith("there is no PReLU ")
    assert finding.detail.endswith("(0.1 to 0.45)")


def test_relu_that_the_original_has_not_is_found():
    clean, port = (
        _with(conv("conv1", W, top="relu1"), unary("relu1", operator, top="relu1")) for operator in ("Identity", "Relu")
    )
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("relu1", "activation-extra")
    assert finding.detail == "there is a ReLU that the original doesn't have"


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (unary("act1", "Tanh"), "tanh"),
        (unary("act1", "Elu", alpha=1.0), "ELU"),
        (unary("act1", "Softplus"), "softplus"),
        (_swish("act1"), "swish"),
    ],
)
def test_another_activation_is_found_by_name(right: Step, text: str):
    finding = finding_of(_with(right), _with(unary("act1", "Relu")), X)
    assert (finding.layer, finding.cause) == ("act1", "activation-kind")
    assert finding.detail == f"ReLU where {text} is meant"


def test_relu_for_a_usual_leaky_relu_is_a_slope_or_a_kind():
    finding = finding_of(_with(unary("act1", "LeakyRelu", alpha=0.1)), _with(unary("act1", "Relu")), X)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "ReLU where leaky ReLU of slope 0.1 is meant"
    assert finding.indistinguishable == ("activation-kind",)
    assert finding.decides == "both name the same change"


def test_any_other_slope_is_read_off_the_reference():
    clean, port = (_with(unary("act1", "LeakyRelu", alpha=slope)) for slope in (0.17, 0.01))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "leaky ReLU of slope 0.01 where a slope of 0.17 is meant"


def test_relu_for_relu6_is_found_with_the_ceiling():
    finding = finding_of(_with(_clip("act1", 0, 6)), _with(unary("act1", "Relu")), X * 2)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "ReLU where ReLU cut off at 6 is meant"


def test_any_other_ceiling_is_read_off_the_reference():
    finding = finding_of(_with(_clip("act1", 0, 2.5)), _with(_clip("act1", 0, 6)), X * 2)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "ReLU cut off at 6 where a ceiling of 2.5 is meant"


def test_alpha_of_elu_is_read_off_the_reference():
    clean, port = (_with(unary("act1", "Elu", alpha=alpha)) for alpha in (0.6, 1.0))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "ELU where ELU of α 0.6 is meant"


def test_slopes_by_channel_are_found_with_their_range():
    clean, port = (_with(unary("act1", "PRelu", slopes)) for slopes in (SLOPES, SLOPES[::-1].copy()))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("act1", "activation-slope")
    assert finding.detail == "slopes by channel, from 0.1 to 0.45"


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (unary("act1", "LeakyRelu", alpha=0.1), "leaky ReLU of slope 0.1"),
        (_clip("act1", 0, 6), "ReLU cut off at 6"),
        (_clip("act1", -1, 1), "clipping"),
        (unary("act1", "HardSigmoid", alpha=0.2, beta=0.5), "hard sigmoid (x/5 + 1/2)"),
        (unary("act1", "Elu", alpha=0.5), "ELU of α 0.5"),
        (unary("act1", "PRelu", SLOPES), "PReLU"),
        (unary("act1", "Tanh"), "tanh"),
    ],
)
def test_activations_are_told_in_words(step: Step, text: str):
    assert text_of(_with(step).layer["act1"].nodes[0]) == text


def test_slopes_by_channel_for_a_curve_are_another_kind():
    finding = finding_of(_with(unary("act1", "PRelu", SLOPES)), _with(unary("act1", "Softsign")), X)
    assert (finding.layer, finding.cause) == ("act1", "activation-kind")
    assert finding.detail == "softsign where PReLU is meant (slopes by channel, from 0.1 to 0.45)"


CEILING = [np.asarray(bound, np.float32) for bound in (0, 2.5)]


def test_relu_with_an_unusual_ceiling_that_is_left_out_before_a_convolution_is_found_by_trying():
    narrow = drawn(2, 4, 1, 1, seed=5)
    first = conv("conv1", W / 10)
    clean = _with(first, unary("act1", "Clip", *CEILING), conv("conv2", narrow))
    port = _with(first, conv("conv2", narrow))
    finding = only_finding(diagnosed(port, recorded(clean, X, without={"act1"})))
    assert (finding.layer, finding.cause, finding.edit.fitted) == ("conv2", "activation-missing", Fitted.FEW)
    assert finding.detail == "there is no ReLU cut off at 2.5 before it"
    assert finding.indistinguishable == ()


def _sum(operator: str, bent: bool) -> Network:
    """``one`` and ``two`` added, the second of them with or without a ReLU of ceiling 2.5 in the sum's own layer."""
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 4, 7, 6))
    one, two = (conv(name, drawn(4, 4, 1, 1, seed=seed))(builder, x) for seed, name in ((1, "one"), (2, "two")))
    layer = builder.layer("sum", "Eltwise")
    if bent:
        two = layer.elementwise("Clip", two, *(layer.constant(bound) for bound in CEILING))
    layer.top(layer.elementwise(operator, one, two), "sum")
    return finished(builder)


@pytest.mark.parametrize("operator", ["Sum", "Add"])
def test_relu_with_an_unusual_ceiling_that_is_left_out_before_a_sums_second_input_is_found(operator: str):
    finding = finding_of(_sum(operator, True), _sum(operator, False), X)
    assert (finding.layer, finding.cause, finding.edit.fitted) == ("sum", "activation-missing", Fitted.FEW)
    assert finding.detail == "there is no ReLU cut off at 2.5 before input 2 of it"


def test_a_slope_that_is_left_out_before_a_sums_second_input_is_tried_too():
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 4, 7, 6))
    one, two = (conv(name, drawn(4, 4, 1, 1, seed=seed))(builder, x) for seed, name in ((1, "one"), (2, "two")))
    layer = builder.layer("sum", "Eltwise")
    layer.top(layer.elementwise("Sum", one, layer.elementwise("LeakyRelu", two, alpha=0.17)), "sum")
    finding = finding_of(finished(builder), _sum("Sum", False), X)
    assert (finding.layer, finding.cause) == ("sum", "activation-missing")
    assert finding.detail == "there is no leaky ReLU of slope 0.17 before input 2 of it"


def test_an_activation_that_an_edit_put_in_is_not_taken_back_by_another():
    clean, port = chain((4, 7, 6), conv("conv1", W), unary("relu1", "Relu")), chain((4, 7, 6), conv("conv1", W))
    reference = recorded(clean, X)
    arrays = {"data": reference.arrays["data"], "conv1": reference.arrays["relu1"]}
    scene = scene_of(port, as_reference(arrays), "conv1")
    sub = scene.with_edits(next(missing_activations(scene)))
    assert len(sub.draft.nodes) == len(scene.draft.nodes) + 1
    assert [*extra_activations(sub), *other_activations(sub), *slopes(sub)] == []
