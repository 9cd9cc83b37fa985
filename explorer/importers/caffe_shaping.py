"""Caffe's layers that join, part, cut, repeat and rearrange blobs without computing anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer, LayerType, by, fork_names, numbers, same_sizes
from explorer.network.builder import NamedSizeError, product, shape_tuple
from explorer.network.network import Shape


def split(layer: CaffeLayer) -> list[ir.Value]:
    """The same blob under several names (split_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 1025))
    return layer.give(*[layer.build.elementwise("Identity", layer.bottom) for _ in layer.tops])


def concat(layer: CaffeLayer) -> list[ir.Value]:
    """Joined along ``axis``, or the older ``concat_dim`` (concat_layer.cpp)."""
    layer.wants(range(1, 65537), range(1, 2))
    param = layer.message.concat_param
    axis = layer.axis(param.concat_dim if param.HasField("concat_dim") else param.axis)
    for bottom in layer.bottoms[1:]:
        shape = shape_tuple(bottom)
        if len(shape) != len(layer.shape) or not same_sizes(_without(shape, axis), _without(layer.shape, axis)):
            raise layer.error(f"its bottoms are {by(layer.shape)} and {by(shape)}: they differ off axis {axis}")
    if len(layer.bottoms) == 1:
        return layer.give(layer.bottom)
    return layer.give(layer.build.concat(layer.bottoms, axis))


