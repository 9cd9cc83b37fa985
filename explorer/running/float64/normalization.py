"""Operators that divide by what they measure: means, deviations, norms and sums of exponentials."""

import math

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size
from explorer.running.float64.pooling import swept
from explorer.running.float64.windows import WindowAxis

NORMALIZATION = OperatorTable()


@NORMALIZATION.operator("LRN")
def local_response(attributes: Attributes, x: Array) -> Array:
    """Divide by ``(bias + alpha / size · Σ x²)^beta``, the sum running over ``size`` neighbouring channels.

    The window reaches ``(size − 1) // 2`` channels back and ``size // 2`` ahead: with an even size, which
    onnxruntime refuses, the odd channel lies ahead (ONNX: floor and ceil of ``(size − 1) / 2``).
    """
    size = attributes.integer("size")
    if size < 1 or x.ndim < 2:
        raise ValueError(f"a window of {size} channels does not fit {list(x.shape)}")
    channels = x.shape[1]
    before, after = min((size - 1) // 2, channels), min(size // 2, channels)
    axis = WindowAxis(channels, before + 1 + after, 1, 1, before, after, channels)
    squares = swept(x * x, [axis], np.add, 0.0, first=1)
    scale = attributes.real("bias", 1.0) + attributes.real("alpha", 1e-4) / size * squares
    return np.asarray(x * scale ** -attributes.real("beta", 0.75))


@NORMALIZATION.operator("BatchNormalization")
def batch(
    attributes: Attributes, x: Array, scale: Array, bias: Array, mean: Array, variance: Array
) -> Array | tuple[Array, ...]:
    """Shift and scale every channel by the given mean and variance, or by the batch's own in training mode.

    Training mode also returns the running mean and variance, ``momentum`` of the old and the rest of the new.
    """
    if attributes.opset < 9 and not attributes.flag("spatial", True):
        check_size(np.broadcast_shapes(*(array.shape for array in (x, scale, bias, mean, variance))))
        return _normalized(x, mean, variance, attributes.real("epsilon", 1e-5)) * scale + bias
    running: tuple[Array, ...] = ()
    if attributes.flag("training_mode"):
        others = (0, *range(2, x.ndim))
        momentum = attributes.real("momentum", 0.9)
        now = x.mean(axis=others), x.var(axis=others)
        old = zip((mean, variance), now, strict=True)
        running = tuple(before * momentum + measured * (1 - momentum) for before, measured in old)
        mean, variance = now
    factor = scale / np.sqrt(variance + attributes.real("epsilon", 1e-5))
    result = (x - _per_channel(mean, x)) * _per_channel(factor, x) + _per_channel(bias, x)
    return (result, *running) if running else result


@NORMALIZATION.operator("InstanceNormalization")
def instance(attributes: Attributes, x: Array, scale: Array, bias: Array) -> Array:
    """Normalise every channel of every picture by its own mean and variance."""
    axes = tuple(range(2, x.ndim))
    result = _standardized(x, axes, attributes.real("epsilon", 1e-5))
    return np.asarray(result * _per_channel(scale, x) + _per_channel(bias, x))


@NORMALIZATION.operator("GroupNormalization")
def group(attributes: Attributes, x: Array, scale: Array, bias: Array) -> Array:
    """Normalise groups of channels; scale and bias are per channel from opset 21 on, per group before."""
    groups = attributes.integer("num_groups")
    grouped = x.reshape(x.shape[0], groups, -1)
    result = _standardized(grouped, (2,), attributes.real("epsilon", 1e-5))
    if attributes.opset < 21:
        result = result * _per_channel(scale, grouped) + _per_channel(bias, grouped)
        return np.asarray(result).reshape(x.shape)
    return np.asarray(result.reshape(x.shape) * _per_channel(scale, x) + _per_channel(bias, x))


@NORMALIZATION.operator("LayerNormalization")
def layer(attributes: Attributes, x: Array, scale: Array, bias: Array | None = None) -> tuple[Array, ...]:
    """Normalise over ``axis`` and all that follow; also returns the mean and the inverse deviation."""
    axes = _trailing(attributes, x)
    check_size(np.broadcast_shapes(x.shape, scale.shape, () if bias is None else bias.shape))
    mean = x.mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=axes, keepdims=True) + attributes.real("epsilon", 1e-5))
    result = (x - mean) * inverse * scale
    return (result if bias is None else result + bias), mean, inverse


