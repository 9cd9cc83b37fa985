"""What TensorFlow's operations give, on the way into a network: how axes lie, and one operation being carried over.

TensorFlow counts axes in its own order, channels last as a rule; ours lie channels first. A value keeps both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_graph import Graph, Operation
from explorer.importers.tensorflow_tensor import Array
from explorer.network.builder import LayerBuilder, NamedSizeError
from explorer.network.network import Shape

Order = tuple[int, ...]
"""For each of our axes TensorFlow's axis that lies there."""

SMALL_BYTES = 1 << 20


@dataclass(frozen=True)
class Spread:
    """Maps dealt out over the batch (SpaceToBatchND): every ``block``-th position, ``pads`` around them before that.

    ``cropped``: what BatchToSpaceND will cut off is left out already.
    """

    block: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    cropped: bool = False


@dataclass(frozen=True, eq=False)
class Live:
    """A value that depends on the input: ``shape`` as TensorFlow has it, ``order`` how it lies in ours.

    With ``spread`` it stands for the value that TensorFlow has dealt out over the batch, and lies undealt.
    """

    value: ir.Value
    shape: Shape
    order: Order
    spread: Spread | None = None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)


Value = Live | Constant


def plain(rank: int) -> Order:
    """Axes as TensorFlow has them."""
    return tuple(range(rank))


def channels_first(rank: int) -> Order:
    """The last axis put second: N×H×W×C as N×C×H×W; up to two axes stay as they are."""
    return plain(rank) if rank < 3 else (0, rank - 1, *range(1, rank - 1))


def laid(shape: Sequence[int | str], order: Order) -> Shape:
    """The shape as it lies."""
    return tuple(shape[axis] for axis in order)


def sizes(shape: Sequence[int | str]) -> str:
    """A shape as people write it."""
    return "×".join(map(str, shape)) or "a single number"


def whole(size: int | str) -> int:
    """A size as a number.

    :raises NamedSizeError: where it is only known in a run.
    """
    if isinstance(size, str):
        raise NamedSizeError
    return size


@dataclass(eq=False)
class Step:
    """One operation on its way into a network; ``layer`` begins its layer when its first node is made.

    ``crops`` are those of the BatchToSpaceND behind a convolution, low and high of each axis, or empty. ``batch`` is
    the size that the graph was written for, where ours is open.
    """

    operation: Operation
    inputs: Sequence[Value]
    graph: Graph
    layer: Callable[[], LayerBuilder]
    crops: tuple[int, ...] = ()
    batch: int | None = None

    @cached_property
    def build(self) -> LayerBuilder:
        """The layer's nodes."""
        return self.layer()

    @property
    def is_built(self) -> bool:
        """Whether a node was made."""
        return "build" in self.__dict__

    def error(self, reason: str) -> PortsideError:
        """What is wrong, as an error that names the file and the operation."""
        return self.graph.error(reason, self.operation)

    def live(self, index: int = 0, *, spread: bool = False) -> Live:
        """An input that depends on the network's; ``spread``: the operation can do with one dealt out over the batch.

        :raises PortsideError: when there is none.
        """
        given = self.input(index)
        if not isinstance(given, Live):
            raise self.error(f"input {index} of {self.operation.kind} is a constant, which can't be carried over")
        if given.spread is not None and not spread:
            raise self.error(f"{self.operation.kind} between SpaceToBatchND and BatchToSpaceND can't be carried over")
        return given

    def constant(self, index: int) -> Constant:
        """An input that no input of the network changes.

        :raises PortsideError: when there is none.
        """
        given = self.input(index)
        if not isinstance(given, Constant):
            raise self.error(f"input {index} of {self.operation.kind} is no constant, so it can't be carried over")
        return given

    def numbers(self, index: int) -> list[int]:
        """A constant input as a list of whole numbers.

        :raises NamedSizeError: where one is only known in a run.
        """
        array = self.constant(index).array
        if array.dtype.kind == "O":
            raise NamedSizeError
        if array.dtype.kind not in "iu" or array.size > 1000:
            raise self.error(f"input {index} of {self.operation.kind} is no short list of whole numbers")
        return [int(number) for number in array.reshape(-1)]

    def axis(self, number: int, rank: int) -> int:
        """TensorFlow's axis; negative ones count from the end.

        :raises PortsideError: when there is no such axis.
        """
        if not -rank <= number < rank:
            raise self.error(f"there is no axis {number} in a tensor of {rank} axes")
        return number % rank

    def arranged(self, given: Live, order: Order) -> ir.Value:
        """The input's value with its axes in ``order``, turned in this layer where they lie otherwise."""
        if given.order == order:
            return given.value
        turn = [given.order.index(axis) for axis in order]
        return self.build.node("Transpose", [given.value], laid(given.shape, order), {"perm": turn})

    def weight(self, name: str, given: Constant, array: Array | None = None, *steps: str) -> ir.Value:
        """A learned input as an initializer; ``array`` is what ``steps`` made of it, by default the input itself."""
        array = given.array if array is None else array
        if array.dtype.kind == "O":
            raise NamedSizeError
        origin = given.origin
        if array.dtype != np.float32:
            steps = (*steps, f"{array.dtype} to float32")
            array = array.astype(np.float32)
        if not array.flags.aligned and array.nbytes <= SMALL_BYTES:
            array = np.require(array, requirements="A")
        return self.build.weight(
            name, array, None if origin is None else replace(origin, steps=(*origin.steps, *steps))
        )

    def bias(self, index: int, channels: int) -> ir.Value | None:
        """The bias among the inputs as an initializer, or None where there is none.

        :raises PortsideError: when it is not one number for each channel.
        """
        if index >= len(self.inputs):
            return None
        given = self.constant(index)
        if given.array.shape != (channels,):
            raise self.error(f"its bias {sizes(given.array.shape)} doesn't fit {channels} channels")
        return self.weight("bias", given)

    def node(
        self,
        operator: str,
        inputs: Sequence[ir.Value | None],
        shape: Sequence[int | str],
        order: Order,
        **attributes: Any,
    ) -> Live:
        """One ONNX node whose output has TensorFlow's ``shape`` and lies in ``order``."""
        value = self.build.node(operator, list(inputs), laid(shape, order), attributes)
        return Live(value, tuple(shape), order)

    def integers(self, numbers: Sequence[int]) -> ir.Value:
        """Whole numbers that belong to the operation."""
        return self.build.constant(np.asarray(numbers, np.int64))

    def input(self, index: int) -> Value:
        """An input of either kind.

        :raises PortsideError: when there is none.
        """
        if index >= len(self.inputs):
            raise self.error(f"{self.operation.kind} has {len(self.inputs)} inputs, which is too few")
        return self.inputs[index]


Convert = Callable[[Step], Sequence[Value]]
"""How an operation is carried over: its outputs, in TensorFlow's order."""


def collect(*tables: Mapping[str, Convert]) -> dict[str, Convert]:
    """One table of several, none of which may repeat an operation."""
    joined: dict[str, Convert] = {}
    for table in tables:
        for kind, convert in table.items():
            assert kind not in joined, kind
            joined[kind] = convert
    return joined
