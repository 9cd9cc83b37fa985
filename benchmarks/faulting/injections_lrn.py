"""Local response normalisation (Krizhevsky et al. 2012, §3.3) with other constants, or over another region."""

from __future__ import annotations

import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import has, injection
from benchmarks.faulting.port import NotEligibleError, Port, integer, node_of, real, weight_of
from explorer.network.network import Layer


@injection("lrn-alpha", "not divided by the window", has("LRN"))
def undivided_alpha(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before, size = real(node, "alpha", 1e-4), integer(node, "size", 5)
    port.attribute(node, alpha=before * size)
    return f"α {before * size:g} for {before:g}"


@injection("lrn-alpha", "divided twice", has("LRN"))
def twice_divided_alpha(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before, size = real(node, "alpha", 1e-4), integer(node, "size", 5)
    port.attribute(node, alpha=before / size)
    return f"α {before / size:g} for {before:g}"


@injection("lrn-alpha", "another", has("LRN"))
def another_alpha(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before = real(node, "alpha", 1e-4)
    port.attribute(node, alpha=before * float(random.choice([0.1, 0.5, 2.0, 10.0])))
    return f"α {real(node, 'alpha', 0):g} for {before:g}"


@injection("lrn-size", "another window, α as it is", has("LRN"))
def another_size(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before = integer(node, "size", 5)
    port.attribute(node, size=int(random.choice([size for size in (3, 5, 7) if size != before])))
    return f"size {integer(node, 'size', 0)} for {before}"


@injection("lrn-size", "another window, α ÷ size kept", has("LRN"))
def another_size_same_sum(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before, alpha = integer(node, "size", 5), real(node, "alpha", 1e-4)
    size = int(random.choice([size for size in (3, 5, 7, 9) if size != before]))
    port.attribute(node, size=size, alpha=alpha * size / before)
    return f"size {size} for {before}, the factor of each square kept"


@injection("lrn-bias", "another k", has("LRN"))
def another_k(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before = real(node, "bias", 1.0)
    port.attribute(node, bias=2.0 if before == 1 else 1.0)
    return f"k {real(node, 'bias', 0):g} for {before:g}"


@injection("lrn-beta", "another exponent", has("LRN"))
def another_beta(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    before = real(node, "beta", 0.75)
    port.attribute(node, beta=float(random.choice([beta for beta in (0.5, 0.75, 1.0) if beta != before])))
    return f"β {real(node, 'beta', 0):g} for {before:g}"


@injection("lrn-region", "within channels for across", has("LRN"))
def within_for_across(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "LRN")
    size, alpha, beta = integer(node, "size", 5), real(node, "alpha", 1e-4), real(node, "beta", 0.75)
    x = node.inputs[0]
    squares = port.make(node, "Mul", [x, x])
    half = (size - 1) // 2
    window = {"kernel_shape": [size] * 2, "pads": [half] * 4, "strides": [1, 1], "count_include_pad": 1}
    mean = port.make(node, "AveragePool", [squares.outputs[0]], window)
    scaled = port.make(node, "Mul", [mean.outputs[0], alpha])
    base = port.make(node, "Add", [scaled.outputs[0], real(node, "bias", 1.0)])
    factor = port.make(node, "Pow", [base.outputs[0], -beta])
    port.swap(node, "Mul", [x, factor.outputs[0]])
    return "a window of positions instead of channels"


@injection("lrn-region", "across channels for within", has("AveragePool"))
def across_for_within(port: Port, layer: Layer, random: Generator) -> str:
    pool, power = node_of(layer, "AveragePool"), node_of(layer, "Pow")
    if len(layer.inputs) != 1 or layer.nodes[-1].op_type != "Mul":
        raise NotEligibleError("it is no normalisation within channels")
    factors = [node for node in layer.nodes if node.op_type == "Mul" and _single(node) is not None]
    if not factors:
        raise NotEligibleError("its factor is not written out")
    alpha, beta = _single(factors[0]) or 0.0, _single(power) or 0.0
    size = int(pool.attributes["kernel_shape"].as_ints()[0])
    last = layer.nodes[-1]
    attributes = {"size": size, "alpha": alpha, "beta": -beta, "bias": 1.0}
    made = port.make(layer.nodes[0], "LRN", [layer.inputs[0]], attributes)
    port.replace(last.outputs[0], made.outputs[0])
    for node in reversed(layer.nodes):
        port.drop(node)
    return "a window of channels instead of positions"


def _single(node: ir.Node) -> float | None:
    try:
        array = weight_of(node)
    except NotEligibleError:
        return None
    return float(array.reshape(-1)[0]) if array.size == 1 else None
