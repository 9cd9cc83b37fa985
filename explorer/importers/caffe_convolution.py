"""Caffe's layers that slide learned kernels over maps, in one, two, three or more axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, LayerType, by, fork_names, numbers, same_sizes
from explorer.importers.caffe_weights import filler_of
from explorer.network.builder import product, shape_tuple
from explorer.network.shapes import convolution_size, deconvolution_size


@dataclass(frozen=True)
class Windows:
    """The geometry of a convolution: one number for each spatial axis."""

    spatial: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]


def convolution(layer: CaffeLayer) -> list[ir.Value]:
    """Cross-correlation, output size rounded down, one set of kernels for all bottoms (conv_layer.cpp)."""
    return _convolution(layer, layer.message.convolution_param.group)


def depthwise_convolution(layer: CaffeLayer) -> list[ir.Value]:
    """A convolution of each channel by itself, as forks add it for MobileNet.

    ``DepthwiseConvolution`` (depthwise_conv_layer.cpp) states its groups as a convolution does;
    ``ConvolutionDepthwise`` (conv_dw_layer.cpp) states none: there are as many as channels.
    """
    param = layer.message.convolution_param
    channels = layer.shape[layer.axis(param.axis)]
    groups = param.group if param.HasField("group") else channels
    return _convolution(layer, groups if isinstance(groups, int) else 1)


def deconvolution(layer: CaffeLayer) -> list[ir.Value]:
    """The transpose of a convolution: of size stride·(size − 1) + kernel − 2·pad (deconv_layer.cpp).

    Its blob is in × out ÷ group × kernel.
    """
    axis, windows = _windows(layer)
    param = layer.message.convolution_param
    group, out, channels = param.group, param.num_output, _channels(layer, axis)
    _check_groups(layer, channels, out, group)
    sizes = tuple(deconvolution_size(*geometry) for geometry in _geometries(windows))
    if min(sizes) <= 0:
        raise layer.error(f"its padding {windows.pads} leaves nothing of its output")
    weight = layer.weight(0, "weight", (channels, out // group, *windows.kernel), filler_of(param, "weight_filler"))
    bias = layer.weight(1, "bias", (out,), filler_of(param, "bias_filler")) if param.bias_term else None

    def transposed(x: ir.Value) -> ir.Value:
        attributes = {**_attributes(windows), "group": group}
        inputs = [x, weight] if bias is None else [x, weight, bias]
        return layer.build.node("ConvTranspose", inputs, (shape_tuple(x)[0], out, *sizes), attributes)

    return layer.give(*[_on_images(layer, bottom, axis, transposed) for bottom in layer.bottoms])


def im2col(layer: CaffeLayer) -> list[ir.Value]:
    """Every window laid out along the channels, C·kh·kw of them (im2col_layer.cpp): a convolution with unit kernels."""
    axis, windows = _windows(layer)
    channels = _channels(layer, axis)
    sizes = tuple(convolution_size(*geometry) for geometry in _geometries(windows))
    if min(sizes) <= 0:
        raise layer.error(f"its kernel {windows.kernel} is larger than its padded input {windows.spatial}")
    taps = math.prod(windows.kernel)
    unit = np.eye(taps, dtype=np.float32).reshape(taps, 1, *windows.kernel)
    units = np.concatenate([unit] * channels)

    def laid_out(x: ir.Value) -> ir.Value:
        attributes = {**_attributes(windows), "group": channels}
        inputs = [x, layer.build.constant(units)]
        return layer.build.node("Conv", inputs, (shape_tuple(x)[0], channels * taps, *sizes), attributes)

    return layer.give(*[_on_images(layer, bottom, axis, laid_out) for bottom in layer.bottoms])


def _convolution(layer: CaffeLayer, group: int) -> list[ir.Value]:
    axis, windows = _windows(layer)
    param = layer.message.convolution_param
    channels = _channels(layer, axis)
    out = param.num_output or (channels if group == channels else 0)
    _check_groups(layer, channels, out, group)
    sizes = tuple(convolution_size(*geometry) for geometry in _geometries(windows))
    if min(sizes) <= 0:
        raise layer.error(f"its kernel {windows.kernel} is larger than its padded input {windows.spatial}")
    weight = layer.weight(0, "weight", (out, channels // group, *windows.kernel), filler_of(param, "weight_filler"))
    bias = layer.weight(1, "bias", (out,), filler_of(param, "bias_filler")) if param.bias_term else None

    def convolved(x: ir.Value) -> ir.Value:
        return layer.build.convolution(
            x,
            weight,
            bias,
            strides=windows.strides,
            pads=[*windows.pads, *windows.pads],
            dilations=windows.dilations,
            group=group,
            spatial=sizes,
        )

    return layer.give(*[_on_images(layer, bottom, axis, convolved) for bottom in layer.bottoms])


def _on_images(layer: CaffeLayer, x: ir.Value, axis: int, function: Any) -> ir.Value:
    """Apply ``function`` to images×channels×spatial: Caffe takes all axes before the channels for images."""
    shape = shape_tuple(x)
    if axis == 1:
        result: ir.Value = function(x)
        return result
    images = 1 if axis == 0 else product(shape[:axis])
    result = function(layer.build.reshape(x, (images, *shape[axis:])))
    return layer.build.reshape(result, (*shape[:axis], *shape_tuple(result)[1:]))


def _windows(layer: CaffeLayer) -> tuple[int, Windows]:
    """The channels' axis and the geometry of a layer with a ``convolution_param`` (base_conv_layer.cpp)."""
    layer.wants(range(1, 65), range(len(layer.bottoms), len(layer.bottoms) + 1))
    param = layer.message.convolution_param
    axis = layer.axis(param.axis)
    spatial = numbers(layer.shape[axis + 1 :])
    if not spatial:
        raise layer.error(f"its bottom is {by(layer.shape)}: there is nothing to slide a kernel over")
    if not all(same_sizes(shape_tuple(bottom), layer.shape) for bottom in layer.bottoms[1:]):
        raise layer.error("its bottoms differ in shape")
    count = len(spatial)
    dilation: Sequence[int] = param.dilation or ([param.hole] if param.HasField("hole") else [])
    holes = (param.dilation_h or param.hole_h, param.dilation_w or param.hole_w)
    return axis, Windows(
        spatial,
        per_axis(layer, "kernel", param.kernel_size, (param.kernel_h, param.kernel_w), count, None),
        per_axis(layer, "stride", param.stride, (param.stride_h, param.stride_w), count, 1),
        per_axis(layer, "pad", param.pad, (param.pad_h, param.pad_w), count, 0),
        per_axis(layer, "dilation", dilation, holes, count, 1),
    )


