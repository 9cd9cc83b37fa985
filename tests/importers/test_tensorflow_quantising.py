"""Fake quantisation, of weights and of what runs through a network, against whole numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.naive_keras import convolve
from tests.tensorflow_files import const, conv, node
from tests.tensorflow_forward import Array, computed, noise

X = noise(2, 5, 6, 3)


def rounded(numbers: Array, low: float, high: float, bits: int = 8, narrow: bool = False) -> Array:
    """Whole numbers of so many bits, one of which stands for zero, and back."""
    least, most = int(narrow), 2**bits - 1
    step = (high - low) / (most - least)
    zero = round(least - low / step)
    codes = np.clip(np.floor(numbers.astype(float) / step + zero + 0.5), least, most)
    return np.asarray((codes - zero) * step)


def close(found: Array, wanted: Array, step: float) -> None:
    """Equal, but for a few numbers that stand half way between two steps."""
    away = np.abs(found - wanted) > 1e-5
    assert away.mean() < 0.02
    assert np.abs(found - wanted).max() < 1.01 * step


@pytest.mark.parametrize("given", [{}, {"num_bits": 4}, {"num_bits": 8, "narrow_range": True}])
@pytest.mark.parametrize("ends", [(-1.0, 2.0), (0.0, 6.0), (-0.31, 0.1)])
def test_of_what_runs_through(tmp_path: Path, given: dict[str, Any], ends: tuple[float, float]) -> None:
    wanted = rounded(X, *ends, given.get("num_bits", 8), given.get("narrow_range", False))
    step = (ends[1] - ends[0]) / (2 ** given.get("num_bits", 8) - 2)
    kind = node("out", "FakeQuantWithMinMaxArgs", ["x"], min=ends[0], max=ends[1], **given)
    close(computed(tmp_path, X, kind), wanted, step)
    nodes = [const("low", ends[0], "float32"), const("high", ends[1], "float32")]
    nodes.append(node("out", "FakeQuantWithMinMaxVars", ["x", "low", "high"], **given))
    close(computed(tmp_path, X, *nodes), wanted, step)
    assert np.unique(computed(tmp_path, X, *nodes)).size <= 2 ** given.get("num_bits", 8)


def test_of_weights(tmp_path: Path) -> None:
    weights = noise(3, 3, 3, 4)
    nodes = [const("w", weights), const("low", -1.5, "float32"), const("high", 2.0, "float32")]
    nodes += [node("q", "FakeQuantWithMinMaxVars", ["w", "low", "high"], narrow_range=True), conv("out", "x", "q")]
    wanted = convolve(X, rounded(weights, -1.5, 2.0, narrow=True), strides=(1, 1), padding="same")
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), wanted, rtol=1e-4, atol=1e-4)


def test_of_weights_with_a_range_for_each_channel(tmp_path: Path) -> None:
    weights = noise(1, 1, 3, 2)
    lows, highs = np.array([-1, -0.5], np.float32), np.array([1, 2], np.float32)
    nodes = [const("w", weights), const("low", lows), const("high", highs)]
    nodes += [node("q", "FakeQuantWithMinMaxVarsPerChannel", ["w", "low", "high"]), conv("out", "x", "q")]
    parts = [rounded(weights[..., i], float(lows[i]), float(highs[i])) for i in range(2)]
    wanted = convolve(X, np.stack(parts, -1), strides=(1, 1))
    np.testing.assert_allclose(computed(tmp_path, X, *nodes), wanted, rtol=1e-4, atol=1e-4)


def test_a_range_without_zero_is_refused(tmp_path: Path) -> None:
    for given, reason in (
        ({"min": 1.0, "max": 2.0}, "a range from 1.0 to 2.0 in 8 bits"),
        ({"num_bits": 40}, "a range from -6.0 to 6.0 in 40 bits"),
    ):
        attributes: dict[str, Any] = given
        with pytest.raises(PortsideError, match=f"layer 'out': it is to quantise {reason}"):
            computed(tmp_path, X, node("out", "FakeQuantWithMinMaxArgs", ["x"], **attributes))