def slice_(layer: CaffeLayer) -> list[ir.Value]:
    """Cut along ``axis`` (or ``slice_dim``) at the slice points, or into equal parts (slice_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 1025))
    param = layer.message.slice_param
    axis = layer.axis(param.slice_dim if param.HasField("slice_dim") else param.axis)
    size = layer.shape[axis]
    if len(layer.tops) == 1 and not param.slice_point:
        return layer.give(layer.bottom)
    if isinstance(size, str):
        raise NamedSizeError
    count = len(layer.tops)
    if param.slice_point:
        points = [0, *param.slice_point, size]
        if len(points) != count + 1:
            raise layer.error(f"{len(points) - 2} slice points part a blob into {len(points) - 1} tops, not {count}")
    else:
        points = [size * number // count for number in range(count + 1)]
        if size % count:
            raise layer.error(f"axis {axis} of {by(layer.shape)} can't be cut into {count} equal parts")
    lengths = [end - start for start, end in pairwise(points)]
    if min(lengths) <= 0:
        raise layer.error(f"its slice points {list(param.slice_point)} don't rise within the {size} of axis {axis}")
    shapes = [(*layer.shape[:axis], length, *layer.shape[axis + 1 :]) for length in lengths]
    sizes = layer.build.constant(np.array(lengths, np.int64))
    return layer.give(*layer.build.nodes("Split", [layer.bottom, sizes], shapes, {"axis": axis}))


def flatten(layer: CaffeLayer) -> list[ir.Value]:
    """The axes from ``axis`` to ``end_axis`` become one, in C order (flatten_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.flatten_param
    start, end = layer.axis(param.axis), layer.axis(param.end_axis)
    if end < start:
        raise layer.error(f"flattens from axis {start} to {end}")
    shape = (*layer.shape[:start], product(layer.shape[start : end + 1]), *layer.shape[end + 1 :])
    return layer.give(layer.build.reshape(layer.bottom, shape))


def reshape(layer: CaffeLayer) -> list[ir.Value]:
    """Another shape in C order: 0 copies a size, −1 is what is left, ``axis`` and ``num_axes`` say which axes go.

    A negative axis counts from one past the end (reshape_layer.cpp).
    """
    layer.wants(range(1, 2), range(1, 2))
    param, rank = layer.message.reshape_param, len(layer.shape)
    start = param.axis if param.axis >= 0 else rank + param.axis + 1
    end = rank if param.num_axes == -1 else start + param.num_axes
    if not 0 <= start <= rank or not start <= end <= rank:
        raise layer.error(f"axis {param.axis} and num_axes {param.num_axes} don't fit its bottom {by(layer.shape)}")
    replaced, sizes = layer.shape[start:end], list(param.shape.dim)
    new: list[int | str] = []
    for index, size in enumerate(sizes):
        if size < -1 or size > 2**31 - 1 or (size == 0 and start + index >= rank):
            raise layer.error(f"its shape {sizes} makes no sense for {by(layer.shape)}")
        new.append(layer.shape[start + index] if size == 0 else size)
    if sizes.count(-1) > 1:
        raise layer.error(f"its shape {sizes} leaves more than one size open")
    if -1 in sizes:
        known = [size for size in new if size != -1]
        new[sizes.index(-1)] = _what_is_left(layer, replaced, known)
    if sorted(map(str, _names(new))) != sorted(map(str, _names(replaced))):
        raise NamedSizeError
    if _count(new) != _count(replaced):
        raise layer.error(f"its bottom {by(layer.shape)} can't get the shape {by(new)} from axis {start} on")
    return layer.give(layer.build.reshape(layer.bottom, (*layer.shape[:start], *new, *layer.shape[end:])))


def crop(layer: CaffeLayer) -> list[ir.Value]:
    """Cut to the second bottom's size from ``axis`` on, at one offset for all axes or one for each (crop_layer.cpp)."""
    layer.wants(range(2, 3), range(1, 2))
    param, wanted = layer.message.crop_param, shape_tuple(layer.bottoms[1])
    first = layer.axis(param.axis)
    axes = list(range(first, len(layer.shape)))
    offsets = list(param.offset) or [0]
    if len(wanted) != len(layer.shape) or len(offsets) not in (1, len(axes)):
        raise layer.error(f"{len(offsets)} offsets from axis {first} on don't cut {by(layer.shape)} to {by(wanted)}")
    offsets = offsets if len(offsets) == len(axes) else offsets * len(axes)
    cut = [
        (axis, offset)
        for axis, offset in zip(axes, offsets, strict=True)
        if offset or not same_sizes([layer.shape[axis]], [wanted[axis]])
    ]
    if not cut:
        return layer.give(layer.bottom)
    starts = [offset for _, offset in cut]
    ends = [start + size for start, size in zip(starts, numbers([wanted[axis] for axis, _ in cut]), strict=True)]
    if any(end > size for end, size in zip(ends, numbers([layer.shape[axis] for axis, _ in cut]), strict=True)):
        raise layer.error(f"it cuts {by(wanted)} at {offsets} out of {by(layer.shape)}, which is too small")
    bounds = [layer.build.constant(np.array(x, np.int64)) for x in (starts, ends, [axis for axis, _ in cut])]
    shape = (*layer.shape[:first], *wanted[first:])
    return layer.give(layer.build.node("Slice", [layer.bottom, *bounds], shape))


def tile(layer: CaffeLayer) -> list[ir.Value]:
    """The blob ``tiles`` times behind itself along ``axis`` (tile_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param = layer.message.tile_param
    axis, tiles = layer.axis(param.axis), param.tiles
    if not 0 < tiles < 2**31:
        raise layer.error(f"it repeats its bottom {tiles} times")
    size = numbers(layer.shape[axis : axis + 1])[0] * tiles
    repeats = layer.build.constant(np.array([tiles if i == axis else 1 for i in range(len(layer.shape))], np.int64))
    shape = (*layer.shape[:axis], size, *layer.shape[axis + 1 :])
    return layer.give(layer.build.node("Tile", [layer.bottom, repeats], shape))


def permute(layer: CaffeLayer) -> list[ir.Value]:
    """Axes in another order; those that are not named follow in theirs (SSD's permute_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    order = _order(layer)
    if _keeps_order(layer):
        return layer.give(layer.bottom)
    shape = tuple(layer.shape[axis] for axis in order)
    return layer.give(layer.build.node("Transpose", [layer.bottom], shape, {"perm": order}))


def shuffle_channel(layer: CaffeLayer) -> list[ir.Value]:
    """Channels dealt out from ``group`` piles, one of each in turn (ShuffleNet's shuffle_channel_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    if len(layer.shape) < 2:
        raise layer.error(f"it shuffles channels, but its bottom is {by(layer.shape)}")
    group, build = layer.message.shuffle_channel_param.group, layer.build
    batch, channels, rest = layer.shape[0], numbers(layer.shape[1:2])[0], layer.shape[2:]
    if group <= 0 or channels % group:
        raise layer.error(f"{channels} channels can't be divided into {group} groups")
    piles = build.reshape(layer.bottom, (batch, group, channels // group, *rest))
    order = [0, 2, 1, *range(3, 3 + len(rest))]
    dealt = build.node("Transpose", [piles], (batch, channels // group, group, *rest), {"perm": order})
    return layer.give(build.reshape(dealt, layer.shape))


def batch_reindex(layer: CaffeLayer) -> list[ir.Value]:
    """The images of the first bottom that the second one names, in its order (batch_reindex_layer.cpp)."""
    layer.wants(range(2, 3), range(1, 2))
    indices = shape_tuple(layer.bottoms[1])
    if len(indices) != 1:
        raise layer.error(f"its second bottom is {by(indices)}, not a list of images")
    whole = layer.build.node("Cast", [layer.bottoms[1]], indices, {"to": ir.DataType.INT64}, ir.DataType.INT64)
    shape = (indices[0], *layer.shape[1:])
    return layer.give(layer.build.node("Gather", [layer.bottom, whole], shape, {"axis": 0}))


def parameter(layer: CaffeLayer) -> list[ir.Value]:
    """A learned blob that stands by itself (parameter_layer.hpp)."""
    layer.wants(range(1), range(1, 2))
    return layer.give(layer.weight(0, "parameter", list(layer.message.parameter_param.shape.dim)))


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


def _names(shape: list[int | str] | Shape) -> list[str]:
    return [size for size in shape if isinstance(size, str)]


def _count(shape: list[int | str] | Shape) -> int:
    return math.prod(size for size in shape if isinstance(size, int))


def _what_is_left(layer: CaffeLayer, replaced: Shape, known: list[int | str]) -> int | str:
    """The size that −1 stands for: a number, or the batch where nothing else is left."""
    names = _names(replaced)
    for name in _names(known):
        if name in names:
            names.remove(name)
    left, rest = divmod(_count(replaced), _count(known) or 1)
    if rest or not left:
        raise layer.error(f"its bottom {by(layer.shape)} can't be divided by {by(known)}")
    if names and left != 1:
        raise NamedSizeError
    return names[0] if names else left


def _order(layer: CaffeLayer) -> list[int]:
    order, rank = list(layer.message.permute_param.order), len(layer.shape)
    if len(set(order)) < len(order) or any(axis >= rank for axis in order):
        raise layer.error(f"its order {order} doesn't fit the {rank} axes of its bottom")
    return order + [axis for axis in range(rank) if axis not in order]


def _keeps_order(layer: CaffeLayer) -> bool:
    return _order(layer) == list(range(len(layer.shape)))


def _always(_layer: CaffeLayer) -> bool:
    return True


SHAPINGS: Mapping[str, LayerType] = {
    "Split": LayerType(split, shares=_always),
    "Concat": LayerType(concat, shares=lambda layer: len(layer.bottoms) == 1),
    "Slice": LayerType(slice_, shares=lambda layer: len(layer.tops) == 1),
    "Flatten": LayerType(flatten, shares=_always),
    "Reshape": LayerType(reshape, shares=_always),
    "Crop": LayerType(crop),
    "Tile": LayerType(tile),
    "Permute": LayerType(permute, shares=_keeps_order, forks=fork_names("permute_param", "order")),
    "ShuffleChannel": LayerType(
        shuffle_channel, forks=fork_names("shuffle_channel_param", "group"), needs="shuffle_channel_param"
    ),
    "BatchReindex": LayerType(batch_reindex),
    "Parameter": LayerType(parameter),
}
"""Caffe's layers that only rearrange, by their types."""
