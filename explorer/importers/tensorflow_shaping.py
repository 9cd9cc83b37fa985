"""TensorFlow's operations that arrange: join, fold axes together and turn them, reduce over them, multiply."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from explorer.importers.tensorflow_values import (
    Convert,
    Live,
    Order,
    Step,
    Value,
    channels_first,
    laid,
    plain,
    sizes,
    whole,
)
from explorer.network.builder import NamedSizeError, add
from explorer.network.network import Shape


def concat(step: Step) -> list[Value]:
    """ConcatV2 and the older Concat, whose axis comes first."""
    count = len(step.inputs) - 1
    at_end = step.operation.kind == "ConcatV2"
    axes = step.numbers(count if at_end else 0)
    given = [step.live(index if at_end else index + 1) for index in range(count)]
    rank = given[0].rank
    if len(axes) != 1 or any(value.rank != rank for value in given):
        raise step.error(f"its inputs {' and '.join(sizes(value.shape) for value in given)} can't be joined")
    axis = step.axis(axes[0], rank)
    for value in given[1:]:
        if any(a != b for i, (a, b) in enumerate(zip(value.shape, given[0].shape, strict=True)) if i != axis):
            raise step.error(
                f"its inputs {sizes(given[0].shape)} and {sizes(value.shape)} differ off the axis {axis} of the joint"
            )
    orders = [value.order for value in given]
    order = channels_first(rank) if channels_first(rank) in orders else orders[0]
    shape = list(given[0].shape)
    shape[axis] = add([value.shape[axis] for value in given])
    inputs = [step.arranged(value, order) for value in given]
    return [step.node("Concat", inputs, shape, order, axis=order.index(axis))]


def reshape(step: Step) -> list[Value]:
    """Reshape in TensorFlow's order of axes: N×H×W×C is flattened in the order H, W, C."""
    x = step.live()
    target = step.constant(1).array
    if target.ndim != 1 or target.dtype.kind not in "iuO" or target.size > 32:
        raise step.error("it has no list of sizes")
    return [reshaped(step, x, _resolved(step, x.shape, list(target.tolist())))]


def reshaped(step: Step, x: Live, shape: Shape) -> Live:
    """The value with the same numbers in another ``shape``; nothing where that is its own."""
    if shape == x.shape:
        return x
    value = x.value if _lies_plain(x) else step.arranged(x, plain(x.rank))
    made = Live(value, shape, channels_first(len(shape)))
    # Where height and width are one, channels first is the same memory, and a layer's maps stay maps.
    order = made.order if _lies_plain(made) else plain(len(shape))
    lengths = step.integers([-1 if isinstance(size, str) else size for size in laid(shape, order)])
    return step.node("Reshape", [value, lengths], shape, order)


def _lies_plain(x: Live) -> bool:
    """Whether the numbers lie as TensorFlow has them: only axes of size one are elsewhere."""
    long = [axis for axis in x.order if x.shape[axis] != 1]
    return long == sorted(long)


def _resolved(step: Step, shape: Shape, target: list[Any]) -> Shape:
    """The target with its −1 replaced.

    :raises NamedSizeError: when that takes the batch's number.
    """
    names = [size for size in shape if isinstance(size, str)]
    numbers = prod(size for size in shape if isinstance(size, int))
    wanted = [size if isinstance(size, str) else int(size) for size in target]
    kept = [size for size in wanted if isinstance(size, str)]
    known = prod(size for size in wanted if isinstance(size, int) and size != -1)
    if wanted.count(-1) > 1 or any(isinstance(size, int) and size < -1 for size in wanted):
        raise step.error(f"it is to make {sizes(wanted)} of {sizes(shape)}")
    if -1 in wanted:
        place = wanted.index(-1)
        if names == kept:
            wanted[place] = numbers // known if known else 0
        elif names and not kept and known == numbers:
            wanted[place] = names[0]
        else:
            raise NamedSizeError
        known = prod(size for size in wanted if isinstance(size, int))
        kept = [size for size in wanted if isinstance(size, str)]
    if len(names) == 1 and not kept and wanted and wanted[0] == step.batch and known == numbers * step.batch:
        # The batch of the graph's author stands in for any.
        return (names[0], *wanted[1:])
    if names != kept:
        raise NamedSizeError
    if known != numbers:
        raise step.error(f"it is to make {sizes(wanted)} of {sizes(shape)}")
    return tuple(wanted)


