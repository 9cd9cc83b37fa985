"""One Caffe layer on its way into a network: what its conversion reads, checks, and gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers.caffe_weights import Filler, SharedParameters, Weights, check_shared, states_filler
from explorer.network.builder import LayerBuilder, NamedSizeError, shape_tuple
from explorer.network.network import Shape
from explorer.network.provenance import Provenance

MOST_ELEMENTS = 2**31 - 1
"""Caffe counts a blob's elements in an int (blob.cpp, ``Reshape``)."""

NO_FILLER = Filler("none")
"""For a parameter that no filler gives: the statistics of a normalisation."""


class InexpressibleError(PortsideError):
    """A layer that is no mistake, but that no ONNX operators compute."""


@dataclass(frozen=True, eq=False)
class CaffeLayer:
    """One layer of a prototxt on its way into a network.

    ``message`` is its ``LayerParameter``, ``bottoms`` are the values it reads, ``tops`` the blob names it writes,
    ``build`` takes its nodes. ``weights`` is the weights file, or None where there is none: zeros stand for what is
    learned then. ``notes`` takes sentences for the person.
    """

    message: Any
    bottoms: Sequence[ir.Value]
    tops: Sequence[str]
    build: LayerBuilder
    file: str
    weights: Weights | None = None
    sharing: SharedParameters = field(default_factory=SharedParameters)
    notes: list[str] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The layer's name in the prototxt."""
        return str(self.message.name)

    @property
    def bottom(self) -> ir.Value:
        """The first value it reads."""
        return self.bottoms[0]

    @property
    def shape(self) -> Shape:
        """The shape of the first value it reads."""
        return shape_tuple(self.bottom)

    def error(self, reason: str, *, in_weights: bool = False) -> PortsideError:
        """What is wrong with this layer, as an error that names it and its file."""
        file = self.weights.file if in_weights and self.weights is not None else self.file
        return PortsideError(reason, file=file, layer=self.name)

    def inexpressible(self, reason: str) -> InexpressibleError:
        """Why this layer can't be carried over though Caffe runs it; to be raised before it has any nodes."""
        return InexpressibleError(reason, file=self.file, layer=self.name)

    def wants(self, bottoms: range, tops: range) -> None:
        """Check how many values it reads and writes."""
        for what, count, allowed in (("bottom", len(self.bottoms), bottoms), ("top", len(self.tops), tops)):
            if count not in allowed:
                raise self.error(f"{self.message.type} has {count} {what}s, which it can't have")

    def parameter(
        self, index: int, name: str, shape: Sequence[int | str], filler: Filler = NO_FILLER
    ) -> tuple[NDArray[np.float32], Provenance | None]:
        """Blob ``index`` as Caffe's layer holds it, in ``shape``, and where it came from.

        The file's blob must have that shape, but for the leading ones of a legacy blob.

        :raises PortsideError: when the file has no such blob, or one of another shape.
        """
        sizes = numbers(shape)
        if any(size <= 0 for size in sizes) or math.prod(sizes) > MOST_ELEMENTS:
            raise self.error(f"its {name} can't have the shape {by(sizes)}")
        self._taken.add(index)
        shared_name = self._check_sharing(index, sizes)
        if self.weights is None:
            return np.broadcast_to(np.float32(0), sizes), None
        own = self.weights.own(self.name)
        blob = own[index] if index < len(own) else None
        if blob is not None and not _fits(blob.shape, sizes, blob.legacy):
            raise self.error(
                f"its {name} is {by(blob.shape)} in the file, the network wants {by(sizes)}", in_weights=True
            )
        found, source = blob, f"{self.name}[{index}]"
        stored = self.weights.shared(shared_name) if shared_name else None
        if stored is not None:
            found, source = stored.blob, f"{stored.layer}[{stored.index}]"
        if found is None:
            filled = self._filled(name, sizes, filler)
            return filled, Provenance(self.file, source, sizes, (f"filled, as the prototxt says: {filler.kind}",))
        if found.array.size != math.prod(sizes):
            reason = f"its {name} is shared with {source}, which is {by(found.shape)} in the file, not {by(sizes)}"
            raise self.error(reason, in_weights=True)
        steps = () if found.shape == sizes else (f"reshape to {sizes}",)
        return found.array.reshape(sizes), Provenance(self.weights.file, source, found.shape, steps)

    def weight(
        self,
        index: int,
        name: str,
        shape: Sequence[int | str],
        filler: Filler = NO_FILLER,
        *,
        laid: Sequence[int | str] | None = None,
    ) -> ir.Value:
        """Blob ``index`` as an initializer; ``laid`` is the shape it gets where that is not Caffe's ``shape``.

        Layers that share a parameter share the initializer.

        :raises PortsideError: as :meth:`parameter` does.
        """
        array, provenance = self.parameter(index, name, shape, filler)
        if laid is not None and numbers(laid) != array.shape:
            array = array.reshape(numbers(laid))
            if provenance is not None:
                steps = (*provenance.steps, f"reshape to {array.shape}")
                provenance = Provenance(provenance.file, provenance.name, provenance.shape, steps)
        shared_name = self._parameter_name(index)
        if not shared_name:
            return self.build.weight(name, array, provenance)
        key = (shared_name, array.shape)
        if key not in self.sharing.initializers:
            self.sharing.initializers[key] = self.build.weight(name, array, provenance)
        return self.sharing.initializers[key]

    def check_blobs_taken(self) -> None:
        """Check that the file holds no learned parameter that the layer has no use for."""
        if self.weights is not None and len(self.weights.own(self.name)) > len(self._taken):
            count = len(self.weights.own(self.name))
            raise self.error(
                f"the file holds {count} blobs for this layer, the network takes {len(self._taken)}", in_weights=True
            )

    def check_sizes(self, tops: Sequence[ir.Value]) -> None:
        """Check that Caffe could count the elements of what the layer gives."""
        for shape in map(shape_tuple, tops):
            if math.prod(size for size in shape if isinstance(size, int)) > MOST_ELEMENTS:
                raise self.error(f"its top would be {by(shape)}, more than Caffe can hold")

    def give(self, *values: ir.Value) -> list[ir.Value]:
        """Record ``values`` under the layer's tops."""
        return [self.build.top(value, top) for value, top in zip(values, self.tops, strict=True)]

    def axis(self, axis: int, rank: int | None = None) -> int:
        """Caffe's canonical axis: negative ones count from the end.

        :raises PortsideError: when there is no such axis.
        """
        rank = len(self.shape) if rank is None else rank
        if not -rank <= axis < rank:
            raise self.error(f"there is no axis {axis} in a blob of {rank} axes")
        return axis % rank

    def _parameter_name(self, index: int) -> str:
        specs = self.message.param
        return str(specs[index].name) if index < len(specs) else ""

    def _check_sharing(self, index: int, sizes: tuple[int, ...]) -> str:
        name = self._parameter_name(index)
        if name:
            wrong = check_shared(self.message.param, index, sizes, self.sharing, self.name)
            if wrong:
                raise self.error(wrong)
        return name

    def _filled(self, name: str, sizes: tuple[int, ...], filler: Filler) -> NDArray[np.float32]:
        """What Caffe leaves in a layer that the file lacks; no one wants that where it is random or not even stated."""
        assert self.weights is not None
        count = len(self.weights.own(self.name))
        array = None
        if not self.weights.has(self.name) and states_filler(self.message):
            array = filler.fill(sizes)
        if array is None:
            raise self.error(f"its {name} is missing: the file holds {count} blobs for it", in_weights=True)
        file = PurePath(self.weights.file).name
        note = f"layer '{self.name}' is not in {file}: its fillers stand for its weights, as in Caffe"
        if note not in self.notes:
            self.notes.append(note)
        return array


