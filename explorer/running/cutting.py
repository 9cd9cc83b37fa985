"""Part of a network's graph as a model of its own: what computes some values from others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.network.network import Network, value_name


@dataclass(frozen=True, eq=False)
class Stretch:
    """The ``nodes`` that compute ``values`` from ``inputs`` (names of values), in the order of the data."""

    values: tuple[str, ...]
    inputs: tuple[str, ...]
    nodes: tuple[ir.Node, ...]


def stretch_to(network: Network, values: Sequence[str], known: Collection[str]) -> Stretch:
    """What computes ``values`` from those ``known``, as little as that takes.

    :raises PortsideError: when that can't be had without a value that is not known.
    """
    nodes: set[ir.Node] = set()
    inputs: dict[str, None] = {}
    pending = [network.values[value] for value in values]
    while pending:
        current = pending.pop()
        name, producer = value_name(current), current.producer()
        if current.is_initializer():
            continue
        if name in known and name not in values:
            inputs[name] = None
        elif producer is None:
            raise PortsideError(f"'{values[0]}' can't be computed without '{name}'")
        elif producer not in nodes:
            nodes.add(producer)
            pending.extend(_read_by(producer))
    return Stretch(tuple(values), tuple(inputs), tuple(node for node in network.model.graph if node in nodes))


def cut_out(network: Network, stretch: Stretch, dtypes: Mapping[str, np.dtype[Any]]) -> ir.Model:
    """A model of copies of the stretch's nodes, whose values all keep their names.

    Its inputs have the types ``dtypes`` where the network doesn't know them, and any shape. The weights are the
    network's own arrays.
    """
    inside: dict[ir.Value, ir.Value] = {}
    inputs: dict[str, ir.Value] = {}
    weights: dict[str, ir.Value] = {}
    nodes = []
    for node in stretch.nodes:
        read = [None if value is None else _copied(value, inside, inputs, weights) for value in node.inputs]
        for value in _read_by(node):
            _copied(value, inside, inputs, weights)
        copy = ir.Node(
            node.domain,
            node.op_type,
            read,
            list(node.attributes.values()),
            overload=node.overload,
            num_outputs=len(node.outputs),
            version=node.version,
            name=network.node_names[node],
        )
        for ours, theirs in zip(copy.outputs, node.outputs, strict=True):
            ours.type, ours.shape, ours.name = theirs.type, theirs.shape, theirs.name
            inside[theirs] = ours
        nodes.append(copy)
    for name, value in inputs.items():
        if value.type is None:
            value.type = ir.TensorType(ir.DataType.from_numpy(dtypes[name]))
    graph = ir.Graph(
        list(inputs.values()),
        [inside[network.values[value]] for value in stretch.values],
        nodes=nodes,
        initializers=list(weights.values()),
        opset_imports=dict(network.model.graph.opset_imports),
        name="stretch",
    )
    functions: Iterable[ir.Function] = network.model.functions.values()
    return ir.Model(graph, ir_version=network.model.ir_version, functions=list(functions))


def _copied(
    value: ir.Value, inside: Mapping[ir.Value, ir.Value], inputs: dict[str, ir.Value], weights: dict[str, ir.Value]
) -> ir.Value:
    if value in inside:
        return inside[value]
    name = value_name(value)
    table = weights if value.is_initializer() else inputs
    if name not in table:
        # Of a value that is fed only the rank is sure: the batch is as large as the pieces are.
        shape = value.shape if value.is_initializer() else None
        table[name] = ir.Value(name=name, shape=shape, type=value.type, const_value=value.const_value)
    return table[name]


def _read_by(node: ir.Node) -> list[ir.Value]:
    """What a node reads, and what the graphs inside it (branches, loop bodies) read from outside."""
    found = [value for value in node.inputs if value is not None]
    for attribute in node.attributes.values():
        if attribute.type == ir.AttributeType.GRAPH:
            found += _read_from_outside(attribute.as_graph())
        elif attribute.type == ir.AttributeType.GRAPHS:
            found += [value for graph in attribute.as_graphs() for value in _read_from_outside(graph)]
    return found


def _read_from_outside(graph: ir.Graph) -> list[ir.Value]:
    own = {*graph.inputs, *graph.initializers.values(), *(value for node in graph for value in node.outputs)}
    return [value for node in graph for value in _read_by(node) if value not in own]
