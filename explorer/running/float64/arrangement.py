"""Operators that move elements and change shapes; no value is computed."""

import math
from typing import Literal

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size

ARRANGEMENT = OperatorTable()


def _list(array: Array) -> list[int]:
    return [int(value) for value in array.reshape(-1)]


@ARRANGEMENT.operator("Reshape")
def reshaped(attributes: Attributes, x: Array, shape: Array) -> Array:
    """Give another shape: 0 keeps a size (unless ``allowzero``), -1 takes what is left."""
    sizes = _list(shape)
    if not attributes.flag("allowzero"):
        sizes = [x.shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return x.reshape(sizes)


@ARRANGEMENT.operator("Flatten")
def flattened(attributes: Attributes, x: Array) -> Array:
    """Make a matrix of the axes before ``axis`` and those from it on."""
    axis = attributes.integer("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@ARRANGEMENT.operator("Transpose")
def transposed(attributes: Attributes, x: Array) -> Array:
    """Put the axes in another order, reversed where none is given."""
    return x.transpose(attributes.integers("perm", range(x.ndim)[::-1]))


@ARRANGEMENT.operator("Squeeze")
def squeezed(attributes: Attributes, x: Array, axes: Array | None = None) -> Array:
    """Drop axes of size 1: those given (an attribute before opset 13) or all."""
    chosen = _axes(attributes, axes)
    return x.squeeze(None if chosen is None else tuple(chosen))


@ARRANGEMENT.operator("Unsqueeze")
def unsqueezed(attributes: Attributes, x: Array, axes: Array | None = None) -> Array:
    """Insert axes of size 1 (an attribute before opset 13)."""
    return np.expand_dims(x, tuple(_axes(attributes, axes) or ()))


def _axes(attributes: Attributes, axes: Array | None) -> list[int] | None:
    if attributes.opset >= 13:
        return None if axes is None else _list(axes)
    return list(attributes.integers("axes")) if "axes" in attributes else None


@ARRANGEMENT.operator("Expand")
def expanded(attributes: Attributes, x: Array, shape: Array) -> Array:
    """Repeat axes of size 1; the shape given may itself have ones where the input has more."""
    return np.broadcast_to(x, check_size(np.broadcast_shapes(x.shape, tuple(_list(shape)))))


@ARRANGEMENT.operator("Tile")
def tiled(attributes: Attributes, x: Array, repeats: Array) -> Array:
    """Repeat the tensor along every axis."""
    counts = _list(repeats)
    if len(counts) != x.ndim:
        raise ValueError(f"repeats {counts} do not fit {x.ndim} axes")
    check_size([size * count for size, count in zip(x.shape, counts, strict=True)])
    return np.tile(x, counts)


@ARRANGEMENT.operator("Concat")
def joined(attributes: Attributes, *inputs: Array) -> Array:
    """Join tensors along ``axis``."""
    return np.concatenate(inputs, axis=attributes.integer("axis"))


@ARRANGEMENT.operator("Split")
def split(attributes: Attributes, x: Array, sizes: Array | None = None) -> tuple[Array, ...]:
    """Cut along ``axis`` into the sizes given (an attribute before opset 13), else into equal parts.

    With ``num_outputs`` (opset 18) the last part is smaller where they cannot be equal.
    """
    axis = attributes.integer("axis", 0)
    length = x.shape[axis]
    parts = [] if sizes is None else _list(sizes)
    if attributes.opset < 13:
        parts = list(attributes.integers("split", ()))
    if not parts:
        count = attributes.integer("num_outputs", attributes.outputs)
        part = -(-length // count)
        parts = [part] * (count - 1) + [length - part * (count - 1)]
    if sum(parts) != length or min(parts) < 0:
        raise ValueError(f"parts of {parts} do not make up {length} elements")
    return tuple(np.split(x, np.cumsum(parts)[:-1], axis=axis))


_NO_END = (2**31 - 1, 2**63 - 1)


@ARRANGEMENT.operator("Slice")
def cut(
    attributes: Attributes,
    x: Array,
    starts: Array | None = None,
    ends: Array | None = None,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    """Take ranges of elements, clipped to the data; starts and ends are attributes before opset 10."""
    if attributes.opset < 10:
        first, last = list(attributes.integers("starts")), list(attributes.integers("ends"))
        along = list(attributes.integers("axes", range(len(first))))
    elif starts is None or ends is None:
        raise ValueError("starts and ends are missing")
    else:
        first, last = _list(starts), _list(ends)
        along = list(range(len(first))) if axes is None else _list(axes)
    pace = [1] * len(first) if steps is None else _list(steps)
    where = [slice(None)] * x.ndim
    for axis, start, end, step in zip(along, first, last, pace, strict=True):
        where[axis] = _python_slice(start, end, step, x.shape[axis])
    return x[tuple(where)]


def _python_slice(start: int, end: int, step: int, size: int) -> slice:
    """Return ONNX's range as Python's: an end before the first element is ``None`` there, not -1.

    The largest integer as an end means "as far as it goes", for onnxruntime also when that is backwards.
    """
    if step < 0 and end in _NO_END:
        end = -size - 1
    start = start + size if start < 0 else start
    end = end + size if end < 0 else end
    if step > 0:
        return slice(min(max(start, 0), size), min(max(end, 0), size), step)
    end = min(max(end, -1), size - 1)
    return slice(min(max(start, 0), size - 1), None if end < 0 else end, step)


@ARRANGEMENT.operator("Gather")
def gathered(attributes: Attributes, x: Array, indices: Array) -> Array:
    """Take the slices with the given indices along ``axis``."""
    axis = attributes.integer("axis", 0) % x.ndim
    check_size(x.shape[:axis] + indices.shape + x.shape[axis + 1 :])
    return np.take(x, indices, axis=axis)


@ARRANGEMENT.operator("GatherElements")
def gathered_elements(attributes: Attributes, x: Array, indices: Array) -> Array:
    """Take, for every place of ``indices``, the element with that index along ``axis``."""
    axis = attributes.integer("axis", 0)
    where: list[Array] = list(np.indices(indices.shape, sparse=True))
    where[axis] = indices
    return np.asarray(x[tuple(where)])


_PAD_MODES: dict[str, Literal["constant", "reflect", "edge", "wrap"]] = {
    "constant": "constant",
    "reflect": "reflect",
    "edge": "edge",
    "wrap": "wrap",
}


@ARRANGEMENT.operator("Pad")
def with_margins(
    attributes: Attributes,
    x: Array,
    pads: Array | None = None,
    value: Array | None = None,
    axes: Array | None = None,
) -> Array:
    """Add margins, or cut them where they are negative, before anything is reflected or repeated.

    Margins and value are attributes before opset 11; ``axes`` (opset 18) are the ones the margins are for.
    """
    if attributes.opset < 11:
        margins, fill = list(attributes.integers("pads")), np.asarray(attributes.real("value", 0.0))
    elif pads is None:
        raise ValueError("pads are missing")
    else:
        margins, fill = _list(pads), np.zeros((), x.dtype) if value is None else value.reshape(())
    along = list(range(x.ndim)) if axes is None else _list(axes)
    if len(margins) != 2 * len(along):
        raise ValueError(f"pads {margins} do not fit {len(along)} axes")
    widths = [(0, 0)] * x.ndim
    for axis, before, after in zip(along, margins[: len(along)], margins[len(along) :], strict=True):
        widths[axis] = (before, after)
    check_size([max(0, size + sum(width)) for size, width in zip(x.shape, widths, strict=True)])
    kept = [
        slice(min(size, max(0, -before)), max(0, size + min(0, after)))
        for size, (before, after) in zip(x.shape, widths, strict=True)
    ]
    x = x[tuple(kept)]
    added = [(max(0, before), max(0, after)) for before, after in widths]
    mode = attributes.text("mode", "constant")
    if mode not in _PAD_MODES:
        raise ValueError(f"the mode {mode!r} of padding is unknown")
    if mode == "constant":
        return np.pad(x, added, "constant", constant_values=fill)
    return np.pad(x, added, _PAD_MODES[mode])


@ARRANGEMENT.operator("DepthToSpace")
def depth_to_space(attributes: Attributes, x: Array) -> Array:
    """Move channels into blocks of space.

    The channel number counts block row, block column, depth (DCR) or depth, block row, block column (CRD).
    """
    n, c, h, w = x.shape
    b = attributes.integer("blocksize")
    depth = c // (b * b)
    if attributes.text("mode", "DCR") == "DCR":
        blocks = x.reshape(n, b, b, depth, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(n, depth, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, depth, h * b, w * b)


@ARRANGEMENT.operator("SpaceToDepth")
def space_to_depth(attributes: Attributes, x: Array) -> Array:
    """Move blocks of space into channels: the inverse of ``DepthToSpace`` in its DCR mode."""
    n, c, h, w = x.shape
    b = attributes.integer("blocksize")
    blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * b * b, h // b, w // b)
