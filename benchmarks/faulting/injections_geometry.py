"""Windows: padding, strides, dilation, poolings, upsampling and crops."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, has_where, injection
from benchmarks.faulting.port import NotEligibleError, Port, integer, integers, node_of, numbers, sizes
from explorer.network.network import Layer

SLIDING = ("Conv", "MaxPool", "AveragePool")
POOLS = ("MaxPool", "AveragePool")

dilated = has_where(lambda node: integers(node, "dilations", [1, 1]) != [1, 1], "Conv")
wide = has_where(lambda node: max(integers(node, "kernel_shape", [1])) > 1, *SLIDING)
padded = has_where(lambda node: any(integers(node, "pads", [0])), *SLIDING)


def _window(layer: Layer, *operators: str) -> tuple[ir.Node, list[int], list[int], list[int]]:
    """The node, its kernel, strides and pads."""
    node = node_of(layer, *operators)
    kernel = integers(node, "kernel_shape", [])
    if len(kernel) != 2:
        raise NotEligibleError("it has no window of two axes")
    return node, kernel, integers(node, "strides", [1, 1]), integers(node, "pads", [0] * 4)


def _set_pads(port: Port, node: ir.Node, pads: list[int]) -> None:
    kernel = integers(node, "kernel_shape", [])
    if node.op_type in POOLS and any(pad >= kernel[axis % 2] for axis, pad in enumerate(pads)):
        raise NotEligibleError("a pooling's padding is smaller than its kernel")
    if min(pads) < 0:
        raise NotEligibleError("there is no negative padding")
    port.attribute(node, pads=pads)


@injection("padding", "none", padded)
def no_padding(port: Port, layer: Layer, random: Generator) -> str:
    node, _, _, pads = _window(layer, *SLIDING)
    if not any(pads):
        raise NotEligibleError("it has none")
    _set_pads(port, node, [0] * 4)
    return f"no padding for {pads}"


@injection("padding", "around the result instead of the maps", padded)
def pad_afterwards(port: Port, layer: Layer, random: Generator) -> str:
    node, _, strides, pads = _window(layer, "Conv")
    if not any(pads) or strides != [1, 1]:
        raise NotEligibleError("it has none, or a stride")
    _set_pads(port, node, [0] * 4)
    ends = np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64)
    port.append(node.outputs[0], "Pad", [ends, 0.0])
    return f"zeros {pads} around the result"


@injection("padding", "one where there is none", wide)
def pad_by_one(port: Port, layer: Layer, random: Generator) -> str:
    node, kernel, _, pads = _window(layer, *SLIDING)
    if any(pads) or max(kernel) == 1:
        raise NotEligibleError("it has padding, or a window of one position")
    _set_pads(port, node, [(side - 1) // 2 for side in kernel] * 2)
    return "padding for none"


@injection("padding", "moved to the high end", padded)
def pad_high(port: Port, layer: Layer, random: Generator) -> str:
    node, _, _, pads = _window(layer, *SLIDING)
    if pads[:2] == [0, 0]:
        raise NotEligibleError("it has none on the low side")
    moved = [0, 0, pads[0] + pads[2], pads[1] + pads[3]]
    _set_pads(port, node, moved)
    return f"{moved} for {pads}"


@injection("padding", "moved to the low end", padded)
def pad_low(port: Port, layer: Layer, random: Generator) -> str:
    node, _, _, pads = _window(layer, *SLIDING)
    if pads[2:] == [0, 0]:
        raise NotEligibleError("it has none on the high side")
    moved = [pads[0] + pads[2], pads[1] + pads[3], 0, 0]
    _set_pads(port, node, moved)
    return f"{moved} for {pads}"


@injection("padding", "SAME's split for a symmetric one, or the reverse", padded)
def exchange_split(port: Port, layer: Layer, random: Generator) -> str:
    node, kernel, strides, pads = _window(layer, *SLIDING)
    height, width = sizes(node.inputs[0])[2:]
    if pads[:2] != pads[2:]:
        _set_pads(port, node, [max(pads[axis], pads[axis + 2]) for axis in (0, 1)] * 2)
        return f"symmetric for {pads}"
    lows, highs = [], []
    for size, side, stride in zip((height, width), kernel, strides, strict=True):
        total = max(0, (-(-size // stride) - 1) * stride + side - size)
        lows.append(total // 2)
        highs.append(total - total // 2)
    if [*lows, *highs] == pads or not any(pads):
        raise NotEligibleError("both are the same")
    _set_pads(port, node, [*lows, *highs])
    return f"SAME's {[*lows, *highs]} for {pads}"


@injection("padding", "of one axis only", padded)
def pad_one_axis(port: Port, layer: Layer, random: Generator) -> str:
    node, _, _, pads = _window(layer, *SLIDING)
    if not pads[0] or not pads[2]:
        raise NotEligibleError("it has none in height")
    _set_pads(port, node, [pads[0] - 1, pads[1], pads[2] + 1, pads[3]])
    return "shifted by one in height"


@injection("padding", "a padding layer's shifted", has("Pad"))
def shift_pad_layer(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "Pad")
    ends = numbers(node.inputs[1])
    if ends is None or ends.size != 8 or not ends[[2, 3]].all():
        raise NotEligibleError("it pads no maps on the low side")
    moved = ends.copy()
    moved[[2, 3]] -= 1
    moved[[6, 7]] += 1
    port.put(node, 1, moved)
    return f"{moved[[2, 3, 6, 7]].tolist()} for {ends[[2, 3, 6, 7]].tolist()}"


@injection("pool-rounding", "down for up", has(*POOLS))
def round_down(port: Port, layer: Layer, random: Generator) -> str:
    node, *_ = _window(layer, *POOLS)
    if not integer(node, "ceil_mode", 0):
        raise NotEligibleError("it rounds down")
    port.attribute(node, ceil_mode=0)
    return "rounded down"


@injection("pool-rounding", "up for down", has(*POOLS))
def round_up(port: Port, layer: Layer, random: Generator) -> str:
    node, *_ = _window(layer, *POOLS)
    if integer(node, "ceil_mode", 0):
        raise NotEligibleError("it rounds up")
    port.attribute(node, ceil_mode=1)
    return "rounded up"


@injection("pool-rounding", "last window not clipped", has("AveragePool"))
def unclipped_last_window(port: Port, layer: Layer, random: Generator) -> Done:
    node, kernel, strides, pads = _window(layer, "AveragePool")
    shape, out = sizes(node.inputs[0])[2:], sizes(node.outputs[0])[2:]
    over = [
        max(0, (windows - 1) * stride + side - (size + low + high))
        for windows, stride, side, size, low, high in zip(out, strides, kernel, shape, pads[:2], pads[2:], strict=True)
    ]
    if not any(over) or not integer(node, "ceil_mode", 0):
        raise NotEligibleError("no window goes beyond the end")
    # Padded with zeros up to whole windows, each divided by the whole kernel: what a port without ceil does.
    _set_pads(port, node, [*pads[:2], pads[2] + over[0], pads[3] + over[1]])
    port.attribute(node, ceil_mode=0, count_include_pad=1)
    said = "the last windows reach beyond the end and are divided by the whole kernel"
    return Done(said, causes=frozenset(["pool-rounding", "padding"]))


@injection("pool-offset", "windows begin one earlier", has(*POOLS))
def begin_earlier(port: Port, layer: Layer, random: Generator) -> str:
    """What is left of Keras's ZeroPadding2D → PoolHelper → MaxPooling2D when the PoolHelper is forgotten."""
    node, _, strides, pads = _window(layer, *POOLS)
    if min(strides) < 2:
        raise NotEligibleError("its stride is 1")
    out, was = sizes(node.inputs[0])[2:], sizes(node.outputs[0])[2:]
    kernel = integers(node, "kernel_shape", [])
    lows = [pads[0] + 1, pads[1] + 1]
    highs = [
        max(0, (windows - 1) * stride + side - size - low)
        for windows, stride, side, size, low in zip(was, strides, kernel, out, lows, strict=True)
    ]
    _set_pads(port, node, [*lows, *highs])
    port.attribute(node, ceil_mode=0)
    return "a row and a column of zeros kept at the low end"


