"""A copy of a graph that edits may change: of a stretch between recorded values, or of the whole network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.comparison.stretches import Stretch
from explorer.errors import PortsideError
from explorer.network import marks
from explorer.network.network import Network, value_name
from explorer.running.activations import Array
from explorer.running.cutting import cut_out

LARGE_BYTES = 1 << 20
"""Weights from this size on are worth a copy that stays."""

Attribute = int | float | str | Sequence[int] | Sequence[float]


class Draft:
    """A graph in the making. Nodes and values are found by their names, which are the same in every copy.

    What an edit changes keeps its name: a value that gets a node behind it hands its name, and the mark under which
    its framework records it, to that node's result.
    """

    def __init__(self, model: ir.Model) -> None:
        self.model = model
        self._nodes = {node.name or "": node for node in model.graph}
        self._values = {value.name or "": value for node in model.graph for value in node.outputs}
        self._values.update({value.name or "": value for value in model.graph.inputs})

    @classmethod
    def of_network(cls, network: Network) -> Draft:
        """A copy of the whole network, which shares its weights."""
        model = network.model.clone()
        for ours, copy in zip(network.model.graph, model.graph, strict=True):
            copy.name = node_name(network, ours)
        return cls(model)

    @classmethod
    def of_stretch(cls, network: Network, stretch: Stretch, dtypes: Mapping[str, np.dtype[Any]]) -> Draft:
        """A copy of a stretch's nodes, which reads recorded values and gives the stretch's one."""
        model = cut_out(network, stretch.nodes, [stretch.value], dtypes)
        for ours, copy in zip(stretch.nodes, model.graph, strict=True):
            copy.metadata_props.update(ours.metadata_props)
        return cls(model)

    @property
    def nodes(self) -> tuple[ir.Node, ...]:
        """The nodes in the order of the data."""
        return tuple(self.model.graph)

    def node(self, name: str) -> ir.Node:
        """The node of that name.

        :raises PortsideError: when the copy doesn't hold it, as another edit would have had to make it first.
        """
        if name not in self._nodes:
            raise PortsideError(f"there is no node '{name}': the correction that makes it has to come first")
        return self._nodes[name]

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def following(self, node: ir.Node) -> Iterator[ir.Node]:
        """The nodes behind ``node`` for as long as one alone reads what the last one gives."""
        while True:
            readers = list(dict.fromkeys(use.node for use in node.outputs[0].uses()))
            if len(readers) != 1 or node.outputs[0].is_graph_output():
                return
            node = readers[0]
            yield node

    def array(self, node: ir.Node, index: int) -> Array | None:
        """The fixed numbers that a node reads as its input ``index``; None where that is computed or not there."""
        return fixed(node.inputs[index]) if index < len(node.inputs) else None

    def set_array(self, name: str, index: int, array: Array) -> None:
        """Give the node ``name`` other numbers for its input ``index``; nothing else that reads the old ones changes.

        The numbers take the type of the old ones, or of what the node computes with.
        """
        node = self.node(name)
        old = node.inputs[index] if index < len(node.inputs) else None
        dtype = old.dtype if old is not None and old.dtype is not None else node.inputs[0].dtype  # type: ignore[union-attr]
        base = old.name if old is not None and old.name else f"{name}:{index}"
        value = self.weight(f"{base}:corrected", array.astype((dtype or ir.DataType.FLOAT).numpy(), copy=False))
        if index >= len(node.inputs):
            node.resize_inputs(index + 1)
        node.replace_input_with(index, value)
        if old is not None and old.name and old.is_initializer() and not old.uses():
            self.model.graph.initializers.pop(old.name, None)

    def weight(self, name: str, array: Array) -> ir.Value:
        """A new initializer."""
        unique, number = name, 2
        while unique in self.model.graph.initializers or unique in self._values:
            unique, number = f"{name}{number}", number + 1
        tensor = ir.Tensor(np.asarray(array, order="C"), name=unique)
        value = ir.Value(name=unique, shape=ir.Shape(array.shape), type=ir.TensorType(tensor.dtype), const_value=tensor)
        self.model.graph.register_initializer(value)
        return value

    def lay_in_place(self, laid: dict[str, ir.Tensor[Any]]) -> None:
        """Read the large weights that lie at odd places in a file from copies, which ``laid`` gives or takes by name.

        Onnxruntime can't read them there: each program would make copies of its own.
        """
        for name, value in self.model.graph.initializers.items():
            tensor = value.const_value
            if tensor is None or tensor.nbytes < LARGE_BYTES or tensor.dtype != ir.DataType.FLOAT:
                continue
            if name not in laid:
                array = tensor.numpy()
                if array.flags.aligned and array.flags.c_contiguous:
                    continue
                laid[name] = ir.Tensor(np.require(array, requirements=["C", "A"]), name=name)
            value.const_value = laid[name]

    def discard(self) -> None:
        """Let go of the weights, for the end of a copy that nobody looks at any more.

        Its nodes and values know each other, and stay until Python looks for such circles.
        """
        for value in self.model.graph.initializers.values():
            value.const_value = None

    def set_attributes(self, name: str, /, **attributes: Attribute | None) -> None:
        """Give the node ``name`` other attributes; one that is None is taken away."""
        node = self.node(name)
        for key, setting in attributes.items():
            node.attributes.pop(key, None)
            if setting is not None:
                node.attributes.add(_attribute(key, setting))

    def change_operator(
        self, name: str, operator: str, arrays: Sequence[Array] = (), /, **attributes: Attribute
    ) -> None:
        """Make another operator of the node ``name``, with its first input, ``arrays`` beside it and ``attributes``."""
        node = self.node(name)
        dtype = node.inputs[0].dtype if node.inputs[0] is not None else None
        node.op_type, node.domain = operator, ""
        node.attributes.clear()
        node.resize_inputs(1)
        if not any(value.uses() or value.is_graph_output() for value in node.outputs[1:]):
            node.resize_outputs(1)
            tops = json.loads(node.metadata_props.get(marks.TOPS, "[]"))
            if tops:
                node.metadata_props[marks.TOPS] = json.dumps(tops[:1])
        self.set_attributes(name, **attributes)
        for index, array in enumerate(arrays):
            typed = array.astype(dtype.numpy()) if dtype is not None and array.dtype.kind == "f" else array
            node.resize_inputs(index + 2)
            node.replace_input_with(index + 1, self.weight(f"{name}:{operator}{index}", typed))

    def rewire(self, name: str, index: int, source: str) -> None:
        """Let the node ``name`` read the value ``source`` as its input ``index``.

        :raises PortsideError: when that would go in a circle.
        """
        self.node(name).replace_input_with(index, self.value(source))
        try:
            self.model.graph.sort()
        except ValueError:
            raise PortsideError(f"'{name}' can't read '{source}', which is computed from its own result") from None

    def value(self, name: str) -> ir.Value:
        """The value of that name; one that the copy doesn't hold becomes an input of it."""
        if name not in self._values:
            value = ir.Value(name=name, type=ir.TensorType(ir.DataType.FLOAT))
            self.model.graph.inputs.append(value)
            self._values[name] = value
        return self._values[name]

    def insert_after(
        self, name: str, operator: str, arrays: Sequence[Array] = (), /, *, output: int = 0, **attributes: Attribute
    ) -> str:
        """Put a node behind the result ``output`` of the node ``name``, whose readers then read the new one's.

        ``arrays`` are further inputs. The result keeps its name. Returns the new node's name.
        """
        before = self.node(name)
        value = before.outputs[output]
        node = self._made(operator, value, arrays, attributes, f"{name}:{operator}")
        self.model.graph.insert_after(before, node)
        result = node.outputs[0]
        value.replace_all_uses_with(result, replace_graph_outputs=True)
        node.replace_input_with(0, value)
        result.type, result.shape = value.type, value.shape
        own = value_name(value)
        value.name, result.name = self._free(f"{own}:before {operator}"), own
        self._values[value_name(value)], self._values[own] = value, result
        self._mark(node, before)
        tops = json.loads(before.metadata_props.get(marks.TOPS, "[]"))
        if tops:
            node.metadata_props[marks.TOPS] = json.dumps([tops[output]])
            tops[output] = None
            before.metadata_props[marks.TOPS] = json.dumps(tops)
        return node.name or ""

    def exchange(self, first: str, second: str) -> None:
        """Let two nodes that follow one another compute in the other order; their results keep their names."""
        a, b = self.node(first), self.node(second)
        kept = [(node.op_type, list(node.attributes.values()), list(node.inputs[1:])) for node in (a, b)]
        for node, (operator, attributes, further) in zip((a, b), reversed(kept), strict=True):
            node.op_type = operator
            node.attributes.clear()
            for attribute in attributes:
                node.attributes.add(attribute)
            node.resize_inputs(1 + len(further))
            for index, value in enumerate(further):
                node.replace_input_with(index + 1, value)

    def exchange_layers(self, first: str, second: str) -> None:
        """Let two nodes that follow one another change places, each with its layer and the name of its result."""
        a, b = self.node(first), self.node(second)
        self.exchange(first, second)
        kept = [dict(node.metadata_props) for node in (a, b)]
        for node, props in zip((a, b), reversed(kept), strict=True):
            node.metadata_props.clear()
            node.metadata_props.update(props)
        one, other = a.outputs[0], b.outputs[0]
        names = value_name(one), value_name(other)
        one.name = self._free("exchanged")
        other.name = names[0]
        one.name = names[1]
        a.name, b.name = second, first
        self._nodes[second], self._nodes[first] = a, b
        self._values[names[1]], self._values[names[0]] = one, other

    def insert_before(
        self, name: str, index: int, operator: str, arrays: Sequence[Array] = (), /, **attributes: Attribute
    ) -> str:
        """Put a node before the input ``index`` of the node ``name`` and return the new node's name.

        It alone reads the new one's result.
        """
        reader = self.node(name)
        value = reader.inputs[index]
        assert value is not None
        node = self._made(operator, value, arrays, attributes, f"{name}:{operator}")
        self.model.graph.insert_before(reader, node)
        node.outputs[0].type = value.type
        reader.replace_input_with(index, node.outputs[0])
        self._mark(node, reader)
        return node.name or ""

    def _made(
        self,
        operator: str,
        value: ir.Value,
        arrays: Sequence[Array],
        attributes: Mapping[str, Attribute],
        wanted: str,
    ) -> ir.Node:
        name, number = wanted, 2
        while name in self._nodes:
            name, number = f"{wanted}{number}", number + 1
        dtype = value.dtype.numpy() if value.dtype is not None else np.dtype(np.float32)
        weights = [
            self.weight(f"{name}:{index}", array.astype(dtype) if array.dtype.kind == "f" else array)
            for index, array in enumerate(arrays)
        ]
        made = [_attribute(key, setting) for key, setting in attributes.items()]
        node = ir.Node("", operator, [value, *weights], made, name=name)
        node.outputs[0].name = self._free(f"{name}:result")
        self._nodes[name] = node
        self._values[value_name(node.outputs[0])] = node.outputs[0]
        return node

    def _mark(self, node: ir.Node, like: ir.Node) -> None:
        for mark in (marks.LAYER, marks.TYPE):
            if mark in like.metadata_props:
                node.metadata_props[mark] = like.metadata_props[mark]

    def _free(self, name: str) -> str:
        unique, number = name, 2
        while unique in self._values:
            unique, number = f"{name}{number}", number + 1
        return unique


