"""The parts of a network between recorded arrays, cut out to run on the reference's own values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.network.network import Layer, Network, value_name

OUTPUT = "isolated:{}"
"""The name of a stretch's result: its plain name is that of the reference's array, which the next stretch reads."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """What computes ``value`` from ``inputs`` (names of values); nodes and layers in the order of the data."""

    value: str
    inputs: tuple[str, ...]
    nodes: tuple[ir.Node, ...]
    layers: tuple[str, ...]


def find_stretch(network: Network, value: str, recorded: Collection[str]) -> Stretch | None:
    """Walk back from ``value`` to the recorded values; None where that ends at an input that is not recorded."""
    nodes: set[ir.Node] = set()
    inputs: dict[str, None] = {}
    pending = [network.values[value]]
    while pending:
        current = pending.pop()
        name = value_name(current)
        producer = current.producer()
        if current.is_initializer():
            continue
        if name in recorded and name != value:
            inputs[name] = None
        elif producer is None:
            return None
        elif producer not in nodes:
            nodes.add(producer)
            pending.extend(read for read in producer.inputs if read is not None)
    layers = [layer for layer in network.layers if not nodes.isdisjoint(layer.nodes)]
    ordered = [node for layer in layers for node in layer.nodes if node in nodes]
    return Stretch(value, tuple(inputs), tuple(ordered), tuple(layer.name for layer in layers))


def with_unread(network: Network, stretch: Stretch, recorded: Collection[str]) -> Stretch:
    """The stretch with what its own layers compute and nothing reads, where it can be had from recorded values."""
    nodes, inputs = list(stretch.nodes), dict.fromkeys(stretch.inputs)
    layers = {
        *stretch.layers,
        *(layer.name for layer in network.layers if stretch.value in _recorded_as(network, layer)),
    }
    given = set(network.outputs)
    for layer in network.layers:
        if layer.name not in layers:
            continue
        for node in layer.nodes:
            value = node.outputs[0]
            if node in nodes or value.uses() or value in given or not value.name or value.name not in network.values:
                continue
            found = find_stretch(network, value_name(value), recorded)
            if found is not None and stretch.value not in found.inputs:
                nodes += [other for other in found.nodes if other not in nodes]
                inputs |= dict.fromkeys(found.inputs)
    if len(nodes) == len(stretch.nodes):
        return stretch
    order = {node: number for number, node in enumerate(network.model.graph)}
    return Stretch(stretch.value, tuple(inputs), tuple(sorted(nodes, key=order.__getitem__)), stretch.layers)


def _recorded_as(network: Network, layer: Layer) -> set[str]:
    """The values that stand in the end under the names that a layer writes."""
    return {value_name(network.blobs[blob]) for blob in layer.blobs if blob is not None and blob in network.blobs}


def cut_out(network: Network, stretches: Sequence[Stretch], dtypes: Mapping[str, np.dtype[Any]]) -> ir.Model:
    """A model of copies of the stretches' nodes, side by side.

    It reads recorded values, whose types are ``dtypes`` where the network doesn't know them, and gives ``OUTPUT`` of
    each stretch's value. The weights are the network's own arrays.
    """
    inputs: dict[str, ir.Value] = {}
    weights: dict[str, ir.Value] = {}
    nodes: list[ir.Node] = []
    outputs: list[ir.Value] = []
    for number, stretch in enumerate(stretches):
        inside: dict[ir.Value, ir.Value] = {}
        for node in stretch.nodes:
            copy = _copy(node, [None if read is None else _read(read, inside, inputs, weights) for read in node.inputs])
            for ours, theirs in zip(copy.outputs, node.outputs, strict=True):
                ours.type, ours.shape = theirs.type, theirs.shape
                ours.name = f"{number}:{theirs.name}" if theirs.name else ""
                inside[theirs] = ours
            # Stretches may share nodes, and onnxruntime wants every node's name once.
            copy.name = f"{number}:{node.name}"
            nodes.append(copy)
        result = inside[network.values[stretch.value]]
        result.name = OUTPUT.format(stretch.value)
        outputs.append(result)
    _give_types(inputs, dtypes)
    return _model(network, inputs, weights, nodes, outputs)


def cut_out_alone(network: Network, stretch: Stretch, dtypes: Mapping[str, np.dtype[Any]]) -> ir.Model:
    """A model of copies of one stretch's nodes, whose values all keep their names: it gives the stretch's value."""
    inputs: dict[str, ir.Value] = {}
    weights: dict[str, ir.Value] = {}
    inside: dict[ir.Value, ir.Value] = {}
    nodes: list[ir.Node] = []
    for node in stretch.nodes:
        copy = _copy(node, [None if read is None else _read(read, inside, inputs, weights) for read in node.inputs])
        for ours, theirs in zip(copy.outputs, node.outputs, strict=True):
            ours.type, ours.shape, ours.name = theirs.type, theirs.shape, theirs.name
            inside[theirs] = ours
        nodes.append(copy)
    _give_types(inputs, dtypes)
    return _model(network, inputs, weights, nodes, [inside[network.values[stretch.value]]])


def _give_types(inputs: Mapping[str, ir.Value], dtypes: Mapping[str, np.dtype[Any]]) -> None:
    for name, value in inputs.items():
        if value.type is None:
            value.type = ir.TensorType(ir.DataType.from_numpy(dtypes[name]))


def _model(
    network: Network,
    inputs: Mapping[str, ir.Value],
    weights: Mapping[str, ir.Value],
    nodes: Sequence[ir.Node],
    outputs: Sequence[ir.Value],
) -> ir.Model:
    graph = ir.Graph(
        list(inputs.values()),
        outputs,
        nodes=nodes,
        initializers=list(weights.values()),
        opset_imports=dict(network.model.graph.opset_imports),
        name="stretches",
    )
    functions: Iterable[ir.Function] = network.model.functions.values()
    return ir.Model(graph, ir_version=network.model.ir_version, functions=list(functions))


def _read(
    value: ir.Value,
    inside: dict[ir.Value, ir.Value],
    inputs: dict[str, ir.Value],
    weights: dict[str, ir.Value],
) -> ir.Value:
    if value in inside:
        return inside[value]
    table = weights if value.is_initializer() else inputs
    name = value_name(value)
    if name not in table:
        # What is recorded may have another shape than ours: that of a weight alone is sure.
        shape = value.shape if value.is_initializer() else None
        table[name] = ir.Value(name=name, shape=shape, type=value.type, const_value=value.const_value)
    return table[name]


def _copy(node: ir.Node, inputs: Sequence[ir.Value | None]) -> ir.Node:
    return ir.Node(
        node.domain,
        node.op_type,
        inputs,
        list(node.attributes.values()),
        overload=node.overload,
        num_outputs=len(node.outputs),
        version=node.version,
    )
