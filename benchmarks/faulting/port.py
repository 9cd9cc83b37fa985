"""A port that can be made wrong: an editable copy of a network, and the edits that injections are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.network import marks
from explorer.network.network import Layer, Network

Array = NDArray[Any]


class NotEligibleError(Exception):
    """This fault has no place in this layer."""


class Port:
    """A copy of a network under an injection's hands.

    The source's own parameters are taken off, as no wrong port carries the right ones. ``picture`` are the pixels that
    the port would read from the picture's file (H×W×3, RGB), or None.
    """

    def __init__(self, network: Network, picture: Array | None = None) -> None:
        self.model = network.model.clone()
        self.picture = picture
        for node in self.model.graph:
            node.metadata_props.pop(marks.PARAMETERS, None)

    @property
    def network(self) -> Network:
        """The network as it stands now."""
        return Network(self.model)

    def layer(self, name: str) -> Layer:
        """A layer as it stands now.

        :raises NotEligibleError: when an earlier edit has taken it away.
        """
        found = self.network.layer.get(name)
        if found is None:
            raise NotEligibleError(f"there is no layer '{name}' any more")
        return found

    def put(self, node: ir.Node, index: int, array: Array) -> None:
        """Give the node other numbers as its input ``index``; other readers of the old ones keep them."""
        old = node.inputs[index] if index < len(node.inputs) else None
        if old is not None and old.is_initializer() and len(old.uses()) == 1 and old.name is not None:
            tensor = ir.Tensor(np.array(array, order="C"), name=old.name)
            old.const_value, old.shape = tensor, ir.Shape(array.shape)
            return
        self.connect(node, index, self.initializer(f"{node.name}:input{index}", array))

    def connect(self, node: ir.Node, index: int, value: ir.Value | None) -> None:
        """Let the node read ``value`` as its input ``index``."""
        if index >= len(node.inputs):
            node.resize_inputs(index + 1)
        node.replace_input_with(index, value)

    def initializer(self, name: str, array: Array) -> ir.Value:
        """New numbers under a name that is still free."""
        free, number = name, 2
        while free in self.model.graph.initializers:
            free, number = f"{name}_{number}", number + 1
        tensor = ir.Tensor(np.array(array, order="C"), name=free)
        value = ir.Value(name=free, shape=tensor.shape, type=ir.TensorType(tensor.dtype), const_value=tensor)
        self.model.graph.register_initializer(value)
        return value

    def attribute(self, node: ir.Node, **attributes: Any) -> None:
        """Set attributes; None takes one away."""
        for name, value in attributes.items():
            node.attributes.pop(name, None)
            if value is not None:
                node.attributes.update({name: _attributes({name: value})[0]})

    def make(
        self,
        beside: ir.Node,
        operator: str,
        inputs: Sequence[ir.Value | Array | float | None],
        attributes: Mapping[str, Any] | None = None,
        *,
        after: bool = False,
        outputs: int = 1,
    ) -> ir.Node:
        """A new node before or after another one, in its layer, unrecorded. Numbers among ``inputs`` become weights."""
        number = sum(1 for _ in self.model.graph)
        name = f"{beside.name}/{operator}_{number}"
        read = [
            value
            if value is None or isinstance(value, ir.Value)
            else self.initializer(f"{name}:{index}", np.asarray(value, None if _whole(value) else np.float32))
            for index, value in enumerate(inputs)
        ]
        node = ir.Node("", operator, read, _attributes(attributes or {}), num_outputs=outputs, name=name)
        for index, value in enumerate(node.outputs):
            value.name = f"{name}.{index}" if index else name
        for mark in (marks.LAYER, marks.TYPE):
            if mark in beside.metadata_props:
                node.metadata_props[mark] = beside.metadata_props[mark]
        (self.model.graph.insert_after if after else self.model.graph.insert_before)(beside, node)
        return node

    def replace(self, value: ir.Value, made: ir.Value) -> None:
        """Let ``made`` stand where ``value`` stood: its readers, name, record and place among the outputs."""
        node, new = value.producer(), made.producer()
        assert node is not None and new is not None
        upstream = _ancestors(made)
        for use in list(value.uses()):
            if use.node is not new and use.node not in upstream:
                use.node.replace_input_with(use.idx, made)
        outputs = self.model.graph.outputs
        for index, output in enumerate(list(outputs)):
            if output is value:
                outputs[index] = made
        name, taken = value.name, {each.name for each_node in self.model.graph for each in each_node.outputs}
        raw = f"{name}:raw"
        while raw in taken:
            raw += "'"
        value.name, made.name = raw, name
        tops = json.loads(node.metadata_props.pop(marks.TOPS, "[null]"))
        position = list(node.outputs).index(value)
        if position < len(tops) and tops[position] is not None:
            new.metadata_props[marks.TOPS] = json.dumps(
                [tops[position] if output is made else None for output in new.outputs]
            )
            tops[position] = None
            if any(top is not None for top in tops):
                node.metadata_props[marks.TOPS] = json.dumps(tops)
        made.type, made.shape = value.type, value.shape

    def swap(
        self,
        node: ir.Node,
        operator: str,
        inputs: Sequence[ir.Value | Array | float | None],
        attributes: Mapping[str, Any] | None = None,
    ) -> ir.Node:
        """Another operator in the place of a node with one output that is read."""
        new = self.make(node, operator, inputs, attributes)
        self.replace(node.outputs[0], new.outputs[0])
        self.drop(node)
        return new

    def append(
        self, value: ir.Value, operator: str, others: Sequence[Array | float] = (), attributes: Any = None
    ) -> ir.Node:
        """Work on ``value`` at the end of its layer; what follows and what is recorded is the result."""
        node = value.producer()
        if node is None:
            raise NotEligibleError("an input has no layer to be appended to")
        new = self.make(node, operator, [value, *others], attributes, after=True)
        self.replace(value, new.outputs[0])
        return new

    def drop(self, node: ir.Node) -> None:
        """Take a node away that nothing reads any more, and the weights that only it read."""
        read = [value for value in node.inputs if value is not None]
        self.model.graph.remove(node, safe=True)
        for value in read:
            name = value.name or ""
            if value.is_initializer() and not value.uses() and name in self.model.graph.initializers:
                del self.model.graph.initializers[name]

    def remove_layer(self, layer: Layer) -> None:
        """Leave out a layer with one input and one output: its readers read its input."""
        if len(layer.inputs) != 1 or len(layer.outputs) != 1 or layer.outputs[0].is_graph_output():
            raise NotEligibleError("only a layer in the middle of a chain can be left out")
        source = layer.inputs[0]
        own = set(layer.nodes)
        for use in list(layer.outputs[0].uses()):
            if use.node not in own:
                use.node.replace_input_with(use.idx, source)
        for node in reversed(layer.nodes):
            self.drop(node)


def numbers(value: ir.Value | None) -> Array | None:
    """The numbers of a weight or of a constant; None for what is computed."""
    if value is None:
        return None
    producer = value.producer()
    if value.is_initializer() and value.const_value is not None:
        return value.const_value.numpy()
    if producer is not None and producer.op_type == "Constant" and "value" in producer.attributes:
        return producer.attributes["value"].as_tensor().numpy()
    return None


def node_of(layer: Layer, *operators: str) -> ir.Node:
    """The layer's first node of one of these operators.

    :raises NotEligibleError: when there is none.
    """
    for node in layer.nodes:
        if node.op_type in operators:
            return node
    raise NotEligibleError(f"'{layer.name}' has no {' or '.join(operators)}")


def weight_of(node: ir.Node, index: int = 1) -> Array:
    """The numbers that the node reads as its input ``index``.

    :raises NotEligibleError: when they are computed or absent.
    """
    found = numbers(node.inputs[index]) if index < len(node.inputs) else None
    if found is None:
        raise NotEligibleError(f"'{node.name}' has no weights at {index}")
    return found


def bias_of(node: ir.Node) -> Array | None:
    """The node's third input, a bias, where it has one."""
    return numbers(node.inputs[2]) if len(node.inputs) > 2 else None


