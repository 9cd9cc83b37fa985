"""Convolutions and matrix products of a scene, with their weights as one kind of thing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.scene import Scene
from explorer.network.network import shape_of, value_name
from explorer.running.activations import Array

Kind = Literal["convolution", "transposed", "dense"]

_KINDS: dict[str, Kind] = {
    "Conv": "convolution",
    "ConvTranspose": "transposed",
    "Gemm": "dense",
    "MatMul": "dense",
}

WEIGHTED = frozenset(_KINDS)
"""The operators that multiply by weights."""

FEW_NUMBERS = 4096
"""Of a matrix of a hundred million weights as many mostly tell that something doesn't hold of all."""

_PASSING = ("Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Cast", "Relu", "Clip")


@dataclass(frozen=True, eq=False)
class Weighted:
    """A node with fixed weights: ``array`` as ONNX keeps them.

    O×I/g×k… of a convolution, I×O/g×k… of a transposed one, I×O of a matrix product (``transposed``: O×I).
    """

    node: ir.Node
    name: str
    layer: str
    kind: Kind
    array: Array
    group: int = 1
    transposed: bool = False

    @property
    def spatial(self) -> tuple[int, ...]:
        """The kernel's size; empty for a matrix."""
        return tuple(self.array.shape[2:])

    @property
    def outputs(self) -> int:
        """How many output channels the layer has."""
        if self.kind == "transposed":
            return int(self.array.shape[1] * self.group)
        if self.kind == "dense":
            return int(self.array.shape[0 if self.transposed else 1])
        return int(self.array.shape[0])

    def rows(self, array: Array) -> Array:
        """``array`` as outputs × everything else, a view where it can be."""
        if self.kind == "dense":
            return array if self.transposed else array.T
        if self.kind == "transposed":
            per = array.reshape(self.group, array.shape[0] // self.group, *array.shape[1:])
            return np.moveaxis(per, 2, 1).reshape(self.outputs, -1)
        return array.reshape(self.outputs, -1)

    def from_rows(self, rows: Array) -> Array:
        """The inverse of :meth:`rows`."""
        if self.kind == "dense":
            return rows if self.transposed else rows.T
        shape = self.array.shape
        if self.kind == "transposed":
            per = rows.reshape(self.group, shape[1], shape[0] // self.group, *shape[2:])
            return np.moveaxis(per, 2, 1).reshape(shape)
        return rows.reshape(shape)


def weighted_nodes(scene: Scene) -> Iterator[Weighted]:
    """The scene's convolutions and matrix products in the order of the data."""
    for node in scene.draft.nodes:
        found = as_weighted(node, scene.layer(node))
        if found is not None:
            yield found


def as_weighted(node: ir.Node, layer: str) -> Weighted | None:
    """A node as convolution or matrix product; None where it is neither, or its weights are computed."""
    kind = _KINDS.get(node.op_type)
    if kind is None or node.domain or len(node.inputs) < 2:
        return None
    array = fixed(node.inputs[1])
    if array is None or array.dtype.kind != "f" or array.ndim < 2 or (kind == "dense" and array.ndim != 2):
        return None
    group = int(setting(node, "group", 1))
    return Weighted(node, node.name or "", layer, kind, array, group, bool(setting(node, "transB", 0)))


@dataclass(frozen=True, eq=False)
class Bias:
    """Where a weighted node's bias stands: an input of it, of an addition behind it, or nowhere yet."""

    node: str
    index: int
    array: Array | None

    def write(self, draft: Draft, array: Array) -> None:
        """Set the bias in ``draft``, one number for each output channel."""
        shape = array.shape if self.array is None else self.array.shape
        if self.index >= 0:
            draft.set_array(self.node, self.index, array.reshape(shape))
        else:
            draft.insert_after(self.node, "Add", [array])


def bias_of(weighted: Weighted) -> Bias:
    """The bias of a convolution or matrix product."""
    node = weighted.node
    if node.op_type != "MatMul":
        array = fixed(node.inputs[2]) if len(node.inputs) > 2 else None
        return Bias(weighted.name, 2, array)
    readers = [use.node for use in node.outputs[0].uses()]
    if len(readers) == 1 and readers[0].op_type == "Add":
        for index, value in enumerate(readers[0].inputs):
            array = fixed(value)
            if array is not None and array.size == weighted.outputs:
                return Bias(readers[0].name or "", index, array)
    return Bias(weighted.name, -1, None)


def is_first(scene: Scene, weighted: Weighted) -> bool:
    """Whether nothing with weights stands between the network's input and this node."""
    network = scene.suspect.network
    producers = {value_name(value): node for node in network.model.graph for value in node.outputs if value.name}
    given = {value_name(value) for value in network.inputs}
    pending, seen = [value_name(value) for value in weighted.node.inputs[:1] if value is not None], set[str]()
    while pending:
        name = pending.pop()
        if name in given or name in seen:
            continue
        seen.add(name)
        producer = producers.get(name)
        inside = [node for node in scene.draft.nodes if name in {value.name for value in node.outputs}]
        producer = inside[0] if inside else producer
        if producer is None or producer.op_type in _KINDS:
            return False
        pending += [value_name(read) for read in producer.inputs if read is not None and fixed(read) is None]
    return True


def flattened_maps(scene: Scene, weighted: Weighted) -> tuple[int, ...] | None:
    """The sizes (without the batch) of the maps that were flattened into this matrix product's input, in that order."""
    features = weighted.array.shape[1 if weighted.transposed else 0]
    producers = {
        value_name(value): node for node in scene.suspect.network.model.graph for value in node.outputs if value.name
    }
    producers |= {value_name(value): node for node in scene.draft.nodes for value in node.outputs if value.name}
    value = weighted.node.inputs[0]
    while value is not None:
        shape = _sizes(scene, value)
        if shape is not None and len(shape) >= 4 and math.prod(shape[1:]) == features:
            return shape[1:]
        producer = producers.get(value_name(value))
        if producer is None or producer.op_type not in _PASSING:
            return None
        value = producer.inputs[0]
    return None


def _sizes(scene: Scene, value: ir.Value) -> tuple[int, ...] | None:
    name = value_name(value)
    if name in scene.values:
        return tuple(scene.values[name].shape)
    known = scene.suspect.network.values.get(name)
    if known is not None and name in scene.suspect.recorded:
        return tuple(scene.suspect.recorded[name].shape)
    return shape_of(known if known is not None else value)
