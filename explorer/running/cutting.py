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


def cut_out(
    network: Network, nodes: Iterable[ir.Node], values: Iterable[str], dtypes: Mapping[str, np.dtype[Any]]
) -> ir.Model:
    """A model of copies of ``nodes`` that gives ``values``; all values keep their names.

    Its inputs have the types ``dtypes`` where the network doesn't know them, and any shape. The weights are the
    network's own arrays.
    """
    copies = Copies(network)
    made = copies.add(nodes)
    return copies.model([made[network.values[value]] for value in values], dtypes)


class Copies:
    """Copies of parts of a network's graph side by side, which read the same inputs and weights."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._inputs: dict[str, ir.Value] = {}
        self._weights: dict[str, ir.Value] = {}
        self._nodes: list[ir.Node] = []

    def add(self, nodes: Iterable[ir.Node], prefix: str = "") -> Mapping[ir.Value, ir.Value]:
        """Copy these nodes, in the order of the data; gives the copy of each value that they compute.

        Parts may share nodes, and onnxruntime wants every name once: ``prefix`` stands before those of this part.
        """
        inside: dict[ir.Value, ir.Value] = {}
        for node in nodes:
            read = [None if value is None else self._copied(value, inside) for value in node.inputs]
            for value in _read_by(node):
                self._copied(value, inside)
            copy = ir.Node(
                node.domain,
                node.op_type,
                read,
                list(node.attributes.values()),
                overload=node.overload,
                num_outputs=len(node.outputs),
                version=node.version,
                name=prefix + self._network.node_names[node],
            )
            for ours, theirs in zip(copy.outputs, node.outputs, strict=True):
                ours.type, ours.shape = theirs.type, theirs.shape
                ours.name = prefix + theirs.name if theirs.name else theirs.name
                inside[theirs] = ours
            self._nodes.append(copy)
        return inside

    def model(self, outputs: Sequence[ir.Value], dtypes: Mapping[str, np.dtype[Any]]) -> ir.Model:
        """All that was copied as a model; its inputs have the types ``dtypes`` where the network doesn't know them."""
        for name, value in self._inputs.items():
            if value.type is None:
                value.type = ir.TensorType(ir.DataType.from_numpy(dtypes[name]))
        model = self._network.model
        graph = ir.Graph(
            list(self._inputs.values()),
            outputs,
            nodes=self._nodes,
            initializers=list(self._weights.values()),
            opset_imports=dict(model.graph.opset_imports),
            name="part",
        )
        functions: Iterable[ir.Function] = model.functions.values()
        return ir.Model(graph, ir_version=model.ir_version, functions=list(functions))

    def _copied(self, value: ir.Value, inside: Mapping[ir.Value, ir.Value]) -> ir.Value:
        if value in inside:
            return inside[value]
        name = value_name(value)
        table = self._weights if value.is_initializer() else self._inputs
        if name not in table:
            # What is fed may have another shape than ours, and another batch: that of a weight alone is sure.
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
