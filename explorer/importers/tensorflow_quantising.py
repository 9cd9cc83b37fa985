"""What TensorFlow's fake quantisation makes of numbers: they are rounded to the steps of whole numbers of some bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.importers.tensorflow_graph import Operation
from explorer.importers.tensorflow_tensor import Array

QUANTISING = frozenset(
    ("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel"),
)

_BITS = range(2, 17)


@dataclass(frozen=True, eq=False)
class Steps:
    """The ends of the range and the length of a step, in single precision; arrays of one number for each channel."""

    low: Array
    high: Array
    step: Array


def quantising_steps(operation: Operation, ends: Sequence[Array]) -> Steps | None:
    """The range moved so that zero is one of its steps (fake_quant_ops_functor.h, ``Nudge``); None for an empty one.

    ``ends`` are the range's, unless they are attributes.

    :raises ValueError: when the range or the number of bits makes no sense.
    """
    attributes = (operation.real("min", -6.0), operation.real("max", 6.0))
    low, high = (np.asarray(end, np.float32) for end in ends or attributes)
    bits = operation.integer("num_bits", 8)
    if bits not in _BITS or low.shape != high.shape or not np.all((low <= 0) & (high >= 0) & np.isfinite(high - low)):
        raise ValueError(f"a range from {low} to {high} in {bits} bits")
    if np.all(low == high):
        return None
    least, most = np.float32(operation.flag("narrow_range")), np.float32((1 << bits) - 1)
    step = (high - low) / (most - least)
    with np.errstate(all="ignore"):
        zero = np.clip(np.floor(least - low / step + np.float32(0.5)), least, most)
    return Steps((least - zero) * step, (most - zero) * step, step)


def fake_quantised(operation: Operation, inputs: Sequence[Array]) -> Array:
    """Constants rounded to the steps; of several ranges each is for one place of the last axis."""
    numbers: Any = inputs[0].astype(np.float32, copy=False)
    steps = quantising_steps(operation, inputs[1:3])
    if steps is None:
        return np.zeros_like(numbers)
    places = np.floor((np.clip(numbers, steps.low, steps.high) - steps.low) / steps.step + np.float32(0.5))
    return np.asarray(places * steps.step + steps.low, np.float32)
