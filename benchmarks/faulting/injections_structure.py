"""Layers joined, summed, wired and read otherwise."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, Fits, has, injection
from benchmarks.faulting.injections_activations import KINDS
from benchmarks.faulting.port import Array, NotEligibleError, Port, integer, node_of, numbers, sizes
from explorer.network.network import Layer, Network


def _reorder(port: Port, layer: Layer, order: Array) -> str:
    node = node_of(layer, "Concat")
    before = list(node.inputs)
    for index, source in enumerate(order):
        node.replace_input_with(index, before[source])
    return f"branches in the order {list(map(int, order))}"


@injection("concat-order", "two exchanged", has("Concat"))
def exchange_branches(port: Port, layer: Layer, random: Generator) -> str:
    count = len(node_of(layer, "Concat").inputs)
    order = np.arange(count)
    a, b = random.choice(count, 2, replace=False)
    order[[a, b]] = order[[b, a]]
    return _reorder(port, layer, order)


@injection("concat-order", "reversed", has("Concat"))
def reverse_branches(port: Port, layer: Layer, random: Generator) -> str:
    count = len(node_of(layer, "Concat").inputs)
    if count < 3:
        raise NotEligibleError("that exchanges two")
    return _reorder(port, layer, np.arange(count)[::-1])


@injection("concat-order", "sorted otherwise", has("Concat"))
def shuffle_branches(port: Port, layer: Layer, random: Generator) -> str:
    count = len(node_of(layer, "Concat").inputs)
    if count < 3:
        raise NotEligibleError("that exchanges two")
    order = random.permutation(count)
    while (order == np.arange(count)).any():
        order = random.permutation(count)
    return _reorder(port, layer, order)


@injection("concat-axis", "another axis", has("Concat"))
def another_axis(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Concat")
    shapes = [sizes(value) for value in node.inputs]
    before = integer(node, "axis", 1) % len(shapes[0])
    if len(set(shapes)) > 1:
        raise NotEligibleError("its branches differ in shape")
    axis = int(random.choice([axis for axis in range(len(shapes[0])) if axis != before]))
    port.attribute(node, axis=axis)
    return f"along axis {axis} for {before}"


@injection("concat-axis", "another axis, brought back to the shape", has("Concat"))
def another_axis_reshaped(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Concat")
    shapes, whole = [sizes(value) for value in node.inputs], sizes(node.outputs[0])
    if len(set(shapes)) > 1 or len(whole) < 3:
        raise NotEligibleError("its branches differ in shape")
    before = integer(node, "axis", 1) % len(whole)
    axis = int(random.choice([axis for axis in range(1, len(whole)) if axis != before]))
    joined = port.make(node, "Concat", list(node.inputs), {"axis": axis})
    port.swap(node, "Reshape", [joined.outputs[0], np.array([0, *whole[1:]], np.int64)])
    return f"along axis {axis} for {before}, then reshaped"


def _sums_maps(layer: Layer, network: Network) -> bool:
    return len(layer.inputs) >= 2 and any(node.op_type in ("Add", "Sum", "Sub") for node in layer.nodes)


def _sum(layer: Layer) -> ir.Node:
    node = node_of(layer, "Add", "Sum", "Sub")
    if any(numbers(value) is not None for value in node.inputs):
        raise NotEligibleError("it adds a constant")
    return node


def _scale_term(port: Port, node: ir.Node, index: int, factor: float) -> None:
    scaled = port.make(node, "Mul", [node.inputs[index], factor])
    port.connect(node, index, scaled.outputs[0])


@injection("sum-coefficients", "one term subtracted", _sums_maps)
def subtract(port: Port, layer: Layer, random: Generator) -> str:
    node = _sum(layer)
    index = int(random.integers(len(node.inputs)))
    _scale_term(port, node, index, -1.0)
    return f"term {index} × −1"


@injection("sum-coefficients", "mean for sum", _sums_maps)
def take_mean(port: Port, layer: Layer, random: Generator) -> str:
    node = _sum(layer)
    port.append(node.outputs[0], "Mul", [1 / len(node.inputs)])
    return "the mean instead of the sum"


@injection("sum-coefficients", "another factor", _sums_maps)
def another_factor(port: Port, layer: Layer, random: Generator) -> str:
    node = _sum(layer)
    index, factor = int(random.integers(len(node.inputs))), float(random.choice([0.17, 0.5, 2.0]))
    _scale_term(port, node, index, factor)
    return f"term {index} × {factor:g}"


@injection("sum-coefficients", "factors ignored", _sums_maps)
def ignore_factors(port: Port, layer: Layer, random: Generator) -> str:
    changed = 0
    for node in layer.nodes:
        for index, value in enumerate(node.inputs):
            factor = numbers(value)
            if node.op_type == "Mul" and factor is not None and factor.size == 1:
                port.put(node, index, np.ones_like(factor)) if value and value.is_initializer() else port.connect(
                    node, index, port.initializer(f"{node.name}:one", np.ones_like(factor))
                )
                changed += 1
    if not changed:
        raise NotEligibleError("it has no factors")
    return f"{changed} factors of 1"


def _of_shape(port: Port, shape: tuple[int, ...], before: ir.Node) -> list[ir.Value]:
    """Values of this shape, batch aside, that are there before ``before`` runs, outputs of layers only."""
    found: list[ir.Value] = []
    given = {value for layer in port.network.layers for value in layer.outputs}
    for node in port.model.graph:
        if node is before:
            break
        found += [value for value in node.outputs if value in given and _has_shape(value, shape[1:])]
    return found


def _has_shape(value: ir.Value, shape: tuple[int, ...]) -> bool:
    return value.shape is not None and sizes(value)[1:] == shape


@injection("wiring", "fed from another layer of the same shape", lambda layer, network: bool(layer.inputs))
def rewire(port: Port, layer: Layer, random: Generator) -> Done:
    own = set(layer.nodes)
    reads = [(node, index) for node in layer.nodes for index, value in enumerate(node.inputs) if value in layer.inputs]
    node, index = reads[random.integers(len(reads))]
    right = node.inputs[index]
    others = [value for value in _of_shape(port, sizes(right), layer.nodes[0]) if value is not right]
    others = [value for value in others if value.producer() not in own]
    if not others:
        raise NotEligibleError("no other value has the shape of what it reads")
    # People mistake a neighbour for the right one more often than something far away.
    near = others[-4:] if random.random() < 0.7 else others
    chosen = near[random.integers(len(near))]
    for each in layer.nodes:
        for position, value in enumerate(each.inputs):
            if value is right and (len(layer.inputs) == 1 or each is node):
                each.replace_input_with(position, chosen)
    said = f"reads '{chosen.name}' for '{right.name if right else ''}'"
    passed = None if right is None else right.producer()
    if passed is None or chosen not in passed.inputs or right is None or right.uses():
        return Done(said)
    # Nothing reads the layer in between any more: it is as good as left out.
    name = passed.metadata_props.get("portside.layer", layer.name)
    missing = "bn-missing" if passed.op_type == "BatchNormalization" else "activation-missing"
    causes = frozenset(["wiring", missing] if passed.op_type in (*KINDS, "BatchNormalization") else ["wiring"])
    before = chosen.producer()
    names = [layer.name, name, "" if before is None else before.metadata_props.get("portside.layer", "")]
    return Done(said, (frozenset(names) - {""},), causes)


def _heads(layer: Layer, network: Network) -> bool:
    return len(network.outputs) > 1 and any(value in network.outputs for value in layer.outputs)


def _head(cause: str, fits: Fits) -> None:
    def take_another_head(port: Port, layer: Layer, random: Generator) -> Done:
        own = next(value for value in layer.outputs if value.is_graph_output())
        producer = own.producer()
        assert producer is not None
        order = {node: place for place, node in enumerate(port.model.graph)}
        others: list[ir.Value] = []
        for value in port.model.graph.outputs:
            last = value.producer()
            read = None if last is None else last.inputs[0]
            made = None if read is None else read.producer()
            if value is own or read is None or made is None or read is producer.inputs[0]:
                continue
            if sizes(read) == sizes(producer.inputs[0]) and order[made] < order[producer]:
                others.append(read)
        if not others or producer.op_type not in ("Softmax", "Identity", "Reshape"):
            raise NotEligibleError("no other head has its shape")
        producer.replace_input_with(0, others[0])
        return Done(f"reads '{others[0].name}', the other head", causes=frozenset(["output-head", "wiring"]))

    injection(cause, "another classifier's", fits)(take_another_head)


_head("output-head", _heads)
