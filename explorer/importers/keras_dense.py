"""Keras' layers that multiply by a matrix: dense ones, and those with kernels of their own at every position."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from explorer.importers.keras_activations import activated
from explorer.importers.keras_convolution import kernel_size, spatial_axes, windows
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor
from explorer.network.builder import shape_tuple


def dense(layer: KerasLayer) -> Tensor:
    """X · W + b over the last axis, whatever the others are."""
    config, tensor = layer.config, layer.input
    length, units = layer.size(tensor.rank - 1), config.integer("units", "output_dim")
    weight = layer.weight("kernel", (length, units))
    bias = layer.weight("bias", (units,)) if config.flag("use_bias", "bias", default=True) else None
    if tensor.rank == 2:
        return activated(layer, Tensor(layer.build.dense(tensor.value, weight, bias, transposed=False)))
    value = layer.plain(tensor)
    result = layer.build.node("MatMul", [value, weight], (*shape_tuple(value)[:-1], units))
    if bias is not None:
        result = layer.build.elementwise("Add", result, bias)
    return activated(layer, layer.laid(Tensor(result), tensor.moved))


def maxout_dense(layer: KerasLayer) -> Tensor:
    """The largest of ``nb_feature`` inner products for each unit (Keras 1)."""
    config, build = layer.config, layer.build
    length, units = _vector(layer), config.integer("output_dim")
    features = config.integer("nb_feature", default=4)
    weight = layer.weight("kernel", (features, length, units))
    batch = layer.input.shape[0]
    products = build.node("MatMul", [layer.input.value, weight], (features, batch, units))
    if config.flag("bias", default=True):
        bias = layer.weight("bias", (features, units), reshape=(features, 1, units))
        products = build.elementwise("Add", products, bias)
    axes = build.constant(np.array([0], np.int64))
    return Tensor(build.node("ReduceMax", [products, axes], (batch, units), {"keepdims": 0}))


def highway(layer: KerasLayer) -> Tensor:
    """Keras 1's gate between activation(x · W + b), times t, and x, times 1 − t; t = sigmoid(x · W_carry + b_carry)."""
    build, x, length = layer.build, layer.input.value, _vector(layer)
    biased = layer.config.flag("bias", default=True)
    weight, carry = (layer.weight(name, (length, length)) for name in ("kernel", "carry_kernel"))
    biases = [layer.weight(name, (length,)) if biased else None for name in ("bias", "carry_bias")]
    gate = build.elementwise("Sigmoid", build.dense(x, carry, biases[1], transposed=False))
    result = activated(layer, Tensor(build.dense(x, weight, biases[0], transposed=False))).value
    kept = build.node("Sub", [build.constant(1.0), gate], layer.input.shape)
    return Tensor(build.elementwise("Add", build.elementwise("Mul", result, gate), build.elementwise("Mul", kept, x)))


def time_distributed(layer: KerasLayer) -> Tensor:
    """The same layer at every step: only where it works on the last axis, or element by element."""
    inner = layer.config.get("layer")
    kind = inner.get("class_name") if isinstance(inner, Mapping) else None
    config = inner.get("config") if isinstance(inner, Mapping) else None
    if not isinstance(kind, str) or kind not in _EACH_STEP or not isinstance(config, Mapping):
        raise layer.error(f"a {layer.kind} of {kind or 'nothing'} can't be carried over")
    return _EACH_STEP[kind](replace(layer, kind=kind, config=replace(layer.config, values=config)))


def locally_connected(layer: KerasLayer) -> Tensor:
    """A convolution with kernels of their own at every position (Keras 1 and 2)."""
    spatial, config, build = spatial_axes(layer), layer.config, layer.build
    if config.integer("implementation", default=1) != 1:
        raise layer.error("a locally connected layer of another implementation than 1 can't be carried over")
    if config.text("padding", "border_mode", default="valid") != "valid":
        raise layer.error("a locally connected layer with padding can't be carried over")
    last = layer.channels_last()
    value = layer.laid(layer.input, False).value
    sizes = [layer.size(axis) for axis in (range(1, spatial + 1) if last else range(2, spatial + 2))]
    channels, filters = layer.size(spatial + 1 if last else 1), config.integer("filters", "nb_filter")
    kernel = kernel_size(layer, spatial)
    strides = config.integers("strides", "subsample", "subsample_length", count=spatial, default=1)
    _, given = windows(layer, sizes, kernel, strides, (1,) * spatial, "valid")
    places, length = math.prod(given), math.prod(kernel) * channels
    weight = layer.weight("kernel", (places, length, filters))
    # The numbers under the kernel at every place, in the order in which the kernel has them.
    numbers = np.arange(math.prod(sizes) * channels, dtype=np.int64)
    numbers = numbers.reshape((*sizes, channels) if last else (channels, *sizes))
    axes = tuple(range(spatial)) if last else tuple(range(1, spatial + 1))
    views = np.lib.stride_tricks.sliding_window_view(numbers, kernel, axes)
    steps = tuple(slice(None, None, s) for s in strides)
    if last:
        views = views[steps].transpose((*range(spatial), *range(spatial + 1, 2 * spatial + 1), spatial))
    else:
        order = (*range(1, spatial + 1), 0, *range(spatial + 1, 2 * spatial + 1))
        views = views[(slice(None), *steps)].transpose(order)
    indices = build.constant(np.ascontiguousarray(views.reshape(places, length)))
    batch = shape_tuple(value)[0]
    flat = build.reshape(value, (batch, math.prod(sizes) * channels))
    patches = build.node("Gather", [flat, indices], (batch, places, length), {"axis": 1})
    patches = build.node("Transpose", [patches], (places, batch, length), {"perm": [1, 0, 2]})
    result = build.node("MatMul", [patches, weight], (places, batch, filters))
    shape = (batch, places, filters) if last else (batch, filters, places)
    result = build.node("Transpose", [result], shape, {"perm": [1, 0, 2] if last else [1, 2, 0]})
    maps = (batch, *given, filters) if last else (batch, filters, *given)
    result = build.reshape(result, maps)
    if config.flag("use_bias", "bias", default=True):
        # With channels first Keras gives the bias another shape, where another order is meant (K.bias_add).
        reshape = (1, *given, filters) if last else (1, filters, *given)
        result = build.elementwise("Add", result, layer.weight("bias", (*given, filters), reshape=reshape))
    return activated(layer, layer.laid(Tensor(result), last))


def _vector(layer: KerasLayer) -> int:
    if layer.input.rank != 2:
        raise layer.error(f"{layer.kind} takes vectors, here are {layer.input.rank} axes")
    return layer.size(1)


_EACH_STEP: Mapping[str, Convert] = {
    "Dense": dense,
    "Activation": lambda layer: activated(layer, layer.input),
    "Dropout": lambda layer: layer.input,
}

DENSE: Mapping[str, Convert] = {
    "Dense": dense,
    "TimeDistributedDense": dense,
    "TimeDistributed": time_distributed,
    "MaxoutDense": maxout_dense,
    "Highway": highway,
    "LocallyConnected1D": locally_connected,
    "LocallyConnected2D": locally_connected,
}
