"""Keras' layers that make one tensor of several: Keras 1's Merge with its modes, and the layers of Keras 2 and 3."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.network.builder import shape_tuple
from explorer.network.network import Shape

EPSILON = 1e-7
"""Keras' ``K.epsilon()``, which keeps a quotient from having nothing below."""


def elementwise(layer: KerasLayer, operator: str, tensors: Sequence[Tensor]) -> Tensor:
    """An operator of two inputs over all tensors in order, from the left; sizes of one stand for any size."""
    laid = aligned(layer, tensors)
    result = laid[0].value
    for other in laid[1:]:
        shape = broadcast(layer, shape_tuple(result), shape_tuple(other.value))
        result = layer.build.node(operator, [result, other.value], shape)
    return Tensor(result, laid[0].moved)


def aligned(layer: KerasLayer, tensors: Sequence[Tensor], *, behind_batch: bool = True) -> list[Tensor]:
    """The tensors with one layout and as many axes each.

    New axes come behind the batch, as in Keras' merges (``_merge_function``), or before all, as in numpy.
    """
    rank = max(tensor.rank for tensor in tensors)
    moved = next((tensor.moved for tensor in tensors if tensor.rank == rank), False)
    found = []
    for tensor in tensors:
        if tensor.rank < rank:
            value, sizes = layer.plain(tensor), tensor.shape
            ones = (1,) * (rank - tensor.rank)
            shape = (*sizes[:1], *ones, *sizes[1:]) if behind_batch else (*ones, *sizes)
            if moved and behind_batch and tensor.rank == 2:
                found.append(Tensor(layer.build.reshape(value, (*sizes, *ones)), moved))
                continue
            tensor = Tensor(layer.build.reshape(value, shape))
        found.append(layer.laid(tensor, moved))
    return found


def broadcast(layer: KerasLayer, first: Shape, second: Shape) -> Shape:
    """The shape of what two tensors of as many axes make together."""
    sizes = []
    for a, b in zip(first, second, strict=True):
        if a != b and 1 not in (a, b):
            raise layer.error(f"its inputs are {sizes_text(first)} and {sizes_text(second)}: they don't fit together")
        sizes.append(b if a == 1 else a)
    return tuple(sizes)


def _joining(operator: str) -> Convert:
    def convert(layer: KerasLayer) -> Tensor:
        return elementwise(layer, operator, _several(layer))

    return convert


def average(layer: KerasLayer) -> Tensor:
    """The mean of the tensors, element by element."""
    total = elementwise(layer, "Add", _several(layer))
    count = layer.build.constant(float(len(layer.inputs)))
    return layer.like(layer.build.elementwise("Div", total.value, count), total)


def subtract(layer: KerasLayer) -> Tensor:
    """The first less the second."""
    if len(layer.inputs) != 2:
        raise layer.error(f"subtracts one of two inputs, here are {len(layer.inputs)}")
    return elementwise(layer, "Sub", layer.inputs)


def concatenate(layer: KerasLayer) -> Tensor:
    """The tensors one after another on an axis, the last if none is stated."""
    return concatenated(layer, layer.inputs, layer.config.axes("axis", -1)[0])


def concatenated(layer: KerasLayer, tensors: Sequence[Tensor], axis: int) -> Tensor:
    """The tensors one after another on Keras' ``axis``."""
    if len({tensor.rank for tensor in tensors}) != 1:
        raise layer.error("it has no inputs, or they have different numbers of axes")
    laid = aligned(layer, tensors)
    place = laid[0].axis(layer.axis(axis, laid[0].rank))
    first = shape_tuple(laid[0].value)
    for tensor in laid[1:]:
        sizes = shape_tuple(tensor.value)
        if any(a != b for index, (a, b) in enumerate(zip(first, sizes, strict=True)) if index != place):
            shapes = f"{sizes_text(laid[0].shape)} and {sizes_text(tensor.shape)}"
            raise layer.error(f"its inputs are {shapes}: they differ off axis {axis}")
    if not all(isinstance(shape_tuple(tensor.value)[place], int) for tensor in laid):
        raise layer.error("joins along the batch, which can't be carried over")
    return layer.like(layer.build.concat([tensor.value for tensor in laid], place), laid[0])


def dot(layer: KerasLayer) -> Tensor:
    """Inner products of two tensors along an axis of each; ``normalize`` makes them cosines (Keras 2 and 3)."""
    first, second, axes = _two(layer, layer.config.axes("axes", -1))
    values = [layer.plain(first), layer.plain(second)]
    if layer.config.flag("normalize", default=False):
        least = EPSILON if layer.dialect.theano else 1e-12
        values = [normalised(layer, value, axis, least) for value, axis in zip(values, axes, strict=True)]
    return layer.made(_products(layer, values[0], values[1], axes))


