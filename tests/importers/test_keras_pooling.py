"""Keras' poolings against windows cut out by loops."""

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

RESULT: Any = {"rtol": 2e-6, "atol": 1e-6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keras")


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("theano", [False, True])
@given(
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    pool=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.sampled_from(["valid", "same"]),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pooling_is_keras_at_every_geometry(
    folder: Path,
    kind: str,
    theano: bool,
    size: tuple[int, int],
    pool: tuple[int, int],
    strides: tuple[int, int],
    padding: str,
) -> None:
    x = noise(2, *size, 3)
    name = "MaxPooling2D" if kind == "max" else "AveragePooling2D"
    config = {"pool_size": pool, "strides": strides, "padding": padding}
    y = apply(folder, name, config, x, backend="theano" if theano else "tensorflow")
    exact = naive_keras.pool(x, pool, strides, "theano" if theano and padding == "same" else padding, kind)
    np.testing.assert_allclose(y, exact, **RESULT)


def test_strides_are_the_pools_size_unless_stated(tmp_path: Path) -> None:
    x = noise(1, 7, 8, 2)
    y = apply(tmp_path, "MaxPooling2D", {"pool_size": [3, 2], "strides": None}, x)
    np.testing.assert_allclose(y, naive_keras.pool(x, (3, 2), (3, 2), "valid", "max"), **RESULT)


@pytest.mark.parametrize("version", [1, 2])
def test_one_axis(tmp_path: Path, version: int) -> None:
    x = noise(1, 9, 2)
    config = {"pool_length": 3, "stride": 2} if version == 1 else {"pool_size": [3], "strides": [2]}
    y = apply(tmp_path, "AveragePooling1D", config, x, version=version)
    np.testing.assert_allclose(y, naive_keras.pool(x, (3,), (2,), "valid", "average"), **RESULT)


def test_three_axes_with_channels_first(tmp_path: Path) -> None:
    x = noise(1, 4, 5, 6, 2)
    config = {"pool_size": [2, 2, 3], "strides": [2, 1, 2], "padding": "same", "data_format": "channels_first"}
    y = apply(tmp_path, "MaxPooling3D", config, first(x), channels_last=False)
    np.testing.assert_allclose(last(y), naive_keras.pool(x, (2, 2, 3), (2, 1, 2), "same", "max"), **RESULT)


@pytest.mark.parametrize(("kind", "function"), [("GlobalAveragePooling2D", np.mean), ("GlobalMaxPooling2D", np.max)])
def test_global_pooling_drops_the_maps(tmp_path: Path, kind: str, function) -> None:
    x = noise(2, 4, 5, 3)
    np.testing.assert_allclose(apply(tmp_path, kind, {}, x), function(x, axis=(1, 2)), **RESULT)
    kept = apply(tmp_path, kind, {"keepdims": True}, x)
    np.testing.assert_allclose(kept, function(x, axis=(1, 2), keepdims=True), **RESULT)


def test_adaptive_pooling_makes_windows_of_any_length(tmp_path: Path) -> None:
    x = noise(1, 7, 5, 2)
    y = apply(tmp_path, "AdaptiveAveragePooling2D", {"output_size": [3, 2]}, x, version=3, weights=None)
    rows = [(0, 3), (2, 5), (4, 7)]
    columns = [(0, 3), (2, 5)]
    exact = [[x[:, a:b, c:d].mean((1, 2)) for c, d in columns] for a, b in rows]
    np.testing.assert_allclose(y, np.array(exact).transpose(2, 0, 1, 3), **RESULT)


def test_a_window_larger_than_the_map_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'y': its window 9×2 is larger than its input 4×5"):
        apply(tmp_path, "MaxPooling2D", {"pool_size": [9, 2]}, noise(1, 4, 5, 3))
