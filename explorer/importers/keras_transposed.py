"""Keras' transposed convolutions: each the gradient of a convolution that would come from its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.importers.keras_activations import activated
from explorer.importers.keras_convolution import bias, channels_of, kernel_size, sizes_of, spatial_axes
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.importers.keras_shaping import cut
from explorer.network.builder import shape_tuple
from explorer.network.shapes import deconvolution_size, extent, keras_deconvolution_size, same_padding


def transposed_convolution(layer: KerasLayer) -> Tensor:
    """Conv1DTranspose to Conv3DTranspose, and Keras 1's Deconvolution2D, whose output's shape is stated."""
    spatial, config = spatial_axes(layer), layer.config
    value = layer.maps(spatial)
    filters, kernel = config.integer("filters", "nb_filter"), kernel_size(layer, spatial)
    strides = config.integers("strides", "subsample", count=spatial, default=1)
    dilations = config.integers("dilation_rate", count=spatial, default=1)
    padding = config.text("padding", "border_mode", default="valid", among=("valid", "same"))
    wanted = _output_sizes(layer, sizes_of(value), kernel, strides, dilations, padding)
    lows, highs, extra = [], [], []
    for size, given, k, s, d in zip(sizes_of(value), wanted, kernel, strides, dilations, strict=True):
        low = _low_padding(layer, given, k, s, d, padding)
        high = deconvolution_size(size, k, s, (low, 0), d) - given
        if high > low + extent(k, d) or -high >= max(s, d):
            raise layer.error(f"an output of {sizes_text(wanted)} can't come from {sizes_text(sizes_of(value))}")
        lows.append(low)
        highs.append(max(0, high))
        extra.append(max(0, -high))
    weight = _kernel(layer, kernel, channels_of(value), filters)
    added = bias(layer, filters)
    attributes = {
        "kernel_shape": list(kernel),
        "strides": list(strides),
        "pads": [*lows, *highs],
        "dilations": list(dilations),
        "output_padding": extra,
    }
    inputs = [value, weight] if added is None else [value, weight, added]
    shape = (shape_tuple(value)[0], filters, *wanted)
    tensor = layer.of_maps(layer.build.node("ConvTranspose", inputs, shape, attributes))
    if layer.dialect.theano and padding == "same":
        tensor = _theano_crop(layer, tensor, sizes_of(value), kernel, strides)
    return activated(layer, tensor)


def _output_sizes(
    layer: KerasLayer,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: str,
) -> list[int]:
    """The output's sizes: stated in Keras 1, computed later."""
    spatial, config = len(kernel), layer.config
    if config.has("output_shape"):
        stated = config.shape("output_shape")
        maps = stated[1 : spatial + 1] if layer.channels_last() else stated[2 : spatial + 2]
        known = [size for size in maps if size is not None and size > 0]
        if len(known) != spatial:
            raise layer.error("its output_shape does not say the sizes of its maps")
        return known
    extra: Sequence[int | None] = _output_padding(layer, spatial) or [None] * spatial
    given: list[int] = []
    for size, k, s, d, added in zip(sizes, kernel, strides, dilations, extra, strict=True):
        given.append(keras_deconvolution_size(size, k, s, d, same=padding == "same", added=added))
    if min(given) <= 0:
        raise layer.error(f"its output would be {sizes_text(given)}")
    return given


def _output_padding(layer: KerasLayer, spatial: int) -> list[int] | None:
    stated = layer.config.get("output_padding")
    if stated is None:
        return None
    numbers = list(stated) if isinstance(stated, list | tuple) else [stated] * spatial
    if len(numbers) != spatial or not all(isinstance(number, int) and 0 <= number < 1 << 20 for number in numbers):
        raise layer.error(f"its output_padding is not {spatial} whole numbers")
    return numbers


def _low_padding(layer: KerasLayer, given: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    if padding == "valid":
        return 0
    if layer.dialect.theano:
        return extent(kernel, dilation) // 2
    return same_padding(given, kernel, stride, dilation)[0]


def _theano_crop(
    layer: KerasLayer, tensor: Tensor, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int]
) -> Tensor:
    """Keras cuts what Theano gives for an even kernel as it does for a convolution, by the input's size.

    (``_postprocess_conv2d_output`` in theano_backend.py.)
    """
    value = tensor.value
    for axis, (size, k, s) in enumerate(zip(sizes, kernel, strides, strict=True)):
        most = -(-size // s)
        if k % 2 == 0 and most < sizes_of(value)[axis]:
            value = cut(layer.build, value, {axis + 2: (0, most)})
    return layer.of_maps(value)


def _kernel(layer: KerasLayer, kernel: Sequence[int], channels: int, filters: int) -> ir.Value:
    """The kernel as ONNX's ConvTranspose wants it, I×O×spatial."""
    spatial = len(kernel)
    turned = layer.dialect.theano
    if layer.dialect.kernels == 1 and not layer.channels_last():
        shape = (filters, channels, *kernel)
        order = (1, 0, *range(2, spatial + 2))
        return layer.weight("kernel", shape, flip=range(2, spatial + 2) if turned else (), order=order)
    flip = range(spatial) if turned else ()
    if layer.dialect.kernels == 1:
        order = (spatial, spatial + 1, *range(spatial))
        return layer.weight("kernel", (*kernel, channels, filters), flip=flip, order=order)
    order = (spatial + 1, spatial, *range(spatial))
    return layer.weight("kernel", (*kernel, filters, channels), flip=flip, order=order)


TRANSPOSED: Mapping[str, Convert] = {
    "Deconvolution2D": transposed_convolution,
    "Convolution2DTranspose": transposed_convolution,
    **{f"Conv{axes}DTranspose": transposed_convolution for axes in (1, 2, 3)},
}
