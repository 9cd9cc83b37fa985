"""Batch normalisation: its vectors, its place and its arithmetic."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, injection, leave_out
from benchmarks.faulting.port import Array, NotEligibleError, Port, node_of, real, sizes, weight_of
from explorer.network.network import Layer

BN = "BatchNormalization"
SCALE, OFFSET, MEAN, VARIANCE = 1, 2, 3, 4
MOVING_AVERAGE = 999.98236
"""Caffe's third blob after some ten thousand iterations with a moving average of 0.999."""

EPSILONS = (1e-5, 2e-5, 1e-4, 1e-3)
normalised = has(BN)


def _vectors(layer: Layer) -> tuple[ir.Node, dict[int, Array]]:
    node = node_of(layer, BN)
    return node, {index: weight_of(node, index) for index in (SCALE, OFFSET, MEAN, VARIANCE)}


@injection("bn-epsilon", "another", normalised)
def other_epsilon(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, BN)
    before = real(node, "epsilon", 1e-5)
    choices = [value for value in EPSILONS if not np.isclose(value, before, rtol=0.01)]
    port.attribute(node, epsilon=float(random.choice(choices)))
    return f"ε {real(node, 'epsilon', 0):g} for {before:g}"


@injection("bn-epsilon", "nearly another", normalised)
def near_epsilon(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, BN)
    before = real(node, "epsilon", 1e-5)
    port.attribute(node, epsilon=2 * before)
    return f"ε {2 * before:g} for {before:g}"


@injection("bn-scale-factor", "sums not divided", normalised)
def undivided(port: Port, layer: Layer, random: Generator) -> str:
    node, vectors = _vectors(layer)
    for index in (MEAN, VARIANCE):
        port.put(node, index, vectors[index] * np.float32(MOVING_AVERAGE))
    return f"mean and variance × {MOVING_AVERAGE}"


@injection("bn-scale-factor", "divided twice", normalised)
def divided_twice(port: Port, layer: Layer, random: Generator) -> str:
    node, vectors = _vectors(layer)
    for index in (MEAN, VARIANCE):
        port.put(node, index, vectors[index] / np.float32(MOVING_AVERAGE))
    return f"mean and variance ÷ {MOVING_AVERAGE}"


def _exchange(port: Port, layer: Layer, a: int, b: int) -> None:
    node, vectors = _vectors(layer)
    if VARIANCE in (a, b) and vectors[a if b == VARIANCE else b].min() < 0:
        # A port with a negative variance gives NaN, and is found before anybody compares.
        vectors[a if b == VARIANCE else b] = np.abs(vectors[a if b == VARIANCE else b])
    port.put(node, a, vectors[b])
    port.put(node, b, vectors[a])


@injection("bn-parameters", "mean and offset exchanged", normalised)
def exchange_mean_and_offset(port: Port, layer: Layer, random: Generator) -> str:
    _exchange(port, layer, MEAN, OFFSET)
    return "moving mean and β exchanged"


@injection("bn-parameters", "scale and offset exchanged", normalised)
def exchange_scale_and_offset(port: Port, layer: Layer, random: Generator) -> str:
    _exchange(port, layer, SCALE, OFFSET)
    return "γ and β exchanged"


@injection("bn-parameters", "scale and variance exchanged", normalised)
def exchange_scale_and_variance(port: Port, layer: Layer, random: Generator) -> str:
    _, vectors = _vectors(layer)
    if vectors[SCALE].min() <= 0:
        raise NotEligibleError("a negative variance is found before anybody compares")
    _exchange(port, layer, SCALE, VARIANCE)
    return "γ and the variance exchanged"


@injection("bn-parameters", "standard deviation for variance", normalised)
def deviation_for_variance(port: Port, layer: Layer, random: Generator) -> str:
    node, vectors = _vectors(layer)
    port.put(node, VARIANCE, np.sqrt(vectors[VARIANCE]))
    return "standard deviation in the place of the variance"


@injection("bn-parameters", "permuted", normalised)
def permute_vectors(port: Port, layer: Layer, random: Generator) -> str:
    node, vectors = _vectors(layer)
    order = random.permutation(vectors[MEAN].size)
    for index, vector in vectors.items():
        port.put(node, index, vector[order])
    return "all vectors in another order of channels"


def _of_another(port: Port, layer: Layer, random: Generator, indices: tuple[int, ...]) -> str:
    node, vectors = _vectors(layer)
    found = []
    for other in port.network.layers:
        theirs = next((each for each in other.nodes if each.op_type == BN), None)
        if other.name != layer.name and theirs is not None and weight_of(theirs, MEAN).size == vectors[MEAN].size:
            found.append((other.name, theirs))
    if not found:
        raise NotEligibleError("no other layer has as many channels")
    name, theirs = found[random.integers(len(found))]
    for index in indices:
        port.put(node, index, weight_of(theirs, index))
    return name