Convert = Callable[[CaffeLayer], list[ir.Value]]


@dataclass(frozen=True)
class LayerType:
    """How one type of layer is carried over: its row in the table of types.

    ``in_place`` says whether it may write the blob that it reads. ``shares`` says whether its tops are views of its
    bottom's storage in Caffe. ``forks`` are the fields of Caffe's forks that it understands, dotted; ``needs`` is the
    message without which a fork's type says nothing.
    """

    convert: Convert
    in_place: bool = False
    shares: Callable[[CaffeLayer], bool] | None = None
    forks: frozenset[str] = frozenset()
    needs: str | None = None


def fork_names(prefix: str, names: str) -> frozenset[str]:
    """Dotted names of the fields ``names`` of the message ``prefix``."""
    return frozenset(f"{prefix}.{name}" for name in names.split())


def collect(*tables: Mapping[str, LayerType]) -> dict[str, LayerType]:
    """One table of several, none of which may repeat a type."""
    joined: dict[str, LayerType] = {}
    for table in tables:
        for kind, layer_type in table.items():
            assert kind not in joined, kind
            joined[kind] = layer_type
    return joined


def numbers(shape: Sequence[int | str]) -> tuple[int, ...]:
    """The sizes of ``shape``, all of them known.

    :raises NamedSizeError: when one is a name.
    """
    if any(isinstance(size, str) for size in shape):
        raise NamedSizeError
    return tuple(size for size in shape if isinstance(size, int))


def same_sizes(one: Sequence[int | str], other: Sequence[int | str]) -> bool:
    """Whether two shapes are equal.

    :raises NamedSizeError: where a name stands against a number, so that only a run with that batch can tell.
    """
    if len(one) != len(other):
        return False
    named = [(a, b) for a, b in zip(one, other, strict=True) if isinstance(a, str) != isinstance(b, str)]
    if any(a != b for a, b in zip(one, other, strict=True) if (a, b) not in named):
        return False
    if named:
        raise NamedSizeError
    return True


def by(shape: Sequence[int | str]) -> str:
    """A shape as people write it: ``64×3×7×7``."""
    return "×".join(map(str, shape)) or "a single number"


def _fits(found: tuple[int, ...], wanted: tuple[int, ...], legacy: bool) -> bool:
    return found == wanted or (legacy and found == (1,) * (len(found) - len(wanted)) + wanted)
