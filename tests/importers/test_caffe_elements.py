"""Caffe's layers that combine, reduce and choose, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.caffe_files import input_layer
from tests.caffe_forward import forward, layer, noise, refusal

X = noise(2, 6, 4, 5)


@pytest.mark.parametrize(
    ("parameters", "shape", "result"),
    [
        ("axis: 0", (5, 240), (5,)),
        ("axis: 1", (5, 120), (2, 5)),
        ("axis: -1", (5, 5), (2, 6, 4, 5)),
        ("axis: 2 transpose: true", (20, 5), (2, 6, 5)),
    ],
)
def test_an_inner_product_takes_all_axes_from_its_axis_on(
    tmp_path: Path, parameters: str, shape: tuple[int, int], result: tuple[int, ...]
) -> None:
    weight, bias = noise(*shape, seed=1), noise(5, seed=2)
    text = layer("InnerProduct", f"inner_product_param {{ num_output: 5 {parameters} }}")
    y = forward(tmp_path, text, X, {"y": [weight, bias]})["y"]
    matrix = weight if "transpose" in parameters else weight.T
    expected = X.astype(np.float64).reshape(-1, matrix.shape[0]) @ matrix + bias
    np.testing.assert_allclose(y, expected.reshape(result), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("biased", [True, False])
def test_embed_looks_up_rows_by_numbers_cut_to_whole_ones(tmp_path: Path, biased: bool) -> None:
    numbers = np.array([[0, 4, 2.75], [1, 1, 3]], np.float32)
    table, bias = noise(5, 3), noise(3, seed=1)
    text = layer("Embed", f"embed_param {{ input_dim: 5 num_output: 3 bias_term: {str(biased).lower()} }}")
    y = forward(tmp_path, text, numbers, {"y": [table, bias] if biased else [table]})["y"]
    np.testing.assert_allclose(y, table[numbers.astype(int)] + (bias if biased else 0), rtol=1e-6)


@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 1, 1)])
def test_axpy_scales_each_channel_of_each_image_and_adds(tmp_path: Path, shape: tuple[int, ...]) -> None:
    inputs = {"data": X, "a": noise(*shape, seed=1), "b": noise(*X.shape, seed=2)}
    y = forward(tmp_path, layer("Axpy", bottom="a data b"), inputs)["y"]
    np.testing.assert_allclose(y, inputs["a"].reshape(2, 6, 1, 1) * X + inputs["b"], rtol=1e-5, atol=1e-6)


REDUCTIONS: dict[str, Callable[[np.ndarray, tuple[int, ...]], np.ndarray]] = {
    "SUM": lambda x, axes: x.sum(axis=axes),
    "ASUM": lambda x, axes: np.abs(x).sum(axis=axes),
    "SUMSQ": lambda x, axes: (x * x).sum(axis=axes),
    "MEAN": lambda x, axes: x.mean(axis=axes),
}


@pytest.mark.parametrize("operation", list(REDUCTIONS))
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_a_reduction_takes_all_axes_from_its_axis_on(tmp_path: Path, operation: str, axis: int) -> None:
    text = layer("Reduction", f"reduction_param {{ operation: {operation} axis: {axis} coeff: 0.5 }}")
    y = forward(tmp_path, text, X)["y"]
    exact = 0.5 * REDUCTIONS[operation](X.astype(np.float64), tuple(range(axis % 4, 4)))
    assert y.shape == exact.shape
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


def sorted_pairs(values: np.ndarray) -> list[int]:
    """The order of argmax_layer.cpp: pairs of number and place, the largest first."""
    pairs = sorted(((float(value), place) for place, value in enumerate(values)), reverse=True)
    return [place for _, place in pairs]


def test_of_equal_maxima_the_last_comes_first(tmp_path: Path) -> None:
    x = np.round(noise(3, 20) * 2)
    text = layer("ArgMax", "argmax_param { top_k: 7 out_max_val: true }")
    y = forward(tmp_path, text, x.reshape(3, 4, 5))["y"]
    assert y.shape == (3, 2, 7)
    for image, row in enumerate(x):
        places = sorted_pairs(row)[:7]
        np.testing.assert_array_equal(y[image, 0], places)
        np.testing.assert_array_equal(y[image, 1], row[places])


def test_argmax_of_an_image_has_at_least_three_axes(tmp_path: Path) -> None:
    assert forward(tmp_path, layer("ArgMax"), X)["y"].shape == (2, 1, 1, 1)
    assert forward(tmp_path, layer("ArgMax", "argmax_param { top_k: 2 }"), X.reshape(2, 120))["y"].shape == (2, 1, 2)


@pytest.mark.parametrize("values", [True, False])
def test_argmax_along_an_axis_gives_places_or_values(tmp_path: Path, values: bool) -> None:
    text = layer("ArgMax", f"argmax_param {{ axis: 1 top_k: 2 out_max_val: {str(values).lower()} }}")
    y = forward(tmp_path, text, X)["y"]
    order = np.argsort(-X, axis=1)[:, :2]
    np.testing.assert_array_equal(y, np.take_along_axis(X, order, axis=1) if values else order)


def test_softmax_in_place_leaves_probabilities_in_the_blob(tmp_path: Path) -> None:
    y = forward(tmp_path, layer("Softmax", "softmax_param { axis: -1 }", top="data", name="s"), X)["data"]
    e = np.exp(X.astype(np.float64))
    np.testing.assert_allclose(y, e / e.sum(axis=-1, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        (layer("Eltwise", "eltwise_param { operation: STOCHASTIC_SUM }", bottom="data data"), "STOCHASTIC_SUM"),
        (layer("Eltwise", "eltwise_param { coeff: 1 }", bottom="data data"), "1 coefficients"),
        (layer("Eltwise"), "1 bottoms"),
        (layer("ArgMax", "argmax_param { top_k: 500 }"), "500 largest"),
        (layer("ArgMax", "argmax_param { axis: 4 }"), "axis 4"),
        (layer("Reduction", "reduction_param { operation: TOPK }"), "TOPK"),
        (layer("Reduction", "reduction_param { k: 3 }"), "reduction_param.k"),
        (layer("InnerProduct", "inner_product_param { axis: 1 }"), "weight can't have the shape"),
        (input_layer(2, 5, name="a") + layer("Axpy", bottom="a data data"), "one number for each channel"),
        (layer("InnerProduct", "inner_product_param { num_output: 2 normalize: true }"), "normalize"),
    ],
)
def test_a_combination_that_fits_nothing_is_refused_by_name(tmp_path: Path, text: str, mentions: str) -> None:
    message = refusal(tmp_path, text, (2, 6, 4, 5))
    assert "layer 'y'" in message
    assert mentions in message
