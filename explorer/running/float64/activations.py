"""Activation functions, in forms without the overflow and the cancellation that the textbook's have."""

import math

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size

ACTIVATIONS = OperatorTable()

_ERF_RUN = 2**20
"""How many elements go through Python's ``erf`` at once, as Python numbers of four times their size."""


@ACTIVATIONS.operator("Relu")
def relu(attributes: Attributes, x: Array) -> Array:
    """Return x, or zero below zero."""
    return np.asarray(np.maximum(x, 0))


@ACTIVATIONS.operator("LeakyRelu")
def leaky_relu(attributes: Attributes, x: Array) -> Array:
    """Return x, or alpha·x below zero."""
    return np.where(x >= 0, x, attributes.real("alpha", 0.01) * x)


@ACTIVATIONS.operator("PRelu")
def parametric_relu(attributes: Attributes, x: Array, slope: Array) -> Array:
    """Return x, or slope·x below zero."""
    if np.broadcast_shapes(x.shape, slope.shape) != x.shape:
        raise ValueError(f"a slope of shape {list(slope.shape)} does not fit {list(x.shape)}")
    return np.where(x < 0, slope * x, x)


@ACTIVATIONS.operator("ThresholdedRelu")
def thresholded_relu(attributes: Attributes, x: Array) -> Array:
    """Return x above alpha, else zero."""
    return np.where(x > attributes.real("alpha", 1.0), x, 0.0)


@ACTIVATIONS.operator("Elu")
def elu(attributes: Attributes, x: Array) -> Array:
    """Return x, or alpha·(eˣ - 1) below zero."""
    return np.where(x > 0, x, attributes.real("alpha", 1.0) * np.expm1(np.minimum(x, 0)))


@ACTIVATIONS.operator("Selu")
def selu(attributes: Attributes, x: Array) -> Array:
    """Return gamma·elu(x), with the constants of Klambauer et al. 2017."""
    alpha = attributes.real("alpha", 1.67326319217681884765625)
    gamma = attributes.real("gamma", 1.05070102214813232421875)
    return np.where(x > 0, gamma * x, gamma * alpha * np.expm1(np.minimum(x, 0)))


@ACTIVATIONS.operator("Celu")
def celu(attributes: Attributes, x: Array) -> Array:
    """Return x, or alpha·(e^(x / alpha) - 1) below zero."""
    alpha = attributes.real("alpha", 1.0)
    return np.asarray(np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(x / alpha)))


@ACTIVATIONS.operator("Sigmoid")
def sigmoid(attributes: Attributes, x: Array) -> Array:
    """Return 1 / (1 + e⁻ˣ)."""
    return logistic(x)


def logistic(x: Array) -> Array:
    """Return the logistic function, exact to the last bits on both sides of zero."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, small) / (1 + small))


@ACTIVATIONS.operator("Swish")
def swish(attributes: Attributes, x: Array) -> Array:
    """Return x·sigmoid(alpha·x)."""
    return np.asarray(x * logistic(attributes.real("alpha", 1.0) * x))


@ACTIVATIONS.operator("HardSigmoid")
def hard_sigmoid(attributes: Attributes, x: Array) -> Array:
    """Return alpha·x + beta, between 0 and 1."""
    return np.asarray(np.clip(attributes.real("alpha", 0.2) * x + attributes.real("beta", 0.5), 0, 1))


@ACTIVATIONS.operator("HardSwish")
def hard_swish(attributes: Attributes, x: Array) -> Array:
    """Return x·(x / 6 + ½), the factor between 0 and 1."""
    return np.asarray(x * np.clip(x / 6 + 0.5, 0, 1))


@ACTIVATIONS.operator("Softplus")
def softplus(attributes: Attributes, x: Array) -> Array:
    """Return log(1 + eˣ)."""
    return np.asarray(np.logaddexp(0, x))


@ACTIVATIONS.operator("Softsign")
def softsign(attributes: Attributes, x: Array) -> Array:
    """Return x / (1 + |x|)."""
    return np.asarray(x / (1 + np.abs(x)))


@ACTIVATIONS.operator("Mish")
def mish(attributes: Attributes, x: Array) -> Array:
    """Return x·tanh(log(1 + eˣ))."""
    return np.asarray(x * np.tanh(np.logaddexp(0, x)))


@ACTIVATIONS.operator("Shrink")
def shrink(attributes: Attributes, x: Array) -> Array:
    """Move towards zero by ``bias`` where |x| > lambd, else give zero."""
    limit, bias = attributes.real("lambd", 0.5), attributes.real("bias", 0.0)
    return np.where(x < -limit, x + bias, np.where(x > limit, x - bias, 0.0))


@ACTIVATIONS.operator("Erf")
def erf(attributes: Attributes, x: Array) -> Array:
    """Return the error function."""
    return error_function(x)


@ACTIVATIONS.operator("Gelu")
def gelu(attributes: Attributes, x: Array) -> Array:
    """Return x·Φ(x), or its approximation by tanh (Hendrycks and Gimpel 2016)."""
    if attributes.text("approximate", "none") == "tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + error_function(x / math.sqrt(2))))


def error_function(x: Array) -> Array:
    """Return erf of every element. numpy has none, so C's is called for each."""
    flat = x.reshape(-1)
    result = np.empty(check_size(flat.shape))
    for start in range(0, flat.size, _ERF_RUN):
        run = flat[start : start + _ERF_RUN].tolist()
        result[start : start + _ERF_RUN] = np.fromiter(map(math.erf, run), np.float64, len(run))
    return result.reshape(x.shape)
