"""Keras' normalisations at inference, in all versions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_layers import Convert, KerasLayer, Tensor
from explorer.importers.keras_merges import EPSILON, normalised
from explorer.network.builder import shape_tuple
from explorer.network.network import Shape


def batch_normalization(layer: KerasLayer) -> Tensor:
    """γ · (x − mean) ÷ √(variance + ε) + β with the averages of training.

    Keras 1's modes: 1 takes each example's own statistics, 2 the batch's. The weight that Keras 1 calls
    ``running_std`` is the variance.
    """
    config, tensor = layer.config, layer.input
    mode = config.integer("mode", default=0, least=0)
    if config.flag("renorm", default=False):
        raise layer.error("batch renormalisation keeps other weights, which can't be carried over")
    axes = config.axes("axis", -1)
    if mode not in (0, 1, 2) or len(axes) != 1:
        raise layer.error(f"batch normalisation of mode {mode} over {len(axes)} axes can't be carried over")
    axis = layer.axis(axes[0])
    if axis == 0:
        raise layer.error("normalises along the batch, which can't be carried over")
    size, epsilon = layer.size(axis), config.number("epsilon", default=1e-3)
    gamma = layer.weight("gamma", (size,)) if config.flag("scale", default=True) else None
    beta = layer.weight("beta", (size,)) if config.flag("center", default=True) else None
    names = ("moving_mean", "moving_variance")
    mean, variance = (layer.weight(name, (size,), trainable=False) for name in names)
    if mode == 0:
        return _normalised_with(layer, axis, size, gamma, beta, mean, variance, epsilon)
    over = [tensor.rank - 1] if mode == 1 else [each for each in range(tensor.rank) if each != axis]
    result = _standardised(layer, tensor, over, epsilon, twice=mode == 1)
    return scaled(layer, result, [axis if mode == 2 else tensor.rank - 1], gamma, beta)


def _normalised_with(
    layer: KerasLayer,
    axis: int,
    size: int,
    gamma: ir.Value | None,
    beta: ir.Value | None,
    mean: ir.Value,
    variance: ir.Value,
    epsilon: float,
) -> Tensor:
    """ONNX's operator normalises the axis behind the batch; another one is put there and back."""
    build, tensor = layer.build, layer.input
    place, shape = tensor.axis(axis), shape_tuple(tensor.value)
    order = [0, place, *(each for each in range(1, tensor.rank) if each != place)]
    value = tensor.value
    if place != 1:
        value = build.node("Transpose", [value], tuple(shape[each] for each in order), {"perm": order})
    factors = [
        build.constant(np.full(size, fill, np.float32)) if weight is None else weight
        for weight, fill in ((gamma, 1), (beta, 0))
    ]
    value = build.elementwise("BatchNormalization", value, *factors, mean, variance, epsilon=epsilon)
    if place != 1:
        back = [order.index(each) for each in range(tensor.rank)]
        value = build.node("Transpose", [value], shape, {"perm": back})
    return layer.like(value)


def layer_normalization(layer: KerasLayer) -> Tensor:
    """Each example's own mean and variance over the last axis, or those stated; γ and β have their sizes."""
    config, tensor = layer.config, layer.input
    if config.flag("rms_scaling", default=False):
        raise layer.error("rms_scaling, which Keras gave up, can't be carried over")
    axes = layer.axes(config.axes("axis", -1))
    result = _standardised(layer, tensor, axes, config.number("epsilon", default=1e-3))
    sizes = [layer.size(axis) for axis in axes]
    gamma = _laid_weight(layer, "gamma", axes, sizes) if config.flag("scale", default=True) else None
    beta = _laid_weight(layer, "beta", axes, sizes) if config.flag("center", default=True) else None
    return scaled(layer, result, axes, gamma, beta, laid=True)


