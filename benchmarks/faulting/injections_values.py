"""Weights whose layout is right and whose numbers are others: permuted, exchanged, rounded, damaged, forgotten."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, injection
from benchmarks.faulting.injections_weights import WEIGHTED, weighted
from benchmarks.faulting.port import Array, NotEligibleError, Port, bias_of, integer, node_of, sizes, weight_of
from explorer.network.network import Layer, Network


def out_axis(node: ir.Node) -> int:
    """Which axis of the weight counts the outputs."""
    if node.op_type == "Conv":
        return 0
    if node.op_type == "Gemm":
        return 0 if integer(node, "transB", 0) else 1
    return 1


def is_classifier(layer: Layer, network: Network) -> bool:
    """Whether nothing with weights follows: the rows are the classes'."""
    waiting = list(layer.outputs)
    seen = set()
    while waiting:
        for use in waiting.pop().uses():
            if use.node in seen:
                continue
            seen.add(use.node)
            if use.node.op_type in (*WEIGHTED, "Concat", "Add", "BatchNormalization", "PRelu"):
                return False
            waiting.extend(use.node.outputs)
    return weighted(layer, network)


def _in_the_middle(layer: Layer, network: Network) -> bool:
    return weighted(layer, network) and not is_classifier(layer, network)


def permute_outputs(port: Port, layer: Layer, order: Array) -> None:
    """Put the outputs of a layer with weights into another order, biases too."""
    node = node_of(layer, *WEIGHTED)
    weight, bias = weight_of(node), bias_of(node)
    if node.op_type == "ConvTranspose" and integer(node, "group", 1) > 1:
        raise NotEligibleError("a grouped transposed convolution has its outputs in two axes")
    port.put(node, 1, np.take(weight, order, out_axis(node)))
    if bias is not None:
        port.put(node, 2, bias[order])


def _outputs(layer: Layer) -> int:
    node = node_of(layer, *WEIGHTED)
    count = int(weight_of(node).shape[out_axis(node)])
    if count < 2:
        raise NotEligibleError("it has one output")
    return count


@injection("channels-permuted", "reversed", _in_the_middle)
def reverse_channels(port: Port, layer: Layer, random: Generator) -> str:
    permute_outputs(port, layer, np.arange(_outputs(layer))[::-1])
    return "output channels reversed"


@injection("channels-permuted", "rolled by one", _in_the_middle)
def roll_channels(port: Port, layer: Layer, random: Generator) -> str:
    permute_outputs(port, layer, np.roll(np.arange(_outputs(layer)), 1))
    return "output channels rolled by one"


@injection("channels-permuted", "two exchanged", _in_the_middle)
def exchange_two_channels(port: Port, layer: Layer, random: Generator) -> str:
    order = np.arange(_outputs(layer))
    a, b = random.choice(order.size, 2, replace=False)
    order[[a, b]] = order[[b, a]]
    permute_outputs(port, layer, order)
    return f"channels {a} and {b} exchanged"


@injection("channels-permuted", "shuffled", _in_the_middle)
def shuffle_channels(port: Port, layer: Layer, random: Generator) -> str:
    permute_outputs(port, layer, random.permutation(_outputs(layer)))
    return "output channels shuffled"


@injection("label-order", "rolled by a background class", is_classifier)
def roll_classes(port: Port, layer: Layer, random: Generator) -> str:
    permute_outputs(port, layer, np.roll(np.arange(_outputs(layer)), random.choice([-1, 1])))
    return "classes shifted by one"


@injection("label-order", "sorted by name", is_classifier)
def sort_classes(port: Port, layer: Layer, random: Generator) -> str:
    permute_outputs(port, layer, random.permutation(_outputs(layer)))
    return "classes in another order"


@injection("label-order", "probabilities rolled", has("Softmax"))
def roll_probabilities(port: Port, layer: Layer, random: Generator) -> str:
    value = node_of(layer, "Softmax").outputs[0]
    if not value.is_graph_output() or value.shape is None or len(value.shape) != 2:
        raise NotEligibleError("it gives no vector of classes")
    count = sizes(value)[1]
    port.append(value, "Gather", [np.roll(np.arange(count), 1).astype(np.int64)], {"axis": 1})
    return "probabilities shifted by one class"


