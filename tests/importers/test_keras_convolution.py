"""Keras' convolutions, on TensorFlow and on Theano, against loops written out in ``tests/naive_keras.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from explorer.network.provenance import Provenance
from tests import naive_keras
from tests.keras_files import Array, apply, first, functional, input_layer, last, layer, noise, open_keras, write_whole

RESULT: Any = {"rtol": 2e-5, "atol": 2e-5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keras")


@st.composite
def geometries(draw: st.DrawFn) -> dict[str, Any]:
    pair = st.tuples(st.integers(1, 5), st.integers(1, 5))
    kernel = draw(pair)
    size: Any = draw(st.tuples(st.integers(5, 11), st.integers(5, 11)))
    dilated = draw(st.booleans())
    strides = (1, 1) if dilated else draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilations = draw(st.tuples(st.integers(1, 2), st.integers(1, 2))) if dilated else (1, 1)
    padding = "same" if dilated and draw(st.booleans()) else draw(st.sampled_from(["valid", "same"]))
    if padding == "valid":
        size = tuple(max(n, d * (k - 1) + 1) for n, k, d in zip(size, kernel, dilations, strict=True))
    return {"kernel": kernel, "size": size, "strides": strides, "dilations": dilations, "padding": padding}


@pytest.mark.parametrize("theano", [False, True])
@pytest.mark.parametrize("channels_last", [False, True])
@given(geometry=geometries(), biased=st.booleans())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_convolution_is_keras_at_every_geometry(
    folder: Path, theano: bool, channels_last: bool, geometry: dict[str, Any], biased: bool
) -> None:
    x, kernel = noise(2, *geometry["size"], 3), noise(*geometry["kernel"], 3, 4, seed=1)
    config = {
        "filters": 4,
        "kernel_size": geometry["kernel"],
        "strides": geometry["strides"],
        "dilation_rate": geometry["dilations"],
        "padding": geometry["padding"],
        "use_bias": biased,
        "data_format": "channels_last" if channels_last else "channels_first",
    }
    weights = {"kernel": kernel, **({"bias": noise(4, seed=2)} if biased else {})}
    backend = "theano" if theano else "tensorflow"
    fed = x if channels_last else first(x)
    y = apply(folder, "Conv2D", config, fed, weights=weights, backend=backend, channels_last=channels_last)
    padding: Any = "half" if theano and geometry["padding"] == "same" else geometry["padding"]
    exact = naive_keras.convolve(
        x.astype(np.float64),
        kernel,
        strides=geometry["strides"],
        padding=padding,
        dilations=geometry["dilations"],
        turned=theano,
    )
    np.testing.assert_allclose(y if channels_last else last(y), exact + weights.get("bias", 0), **RESULT)


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("channels_last", [False, True])
def test_keras_1_kernels_lie_as_their_layout_wants(tmp_path: Path, backend: str, channels_last: bool) -> None:
    x, kernel, bias = noise(1, 6, 7, 3), noise(3, 2, 3, 4, seed=1), noise(4, seed=2)
    config = {
        "nb_filter": 4,
        "nb_row": 3,
        "nb_col": 2,
        "subsample": [2, 1],
        "border_mode": "same",
        "dim_ordering": "tf" if channels_last else "th",
        "bias": True,
    }
    stored = kernel if channels_last else kernel.transpose(3, 2, 0, 1)
    fed = x if channels_last else first(x)
    weights = {"W": stored, "b": bias}
    y = apply(
        tmp_path, "Convolution2D", config, fed, weights=weights, version=1, backend=backend, channels_last=channels_last
    )
    padding: naive_keras.Padding = "half" if backend == "theano" else "same"
    exact = naive_keras.convolve(x, kernel, strides=(2, 1), padding=padding, turned=backend == "theano") + bias
    np.testing.assert_allclose(y if channels_last else last(y), exact, **RESULT)


def test_full_padding_sees_every_overlap(tmp_path: Path) -> None:
    x, kernel = noise(1, 5, 6, 2), noise(3, 4, 2, 3, seed=1)
    config = {"nb_filter": 3, "nb_row": 3, "nb_col": 4, "border_mode": "full", "bias": False}
    y = apply(tmp_path, "Convolution2D", config, x, weights={"W": kernel}, version=1, backend="theano")
    assert y.shape == (1, 7, 9, 3)
    exact = naive_keras.convolve(x, kernel, strides=(1, 1), padding="full", turned=True)
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_one_axis(tmp_path: Path, padding: naive_keras.Padding) -> None:
    x, kernel = noise(2, 9, 3), noise(3, 3, 5, seed=1)
    config = {"filters": 5, "kernel_size": [3], "strides": [1], "dilation_rate": [2], "padding": padding}
    y = apply(tmp_path, "Conv1D", config, x, weights={"kernel": kernel, "bias": np.zeros(5, np.float32)})
    exact = naive_keras.convolve(x, kernel, strides=(1,), padding=padding, dilations=(2,))
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("legacy", [False, True])
def test_keras_1_keeps_one_axis_as_two(tmp_path: Path, legacy: bool) -> None:
    x, kernel = noise(2, 9, 3), noise(4, 3, 5, seed=1)
    config = {"nb_filter": 5, "filter_length": 4, "subsample_length": 2, "border_mode": "valid", "bias": False}
    stored = kernel.transpose(2, 1, 0)[..., None] if legacy else kernel[:, None]
    y = apply(tmp_path, "Convolution1D", config, x, weights={"W": stored}, version=1, backend="theano")
    exact = naive_keras.convolve(x, kernel, strides=(2,), turned=True)
    np.testing.assert_allclose(y, exact, **RESULT)


def test_three_axes(tmp_path: Path) -> None:
    x, kernel = noise(1, 4, 5, 6, 2), noise(2, 3, 3, 2, 4, seed=1)
    config = {"filters": 4, "kernel_size": [2, 3, 3], "strides": [1, 2, 2], "padding": "same", "use_bias": False}
    y = apply(tmp_path, "Conv3D", config, x, weights={"kernel": kernel})
    exact = naive_keras.convolve(x, kernel, strides=(1, 2, 2), padding="same")
    np.testing.assert_allclose(y, exact, **RESULT)


def test_groups_read_their_own_channels(tmp_path: Path) -> None:
    x, kernel = noise(1, 5, 5, 6), noise(3, 3, 2, 9, seed=1)
    config = {"filters": 9, "kernel_size": [3, 3], "groups": 3, "use_bias": False}
    y = apply(tmp_path, "Conv2D", config, x, weights={"kernel": kernel})
    np.testing.assert_allclose(y, naive_keras.convolve(x, kernel, strides=(1, 1), groups=3), **RESULT)


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("kernel_size", [(3, 3), (4, 2)])
def test_depthwise_kernels_are_turned_on_no_backend(tmp_path: Path, backend: str, kernel_size: tuple[int, int]) -> None:
    x, kernel, bias = noise(1, 7, 8, 3), noise(*kernel_size, 3, 2, seed=1), noise(6, seed=2)
    config = {"kernel_size": kernel_size, "strides": [2, 2], "padding": "same", "depth_multiplier": 2}
    weights = {"depthwise_kernel": kernel, "bias": bias}
    y = apply(tmp_path, "DepthwiseConv2D", config, x, weights=weights, backend=backend)
    padding = "half" if backend == "theano" else "same"
    np.testing.assert_allclose(y, naive_keras.depthwise(x, kernel, strides=(2, 2), padding=padding) + bias, **RESULT)


@pytest.mark.parametrize(("backend", "padding"), [("theano", "half uncropped"), ("tensorflow", "same")])
def test_separable_convolution_is_not_cropped_on_theano(
    tmp_path: Path, backend: str, padding: naive_keras.Padding
) -> None:
    x, deep, point = noise(1, 6, 7, 3), noise(4, 2, 3, 2, seed=1), noise(1, 1, 6, 5, seed=2)
    config = {"filters": 5, "kernel_size": [4, 2], "padding": "same", "depth_multiplier": 2, "use_bias": False}
    weights = {"depthwise_kernel": deep, "pointwise_kernel": point}
    y = apply(tmp_path, "SeparableConv2D", config, x, weights=weights, backend=backend)
    middle = naive_keras.depthwise(x, deep, strides=(1, 1), padding=padding)
    np.testing.assert_allclose(y, middle @ point[0, 0], **RESULT)


def test_separable_convolution_of_keras_1_with_channels_first(tmp_path: Path) -> None:
    x, deep, point = noise(1, 3, 6, 7), noise(2, 3, 3, 3, seed=1), noise(5, 6, 1, 1, seed=2)
    config = {
        "nb_filter": 5,
        "nb_row": 3,
        "nb_col": 3,
        "depth_multiplier": 2,
        "border_mode": "valid",
        "dim_ordering": "th",
        "bias": False,
    }
    weights = {"depthwise_kernel": deep, "pointwise_kernel": point}
    y = apply(tmp_path, "SeparableConvolution2D", config, x, weights=weights, version=1, channels_last=False)
    middle = naive_keras.depthwise(last(x), deep.transpose(2, 3, 1, 0), strides=(1, 1))
    np.testing.assert_allclose(last(y), middle @ point[:, :, 0, 0].T, **RESULT)


def test_weights_tell_where_they_come_from_and_how_they_were_turned(tmp_path: Path) -> None:
    config = {"filters": 4, "kernel_size": [3, 3]}
    record = functional([input_layer("x", 5, 5, 3), layer("Conv2D", "c", config, "x")], ["c"])
    path = write_whole(tmp_path, record, {"c": {"kernel": noise(3, 3, 3, 4), "bias": noise(4)}}, 2, "theano")
    kernel = open_keras(path).layer["c"].weights[0].const_value
    assert kernel is not None
    told = Provenance.from_json(kernel.metadata_props["portside.provenance"])
    assert (told.file, told.name, told.shape) == (str(path), "model_weights/c/c/kernel", (3, 3, 3, 4))
    assert told.steps == ("reverse axes (0, 1)", "transpose (3, 2, 0, 1)")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"kernel_size": [9, 9]}, "its kernel 9×9 is larger than its input 5×5"),
        ({"groups": 2}, "3 channels and 4 kernels can't be divided into 2 groups"),
        ({"padding": "causel"}, 'its padding is "causel", none of valid, same, full, causal'),
        ({"filters": 0}, "its filters is 0, no whole number from 1 on"),
        ({"strides": [1, 2, 3]}, "its strides is [1, 2, 3], not 2 whole numbers from 1 on"),
    ],
)
def test_a_geometry_that_makes_no_sense_is_told(tmp_path: Path, config: dict[str, Any], reason: str) -> None:
    x: Array = noise(1, 5, 5, 3)
    with pytest.raises(PortsideError, match="layer 'y'") as caught:
        apply(tmp_path, "Conv2D", {"filters": 4, "kernel_size": [3, 3], **config}, x)
    assert caught.value.reason == reason
