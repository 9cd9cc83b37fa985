"""Keras' layers that multiply by a matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import apply, first, last, noise

RESULT: Any = {"rtol": 2e-5, "atol": 2e-5}


@pytest.mark.parametrize("shape", [(2, 6), (2, 4, 6), (2, 3, 4, 6)])
@pytest.mark.parametrize("version", [1, 2])
def test_dense_works_on_the_last_axis(tmp_path: Path, shape: tuple[int, ...], version: int) -> None:
    x, weight, bias = noise(*shape), noise(6, 5, seed=1), noise(5, seed=2)
    config = {"output_dim": 5} if version == 1 else {"units": 5}
    y = apply(tmp_path, "Dense", config, x, weights={"kernel": weight, "bias": bias}, version=version)
    np.testing.assert_allclose(y, x @ weight + bias, **RESULT)


def test_dense_without_a_bias_and_with_an_activation(tmp_path: Path) -> None:
    x, weight = noise(2, 6), noise(6, 5, seed=1)
    config = {"units": 5, "use_bias": False, "activation": "relu"}
    y = apply(tmp_path, "Dense", config, x, weights={"kernel": weight})
    np.testing.assert_allclose(y, np.maximum(x @ weight, 0), **RESULT)


def test_maxout_takes_the_largest_of_its_features(tmp_path: Path) -> None:
    x, weight, bias = noise(2, 6), noise(3, 6, 5, seed=1), noise(3, 5, seed=2)
    config = {"output_dim": 5, "nb_feature": 3}
    y = apply(tmp_path, "MaxoutDense", config, x, weights={"W": weight, "b": bias}, version=1)
    np.testing.assert_allclose(y, (np.einsum("ni,fio->nfo", x, weight) + bias).max(1), **RESULT)


def test_highway_carries_its_input(tmp_path: Path) -> None:
    x = noise(2, 4)
    weights = {
        "W": noise(4, 4, seed=1),
        "W_carry": noise(4, 4, seed=2),
        "b": noise(4, seed=3),
        "b_carry": noise(4, seed=4),
    }
    y = apply(tmp_path, "Highway", {"activation": "tanh"}, x, weights=weights, version=1)
    gate = 1 / (1 + np.exp(-(x @ weights["W_carry"] + weights["b_carry"])))
    np.testing.assert_allclose(y, gate * np.tanh(x @ weights["W"] + weights["b"]) + (1 - gate) * x, **RESULT)


@pytest.mark.parametrize("channels_last", [False, True])
def test_locally_connected_has_a_kernel_for_each_place(tmp_path: Path, channels_last: bool) -> None:
    x, weight, bias = noise(2, 5, 6, 3), noise(2 * 2, 2 * 3 * 3, 4, seed=1), noise(2, 2, 4, seed=2)
    config = {
        "filters": 4,
        "kernel_size": [2, 3],
        "strides": [2, 2],
        "data_format": "channels_last" if channels_last else "channels_first",
    }
    fed = x if channels_last else first(x)
    weights = {"kernel": weight, "bias": bias}
    y = apply(tmp_path, "LocallyConnected2D", config, fed, weights=weights, channels_last=channels_last)
    exact = np.zeros((2, 2, 2, 4))
    for row in range(2):
        for column in range(2):
            window = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 3]
            flat = (window if channels_last else first(window)).reshape(2, -1)
            exact[:, row, column] = flat @ weight[2 * row + column]
    # With channels first Keras lays the bias out in another order than its shape says.
    added = bias if channels_last else np.moveaxis(bias.reshape(4, 2, 2), 0, -1)
    np.testing.assert_allclose(y if channels_last else last(y), exact + added, **RESULT)


def test_time_distributed_dense(tmp_path: Path) -> None:
    x, weight, bias = noise(2, 4, 6), noise(6, 5, seed=1), noise(5, seed=2)
    config = {"layer": {"class_name": "Dense", "config": {"name": "inner", "units": 5, "activation": "relu"}}}
    y = apply(tmp_path, "TimeDistributed", config, x, weights={"kernel": weight, "bias": bias})
    np.testing.assert_allclose(y, np.maximum(x @ weight + bias, 0), **RESULT)


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("Dense", {"units": 5}, "its kernel is 6×4 in the file, 6×5 in the architecture"),
        ("TimeDistributed", {"layer": {"class_name": "LSTM", "config": {}}}, "a TimeDistributed of LSTM can't be"),
        ("Dense", {"units": 4, "use_bias": False}, "the file holds 2 weights for it, the architecture takes 1"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, kind: str, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(PortsideError, match=f"layer 'y': {reason}"):
        apply(tmp_path, kind, config, noise(2, 6), weights={"kernel": noise(6, 4), "bias": noise(4)})


def test_a_missing_weight_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"model.h5: layer 'y': its bias is missing: the file holds 1 weights"):
        apply(tmp_path, "Dense", {"units": 4}, noise(2, 6), weights={"kernel": noise(6, 4)})