@NORMALIZATION.operator("RMSNormalization")
def root_mean_square(attributes: Attributes, x: Array, scale: Array) -> Array:
    """Divide by the root of the mean square over ``axis`` and all that follow."""
    check_size(np.broadcast_shapes(x.shape, scale.shape))
    square = (x * x).mean(axis=_trailing(attributes, x), keepdims=True)
    return np.asarray(x / np.sqrt(square + attributes.real("epsilon", 1e-5)) * scale)


@NORMALIZATION.operator("MeanVarianceNormalization")
def mean_variance(attributes: Attributes, x: Array) -> Array:
    """Normalise over ``axes``, without an ε: onnxruntime has none, a constant input gives NaN."""
    return _standardized(x, attributes.integers("axes", (0, 2, 3)), 0.0)


@NORMALIZATION.operator("LpNormalization")
def power_norm(attributes: Attributes, x: Array) -> Array:
    """Divide by the 1- or 2-norm along ``axis``; zeros stay zeros."""
    axis = attributes.integer("axis", -1)
    norm = np.linalg.norm(x, attributes.integer("p", 2), axis=axis, keepdims=True)
    return np.asarray(np.divide(x, norm, out=np.zeros_like(x), where=norm != 0))


@NORMALIZATION.operator("Softmax")
def softmax(attributes: Attributes, x: Array) -> Array:
    """Exponentials over their sum, along ``axis``; before opset 13 over ``axis`` and all that follow."""
    rows, axis = _rows(attributes, x)
    powers = np.exp(rows - rows.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True)).reshape(x.shape)


@NORMALIZATION.operator("LogSoftmax")
def log_softmax(attributes: Attributes, x: Array) -> Array:
    """The logarithm of ``Softmax``, computed without the exponentials' underflow."""
    rows, axis = _rows(attributes, x)
    shifted = rows - rows.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))).reshape(x.shape)


@NORMALIZATION.operator("Hardmax")
def hardmax(attributes: Attributes, x: Array) -> Array:
    """One for the first largest element along the axis of ``Softmax``, zero for the others."""
    rows, axis = _rows(attributes, x)
    result = np.zeros_like(rows)
    np.put_along_axis(result, rows.argmax(axis=axis, keepdims=True), 1.0, axis=axis)
    return result.reshape(x.shape)


def _rows(attributes: Attributes, x: Array) -> tuple[Array, int]:
    """Return ``x`` as the softmax family sees it, and the axis along which it runs."""
    if attributes.opset >= 13:
        return x, attributes.integer("axis", -1)
    axis = attributes.integer("axis", 1)
    if not -x.ndim <= axis <= x.ndim:
        raise ValueError(f"axis {axis} is outside a tensor of shape {list(x.shape)}")
    return x.reshape(math.prod(x.shape[: axis if axis >= 0 else axis + x.ndim]), -1), 1


def _trailing(attributes: Attributes, x: Array) -> tuple[int, ...]:
    axis = attributes.integer("axis", -1)
    return tuple(range(axis if axis >= 0 else axis + x.ndim, x.ndim))


def _per_channel(parameter: Array, x: Array) -> Array:
    """Return one number a channel in a shape that broadcasts against (N, C, …)."""
    if parameter.size != x.shape[1]:
        raise ValueError(f"{parameter.size} parameters do not fit {x.shape[1]} channels")
    return parameter.reshape(-1, *(1,) * (x.ndim - 2))


def _standardized(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    mean = x.mean(axis=axes, keepdims=True)
    return _normalized(x, mean, x.var(axis=axes, keepdims=True), epsilon)


def _normalized(x: Array, mean: Array, variance: Array, epsilon: float) -> Array:
    return np.asarray((x - mean) / np.sqrt(variance + epsilon))
