"""Caffe's layers that slide a window: convolution, pooling, normalisation over neighbours; and the inner product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, Convert
from explorer.network.builder import shape_tuple
from explorer.network.shapes import CaffePool, caffe_pool, convolution_size

FLT_MAX = float(np.finfo(np.float32).max)


def convolution(layer: CaffeLayer) -> list[ir.Value]:
    """Caffe's Convolution: cross-correlation, output size rounded down (conv_layer.cpp)."""
    layer.wants(range(1, 65), range(len(layer.bottoms), len(layer.bottoms) + 1))
    param = layer.message.convolution_param
    spatial = _spatial(layer, param.axis)
    kernel = _per_axis(layer, "kernel", param.kernel_size, (param.kernel_h, param.kernel_w), len(spatial), None)
    strides = _per_axis(layer, "stride", param.stride, (param.stride_h, param.stride_w), len(spatial), 1)
    pads = _per_axis(layer, "pad", param.pad, (param.pad_h, param.pad_w), len(spatial), 0)
    dilations = _per_axis(layer, "dilation", param.dilation, (0, 0), len(spatial), 1)
    group, out = max(1, param.group), param.num_output
    channels = layer.shape[1]
    if not isinstance(channels, int) or out <= 0 or channels % group or out % group:
        raise layer.error(f"{channels} channels and {out} kernels can't be divided into {group} groups")
    sizes = [
        convolution_size(size, k, s, (p, p), d)
        for size, k, s, p, d in zip(spatial, kernel, strides, pads, dilations, strict=True)
    ]
    if min(sizes) <= 0:
        raise layer.error(f"its kernel {kernel} is larger than its padded input {tuple(spatial)}")
    if any(shape_tuple(bottom)[1:] != layer.shape[1:] for bottom in layer.bottoms):
        raise layer.error("its bottoms differ in shape")
    weight = layer.weight(0, "weight", (out, channels // group, *kernel))
    bias = layer.weight(1, "bias", (out,)) if param.bias_term else None
    tops = [
        layer.build.convolution(
            bottom,
            weight,
            bias,
            strides=strides,
            pads=[*pads, *pads],
            dilations=dilations,
            group=group,
            spatial=sizes,
        )
        for bottom in layer.bottoms
    ]
    return layer.give(*tops)


def pooling(layer: CaffeLayer) -> list[ir.Value]:
    """Caffe's Pooling: rounds up and clips the last window.

    An average is divided by the window's part of the padded input (pooling_layer.cpp).
    """
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.pooling_param
    method = param.PoolMethod.Name(param.pool)
    if method == "STOCHASTIC":
        raise layer.error("stochastic pooling has no fixed answer at test time")
    kind = {"MAX": "MaxPool", "AVE": "AveragePool"}[method]
    spatial = _spatial(layer, 1)
    if len(spatial) != 2:
        raise layer.error(f"pooling takes maps of 2 axes, here are {len(spatial)}")
    if param.global_pooling:
        return layer.give(layer.build.global_pooling(layer.bottom, kind))
    kernel = _per_axis(layer, "kernel", _single(param, "kernel_size"), (param.kernel_h, param.kernel_w), 2, None)
    strides = _per_axis(layer, "stride", _single(param, "stride"), (param.stride_h, param.stride_w), 2, 1)
    pads = _per_axis(layer, "pad", _single(param, "pad"), (param.pad_h, param.pad_w), 2, 0)
    if any(pad >= k for pad, k in zip(pads, kernel, strict=True)):
        raise layer.error(f"its padding {pads} is not smaller than its kernel {kernel}")
    ceil = param.round_mode == param.CEIL
    axes = [
        caffe_pool(*sizes, ceil=ceil, padded=any(pads)) for sizes in zip(spatial, kernel, strides, pads, strict=True)
    ]
    if min(axis.windows for axis in axes) <= 0:
        raise layer.error(f"its kernel {kernel} is larger than its padded input {tuple(spatial)}")
    pooled = layer.build.pooling(
        layer.bottom,
        kind,
        kernel=kernel,
        strides=strides,
        pads=[*pads, *pads],
        ceil=ceil,
        count_padding=True,
        spatial=[axis.full_windows for axis in axes],
    )
    return layer.give(_append_empty_windows(layer, pooled, kind, axes))


def lrn(layer: CaffeLayer) -> list[ir.Value]:
    """Caffe's LRN: α over the window's size across channels, over its area within a channel, where k is not used."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.lrn_param
    size = param.local_size
    if size % 2 == 0:
        raise layer.error(f"its local_size {size} is not odd")
    build = layer.build
    if param.norm_region == param.ACROSS_CHANNELS:
        return layer.give(build.lrn(layer.bottom, size=size, alpha=param.alpha, beta=param.beta, k=param.k))
    if len(layer.shape) != 4:
        raise layer.error("LRN within a channel takes maps of 2 axes")
    squared = build.elementwise("Mul", layer.bottom, layer.bottom)
    pads = [(size - 1) // 2] * 4
    spatial = _spatial(layer, 1)
    mean = build.pooling(
        squared,
        "AveragePool",
        kernel=[size, size],
        strides=[1, 1],
        pads=pads,
        ceil=False,
        count_padding=True,
        spatial=spatial,
    )
    scaled = build.elementwise("Mul", mean, build.constant(float(param.alpha)))
    base = build.elementwise("Add", scaled, build.constant(1.0))
    factor = build.elementwise("Pow", base, build.constant(-float(param.beta)))
    return layer.give(build.elementwise("Mul", layer.bottom, factor))


def inner_product(layer: CaffeLayer) -> list[ir.Value]:
    """Caffe's InnerProduct: all axes from ``axis`` on are one vector, in C order (inner_product_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.inner_product_param
    axis, out, build = layer.axis(param.axis), param.num_output, layer.build
    if axis == 0:
        raise layer.error("an inner product over the batch can't be carried over")
    length = 1
    for size in layer.shape[axis:]:
        assert isinstance(size, int)
        length *= size
    weight = layer.weight(0, "weight", (length, out) if param.transpose else (out, length))
    bias = layer.weight(1, "bias", (out,)) if param.bias_term else None
    if axis == 1:
        return layer.give(build.dense(build.flatten(layer.bottom), weight, bias, transposed=not param.transpose))
    leading = layer.shape[:axis]
    sizes = build.constant(np.array([0] * axis + [length], np.int64))
    x = build.node("Reshape", [layer.bottom, sizes], (*leading, length))
    if not param.transpose:
        weight = build.node("Transpose", [weight], (length, out), {"perm": [1, 0]})
    y = build.node("MatMul", [x, weight], (*leading, out))
    return layer.give(y if bias is None else build.elementwise("Add", y, bias))


def _append_empty_windows(layer: CaffeLayer, pooled: ir.Value, kind: str, axes: list[CaffePool]) -> ir.Value:
    """Add the trailing row and column that Caffe computes over nothing where the stride steps over the input's end."""
    for axis, pool in enumerate(axes):
        if pool.empty_gap is None:
            continue
        # The maximum starts at −FLT_MAX; an average divides nothing by the window's part inside, which is ≤ 0 long.
        fill = -FLT_MAX if kind == "MaxPool" else (float("nan") if pool.empty_gap == 0 else -0.0)
        shape = list(shape_tuple(pooled))
        shape[2 + axis] = pool.windows
        ends = np.zeros(8, np.int64)
        ends[4 + 2 + axis] = 1
        pooled = layer.build.node("Pad", [pooled, layer.build.constant(ends), layer.build.constant(fill)], tuple(shape))
    return pooled


def _spatial(layer: CaffeLayer, channel_axis: int) -> list[int]:
    if layer.axis(channel_axis) != 1:
        raise layer.error(f"channels on axis {channel_axis} can't be carried over, only on axis 1")
    sizes = layer.shape[2:]
    return [size for size in sizes if isinstance(size, int)]


def _single(param: Any, name: str) -> list[int]:
    return [getattr(param, name)] if param.HasField(name) else []


def _per_axis(
    layer: CaffeLayer, what: str, given: Any, pair: tuple[int, int], axes: int, default: int | None
) -> tuple[int, ...]:
    """One number for each spatial axis, from Caffe's repeated field, its ``_h``/``_w`` pair, or the default."""
    numbers: tuple[int, ...]
    if any(pair):
        if len(given) or axes != 2:
            raise layer.error(f"has both {what}_h/{what}_w and {what}, or they don't fit {axes} axes")
        numbers = pair
    elif len(given) in (1, axes):
        numbers = tuple(given) if len(given) == axes else (given[0],) * axes
    elif not len(given) and default is not None:
        numbers = (default,) * axes
    else:
        raise layer.error(f"{what} has {len(given)} numbers for {axes} axes")
    if any(number <= 0 for number in numbers) and what != "pad":
        raise layer.error(f"its {what} {numbers} is not positive")
    return numbers


WINDOWS: Mapping[str, Convert] = {
    "Convolution": convolution,
    "Pooling": pooling,
    "LRN": lrn,
    "InnerProduct": inner_product,
}
