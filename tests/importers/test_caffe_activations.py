"""Caffe's activations against their formulas in double precision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.caffe_forward import forward, layer, noise, refusal

Array = NDArray[np.float64]
Formula = Callable[[Array], Array]

CASES: list[tuple[str, str, Formula]] = [
    ("ReLU", "", lambda x: np.maximum(x, 0)),
    ("ReLU", "relu_param { negative_slope: 0.1 }", lambda x: np.where(x > 0, x, 0.1 * x)),
    ("ReLU", "relu_param { negative_slope: -0.5 }", lambda x: np.where(x > 0, x, -0.5 * x)),
    ("ReLU6", "", lambda x: np.clip(x, 0, 6)),
    ("ReLU6", "relu6_param { negative_slope: 0.25 }", lambda x: np.minimum(np.where(x > 0, x, 0.25 * x), 6)),
    ("ELU", "elu_param { alpha: 0.7 }", lambda x: np.where(x > 0, x, 0.7 * np.expm1(x))),
    ("Sigmoid", "", lambda x: 1 / (1 + np.exp(-x))),
    ("TanH", "", np.tanh),
    ("AbsVal", "", np.abs),
    ("BNLL", "", lambda x: np.log1p(np.exp(x))),
    ("Power", "power_param { power: 2 scale: 0.5 shift: -1 }", lambda x: (0.5 * x - 1) ** 2),
    ("Power", "power_param { scale: -2 shift: 0.5 }", lambda x: 0.5 - 2 * x),
    ("Power", "power_param { power: 2 scale: 0 shift: 3 }", lambda x: np.full_like(x, 9)),
    ("Power", "power_param { power: 0 shift: 3 }", np.ones_like),
    ("Exp", "", np.exp),
    ("Exp", "exp_param { base: 2 scale: 0.5 shift: -1 }", lambda x: 2 ** (0.5 * x - 1)),
    ("Exp", "exp_param { scale: -0.5 shift: 0.25 }", lambda x: np.exp(0.25 - 0.5 * x)),
    ("Threshold", "threshold_param { threshold: 0.5 }", lambda x: (x > 0.5).astype(np.float64)),
    ("Clip", "clip_param { min: -0.5 max: 1.5 }", lambda x: np.clip(x, -0.5, 1.5)),
    ("Swish", "swish_param { beta: 1.5 }", lambda x: x / (1 + np.exp(-1.5 * x))),
    ("Mish", "", lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    ("Dropout", "dropout_param { dropout_ratio: 0.75 }", lambda x: x),
    ("Dropout", "dropout_param { dropout_ratio: 0.75 scale_train: false }", lambda x: 0.25 * x),
]


@pytest.mark.parametrize(("kind", "parameters", "formula"), CASES)
@pytest.mark.parametrize("top", ["y", "data"])
def test_an_activation_is_its_formula_beside_its_input_and_in_place(
    tmp_path: Path, kind: str, parameters: str, formula: Formula, top: str
) -> None:
    x = 4 * noise(2, 3, 4, 5)
    y = forward(tmp_path, layer(kind, parameters, top=top, name="a"), x)[top]
    np.testing.assert_allclose(y, formula(x.astype(np.float64)), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "formula"),
    [
        ("", np.log),
        ("log_param { base: 2 scale: 3 shift: 0.5 }", lambda x: np.log2(3 * x + 0.5)),
        ("log_param { base: 0.5 }", lambda x: -np.log2(x)),
    ],
)
def test_a_logarithm_takes_base_scale_and_shift(tmp_path: Path, parameters: str, formula: Formula) -> None:
    x = np.abs(noise(2, 3, 4)) + np.float32(0.1)
    y = forward(tmp_path, layer("Log", parameters), x)["y"]
    np.testing.assert_allclose(y, formula(x.astype(np.float64)), rtol=2e-6, atol=1e-6)


def test_a_power_that_no_input_reaches_is_constant_even_for_nan(tmp_path: Path) -> None:
    x = np.array([[np.nan, np.inf, 1]], np.float32)
    y = forward(tmp_path, layer("Power", "power_param { power: -1 scale: 0 shift: 0 }"), x)["y"]
    np.testing.assert_array_equal(y, np.full((1, 3), np.inf, np.float32))


def test_exactly_the_threshold_is_not_above_it(tmp_path: Path) -> None:
    x = np.array([[0.25, 0.5, 0.75]], np.float32)
    y = forward(tmp_path, layer("Threshold", "threshold_param { threshold: 0.5 }"), x)["y"]
    np.testing.assert_array_equal(y, [[0, 0, 1]])


@pytest.mark.parametrize("shape", [(2, 5, 3, 4), (2, 5)])
def test_prelu_has_a_slope_for_each_channel(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x, slope = noise(*shape), noise(5, seed=1)
    y = forward(tmp_path, layer("PReLU"), x, {"y": [slope]})["y"]
    spread = slope.reshape(5, *[1] * (len(shape) - 2))
    np.testing.assert_allclose(y, np.where(x > 0, x, spread * x), rtol=1e-6)


def test_prelu_may_share_one_slope_that_is_a_single_number(tmp_path: Path) -> None:
    x, slope = noise(2, 5, 3, 4), np.array(0.3, np.float32)
    y = forward(tmp_path, layer("PReLU", "prelu_param { channel_shared: true }"), x, {"y": [slope]})["y"]
    np.testing.assert_allclose(y, np.where(x > 0, x, slope * x), rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "parameters", "mentions"),
    [
        ("Log", "log_param { base: 1 }", "base 1"),
        ("Log", "log_param { base: -2 }", "not positive"),
        ("Exp", "exp_param { base: 0 }", "not positive"),
        ("Dropout", "dropout_param { sample_weights_test: true }", "sample_weights_test"),
    ],
)
def test_an_activation_without_an_answer_is_refused(tmp_path: Path, kind: str, parameters: str, mentions: str) -> None:
    message = refusal(tmp_path, layer(kind, parameters), (1, 3, 4, 4))
    assert "layer 'y'" in message
    assert mentions in message
