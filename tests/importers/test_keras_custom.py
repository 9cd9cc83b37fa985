"""Layers of well-known ports, and those that installed packages bring."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import apply, first, last, noise

RESULT: Any = {"rtol": 2e-5, "atol": 2e-6}

X = noise(2, 5, 6, 7)


@pytest.mark.parametrize("channels_last", [True, False])
def test_pool_helper_drops_the_first_row_and_column(tmp_path: Path, channels_last: bool) -> None:
    x = X if channels_last else first(X)
    y = apply(tmp_path, "PoolHelper", {}, x, version=1, channels_last=channels_last)
    np.testing.assert_array_equal(y if channels_last else last(y), X[:, 1:, 1:])


def test_lrn_of_the_googlenet_port_divides_alpha_by_its_window(tmp_path: Path) -> None:
    config = {"alpha": 0.3, "k": 2, "beta": 0.6, "n": 3}
    y = apply(tmp_path, "LRN", config, first(X), version=1, channels_last=False)
    total = sum(np.pad(X**2, [(0, 0)] * 3 + [(1, 1)])[..., shift : shift + 7] for shift in range(3))
    np.testing.assert_allclose(last(y), X / (2 + 0.1 * total) ** 0.6, **RESULT)


@pytest.mark.parametrize("axis", [-1, 1])
def test_scale(tmp_path: Path, axis: int) -> None:
    size = X.shape[axis]
    gamma, beta = noise(size, seed=1), noise(size, seed=2)
    y = apply(tmp_path, "Scale", {"axis": axis}, X, weights={"gamma": gamma, "beta": beta})
    shape = [-1 if each == axis % 4 else 1 for each in range(4)]
    np.testing.assert_allclose(y, X * gamma.reshape(shape) + beta.reshape(shape), **RESULT)


@pytest.mark.parametrize("channels_last", [True, False])
def test_l2_normalisation_of_the_ssd_ports(tmp_path: Path, channels_last: bool) -> None:
    gamma = noise(7, seed=1)
    x = X if channels_last else first(X)
    config = {"gamma_init": 20}
    y = apply(tmp_path, "L2Normalization", config, x, weights={"gamma": gamma}, channels_last=channels_last)
    exact = X / np.linalg.norm(X, axis=-1, keepdims=True) * gamma
    np.testing.assert_allclose(y if channels_last else last(y), exact, **RESULT)


CODE = """
def scaled_tanh(layer):
    factor = layer.build.constant(layer.config.number("factor", default=1.0))
    tanh = layer.each("Tanh")
    return layer.like(layer.build.elementwise("Mul", tanh.value, factor))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package on the path that says what two classes compute; the second is not there."""
    folder = tmp_path / "site"
    (folder / "brought-1.0.dist-info").mkdir(parents=True)
    (folder / "brought_layers.py").write_text(CODE)
    (folder / "brought-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    points = "[portside.keras_layers]\nScaledTanh = brought_layers:scaled_tanh\nGone = brought_layers:gone\n"
    (folder / "brought-1.0.dist-info" / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.modules.pop("brought_layers", None)


def test_an_installed_package_may_bring_a_layer(tmp_path: Path, package: Path) -> None:
    y = apply(tmp_path, "ScaledTanh", {"factor": 1.7}, X)
    np.testing.assert_allclose(y, 1.7 * np.tanh(X), **RESULT)


def test_a_package_that_can_not_be_loaded_is_told(tmp_path: Path, package: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'y': 'brought_layers:gone', which says what its class 'Gone'"):
        apply(tmp_path, "Gone", {}, X)


def test_a_class_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'y': its class 'AttentionGate' is not known"):
        apply(tmp_path, "AttentionGate", {}, X)
