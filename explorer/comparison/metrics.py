"""How far two arrays of the same shape are from one another."""

import math
from dataclasses import dataclass

import numpy as np

from explorer.running.activations import Array


@dataclass(frozen=True)
class Errors:
    """The distance of ``ours`` from ``theirs``.

    ``max_abs`` is max|ours−theirs|, ``relative_l2`` is ‖ours−theirs‖₂ ÷ ‖theirs‖₂ (‖ours‖₂ where theirs is all zero),
    and ``cosine`` is the cosine of the angle between them (1 where both are all zero). All are NaN-free: where one
    side alone is not finite the first two are infinite; places where both hold the same infinity or both NaN count as
    equal.
    """

    max_abs: float
    relative_l2: float
    cosine: float


def measure(ours: Array, theirs: Array) -> Errors:
    """Measure in double precision.

    :raises ValueError: when the shapes differ.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes differ: {ours.shape} and {theirs.shape}")
    a = np.asarray(ours, np.float64).reshape(-1)
    b = np.asarray(theirs, np.float64).reshape(-1)
    finite = np.isfinite(a) & np.isfinite(b)
    if not finite.all():
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not (finite | same).all():
            return Errors(np.inf, np.inf, 0.0)
        a, b = a[finite], b[finite]
    if a.size == 0:
        return Errors(0.0, 0.0, 1.0)
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()))
    if scale == 0:
        return Errors(0.0, 0.0, 1.0)
    # Scaled first, so that squares of very large or very small values neither overflow nor vanish.
    a, b = a / scale, b / scale
    difference = a - b
    norm_a, norm_b = math.sqrt(_dot(a, a)), math.sqrt(_dot(b, b))
    distance = math.sqrt(_dot(difference, difference))
    cosine = _dot(a, b) / (norm_a * norm_b) if norm_a and norm_b else 0.0
    return Errors(
        float(np.abs(difference).max()) * scale,
        distance / (norm_b or norm_a),
        min(1.0, max(-1.0, cosine)),
    )


def _dot(a: Array, b: Array) -> float:
    """Without BLAS: its threads wait for one another where something else keeps the cores busy."""
    return float(np.einsum("i,i", a, b))
