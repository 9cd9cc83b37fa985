"""What a function in a Keras graph is given: tensors, numbers and arrays, and its options by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.importers.keras_json import Config
from explorer.importers.keras_layers import KerasLayer, Tensor

MOST_CONSTANTS = 1 << 26
"""Numbers written out as JSON in one constant."""


@dataclass(frozen=True)
class Operands:
    """A function's arguments: ``values`` are tensors or what stood in the file, ``options`` those with names."""

    layer: KerasLayer
    values: Sequence[Any]
    options: Config

    @property
    def tensor(self) -> Tensor:
        """The first argument, which must be a tensor."""
        return self.tensor_at(0)

    def tensor_at(self, index: int) -> Tensor:
        """An argument as a tensor; a number or an array becomes a constant."""
        if index >= len(self.values):
            raise self.layer.error(f"its function takes more than {len(self.values)} arguments")
        value = self.values[index]
        return value if isinstance(value, Tensor) else self.constant(value)

    def tensors(self) -> list[Tensor]:
        """The first argument as several tensors."""
        values = self.values[0] if len(self.values) == 1 and isinstance(self.values[0], tuple) else self.values
        return [value if isinstance(value, Tensor) else self.constant(value) for value in values]

    def constant(self, value: Any) -> Tensor:
        """A number or an array from the file."""
        try:
            array = np.asarray(value, np.float32)
        except (ValueError, TypeError):
            raise self.layer.error("an argument of its function is neither a tensor nor numbers") from None
        if array.size > MOST_CONSTANTS:
            raise self.layer.error(f"a constant of {array.size} numbers stands in its arguments")
        return Tensor(self.layer.build.constant(array))

    def axes(self, *names: str, default: Sequence[int] | int | None = None, rank: int | None = None) -> list[int]:
        """Axes counted from the beginning; all where none are stated and there is no default."""
        rank = self.tensor.rank if rank is None else rank
        for name in names:
            if self.options.has(name):
                return self.layer.axes(self.options.axes(name, 0), rank)
        if default is None:
            return list(range(rank))
        numbers = [default] if isinstance(default, int) else default
        return self.layer.axes(numbers, rank)

    def integers(self, *names: str) -> list[int]:
        """Whole numbers of any sign; None counts as −1."""
        value = self.options.get(*names)
        numbers = list(value) if isinstance(value, list | tuple) else [value]
        numbers = [-1 if number is None else number for number in numbers]
        if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            raise self.layer.error(f"its {names[0]} is not whole numbers")
        return numbers


Function = Callable[[Operands], Tensor | tuple[Tensor, ...]]


def named(options: Mapping[str, Any], values: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    """The options with positional arguments after the first under their names."""
    return {**dict(zip(names, values[1:], strict=False)), **options}