def group_normalization(layer: KerasLayer) -> Tensor:
    """Mean and variance of each group of channels over all positions; ``groups`` −1 is each channel by itself."""
    config, tensor, build = layer.config, layer.input, layer.build
    axis = layer.axis(config.axes("axis", -1)[0])
    size, groups = layer.size(axis), config.integer("groups", default=32, least=-1)
    groups = size if groups == -1 else groups
    if axis == 0 or groups < 1 or size % groups:
        raise layer.error(f"{size} channels can't be divided into {groups} groups")
    sizes = [layer.size(each) for each in range(1, tensor.rank)]
    value, shape = tensor.value, shape_tuple(tensor.value)
    place = tensor.axis(axis)
    order = [0, place, *(each for each in range(1, tensor.rank) if each != place)]
    if place != 1:
        value = build.node("Transpose", [value], tuple(shape[each] for each in order), {"perm": order})
    lengths = shape_tuple(value)
    grouped = build.reshape(value, (shape[0], groups, math.prod(sizes) // groups))
    result = _standardised(layer, Tensor(grouped), [2], config.number("epsilon", default=1e-3)).value
    result = build.reshape(result, lengths)
    if place != 1:
        back = [order.index(each) for each in range(tensor.rank)]
        result = build.node("Transpose", [result], shape, {"perm": back})
    gamma = layer.weight("gamma", (size,)) if config.flag("scale", default=True) else None
    beta = layer.weight("beta", (size,)) if config.flag("center", default=True) else None
    return scaled(layer, layer.like(result), [axis], gamma, beta)


def unit_normalization(layer: KerasLayer) -> Tensor:
    """X ÷ √max(Σ x², 1e-12) over the last axis, or those stated."""
    tensor = layer.input
    axes = [tensor.axis(axis) for axis in layer.axes(layer.config.axes("axis", -1))]
    if len(axes) == 1:
        return layer.like(normalised(layer, tensor.value, axes[0], 1e-12))
    build = layer.build
    total = _reduced(layer, "ReduceSumSquare", tensor.value, axes)
    length = build.elementwise("Sqrt", build.elementwise("Max", total, build.constant(1e-12)))
    return layer.like(build.elementwise("Div", tensor.value, length))


def rms_normalization(layer: KerasLayer) -> Tensor:
    """X ÷ √(mean of x² + ε), times a weight (Keras 3)."""
    config, tensor, build = layer.config, layer.input, layer.build
    axes = layer.axes(config.axes("axis", -1))
    square = build.elementwise("Mul", tensor.value, tensor.value)
    mean = _reduced(layer, "ReduceMean", square, [tensor.axis(axis) for axis in axes])
    epsilon = build.constant(config.number("epsilon", default=1e-6))
    root = build.elementwise("Sqrt", build.elementwise("Add", mean, epsilon))
    result = layer.like(build.elementwise("Div", tensor.value, root))
    scale = _laid_weight(layer, "scale", axes, [layer.size(axis) for axis in axes])
    return scaled(layer, result, axes, scale, None, laid=True)


def normalization(layer: KerasLayer) -> Tensor:
    """(x − mean) ÷ max(√variance, ε), or the inverse; the statistics are stated, or weights that were adapted."""
    config, tensor, build = layer.config, layer.input, layer.build
    # Null means one mean for all, which elsewhere means that nothing is stated.
    none = config.values.get("axis", -1) is None
    axes = [] if none else layer.axes(config.axes("axis", -1))
    sizes = [layer.size(axis) for axis in axes]
    if config.get("mean") is not None:
        mean, variance = (_stated_numbers(layer, name, axes, sizes) for name in ("mean", "variance"))
    else:
        mean, variance = (_laid_weight(layer, name, axes, sizes, trainable=False) for name in ("mean", "variance"))
        layer.skip_weight("count", ())
    deviation = build.elementwise("Max", build.elementwise("Sqrt", variance), build.constant(EPSILON))
    if config.flag("invert", default=False):
        return layer.like(build.elementwise("Add", build.elementwise("Mul", tensor.value, deviation), mean))
    return layer.like(build.elementwise("Div", build.elementwise("Sub", tensor.value, mean), deviation))


def _stated_numbers(layer: KerasLayer, name: str, axes: Sequence[int], sizes: Sequence[int]) -> ir.Value:
    """Statistics from the options, spread over the kept axes from the right as numpy does."""
    try:
        numbers = np.asarray(layer.config.get(name), np.float64)
        shape = _laid_shape(layer.input, axes, np.broadcast_shapes(numbers.shape, tuple(sizes)))
        full = np.broadcast_to(numbers, sizes) if numbers.ndim <= len(sizes) else numbers.reshape(sizes)
    except (ValueError, TypeError):
        raise layer.error(f"its {name} does not fit the axes {list(axes)}") from None
    return layer.build.constant(_laid_array(layer.input, axes, full).astype(np.float32).reshape(shape))


def _standardised(
    layer: KerasLayer, tensor: Tensor, axes: Sequence[int], epsilon: float, *, twice: bool = False
) -> Tensor:
    """(x − mean) ÷ √(variance + ε) over Keras' ``axes``; Keras 1's mode 1 adds ε to the deviation again (``twice``)."""
    build, places = layer.build, [tensor.axis(axis) for axis in axes]
    mean = _reduced(layer, "ReduceMean", tensor.value, places)
    centred = build.elementwise("Sub", tensor.value, mean)
    variance = _reduced(layer, "ReduceMean", build.elementwise("Mul", centred, centred), places)
    deviation = build.elementwise("Sqrt", build.elementwise("Add", variance, build.constant(epsilon)))
    if twice:
        deviation = build.elementwise("Add", deviation, build.constant(epsilon))
    return layer.like(build.elementwise("Div", centred, deviation), tensor)


def _reduced(layer: KerasLayer, operator: str, value: ir.Value, places: Sequence[int]) -> ir.Value:
    """One number over axes as they lie, which keep the size one."""
    shape: Shape = tuple(1 if axis in places else size for axis, size in enumerate(shape_tuple(value)))
    axes = layer.build.constant(np.array(sorted(places), np.int64))
    return layer.build.node(operator, [value, axes], shape)


def scaled(
    layer: KerasLayer,
    tensor: Tensor,
    axes: Sequence[int],
    gamma: ir.Value | None,
    beta: ir.Value | None,
    *,
    laid: bool = False,
) -> Tensor:
    """γ · x + β; ``laid`` says that the weights lie along the tensor's axes, else they are vectors along one axis."""
    build, value = layer.build, tensor.value
    for operator, weight in (("Mul", gamma), ("Add", beta)):
        if weight is None:
            continue
        if not laid:
            weight = build.reshape(weight, _laid_shape(tensor, axes, shape_tuple(weight)))
        value = build.elementwise(operator, value, weight)
    return layer.like(value, tensor)


def _laid_weight(
    layer: KerasLayer, name: str, axes: Sequence[int], sizes: Sequence[int], *, trainable: bool = True
) -> ir.Value:
    """A weight with the sizes of some of the input's axes, laid along them."""
    order = _places_order(layer.input, axes)
    shape = _laid_shape(layer.input, axes, sizes)
    return layer.weight(name, sizes, trainable=trainable, order=order, reshape=shape)


def _laid_array(tensor: Tensor, axes: Sequence[int], array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.transpose(_places_order(tensor, axes))


def _places_order(tensor: Tensor, axes: Sequence[int]) -> list[int]:
    """The order in which ``axes`` lie."""
    return sorted(range(len(axes)), key=lambda index: tensor.axis(axes[index]))


def _laid_shape(tensor: Tensor, axes: Sequence[int], sizes: Sequence[int | str]) -> tuple[int, ...]:
    """Ones but for the sizes at the places of ``axes``, without the leading ones that say nothing."""
    shape = [1] * tensor.rank
    for axis, size in zip(axes, sizes, strict=True):
        assert isinstance(size, int)
        shape[tensor.axis(axis)] = size
    return tuple(shape)


NORMALIZATIONS: Mapping[str, Convert] = {
    "BatchNormalization": batch_normalization,
    "BatchNormalizationV1": batch_normalization,
    "BatchNormalizationV2": batch_normalization,
    "SyncBatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "GroupNormalization": group_normalization,
    "UnitNormalization": unit_normalization,
    "RMSNormalization": rms_normalization,
    "Normalization": normalization,
}
"""Keras' own layers."""
