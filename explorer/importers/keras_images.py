"""Keras' layers that resize and prepare pictures inside a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_convolution import sizes_of, spatial_axes
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.importers.keras_shaping import cut
from explorer.network.builder import shape_tuple

_HALF_PIXEL = {"coordinate_transformation_mode": "half_pixel"}

_INTERPOLATIONS: Mapping[str, Mapping[str, object]] = {
    # tf.image.resize: the pixel whose area holds the point.
    "nearest": {**_HALF_PIXEL, "mode": "nearest", "nearest_mode": "round_prefer_ceil"},
    "bilinear": {**_HALF_PIXEL, "mode": "linear"},
    # Keys' cubic with weights made to sum to one at the borders (resize_bicubic_op.cc).
    "bicubic": {**_HALF_PIXEL, "mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
}


def up_sampling(layer: KerasLayer) -> Tensor:
    """Every position several times, or interpolated in between."""
    spatial, config = spatial_axes(layer), layer.config
    value = layer.maps(spatial)
    factors = config.integers("size", "length", count=spatial, default=2)
    interpolation = config.text("interpolation", default="nearest")
    sizes = [size * factor for size, factor in zip(sizes_of(value), factors, strict=True)]
    if interpolation == "nearest":
        exact = {"coordinate_transformation_mode": "asymmetric", "mode": "nearest", "nearest_mode": "floor"}
        return layer.of_maps(_resized(layer, value, sizes, exact))
    if interpolation == "bilinear" and _old_coordinates(layer):
        old = {"coordinate_transformation_mode": "asymmetric", "mode": "linear"}
        return layer.of_maps(_resized(layer, value, sizes, old))
    return layer.of_maps(interpolated(layer, value, sizes, interpolation))


def interpolated(layer: KerasLayer, value: ir.Value, sizes: Sequence[int], interpolation: str) -> ir.Value:
    """N×C×H×W at other sizes, as ``tf.image.resize`` does it: the centres of pixels are their places."""
    if interpolation not in _INTERPOLATIONS:
        raise layer.error(f"interpolation '{interpolation}' can't be carried over")
    return _resized(layer, value, sizes, _INTERPOLATIONS[interpolation])


def _old_coordinates(layer: KerasLayer) -> bool:
    """Whether position o reads o · in/out: on Theano, and in TensorFlow 1, which Keras up to 2.2 computed on."""
    dialect = layer.dialect
    if dialect.theano:
        return True
    if dialect.version != 2 or dialect.within_tensorflow or dialect.numbers[:2] > (2, 2):
        return False
    layer.note("bilinear upsampling is read as TensorFlow 1 did it; TensorFlow 2 puts its points half a pixel off")
    return True


def resizing(layer: KerasLayer) -> Tensor:
    """Pictures at another size; with ``crop_to_aspect_ratio`` their middle, with ``pad_to_aspect_ratio`` a border."""
    config, value = layer.config, layer.maps(2)
    wanted = [config.integer("height"), config.integer("width")]
    interpolation = config.text("interpolation", default="bilinear")
    if config.flag("antialias", default=False) and any(w < s for w, s in zip(wanted, sizes_of(value), strict=True)):
        raise layer.error("resizing with antialias can't be carried over")
    if config.flag("crop_to_aspect_ratio", default=False):
        value = _same_aspect(layer, value, wanted)
    elif config.flag("pad_to_aspect_ratio", default=False):
        value = _padded(layer, value, wanted)
    return layer.of_maps(interpolated(layer, value, wanted, interpolation))


def center_crop(layer: KerasLayer) -> Tensor:
    """The middle of a picture; one that is too small is resized (``smart_resize``)."""
    config, value = layer.config, layer.maps(2)
    wanted = [config.integer("height"), config.integer("width")]
    spare = [size - want for size, want in zip(sizes_of(value), wanted, strict=True)]
    if min(spare) < 0:
        return layer.of_maps(interpolated(layer, _same_aspect(layer, value, wanted), wanted, "bilinear"))
    ends = {axis + 2: (room // 2, room // 2 + wanted[axis]) for axis, room in enumerate(spare)}
    return layer.of_maps(cut(layer.build, value, ends))


def random_crop(layer: KerasLayer) -> Tensor:
    """At inference Keras 3 leaves pictures as they are; Keras 2 resizes the middle that has the aspect wanted."""
    if layer.dialect.version > 2:
        return layer.input
    config, value = layer.config, layer.maps(2)
    wanted = [config.integer("height"), config.integer("width")]
    return layer.of_maps(interpolated(layer, _same_aspect(layer, value, wanted), wanted, "bilinear"))


def _same_aspect(layer: KerasLayer, value: ir.Value, wanted: Sequence[int]) -> ir.Value:
    """The largest middle part that has the aspect of ``wanted``."""
    height, width = sizes_of(value)
    part = [
        max(min(height, int(np.float32(width * wanted[0]) / np.float32(wanted[1]))), 1),
        max(min(width, int(np.float32(height * wanted[1]) / np.float32(wanted[0]))), 1),
    ]
    starts = [int((size - length) / 2) for size, length in zip((height, width), part, strict=True)]
    return cut(layer.build, value, {axis + 2: (starts[axis], starts[axis] + part[axis]) for axis in (0, 1)})


def _padded(layer: KerasLayer, value: ir.Value, wanted: Sequence[int]) -> ir.Value:
    """A border that makes the aspect that of ``wanted``, as thick on both sides."""
    height, width = sizes_of(value)
    whole = [
        max(height, int(np.float32(width * wanted[0]) / np.float32(wanted[1]))),
        max(width, int(np.float32(height * wanted[1]) / np.float32(wanted[0]))),
    ]
    border = [int((size - own) / 2) for size, own in zip(whole, (height, width), strict=True)]
    ends = layer.build.constant(np.array([0, 0, *border, 0, 0, *border], np.int64))
    fill = layer.build.constant(layer.config.number("fill_value", default=0.0))
    batch, channels = shape_tuple(value)[:2]
    shape = (batch, channels, height + 2 * border[0], width + 2 * border[1])
    return layer.build.node("Pad", [value, ends, fill], shape)


def rescaling(layer: KerasLayer) -> Tensor:
    """X · scale + offset, each a number for all channels or one for each, in Keras' last axis."""
    build, tensor = layer.build, layer.input
    value = tensor.value
    for operator, name, default in (("Mul", "scale", 1.0), ("Add", "offset", 0.0)):
        factor = _numbers(layer, name, default)
        if np.any(factor != default):
            value = build.elementwise(operator, value, build.constant(_along_last(layer, tensor, factor)))
    return layer.like(value)


