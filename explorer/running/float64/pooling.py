"""Pooling: windows reduced one axis after the other, since maxima and sums are separable."""

import math
from collections.abc import Sequence

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable
from explorer.running.float64.windows import WindowAxis, padded, window_axes, window_view

POOLING = OperatorTable()

LOWEST = float(np.finfo(np.float32).min)
"""What onnxruntime and Caffe begin a maximum with: a window of only padding or −∞ gives this number."""


def swept(tensor: Array, axes: Sequence[WindowAxis], ufunc: np.ufunc, fill: float, first: int = 2) -> Array:
    """Reduce the windows over the axes of ``tensor`` from ``first`` on with an associative ``ufunc``."""
    result = padded(tensor, axes, fill, first)
    for index, axis in enumerate(axes, start=first):
        if axis.kernel == 1 and axis.stride == 1:
            continue
        before = (slice(None),) * index
        last = (axis.positions - 1) * axis.stride + 1
        total = result[(*before, slice(0, last, axis.stride))].copy()
        for start in range(axis.dilation, axis.span, axis.dilation):
            ufunc(total, result[(*before, slice(start, start + last, axis.stride))], out=total)
        result = total
    return result


@POOLING.operator("MaxPool")
def maximum(attributes: Attributes, x: Array) -> Array | tuple[Array, Array]:
    """Return the largest element of every window and, where asked for, its index in the flattened input."""
    if x.dtype.kind in "iu":
        values = maximum(attributes, x.astype(np.float64))
        return (values[0].astype(x.dtype), values[1]) if isinstance(values, tuple) else values.astype(x.dtype)
    axes = _pooling_axes(attributes, x)
    if attributes.outputs == 1:
        # fmax: onnxruntime passes over NaN, as every comparison with it is false.
        return swept(np.fmax(x, LOWEST), axes, np.fmax, LOWEST)
    return _maximum_and_index(x, axes, column_major=attributes.flag("storage_order"))


def _maximum_and_index(x: Array, axes: Sequence[WindowAxis], *, column_major: bool) -> tuple[Array, Array]:
    positions = [axis.positions for axis in axes]
    kernel = [axis.kernel for axis in axes]
    views = window_view(padded(np.fmax(x, LOWEST), axes, -math.inf), axes)
    values = np.empty((*x.shape[:2], *positions))
    indices = np.empty(values.shape, np.int64)
    sizes = x.shape[2:]
    pitches = [math.prod(sizes[:axis] if column_major else sizes[axis + 1 :]) for axis in range(len(sizes))]
    for image, view in enumerate(views):
        windows = view.reshape(x.shape[1], math.prod(kernel), *positions)
        best = windows.argmax(axis=1)
        values[image] = np.maximum(np.take_along_axis(windows, best[:, None], axis=1)[:, 0], LOWEST)
        planes = np.arange(x.shape[1]) + image * x.shape[1]
        index = (planes * math.prod(sizes)).reshape(-1, *(1,) * len(sizes))
        for number, (axis, tap) in enumerate(zip(axes, np.unravel_index(best, kernel), strict=True)):
            where = np.arange(axis.positions) * axis.stride - axis.before
            where = where.reshape(-1, *(1,) * (len(sizes) - 1 - number))
            index = index + (where + tap * axis.dilation) * pitches[number]
        indices[image] = index
    return values, indices


@POOLING.operator("AveragePool")
def average(attributes: Attributes, x: Array) -> Array:
    """Return the mean of every window.

    The divisor counts the elements of the window that are data or, with ``count_include_pad``, data and
    padding; what hangs over the padding in ``ceil_mode`` never counts. Caffe's divisor is the latter.
    """
    axes = _pooling_axes(attributes, x)
    result = swept(x, axes, np.add, 0.0)
    include = attributes.flag("count_include_pad")
    for index, axis in enumerate(axes):
        where = np.arange(axis.positions)[:, None] * axis.stride - axis.before
        where = where + np.arange(axis.kernel) * axis.dilation
        counted = where < axis.size + axis.after if include else (where >= 0) & (where < axis.size)
        result = result / np.maximum(counted.sum(axis=1), 1).reshape(-1, *(1,) * (len(axes) - 1 - index))
    return result


@POOLING.operator("LpPool")
def power_mean(attributes: Attributes, x: Array) -> Array:
    """Return the p-norm of every window, padding being zero."""
    p = attributes.integer("p", 2)
    powers = np.abs(x) ** p
    return np.asarray(swept(powers, _pooling_axes(attributes, x), np.add, 0.0) ** (1 / p))


@POOLING.operator("GlobalMaxPool")
def global_maximum(attributes: Attributes, x: Array) -> Array:
    """Return the largest element of every channel, with spatial axes of 1."""
    return np.asarray(np.fmax.reduce(x, axis=_spatial(x), keepdims=True, initial=LOWEST))


@POOLING.operator("GlobalAveragePool")
def global_average(attributes: Attributes, x: Array) -> Array:
    """Return the mean of every channel, with spatial axes of 1."""
    return np.asarray(x.mean(axis=_spatial(x), keepdims=True))


@POOLING.operator("GlobalLpPool")
def global_power_mean(attributes: Attributes, x: Array) -> Array:
    """Return the p-norm of every channel, with spatial axes of 1."""
    p = attributes.integer("p", 2)
    return np.asarray((np.abs(x) ** p).sum(axis=_spatial(x), keepdims=True) ** (1 / p))


def _spatial(x: Array) -> tuple[int, ...]:
    if x.ndim < 3:
        raise ValueError(f"an input of shape {list(x.shape)} has no spatial axes")
    return tuple(range(2, x.ndim))


def _pooling_axes(attributes: Attributes, x: Array) -> list[WindowAxis]:
    sizes = [x.shape[axis] for axis in _spatial(x)]
    return window_axes(attributes, sizes, attributes.integers("kernel_shape"), pooling=True)
