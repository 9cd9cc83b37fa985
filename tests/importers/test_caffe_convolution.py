"""Caffe's convolutions against its loops written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import naive_caffe
from tests.caffe_forward import forward, layer, noise, refusal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("convolution")


@given(
    group=st.sampled_from([1, 2]),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pad=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    biased=st.booleans(),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_deconvolution_is_caffes_at_every_geometry(
    folder: Path,
    group: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    pad: tuple[int, int],
    dilation: tuple[int, int],
    biased: bool,
) -> None:
    x, weight, bias = noise(2, 4, 5, 6), noise(4, 6 // group, *kernel, seed=1), noise(6, seed=2)
    parameters = (
        f"convolution_param {{ num_output: 6 group: {group} kernel_h: {kernel[0]} kernel_w: {kernel[1]}"
        f" stride_h: {stride[0]} stride_w: {stride[1]} pad_h: {pad[0]} pad_w: {pad[1]}"
        f" dilation: {dilation[0]} dilation: {dilation[1]} bias_term: {str(biased).lower()} }}"
    )
    exact = naive_caffe.deconvolve(
        x.astype(np.float64), weight.astype(np.float64), bias if biased else None, stride, pad, dilation, group
    )
    y = forward(folder, layer("Deconvolution", parameters), x, {"y": [weight, bias] if biased else [weight]})["y"]
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


def test_three_spatial_axes_take_three_kernel_sizes(tmp_path: Path) -> None:
    x, weight, bias = noise(1, 2, 5, 6, 7), noise(3, 2, 2, 3, 4, seed=1), noise(3, seed=2)
    parameters = "convolution_param { num_output: 3 kernel_size: 2 kernel_size: 3 kernel_size: 4 stride: 2 pad: 1 }"
    y = forward(tmp_path, layer("Convolution", parameters), x, {"y": [weight, bias]})["y"]
    exact = naive_caffe.convolve_volume(x.astype(np.float64), weight, bias, 2, 1)
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


def test_all_axes_before_the_channels_count_as_images(tmp_path: Path) -> None:
    x, weight, bias = noise(2, 3, 4, 6, 5), noise(2, 4, 3, 3, seed=1), noise(2, seed=2)
    y = forward(
        tmp_path,
        layer("Convolution", "convolution_param { num_output: 2 kernel_size: 3 axis: 2 }"),
        x,
        {"y": [weight, bias]},
    )["y"]
    one, none = (1, 1), (0, 0)
    exact = naive_caffe.convolve(x.reshape(6, 4, 6, 5).astype(np.float64), weight, bias, one, none, one, 1)
    np.testing.assert_allclose(y, exact.reshape(2, 3, 2, 4, 3), rtol=1e-4, atol=1e-5)


def test_several_bottoms_share_the_kernels(tmp_path: Path) -> None:
    inputs = {"a": noise(1, 2, 4, 4), "b": noise(1, 2, 4, 4, seed=1)}
    weight = noise(3, 2, 1, 1, seed=2)
    parameters = "convolution_param { num_output: 3 kernel_size: 1 bias_term: false }"
    blobs = forward(
        tmp_path, layer("Convolution", parameters, bottom="a b", top="p q", name="c"), inputs, {"c": [weight]}
    )
    for top, bottom in (("p", "a"), ("q", "b")):
        expected = np.einsum("oi,nihw->nohw", weight[:, :, 0, 0], inputs[bottom])
        np.testing.assert_allclose(blobs[top], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dilation", ["hole: 2", "hole_h: 2 hole_w: 2", "dilation_h: 2 dilation_w: 2"])
def test_forks_spell_dilation_otherwise(tmp_path: Path, dilation: str) -> None:
    x, weight = noise(1, 2, 9, 8), noise(3, 2, 3, 3, seed=1)
    parameters = f"convolution_param {{ num_output: 3 kernel_size: 3 bias_term: false {dilation} }}"
    y = forward(tmp_path, layer("Convolution", parameters), x, {"y": [weight]})["y"]
    exact = naive_caffe.convolve(x.astype(np.float64), weight, None, (1, 1), (0, 0), (2, 2), 1)
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("kind", "groups"), [("ConvolutionDepthwise", ""), ("DepthwiseConvolution", "group: 4")])
def test_a_depthwise_convolution_has_a_kernel_for_each_channel(tmp_path: Path, kind: str, groups: str) -> None:
    x, weight, bias = noise(2, 4, 6, 6), noise(4, 1, 3, 3, seed=1), noise(4, seed=2)
    parameters = f"convolution_param {{ num_output: 4 kernel_size: 3 pad: 1 stride: 2 {groups} }}"
    y = forward(tmp_path, layer(kind, parameters), x, {"y": [weight, bias]})["y"]
    exact = naive_caffe.convolve(x.astype(np.float64), weight, bias, (2, 2), (1, 1), (1, 1), 4)
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


def test_im2col_lays_windows_along_the_channels(tmp_path: Path) -> None:
    x = noise(2, 3, 5, 6)
    y = forward(tmp_path, layer("Im2col", "convolution_param { kernel_h: 2 kernel_w: 3 stride: 2 }"), x)["y"]
    assert y.shape == (2, 18, 2, 2)
    for channel, (c, u, v) in enumerate(np.ndindex(3, 2, 3)):
        np.testing.assert_array_equal(y[:, channel], x[:, c, u : u + 4 : 2, v : v + 4 : 2])


@pytest.mark.parametrize(
    ("parameters", "mentions"),
    [
        ("num_output: 4 kernel_size: 3 group: 2", "groups"),
        ("num_output: 4 kernel_size: 3 group: 0", "0 groups"),
        ("num_output: 4 kernel_size: 9", "larger"),
        ("num_output: 4 kernel_size: 3 kernel_h: 3 kernel_w: 3", "kernel"),
        ("num_output: 4", "kernel has 0 numbers"),
        ("num_output: 4 kernel_size: 3 pad: 1 pad: 1 pad: 1", "pad has 3 numbers"),
        ("num_output: 4 kernel_size: 3 axis: 7", "axis 7"),
        ("num_output: 4 kernel_size: 3 fusion_type: SUM_FUSION", "fusion_type"),
        ("num_output: 4 kernel_size: 4294967295", "larger than"),
    ],
)
@pytest.mark.parametrize("kind", ["Convolution", "Deconvolution"])
def test_a_geometry_that_caffe_refuses_is_refused_by_name(
    tmp_path: Path, kind: str, parameters: str, mentions: str
) -> None:
    if kind == "Deconvolution" and parameters.endswith("kernel_size: 9"):
        parameters, mentions = "num_output: 4 kernel_size: 1 pad: 4", "leaves nothing"
    message = refusal(tmp_path, layer(kind, f"convolution_param {{ {parameters} }}"), (1, 3, 7, 7))
    assert "layer 'y'" in message
    assert mentions in message
