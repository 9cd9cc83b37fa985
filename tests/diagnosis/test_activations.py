"""Activations that are missing, one too many, or other ones."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from explorer.diagnosis.activations import text_of
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from tests.diagnosis.ports import Step, chain, conv, drawn, finding_of, unary

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
