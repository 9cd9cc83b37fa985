"""A number for each layer, for the graph's colours to tell: how it is found, and its place on a scale. Without Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.ui.graph_quantities import QUANTITIES, ColourBy, Quantity
from explorer.ui.value_axis import ERROR_HIGH, ERROR_LOW, decades

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.running.activations import Activations
    from explorer.session.answers import Timed
    from explorer.session.jobs import IsCancelled, Progress

_MOST_DECADES, _EACH = 4, 3
"""Decades of a scale at most, since more leave few colours to each, and how many may each have their number.

What is less than a ten-thousandth of the largest is as good as nothing. Of four decades every other one has its number.
"""


@dataclass(frozen=True, eq=False)
class Measure:
    """A number for each layer that has one, and the ends of the scale on which colours show it.

    ``counts`` are, for a share, the entries of which each layer's number is one: a module's share is of all of them.
    The scale is one for all layers and modules, open or closed, so that a colour stays when a module opens.
    """

    quantity: Quantity
    numbers: Mapping[str, float]
    low: float
    high: float
    counts: Mapping[str, int] | None = None

    def of(self, layers: Iterable[str]) -> float | None:
        """The number of these layers together; None where none of them has one."""
        found = [name for name in layers if name in self.numbers]
        if not found:
            return None
        if self.counts is not None:
            whole = sum(self.counts[name] for name in found)
            return sum(self.numbers[name] * self.counts[name] for name in found) / whole if whole else None
        numbers = [self.numbers[name] for name in found]
        return _largest(numbers) if self.quantity.join == "largest" else sum(numbers)

    def fraction(self, number: float) -> float:
        """Where on the scale a number stands, from 0 to 1."""
        return float(self.fractions(np.array([number]))[0])

    def fractions(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many numbers at once."""
        low, high = self.low, self.high
        if self.quantity.is_logarithmic:
            with np.errstate(divide="ignore"):
                numbers = np.log(np.maximum(numbers, 0.0))
            low, high = math.log(low), math.log(high)
        found: NDArray[np.float64] = np.clip((numbers - low) / (high - low), 0.0, 1.0)
        return np.where(np.isnan(found), 1.0 if self.quantity.is_logarithmic else 0.0, found)

    def text(self, number: float | None) -> str:
        """The number in words, for who can't see the colour: ``time 0.831 ms``."""
        if number is None:
            return self.quantity.absent
        return f"{self.quantity.word} {self.quantity.write(number)}"

    @property
    def ticks(self) -> tuple[float, ...]:
        """Places on the scale that are named, its ends among them: whole powers of ten, not too many, or quarters."""
        if not self.quantity.is_logarithmic:
            return tuple(self.low + (self.high - self.low) * quarter / 4 for quarter in range(5))
        count = round(math.log10(self.high / self.low))
        return tuple(decades(self.low, self.high, 1 if count <= _EACH else 2))


def error_measure(comparison: Comparison | None) -> Measure | None:
    """The isolated errors, on the axis of the error bars."""
    if comparison is None:
        return None
    numbers = {row.layer: row.isolated.relative_l2 for row in comparison.layers if row.isolated is not None}
    return Measure(QUANTITIES["error"], numbers, ERROR_LOW, ERROR_HIGH) if numbers else None


def time_measure(timed: Timed | None, modules: Modules | None) -> Measure | None:
    """The times that were measured; what is computed together with another layer has none of its own."""
    if timed is None:
        return None
    rows = timed.timing.layers
    return _scaled("time", {row.layer: row.milliseconds for row in rows if row.milliseconds is not None}, modules)


def parameter_measure(network: Network, modules: Modules | None) -> Measure | None:
    """The learned parameters of those layers that have any."""
    from explorer.network.costs import costs

    return _scaled(
        "parameters", {row.layer: float(row.parameters) for row in costs(network) if row.parameters}, modules
    )


def zero_measure(
    network: Network, activations: Activations, progress: Progress, cancelled: IsCancelled
) -> Measure | None:
    """The share of entries that are zero among all that each layer gave.

    :raises Cancelled: soon after ``cancelled()`` turns true, where a value has to be computed for it.
    """
    numbers: dict[str, float] = {}
    counts: dict[str, int] = {}
    for index, layer in enumerate(network.layers):
        progress(index, len(network.layers), "")
        if cancelled():
            return None
        zeros = count = 0
        for value in layer.outputs:
            if value.name and value.name in activations:
                try:
                    array = activations.fetch(value.name, cancelled)
                except PortsideError:
                    # What fails here is told when somebody looks at the layer; the others have their colours.
                    continue
                count += int(array.size)
                zeros += int(array.size - np.count_nonzero(array))
        if count:
            numbers[layer.name], counts[layer.name] = zeros / count, count
    return Measure(QUANTITIES["zeros"], numbers, 0.0, 1.0, counts) if numbers else None


def _scaled(by: ColourBy, numbers: Mapping[str, float], modules: Modules | None) -> Measure | None:
    positive = [number for number in numbers.values() if number > 0]
    if not positive:
        return None
    groups = modules.module.values() if modules is not None else ()
    sums = [sum(numbers.get(name, 0.0) for name in module.layers) for module in groups]
    high = math.ceil(math.log10(max([*positive, *sums])) - 1e-9)
    low = max(math.floor(math.log10(min(positive)) + 1e-9), high - _MOST_DECADES)
    count = max(1, high - low)
    count += count % 2 if count > _EACH else 0
    return Measure(QUANTITIES[by], numbers, 10.0 ** (high - count), 10.0**high)


def _largest(numbers: Iterable[float]) -> float:
    """The largest, of which not-a-number is the worst."""
    return max(numbers, key=lambda number: math.inf if math.isnan(number) else number)
