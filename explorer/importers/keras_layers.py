"""One Keras layer on its way into a network: its options, its inputs in Keras' own axes, its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers.keras_json import LARGEST, Config
from explorer.importers.keras_weights import Need, Stored
from explorer.network.builder import LayerBuilder, shape_tuple
from explorer.network.network import Shape
from explorer.network.provenance import Provenance

Backend = Literal["theano", "tensorflow"]

_PICTURES = frozenset(["Resizing", "CenterCrop", "RandomCrop"])
"""Layers for which Keras 2 takes the channels to be last, whatever the network has."""


@dataclass(frozen=True)
class Dialect:
    """What the same words mean in this file.

    ``version`` is Keras' major version; ``backend`` decides kernels, paddings and coordinates:
    all backends but Theano compute alike. ``kernels`` is the major version whose axes the weights have.
    ``channels_last`` is the layout of layers over maps that don't state one, ``steps_last`` that of layers over
    sequences. ``numbers`` is the whole version, ``within_tensorflow`` says that it is of the Keras in TensorFlow.
    """

    version: int
    backend: Backend
    channels_last: bool
    steps_last: bool
    kernels: int
    numbers: tuple[int, ...] = ()
    within_tensorflow: bool = False

    @property
    def theano(self) -> bool:
        """Whether Theano computed it."""
        return self.backend == "theano"

    def moves(self, rank: int) -> bool:
        """Whether a tensor of so many axes has its channels last in this network, and so second in the graph."""
        return rank > 2 and (self.steps_last if rank == 3 else self.channels_last)


@dataclass(frozen=True)
class Tensor:
    """A value in the graph as Keras sees it; ``moved`` says that Keras' last axis lies second, as ONNX has channels."""

    value: ir.Value
    moved: bool = False

    @property
    def shape(self) -> Shape:
        """The sizes in Keras' order."""
        sizes = shape_tuple(self.value)
        return (sizes[0], *sizes[2:], sizes[1]) if self.moved else sizes

    @property
    def rank(self) -> int:
        """How many axes there are."""
        return len(shape_tuple(self.value))

    def axis(self, axis: int) -> int:
        """Where Keras' ``axis`` (not negative) lies."""
        if not self.moved or axis == 0:
            return axis
        return 1 if axis == self.rank - 1 else axis + 1


class LayerWeights:
    """The weights of one layer, which all its uses share: taken one after another, in the order of the file."""

    def __init__(self, stored: Sequence[Stored] | None, file: str | None) -> None:
        self.stored = stored
        self.file = file
        self.needs: list[Need] = []
        self.values: dict[str, ir.Value] = {}


