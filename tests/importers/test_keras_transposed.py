"""Keras' transposed convolutions against numbers spread out by loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests import naive_keras
from tests.keras_files import apply, first, last, noise

RESULT: Any = {"rtol": 2e-5, "atol": 2e-5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keras")


def _same_low(given: int, count: int, kernel: int, stride: int) -> int:
    """How much TensorFlow's SAME adds before ``given`` positions so that they make ``count`` windows."""
    return max((count - 1) * stride + kernel - given, 0) // 2


@given(
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.sampled_from(["valid", "same"]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_output_and_crop_are_tensorflows(
    folder: Path, size: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, int], padding: str
) -> None:
    x, weight = noise(1, *size, 3), noise(*kernel, 4, 3, seed=1)
    config = {"filters": 4, "kernel_size": kernel, "strides": strides, "padding": padding, "use_bias": False}
    y = apply(folder, "Conv2DTranspose", config, x, weights={"kernel": weight})
    made, lows = [], []
    for n, k, s in zip(size, kernel, strides, strict=True):
        made.append(n * s if padding == "same" else n * s + max(k - s, 0))
        lows.append(_same_low(made[-1], n, k, s) if padding == "same" else 0)
    exact = naive_keras.deconvolve(x, weight, made, strides=strides, lows=lows)
    assert y.shape == exact.shape
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_output_padding_says_the_size_exactly(tmp_path: Path, padding: str) -> None:
    x, weight, bias = noise(1, 4, 5, 3), noise(3, 5, 2, 3, seed=1), noise(2, seed=2)
    config = {"filters": 2, "kernel_size": [3, 5], "strides": [3, 2], "padding": padding, "output_padding": [2, 1]}
    y = apply(tmp_path, "Conv2DTranspose", config, x, weights={"kernel": weight, "bias": bias})
    made = [3 * 3 + 3 + 2, 4 * 2 + 5 + 1]
    if padding == "same":
        made = [made[0] - 2, made[1] - 4]
    lows = [_same_low(made[0], 4, 3, 3), _same_low(made[1], 5, 5, 2)] if padding == "same" else [0, 0]
    exact = naive_keras.deconvolve(x, weight, made, strides=(3, 2), lows=lows) + bias
    np.testing.assert_allclose(y, exact, **RESULT)


def test_dilated(tmp_path: Path) -> None:
    x, weight = noise(1, 4, 5, 3), noise(3, 2, 2, 3, seed=1)
    config = {"filters": 2, "kernel_size": [3, 2], "dilation_rate": [2, 3], "use_bias": False}
    y = apply(tmp_path, "Conv2DTranspose", config, x, weights={"kernel": weight})
    exact = naive_keras.deconvolve(x, weight, [8, 8], strides=(1, 1), lows=(0, 0), dilations=(2, 3))
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("channels_last", [False, True])
def test_kernels_are_turned_on_theano(tmp_path: Path, channels_last: bool) -> None:
    x, weight = noise(1, 4, 5, 3), noise(3, 5, 2, 3, seed=1)
    config = {
        "filters": 2,
        "kernel_size": [3, 5],
        "strides": [2, 2],
        "padding": "same",
        "use_bias": False,
        "data_format": "channels_last" if channels_last else "channels_first",
    }
    fed = x if channels_last else first(x)
    options: Any = {"backend": "theano", "channels_last": channels_last}
    y = apply(tmp_path, "Conv2DTranspose", config, fed, weights={"kernel": weight}, **options)
    # Theano's half padding: half the kernel on both sides.
    exact = naive_keras.deconvolve(x, weight, [8, 10], strides=(2, 2), lows=(1, 2), turned=True)
    np.testing.assert_allclose(y if channels_last else last(y), exact, **RESULT)


@pytest.mark.parametrize("channels_last", [False, True])
def test_keras_1_states_the_output(tmp_path: Path, channels_last: bool) -> None:
    x, weight = noise(1, 4, 5, 3), noise(3, 3, 3, 2, seed=1)
    config = {
        "nb_filter": 2,
        "nb_row": 3,
        "nb_col": 3,
        "subsample": [2, 2],
        "border_mode": "same",
        "output_shape": [None, 7, 9, 2] if channels_last else [None, 2, 7, 9],
        "dim_ordering": "tf" if channels_last else "th",
        "bias": False,
    }
    # Keras 1 keeps the kernel as that of a convolution from the input to the output.
    stored = weight if channels_last else weight.transpose(3, 2, 0, 1)
    fed = x if channels_last else first(x)
    options: Any = {"version": 1, "backend": "theano", "channels_last": channels_last}
    y = apply(tmp_path, "Deconvolution2D", config, fed, weights={"W": stored}, **options)
    exact = naive_keras.deconvolve(x, weight.swapaxes(2, 3), [7, 9], strides=(2, 2), lows=(1, 1), turned=True)
    np.testing.assert_allclose(y if channels_last else last(y), exact, **RESULT)


def test_keras_crops_an_even_kernel_on_theano_as_if_it_were_a_convolution(tmp_path: Path) -> None:
    x, weight = noise(1, 5, 6, 3), noise(4, 4, 3, 2, seed=1)
    config = {
        "nb_filter": 2,
        "nb_row": 4,
        "nb_col": 4,
        "subsample": [2, 2],
        "border_mode": "same",
        "output_shape": [None, 10, 12, 2],
        "bias": False,
    }
    y = apply(tmp_path, "Deconvolution2D", config, x, weights={"W": weight}, version=1, backend="theano")
    exact = naive_keras.deconvolve(x, weight.swapaxes(2, 3), [10, 12], strides=(2, 2), lows=(2, 2), turned=True)
    np.testing.assert_allclose(y, exact[:, :3, :3], **RESULT)


def test_one_and_three_axes(tmp_path: Path) -> None:
    x, weight = noise(1, 5, 3), noise(4, 2, 3, seed=1)
    config = {"filters": 2, "kernel_size": [4], "strides": [2], "padding": "same", "use_bias": False}
    y = apply(tmp_path, "Conv1DTranspose", config, x, weights={"kernel": weight})
    np.testing.assert_allclose(y, naive_keras.deconvolve(x, weight, [10], strides=(2,), lows=(1,)), **RESULT)
    x, weight = noise(1, 2, 3, 2, 3), noise(2, 3, 2, 4, 3, seed=1)
    config = {"filters": 4, "kernel_size": [2, 3, 2], "strides": [2, 1, 2], "use_bias": False}
    y = apply(tmp_path, "Conv3DTranspose", config, x, weights={"kernel": weight})
    exact = naive_keras.deconvolve(x, weight, [4, 5, 4], strides=(2, 1, 2), lows=(0, 0, 0))
    np.testing.assert_allclose(y, exact, **RESULT)


def test_an_output_that_can_not_come_from_the_input_is_told(tmp_path: Path) -> None:
    config = {"nb_filter": 2, "nb_row": 3, "nb_col": 3, "subsample": [2, 2], "output_shape": [None, 30, 30, 2]}
    with pytest.raises(PortsideError, match=r"layer 'y': an output of 30×30 can't come from 5×5"):
        apply(tmp_path, "Deconvolution2D", config, noise(1, 5, 5, 3), version=1)
