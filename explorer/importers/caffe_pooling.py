"""Caffe's pooling, with its rounding, its clipped and its empty windows; and the pyramid made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_convolution import per_axis
from explorer.importers.caffe_layers import CaffeLayer, LayerType, fork_names, numbers
from explorer.network.builder import product, shape_tuple
from explorer.network.shapes import CaffePool, caffe_pool

FLT_MAX = float(np.finfo(np.float32).max)


def pooling(layer: CaffeLayer) -> list[ir.Value]:
    """Maximum or average over windows; rounds up and clips the last window (pooling_layer.cpp).

    An average is divided by the window's part of the padded input. A second top of a maximum holds the places of the
    maxima, y·width + x in their plane.
    """
    param = layer.message.pooling_param
    method = param.PoolMethod.Name(param.pool)
    if method == "STOCHASTIC":
        raise layer.inexpressible("stochastic pooling has no fixed answer at test time")
    layer.wants(range(1, 2), range(1, 3 if method == "MAX" else 2))
    height, width = _map_sizes(layer)
    with_places = len(layer.tops) == 2
    if param.global_pooling and not with_places:
        return layer.give(layer.build.global_pooling(layer.bottom, _OPERATORS[method]))
    if param.global_pooling:
        kernel: Sequence[int] = (height, width)
    else:
        kernel = per_axis(layer, "kernel", _single(param, "kernel_size"), (param.kernel_h, param.kernel_w), 2, None)
    strides = per_axis(layer, "stride", _single(param, "stride"), (param.stride_h, param.stride_w), 2, 1)
    pads = per_axis(layer, "pad", _single(param, "pad"), (param.pad_h, param.pad_w), 2, 0)
    ceil = param.round_mode == param.CEIL and param.ceil_mode and not param.torch_pooling
    axes = _pool_axes(layer, kernel, strides, pads, ceil)
    pools = _Pools(method, kernel, strides, pads, ceil, param.avg_include_pad)
    if not with_places:
        return layer.give(pools.on(layer, axes))
    return layer.give(*pools.with_places(layer, axes, width * height))


def spatial_pyramid(layer: CaffeLayer) -> list[ir.Value]:
    """Poolings into 1, 2², 4² … bins, flattened and joined; one level alone stays a map (spp_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.spp_param
    method, levels = param.PoolMethod.Name(param.pool), param.pyramid_height
    if method == "STOCHASTIC":
        raise layer.inexpressible("stochastic pooling has no fixed answer at test time")
    if not 0 < levels <= 16:
        raise layer.error(f"its pyramid_height {levels} makes no sense")
    sizes = _map_sizes(layer)
    flat = []
    for bins in (2**level for level in range(levels)):
        kernel = [-(-size // bins) for size in sizes]
        pads = [(length * bins - size + 1) // 2 for length, size in zip(kernel, sizes, strict=True)]
        axes = _pool_axes(layer, kernel, kernel, pads, ceil=True)
        pooled = _Pools(method, kernel, kernel, pads, ceil=True, count_padding=True).on(layer, axes)
        if levels == 1:
            return layer.give(pooled)
        shape = shape_tuple(pooled)
        flat.append(layer.build.reshape(pooled, (shape[0], product(shape[1:]))))
    return layer.give(layer.build.concat(flat, 1))


class _Pools:
    """One pooling: its method and windows."""

    def __init__(
        self,
        method: str,
        kernel: Sequence[int],
        strides: Sequence[int],
        pads: Sequence[int],
        ceil: bool,
        count_padding: bool,
    ) -> None:
        self.kind = _OPERATORS[method]
        self._attributes: dict[str, Any] = {
            "kernel_shape": list(kernel),
            "strides": list(strides),
            "pads": [*pads, *pads],
            "ceil_mode": int(ceil),
        }
        self._count_padding = count_padding

    def on(self, layer: CaffeLayer, axes: Sequence[CaffePool]) -> ir.Value:
        """The pooled maps."""
        attributes = self._attributes
        pooled = layer.build.pooling(
            layer.bottom,
            self.kind,
            kernel=attributes["kernel_shape"],
            strides=attributes["strides"],
            pads=attributes["pads"],
            ceil=bool(attributes["ceil_mode"]),
            count_padding=self._count_padding,
            spatial=[axis.full_windows for axis in axes],
        )
        # The maximum starts at −FLT_MAX; an average divides nothing by the window's part inside, which is ≤ 0 long.
        fills = [-FLT_MAX if self.kind == "MaxPool" else float("nan") if axis.empty_gap == 0 else -0.0 for axis in axes]
        return _append_empty_windows(layer, pooled, axes, fills)

    def with_places(self, layer: CaffeLayer, axes: Sequence[CaffePool], plane: int) -> tuple[ir.Value, ir.Value]:
        """The maxima, and as floats their places in planes of ``plane`` positions; −1 where a window is empty."""
        build = layer.build
        shape = (*layer.shape[:2], *[axis.full_windows for axis in axes])
        dtypes = [ir.DataType.FLOAT, ir.DataType.INT64]
        pooled, places = build.nodes("MaxPool", [layer.bottom], [shape, shape], self._attributes, dtypes)
        # ONNX counts through the whole blob, Caffe through one channel of one image.
        in_plane = build.node(
            "Mod", [places, build.constant(np.array(plane, np.int64))], shape, None, ir.DataType.INT64
        )
        floats = build.node("Cast", [in_plane], shape, {"to": ir.DataType.FLOAT})
        return (
            _append_empty_windows(layer, pooled, axes, [-FLT_MAX] * 2),
            _append_empty_windows(layer, floats, axes, [-1.0] * 2),
        )


def _append_empty_windows(
    layer: CaffeLayer, pooled: ir.Value, axes: Sequence[CaffePool], fills: Sequence[float]
) -> ir.Value:
    """Add the trailing row and column that Caffe computes over nothing where the stride steps over the input's end.

    NaN comes last: it stands in the corner too.
    """
    for axis in sorted(range(len(axes)), key=lambda axis: math.isnan(fills[axis])):
        pool, fill = axes[axis], fills[axis]
        if pool.empty_gap is None:
            continue
        shape = list(shape_tuple(pooled))
        shape[2 + axis] = pool.windows
        ends = np.zeros(8, np.int64)
        ends[4 + 2 + axis] = 1
        pooled = layer.build.node("Pad", [pooled, layer.build.constant(ends), layer.build.constant(fill)], tuple(shape))
    return pooled


def _pool_axes(
    layer: CaffeLayer, kernel: Sequence[int], strides: Sequence[int], pads: Sequence[int], ceil: bool
) -> list[CaffePool]:
    if any(pad >= k for pad, k in zip(pads, kernel, strict=True)):
        raise layer.error(f"its padding {tuple(pads)} is not smaller than its kernel {tuple(kernel)}")
    sizes = _map_sizes(layer)
    axes = [caffe_pool(*one, ceil=ceil, padded=any(pads)) for one in zip(sizes, kernel, strides, pads, strict=True)]
    if min(axis.windows for axis in axes) <= 0:
        raise layer.error(f"its kernel {tuple(kernel)} is larger than its padded input {sizes}")
    return axes


def _map_sizes(layer: CaffeLayer) -> tuple[int, int]:
    if len(layer.shape) != 4:
        raise layer.error(f"pooling takes maps of 2 axes, here are {max(0, len(layer.shape) - 2)}")
    height, width = numbers(layer.shape[2:])
    return height, width


def _single(param: Any, name: str) -> list[int]:
    return [getattr(param, name)] if param.HasField(name) else []


_OPERATORS = {"MAX": "MaxPool", "AVE": "AveragePool"}

POOLINGS: Mapping[str, LayerType] = {
    "Pooling": LayerType(pooling, forks=fork_names("pooling_param", "ceil_mode torch_pooling avg_include_pad")),
    "SPP": LayerType(spatial_pyramid),
}
"""Caffe's poolings by their types."""
