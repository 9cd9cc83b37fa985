"""TensorFlow's operations that cut a tensor up: slices of it, and its parts along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.importers.tensorflow_shaping import reshaped
from explorer.importers.tensorflow_slicing import read_slicing
from explorer.importers.tensorflow_values import Convert, Live, Step, Value, laid, sizes, whole


def split(step: Step) -> list[Value]:
    """Split and SplitV: parts along an axis, equal or of given lengths."""
    if step.operation.kind == "Split":
        axes, x = step.numbers(0), step.live(1)
        count = step.operation.integer("num_split", 1)
        lengths: list[int] = []
    else:
        x, lengths, axes = step.live(), step.numbers(1), step.numbers(2)
        count = len(lengths)
    axis = step.axis(axes[0] if axes else 0, x.rank)
    size = whole(x.shape[axis])
    if not lengths and 0 < count <= size and size % count == 0:
        lengths = [size // count] * count
    if lengths.count(-1) == 1:
        lengths[lengths.index(-1)] = size - sum(lengths) - 1
    if not lengths or sum(lengths) != size or min(lengths) < 0 or count > 10_000:
        raise step.error(f"{size} positions can't be parted into {count}")
    shapes = [tuple(length if i == axis else old for i, old in enumerate(x.shape)) for length in lengths]
    values = step.build.nodes(
        "Split",
        [x.value, step.integers(lengths)],
        [laid(shape, x.order) for shape in shapes],
        {"axis": x.order.index(axis)},
    )
    return [Live(value, shape, x.order) for value, shape in zip(values, shapes, strict=True)]


def strided_slice(step: Step) -> list[Value]:
    """StridedSlice: steps along axes, single positions, new axes."""
    x = step.live()
    try:
        slicing = read_slicing(step.operation, *(step.numbers(index) for index in (1, 2, 3)), rank=x.rank)
    except ValueError as error:
        raise step.error(str(error)) from None
    return [_sliced(step, x, slicing.index)]


def slice_(step: Step) -> list[Value]:
    """Slice: from where and how many, −1 for all that follow."""
    x, begin, size = step.live(), step.numbers(1), step.numbers(2)
    if len(begin) != x.rank or len(size) != x.rank or min(begin, default=0) < 0:
        raise step.error(f"it begins at {begin} in a tensor {sizes(x.shape)}")
    for first, length, old in zip(begin, size, x.shape, strict=True):
        if isinstance(old, int) and first + max(length, 0) > old:
            raise step.error(f"it takes {length} from {first} of {old} positions")
    index = tuple(
        slice(None)
        if first == 0 and (length == -1 or length == old)
        else slice(first, None if length < 0 else first + length)
        for first, length, old in zip(begin, size, x.shape, strict=True)
    )
    return [_sliced(step, x, index)]


def _sliced(step: Step, x: Live, index: Sequence[slice | int | None]) -> Live:
    starts, ends, steps, axes = [], [], [], []
    shape = list(x.shape)
    result: list[int | str] = []
    axis = 0
    for part in index:
        if part is None:
            result.append(1)
            continue
        size = x.shape[axis]
        taken = slice(part, part + 1 or None) if isinstance(part, int) else part
        if taken != slice(None) and taken != slice(None, None, 1):
            positions = range(*taken.indices(whole(size)))
            if not positions:
                raise step.error(f"it takes nothing of {size} positions")
            starts.append(positions.start)
            steps.append(positions.step)
            # An end before the first position has no number of its own: any far below zero stands for it.
            ends.append(positions.stop if positions.stop >= 0 else -(1 << 40))
            axes.append(x.order.index(axis))
            shape[axis] = len(positions)
        if not isinstance(part, int):
            result.append(shape[axis])
        axis += 1
    if axes:
        x = step.node("Slice", [x.value, *map(step.integers, (starts, ends, axes, steps))], shape, x.order)
    return reshaped(step, x, tuple(result))


def unpack(step: Step) -> list[Value]:
    """Unpack: every position of an axis by itself."""
    x = step.live()
    axis = step.axis(step.operation.integer("axis"), x.rank)
    count = whole(x.shape[axis])
    if count > 1000:
        raise step.error(f"it parts a tensor {sizes(x.shape)} into {count}")
    before: list[slice | int | None] = [slice(None)] * axis
    return [_sliced(step, x, [*before, i, *[slice(None)] * (x.rank - axis - 1)]) for i in range(count)]


CUTTING: Mapping[str, Convert] = {
    **dict.fromkeys(("Split", "SplitV"), split),
    "StridedSlice": strided_slice,
    "Slice": slice_,
    "Unpack": unpack,
}
