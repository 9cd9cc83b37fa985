from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, random, singles

SPREAD = np.concatenate([random(400) * 4, singles([-100, -30, -1e-4, -0.0, 0.0, 1e-4, 30, 100])]).reshape(4, -1)


@pytest.mark.parametrize(
    ("operator", "attributes", "opset"),
    [
        ("Relu", {}, 7),
        ("Relu", {}, 21),
        ("LeakyRelu", {}, 21),
        ("LeakyRelu", {"alpha": 0.3}, 7),
        ("ThresholdedRelu", {}, 21),
        ("ThresholdedRelu", {"alpha": 0.3}, 21),
        ("Elu", {}, 21),
        ("Elu", {"alpha": 2.0}, 21),
        ("Selu", {}, 21),
        ("Selu", {"alpha": 2.0, "gamma": 1.5}, 21),
        ("Celu", {}, 21),
        ("Celu", {"alpha": 0.5}, 21),
        ("Sigmoid", {}, 21),
        ("Tanh", {}, 21),
        ("HardSigmoid", {}, 21),
        ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.25}, 21),
        ("HardSwish", {}, 21),
        ("Softplus", {}, 21),
        ("Softsign", {}, 21),
        ("Mish", {}, 21),
        ("Shrink", {"lambd": 1.5, "bias": 0.5}, 21),
        ("Erf", {}, 21),
        ("Gelu", {}, 21),
        ("Gelu", {"approximate": "tanh"}, 21),
        ("Swish", {"alpha": 1.5}, 24),
    ],
)
def test_activation_agrees_with_onnxruntime(operator: str, attributes: dict[str, Any], opset: int) -> None:
    assert_agrees(operator, [SPREAD], attributes, opset=opset)


@pytest.mark.parametrize("slope", [(1,), (3, 1, 1), (4, 5), (3, 4, 5), (1, 3, 1, 1)])
def test_slope_of_every_shape_agrees(slope: tuple[int, ...]) -> None:
    assert_agrees("PRelu", [random(2, 3, 4, 5), random(*slope, seed=1)])


def test_slope_that_would_enlarge_the_input_is_named() -> None:
    with pytest.raises(PortsideError, match=r"a slope of shape \[2, 3\] does not fit \[1, 3\]"):
        in_double("PRelu", [random(1, 3), random(2, 3)])


def test_logistic_function_keeps_its_digits_far_below_zero() -> None:
    x = np.array([-700.0, -40.0, -1.0, 40.0])
    np.testing.assert_allclose(in_double("Sigmoid", [x]), np.exp(x) / (1 + np.exp(x)), rtol=1e-15)


def test_exponential_activations_keep_their_digits_near_zero() -> None:
    assert in_double("Elu", [np.array([-1e-12])])[0] == np.expm1(-1e-12)


def test_known_values() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(in_double("Erf", [x])[[0, 2]], [-0.8427007929497149, 0.9953222650189527], rtol=1e-15)
    np.testing.assert_allclose(in_double("HardSwish", [x]), [-1 / 3, 0, 5 / 3], rtol=1e-15)
    np.testing.assert_allclose(in_double("Softplus", [x])[1], np.log(2), rtol=1e-15)


def test_error_function_of_many_elements_is_computed_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    x = random(3, 7)
    whole = in_double("Erf", [x])
    monkeypatch.setattr("explorer.running.float64.activations._ERF_RUN", 4)
    np.testing.assert_array_equal(in_double("Erf", [x]), whole)


def test_number_that_is_none_passes_through() -> None:
    x = np.array([np.nan, 1.0], np.float32)
    for operator in ("Relu", "LeakyRelu", "Elu", "Sigmoid", "Erf", "HardSwish"):
        assert np.isnan(in_double(operator, [x])[0])
