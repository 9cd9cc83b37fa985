"""The difference of two layers' values in the ways that it can be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.maps.feature_maps import difference
from explorer.running.activations import Array

DifferenceKind = Literal["signed", "absolute", "relative"]

DIFFERENCE_WORDS: Mapping[DifferenceKind, str] = {
    "signed": "Signed",
    "absolute": "Absolute",
    "relative": "Relative",
}

DIFFERENCE_NAMES: Mapping[DifferenceKind, str] = {
    "signed": "difference",
    "absolute": "absolute difference",
    "relative": "relative difference",
}


@dataclass(frozen=True, eq=False)
class Difference:
    """``values`` are as large as both sides; ``scale`` is the least that a relative one was divided by, else None."""

    values: Array
    kind: DifferenceKind
    scale: float | None = None


def difference_of(ours: Array, theirs: Array, kind: DifferenceKind) -> Difference:
    """Ours − theirs, its magnitude, or its magnitude ÷ max(abs(theirs), the root mean square of theirs).

    The root mean square is what a layer's relative L2 error and its noise floor are relative to: so rounding in a value
    near zero is no error of 100 %, and the numbers stand beside the floor. What differs where theirs is zero
    throughout is infinite.

    :raises ValueError: when the shapes differ.
    """
    signed = difference(ours, theirs)
    if kind == "signed":
        return Difference(signed, kind)
    size = np.abs(signed)
    if kind == "absolute":
        return Difference(size, kind)
    scale = root_mean_square(theirs)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found = size / np.maximum(np.abs(theirs), np.asarray(scale, theirs.dtype))
    found[size == 0] = 0
    # An infinity on one side alone: theirs may be the infinite one.
    found[np.isinf(size)] = np.inf
    return Difference(found, kind, scale)


def root_mean_square(values: Array) -> float:
    """The root of the mean square of all finite entries; 0 where there is none."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return 0.0
    most = float(np.abs(finite).max())
    # Scaled first, so that the squares of very large values don't overflow.
    return most * float(np.sqrt(np.mean((finite / most) ** 2))) if most else 0.0
