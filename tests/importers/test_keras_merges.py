"""Keras' layers of several inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import Array, apply, noise

RESULT: Any = {"rtol": 2e-5, "atol": 2e-6}

A, B, C = noise(2, 3, 4, 5), noise(2, 3, 4, 5, seed=1), noise(2, 3, 4, 5, seed=2)

FORMULAS: dict[str, tuple[str, Callable[[Array, Array, Array], Array]]] = {
    "Add": ("sum", lambda a, b, c: a + b + c),
    "Multiply": ("mul", lambda a, b, c: a * b * c),
    "Average": ("ave", lambda a, b, c: (a + b + c) / 3),
    "Maximum": ("max", lambda a, b, c: np.maximum(np.maximum(a, b), c)),
    "Minimum": ("", lambda a, b, c: np.minimum(np.minimum(a, b), c)),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_several_tensors_become_one(tmp_path: Path, kind: str) -> None:
    mode, formula = FORMULAS[kind]
    np.testing.assert_allclose(apply(tmp_path, kind, {}, A, B, C), formula(A, B, C), **RESULT)
    if mode:
        y = apply(tmp_path, "Merge", {"mode": mode}, A, B, C, version=1)
        np.testing.assert_allclose(y, formula(A, B, C), **RESULT)


def test_subtract(tmp_path: Path) -> None:
    np.testing.assert_allclose(apply(tmp_path, "Subtract", {}, A, B), A - B, **RESULT)


@pytest.mark.parametrize("other", [(2, 1, 1, 5), (2, 3, 1, 1), (2, 5), (2, 4, 5)])
@pytest.mark.parametrize("swapped", [False, True])
def test_sizes_of_one_stand_for_any_and_new_axes_come_behind_the_batch(
    tmp_path: Path, other: tuple[int, ...], swapped: bool
) -> None:
    b = noise(*other, seed=1)
    y = apply(tmp_path, "Multiply", {}, *([b, A] if swapped else [A, b]))
    np.testing.assert_allclose(y, A * b.reshape(2, *[1] * (4 - b.ndim), *other[1:]), **RESULT)


@pytest.mark.parametrize("axis", [-1, 1, 2, 3])
@pytest.mark.parametrize("version", [1, 2])
def test_concatenate_along_keras_axis(tmp_path: Path, axis: int, version: int) -> None:
    shape = list(A.shape)
    shape[axis] = 2
    b = noise(*shape, seed=1)
    kind, config = (
        ("Merge", {"mode": "concat", "concat_axis": axis}) if version == 1 else ("Concatenate", {"axis": axis})
    )
    y = apply(tmp_path, kind, config, A, b, version=version)
    np.testing.assert_allclose(y, np.concatenate([A, b], axis), **RESULT)


@pytest.mark.parametrize("normalised", [False, True])
def test_dot_of_vectors_is_a_number(tmp_path: Path, normalised: bool) -> None:
    a, b = noise(3, 4), noise(3, 4, seed=1)
    y = apply(tmp_path, "Dot", {"axes": -1, "normalize": normalised}, a, b)
    exact = (a * b).sum(1, keepdims=True)
    if normalised:
        exact /= np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True)
    np.testing.assert_allclose(y, exact, **RESULT)


@pytest.mark.parametrize("version", [1, 2])
def test_dot_along_an_axis_of_each(tmp_path: Path, version: int) -> None:
    a, b = noise(3, 4, 5), noise(3, 6, 4, seed=1)
    kind, config = ("Merge", {"mode": "dot", "dot_axes": [1, 2]}) if version == 1 else ("Dot", {"axes": [1, 2]})
    y = apply(tmp_path, kind, config, a, b, version=version)
    np.testing.assert_allclose(y, np.einsum("nab,nca->nbc", a, b), **RESULT)


def test_cosines_of_keras_1_have_an_axis_more(tmp_path: Path) -> None:
    a, b = noise(3, 4), noise(3, 4, seed=1)
    y = apply(tmp_path, "Merge", {"mode": "cos", "dot_axes": -1}, a, b, version=1)
    exact = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    np.testing.assert_allclose(y, exact[:, None, None], **RESULT)


@pytest.mark.parametrize(
    ("kind", "config", "shapes", "reason"),
    [
        ("Add", {}, [(2, 3), (2, 4)], "its inputs are 2×3 and 2×4: they don't fit together"),
        ("Add", {}, [(2, 3)], "Add takes two inputs or more, here is 1"),
        ("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 3, 5)], "they differ off axis 1"),
        ("Concatenate", {"axis": 0}, [(2, 3), (2, 3)], "joins along the batch"),
        ("Dot", {"axes": 1}, [(2, 3), (2, 4)], r"don't fit along \[1\]"),
    ],
)
def test_tensors_that_do_not_fit_are_told(
    tmp_path: Path, kind: str, config: dict[str, Any], shapes: list[tuple[int, ...]], reason: str
) -> None:
    with pytest.raises(PortsideError, match=f"layer 'y': .*{reason}".replace("2×", "N×")):
        apply(tmp_path, kind, config, *(noise(*shape) for shape in shapes))


def test_a_mode_that_is_code_is_refused(tmp_path: Path) -> None:
    config = {"mode": ["4wEAAABT", None, None], "mode_type": "lambda"}
    with pytest.raises(PortsideError, match="layer 'y': its mode is a function of its author's, which is never run"):
        apply(tmp_path, "Merge", config, A, B, version=1)
