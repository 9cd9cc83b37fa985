"""What each Caffe layer computes at test time, as nodes of our own: the table ``LAYERS`` by type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.importers.caffemodel import Blob
from explorer.network.builder import LayerBuilder, shape_tuple
from explorer.network.network import Shape
from explorer.network.provenance import Provenance

MOST_ELEMENTS = 2**31 - 1
"""Caffe counts a blob's elements in an int (blob.cpp, ``Reshape``)."""


@dataclass(frozen=True)
class CaffeLayer:
    """One layer of a prototxt on its way into a network.

    ``message`` is its ``LayerParameter``, ``bottoms`` are the values it reads, ``tops`` the blob names it writes,
    ``build`` takes its nodes. ``blobs`` are its learned parameters, or None where there is no weights file: zeros
    stand for them then.
    """

    message: Any
    bottoms: Sequence[ir.Value]
    tops: Sequence[str]
    build: LayerBuilder
    file: str
    blobs: Sequence[Blob] | None = None
    weights_file: str | None = None
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
        return PortsideError(reason, file=self.weights_file if in_weights else self.file, layer=self.name)

    def wants(self, bottoms: range, tops: range) -> None:
        """Check how many values it reads and writes."""
        for what, count, allowed in (("bottom", len(self.bottoms), bottoms), ("top", len(self.tops), tops)):
            if count not in allowed:
                raise self.error(f"{self.message.type} has {count} {what}s, which it can't have")

    def weight(self, index: int, name: str, shape: Sequence[int]) -> ir.Value:
        """Blob ``index`` as an initializer of ``shape``, which the file's must equal but for legacy leading ones.

        :raises PortsideError: when the file has no such blob, or one of another shape.
        """
        shape = tuple(shape)
        if any(size <= 0 for size in shape) or math.prod(shape) > MOST_ELEMENTS:
            raise self.error(f"its {name} can't have the shape {_sizes(shape)}")
        self._taken.add(index)
        if self.blobs is None:
            return self.build.weight(name, np.broadcast_to(np.float32(0), shape))
        if index >= len(self.blobs):
            raise self.error(f"its {name} is missing: the file holds {len(self.blobs)} blobs for it", in_weights=True)
        blob = self.blobs[index]
        found = blob.shape
        fits = found == shape or (blob.legacy and found == (1,) * (len(found) - len(shape)) + shape)
        if not fits:
            raise self.error(
                f"its {name} is {_sizes(found)} in the file, the network wants {_sizes(shape)}",
                in_weights=True,
            )
        steps = () if found == shape else (f"reshape to {shape}",)
        provenance = Provenance(self.weights_file or "", f"{self.name}[{index}]", found, steps)
        return self.build.weight(name, blob.array.reshape(shape), provenance)

    def check_blobs_taken(self) -> None:
        """Check that the file holds no learned parameter that the layer has no use for."""
        if self.blobs is not None and len(self.blobs) > len(self._taken):
            raise self.error(
                f"the file holds {len(self.blobs)} blobs for this layer, the network takes {len(self._taken)}",
                in_weights=True,
            )

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


Convert = Callable[[CaffeLayer], list[ir.Value]]


def collect(*tables: Mapping[str, Convert]) -> dict[str, Convert]:
    """One table of several, none of which may repeat a type."""
    joined: dict[str, Convert] = {}
    for table in tables:
        for kind, convert in table.items():
            assert kind not in joined, kind
            joined[kind] = convert
    return joined


def _sizes(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "a single number"