def squeeze(step: Step) -> list[Value]:
    """Axes of size one left out: those named, or all."""
    x = step.live()
    named = step.operation.integers("squeeze_dims") or step.operation.integers("axis")
    axes = {step.axis(axis, x.rank) for axis in named} or {i for i, size in enumerate(x.shape) if size == 1}
    if any(x.shape[axis] != 1 for axis in axes):
        raise step.error(f"its axes {sorted(axes)} of {sizes(x.shape)} are not all of size one")
    return [reshaped(step, x, tuple(size for axis, size in enumerate(x.shape) if axis not in axes))]


def expand_dims(step: Step) -> list[Value]:
    """A new axis of size one."""
    x = step.live()
    numbers = step.numbers(1)
    axis = step.axis(numbers[0] if numbers else 0, x.rank + 1)
    return [reshaped(step, x, (*x.shape[:axis], 1, *x.shape[axis:]))]


def transpose(step: Step) -> list[Value]:
    """Transpose: how the axes lie stays, what TensorFlow calls them changes."""
    x, turn = step.live(), step.numbers(1)
    if sorted(turn) != list(range(x.rank)):
        raise step.error(f"its axes {turn} don't fit a tensor {sizes(x.shape)}")
    shape = tuple(x.shape[axis] for axis in turn)
    order: Order = tuple(turn.index(axis) for axis in x.order)
    if order in (plain(x.rank), channels_first(x.rank)):
        return [Live(x.value, shape, order)]
    return [Live(step.arranged(Live(x.value, shape, order), plain(x.rank)), shape, plain(x.rank))]


def reduction(operator: str) -> Convert:
    """Over the axes given, which stay as axes of size one if ``keep_dims``."""

    def convert(step: Step) -> list[Value]:
        x = step.live()
        axes = sorted({step.axis(axis, x.rank) for axis in step.numbers(1)})
        keep = step.operation.flag("keep_dims") or step.operation.flag("keepdims")
        if not axes:
            return [x]
        if keep:
            shape = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
            order = x.order
        else:
            left = [axis for axis in range(x.rank) if axis not in axes]
            shape = tuple(x.shape[axis] for axis in left)
            order = tuple(left.index(axis) for axis in x.order if axis in left)
        places = step.integers(sorted(x.order.index(axis) for axis in axes))
        return [step.node(operator, [x.value, places], shape, order, keepdims=int(keep))]

    return convert


def pack(step: Step) -> list[Value]:
    """Pack: tensors of one shape along a new axis."""
    given = [step.live(index) for index in range(len(step.inputs))]
    rank = given[0].rank + 1
    axis = step.axis(step.operation.integer("axis"), rank)
    if any(value.shape != given[0].shape for value in given):
        raise step.error("its inputs differ in shape")
    shape = given[0].shape
    single = (*shape[:axis], 1, *shape[axis:])
    parts = [step.arranged(reshaped(step, value, single), plain(rank)) for value in given]
    return [step.node("Concat", parts, (*shape[:axis], len(given), *shape[axis:]), plain(rank), axis=axis)]


def matmul(step: Step) -> list[Value]:
    """MatMul of two matrices, the second a learned one as a rule."""
    x, other = step.live(), step.input(1)
    turned = step.operation.flag("transpose_b")
    shape = other.shape if isinstance(other, Live) else other.array.shape
    if x.rank != 2 or len(shape) != 2 or step.operation.flag("transpose_a"):
        raise step.error(f"a product of tensors {sizes(x.shape)} and {sizes(shape)} is not read")
    read, out = (shape[1], shape[0]) if turned else shape
    if read != x.shape[1]:
        raise step.error(f"its matrix {sizes(shape)} doesn't fit a tensor {sizes(x.shape)}")
    value = step.arranged(x, plain(2))
    if isinstance(other, Live):
        matrix = step.arranged(other, plain(2) if not turned else (1, 0))
        return [step.node("MatMul", [value, matrix], (x.shape[0], out), plain(2))]
    weight = step.weight("weight", other)
    bias = step.bias(2, whole(out))
    dense = step.build.dense(value, weight, bias, transposed=turned)
    return [Live(dense, (x.shape[0], out), plain(2))]


SHAPING: Mapping[str, Convert] = {
    "ConcatV2": concat,
    "Concat": concat,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "ExpandDims": expand_dims,
    "Transpose": transpose,
    "Mean": reduction("ReduceMean"),
    "Sum": reduction("ReduceSum"),
    "Max": reduction("ReduceMax"),
    "Min": reduction("ReduceMin"),
    "Prod": reduction("ReduceProd"),
    "Pack": pack,
    "MatMul": matmul,
}
