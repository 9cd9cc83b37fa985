"""Keras' activations of all three versions against their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import Array, apply, first, last, noise

RESULT: Any = {"rtol": 2e-5, "atol": 2e-6}

X = noise(2, 3, 4, 5) * 3


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    raised = np.exp(x - x.max())
    total: Array = raised / raised.sum(axis, keepdims=True)
    return total


def erf(x: Array) -> Array:
    values: Array = np.vectorize(math.erf)(x)
    return values


FORMULAS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(x)),
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softplus": softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "exponential": np.exp,
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * 0.5 * (1 + erf(x / np.sqrt(2))),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "log_sigmoid": lambda x: -softplus(-x),
    "sparse_sigmoid": lambda x: np.clip(0.5 * (x + 1), 0, 1),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "squareplus": lambda x: (x + np.sqrt(x**2 + 4)) / 2,
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_function_is_its_formula(tmp_path: Path, name: str) -> None:
    y = apply(tmp_path, "Activation", {"activation": name}, X, version=3)
    np.testing.assert_allclose(y, FORMULAS[name](X.astype(np.float64)), **RESULT)


def test_glu_halves_the_last_axis(tmp_path: Path) -> None:
    x = noise(2, 3, 4, 6)
    y = apply(tmp_path, "Activation", {"activation": "glu"}, x, version=3)
    np.testing.assert_allclose(y, x[..., :3] * sigmoid(x[..., 3:]), **RESULT)


@pytest.mark.parametrize(("version", "slope"), [(1, 0.2), (2, 0.2), (3, 1 / 6)])
def test_hard_sigmoid_has_another_slope_in_keras_3(tmp_path: Path, version: int, slope: float) -> None:
    y = apply(tmp_path, "Activation", {"activation": "hard_sigmoid"}, X, version=version)
    np.testing.assert_allclose(y, np.clip(slope * X + 0.5, 0, 1), **RESULT)


@pytest.mark.parametrize(
    "stated",
    [
        {"class_name": "function", "config": "relu6", "module": "builtins", "registered_name": "relu6"},
        {"class_name": "ReLU", "config": {"name": "r", "max_value": 6.0}, "module": "keras.layers"},
    ],
)
def test_an_activation_may_be_an_object(tmp_path: Path, stated: dict[str, Any]) -> None:
    y = apply(tmp_path, "Activation", {"activation": stated}, X, version=3)
    np.testing.assert_allclose(y, np.clip(X, 0, 6), **RESULT)


@pytest.mark.parametrize("maximum", [None, 1.5])
@pytest.mark.parametrize("slope", [0.0, 0.25])
@pytest.mark.parametrize("threshold", [0.0, 0.75])
def test_relu_with_a_ceiling_a_slope_and_a_threshold(
    tmp_path: Path, maximum: float | None, slope: float, threshold: float
) -> None:
    config = {"max_value": maximum, "negative_slope": slope, "threshold": threshold}
    y = apply(tmp_path, "ReLU", config, X)
    exact = np.where(threshold < X, X, slope * (X - threshold))
    np.testing.assert_allclose(y, exact if maximum is None else np.minimum(exact, maximum), **RESULT)


@pytest.mark.parametrize(("version", "config"), [(1, {}), (2, {"alpha": 0.3}), (3, {"negative_slope": 0.3})])
def test_leaky_relu_has_a_slope_of_three_tenths_unless_stated(
    tmp_path: Path, version: int, config: dict[str, float]
) -> None:
    y = apply(tmp_path, "LeakyReLU", config, X, version=version)
    np.testing.assert_allclose(y, np.where(X > 0, X, 0.3 * X), **RESULT)


def test_elu_and_thresholded_relu(tmp_path: Path) -> None:
    y = apply(tmp_path, "ELU", {"alpha": 0.5}, X)
    np.testing.assert_allclose(y, np.where(X > 0, X, 0.5 * np.expm1(X)), **RESULT)
    y = apply(tmp_path, "ThresholdedReLU", {"theta": 0.7}, X)
    np.testing.assert_allclose(y, np.where(X > 0.7, X, 0), **RESULT)


@pytest.mark.parametrize("axis", [-1, 1, 2, [1, 2]])
def test_softmax_is_along_keras_axis(tmp_path: Path, axis: int | list[int]) -> None:
    y = apply(tmp_path, "Softmax", {"axis": axis}, X)
    np.testing.assert_allclose(y, softmax(X, tuple(axis) if isinstance(axis, list) else axis), **RESULT)


@pytest.mark.parametrize("shared", [None, [1], [1, 2], [3]])
@pytest.mark.parametrize("channels_last", [True, False])
def test_prelu_shares_slopes_along_axes(tmp_path: Path, shared: list[int] | None, channels_last: bool) -> None:
    shape = [1 if axis in (shared or []) else size for axis, size in enumerate(X.shape)][1:]
    alpha = noise(*shape, seed=1)
    config = {"shared_axes": shared}
    y = apply(tmp_path, "PReLU", config, X, weights={"alpha": alpha}, channels_last=channels_last)
    np.testing.assert_allclose(y, np.where(X > 0, X, alpha * X), **RESULT)


def test_keras_1_tells_shared_axes_by_the_weights_alone(tmp_path: Path) -> None:
    alphas = noise(5, 1, 1, seed=1)
    y = apply(tmp_path, "PReLU", {}, first(X), weights={"alphas": alphas}, version=1, channels_last=False)
    np.testing.assert_allclose(last(y), np.where(X > 0, X, alphas[:, 0, 0] * X), **RESULT)


def test_parametric_softplus_of_keras_1(tmp_path: Path) -> None:
    alphas, betas = noise(3, 4, 5, seed=1), noise(3, 4, 5, seed=2)
    y = apply(tmp_path, "ParametricSoftplus", {}, X, weights={"alphas": alphas, "betas": betas}, version=1)
    np.testing.assert_allclose(y, alphas * softplus(betas * X), **RESULT)


@pytest.mark.parametrize("backend", ["tensorflow", "theano"])
def test_s_shaped_relu_bounds_a_negative_slope_on_theano(tmp_path: Path, backend: str) -> None:
    names = ["t_left", "a_left", "t_right", "a_right"]
    weights = {name: noise(3, 4, 5, seed=number) for number, name in enumerate(names)}
    y = apply(tmp_path, "SReLU", {}, X, weights=weights, version=1, backend=backend)
    left, low, right, high = weights.values()
    right = left + np.abs(right)
    below = left + low * (X - left)
    if backend == "theano":
        below = np.minimum(below, right)
    exact = np.where(right <= X, right + high * (X - right), np.where(left < X, X, below))
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("wavelet", "its activation 'wavelet' is not known"),
        ({"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}, "its activation is code, which is never run"),
        ({"class_name": "Lambda", "config": {}}, "its activation is code, which is never run"),
        (7, "its activation is code, which is never run"),
    ],
)
def test_code_and_unknown_functions_are_refused(tmp_path: Path, stated: Any, reason: str) -> None:
    with pytest.raises(PortsideError, match=f"layer 'y': {reason}"):
        apply(tmp_path, "Activation", {"activation": stated}, X)
