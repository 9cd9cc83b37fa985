"""Caffe's layers that work number by number."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, Convert, LayerType, by, fork_names
from explorer.importers.caffe_weights import filler_of
from explorer.network.network import Shape


def relu(layer: CaffeLayer) -> list[ir.Value]:
    """max(x, 0) + slope · min(x, 0) (relu_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    slope = layer.message.relu_param.negative_slope
    if slope:
        return layer.give(layer.build.elementwise("LeakyRelu", layer.bottom, alpha=float(slope)))
    return layer.give(layer.build.elementwise("Relu", layer.bottom))


def relu6(layer: CaffeLayer) -> list[ir.Value]:
    """min(max(x, 0) + slope · min(x, 0), 6), of SSD's relatives for MobileNet (relu6_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    build, slope = layer.build, layer.message.relu6_param.negative_slope
    six = build.constant(6.0)
    if not slope:
        return layer.give(build.elementwise("Clip", layer.bottom, build.constant(0.0), six))
    return layer.give(build.elementwise("Min", build.elementwise("LeakyRelu", layer.bottom, alpha=float(slope)), six))


def prelu(layer: CaffeLayer) -> list[ir.Value]:
    """max(x, 0) + slope · min(x, 0), a slope learned for each channel or one for all (prelu_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    rank = len(layer.shape)
    if rank < 2:
        raise layer.error(f"it has a slope for each channel, but its bottom is {by(layer.shape)}")
    param = layer.message.prelu_param
    shape: Shape = () if param.channel_shared else layer.shape[1:2]
    laid = (*(shape or (1,)), *[1] * (rank - 2))
    slope = layer.weight(0, "slope", shape, filler_of(param, "filler", 0.25), laid=laid)
    return layer.give(layer.build.elementwise("PRelu", layer.bottom, slope))


def elu(layer: CaffeLayer) -> list[ir.Value]:
    """X where it is positive, α · (eˣ − 1) elsewhere (elu_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    return layer.give(layer.build.elementwise("Elu", layer.bottom, alpha=float(layer.message.elu_param.alpha)))


def power(layer: CaffeLayer) -> list[ir.Value]:
    """(shift + scale · x)^power; where power · scale is 0, that constant for any x (power_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.power_param, layer.build
    exponent, factor, shift = float(param.power), float(param.scale), float(param.shift)
    if exponent * factor == 0:
        return layer.give(_everywhere(layer, 1.0 if exponent == 0 else _raised(shift, exponent)))
    y = _scaled(layer, factor, shift)
    return layer.give(y if exponent == 1 else build.elementwise("Pow", y, build.constant(exponent)))


def exp(layer: CaffeLayer) -> list[ir.Value]:
    """base^(shift + scale · x), computed as base^shift · e^(ln(base) · scale · x); base −1 means e (exp_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.exp_param, layer.build
    log_base = _log_base(layer, float(param.base))
    y = build.elementwise("Exp", _scaled(layer, log_base * float(param.scale), 0.0))
    if not param.shift:
        return layer.give(y)
    base = math.e if param.base == -1 else float(param.base)
    return layer.give(build.elementwise("Mul", y, build.constant(_raised(base, float(param.shift)))))


def log(layer: CaffeLayer) -> list[ir.Value]:
    """The logarithm of shift + scale · x to the base; −1 means e (log_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.log_param, layer.build
    log_base = _log_base(layer, float(param.base))
    if log_base == 0:
        raise layer.error("there is no logarithm to the base 1")
    y = build.elementwise("Log", _scaled(layer, float(param.scale), float(param.shift)))
    return layer.give(y if log_base == 1 else build.elementwise("Mul", y, build.constant(1 / log_base)))


def threshold(layer: CaffeLayer) -> list[ir.Value]:
    """1 where x is greater than the threshold, 0 elsewhere (threshold_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    build = layer.build
    limit = build.constant(float(layer.message.threshold_param.threshold))
    above = build.node("Greater", [layer.bottom, limit], layer.shape, None, ir.DataType.BOOL)
    return layer.give(build.node("Cast", [above], layer.shape, {"to": ir.DataType.FLOAT}))


def clip(layer: CaffeLayer) -> list[ir.Value]:
    """X limited to min and max (clip_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.clip_param, layer.build
    limits = build.constant(float(param.min)), build.constant(float(param.max))
    return layer.give(build.elementwise("Clip", layer.bottom, *limits))


def swish(layer: CaffeLayer) -> list[ir.Value]:
    """X · sigmoid(β · x) (swish_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    gate = layer.build.elementwise("Sigmoid", _scaled(layer, float(layer.message.swish_param.beta), 0.0))
    return layer.give(layer.build.elementwise("Mul", layer.bottom, gate))


def mish(layer: CaffeLayer) -> list[ir.Value]:
    """X · tanh(ln(1 + eˣ)), of YOLO's Caffe (mish_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    gate = layer.build.elementwise("Tanh", layer.build.elementwise("Softplus", layer.bottom))
    return layer.give(layer.build.elementwise("Mul", layer.bottom, gate))


def dropout(layer: CaffeLayer) -> list[ir.Value]:
    """Nothing at test time: Caffe scales up in training (dropout_layer.cpp).

    SSD's ``scale_train: false`` does not, and takes 1 − dropout_ratio of everything at test time instead.
    """
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.dropout_param
    return layer.give(layer.bottom if param.scale_train else _scaled(layer, 1 - float(param.dropout_ratio), 0.0))


def sigmoid(layer: CaffeLayer) -> list[ir.Value]:
    """1 ÷ (1 + e⁻ˣ) (sigmoid_layer.cpp)."""
    return _one_operator(layer, "Sigmoid")


def tanh(layer: CaffeLayer) -> list[ir.Value]:
    """The hyperbolic tangent (tanh_layer.cpp)."""
    return _one_operator(layer, "Tanh")


def absolute(layer: CaffeLayer) -> list[ir.Value]:
    """|x| (absval_layer.cpp)."""
    return _one_operator(layer, "Abs")


def bnll(layer: CaffeLayer) -> list[ir.Value]:
    """ln(1 + eˣ), the binomial normal log likelihood (bnll_layer.cpp)."""
    return _one_operator(layer, "Softplus")


def _one_operator(layer: CaffeLayer, operator: str) -> list[ir.Value]:
    layer.wants(range(1, 2), range(1, 2))
    return layer.give(layer.build.elementwise(operator, layer.bottom))


def _scaled(layer: CaffeLayer, factor: float, shift: float) -> ir.Value:
    """The bottom times ``factor`` plus ``shift``, without the steps that change nothing."""
    x, build = layer.bottom, layer.build
    if factor != 1:
        x = build.elementwise("Mul", x, build.constant(factor))
    return x if shift == 0 else build.elementwise("Add", x, build.constant(shift))


def _everywhere(layer: CaffeLayer, value: float) -> ir.Value:
    """A blob like the bottom with ``value`` at every place, whatever the bottom holds."""
    build = layer.build
    shape = build.node("Shape", [layer.bottom], (len(layer.shape),), None, ir.DataType.INT64)
    filled = ir.tensor([value], dtype=ir.DataType.FLOAT)
    return build.node("ConstantOfShape", [shape], layer.shape, {"value": filled})


def _raised(base: float, exponent: float) -> float:
    """C's ``pow``, rounded to single precision: infinite or NaN where there is no such number."""
    with np.errstate(all="ignore"):
        return float(np.float32(np.power(np.float64(base), exponent)))


def _log_base(layer: CaffeLayer, base: float) -> float:
    if base == -1:
        return 1.0
    if not base > 0 or math.isinf(base):
        raise layer.error(f"its base {base:g} is not positive (−1 means e)")
    return math.log(base)


def _in_place(convert: Convert, forks: frozenset[str] = frozenset()) -> LayerType:
    return LayerType(convert, in_place=True, forks=forks)


ACTIVATIONS: Mapping[str, LayerType] = {
    "ReLU": _in_place(relu),
    "ReLU6": _in_place(relu6, fork_names("relu6_param", "negative_slope engine")),
    "PReLU": _in_place(prelu),
    "ELU": _in_place(elu),
    "Sigmoid": _in_place(sigmoid),
    "TanH": _in_place(tanh),
    "AbsVal": _in_place(absolute),
    "BNLL": _in_place(bnll),
    "Power": _in_place(power),
    "Exp": _in_place(exp),
    "Log": _in_place(log),
    "Threshold": _in_place(threshold),
    "Clip": _in_place(clip),
    "Swish": _in_place(swish),
    "Mish": _in_place(mish, fork_names("mish_param", "engine")),
    "Dropout": _in_place(dropout, fork_names("dropout_param", "scale_train random_seed")),
}
"""Caffe's activations by their types."""
