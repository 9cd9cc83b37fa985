"""Caffe's normalisations, and the scales and biases that follow them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, LayerType, by, fork_names, numbers, same_sizes
from explorer.importers.caffe_weights import Filler, filler_of
from explorer.network.builder import shape_tuple
from explorer.network.network import Shape
from explorer.network.provenance import Provenance

MOST_NEIGHBOURS = 1024
"""The largest window of an LRN that is carried over as it stands."""


def lrn(layer: CaffeLayer) -> list[ir.Value]:
    """α over the window's size across channels, over its area within a channel, where k is not used (lrn_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.lrn_param
    size = param.local_size
    if size % 2 == 0:
        raise layer.error(f"its local_size {size} is not odd")
    if len(layer.shape) != 4:
        raise layer.error(f"LRN takes maps of 2 axes, its bottom is {by(layer.shape)}")
    alpha, beta, k, build = float(param.alpha), float(param.beta), float(param.k), layer.build
    if param.norm_region == param.WITHIN_CHANNEL:
        squared = build.elementwise("Mul", layer.bottom, layer.bottom)
        return layer.give(_divided(layer, _window_mean(layer, squared, (size, size)), alpha, beta, 1.0))
    channels, *spatial = numbers(layer.shape[1:])
    if size > max(2 * channels - 1, MOST_NEIGHBOURS):
        # A window over all channels sums no more than a larger one, which only takes memory.
        alpha, size = alpha * (2 * channels - 1) / size, 2 * channels - 1
    if alpha > 0 and beta > 0:
        return layer.give(build.lrn(layer.bottom, size=size, alpha=alpha, beta=beta, k=k))
    # Onnxruntime's LRN refuses what Caffe computes.
    squared = build.elementwise("Mul", layer.bottom, layer.bottom)
    plane = build.reshape(squared, (layer.shape[0], 1, channels, math.prod(spatial)))
    mean = build.reshape(_window_mean(layer, plane, (size, 1)), layer.shape)
    return layer.give(_divided(layer, mean, alpha, beta, k))


