"""Keras' poolings, over windows and over whole maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_convolution import sizes_of, spatial_axes
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.network.builder import shape_tuple
from explorer.network.shapes import adaptive_window, convolution_size, same_padding, theano_pool_padding


def pooling(layer: KerasLayer) -> Tensor:
    """The largest or the mean of each window; padded positions never count."""
    spatial, config = spatial_axes(layer), layer.config
    value = layer.maps(spatial)
    sizes = sizes_of(value)
    pool = config.integers("pool_size", "pool_length", count=spatial, default=2)
    strides = config.integers("strides", "stride", count=spatial, default=pool)
    padding = config.text("padding", "border_mode", default="valid", among=("valid", "same"))
    pads = [_padding(layer, *axis, padding) for axis in zip(sizes, pool, strides, strict=True)]
    given = [convolution_size(size, p, s, pad) for size, p, s, pad in zip(sizes, pool, strides, pads, strict=True)]
    if min(given) <= 0:
        raise layer.error(f"its window {sizes_text(pool)} is larger than its input {sizes_text(sizes)}")
    return layer.of_maps(
        layer.build.pooling(
            value,
            _operator(layer),
            kernel=pool,
            strides=strides,
            pads=[low for low, _ in pads] + [high for _, high in pads],
            ceil=False,
            count_padding=False,
            spatial=given,
        )
    )


def global_pooling(layer: KerasLayer) -> Tensor:
    """The largest or the mean of each map; the spatial axes go unless ``keepdims``."""
    spatial = spatial_axes(layer)
    value = layer.maps(spatial)
    pooled = layer.build.global_pooling(value, _operator(layer))
    if layer.config.flag("keepdims", default=False):
        return layer.of_maps(pooled)
    return Tensor(layer.build.reshape(pooled, shape_tuple(pooled)[:2]))


def adaptive_pooling(layer: KerasLayer) -> Tensor:
    """Windows from ⌊i·n/m⌋ to ⌈(i+1)·n/m⌉ on each axis, so that there are ``output_size`` of them (Keras 3)."""
    spatial = spatial_axes(layer)
    value = layer.maps(spatial)
    wanted = layer.config.integers("output_size", count=spatial)
    operator = "ReduceMax" if "Max" in layer.kind else "ReduceMean"
    for axis, count in enumerate(wanted, start=2):
        value = _adaptive_axis(layer, value, axis, count, operator)
    return layer.of_maps(value)


def _adaptive_axis(layer: KerasLayer, value: ir.Value, axis: int, count: int, operator: str) -> ir.Value:
    """One axis: windows of equal length are one pooling; else each is taken by itself, as one may hold more numbers."""
    build, shape = layer.build, list(shape_tuple(value))
    size = shape[axis]
    assert isinstance(size, int)
    if count > 4096:
        raise layer.error(f"an output of {count} positions can't be carried over")
    parts = []
    for index in range(count):
        start, stop = adaptive_window(index, count, size)
        taken = build.constant(np.arange(start, stop, dtype=np.int64))
        shape[axis] = stop - start
        part = build.node("Gather", [value, taken], tuple(shape), {"axis": axis})
        shape[axis] = 1
        parts.append(build.node(operator, [part, build.constant(np.array([axis], np.int64))], tuple(shape)))
    return build.concat(parts, axis)


def _padding(layer: KerasLayer, size: int, pool: int, stride: int, padding: str) -> tuple[int, int]:
    if padding == "valid":
        return 0, 0
    return theano_pool_padding(size, pool, stride) if layer.dialect.theano else same_padding(size, pool, stride)


def _operator(layer: KerasLayer) -> str:
    return "MaxPool" if "Max" in layer.kind else "AveragePool"


def _named(names: Sequence[str], convert: Convert) -> dict[str, Convert]:
    return {f"{name}{axes}D": convert for name in names for axes in (1, 2, 3)}


POOLINGS: Mapping[str, Convert] = {
    **_named(["MaxPooling", "AveragePooling", "MaxPool", "AvgPool"], pooling),
    **_named(["GlobalMaxPooling", "GlobalAveragePooling", "GlobalMaxPool", "GlobalAvgPool"], global_pooling),
    **_named(["AdaptiveMaxPooling", "AdaptiveAveragePooling"], adaptive_pooling),
}