def integers(node: ir.Node, name: str, default: Sequence[int]) -> list[int]:
    """An attribute of whole numbers."""
    return list(node.attributes[name].as_ints()) if name in node.attributes else list(default)


def real(node: ir.Node, name: str, default: float) -> float:
    """An attribute that is a real number."""
    return float(node.attributes[name].as_float()) if name in node.attributes else default


def integer(node: ir.Node, name: str, default: int) -> int:
    """An attribute that is a whole number."""
    return int(node.attributes[name].as_int()) if name in node.attributes else default


def sizes(value: ir.Value | None) -> tuple[int, ...]:
    """The value's shape with 1 for a size that is named.

    :raises NotEligibleError: when it has none.
    """
    if value is None or value.shape is None:
        raise NotEligibleError("the shape is unknown")
    return tuple(dim if isinstance(dim, int) else 1 for dim in value.shape)


def _attributes(attributes: Mapping[str, Any]) -> list[ir.Attr]:
    return list(ir.convenience.convert_attributes(dict(attributes)))


def _whole(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


def _ancestors(value: ir.Value) -> set[ir.Node]:
    """The nodes of the value's own layer that lead to it."""
    producer = value.producer()
    if producer is None:
        return set()
    mark = producer.metadata_props.get(marks.LAYER)
    found, waiting = {producer}, [producer]
    while waiting:
        for read in waiting.pop().inputs:
            before = None if read is None else read.producer()
            if before is not None and before not in found and before.metadata_props.get(marks.LAYER) == mark:
                found.add(before)
                waiting.append(before)
    return found
