"""TensorFlow's operations on arrays that no input changes, some sizes among which may be names."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from explorer.importers.tensorflow_graph import Operation
from explorer.importers.tensorflow_quantising import QUANTISING, fake_quantised
from explorer.importers.tensorflow_slicing import read_slicing
from explorer.importers.tensorflow_tensor import BFLOAT16, DTYPES, Array
from explorer.network.builder import NamedSizeError, product

MOST_ELEMENTS = 2**25
"""How large an array may become that the graph makes of smaller ones."""

Fold = Callable[[Operation, Sequence[Array]], Array | Sequence[Array]]

PASSED_ON = frozenset(("Identity", "StopGradient", "ReadVariableOp", "PreventGradient", "Snapshot"))
"""What gives a constant as it is."""


def named(array: Sequence[int | str]) -> Array:
    """Sizes as an array: of whole numbers, or of objects where one is a name."""
    if any(isinstance(size, str) for size in array):
        made = np.empty(len(array), object)
        made[:] = list(array)
        return made
    return np.asarray(array, np.int64)


def _checked(count: int, *inputs: Array) -> None:
    """See that an array of ``count`` values is not far larger than what it is made of, repeated values left out."""
    held = max((array.size for array in inputs if 0 not in array.strides), default=0)
    if count > max(MOST_ELEMENTS, held):
        raise ValueError(f"{count} values are more than a network has use for")


def _numbers(array: Array) -> Array:
    if array.dtype.kind == "O":
        raise NamedSizeError
    return array


def whole_numbers(array: Array) -> list[int]:
    """An argument: a list of whole numbers."""
    return [int(number) for number in _numbers(array).reshape(-1)]


def _binary(compute: Callable[[Any, Any], Any], neutral: int | None = None, *, either: bool = False) -> Fold:
    """Element by element; beside a name only the ``neutral`` number can stand, second or on ``either`` side."""

    def of_two(a: Any, b: Any) -> Any:
        if isinstance(a, str) and b == neutral:
            return a
        if isinstance(b, str) and a == neutral and either:
            return b
        if isinstance(a, str) or isinstance(b, str):
            raise NamedSizeError
        return compute(a, b)

    def computed(_: Operation, inputs: Sequence[Array]) -> Array:
        a, b = inputs
        _checked(prod(np.broadcast_shapes(a.shape, b.shape)), a, b)
        if a.dtype.kind == "O" or b.dtype.kind == "O":
            return np.asarray(np.frompyfunc(of_two, 2, 1)(a, b), object)
        return np.asarray(compute(a, b)).astype(np.result_type(a, b), copy=False)

    return computed


def _comparison(compute: Callable[[Any, Any], Any]) -> Fold:
    def computed(_: Operation, inputs: Sequence[Array]) -> Array:
        return np.asarray(compute(*map(_numbers, inputs)))

    return computed


def _unary(compute: Callable[[Any], Any]) -> Fold:
    def computed(_: Operation, inputs: Sequence[Array]) -> Array:
        array = _numbers(inputs[0])
        _checked(array.size, array)
        return np.asarray(compute(array)).astype(array.dtype, copy=False)

    return computed


def _reduction(compute: Callable[..., Any]) -> Fold:
    def computed(operation: Operation, inputs: Sequence[Array]) -> Array:
        array, axes = inputs[0], tuple(whole_numbers(inputs[1]))
        keep = operation.flag("keep_dims") or operation.flag("keepdims")
        if array.dtype.kind == "O":
            if compute is not np.prod or array.ndim != 1:
                raise NamedSizeError
            made = named([product(list(array))])
            return made if keep else made.reshape(())
        return np.asarray(compute(array, axis=axes, keepdims=keep)).astype(array.dtype, copy=False)

    return computed


def _divided(a: Any, b: Any) -> Any:
    """TensorFlow's Div: whole numbers are cut off towards zero."""
    if np.asarray(a).dtype.kind in "iu" and np.asarray(b).dtype.kind in "iu":
        if np.any(np.asarray(b) == 0):
            raise ValueError("a division by zero")
        return np.trunc(np.true_divide(a, b))
    return np.true_divide(a, b)


def _cast(operation: Operation, inputs: Sequence[Array]) -> Array:
    name = DTYPES.get(operation.type("DstT"))
    if name is None:
        raise ValueError("a cast to a type that is no number")
    if inputs[0].dtype.kind == "O":
        return inputs[0]
    return inputs[0].astype("float32" if name == BFLOAT16 else name, copy=False)


def _reshape(_: Operation, inputs: Sequence[Array]) -> Array:
    return inputs[0].reshape(whole_numbers(inputs[1]))


def _squeeze(operation: Operation, inputs: Sequence[Array]) -> Array:
    axes = operation.integers("squeeze_dims") or operation.integers("axis")
    return inputs[0].squeeze(axes or None)


def _expand(_: Operation, inputs: Sequence[Array]) -> Array:
    (axis,) = whole_numbers(inputs[1])
    return np.expand_dims(inputs[0], axis)


def _concat(operation: Operation, inputs: Sequence[Array]) -> Array:
    arrays, axis = (inputs[:-1], inputs[-1]) if operation.kind == "ConcatV2" else (inputs[1:], inputs[0])
    _checked(sum(array.size for array in arrays), *arrays)
    return np.concatenate(list(arrays), whole_numbers(axis)[0])


def _pack(operation: Operation, inputs: Sequence[Array]) -> Array:
    _checked(sum(array.size for array in inputs))
    return np.stack(list(inputs), operation.integer("axis"))


