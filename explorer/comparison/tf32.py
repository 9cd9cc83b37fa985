"""TensorFloat-32: layers that differ because an NVIDIA GPU rounded what they multiply to 10 bits, proven by a number.

Since the Ampere generation, NVIDIA's libraries multiply float32 numbers on tensor cores, which read 10 bits of each
number's 23 (NVIDIA A100 architecture white paper) and add the products up in float32. PyTorch does so in convolutions,
TensorFlow and onnxruntime in matrix products as well, unless they are told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.isolation import Recorded, isolate
from explorer.comparison.metrics import measure
from explorer.comparison.stretches import Stretch, find_stretch
from explorer.network.network import Network, value_name
from explorer.running import float64
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel
from explorer.running.reference import Reference
from explorer.running.runner import Runner

Rounding = Callable[[Array], Array]

PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""The operators whose first two inputs tensor cores multiply."""

LARGEST_ERROR = 2.0**-6
"""Each factor moves by at most 2⁻¹⁰ of itself: an error far beyond that has another cause, and isn't looked into."""

PROOF = 10.0
"""By how much an explanation must bring the error down."""

_DROPPED_BITS = 13
_HALF = np.uint32(1 << (_DROPPED_BITS - 1))
_KEPT = np.uint32(0xFFFFFFFF << _DROPPED_BITS & 0xFFFFFFFF)


@dataclass(frozen=True)
class Tf32Layer:
    """A layer that differs as TF32 explains: in the ``reference``, or in our own run of the ``model``.

    ``before`` is its isolated error (relative L2); ``after`` is what is left of it when our side rounds as the
    reference did, or when our own run is repeated without rounding. ``floor`` is what float32 alone explains.
    """

    layer: str
    side: Literal["reference", "model"]
    before: float
    after: float
    floor: float


def find_tf32(
    runner: Runner, reference: Reference, comparison: Comparison, cancelled: Cancel | None = None
) -> tuple[Tf32Layer, ...]:
    """The wrong layers of ``comparison`` that TF32 explains, in the order of the data.

    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    recorded = Recorded(reference, comparison.aligned)
    suspects = [row for row in comparison.layers if _is_suspect(row)]
    if not suspects:
        return ()
    found = {layer.layer: layer for layer in _in_model(runner, recorded, suspects, cancelled)}
    left = [row for row in suspects if row.layer not in found]
    found |= {layer.layer: layer for layer in _in_reference(runner.network, recorded, left, cancelled)}
    return tuple(found[row.layer] for row in suspects if row.layer in found)


def to_nearest(array: Array) -> Array:
    """Float32 numbers rounded to 10 bits after the point, ties away from zero, as CUDA's ``cvt.rna.tf32`` does."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    finite = np.isfinite(array)
    rounded: Array = np.where(finite, (bits + _HALF) & _KEPT, bits).view(np.float32)
    return rounded


def towards_zero(array: Array) -> Array:
    """Float32 numbers with the last 13 bits cut off, as tensor cores do with what nobody rounded before."""
    rounded: Array = (np.ascontiguousarray(array, np.float32).view(np.uint32) & _KEPT).view(np.float32)
    return rounded


def _is_suspect(row: LayerComparison) -> bool:
    return row.verdict == "culprit" and row.isolated is not None and 0 < row.isolated.relative_l2 <= LARGEST_ERROR


def _in_model(
    runner: Runner, recorded: Recorded, suspects: list[LayerComparison], cancelled: Cancel | None
) -> Iterator[Tf32Layer]:
    """What our own run rounded: the same stretches, run again without."""
    if not runner.tf32:
        return
    values = [row.value for row in suspects if row.value is not None]
    again = dict(isolate(runner.without_tf32(), recorded, values, None, cancelled))
    for row in suspects:
        result = again.get(row.value or "")
        if result is not None and result.errors is not None:
            proven = _proven(row, "model", result.errors.relative_l2)
            if proven is not None:
                yield proven


def _in_reference(
    network: Network, recorded: Recorded, suspects: list[LayerComparison], cancelled: Cancel | None
) -> Iterator[Tf32Layer]:
    """What the reference rounded: the stretches in float64, with every product's factors rounded as it would.

    Where the data happen to have no more than 10 bits, as pixels have, rounded weights alone would explain the same:
    such a layer counts only beside one in which both were rounded.
    """
    told: list[tuple[Tf32Layer, bool]] = []
    for row in suspects:
        stretch = find_stretch(network, row.value or "", recorded.readable)
        if stretch is None or not _multiplies(stretch) or not all(map(float64.supports, stretch.nodes)):
            continue
        theirs = recorded[stretch.value]

        def left(rounding: Rounding, *, data: bool, stretch: Stretch = stretch, theirs: Array = theirs) -> float:
            return measure(_evaluate(network, stretch, recorded, rounding, data, cancelled), theirs).relative_l2

        after, rounding = min(((left(way, data=True), way) for way in (to_nearest, towards_zero)), key=lambda e: e[0])
        proven = _proven(row, "reference", after)
        if proven is not None:
            told.append((proven, left(rounding, data=False) > PROOF * after))
    if any(sure for _, sure in told):
        yield from (layer for layer, _ in told)


def _proven(row: LayerComparison, side: Literal["reference", "model"], after: float) -> Tf32Layer | None:
    assert row.isolated is not None
    if not after <= row.isolated.relative_l2 / PROOF:
        return None
    return Tf32Layer(row.layer, side, row.isolated.relative_l2, after, row.isolated_floor or 0.0)


def _multiplies(stretch: Stretch) -> bool:
    return any(node.op_type in PRODUCTS for node in stretch.nodes)


def _evaluate(
    network: Network,
    stretch: Stretch,
    recorded: Mapping[str, Array],
    rounding: Rounding,
    data: bool,
    cancelled: Cancel | None,
) -> Array:
    """The stretch's value in float64, node by node, with the factors of every product rounded before it.

    Without ``data``, only weights are rounded.
    """
    opset = network.model.graph.opset_imports.get("", 1)
    values: dict[str, Any] = {name: recorded[name] for name in stretch.inputs}
    for node in stretch.nodes:
        reads = [read for read in node.inputs if read is not None]
        weights: dict[str, Any] = {value_name(read): read.const_value for read in reads if read.is_initializer()}
        fed = {value_name(read): values[value_name(read)] for read in reads if not read.is_initializer()}
        if node.op_type in PRODUCTS:
            for name in [value_name(read) for read in node.inputs[:2] if read is not None]:
                if name in weights:
                    weights[name] = rounding(weights[name].numpy())
                elif data:
                    fed[name] = rounding(fed[name])
        wanted = [value_name(output) for output in node.outputs if output.name]
        values |= float64.evaluate([node], fed, weights, wanted, opset=opset, cancelled=cancelled)
    result: Array = values[stretch.value]
    return result
