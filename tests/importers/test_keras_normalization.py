"""Keras' normalisations at inference against their formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import Array, apply, first, last, noise

RESULT: Any = {"rtol": 3e-5, "atol": 1e-5}

X = noise(3, 4, 5, 6)


def statistics(size: int) -> dict[str, Array]:
    return {
        "gamma": noise(size, seed=1),
        "beta": noise(size, seed=2),
        "moving_mean": noise(size, seed=3),
        "moving_variance": np.abs(noise(size, seed=4)) + 0.1,
    }


def along(vector: Array, axis: int, rank: int = 4) -> Array:
    return vector.reshape([-1 if each == axis else 1 for each in range(rank)])


@pytest.mark.parametrize("axis", [1, 2, 3, -1, [3]])
def test_batch_normalisation_is_along_keras_axis(tmp_path: Path, axis: int | list[int]) -> None:
    place = (axis[0] if isinstance(axis, list) else axis) % 4
    weights = statistics(X.shape[place])
    y = apply(tmp_path, "BatchNormalization", {"axis": axis, "epsilon": 0.01}, X, weights=weights)
    gamma, beta, mean, variance = (along(vector, place) for vector in weights.values())
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(variance + 0.01) * gamma + beta, **RESULT)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("center", [False, True])
def test_scale_and_center_may_be_off(tmp_path: Path, scale: bool, center: bool) -> None:
    weights = statistics(6)
    gamma = weights["gamma"] if scale else weights.pop("gamma") * 0 + 1
    beta = weights["beta"] if center else weights.pop("beta") * 0
    x = noise(3, 6)
    y = apply(tmp_path, "BatchNormalization", {"scale": scale, "center": center}, x, weights=weights)
    exact = (x - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + 1e-3) * gamma + beta
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("mode", [1, 2])
def test_keras_1_can_normalise_by_what_it_is_fed_with(tmp_path: Path, mode: int) -> None:
    weights = statistics(6)
    config = {"mode": mode, "axis": -1, "epsilon": 0.02}
    y = apply(tmp_path, "BatchNormalization", config, X, weights=weights, version=1)
    axes = (3,) if mode == 1 else (0, 1, 2)
    centred = X - X.mean(axes, keepdims=True)
    deviation = np.sqrt(X.var(axes, keepdims=True) + 0.02) + (0.02 if mode == 1 else 0)
    np.testing.assert_allclose(y, centred / deviation * weights["gamma"] + weights["beta"], **RESULT)


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], [2, 3], [1, 2, 3]])
@pytest.mark.parametrize("channels_last", [True, False])
def test_layer_normalisation_over_any_axes(tmp_path: Path, axis: int | list[int], channels_last: bool) -> None:
    axes = [each % 4 for each in (axis if isinstance(axis, list) else [axis])]
    sizes = [X.shape[each] for each in axes]
    gamma, beta = noise(*sizes, seed=1), noise(*sizes, seed=2)
    weights = {"gamma": gamma, "beta": beta}
    config = {"axis": axis, "epsilon": 0.01}
    y = apply(tmp_path, "LayerNormalization", config, X, weights=weights, channels_last=channels_last)
    over = tuple(axes)
    shape = [X.shape[each] if each in axes else 1 for each in range(4)]
    exact = (X - X.mean(over, keepdims=True)) / np.sqrt(X.var(over, keepdims=True) + 0.01)
    np.testing.assert_allclose(y, exact * gamma.reshape(shape) + beta.reshape(shape), **RESULT)


@pytest.mark.parametrize("groups", [1, 2, 3, -1])
@pytest.mark.parametrize("axis", [-1, 1])
def test_group_normalisation(tmp_path: Path, groups: int, axis: int) -> None:
    x = X if axis == -1 else first(X)
    weights = {"gamma": noise(6, seed=1), "beta": noise(6, seed=2)}
    config = {"groups": groups, "axis": axis, "epsilon": 0.01}
    y = apply(tmp_path, "GroupNormalization", config, x, weights=weights, version=2, channels_last=axis == -1)
    count = 6 if groups == -1 else groups
    parts = X.reshape(3, 4, 5, count, 6 // count)
    over = (1, 2, 4)
    exact = (parts - parts.mean(over, keepdims=True)) / np.sqrt(parts.var(over, keepdims=True) + 0.01)
    exact = exact.reshape(X.shape) * weights["gamma"] + weights["beta"]
    np.testing.assert_allclose(y if axis == -1 else last(y), exact, **RESULT)


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_unit_normalisation_makes_lengths_of_one(tmp_path: Path, axis: int | list[int]) -> None:
    y = apply(tmp_path, "UnitNormalization", {"axis": axis}, X)
    over = tuple(axis) if isinstance(axis, list) else axis
    np.testing.assert_allclose(y, X / np.sqrt((X**2).sum(over, keepdims=True)), **RESULT)


def test_root_mean_square_normalisation(tmp_path: Path) -> None:
    scale = noise(6, seed=1)
    y = apply(tmp_path, "RMSNormalization", {"axis": -1, "epsilon": 0.01}, X, weights={"scale": scale})
    np.testing.assert_allclose(y, X / np.sqrt((X**2).mean(-1, keepdims=True) + 0.01) * scale, **RESULT)


@pytest.mark.parametrize("inverted", [False, True])
def test_normalisation_with_stated_statistics(tmp_path: Path, inverted: bool) -> None:
    mean, variance = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    config = {"axis": [-1], "mean": mean, "variance": variance, "invert": inverted}
    y = apply(tmp_path, "Normalization", config, X)
    exact = X * np.sqrt(variance) + mean if inverted else (X - mean) / np.sqrt(variance)
    np.testing.assert_allclose(y, exact, **RESULT)


def test_normalisation_by_one_number_for_all(tmp_path: Path) -> None:
    y = apply(tmp_path, "Normalization", {"axis": None, "mean": 2.0, "variance": 4.0}, X)
    np.testing.assert_allclose(y, (X - 2) / 2, **RESULT)


@pytest.mark.parametrize("axis", [[-1], [1, 3]])
def test_normalisation_that_was_adapted_has_weights(tmp_path: Path, axis: list[int]) -> None:
    axes = sorted(each % 4 for each in axis)
    sizes = [X.shape[each] for each in axes]
    mean, variance = noise(*sizes, seed=1), np.abs(noise(*sizes, seed=2)) + 0.1
    weights: Any = {"mean": mean, "variance": variance, "count": np.int64(7)}
    y = apply(tmp_path, "Normalization", {"axis": axis, "mean": None, "variance": None}, X, weights=weights)
    shape = [X.shape[each] if each in axes else 1 for each in range(4)]
    np.testing.assert_allclose(y, (X - mean.reshape(shape)) / np.sqrt(variance.reshape(shape)), **RESULT)


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("BatchNormalization", {"axis": 0}, "normalises along the batch, which can't be carried over"),
        ("BatchNormalization", {"renorm": True}, "batch renormalisation keeps other weights"),
        ("GroupNormalization", {"groups": 4}, "6 channels can't be divided into 4 groups"),
        ("LayerNormalization", {"axis": 5}, "there is no axis 5 in a tensor of 4 axes"),
        ("Normalization", {"axis": [-1], "mean": [1.0, 2.0], "variance": [1.0, 1.0]}, "its mean does not fit the axes"),
    ],
)
def test_what_can_not_be_carried_over_is_told(tmp_path: Path, kind: str, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(PortsideError, match=f"layer 'y': {reason}"):
        apply(tmp_path, kind, config, X)
