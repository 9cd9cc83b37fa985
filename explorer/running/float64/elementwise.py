"""Arithmetic, comparisons and logic, element by element."""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size

ELEMENTWISE = OperatorTable()


def _check_broadcast(inputs: tuple[Array, ...]) -> None:
    """Raise ``ValueError`` where shapes do not fit together or make too large a tensor."""
    check_size(np.broadcast_shapes(*(array.shape for array in inputs)))


def _enter(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Enter functions of the inputs alone, which need no attribute."""

    def operation(function: Callable[..., Any], attributes: Attributes, *inputs: Array) -> Array:
        _check_broadcast(inputs)
        return np.asarray(function(*inputs))

    for name, function in functions.items():
        ELEMENTWISE.operator(name)(functools.partial(operation, function))


_enter(
    {
        "Abs": np.abs,
        "Neg": np.negative,
        "Exp": np.exp,
        "Log": np.log,
        "Sqrt": np.sqrt,
        "Reciprocal": lambda x: 1 / x,
        "Sign": np.sign,
        "Floor": np.floor,
        "Ceil": np.ceil,
        "Round": np.rint,
        "Sin": np.sin,
        "Cos": np.cos,
        "Tan": np.tan,
        "Asin": np.arcsin,
        "Acos": np.arccos,
        "Atan": np.arctan,
        "Sinh": np.sinh,
        "Cosh": np.cosh,
        "Tanh": np.tanh,
        "Asinh": np.arcsinh,
        "Acosh": np.arccosh,
        "Atanh": np.arctanh,
        "IsNaN": np.isnan,
        "Not": np.logical_not,
        "And": np.logical_and,
        "Or": np.logical_or,
        "Xor": np.logical_xor,
        "Equal": np.equal,
        "Greater": np.greater,
        "GreaterOrEqual": np.greater_equal,
        "Less": np.less,
        "LessOrEqual": np.less_equal,
        "Add": np.add,
        "Sub": np.subtract,
        "Mul": np.multiply,
        "Where": np.where,
        "Sum": lambda *inputs: functools.reduce(np.add, inputs),
        "Max": lambda *inputs: functools.reduce(np.maximum, inputs),
        "Min": lambda *inputs: functools.reduce(np.minimum, inputs),
        "Mean": lambda *inputs: functools.reduce(np.add, inputs) / len(inputs),
    }
)


@ELEMENTWISE.operator("Div")
def quotient(attributes: Attributes, a: Array, b: Array) -> Array:
    """Divide; integers are rounded towards zero, as C does."""
    _check_broadcast((a, b))
    if a.dtype.kind not in "iu":
        return np.asarray(a / b)
    floor, rest = np.divmod(a, b)
    return np.asarray(floor + ((rest != 0) & ((a < 0) != (b < 0))).astype(a.dtype))


@ELEMENTWISE.operator("Mod")
def remainder(attributes: Attributes, a: Array, b: Array) -> Array:
    """Return the remainder with the divisor's sign or, with ``fmod``, the dividend's."""
    _check_broadcast((a, b))
    return np.asarray(np.fmod(a, b) if attributes.flag("fmod") else np.mod(a, b))


@ELEMENTWISE.operator("Pow")
def power(attributes: Attributes, base: Array, exponent: Array) -> Array:
    """Raise to a power; the result has the type of the base."""
    _check_broadcast((base, exponent))
    return np.asarray(np.power(base.astype(np.float64), exponent.astype(np.float64))).astype(base.dtype)


@ELEMENTWISE.operator("Clip")
def clipped(attributes: Attributes, x: Array, lowest: Array | None = None, highest: Array | None = None) -> Array:
    """Limit to a range, given as attributes before opset 11 and as inputs since; the upper limit wins."""
    if attributes.opset < 11:
        lowest = np.asarray(attributes.real("min", -math.inf))
        highest = np.asarray(attributes.real("max", math.inf))
    if lowest is not None:
        x = np.asarray(np.maximum(x, lowest.reshape(())))
    return x if highest is None else np.asarray(np.minimum(x, highest.reshape(())))


@ELEMENTWISE.operator("IsInf")
def infinite(attributes: Attributes, x: Array) -> Array:
    """Whether an element is infinite, of the signs asked for."""
    positive = (x == math.inf) & attributes.flag("detect_positive", True)
    return np.asarray(positive | ((x == -math.inf) & attributes.flag("detect_negative", True)))