@injection("pool-offset", "first row and column dropped", has(*POOLS))
def drop_first(port: Port, layer: Layer, random: Generator) -> str:
    node, kernel, strides, pads = _window(layer, *POOLS)
    if min(strides) < 2 or any(pads[:2]):
        raise NotEligibleError("its stride is 1, or it is padded")
    spatial, was = sizes(node.inputs[0])[2:], sizes(node.outputs[0])[2:]
    starts, ends, axes = np.array([1, 1]), np.array([2**31 - 1] * 2), np.array([2, 3])
    cut = port.make(node, "Slice", [node.inputs[0], starts, ends, axes])
    port.connect(node, 0, cut.outputs[0])
    highs = [
        max(0, (windows - 1) * stride + side - (size - 1))
        for windows, stride, side, size in zip(was, strides, kernel, spatial, strict=True)
    ]
    _set_pads(port, node, [0, 0, *highs])
    port.attribute(node, ceil_mode=0)
    return "first row and column dropped"


@injection("average-divisor", "padded positions counted or not", has("AveragePool"))
def exchange_divisor(port: Port, layer: Layer, random: Generator) -> str:
    node, *_ = _window(layer, "AveragePool")
    counted = integer(node, "count_include_pad", 0)
    port.attribute(node, count_include_pad=1 - counted)
    return "padded positions counted" if not counted else "padded positions not counted"


