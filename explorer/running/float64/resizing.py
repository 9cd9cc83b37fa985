"""Resize and Upsample: interpolation along one axis after the other, as onnxruntime places the samples."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size

RESIZING = OperatorTable()

_TIE = 1e-6
"""How close to the middle between two elements onnxruntime takes a place for the middle."""


@dataclass(frozen=True)
class _ResizedAxis:
    """One axis: ``size`` elements become ``length``, ``scale`` times as many but for rounding.

    ``start`` and ``end`` are the region of interest of tf_crop_and_resize, as fractions of the axis.
    """

    size: int
    length: int
    scale: float
    start: float = 0.0
    end: float = 1.0


@RESIZING.operator("Upsample")
def upsampled(attributes: Attributes, x: Array, scales: Array | None = None) -> Array:
    """Interpolate to a multiple of the size: the scales are an attribute before opset 9, an input since."""
    factors = np.asarray(attributes.reals("scales")) if scales is None else scales
    return _interpolated(attributes, x, _scaled_axes(x, factors, range(x.ndim)), "asymmetric", "simple")


@RESIZING.operator("Resize")
def resized(
    attributes: Attributes,
    x: Array,
    roi_or_scales: Array | None = None,
    scales: Array | None = None,
    sizes: Array | None = None,
) -> Array:
    """Interpolate to the given scales or sizes; opset 10 has scales alone and no choice of coordinates."""
    if attributes.opset < 11:
        if roi_or_scales is None:
            raise ValueError("the scales are missing")
        return _interpolated(attributes, x, _scaled_axes(x, roi_or_scales, range(x.ndim)), "asymmetric", "simple")
    along = [axis % x.ndim for axis in attributes.integers("axes", range(x.ndim))]
    if sizes is not None and sizes.size:
        axes = _sized_axes(attributes, x, sizes, along)
    elif scales is not None and scales.size:
        axes = _scaled_axes(x, scales, along)
    else:
        raise ValueError("it has neither scales nor sizes")
    coordinates = attributes.text("coordinate_transformation_mode", "half_pixel")
    if coordinates == "tf_crop_and_resize":
        if roi_or_scales is None or roi_or_scales.size != 2 * len(along):
            raise ValueError("the region of interest is missing")
        bounds = roi_or_scales.reshape(2, -1).tolist()
        for axis, start, end in zip(along, *bounds, strict=True):
            axes[axis] = _ResizedAxis(axes[axis].size, axes[axis].length, axes[axis].scale, start, end)
    nearest = attributes.text("nearest_mode", "round_prefer_floor")
    return _interpolated(attributes, x, axes, coordinates, nearest)


def _scaled_axes(x: Array, scales: Array, along: range | list[int]) -> list[_ResizedAxis]:
    """Return the axes for given factors. The product is cut to an integer in float32, as onnxruntime does."""
    axes = [_ResizedAxis(size, size, 1.0) for size in x.shape]
    for axis, scale in zip(along, scales.reshape(-1).tolist(), strict=True):
        if not 0 < scale < math.inf:
            raise ValueError(f"a scale of {scale} is impossible")
        size = x.shape[axis]
        axes[axis] = _ResizedAxis(size, int(np.float32(scale) * np.float32(size)), scale)
    return axes


def _sized_axes(attributes: Attributes, x: Array, sizes: Array, along: list[int]) -> list[_ResizedAxis]:
    """Return the axes for given sizes, made smaller or larger where the aspect must be kept (opset 18)."""
    axes = [_ResizedAxis(size, size, 1.0) for size in x.shape]
    lengths = [int(size) for size in sizes.reshape(-1)]
    scales = [length / x.shape[axis] for axis, length in zip(along, lengths, strict=True)]
    policy = attributes.text("keep_aspect_ratio_policy", "stretch")
    if policy not in ("stretch", "not_larger", "not_smaller"):
        raise ValueError(f"the aspect policy {policy!r} is unknown")
    if policy != "stretch":
        scales = [min(scales) if policy == "not_larger" else max(scales)] * len(along)
        lengths = [math.floor(x.shape[axis] * scale + 0.5) for axis, scale in zip(along, scales, strict=True)]
    for axis, length, scale in zip(along, lengths, scales, strict=True):
        axes[axis] = _ResizedAxis(x.shape[axis], length, scale)
    return axes


def _interpolated(attributes: Attributes, x: Array, axes: list[_ResizedAxis], coordinates: str, nearest: str) -> Array:
    if check_size([axis.length for axis in axes]) == x.shape:
        # onnxruntime then copies, even where a scale that was rounded off or a region would move the samples.
        return x
    mode = attributes.text("mode", "nearest")
    crop = coordinates == "tf_crop_and_resize"
    result = x
    outside: list[tuple[int, Array]] = []
    for number, axis in enumerate(axes):
        if axis.scale == 1.0:
            # It leaves such an axis alone, too.
            continue
        places = _places(axis, coordinates, np.float32 if mode == "nearest" else np.float64)
        indices, weights = _taps(attributes, axis, places, mode, nearest)
        result = _weighted(result, number, indices, weights)
        if crop:
            rough = _places(axis, coordinates, np.float32)
            outside.append((number, (rough < 0) | (rough > axis.size - 1)))
    for number, mask in outside:
        if mask.any():
            result = result.copy()
            np.moveaxis(result, number, 0)[mask] = attributes.real("extrapolation_value", 0.0)
    return result


def _places(axis: _ResizedAxis, coordinates: str, kind: type[np.floating]) -> Array:
    """Return where in the input every element of the output lies, computed in numbers of type ``kind``.

    Which element is nearest and which place lies outside are decisions, which must fall as onnxruntime's do:
    hence float32 there.
    """
    index = np.arange(axis.length, dtype=kind)
    scale, size, length = kind(axis.scale), kind(axis.size), kind(axis.length)
    half, one = kind(0.5), kind(1)
    if coordinates == "asymmetric":
        return np.asarray(index / scale)
    if coordinates == "align_corners":
        return np.zeros_like(index) if axis.length == 1 else np.asarray(index * (size - one) / (length - one))
    if coordinates == "tf_half_pixel_for_nn":
        return np.asarray((index + half) / scale)
    if coordinates == "tf_crop_and_resize":
        start, end = kind(axis.start), kind(axis.end)
        if axis.length == 1:
            return np.full(1, half * (start + end) * (size - one), kind)
        return np.asarray(start * (size - one) + index * (end - start) * (size - one) / (length - one))
    if coordinates == "half_pixel_symmetric":
        offset = size / kind(2) * (one - length / (scale * size))
        # In double precision but for the offset, also for the nearest element.
        places = float(offset) + (np.arange(axis.length) + 0.5) / float(scale) - 0.5
        return places.astype(kind)
    if coordinates == "pytorch_half_pixel" and axis.length == 1:
        return np.zeros_like(index)
    if coordinates in ("half_pixel", "pytorch_half_pixel"):
        return np.asarray((index + half) / scale - half)
    raise ValueError(f"the coordinate transformation {coordinates!r} is unknown")


def _taps(
    attributes: Attributes, axis: _ResizedAxis, places: Array, mode: str, nearest: str
) -> tuple[Array, Array | None]:
    """Return the input elements (length, taps) every output element is made of, and their weights."""
    last = axis.size - 1
    if mode == "nearest":
        return np.clip(_nearest(places.astype(np.float64), axis, nearest), 0, last)[:, None], None
    if mode not in ("linear", "cubic"):
        raise ValueError(f"the mode {mode!r} of interpolation is unknown")
    reach = 1 if mode == "linear" else 2
    kernel = _triangle if mode == "linear" else _cubic(attributes.real("cubic_coeff_a", -0.75))
    squeeze = min(1.0, axis.scale) if attributes.flag("antialias") else 1.0
    taps = 2 * math.ceil(reach / squeeze)
    first = np.floor(places).astype(np.int64) - taps // 2 + 1
    indices = first[:, None] + np.arange(taps)
    weights = kernel((indices - places[:, None]) * squeeze)
    if attributes.flag("exclude_outside"):
        weights = np.where((indices < 0) | (indices > last), 0.0, weights)
    return np.clip(indices, 0, last), weights / weights.sum(axis=1, keepdims=True)


def _nearest(places: Array, axis: _ResizedAxis, nearest: str) -> Array:
    if nearest == "simple":
        # Opset 10 and Upsample: onnxruntime rounds up where it makes a tensor smaller, else down.
        nearest = "ceil" if axis.scale < 1 else "floor"
    if nearest == "floor":
        return np.asarray(np.floor(places)).astype(np.int64)
    if nearest == "ceil":
        return np.asarray(np.ceil(places)).astype(np.int64)
    if nearest == "round_prefer_floor":
        return np.asarray(np.ceil(places - 0.5 - _TIE)).astype(np.int64)
    if nearest == "round_prefer_ceil":
        return np.asarray(np.floor(places + 0.5 + _TIE)).astype(np.int64)
    raise ValueError(f"the rounding {nearest!r} to the nearest is unknown")


def _triangle(distance: Array) -> Array:
    return np.asarray(np.maximum(0.0, 1 - np.abs(distance)))


def _cubic(a: float) -> Callable[[Array], Array]:
    def kernel(distance: Array) -> Array:
        d = np.abs(distance)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))

    return kernel


def _weighted(x: Array, axis: int, indices: Array, weights: Array | None) -> Array:
    """Sum the taps of every output element along one axis."""
    if weights is None:
        return x.take(indices[:, 0], axis=axis)
    along = (-1, *(1,) * (x.ndim - 1 - axis))
    result = x.take(indices[:, 0], axis=axis) * weights[:, 0].reshape(along)
    for tap in range(1, indices.shape[1]):
        result += x.take(indices[:, tap], axis=axis) * weights[:, tap].reshape(along)
    return result
