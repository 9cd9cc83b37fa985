"""The noise floor: how much of an error rounding alone explains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.comparison.metrics import measure
from explorer.comparison.stretches import Stretch
from explorer.running import float64
from explorer.running.activations import Activations, Array
from explorer.running.cancellation import Cancel
from explorer.running.runner import Runner

TOLERANCE = 10.0
"""Two frameworks add the same numbers up in another order: an error within this many floors is no difference."""

DRAWS = 4
"""How often inputs are moved by chance: few numbers dominate some results, and one draw may spare just them."""

HALF_ULP = 2.0**-24
"""The relative error of rounding one number to float32, the least that any float32 result has."""


@dataclass(frozen=True)
class Noise:
    """What rounding does in one stretch.

    ``own`` is the relative L2 error that it explains when the stretch reads exact values. ``amplification`` is how
    many times the small relative error of its inputs the relative error of its result is: above 20 for a softmax of
    large numbers.
    """

    own: float
    amplification: float


def measure_noise(
    stretch: Stretch,
    opset: int,
    recorded: Mapping[str, Array],
    ours: Array,
    moved: Sequence[Array],
    theirs: Array,
    cancelled: Cancel | None = None,
) -> Noise:
    """Measure what rounding does in ``stretch``, whose float32 result on the ``recorded`` values is ``ours``.

    The floor is the distance to a float64 evaluation of the same nodes, or to the farthest of ``moved``, the float32
    results with every input one unit in the last place away, whichever is larger; and never less than the rounding of
    the result itself, in the precision that the reference ``theirs`` is kept in.
    """
    # The recorded values are also those of later stretches, this one's own result among them.
    feeds = {name: recorded[name] for name in stretch.inputs}
    floors = [HALF_ULP, _half_ulp(theirs), _half_ulp(ours)]
    shaken = max(measure(ours, result).relative_l2 for result in moved)
    if all(map(float64.supports, stretch.nodes)):
        weights = {name: value.const_value for name, value in _weights(stretch.nodes).items()}
        exact = float64.evaluate(stretch.nodes, feeds, weights, [stretch.value], opset=opset, cancelled=cancelled)
        floors.append(measure(ours, exact[stretch.value]).relative_l2)
    step = max((measure(move_one_ulp(feeds[name]), feeds[name]).relative_l2 for name in stretch.inputs), default=0.0)
    own = max(floor for floor in [*floors, shaken] if math.isfinite(floor))
    return Noise(own, shaken / step if step and math.isfinite(shaken) else 1.0)


def measure_whole_noise(runner: Runner, ours: Activations, cancelled: Cancel | None = None) -> dict[str, float]:
    """For each value of the network the relative L2 error that all rounding up to it made in the run ``ours``.

    A run on another provider than the CPU is repeated there, as what a provider gets wrong is no rounding. Against a
    float64 evaluation of the whole network; where an operator has none, against a second run on the input moved by one
    unit in the last place.
    """
    network, sound = runner.network, runner.on_cpu()
    if sound is not runner:
        ours = sound.run(ours.inputs, values=network.values, cancelled=cancelled)
    names = [name for name in network.values if name not in ours.inputs]
    exact: Mapping[str, Array]
    if all(map(float64.supports, network.model.graph)):
        weights = {name: value.const_value for name, value in network.model.graph.initializers.items()}
        opset = network.model.graph.opset_imports.get("", 1)
        exact = float64.evaluate(
            list(network.model.graph), ours.inputs, weights, names, opset=opset, cancelled=cancelled
        )
    else:
        moved = {name: move_one_ulp(array) for name, array in ours.inputs.items()}
        exact = sound.run(moved, values=network.values, cancelled=cancelled).values
    errors = {name: measure(ours[name], exact[name]).relative_l2 for name in names}
    return {name: error if math.isfinite(error) else 0.0 for name, error in errors.items()}


def move_one_ulp(array: Array, draw: int = 0) -> Array:
    """Every floating-point number moved to its neighbour, up or down by chance, the same way for one ``draw``."""
    if array.dtype.kind != "f":
        return array
    up = np.random.default_rng(draw).integers(0, 2, array.shape, np.int8).astype(bool)
    infinity = array.dtype.type(np.inf)
    with np.errstate(all="ignore"):  # the largest number's neighbour is infinite
        moved: Array = np.nextafter(array, np.where(up, infinity, -infinity))
    return moved


def _weights(nodes: Sequence[ir.Node]) -> dict[str, ir.Value]:
    return {
        read.name or "": read for node in nodes for read in node.inputs if read is not None and read.is_initializer()
    }


def _half_ulp(array: Array) -> float:
    return float(np.finfo(array.dtype).eps) / 2 if array.dtype.kind == "f" else 0.0