def _unpack(operation: Operation, inputs: Sequence[Array]) -> list[Array]:
    axis = operation.integer("axis")
    return [inputs[0].take(index, axis) for index in range(inputs[0].shape[axis])]


def _split(operation: Operation, inputs: Sequence[Array]) -> list[Array]:
    (axis,) = whole_numbers(inputs[0])
    return list(np.split(inputs[1], operation.integer("num_split", 1), axis))


def _slice(_: Operation, inputs: Sequence[Array]) -> Array:
    begin, size = whole_numbers(inputs[1]), whole_numbers(inputs[2])
    extents = list(zip(begin, size, inputs[0].shape, strict=True))
    if any(first < 0 or first + max(length, 0) > old for first, length, old in extents):
        raise ValueError(f"{size} from {begin} of the shape {inputs[0].shape}")
    return inputs[0][tuple(slice(first, None if length < 0 else first + length) for first, length, _ in extents)]


def _strided_slice(operation: Operation, inputs: Sequence[Array]) -> Array:
    slicing = read_slicing(operation, *(whole_numbers(given) for given in inputs[1:4]), rank=inputs[0].ndim)
    return inputs[0][slicing.index]


def _fill(_: Operation, inputs: Sequence[Array]) -> Array:
    shape = whole_numbers(inputs[0])
    _checked(prod(shape))
    return np.broadcast_to(inputs[1].reshape(()), shape)


def _range(_: Operation, inputs: Sequence[Array]) -> Array:
    bounds: list[Any] = [_numbers(given).reshape(()).item() for given in inputs]
    start, limit, step = bounds
    if step == 0:
        raise ValueError("a range with a step of zero")
    _checked(int((limit - start) / step) + 1)
    return np.arange(start, limit, step).astype(inputs[0].dtype)


def _tile(_: Operation, inputs: Sequence[Array]) -> Array:
    repeats = whole_numbers(inputs[1])
    _checked(inputs[0].size * prod(map(abs, repeats)))
    return np.tile(inputs[0], repeats)


def _transpose(_: Operation, inputs: Sequence[Array]) -> Array:
    return inputs[0].transpose(whole_numbers(inputs[1]))


def _gather(operation: Operation, inputs: Sequence[Array]) -> Array:
    axis = whole_numbers(inputs[2])[0] if len(inputs) > 2 else 0
    indices = _numbers(inputs[1])
    _checked(indices.size * max(1, inputs[0].size))
    return np.take(inputs[0], indices, axis)


def _select(_: Operation, inputs: Sequence[Array]) -> Array:
    return np.where(*map(_numbers, inputs))


def _filled_like(number: int) -> Fold:
    return lambda _, inputs: np.broadcast_to(inputs[0].dtype.type(number), inputs[0].shape)


def _same(_: Operation, inputs: Sequence[Array]) -> Array:
    return inputs[0]


FOLDS: Mapping[str, Fold] = {
    **dict.fromkeys((*PASSED_ON, "PlaceholderWithDefault", "CheckNumerics", "EnsureShape"), _same),
    **dict.fromkeys(("Add", "AddV2"), _binary(operator.add, 0, either=True)),
    "Sub": _binary(operator.sub, 0),
    "Mul": _binary(operator.mul, 1, either=True),
    **dict.fromkeys(("RealDiv", "Div"), _binary(_divided, 1)),
    "FloorDiv": _binary(operator.floordiv, 1),
    **dict.fromkeys(("FloorMod", "Mod"), _binary(operator.mod)),
    "Pow": _binary(np.power),
    "Maximum": _binary(np.maximum),
    "Minimum": _binary(np.minimum),
    "Greater": _comparison(operator.gt),
    "GreaterEqual": _comparison(operator.ge),
    "Less": _comparison(operator.lt),
    "LessEqual": _comparison(operator.le),
    "Equal": _comparison(operator.eq),
    "NotEqual": _comparison(operator.ne),
    "LogicalAnd": _comparison(np.logical_and),
    "LogicalOr": _comparison(np.logical_or),
    "LogicalNot": _unary(np.logical_not),
    "Neg": _unary(operator.neg),
    "Abs": _unary(np.abs),
    "Exp": _unary(np.exp),
    "Log": _unary(np.log),
    "Sqrt": _unary(np.sqrt),
    "Rsqrt": _unary(lambda x: 1 / np.sqrt(x)),
    "Square": _unary(np.square),
    **dict.fromkeys(("Reciprocal", "Inv"), _unary(lambda x: 1 / x)),
    "Floor": _unary(np.floor),
    "Ceil": _unary(np.ceil),
    "Sum": _reduction(np.sum),
    "Prod": _reduction(np.prod),
    "Mean": _reduction(np.mean),
    "Max": _reduction(np.max),
    "Min": _reduction(np.min),
    "All": _reduction(np.all),
    "Cast": _cast,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "ExpandDims": _expand,
    "ConcatV2": _concat,
    "Concat": _concat,
    "Pack": _pack,
    "Unpack": _unpack,
    "Split": _split,
    "Slice": _slice,
    "StridedSlice": _strided_slice,
    "Fill": _fill,
    "Range": _range,
    "Tile": _tile,
    "Transpose": _transpose,
    **dict.fromkeys(("Gather", "GatherV2"), _gather),
    **dict.fromkeys(("Select", "SelectV2"), _select),
    "Sign": _unary(np.sign),
    "Round": _unary(np.round),
    **dict.fromkeys(QUANTISING, fake_quantised),
    "ZerosLike": _filled_like(0),
    "OnesLike": _filled_like(1),
}
"""How each operation is computed from arrays, by TensorFlow's name of it."""
