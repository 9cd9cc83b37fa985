"""Caffe's layers that work element by element, join and part blobs, and normalise over classes."""

from __future__ import annotations

from collections.abc import Mapping

import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, Convert
from explorer.network.builder import NamedSizeError, product, shape_tuple


def relu(layer: CaffeLayer) -> list[ir.Value]:
    """max(x, 0) + slope · min(x, 0)."""
    layer.wants(range(1, 2), range(1, 2))
    slope = layer.message.relu_param.negative_slope
    if slope:
        return layer.give(layer.build.elementwise("LeakyRelu", layer.bottom, alpha=float(slope)))
    return layer.give(layer.build.elementwise("Relu", layer.bottom))


def dropout(layer: CaffeLayer) -> list[ir.Value]:
    """Nothing at test time: Caffe scales up in training (dropout_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    return layer.give(layer.bottom)


def split(layer: CaffeLayer) -> list[ir.Value]:
    """The same blob under several names."""
    layer.wants(range(1, 2), range(1, 1025))
    return layer.give(*[layer.build.elementwise("Identity", layer.bottom) for _ in layer.tops])


def concat(layer: CaffeLayer) -> list[ir.Value]:
    """Joined along ``axis``, or the older ``concat_dim``."""
    layer.wants(range(1, 65537), range(1, 2))
    param = layer.message.concat_param
    axis = param.concat_dim if param.HasField("concat_dim") else layer.axis(param.axis)
    if axis >= len(layer.shape):
        raise layer.error(f"there is no axis {axis} in a blob of {len(layer.shape)} axes")
    for bottom in layer.bottoms[1:]:
        shape = shape_tuple(bottom)
        if len(shape) != len(layer.shape) or any(
            a != b for i, (a, b) in enumerate(zip(shape, layer.shape, strict=True)) if i != axis
        ):
            raise layer.error(
                f"its bottoms are {_shape(layer.bottom)} and {_shape(bottom)}: they differ off axis {axis}"
            )
    return layer.give(layer.build.concat(layer.bottoms, axis))


def eltwise(layer: CaffeLayer) -> list[ir.Value]:
    """Product, sum with coefficients, or maximum of blobs of one shape."""
    layer.wants(range(2, 65537), range(1, 2))
    param, build = layer.message.eltwise_param, layer.build
    for bottom in layer.bottoms[1:]:
        if shape_tuple(bottom) != layer.shape:
            raise layer.error(f"its bottoms are {_shape(layer.bottom)} and {_shape(bottom)}: they differ in shape")
    operation = param.EltwiseOp.Name(param.operation)
    bottoms = list(layer.bottoms)
    if param.coeff:
        if operation != "SUM" or len(param.coeff) != len(bottoms):
            raise layer.error(f"{len(param.coeff)} coefficients don't fit {operation} of {len(bottoms)} bottoms")
        bottoms = [
            bottom if factor == 1 else build.elementwise("Mul", bottom, build.constant(float(factor)))
            for bottom, factor in zip(bottoms, param.coeff, strict=True)
        ]
    operator = {"PROD": "Mul", "SUM": "Add", "MAX": "Max"}[operation]
    result = bottoms[0]
    for bottom in bottoms[1:]:
        result = build.elementwise(operator, result, bottom)
    return layer.give(result)


def softmax(layer: CaffeLayer) -> list[ir.Value]:
    """exp(x) ÷ Σ exp(x) along ``axis``."""
    layer.wants(range(1, 2), range(1, 2))
    axis = layer.axis(layer.message.softmax_param.axis)
    return layer.give(layer.build.elementwise("Softmax", layer.bottom, axis=axis))


def softmax_loss(layer: CaffeLayer) -> list[ir.Value]:
    """The probabilities that SoftmaxWithLoss computes on its way; the loss itself needs a label and is left out.

    Caffe records them only where the layer has a second top.
    """
    axis = layer.axis(layer.message.softmax_param.axis)
    probabilities = layer.build.elementwise("Softmax", layer.bottom, axis=axis)
    return [layer.build.top(probabilities, layer.tops[0] if layer.tops else None)]


def flatten(layer: CaffeLayer) -> list[ir.Value]:
    """The axes from ``axis`` to ``end_axis`` become one, in C order."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.flatten_param
    start, end = layer.axis(param.axis), layer.axis(param.end_axis)
    if end < start:
        raise layer.error(f"flattens from axis {start} to {end}")
    shape = (*layer.shape[:start], product(layer.shape[start : end + 1]), *layer.shape[end + 1 :])
    if start == 0 and not isinstance(shape[0], int):
        raise NamedSizeError
    sizes = layer.build.constant([size if isinstance(size, int) else 0 for size in shape])
    return layer.give(layer.build.node("Reshape", [layer.bottom, sizes], shape))


def _shape(value: ir.Value) -> str:
    return "×".join(map(str, shape_tuple(value)))


ELEMENTS: Mapping[str, Convert] = {
    "ReLU": relu,
    "Dropout": dropout,
    "Split": split,
    "Concat": concat,
    "Eltwise": eltwise,
    "Softmax": softmax,
    "SoftmaxWithLoss": softmax_loss,
    "Flatten": flatten,
}
