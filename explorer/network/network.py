"""A network: an ONNX graph, and the source's own layers that its nodes belong to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from explorer.network import marks
from explorer.network.layer_graph import LayerGraph
from explorer.network.preprocessing import Preprocessing

if TYPE_CHECKING:
    import onnx_ir as ir

Shape = tuple[int | str, ...]
"""Sizes of an array; a size that is only known when the network runs is a name, the batch's is ``N``."""

BATCH = "N"


@dataclass(frozen=True)
class Source:
    """Where a network was read from.

    ``format`` is the importer's name (``caffe``, ``onnx`` …), ``files`` are the paths that were read, network first,
    and ``notes`` are sentences for the person: what was left out, chosen or assumed on the way in. Without weights a
    network can be looked at but not run. ``open_size``: nothing says the size of the pictures, and a customary one was
    taken.
    """

    format: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    has_weights: bool = True
    open_size: bool = False

    def to_json(self) -> str:
        """The record as it is kept in the model's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Source:
        """The inverse of :meth:`to_json`."""
        record = json.loads(text)
        files, notes = tuple(record["files"]), tuple(record["notes"])
        open_size = bool(record.get("open_size", False))
        return cls(str(record["format"]), files, notes, bool(record["has_weights"]), open_size)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of the source, and the ONNX nodes that compute it.

    ``inputs`` are the values it reads from other layers (weights not among them), ``outputs`` those it gives, and
    ``blobs`` the names under which its framework records each output. ``parameters`` are the source's own. An input of
    the network is a layer without nodes.
    """

    name: str
    type: str
    nodes: tuple[ir.Node, ...]
    inputs: tuple[ir.Value, ...]
    outputs: tuple[ir.Value, ...]
    blobs: tuple[str | None, ...]
    weights: tuple[ir.Value, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Network:
    """An ``onnx_ir.Model`` with its source's layers; nobody edits the model after import.

    Layers and values are found by name. All names of layers are different, and so are all names of values.
    """

    model: ir.Model

    @property
    def name(self) -> str:
        """The name that the source gives the network, or an empty string."""
        return self.model.graph.name or ""

    @cached_property
    def source(self) -> Source:
        """Where the network came from; a foreign ONNX file says nothing about it."""
        text = self.model.metadata_props.get(marks.SOURCE)
        return Source("onnx") if text is None else Source.from_json(text)

    @cached_property
    def preprocessing(self) -> Preprocessing | None:
        """How a picture becomes the input, where the network says so."""
        text = self.model.metadata_props.get(marks.PREPROCESSING)
        return None if text is None else Preprocessing.from_json(json.loads(text))

    @cached_property
    def labels(self) -> tuple[str, ...] | None:
        """The names of its classes, where it came with some."""
        text = self.model.metadata_props.get(marks.LABELS)
        return None if text is None else tuple(map(str, json.loads(text)))

    @property
    def inputs(self) -> tuple[ir.Value, ...]:
        """The graph's inputs that no initializer fills."""
        initializers = self.model.graph.initializers
        return tuple(value for value in self.model.graph.inputs if value.name not in initializers)

    @property
    def outputs(self) -> tuple[ir.Value, ...]:
        """The graph's outputs."""
        return tuple(self.model.graph.outputs)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The source's layers in the order of the data, inputs first."""
        return (*map(_input_layer, self.inputs), *_node_layers(self.model))

    @cached_property
    def graph(self) -> LayerGraph:
        """Which layer feeds which."""
        types = {layer.name: layer.type for layer in self.layers}
        given = {value.name: layer.name for layer in self.layers for value in layer.outputs}
        inputs: dict[str, tuple[str, ...]] = {}
        for layer in self.layers:
            sources = {given[value.name]: None for value in layer.inputs if value.name in given}
            sources.pop(layer.name, None)
            inputs[layer.name] = tuple(sources)
        return LayerGraph(types, inputs)

    @cached_property
    def layer(self) -> Mapping[str, Layer]:
        """The layers by name."""
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def values(self) -> Mapping[str, ir.Value]:
        """Every value that a layer gives, by name."""
        return {value_name(value): value for layer in self.layers for value in layer.outputs}

    @cached_property
    def producer(self) -> Mapping[str, Layer]:
        """The layer that gives a value, by the value's name."""
        return {value_name(value): layer for layer in self.layers for value in layer.outputs}

    @cached_property
    def blobs(self) -> Mapping[str, ir.Value]:
        """What the source framework would record: for each of its names the value that stands there in the end.

        Layers that compute in place write one name several times; the last of them wins, as in Caffe.
        """
        return {
            blob: value
            for layer in self.layers
            for blob, value in zip(layer.blobs, layer.outputs, strict=True)
            if blob is not None
        }

    @cached_property
    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """Further names under which a reference may hold what stands under a blob's name, by that name."""
        text = self.model.metadata_props.get(marks.ALIASES)
        return {} if text is None else {blob: tuple(names) for blob, names in json.loads(text).items()}

    @cached_property
    def node_names(self) -> Mapping[ir.Node, str]:
        """A name for each node that no other has: its own, unless the file gives none or gives one twice."""
        names: dict[ir.Node, str] = {}
        taken: set[str] = set()
        for node in self.model.graph:
            first = next((value.name for value in node.outputs if value.name), "")
            name = node.name if node.name and node.name not in taken else f"{node.name or node.op_type} of {first}"
            taken.add(name)
            names[node] = name
        return names

    def input_layers(self, layer: Layer) -> tuple[Layer, ...]:
        """The layers whose outputs ``layer`` reads, each once, in the order it reads them."""
        names = (value_name(value) for value in layer.inputs)
        return tuple(dict.fromkeys(self.producer[name] for name in names if name in self.producer))


def value_name(value: ir.Value) -> str:
    """The value's name: after import every value has one."""
    assert value.name is not None
    return value.name


def shape_of(value: ir.Value, batch: int = 1) -> tuple[int, ...] | None:
    """The value's sizes with ``batch`` for the batch, or None where one of them is unknown before a run."""
    if value.shape is None:
        return None
    sizes = [dim if isinstance(dim, int) else _named_size(value, axis, batch) for axis, dim in enumerate(value.shape)]
    return None if any(size is None for size in sizes) else tuple(size for size in sizes if size is not None)


def mark_nodes(
    nodes: Iterable[ir.Node],
    *,
    layer: str,
    kind: str,
    blobs: Mapping[str, str],
    parameters: Mapping[str, Any],
) -> None:
    """Mark ``nodes`` as the layer ``layer`` of type ``kind``; ``blobs`` maps its outputs' value names to blob names."""
    for index, node in enumerate(nodes):
        node.metadata_props[marks.LAYER] = layer
        node.metadata_props[marks.TYPE] = kind
        tops = [blobs.get(value.name or "") for value in node.outputs]
        if any(top is not None for top in tops):
            node.metadata_props[marks.TOPS] = json.dumps(tops)
        if index == 0 and parameters:
            node.metadata_props[marks.PARAMETERS] = json.dumps(parameters)


def _named_size(value: ir.Value, axis: int, batch: int) -> int | None:
    assert value.shape is not None
    name = getattr(value.shape[axis], "value", None)
    return batch if name == BATCH or (axis == 0 and name is not None) else None


def _input_layer(value: ir.Value) -> Layer:
    name = value.metadata_props.get(marks.LAYER) or value_name(value)
    blobs = json.loads(value.metadata_props.get(marks.TOPS, json.dumps([value.name])))
    return Layer(name, value.metadata_props.get(marks.TYPE, "Input"), (), (), (value,), tuple(blobs))


def _node_layers(model: ir.Model) -> list[Layer]:
    groups: dict[str, list[ir.Node]] = {}
    taken = {value.metadata_props.get(marks.LAYER) or value.name for value in model.graph.inputs}
    for node in model.graph:
        marked = node.metadata_props.get(marks.LAYER)
        groups.setdefault(marked or _free_name(node, groups, taken), []).append(node)
    given = set(model.graph.outputs)
    return [_layer(name, nodes, given) for name, nodes in groups.items()]


def _free_name(node: ir.Node, groups: Mapping[str, object], taken: set[str | None]) -> str:
    for name in (node.name, *(value.name for value in node.outputs)):
        if name and name not in groups and name not in taken:
            return name
    base, number = node.name or node.op_type, 2
    while f"{base}_{number}" in groups:
        number += 1
    return f"{base}_{number}"


def _layer(name: str, nodes: Sequence[ir.Node], given: set[ir.Value]) -> Layer:
    own = {*nodes}
    inputs: dict[ir.Value, None] = {}
    weights: dict[ir.Value, None] = {}
    outputs: dict[ir.Value, str | None] = {}
    for node in nodes:
        for value in node.inputs:
            if value is None or value.producer() in own:
                continue
            (weights if value.is_initializer() else inputs)[value] = None
        marked = node.metadata_props.get(marks.TOPS)
        tops = json.loads(marked) if marked else (None,) * len(node.outputs)
        foreign = marks.LAYER not in node.metadata_props
        for value, top in zip(node.outputs, tops, strict=True):
            outside = value in given or any(use.node not in own for use in value.uses())
            if value.name and (top is not None or outside or foreign):
                outputs[value] = value.name if foreign else top
    first = nodes[0]
    parameters = first.metadata_props.get(marks.PARAMETERS)
    return Layer(
        name,
        first.metadata_props.get(marks.TYPE) or first.op_type,
        tuple(nodes),
        tuple(inputs),
        tuple(outputs),
        tuple(outputs.values()),
        tuple(weights),
        {} if parameters is None else json.loads(parameters),
    )