def _alike(port: Port, layer: Layer) -> list[Layer]:
    node = node_of(layer, *WEIGHTED)
    shape, bias = weight_of(node).shape, bias_of(node)
    found = []
    for other in port.network.layers:
        theirs = next((each for each in other.nodes if each.op_type == node.op_type), None)
        if other.name == layer.name or theirs is None or (bias_of(theirs) is None) != (bias is None):
            continue
        try:
            if weight_of(theirs).shape == shape and not np.array_equal(weight_of(theirs), weight_of(node)):
                found.append(other)
        except NotEligibleError:
            continue
    return found


def _exchange(port: Port, layers: list[Layer], *, biases: bool) -> Done:
    nodes = [node_of(layer, *WEIGHTED) for layer in layers]
    weights, vectors = [weight_of(node) for node in nodes], [bias_of(node) for node in nodes]
    for index, node in enumerate(nodes):
        port.put(node, 1, weights[index - 1])
        bias = vectors[index - 1]
        if biases and bias is not None:
            port.put(node, 2, bias)
    names = [layer.name for layer in layers]
    return Done(f"weights go round {' → '.join(names)}", tuple(frozenset([name]) for name in names))


@injection("weights-exchanged", "two layers", weighted)
def exchange_two(port: Port, layer: Layer, random: Generator) -> Done:
    others = _alike(port, layer)
    if not others:
        raise NotEligibleError("no other layer has its shape")
    return _exchange(port, [layer, others[random.integers(len(others))]], biases=True)


@injection("weights-exchanged", "kernels of two layers, biases in place", weighted)
def exchange_two_kernels(port: Port, layer: Layer, random: Generator) -> Done:
    others = _alike(port, layer)
    if not others or bias_of(node_of(layer, *WEIGHTED)) is None:
        raise NotEligibleError("no other layer has its shape and a bias")
    return _exchange(port, [layer, others[random.integers(len(others))]], biases=False)


@injection("weights-exchanged", "three layers", weighted)
def exchange_three(port: Port, layer: Layer, random: Generator) -> Done:
    others = _alike(port, layer)
    if len(others) < 2:
        raise NotEligibleError("no two other layers have its shape")
    chosen = random.choice(len(others), 2, replace=False)
    return _exchange(port, [layer, *(others[index] for index in chosen)], biases=True)


def _bias(layer: Layer) -> tuple[ir.Node, Array]:
    node = node_of(layer, *WEIGHTED)
    bias = bias_of(node)
    if bias is None or not bias.any():
        raise NotEligibleError("it has no bias")
    return node, bias


@injection("bias-missing", "dropped", weighted)
def drop_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, _ = _bias(layer)
    old = node.inputs[2]
    node.resize_inputs(2)
    if old is not None and old.name and not old.uses():
        del port.model.graph.initializers[old.name]
    return "no bias"


@injection("bias-missing", "zeros", weighted)
def zero_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    port.put(node, 2, np.zeros_like(bias))
    return "bias of zeros"


@injection("bias-wrong", "another layer's", weighted)
def bias_of_another(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    found = []
    for other in port.network.layers:
        theirs = next((each for each in other.nodes if each.op_type in WEIGHTED), None)
        vector = None if theirs is None else bias_of(theirs)
        if other.name != layer.name and vector is not None and vector.shape == bias.shape:
            found.append((other.name, vector))
    if not found:
        raise NotEligibleError("no other bias has its length")
    name, vector = found[random.integers(len(found))]
    port.put(node, 2, vector)
    return f"the bias of '{name}'"


@injection("bias-wrong", "sign", weighted)
def negate_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    port.put(node, 2, -bias)
    return "bias subtracted"


@injection("bias-wrong", "permuted", weighted)
def permute_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    port.put(node, 2, random.permutation(bias))
    return "bias permuted"


@injection("bias-wrong", "added twice", weighted)
def double_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    port.put(node, 2, 2 * bias)
    return "bias added twice"


@injection("bias-wrong", "a few entries", weighted)
def damage_bias(port: Port, layer: Layer, random: Generator) -> str:
    node, bias = _bias(layer)
    changed = bias.copy()
    chosen = random.choice(bias.size, max(1, bias.size // 10), replace=False)
    changed[chosen] += (np.abs(bias).mean() + 1e-3) * random.standard_normal(chosen.size).astype(bias.dtype)
    port.put(node, 2, changed)
    return f"{chosen.size} of {bias.size} biases are others"
