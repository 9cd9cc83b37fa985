"""A node as the rules of receptive fields see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.network.field_sizes import Box, Shape, whole

Boxes = Sequence[Box | None]
Rule = Callable[[int, Box], Boxes]
"""``rule(output, box)``: for each input the box that ``box`` of that output is computed from; None: nothing of it."""


@dataclass(frozen=True, eq=False)
class Operator:
    """A node with the sizes of what it reads (None: left out) and gives."""

    node: ir.Node
    read: tuple[Shape | None, ...]
    given: tuple[Shape, ...]

    def integers(self, name: str) -> tuple[int, ...]:
        """An attribute that is a list of integers; empty where there is none."""
        attribute = self.node.attributes.get(name)
        return () if attribute is None or attribute.type != ir.AttributeType.INTS else tuple(attribute.as_ints())

    def integer(self, name: str, default: int) -> int:
        """An attribute that is an integer."""
        attribute = self.node.attributes.get(name)
        return default if attribute is None or attribute.type != ir.AttributeType.INT else attribute.as_int()

    def text(self, name: str, default: str = "") -> str:
        """An attribute that is text."""
        attribute = self.node.attributes.get(name)
        return default if attribute is None or attribute.type != ir.AttributeType.STRING else attribute.as_string()

    def constant(self, place: int) -> list[float] | None:
        """The entries of an input that is known before a run."""
        value = self.node.inputs[place] if place < len(self.node.inputs) else None
        tensor = None if value is None else ir.convenience.get_const_tensor(value)
        return None if tensor is None else [float(entry) for entry in np.asarray(tensor.numpy()).reshape(-1)]

    def everything(self) -> Boxes:
        """All of every input."""
        return [None if shape is None else whole(shape) for shape in self.read]


def first_alone(operator: Operator, box: Box) -> Boxes:
    """``box`` of the first input, and nothing of the others."""
    return [box, *(None for _ in operator.read[1:])]
