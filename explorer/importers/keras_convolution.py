"""Keras' convolutions: plain, dilated, depthwise and separable, over one, two or three axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.importers.keras_activations import activated
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.network.builder import shape_tuple
from explorer.network.shapes import convolution_size, extent, same_padding, theano_same_padding

PADDINGS = ("valid", "same", "full", "causal")


def spatial_axes(layer: KerasLayer) -> int:
    """How many axes a layer's windows have: the number before the D in its class's name."""
    return int(layer.kind[layer.kind.index("D", 1) - 1]) if "D" in layer.kind[1:] else 2


def windows(
    layer: KerasLayer,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: str,
    *,
    cropped: bool = True,
) -> tuple[list[int], list[int]]:
    """The pads (all lows, then all highs) and the output's sizes; TensorFlow and Theano have different ``same``."""
    pairs = []
    for size, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        if padding == "same":
            theano = layer.dialect.theano
            pairs.append(theano_same_padding(size, k, s, d, cropped=cropped) if theano else same_padding(size, k, s, d))
        elif padding == "full":
            pairs.append((extent(k, d) - 1,) * 2)
        else:
            pairs.append((extent(k, d) - 1 if padding == "causal" else 0, 0))
    given = [
        convolution_size(size, k, s, pads, d)
        for size, k, s, pads, d in zip(sizes, kernel, strides, pairs, dilations, strict=True)
    ]
    if min(given) <= 0:
        raise layer.error(f"its kernel {sizes_text(kernel)} is larger than its input {sizes_text(sizes)}")
    return [low for low, _ in pairs] + [high for _, high in pairs], given


def channels_of(value: ir.Value) -> int:
    """The channels of N×C×spatial."""
    channels = shape_tuple(value)[1]
    assert isinstance(channels, int)
    return channels


def sizes_of(value: ir.Value) -> list[int]:
    """The spatial sizes of N×C×spatial, all of them known."""
    return [size for size in shape_tuple(value)[2:] if isinstance(size, int)]


def kernel_size(layer: KerasLayer, spatial: int) -> tuple[int, ...]:
    """The kernel's sizes under the names of each version."""
    config = layer.config
    if config.has("nb_row"):
        return config.integer("nb_row"), config.integer("nb_col")
    if config.has("kernel_dim1"):
        return tuple(config.integer(f"kernel_dim{axis}") for axis in (1, 2, 3))
    return config.integers("kernel_size", "filter_length", count=spatial)


def bias(layer: KerasLayer, filters: int) -> ir.Value | None:
    """The bias, if there is one."""
    return layer.weight("bias", (filters,)) if layer.config.flag("use_bias", "bias", default=True) else None