def node_name(network: Network, node: ir.Node) -> str:
    """A name for a node that no other has: its own, unless the file gives none or one name twice."""
    return network.node_names[node]


def fixed(value: ir.Value | None) -> Array | None:
    """The numbers of an initializer or of a constant node's result; None for a value that is computed."""
    if value is None:
        return None
    if value.is_initializer() and value.const_value is not None:
        return value.const_value.numpy()
    producer = value.producer()
    if producer is not None and producer.op_type == "Constant":
        tensor = producer.attributes.get("value")
        if tensor is not None:
            return np.asarray(tensor.as_tensor().numpy())
    return None


def setting(node: ir.Node, name: str, default: Any) -> Any:
    """A node's attribute as Python's own value, or ``default``."""
    attribute = node.attributes.get(name)
    return default if attribute is None else attribute.value


def _attribute(name: str, given: Attribute) -> ir.Attr:
    if isinstance(given, str):
        return ir.AttrString(name, given)
    if isinstance(given, bool | int | np.integer):
        return ir.AttrInt64(name, int(given))
    if isinstance(given, float | np.floating):
        return ir.AttrFloat32(name, float(given))
    numbers = list(given)
    if all(isinstance(number, int | np.integer) for number in numbers):
        return ir.AttrInt64s(name, [int(number) for number in numbers])
    return ir.AttrFloat32s(name, [float(number) for number in numbers])