def _geometries(windows: Windows) -> list[tuple[int, int, int, tuple[int, int], int]]:
    columns = (windows.spatial, windows.kernel, windows.strides, windows.pads, windows.dilations)
    return [(size, k, s, (p, p), d) for size, k, s, p, d in zip(*columns, strict=True)]


def _attributes(windows: Windows) -> dict[str, Any]:
    return {
        "kernel_shape": list(windows.kernel),
        "strides": list(windows.strides),
        "pads": [*windows.pads, *windows.pads],
        "dilations": list(windows.dilations),
    }


def _channels(layer: CaffeLayer, axis: int) -> int:
    return numbers(layer.shape[axis : axis + 1])[0]


def _check_groups(layer: CaffeLayer, channels: int, out: int, group: int) -> None:
    if out <= 0 or group <= 0 or channels % group or out % group:
        raise layer.error(f"{channels} channels and {out} kernels can't be divided into {group} groups")


def per_axis(
    layer: CaffeLayer, what: str, given: Sequence[int], pair: tuple[int, int], axes: int, default: int | None
) -> tuple[int, ...]:
    """One number for each spatial axis, from Caffe's repeated field, its ``_h``/``_w`` pair, or the default."""
    sizes: tuple[int, ...]
    if any(pair):
        if len(given) or axes != 2:
            raise layer.error(f"has both {what}_h/{what}_w and {what}, or they don't fit {axes} axes")
        sizes = pair
    elif len(given) in (1, axes):
        sizes = tuple(given) if len(given) == axes else (given[0],) * axes
    elif not len(given) and default is not None:
        sizes = (default,) * axes
    else:
        raise layer.error(f"{what} has {len(given)} numbers for {axes} axes")
    if any(size <= 0 for size in sizes) and what != "pad":
        raise layer.error(f"its {what} {sizes} is not positive")
    if any(size >= 2**31 for size in sizes):
        raise layer.error(f"its {what} {sizes} is larger than any Caffe's")
    return sizes


_FORKS: frozenset[str] = fork_names(
    "convolution_param",
    "hole hole_h hole_w dilation_h dilation_w cudnn_convolution_algo_seeker conv_algos_override conv_algorithm",
)

CONVOLUTIONS: Mapping[str, LayerType] = {
    "Convolution": LayerType(convolution, forks=_FORKS),
    "Deconvolution": LayerType(deconvolution, forks=_FORKS),
    "DepthwiseConvolution": LayerType(depthwise_convolution, forks=_FORKS),
    "ConvolutionDepthwise": LayerType(depthwise_convolution, forks=_FORKS),
    "Im2col": LayerType(im2col, forks=_FORKS),
}
"""Caffe's convolutions by their types."""