def convolution(layer: KerasLayer) -> Tensor:
    """Cross-correlation; true convolution on Theano, whose kernels are turned by 180° therefore."""
    spatial, config = spatial_axes(layer), layer.config
    value = layer.maps(spatial)
    channels, filters = channels_of(value), config.integer("filters", "nb_filter")
    kernel = kernel_size(layer, spatial)
    strides = config.integers("strides", "subsample", "subsample_length", count=spatial, default=1)
    dilations = config.integers("dilation_rate", "atrous_rate", count=spatial, default=1)
    groups = config.integer("groups", default=1)
    if channels % groups or filters % groups:
        raise layer.error(f"{channels} channels and {filters} kernels can't be divided into {groups} groups")
    padding = config.text("padding", "border_mode", default="valid", among=PADDINGS)
    pads, given = windows(layer, sizes_of(value), kernel, strides, dilations, padding)
    weight = _kernel(layer, kernel, channels // groups, filters)
    result = layer.build.convolution(
        value,
        weight,
        bias(layer, filters),
        strides=strides,
        pads=pads,
        dilations=dilations,
        group=groups,
        spatial=given,
    )
    return activated(layer, layer.of_maps(result))


def _kernel(layer: KerasLayer, kernel: Sequence[int], channels: int, filters: int) -> ir.Value:
    """The kernel as ONNX wants it, O×I×spatial; the file has it as its version and its layout want it."""
    spatial = len(kernel)
    turned = layer.dialect.theano
    if layer.dialect.kernels == 1:
        stored = layer.weights.stored
        legacy = (filters, channels, *kernel, 1)
        if spatial == 1 and stored and stored[0].shape == legacy:  # Keras 1.0 and 1.1
            return layer.weight("kernel", legacy, flip=[2] if turned else (), reshape=legacy[:3])
        if spatial == 1:
            shape = (*kernel, 1, channels, filters)
            flip = [0] if turned else ()
            return layer.weight("kernel", shape, flip=flip, order=(3, 2, 0, 1), reshape=(filters, channels, *kernel))
        if not layer.channels_last():
            return layer.weight("kernel", (filters, channels, *kernel), flip=range(2, spatial + 2) if turned else ())
    shape = (*kernel, channels, filters)
    order = (spatial + 1, spatial, *range(spatial))
    return layer.weight("kernel", shape, flip=range(spatial) if turned else (), order=order)


def depthwise(layer: KerasLayer) -> Tensor:
    """A convolution of each channel by itself, with ``depth_multiplier`` kernels each."""
    spatial = spatial_axes(layer)
    value = layer.maps(spatial)
    result = _depthwise(layer, value, kernel_size(layer, spatial), biased=True)
    return activated(layer, layer.of_maps(result))


def separable(layer: KerasLayer) -> Tensor:
    """A depthwise convolution, and one with kernels of one position after it."""
    spatial, config = spatial_axes(layer), layer.config
    value = layer.maps(spatial)
    middle = _depthwise(layer, value, kernel_size(layer, spatial), biased=False)
    channels, filters = channels_of(middle), config.integer("filters", "nb_filter")
    ones = (1,) * spatial
    if layer.dialect.kernels == 1 and not layer.channels_last():
        weight = layer.weight("pointwise_kernel", (filters, channels, *ones))
    else:
        order = (spatial + 1, spatial, *range(spatial))
        weight = layer.weight("pointwise_kernel", (*ones, channels, filters), order=order)
    result = layer.build.convolution(
        middle,
        weight,
        bias(layer, filters),
        strides=ones,
        pads=(0,) * 2 * spatial,
        dilations=ones,
        spatial=sizes_of(middle),
    )
    return activated(layer, layer.of_maps(result))


def _depthwise(layer: KerasLayer, value: ir.Value, kernel: Sequence[int], *, biased: bool) -> ir.Value:
    """The depthwise part, with a bias where it is all.

    Keras 2 turns these kernels itself before Theano does (``_preprocess_conv2d_depthwise_kernel``), so they lie right
    for every backend.
    """
    config, spatial = layer.config, len(kernel)
    channels, multiplier = channels_of(value), config.integer("depth_multiplier", default=1)
    strides = config.integers("strides", "subsample", count=spatial, default=1)
    dilations = config.integers("dilation_rate", count=spatial, default=1)
    padding = config.text("padding", "border_mode", default="valid", among=PADDINGS)
    pads, given = windows(layer, sizes_of(value), kernel, strides, dilations, padding, cropped=biased)
    shape: tuple[int, ...]
    if layer.dialect.kernels == 1 and not layer.channels_last():
        shape, order = (multiplier, channels, *kernel), (1, 0, *range(2, spatial + 2))
    else:
        shape, order = (*kernel, channels, multiplier), (spatial, spatial + 1, *range(spatial))
    weight = layer.weight("depthwise_kernel", shape, order=order, reshape=(channels * multiplier, 1, *kernel))
    added = bias(layer, channels * multiplier) if biased else None
    return layer.build.convolution(
        value, weight, added, strides=strides, pads=pads, dilations=dilations, group=channels, spatial=given
    )


CONVOLUTIONS: Mapping[str, Convert] = {
    **{f"{name}{axes}D": convolution for name in ("Conv", "Convolution") for axes in (1, 2, 3)},
    "AtrousConvolution1D": convolution,
    "AtrousConvolution2D": convolution,
    "AtrousConv1D": convolution,
    "AtrousConv2D": convolution,
    "DepthwiseConv1D": depthwise,
    "DepthwiseConv2D": depthwise,
    "SeparableConv1D": separable,
    "SeparableConv2D": separable,
    "SeparableConvolution2D": separable,
}