@injection("pool-kind", "maximum for average, or the reverse", has(*POOLS, "GlobalAveragePool", "GlobalMaxPool"))
def exchange_kind(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, *POOLS, "GlobalAveragePool", "GlobalMaxPool")
    maximum = "Max" in node.op_type
    other = node.op_type.replace("Max", "Average") if maximum else node.op_type.replace("Average", "Max")
    attributes = {key: attribute.value for key, attribute in node.attributes.items() if key != "count_include_pad"}
    port.swap(node, other, list(node.inputs), attributes)
    return f"{other} for {'Max' if maximum else 'Average'}Pool"


@injection("stride-dilation", "dilated by two", wide)
def dilate(port: Port, layer: Layer, random: Generator) -> str:
    node, kernel, _, pads = _window(layer, "Conv")
    if integers(node, "dilations", [1, 1]) != [1, 1] or max(kernel) == 1:
        raise NotEligibleError("it is dilated, or has a window of one position")
    grown = [pad + (side - 1) // 2 for pad, side in zip(pads, kernel * 2, strict=True)]
    _set_pads(port, node, grown)
    port.attribute(node, dilations=[2, 2])
    return "dilated by 2, padded for it"


@injection("stride-dilation", "not dilated", dilated)
def undilate(port: Port, layer: Layer, random: Generator) -> str:
    node, kernel, _, pads = _window(layer, "Conv")
    dilations = integers(node, "dilations", [1, 1])
    if dilations == [1, 1]:
        raise NotEligibleError("it is not dilated")
    less = [
        pad - (dilation - 1) * (side - 1) // 2
        for pad, dilation, side in zip(pads, dilations * 2, kernel * 2, strict=True)
    ]
    _set_pads(port, node, less)
    port.attribute(node, dilations=[1, 1])
    return f"dilation 1 for {dilations[0]}"


@injection("stride-dilation", "another stride", has(*SLIDING))
def change_stride(port: Port, layer: Layer, random: Generator) -> str:
    node, _, strides, _ = _window(layer, *SLIDING)
    other = [1, 1] if strides[0] > 1 else [2, 2]
    port.attribute(node, strides=other)
    return f"stride {other[0]} for {strides[0]}"


@injection("stride-dilation", "stride for dilation", dilated)
def subsample_and_repeat(port: Port, layer: Layer, random: Generator) -> Done:
    """A stride of two whose result is brought back to size by repeating it: a port's way round a missing dilation."""
    node, *_ = _window(layer, "Conv")
    strides, out = integers(node, "strides", [1, 1]), sizes(node.outputs[0])[2:]
    if strides != [1, 1] or any(side % 2 for side in out) or integers(node, "dilations", [1, 1]) == [1, 1]:
        raise NotEligibleError("it has no dilation to be replaced")
    port.attribute(node, strides=[2, 2])
    scales = np.array([1, 1, 2, 2], np.float32)
    empty = port.initializer(f"{node.name}:roi", np.zeros(0, np.float32))
    resized = port.make(node, "Resize", [node.outputs[0], empty, scales], {"mode": "nearest"}, after=True)
    port.replace(node.outputs[0], resized.outputs[0])
    return Done("stride 2, every position twice")
