"""Weights that were rounded, damaged or replaced, and values that don't fit into half precision."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import has, injection
from benchmarks.faulting.injections_values import out_axis
from benchmarks.faulting.injections_weights import WEIGHTED, weighted
from benchmarks.faulting.port import Array, NotEligibleError, Port, bias_of, node_of, weight_of
from explorer.network.network import Layer

HALF_MAX = 65504.0


def _node(layer: Layer) -> tuple[ir.Node, Array]:
    node = node_of(layer, *WEIGHTED)
    return node, weight_of(node)


@injection("weights-precision", "float16", weighted)
def through_half(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    port.put(node, 1, weight.astype(np.float16).astype(np.float32))
    return "kernels through float16"


@injection("weights-precision", "float16 with the bias", weighted)
def bias_through_half(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    bias = bias_of(node)
    if bias is None:
        raise NotEligibleError("it has no bias")
    port.put(node, 1, weight.astype(np.float16).astype(np.float32))
    port.put(node, 2, bias.astype(np.float16).astype(np.float32))
    return "kernels and biases through float16"


@injection("weights-precision", "bfloat16", weighted)
def through_bfloat(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    bits = np.ascontiguousarray(weight, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    port.put(node, 1, rounded.astype(np.uint32).view(np.float32))
    return "kernels through bfloat16"


@injection("weights-precision", "int8 for the whole tensor", weighted)
def to_int8(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    step = np.abs(weight).max() / 127
    port.put(node, 1, (np.rint(weight / step) * step).astype(np.float32))
    return "kernels through int8, one step for all"


@injection("weights-precision", "int8 by channel", weighted)
def to_int8_by_channel(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    axes = tuple(axis for axis in range(weight.ndim) if axis != out_axis(node))
    step = np.maximum(np.abs(weight).max(axes, keepdims=True), 1e-30) / 127
    port.put(node, 1, (np.rint(weight / step) * step).astype(np.float32))
    return "kernels through int8, a step for each output"


@injection("weights-precision", "unsigned 8 bits with a zero point", weighted)
def to_uint8(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    low, high = min(float(weight.min()), 0.0), max(float(weight.max()), 0.0)
    step = (high - low) / 255
    zero = round(-low / step)
    quantised = np.clip(np.rint(weight / step) + zero, 0, 255)
    port.put(node, 1, ((quantised - zero) * step).astype(np.float32))
    return "kernels through uint8 with a zero point"


@injection("weights-other", "noise", weighted)
def add_noise(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    level = float(np.exp(random.uniform(np.log(0.01), np.log(0.5))))
    noise = random.standard_normal(weight.shape).astype(np.float32) * weight.std() * np.float32(level)
    port.put(node, 1, weight + noise)
    return f"{level:.1%} of noise"


@injection("weights-other", "some kernels zero", weighted)
def zero_kernels(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    axis = out_axis(node)
    count = weight.shape[axis]
    chosen = random.choice(count, max(1, count // 16), replace=False)
    changed = np.moveaxis(weight.copy(), axis, 0)
    changed[chosen] = 0
    port.put(node, 1, np.moveaxis(changed, 0, axis))
    return f"kernels {sorted(map(int, chosen))[:4]}… of {count} are zero"


@injection("weights-other", "one kernel scaled", weighted)
def scale_kernel(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    axis = out_axis(node)
    chosen = int(random.integers(weight.shape[axis]))
    factor = float(random.choice([0.5, 1.5, 2.0, -1.0]))
    changed = np.moveaxis(weight.copy(), axis, 0)
    changed[chosen] *= factor
    port.put(node, 1, np.moveaxis(changed, 0, axis))
    return f"kernel {chosen} × {factor:g}"


@injection("weights-other", "all scaled", weighted)
def scale_all(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    factor = float(random.choice([0.1, 0.5, 0.9, 1.1, 2.0]))
    port.put(node, 1, weight * np.float32(factor))
    return f"kernels × {factor:g}"


@injection("weights-other", "of another training", weighted)
def draw_again(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    drawn = random.standard_normal(weight.shape).astype(np.float32) * weight.std() + weight.mean()
    port.put(node, 1, drawn)
    return "kernels that have nothing to do with the original's"


@injection("weights-other", "and biases of another training", weighted)
def draw_both_again(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    bias = bias_of(node)
    if bias is None or not bias.any():
        raise NotEligibleError("it has no bias")
    port.put(node, 1, (weight * (1 + 0.1 * random.standard_normal(weight.shape))).astype(np.float32))
    port.put(node, 2, (bias * (1 + 0.1 * random.standard_normal(bias.shape))).astype(np.float32))
    return "kernels and biases of another checkpoint, about 10 % away"


@injection("overflow", "a weight beyond half precision", weighted)
def overflow_weight(port: Port, layer: Layer, random: Generator) -> str:
    node, weight = _node(layer)
    place = np.unravel_index(int(np.abs(weight).argmax()), weight.shape)
    # The exporter divided by a tiny variance, or an unscaled constant was folded in: one number is too large for half.
    changed = weight.astype(np.float32).copy()
    changed[place] = np.copysign(1e5, weight[place])
    with np.errstate(over="ignore"):
        port.put(node, 1, changed.astype(np.float16).astype(np.float32))
    return "one weight became infinite in float16"


@injection("overflow", "sums beyond half precision", has("Conv", "Gemm"))
def overflow_sums(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Conv", "Gemm")
    # Half-precision kernels of some devices keep sums scaled; a scale chosen too large leaves infinities behind.
    scale = float(random.choice([2e4, 1e5]))
    scaled = port.append(node.outputs[0], "Mul", [scale])
    halved = port.append(scaled.outputs[0], "Cast", attributes={"to": int(ir.DataType.FLOAT16)})
    widened = port.append(halved.outputs[0], "Cast", attributes={"to": int(ir.DataType.FLOAT)})
    port.append(widened.outputs[0], "Div", [scale])
    return "sums kept in float16 overflow"


@injection("overflow", "exponentials beyond half precision", has("Softmax"))
def overflow_softmax(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Softmax")
    axis = np.array([1], np.int64)
    halved = port.make(node, "Cast", [node.inputs[0]], {"to": int(ir.DataType.FLOAT16)})
    powers = port.make(node, "Exp", [halved.outputs[0]])
    total = port.make(node, "ReduceSum", [powers.outputs[0], axis], {"keepdims": 1})
    ratio = port.make(node, "Div", [powers.outputs[0], total.outputs[0]])
    port.swap(node, "Cast", [ratio.outputs[0]], {"to": int(ir.DataType.FLOAT)})
    return "softmax in float16 without taking off the maximum"
