"""Caffe's layers that put blobs together, sum them up and choose among them; the inner product and the classifier."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, LayerType, by, numbers, same_sizes
from explorer.importers.caffe_weights import filler_of
from explorer.network.builder import product, shape_tuple
from explorer.network.network import Shape


def inner_product(layer: CaffeLayer) -> list[ir.Value]:
    """All axes from ``axis`` on are one vector, in C order; the matrix is out×in (inner_product_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.inner_product_param
    axis, out, build = layer.axis(param.axis), param.num_output, layer.build
    length = numbers([product(layer.shape[axis:])])[0]
    shape = (length, out) if param.transpose else (out, length)
    weight = layer.weight(0, "weight", shape, filler_of(param, "weight_filler"))
    bias = layer.weight(1, "bias", (out,), filler_of(param, "bias_filler")) if param.bias_term else None
    if axis == 1:
        return layer.give(build.dense(build.flatten(layer.bottom), weight, bias, transposed=not param.transpose))
    leading = layer.shape[:axis]
    x = build.reshape(layer.bottom, (*leading, length))
    if not param.transpose:
        weight = build.node("Transpose", [weight], (length, out), {"perm": [1, 0]})
    y = build.node("MatMul", [x, weight], (*leading, out))
    return layer.give(y if bias is None else build.elementwise("Add", y, bias))


def embed(layer: CaffeLayer) -> list[ir.Value]:
    """A row of the table for each number of the bottom, which is cut to a whole one (embed_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.embed_param, layer.build
    rows, out = param.input_dim, param.num_output
    table = layer.weight(0, "weight", (rows, out), filler_of(param, "weight_filler"))
    bias = layer.weight(1, "bias", (out,), filler_of(param, "bias_filler")) if param.bias_term else None
    indices = build.node("Cast", [layer.bottom], layer.shape, {"to": ir.DataType.INT64}, ir.DataType.INT64)
    found = build.node("Gather", [table, indices], (*layer.shape, out), {"axis": 0})
    return layer.give(found if bias is None else build.elementwise("Add", found, bias))


def eltwise(layer: CaffeLayer) -> list[ir.Value]:
    """Product, sum with coefficients, or maximum of blobs of one shape (eltwise_layer.cpp)."""
    layer.wants(range(2, 65537), range(1, 2))
    param, build = layer.message.eltwise_param, layer.build
    for bottom in layer.bottoms[1:]:
        shape = shape_tuple(bottom)
        if not same_sizes(shape, layer.shape):
            raise layer.error(f"its bottoms are {by(layer.shape)} and {by(shape)}: they differ in shape")
    operation = param.EltwiseOp.Name(param.operation)
    if operation not in _ELTWISE:
        raise layer.inexpressible(f"its operation {operation} has no fixed answer at test time")
    bottoms = list(layer.bottoms)
    if param.coeff:
        if operation != "SUM" or len(param.coeff) != len(bottoms):
            raise layer.error(f"{len(param.coeff)} coefficients don't fit {operation} of {len(bottoms)} bottoms")
        bottoms = [
            bottom if factor == 1 else build.elementwise("Mul", bottom, build.constant(float(factor)))
            for bottom, factor in zip(bottoms, param.coeff, strict=True)
        ]
    result = bottoms[0]
    for bottom in bottoms[1:]:
        result = build.elementwise(_ELTWISE[operation], result, bottom)
    return layer.give(result)


def axpy(layer: CaffeLayer) -> list[ir.Value]:
    """The sum a · x + y, with one a for each channel of each image (SENet's axpy_layer.cpp)."""
    layer.wants(range(3, 4), range(1, 2))
    a, x, y = layer.bottoms
    factors, shape = shape_tuple(a), shape_tuple(x)
    spread = len(factors) == len(shape) and all(size == 1 for size in factors[2:])
    if not same_sizes(factors[:2], shape[:2]) or not (len(factors) == 2 or spread) or len(shape) < 2:
        raise layer.error(f"its first bottom is {by(factors)}, not one number for each channel of {by(shape)}")
    if not same_sizes(shape_tuple(y), shape):
        raise layer.error(f"it adds {by(shape_tuple(y))} to {by(shape)}")
    if not spread:
        axes = layer.build.constant(np.arange(2, len(shape)))
        a = layer.build.node("Unsqueeze", [a, axes], (*factors, *[1] * (len(shape) - 2)))
    product_ = layer.build.elementwise("Mul", x, a)
    return layer.give(layer.build.elementwise("Add", product_, y))


def softmax(layer: CaffeLayer) -> list[ir.Value]:
    """exp(x) ÷ Σ exp(x) along ``axis`` (softmax_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    axis = layer.axis(layer.message.softmax_param.axis)
    return layer.give(layer.build.elementwise("Softmax", layer.bottom, axis=axis))


def softmax_loss(layer: CaffeLayer) -> list[ir.Value]:
    """The probabilities that SoftmaxWithLoss computes on its way; the loss itself needs a label and is left out.

    Caffe records them only where the layer has a second top (softmax_loss_layer.cpp).
    """
    axis = layer.axis(layer.message.softmax_param.axis)
    probabilities = layer.build.elementwise("Softmax", layer.bottom, axis=axis)
    return [layer.build.top(probabilities, layer.tops[0] if layer.tops else None)]


def reduction(layer: CaffeLayer) -> list[ir.Value]:
    """Sum, sum of magnitudes or squares, or mean over all axes from ``axis`` on, × coeff (reduction_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.reduction_param, layer.build
    operation = param.ReductionOp.Name(param.operation)
    if operation not in _REDUCTIONS:
        raise layer.inexpressible(f"its operation {operation} is of a fork that is not known")
    axis = layer.axis(param.axis)
    axes = build.constant(np.arange(axis, len(layer.shape)))
    y = build.node(_REDUCTIONS[operation], [layer.bottom, axes], layer.shape[:axis], {"keepdims": 0})
    return layer.give(y if param.coeff == 1 else build.elementwise("Mul", y, build.constant(float(param.coeff))))


def arg_max(layer: CaffeLayer) -> list[ir.Value]:
    """The places of the ``top_k`` largest numbers, or the numbers (argmax_layer.cpp).

    Along ``axis``, or of a whole image: then rows of places and, below them, of numbers. Of equal numbers the last
    counts first, as Caffe sorts pairs of number and place.
    """
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.argmax_param, layer.build
    count, shape = param.top_k, layer.shape
    x, axis = layer.bottom, 1
    if param.HasField("axis"):
        axis = layer.axis(param.axis)
    else:
        shape = (layer.shape[0], product(layer.shape[1:]))
        x = build.reshape(x, shape)
    length = numbers(shape[axis : axis + 1])[0]
    if not 0 < count <= length:
        raise layer.error(f"it wants the {count} largest of {length} numbers")
    found: Shape = (*shape[:axis], count, *shape[axis + 1 :])
    bounds = [build.constant(np.array([bound], np.int64)) for bound in (-1, -(2**31), axis, -1)]
    backwards = build.node("Slice", [x, *bounds], shape)
    types = [ir.DataType.FLOAT, ir.DataType.INT64]
    k = build.constant(np.array([count], np.int64))
    largest, from_end = build.nodes("TopK", [backwards, k], [found, found], {"axis": axis}, types)
    last = build.constant(np.array(length - 1, np.int64))
    places = build.node("Sub", [last, from_end], found, None, ir.DataType.INT64)
    indices = build.node("Cast", [places], found, {"to": ir.DataType.FLOAT})
    if param.HasField("axis"):
        return layer.give(largest if param.out_max_val else indices)
    behind = [1] * max(0, len(layer.shape) - 3)
    rows = [indices, largest] if param.out_max_val else [indices]
    shaped = [build.reshape(row, (shape[0], 1, count, *behind)) for row in rows]
    return layer.give(build.concat(shaped, 1) if len(shaped) > 1 else shaped[0])


_ELTWISE = {"PROD": "Mul", "SUM": "Add", "MAX": "Max"}
_REDUCTIONS = {"SUM": "ReduceSum", "ASUM": "ReduceL1", "SUMSQ": "ReduceSumSquare", "MEAN": "ReduceMean"}

ELEMENTS: Mapping[str, LayerType] = {
    "InnerProduct": LayerType(inner_product),
    "Embed": LayerType(embed),
    "Eltwise": LayerType(eltwise),
    "Axpy": LayerType(axpy),
    "Softmax": LayerType(softmax, in_place=True),
    "SoftmaxWithLoss": LayerType(softmax_loss),
    "Reduction": LayerType(reduction),
    "ArgMax": LayerType(arg_max),
}
"""Caffe's layers that combine, reduce and choose, by their types."""