@dataclass(frozen=True)
class KerasLayer:
    """A use of a layer; ``inputs`` are the tensors it is called on."""

    name: str
    kind: str
    config: Config
    inputs: Sequence[Tensor]
    build: LayerBuilder
    dialect: Dialect
    weights: LayerWeights
    notes: list[str] = field(default_factory=list)

    @property
    def input(self) -> Tensor:
        """The tensor that a layer of one input reads."""
        if len(self.inputs) != 1:
            raise self.error(f"{self.kind} has {len(self.inputs)} inputs, not one")
        return self.inputs[0]

    def error(self, reason: str, *, in_weights: bool = False) -> PortsideError:
        """What is wrong with this layer, as an error that names it and its file."""
        return PortsideError(reason, file=self.weights.file if in_weights else self.config.file, layer=self.name)

    def note(self, text: str) -> None:
        """Tell the person something that the file doesn't say, once."""
        if text not in self.notes:
            self.notes.append(text)

    def axis(self, axis: int, rank: int | None = None) -> int:
        """An axis counted from the beginning, in Keras' order.

        :raises PortsideError: when there is no such axis.
        """
        rank = self.input.rank if rank is None else rank
        if not -rank <= axis < rank:
            raise self.error(f"there is no axis {axis} in a tensor of {rank} axes")
        return axis % rank

    def axes(self, stated: Sequence[int], rank: int | None = None) -> list[int]:
        """Several axes, sorted, in Keras' order.

        :raises PortsideError: when one of them is not there, or is there twice.
        """
        found = sorted(self.axis(axis, rank) for axis in stated)
        if len(set(found)) < len(found):
            raise self.error(f"{list(stated)} says an axis twice")
        return found

    def size(self, axis: int, tensor: Tensor | None = None) -> int:
        """A size in Keras' order, which must be known."""
        size = (tensor or self.input).shape[axis]
        if not isinstance(size, int):
            raise self.error(f"the size of its axis {axis} is open")
        return size

    def channels_last(self) -> bool:
        """Whether the layer, or else the network, has its channels on the last axis."""
        stated = self.config.get("data_format", "dim_ordering", default="default")
        if stated in ("channels_last", "tf", "channels_first", "th"):
            return stated in ("channels_last", "tf")
        if stated != "default":
            raise self.error(f"its data_format is '{stated}'")
        if self.dialect.version == 2 and self.kind in _PICTURES:
            return True
        return self.dialect.steps_last if self.kind.endswith("1D") else self.dialect.channels_last

    # Layouts.

    def laid(self, tensor: Tensor, moved: bool) -> Tensor:
        """The tensor with Keras' last axis second (``moved``), or with all axes as in Keras."""
        if tensor.moved == moved or tensor.rank < 3:
            return Tensor(tensor.value, moved and tensor.rank > 2)
        rank, sizes = tensor.rank, tensor.shape
        if moved:
            order, shape = (0, rank - 1, *range(1, rank - 1)), (sizes[0], sizes[-1], *sizes[1:-1])
        else:
            order, shape = (0, *range(2, rank), 1), sizes
        return Tensor(self.build.node("Transpose", [tensor.value], shape, {"perm": list(order)}), moved)

    def plain(self, tensor: Tensor) -> ir.Value:
        """The tensor's value with all axes as in Keras."""
        return self.laid(tensor, False).value

    def made(self, value: ir.Value) -> Tensor:
        """A result whose axes are as in Keras, laid as the network's maps are."""
        return self.laid(Tensor(value), self.dialect.moves(len(shape_tuple(value))))

    def maps(self, spatial: int) -> ir.Value:
        """The input as N×C×spatial.

        :raises PortsideError: when it has another number of axes, or none of the sizes is known.
        """
        tensor = self.input
        if tensor.rank != spatial + 2:
            raise self.error(f"{self.kind} takes {spatial + 2} axes, here are {tensor.rank}")
        value = self.laid(tensor, self.channels_last()).value
        if not all(isinstance(size, int) for size in shape_tuple(value)[1:]):
            raise self.error("the size of its input is open")
        return value

    def of_maps(self, value: ir.Value) -> Tensor:
        """What was computed from :meth:`maps`."""
        return Tensor(value, self.channels_last())

    def like(self, value: ir.Value, tensor: Tensor | None = None) -> Tensor:
        """A value with the axes of ``tensor``, or of the input."""
        return Tensor(value, (tensor or self.input).moved)

    def each(self, operator: str, tensor: Tensor | None = None, **attributes: Any) -> Tensor:
        """An operator that works element by element on the input."""
        tensor = tensor or self.input
        return self.like(self.build.elementwise(operator, tensor.value, **attributes), tensor)

    # Weights.

    def weight(
        self,
        name: str,
        shape: Sequence[int],
        *,
        trainable: bool = True,
        flip: Sequence[int] = (),
        order: Sequence[int] | None = None,
        reshape: Sequence[int] | None = None,
    ) -> ir.Value:
        """The layer's next weight as an initializer, whose shape in the file must be ``shape``.

        First the axes ``flip`` are turned round, then the axes put into ``order``, then the whole is given the shape
        ``reshape``. Without a weights file zeros stand for it.

        :raises PortsideError: when the file has no such weight, or one of another shape.
        """
        shape = tuple(shape)
        if name in self.weights.values:
            need = next(need for need in self.weights.needs if need.name == name)
            if need.shape != shape:
                reason = f"its {name} is {sizes_text(need.shape)} in one use and {sizes_text(shape)} in another"
                raise self.error(reason)
            return self.weights.values[name]
        if any(size <= 0 for size in shape) or math.prod(shape) > LARGEST:
            raise self.error(f"its {name} can't have the shape {sizes_text(shape)}")
        array, provenance = self._read(name, shape, trainable)
        steps: list[str] = [] if provenance is None else list(provenance.steps)
        axes = tuple(axis for axis in flip if shape[axis] > 1)
        if axes:
            array = np.flip(array, axes)
            steps.append(f"reverse axes {axes}")
        if order is not None and tuple(order) != tuple(range(len(shape))):
            array = array.transpose(order)
            steps.append(f"transpose {tuple(order)}")
        if reshape is not None and tuple(reshape) != array.shape:
            array = array.reshape(reshape)
            steps.append(f"reshape to {tuple(reshape)}")
        if provenance is not None:
            provenance = Provenance(provenance.file, provenance.name, provenance.shape, tuple(steps))
        value = self.weights.values[name] = self.build.weight(name, array, provenance)
        return value

    def skip_weight(self, name: str, shape: Sequence[int], *, trainable: bool = False) -> None:
        """Step over a weight that inference has no use for."""
        if name not in self.weights.values:
            self._take(name, tuple(shape), trainable)

    def _read(self, name: str, shape: tuple[int, ...], trainable: bool) -> tuple[NDArray[Any], Provenance | None]:
        stored = self._take(name, shape, trainable)
        if stored is None:
            return np.broadcast_to(np.float32(0), shape), None
        array = stored.read()
        steps: tuple[str, ...] = ()
        if array.dtype.kind not in "fiu":
            raise self.error(f"its {name} holds {array.dtype}, not numbers", in_weights=True)
        if array.dtype != np.dtype("=f4"):
            if array.dtype.newbyteorder("=") != np.dtype("=f4"):
                steps = (f"convert {array.dtype.name} to float32",)
            with np.errstate(all="ignore"):
                array = array.astype(np.float32)
        return array, Provenance(stored.file, stored.name, stored.shape, steps)

    def _take(self, name: str, shape: tuple[int, ...], trainable: bool) -> Stored | None:
        weights = self.weights
        index = len(weights.needs)
        weights.needs.append(Need(name, shape, trainable))
        if weights.stored is None:
            return None
        if index >= len(weights.stored):
            raise self.error(f"its {name} is missing: the file holds {len(weights.stored)} weights", in_weights=True)
        stored = weights.stored[index]
        if stored.shape != shape:
            reason = f"its {name} is {sizes_text(stored.shape)} in the file, {sizes_text(shape)} in the architecture"
            raise self.error(reason, in_weights=True)
        return stored

    def check_weights_taken(self) -> None:
        """Check that the file holds no weight that the layer has no use for."""
        stored = self.weights.stored
        if stored is not None and len(stored) > len(self.weights.needs):
            reason = f"the file holds {len(stored)} weights for it, the architecture takes {len(self.weights.needs)}"
            raise self.error(reason, in_weights=True)


Convert = Callable[[KerasLayer], Tensor]


def collect(*tables: Mapping[str, Convert]) -> dict[str, Convert]:
    """One table of several, none of which may repeat a class."""
    joined: dict[str, Convert] = {}
    for table in tables:
        for kind, convert in table.items():
            assert kind not in joined, kind
            joined[kind] = convert
    return joined


def sizes_text(shape: Sequence[int | str]) -> str:
    """A shape as people write it."""
    return "×".join(map(str, shape)) or "a single number"