def _numbers(layer: KerasLayer, name: str, default: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    stated = layer.config.get(name, default=default)
    if isinstance(stated, Mapping) and isinstance(stated.get("config"), Mapping):
        stated = stated["config"].get("value")
    try:
        numbers = np.asarray(stated, np.float32)
    except (ValueError, TypeError):
        raise layer.error(f"its {name} is not numbers") from None
    if numbers.ndim > 1 or (numbers.ndim and numbers.size not in (1, *layer.input.shape[1:])):
        raise layer.error(f"its {name} has {sizes_text(numbers.shape)} numbers")
    return numbers


def _along_last(
    layer: KerasLayer, tensor: Tensor, numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if numbers.ndim == 0:
        return numbers
    shape = [1] * tensor.rank
    # Keras 3 takes the channels to be first where the whole installation has them first.
    first = layer.dialect.version > 2 and tensor.rank > 3 and not layer.dialect.channels_last
    shape[tensor.axis(1 if first else tensor.rank - 1)] = numbers.size
    return numbers.reshape(shape)


def _resized(layer: KerasLayer, value: ir.Value, sizes: Sequence[int], options: Mapping[str, object]) -> ir.Value:
    batch, channels = shape_tuple(value)[:2]
    # Sizes and not factors, which would be cut to whole positions after rounding; for these axes, as the batch is open.
    inputs = [value, None, None, layer.build.constant(np.array(sizes, np.int64))]
    attributes = {**options, "axes": list(range(2, len(sizes) + 2))}
    return layer.build.node("Resize", inputs, (batch, channels, *sizes), attributes)


IMAGES: Mapping[str, Convert] = {
    **{f"UpSampling{axes}D": up_sampling for axes in (1, 2, 3)},
    "Resizing": resizing,
    "CenterCrop": center_crop,
    "RandomCrop": random_crop,
    "Rescaling": rescaling,
}
