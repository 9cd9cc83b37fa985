"""Caffe's pooling beyond its windows' geometry: places of maxima, pyramids, empty windows, the forks' rounding."""

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
    return tmp_path_factory.mktemp("pooling")


@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    padded=st.tuples(st.booleans(), st.booleans()),
    size=st.tuples(st.integers(4, 9), st.integers(4, 9)),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_second_top_holds_the_places_of_the_maxima(
    folder: Path,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padded: tuple[bool, bool],
    size: tuple[int, int],
) -> None:
    pad = (int(padded[0] and kernel[0] > 1), int(padded[1] and kernel[1] > 1))
    x = np.round(noise(2, 2, *size))  # many equal numbers: the first of them counts
    parameters = (
        f"pooling_param {{ kernel_h: {kernel[0]} kernel_w: {kernel[1]} stride_h: {stride[0]} stride_w: {stride[1]}"
        f" pad_h: {pad[0]} pad_w: {pad[1]} }}"
    )
    blobs = forward(folder, layer("Pooling", parameters, top="y places"), x)
    np.testing.assert_array_equal(blobs["y"], naive_caffe.pool(x.astype(np.float64), "MAX", kernel, stride, pad))
    np.testing.assert_array_equal(blobs["places"], naive_caffe.pool_places(x.astype(np.float64), kernel, stride, pad))


def test_the_places_of_a_global_maximum_are_in_the_whole_map(tmp_path: Path) -> None:
    x = noise(2, 3, 4, 5)
    blobs = forward(tmp_path, layer("Pooling", "pooling_param { global_pooling: true }", top="y places"), x)
    np.testing.assert_array_equal(blobs["places"][..., 0, 0], x.reshape(2, 3, 20).argmax(axis=2))


def test_an_average_over_nothing_is_nan_in_row_column_and_corner(tmp_path: Path) -> None:
    # 5 rows by 3: the last window starts right behind the input; 6 columns by 4: one further.
    x = noise(1, 1, 5, 6)
    parameters = "pooling_param { pool: AVE kernel_size: 1 stride_h: 5 stride_w: 7 }"
    blobs = forward(tmp_path, layer("Pooling", parameters), x)["y"]
    exact = naive_caffe.pool(x.astype(np.float64), "AVE", (1, 1), (5, 7), (0, 0))
    assert np.isnan(exact).any()
    np.testing.assert_array_equal(np.isnan(blobs), np.isnan(exact))
    np.testing.assert_allclose(blobs, exact, rtol=1e-6)


@pytest.mark.parametrize("method", ["MAX", "AVE"])
@pytest.mark.parametrize(("levels", "size"), [(1, (6, 7)), (2, (5, 8)), (3, (13, 17))])
def test_a_pyramid_pools_into_one_four_sixteen_bins(
    tmp_path: Path, method: str, levels: int, size: tuple[int, int]
) -> None:
    x = noise(2, 3, *size)
    y = forward(tmp_path, layer("SPP", f"spp_param {{ pyramid_height: {levels} pool: {method} }}"), x)["y"]
    assert y.ndim == (4 if levels == 1 else 2)
    exact = naive_caffe.spatial_pyramid(x.astype(np.float64), levels, method)
    np.testing.assert_allclose(y.reshape(2, -1), exact, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("spelling", ["round_mode: FLOOR", "ceil_mode: false", "torch_pooling: true"])
def test_rounding_down_drops_the_last_partial_window(tmp_path: Path, spelling: str) -> None:
    x = noise(1, 2, 6, 6)
    y = forward(tmp_path, layer("Pooling", f"pooling_param {{ kernel_size: 3 stride: 2 {spelling} }}"), x)["y"]
    np.testing.assert_array_equal(y, naive_caffe.pool(x, "MAX", (3, 3), (2, 2), (0, 0))[:, :, :2, :2])


def test_padding_may_be_left_out_of_the_average(tmp_path: Path) -> None:
    x = np.ones((1, 1, 4, 4), np.float32)
    parameters = "pooling_param { pool: AVE kernel_size: 3 stride: 1 pad: 1 avg_include_pad: false }"
    np.testing.assert_allclose(forward(tmp_path, layer("Pooling", parameters), x)["y"], np.ones((1, 1, 4, 4)))


@pytest.mark.parametrize(
    ("kind", "parameters", "mentions"),
    [
        ("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", "stochastic"),
        ("Pooling", "pooling_param { kernel_size: 2 pad: 2 }", "not smaller"),
        ("Pooling", "pooling_param { kernel_size: 9 }", "larger"),
        ("Pooling", "pooling_param { kernel_size: 2 kernel_size_3d: 2 }", "kernel_size_3d"),
        ("SPP", "spp_param { pyramid_height: 5 }", "not smaller"),
        ("SPP", "spp_param { }", "pyramid_height 0"),
    ],
)
def test_a_pooling_that_caffe_refuses_is_refused_by_name(
    tmp_path: Path, kind: str, parameters: str, mentions: str
) -> None:
    message = refusal(tmp_path, layer(kind, parameters), (1, 2, 5, 5))
    assert "layer 'y'" in message
    assert mentions in message