def _window_mean(layer: CaffeLayer, x: ir.Value, window: tuple[int, int]) -> ir.Value:
    """The mean over a window around each position, zeros beyond the border counted."""
    return layer.build.pooling(
        x,
        "AveragePool",
        kernel=window,
        strides=[1, 1],
        pads=[(size - 1) // 2 for size in window] * 2,
        ceil=False,
        count_padding=True,
        spatial=numbers(shape_tuple(x)[2:]),
    )


def _divided(layer: CaffeLayer, mean: ir.Value, alpha: float, beta: float, k: float) -> ir.Value:
    """The bottom ÷ (k + α · mean)^β."""
    scaled = layer.build.elementwise("Mul", mean, layer.build.constant(alpha))
    base = layer.build.elementwise("Add", scaled, layer.build.constant(k))
    factor = layer.build.elementwise("Pow", base, layer.build.constant(-beta))
    return layer.build.elementwise("Mul", layer.bottom, factor)


def batch_norm(layer: CaffeLayer) -> list[ir.Value]:
    """(x − mean) ÷ √(variance + ε) for each channel (batch_norm_layer.cpp).

    The stored mean and variance are sums, to be divided by the third blob, or 0 where that is 0. With
    ``use_global_stats: false`` the batch's own statistics are taken, at test time as well. NVIDIA's ``scale_bias`` has
    γ and β as a fourth and fifth blob, and no ε below 1e-5.
    """
    layer.wants(range(1, 2), range(1, 2))
    if len(layer.shape) < 2:
        raise layer.error(f"it normalises channels, but its bottom is {by(layer.shape)}")
    param, build = layer.message.batch_norm_param, layer.build
    channels = numbers(layer.shape[1:2])
    affine = param.scale_bias or param.HasField("scale_filler") or param.HasField("bias_filler")
    eps = max(param.eps, 1e-5) if affine else param.eps
    mean, variance = (_statistic(layer, index, name, channels) for index, name in enumerate(("mean", "variance")))
    if not param.HasField("use_global_stats") or param.use_global_stats:
        gamma = layer.weight(3, "scale", channels, filler_of(param, "scale_filler", 1)) if affine else None
        beta = layer.weight(4, "bias", channels, filler_of(param, "bias_filler")) if affine else None
        ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        inputs = [
            layer.bottom,
            build.constant(ones) if gamma is None else gamma,
            build.constant(zeros) if beta is None else beta,
            build.weight("mean", *mean),
            build.weight("variance", *variance),
        ]
        return layer.give(build.node("BatchNormalization", inputs, layer.shape, {"epsilon": float(eps)}))
    layer.notes.append(f"layer '{layer.name}' normalises by the batch's own statistics (use_global_stats: false)")
    axes = [0, *range(2, len(layer.shape))]
    centred, spread = _moments(layer, axes)
    deviation = build.elementwise("Sqrt", build.elementwise("Add", spread, build.constant(float(eps))))
    normal = build.elementwise("Div", centred, deviation)
    if affine:
        laid = _beside(channels, 1, len(layer.shape))
        gamma = layer.weight(3, "scale", channels, filler_of(param, "scale_filler", 1), laid=laid)
        beta = layer.weight(4, "bias", channels, filler_of(param, "bias_filler"), laid=laid)
        normal = build.elementwise("Add", build.elementwise("Mul", normal, gamma), beta)
    return layer.give(normal)


def bn(layer: CaffeLayer) -> list[ir.Value]:
    """Slope · (x − mean) ÷ √(variance + ε) + bias with four blobs of 1×C×1×1 (PSPNet's bn_layer.cpp).

    SegNet's ``bn_mode: INFERENCE`` has put the statistics into its two blobs: slope · x + bias.
    """
    layer.wants(range(1, 2), range(1, 2))
    if len(layer.shape) != 4:
        raise layer.error(f"it normalises maps of 2 axes, its bottom is {by(layer.shape)}")
    param, build = layer.message.bn_param, layer.build
    shape = (1, layer.shape[1], 1, 1)
    merged = param.HasField("bn_mode") and param.bn_mode == param.INFERENCE
    laid = shape if merged else layer.shape[1:2]
    slope, added = (layer.weight(index, name, shape, laid=laid) for index, name in enumerate(("slope", "bias")))
    if merged:
        return layer.give(build.elementwise("Add", build.elementwise("Mul", layer.bottom, slope), added))
    mean, variance = (layer.weight(2 + i, name, shape, laid=laid) for i, name in enumerate(("mean", "variance")))
    inputs = [layer.bottom, slope, added, mean, variance]
    return layer.give(build.node("BatchNormalization", inputs, layer.shape, {"epsilon": float(param.eps)}))


def mvn(layer: CaffeLayer) -> list[ir.Value]:
    """Brought to mean 0, then ÷ (√variance + ε), over a map or over all channels (mvn_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.mvn_param, layer.build
    axes = list(range(1 if param.across_channels else 2, len(layer.shape)))
    if not axes:
        raise layer.error(f"it has nothing to take a mean of: its bottom is {by(layer.shape)}")
    centred, spread = _moments(layer, axes)
    if not param.normalize_variance:
        return layer.give(centred)
    deviation = build.elementwise("Add", build.elementwise("Sqrt", spread), build.constant(float(param.eps)))
    return layer.give(build.elementwise("Div", centred, deviation))


def normalize(layer: CaffeLayer) -> list[ir.Value]:
    """The quotient scale · x ÷ √(Σx² + ε), over an image or the channels of a position (SSD's normalize_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    rank = len(layer.shape)
    if rank < 2:
        raise layer.error(f"it normalises channels, but its bottom is {by(layer.shape)}")
    param, build = layer.message.norm_param, layer.build
    axes = list(range(1, rank)) if param.across_spatial else [1]
    channels: Shape = () if param.channel_shared else layer.shape[1:2]
    scale = layer.weight(0, "scale", channels, filler_of(param, "scale_filler", 1), laid=_beside(channels, 1, rank))
    total = _reduced(layer, "ReduceSumSquare", layer.bottom, axes)
    norm = build.elementwise("Sqrt", build.elementwise("Add", total, build.constant(float(param.eps))))
    return layer.give(build.elementwise("Mul", build.elementwise("Div", layer.bottom, norm), scale))


def scale(layer: CaffeLayer) -> list[ir.Value]:
    """The sum x · scale + bias, a scale learned or the second bottom, spread from ``axis`` on (scale_layer.cpp)."""
    layer.wants(range(1, 3), range(1, 2))
    param = layer.message.scale_param
    learned = len(layer.bottoms) == 1
    if learned:
        shape = _span(layer, param.axis, param.num_axes)
        factor = _learned(layer, 0, "scale", shape, param.axis, filler_of(param, "filler", 1))
    else:
        shape = shape_tuple(layer.bottoms[1])
        factor = _second_bottom(layer, param.axis)
    y = layer.build.elementwise("Mul", layer.bottom, factor)
    if param.bias_term:
        bias_filler = filler_of(param, "bias_filler")
        y = layer.build.elementwise("Add", y, _learned(layer, int(learned), "bias", shape, param.axis, bias_filler))
    return layer.give(y)


def bias(layer: CaffeLayer) -> list[ir.Value]:
    """The sum x + bias, a bias learned or the second bottom, spread from ``axis`` on (bias_layer.cpp)."""
    layer.wants(range(1, 3), range(1, 2))
    param = layer.message.bias_param
    if len(layer.bottoms) == 2:
        return layer.give(layer.build.elementwise("Add", layer.bottom, _second_bottom(layer, param.axis)))
    shape = _span(layer, param.axis, param.num_axes)
    added = _learned(layer, 0, "bias", shape, param.axis, filler_of(param, "filler"))
    return layer.give(layer.build.elementwise("Add", layer.bottom, added))


def _span(layer: CaffeLayer, axis: int, count: int) -> Shape:
    """The shape of a learned scale or bias: ``count`` axes of the bottom from ``axis`` on, all of them for −1."""
    start, rank = layer.axis(axis), len(layer.shape)
    if count < -1 or start + count > rank:
        raise layer.error(f"{count} axes from axis {start} on go beyond its bottom {by(layer.shape)}")
    return layer.shape[start:] if count == -1 else layer.shape[start : start + count]


def _learned(layer: CaffeLayer, index: int, name: str, shape: Shape, axis: int, filler: Filler) -> ir.Value:
    # A single number has no place: Caffe ignores the axis then.
    start = layer.axis(axis) if shape else 0
    return layer.weight(index, name, shape, filler, laid=_beside(shape, start, len(layer.shape)))


def _second_bottom(layer: CaffeLayer, axis: int) -> ir.Value:
    """The second bottom with axes of size one behind it, so that it spreads over the first."""
    x = layer.bottoms[1]
    shape, rank = shape_tuple(x), len(layer.shape)
    start = layer.axis(axis) if shape else 0
    if not same_sizes(shape, layer.shape[start : start + len(shape)]):
        raise layer.error(f"its second bottom is {by(shape)}, which is not what {by(layer.shape)} has at axis {start}")
    behind = len(_beside(shape, start, rank)) - len(shape)
    if not behind:
        return x
    axes = layer.build.constant(np.arange(len(shape), len(shape) + behind))
    return layer.build.node("Unsqueeze", [x, axes], (*shape, *[1] * behind))


def _beside(shape: Shape, start: int, rank: int) -> Shape:
    """``shape`` laid from axis ``start`` on beside a blob of ``rank`` axes: ones behind it make it spread."""
    return (*shape, *[1] * (rank - start - len(shape))) if shape else ()


def _statistic(
    layer: CaffeLayer, index: int, name: str, channels: Sequence[int]
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], Provenance | None]:
    """A stored mean or variance, divided by the scale factor as Caffe does, in single precision."""
    array, source = layer.parameter(index, name, channels)
    factor = np.float32(layer.parameter(2, "scale factor", (1,))[0][0])
    inverse = np.float32(0 if factor == 0 else 1 / factor)
    if source is None or inverse == 1:
        return array, source
    step = "× 0, as the scale factor is 0" if factor == 0 else f"÷ {factor:.9g}, the scale factor"
    return array * inverse, Provenance(source.file, source.name, source.shape, (*source.steps, step))


def _moments(layer: CaffeLayer, axes: Sequence[int]) -> tuple[ir.Value, ir.Value]:
    """The difference x − mean, and the mean of its square, over ``axes``."""
    mean = _reduced(layer, "ReduceMean", layer.bottom, axes)
    centred = layer.build.elementwise("Sub", layer.bottom, mean)
    return centred, _reduced(layer, "ReduceMean", layer.build.elementwise("Mul", centred, centred), axes)


def _reduced(layer: CaffeLayer, operator: str, x: ir.Value, axes: Sequence[int]) -> ir.Value:
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(shape_tuple(x)))
    chosen = layer.build.constant(np.array(axes, np.int64))
    return layer.build.node(operator, [x, chosen], shape, {"keepdims": 1})


NORMALISATIONS: Mapping[str, LayerType] = {
    "LRN": LayerType(lrn),
    "BatchNorm": LayerType(
        batch_norm, in_place=True, forks=fork_names("batch_norm_param", "scale_bias scale_filler bias_filler engine")
    ),
    "BN": LayerType(
        bn,
        in_place=True,
        forks=fork_names(
            "bn_param",
            "slope_filler bias_filler scale_filler shift_filler momentum eps frozen engine bn_mode",
        ),
    ),
    "MVN": LayerType(mvn, in_place=True),
    "Normalize": LayerType(normalize, forks=fork_names("norm_param", "across_spatial scale_filler channel_shared eps")),
    "Scale": LayerType(scale, in_place=True),
    "Bias": LayerType(bias, in_place=True),
}
"""Caffe's normalisations by their types."""
