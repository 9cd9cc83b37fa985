"""Keras' activations: as functions that a layer names, and as layers of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_json import Config
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor
from explorer.network.builder import shape_tuple

Activation = Callable[[KerasLayer, Tensor, Config], Tensor]
"""(layer, what it computed, the function's own options) → the activation of that."""


def activated(layer: KerasLayer, tensor: Tensor, stated: object = None) -> Tensor:
    """The layer's result after the activation that its options name (``activation``), or after ``stated``.

    Keras 2 and 3 also take a layer as an activation, or write a function as an object with its name.

    :raises PortsideError: for code, and for a function that Keras does not have.
    """
    stated = layer.config.get("activation", default="linear") if stated is None else stated
    options: Mapping[str, Any] = {}
    if isinstance(stated, Mapping):
        kind, config = stated.get("class_name"), stated.get("config")
        if kind == "function" or isinstance(config, str):
            stated = config
        elif isinstance(config, Mapping) and isinstance(kind, str) and kind in ACTIVATION_LAYERS.keys() - _WITH_WEIGHTS:
            own = replace(layer, config=replace(layer.config, values=config), inputs=[tensor])
            return ACTIVATION_LAYERS[kind](own)
        else:
            stated, options = kind, config if isinstance(config, Mapping) else {}
    if not isinstance(stated, str) or stated in ("__lambda__", "<lambda>", "Lambda"):
        raise layer.error("its activation is code, which is never run")
    function = FUNCTIONS.get(stated.rpartition(">")[2] if stated.startswith("keras>") else stated)
    if function is None:
        raise layer.error(f"its activation '{stated}' is not known")
    return function(layer, tensor, replace(layer.config, values=options))


def binary(layer: KerasLayer, operator: str, tensor: Tensor, other: Tensor | float) -> Tensor:
    """An operator of two inputs, the second a tensor of the same shape and layout or a number."""
    value = layer.build.constant(float(other)) if isinstance(other, float | int) else other.value
    return Tensor(layer.build.elementwise(operator, tensor.value, value), tensor.moved)


def clipped(layer: KerasLayer, tensor: Tensor, low: float, high: float) -> Tensor:
    """Between two numbers."""
    build = layer.build
    bounds = [build.constant(float(low)), build.constant(float(high))]
    return Tensor(build.elementwise("Clip", tensor.value, *bounds), tensor.moved)


def _single(operator: str, **fixed: Any) -> Activation:
    """A function that is one ONNX operator."""
    return lambda layer, tensor, _: layer.each(operator, tensor, **fixed)


def _along(operator: str) -> Activation:
    """A function along an axis, the last one if none is stated."""

    def function(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
        axis = layer.axis(options.axes("axis", -1)[0], tensor.rank)
        return layer.each(operator, tensor, axis=tensor.axis(axis))

    return function


def _with_slope(operator: str, attribute: str, default: float, *names: str) -> Activation:
    """A function that is one ONNX operator with a number."""
    return lambda layer, tensor, options: layer.each(
        operator, tensor, **{attribute: options.number(*names, default=default)}
    )


def _gelu(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
    approximate = options.flag("approximate", default=False)
    return layer.each("Gelu", tensor, approximate="tanh" if approximate else "none")


def _hard_sigmoid(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    """0.2x + 0.5 in Keras 1 and 2, x/6 + 0.5 in Keras 3, between 0 and 1."""
    return layer.each("HardSigmoid", tensor, alpha=1 / 6 if layer.dialect.version > 2 else 0.2, beta=0.5)


def _gated(gate: Activation) -> Activation:
    """A function of the form x · gate(x)."""
    return lambda layer, tensor, options: binary(layer, "Mul", tensor, gate(layer, tensor, options))


def _relu(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
    """The general rectifier (``K.relu``): x above the threshold, at most max_value, a slope below it."""
    slope = options.number("negative_slope", "alpha", default=0.0)
    threshold = options.number("threshold", default=0.0)
    highest = options.number("max_value") if options.has("max_value") else None
    if slope and not threshold and highest is None:
        return layer.each("LeakyRelu", tensor, alpha=slope)
    result = layer.each("ThresholdedRelu", tensor, alpha=threshold) if threshold else layer.each("Relu", tensor)
    if highest is not None:
        result = clipped(layer, result if threshold else tensor, 0, highest)
    if slope:
        below = layer.each("Neg", tensor)
        below = layer.each("Relu", binary(layer, "Add", below, threshold) if threshold else below)
        result = binary(layer, "Sub", result, binary(layer, "Mul", below, slope))
    return result


def _relu6(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    return clipped(layer, tensor, 0, 6)


def _hard_tanh(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    return clipped(layer, tensor, -1, 1)


def _soft_shrink(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
    threshold = options.number("threshold", "threshold_value", default=0.5)
    return layer.each("Shrink", tensor, lambd=threshold, bias=threshold)


def _tanh_shrink(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    return binary(layer, "Sub", tensor, layer.each("Tanh", tensor))


def _log_sigmoid(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    return layer.each("Neg", layer.each("Softplus", layer.each("Neg", tensor)))


def _sparse_plus(layer: KerasLayer, tensor: Tensor, _: Config) -> Tensor:
    """0 up to −1, (x+1)²/4 up to 1, x from there on: the middle, clipped, plus what is above 1."""
    middle = binary(layer, "Add", clipped(layer, tensor, -1, 1), 1.0)
    quarter = binary(layer, "Mul", binary(layer, "Mul", middle, middle), 0.25)
    return binary(layer, "Add", quarter, layer.each("Relu", binary(layer, "Sub", tensor, 1.0)))


def _squareplus(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
    square = binary(layer, "Add", binary(layer, "Mul", tensor, tensor), options.number("b", default=4.0))
    return binary(layer, "Mul", binary(layer, "Add", tensor, layer.each("Sqrt", square)), 0.5)


def _glu(layer: KerasLayer, tensor: Tensor, options: Config) -> Tensor:
    axis = layer.axis(options.axes("axis", -1)[0], tensor.rank)
    size, place = layer.size(axis, tensor), tensor.axis(axis)
    if size % 2:
        raise layer.error(f"glu halves its axis of {size}")
    shape = tuple(size // 2 if index == place else each for index, each in enumerate(shape_tuple(tensor.value)))
    first, second = layer.build.nodes("Split", [tensor.value], [shape, shape], {"axis": place, "num_outputs": 2})
    return binary(layer, "Mul", layer.like(first, tensor), layer.each("Sigmoid", layer.like(second, tensor)))


FUNCTIONS: Mapping[str, Activation] = {
    "linear": lambda layer, tensor, options: tensor,
    "relu": _relu,
    "relu6": _relu6,
    "softmax": _along("Softmax"),
    "log_softmax": _along("LogSoftmax"),
    "elu": _with_slope("Elu", "alpha", 1.0, "alpha"),
    "selu": _single("Selu"),
    "celu": _with_slope("Celu", "alpha", 1.0, "alpha"),
    "leaky_relu": _with_slope("LeakyRelu", "alpha", 0.2, "negative_slope", "alpha"),
    "softplus": _single("Softplus"),
    "softsign": _single("Softsign"),
    "sigmoid": _single("Sigmoid"),
    "tanh": _single("Tanh"),
    "exponential": _single("Exp"),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _gated(_hard_sigmoid),
    "hard_swish": _gated(_hard_sigmoid),
    "silu": _gated(_single("Sigmoid")),
    "swish": _gated(_single("Sigmoid")),
    "gelu": _gelu,
    "mish": _single("Mish"),
    "hard_tanh": _hard_tanh,
    "hard_shrink": _with_slope("Shrink", "lambd", 0.5, "threshold"),
    "soft_shrink": _soft_shrink,
    "tanh_shrink": _tanh_shrink,
    "log_sigmoid": _log_sigmoid,
    "sparse_sigmoid": _single("HardSigmoid", alpha=0.5, beta=0.5),
    "sparse_plus": _sparse_plus,
    "squareplus": _squareplus,
    "glu": _glu,
}
"""Keras' activation functions of all three versions by name."""


def activation(layer: KerasLayer) -> Tensor:
    """The function that it names, of all that the three versions have."""
    return activated(layer, layer.input)


def relu(layer: KerasLayer) -> Tensor:
    """ReLU with a ceiling, a slope and a threshold."""
    return _relu(layer, layer.input, layer.config)


def leaky_relu(layer: KerasLayer) -> Tensor:
    """max(x, 0) + slope · min(x, 0); the slope is 0.3 unless it is stated."""
    return layer.each("LeakyRelu", alpha=layer.config.number("negative_slope", "alpha", default=0.3))


def elu(layer: KerasLayer) -> Tensor:
    """X above 0, α(eˣ − 1) below."""
    return layer.each("Elu", alpha=layer.config.number("alpha", default=1.0))


def thresholded_relu(layer: KerasLayer) -> Tensor:
    """X above θ, 0 below."""
    return layer.each("ThresholdedRelu", alpha=layer.config.number("theta", default=1.0))


def softmax(layer: KerasLayer) -> Tensor:
    """exp(x) ÷ Σ exp(x) along one axis, or over several."""
    tensor = layer.input
    axes = [tensor.axis(axis) for axis in layer.axes(layer.config.axes("axis", -1))]
    if len(axes) == 1:
        return layer.each("Softmax", axis=axes[0])
    build, sizes = layer.build, shape_tuple(tensor.value)
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
    total = build.node("ReduceLogSumExp", [tensor.value, build.constant(np.array(axes, np.int64))], shape)
    return layer.like(build.elementwise("Exp", build.elementwise("Sub", tensor.value, total)))


def prelu(layer: KerasLayer) -> Tensor:
    """X above 0, α · x below, with an α for each element, or shared along ``shared_axes``."""
    slope = parameters(layer, ["alpha"])[0]
    return layer.like(layer.build.elementwise("PRelu", layer.input.value, slope))


def parametric_softplus(layer: KerasLayer) -> Tensor:
    """α · log(1 + exp(β · x)) with an α and a β for each element (Keras 1)."""
    build = layer.build
    alpha, beta = parameters(layer, ["alphas", "betas"])
    plus = build.elementwise("Softplus", build.elementwise("Mul", layer.input.value, beta))
    return layer.like(build.elementwise("Mul", plus, alpha))


def s_relu(layer: KerasLayer) -> Tensor:
    """Keras 1's S-shaped rectifier: slopes below t_left and above t_left + |t_right|.

    On Theano the middle's end also bounds what a negative slope makes of values below t_left.
    """
    build, x = layer.build, layer.input.value
    left, left_slope, right, right_slope = parameters(layer, ["t_left", "a_left", "t_right", "a_right"])
    width, inner = build.elementwise("Abs", right), build.elementwise("Sub", x, left)
    if layer.dialect.theano:
        inner = build.elementwise("Min", build.elementwise("PRelu", inner, left_slope), width)
    else:
        inner = build.elementwise("PRelu", build.elementwise("Min", inner, width), left_slope)
    above = build.elementwise("Relu", build.elementwise("Sub", x, build.elementwise("Add", left, width)))
    below = build.elementwise("Add", inner, left)
    return layer.like(build.elementwise("Add", below, build.elementwise("Mul", above, right_slope)))


def parameters(layer: KerasLayer, names: Sequence[str]) -> list[ir.Value]:
    """Weights with the input's shape without the batch, 1 along ``shared_axes``; laid as the input is.

    Keras 1's architecture does not say which axes are shared, so there the weights' own shape says it.
    """
    tensor = layer.input
    shared = [layer.axis(axis) for axis in layer.config.axes("shared_axes", ())]
    shape = [1 if axis in shared else layer.size(axis) for axis in range(1, tensor.rank)]
    stored = layer.weights.stored
    if stored and not layer.config.has("shared_axes"):
        own = stored[0].shape
        if len(own) == len(shape) and all(a in (1, b) for a, b in zip(own, shape, strict=True)):
            shape = list(own)
    order = [tensor.rank - 2, *range(tensor.rank - 2)] if tensor.moved else None
    return [layer.weight(name, shape, order=order) for name in names]


_WITH_WEIGHTS = frozenset(["PReLU", "ParametricSoftplus", "SReLU"])

ACTIVATION_LAYERS: Mapping[str, Convert] = {
    "Activation": activation,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "PReLU": prelu,
    "ELU": elu,
    "ThresholdedReLU": thresholded_relu,
    "Softmax": softmax,
    "ParametricSoftplus": parametric_softplus,
    "SReLU": s_relu,
}