@injection("bn-parameters", "statistics of another layer", normalised)
def statistics_of_another(port: Port, layer: Layer, random: Generator) -> str:
    return f"mean and variance of '{_of_another(port, layer, random, (MEAN, VARIANCE))}'"


@injection("bn-parameters", "the mean of another layer", normalised)
def mean_of_another(port: Port, layer: Layer, random: Generator) -> str:
    return f"mean of '{_of_another(port, layer, random, (MEAN,))}'"


@injection("bn-gamma", "ignored", normalised)
def ignore_gamma(port: Port, layer: Layer, random: Generator) -> str:
    node, vectors = _vectors(layer)
    port.put(node, SCALE, np.ones_like(vectors[SCALE]))
    return "γ of ones"


@injection("bn-gamma", "a Scale layer's factor ignored", has("Mul"))
def ignore_scale_layer(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Mul")
    before = layer.inputs[0].producer() if layer.inputs else None
    if before is None or before.op_type != BN:
        raise NotEligibleError("no normalisation stands before it")
    port.put(node, 1, np.ones_like(weight_of(node)))
    return "factors of ones"


@injection("bn-missing", "passed by", normalised)
def pass_normalisation(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, BN)
    port.swap(node, "Identity", [node.inputs[0]])
    return "no normalisation"


@injection("bn-missing", "layer left out", normalised)
def leave_normalisation_out(port: Port, layer: Layer, random: Generator) -> Done:
    return leave_out(port, layer, "no normalisation layer")


@injection("bn-batch-statistics", "training mode", normalised)
def training_mode(port: Port, layer: Layer, random: Generator) -> str:
    node, _ = _vectors(layer)
    if np.prod(sizes(node.inputs[0])[2:]) < 2:
        raise NotEligibleError("one position has no variance")
    made = port.make(
        node, BN, list(node.inputs), {"epsilon": real(node, "epsilon", 1e-5), "training_mode": 1}, outputs=3
    )
    port.replace(node.outputs[0], made.outputs[0])
    port.drop(node)
    return "normalised by the batch's own statistics"


@injection("bn-batch-statistics", "written out, each picture by itself", normalised)
def own_statistics(port: Port, layer: Layer, random: Generator) -> str:
    node, _ = _vectors(layer)
    if np.prod(sizes(node.inputs[0])[2:]) < 2:
        raise NotEligibleError("one position has no variance")
    port.swap(
        node,
        "InstanceNormalization",
        [node.inputs[0], node.inputs[1], node.inputs[2]],
        {"epsilon": real(node, "epsilon", 1e-5)},
    )
    return "normalised by each picture's own statistics"


@injection("bn-order", "behind the activation", normalised)
def normalise_behind(port: Port, layer: Layer, random: Generator) -> Done:
    """The activation's node reads the convolution, the normalisation the activation; each keeps its layer's name."""
    node = node_of(layer, BN)
    uses = list(node.outputs[0].uses())
    following = uses[0].node if len(uses) == 1 else None
    if following is None or following.op_type not in ("Relu", "Clip", "LeakyRelu", "Elu", "PRelu"):
        raise NotEligibleError("no activation alone follows it")
    _exchange_neighbours(port, node, following)
    other = following.metadata_props.get("portside.layer", "")
    return Done(f"after '{other}' instead of before it", (frozenset([layer.name, other]),))


@injection("bn-order", "before the activation", normalised)
def normalise_before(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, BN)
    before = node.inputs[0].producer() if node.inputs[0] is not None else None
    if (
        before is None
        or before.op_type not in ("Relu", "Clip", "LeakyRelu", "Elu")
        or len(before.outputs[0].uses()) != 1
    ):
        raise NotEligibleError("no activation alone stands before it")
    _exchange_neighbours(port, before, node)
    other = before.metadata_props.get("portside.layer", "")
    return Done(f"before '{other}' instead of after it", (frozenset([layer.name, other]),))


def _exchange_neighbours(port: Port, first: ir.Node, second: ir.Node) -> None:
    source, middle, last = first.inputs[0], first.outputs[0], second.outputs[0]
    for use in list(last.uses()):
        use.node.replace_input_with(use.idx, middle)
    for index, output in enumerate(list(port.model.graph.outputs)):
        if output is last:
            port.model.graph.outputs[index] = middle
    second.replace_input_with(0, source)
    first.replace_input_with(0, last)
    port.model.graph.remove(first)
    port.model.graph.insert_after(second, first)