def normalised(layer: KerasLayer, value: ir.Value, axis: int, least: float) -> ir.Value:
    """X ÷ √max(Σ x², least), the sum over an axis as it lies."""
    build, shape = layer.build, list(shape_tuple(value))
    shape[axis] = 1
    total = build.node("ReduceSumSquare", [value, build.constant(np.array([axis], np.int64))], tuple(shape))
    length = build.elementwise("Sqrt", build.elementwise("Max", total, build.constant(least)))
    return build.elementwise("Div", value, length)


def merge(layer: KerasLayer) -> Tensor:
    """Keras 1's Merge: the modes sum, mul, ave, max, concat, dot and cos.

    :raises PortsideError: where the mode is a function of the author's.
    """
    config = layer.config
    mode = config.get("mode", default="sum")
    if config.get("mode_type", default="raw") != "raw" or not isinstance(mode, str) or mode not in _MODES:
        raise layer.error("its mode is a function of its author's, which is never run")
    return _MODES[mode](layer)


def _concat_mode(layer: KerasLayer) -> Tensor:
    return concatenated(layer, layer.inputs, layer.config.axes("concat_axis", -1)[0])


def _dot_mode(layer: KerasLayer) -> Tensor:
    first, second, axes = _two(layer, layer.config.axes("dot_axes", -1))
    return layer.made(_products(layer, layer.plain(first), layer.plain(second), axes))


def _cos_mode(layer: KerasLayer) -> Tensor:
    """The products divided by the lengths; the new axis behind the batch is Keras' own."""
    first, second, axes = _two(layer, layer.config.axes("dot_axes", -1))
    build, a, b = layer.build, layer.plain(first), layer.plain(second)
    products = _products(layer, a, b, axes)
    squares = [_products(layer, value, value, (axis, axis)) for value, axis in zip((a, b), axes, strict=True)]
    if any(shape_tuple(square) != shape_tuple(products) for square in squares):
        raise layer.error("cosines of tensors of more than two axes can't be carried over")
    lengths = build.elementwise("Sqrt", build.elementwise("Mul", *squares))
    lengths = build.elementwise("Max", lengths, build.constant(EPSILON))
    cosines = build.elementwise("Div", products, lengths)
    batch, *rest = shape_tuple(cosines)
    return layer.made(build.reshape(cosines, (batch, 1, *rest)))


def _two(layer: KerasLayer, stated: Sequence[int]) -> tuple[Tensor, Tensor, tuple[int, int]]:
    if len(layer.inputs) != 2 or len(stated) not in (1, 2):
        raise layer.error(f"multiplies two inputs along an axis of each, here are {len(layer.inputs)}")
    first, second = layer.inputs
    axes = (layer.axis(stated[0], first.rank), layer.axis(stated[-1], second.rank))
    if 0 in axes or first.shape[axes[0]] != second.shape[axes[1]]:
        raise layer.error(f"{sizes_text(first.shape)} and {sizes_text(second.shape)} don't fit along {list(stated)}")
    return first, second, axes


def _products(layer: KerasLayer, first: ir.Value, second: ir.Value, axes: tuple[int, int]) -> ir.Value:
    """For each example the sum over one axis of each tensor (``K.batch_dot``); the other axes of both remain."""
    build, batch = layer.build, shape_tuple(first)[0]
    rests, matrices = [], []
    for value, axis, last in ((first, axes[0], True), (second, axes[1], False)):
        sizes = shape_tuple(value)
        rest = [index for index in range(1, len(sizes)) if index != axis]
        known = [size for size in (sizes[index] for index in rest) if isinstance(size, int)]
        order = [0, *rest, axis] if last else [0, axis, *rest]
        if order != list(range(len(sizes))):
            value = build.node("Transpose", [value], tuple(sizes[index] for index in order), {"perm": order})
        length = sizes[axis]
        shape = (batch, math.prod(known), length) if last else (batch, length, math.prod(known))
        matrices.append(value if len(sizes) == 3 else build.reshape(value, shape))
        rests.append(known)
    rows, columns = (math.prod(rest) for rest in rests)
    result = build.node("MatMul", matrices, (batch, rows, columns))
    return build.reshape(result, (batch, *(rests[0] + rests[1] or [1])))


def _several(layer: KerasLayer) -> Sequence[Tensor]:
    if len(layer.inputs) < 2:
        raise layer.error(f"{layer.kind} takes two inputs or more, here is {len(layer.inputs)}")
    return layer.inputs


_MODES: Mapping[str, Convert] = {
    "sum": _joining("Add"),
    "mul": _joining("Mul"),
    "ave": average,
    "max": _joining("Max"),
    "concat": _concat_mode,
    "dot": _dot_mode,
    "cos": _cos_mode,
}

MERGES: Mapping[str, Convert] = {
    "Merge": merge,
    "Add": _joining("Add"),
    "Multiply": _joining("Mul"),
    "Average": average,
    "Maximum": _joining("Max"),
    "Minimum": _joining("Min"),
    "Subtract": subtract,
    "Concatenate": concatenate,
    "Dot": dot,
}
