"""Functions in a Keras graph that reduce, cut, join and turn tensors, in Keras' own axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_images import interpolated
from explorer.importers.keras_layers import KerasLayer, Tensor
from explorer.importers.keras_merges import concatenated
from explorer.importers.keras_operands import Function, Operands
from explorer.importers.keras_shaping import cut, permuted, reshaped
from explorer.network.builder import shape_tuple


def reduction(operator: str) -> Function:
    """Mean, sum and so on over axes; without ``keepdims`` they go."""

    def function(operands: Operands) -> Tensor:
        layer, tensor = operands.layer, operands.tensor
        axes = operands.axes("axis", "axes", "reduction_indices")
        if 0 in axes:
            raise layer.error("reduces over the batch, which can't be carried over")
        keep = operands.options.flag("keepdims", "keep_dims", default=False)
        value = tensor.value if keep else layer.plain(tensor)
        places = [tensor.axis(axis) for axis in axes] if keep else axes
        sizes = shape_tuple(value)
        shape = tuple(1 if axis in places else size for axis, size in enumerate(sizes))
        if not keep:
            shape = tuple(size for axis, size in enumerate(sizes) if axis not in axes)
        inputs = [value, layer.build.constant(np.array(places, np.int64))]
        result = layer.build.node(operator, inputs, shape, {"keepdims": int(keep)})
        return layer.like(result, tensor) if keep else layer.made(result)

    return function


def reshape(operands: Operands) -> Tensor:
    """To a shape whose first size is the batch's."""
    layer, tensor = operands.layer, operands.tensor
    count = math.prod(layer.size(axis, tensor) for axis in range(1, tensor.rank))
    stated = operands.integers("shape", "newshape")
    return layer.made(reshaped(layer, layer.plain(tensor), stated[1:], count))


def transpose(operands: Operands) -> Tensor:
    """Another order of the axes; reversed where none is stated."""
    if not operands.options.has("perm", "axes"):
        raise operands.layer.error("puts the batch last, which can't be carried over")
    return permuted(operands.layer, operands.tensor, operands.integers("perm", "axes"))


def expand_dims(operands: Operands) -> Tensor:
    """A new axis of one position."""
    layer, tensor = operands.layer, operands.tensor
    value = layer.plain(tensor)
    for axis in operands.axes("axis", default=-1, rank=tensor.rank + 1):
        sizes = list(shape_tuple(value))
        sizes.insert(axis, 1)
        value = layer.build.reshape(value, tuple(sizes))
    return layer.made(value)


def squeeze(operands: Operands) -> Tensor:
    """Without axes of one position: those stated, or all of them."""
    layer, tensor = operands.layer, operands.tensor
    ones = [axis for axis in range(1, tensor.rank) if tensor.shape[axis] == 1]
    axes = operands.axes("axis", "squeeze_dims", default=ones)
    if any(tensor.shape[axis] != 1 for axis in axes):
        raise layer.error("drops an axis that has more than one position")
    value = layer.plain(tensor)
    sizes = tuple(size for axis, size in enumerate(shape_tuple(value)) if axis not in axes)
    return layer.made(layer.build.reshape(value, sizes))


def concat(operands: Operands) -> Tensor:
    """Tensors one after another."""
    return concatenated(operands.layer, operands.tensors(), operands.integers("axis")[0])


def stack(operands: Operands) -> Tensor:
    """Tensors side by side on a new axis."""
    layer, tensors = operands.layer, operands.tensors()
    axis = layer.axis(operands.integers("axis")[0], tensors[0].rank + 1)
    found = []
    for tensor in tensors:
        value = layer.plain(tensor)
        sizes = list(shape_tuple(value))
        sizes.insert(axis, 1)
        found.append(Tensor(layer.build.reshape(value, tuple(sizes))))
    joined = concatenated(layer, found, axis)
    return layer.made(joined.value)


def split(operands: Operands) -> tuple[Tensor, ...]:
    """Equal parts, or parts of stated sizes, or cuts at stated places (Keras 3)."""
    layer, tensor = operands.layer, operands.tensor
    axis = operands.axes("axis", default=0)[0]
    size = layer.size(axis, tensor)
    stated = operands.integers("num_or_size_splits", "indices_or_sections")
    if not isinstance(operands.options.get("num_or_size_splits", "indices_or_sections"), list | tuple):
        if stated[0] < 1 or size % stated[0]:
            raise layer.error(f"{size} positions can't be divided into {stated[0]} parts")
        ends = [size // stated[0] * (index + 1) for index in range(stated[0])]
    elif operands.options.has("indices_or_sections"):
        ends = [*stated, size]
    else:
        ends = list(np.cumsum(stated))
    starts = [0, *ends[:-1]]
    if ends[-1] != size or any(start >= end for start, end in zip(starts, ends, strict=True)):
        raise layer.error(f"{size} positions can't be cut at {ends}")
    place = tensor.axis(axis)
    return tuple(
        layer.like(cut(layer.build, tensor.value, {place: (int(start), int(end))}), tensor)
        for start, end in zip(starts, ends, strict=True)
    )


def get_item(operands: Operands) -> Tensor:
    """``x[…]`` with slices and whole numbers."""
    layer, tensor = operands.layer, operands.tensor
    keys = operands.options.get("slice_spec", "key")
    keys = list(keys) if isinstance(keys, list | tuple) else [keys]
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        keys[place : place + 1] = [slice(None)] * (tensor.rank - len(keys) + 1)
    if len(keys) > tensor.rank:
        raise layer.error(f"takes {len(keys)} axes of {tensor.rank}")
    value = layer.plain(tensor)
    dropped: list[int] = []
    for axis, key in enumerate(keys):
        start, stop, step = _bounds(layer, key, axis, tensor)
        if isinstance(key, int):
            dropped.append(axis)
        if axis == 0 and (start, stop, step) == (None, None, None):
            continue
        size = layer.size(axis, tensor)
        positions = range(size)[slice(start, stop, step)]
        if not positions:
            raise layer.error(f"takes nothing of {size} positions")
        if len(positions) < size or positions[0]:
            value = _taken(layer, value, axis, positions)
    if dropped:
        sizes = tuple(size for axis, size in enumerate(shape_tuple(value)) if axis not in dropped)
        value = layer.build.reshape(value, sizes)
    return layer.made(value)


def _bounds(layer: KerasLayer, key: Any, axis: int, tensor: Tensor) -> tuple[Any, Any, Any]:
    if isinstance(key, Mapping):
        key = slice(key.get("start"), key.get("stop"), key.get("step"))
    if isinstance(key, int) and not isinstance(key, bool) and axis:
        size = layer.size(axis, tensor)
        if not -size <= key < size:
            raise layer.error(f"there is no position {key} of {size}")
        return key % size, key % size + 1, None
    bounds = (key.start, key.stop, key.step) if isinstance(key, slice) else (key,)
    whole = all(bound is None or (isinstance(bound, int) and abs(bound) < 1 << 31) for bound in bounds)
    if len(bounds) != 3 or not whole or bounds[2] == 0 or (axis == 0 and bounds != (None, None, None)):
        raise layer.error("takes positions in a way that can't be carried over")
    return bounds[0], bounds[1], bounds[2]


def _taken(layer: KerasLayer, value: ir.Value, axis: int, positions: range) -> ir.Value:
    shape = list(shape_tuple(value))
    shape[axis] = len(positions)
    stop = positions[-1] + positions.step
    # Before the first position there is none, which ONNX writes as a number below all.
    ends = [[positions[0]], [stop if stop >= 0 else -(1 << 31)], [axis], [positions.step]]
    inputs = [value, *(layer.build.constant(np.array(end, np.int64)) for end in ends)]
    return layer.build.node("Slice", inputs, tuple(shape))


def pad(operands: Operands) -> Tensor:
    """A constant around the tensor."""
    layer, tensor = operands.layer, operands.tensor
    mode = str(operands.options.get("mode", default="constant")).lower()
    pairs = operands.options.get("paddings", "pad_width")
    if mode not in ("constant", "reflect") or not isinstance(pairs, list | tuple):
        raise layer.error(f"pads by '{mode}', which can't be carried over")
    if len(pairs) == 2 and all(isinstance(end, int) for end in pairs):
        pairs = [pairs] * tensor.rank
    flat = [end for pair in pairs if isinstance(pair, list | tuple) for end in pair]
    if len(flat) != 2 * tensor.rank or not all(isinstance(end, int) and 0 <= end < 1 << 20 for end in flat):
        raise layer.error("its paddings are not two whole numbers for each axis")
    if flat[0] or flat[1]:
        raise layer.error("pads the batch, which can't be carried over")
    value = layer.plain(tensor)
    shape = tuple(
        size + flat[2 * axis] + flat[2 * axis + 1] if isinstance(size, int) else size
        for axis, size in enumerate(shape_tuple(value))
    )
    fill = operands.options.get("constant_values", default=0.0)
    inputs = [value, layer.build.constant(np.array([*flat[::2], *flat[1::2]], np.int64))]
    if mode == "constant":
        inputs.append(layer.build.constant(float(fill) if isinstance(fill, int | float) else 0.0))
    return layer.laid(Tensor(layer.build.node("Pad", inputs, shape, {"mode": mode})), tensor.moved)


def blocks(operator: str) -> Function:
    """Channels into squares of positions, or back; TensorFlow's order of channels is ONNX's ``DCR``."""

    def function(operands: Operands) -> Tensor:
        layer, size = operands.layer, operands.options.integer("block_size")
        tensor = layer.laid(operands.tensor, True)
        batch, channels, height, width = _map_sizes(layer, tensor)
        if operator == "DepthToSpace":
            shape = (batch, channels // size**2, height * size, width * size)
            fits, attributes = channels % size**2 == 0, {"blocksize": size, "mode": "DCR"}
        else:
            shape = (batch, channels * size**2, height // size, width // size)
            fits, attributes = height % size == 0 and width % size == 0, {"blocksize": size}
        if not fits:
            raise layer.error(f"blocks of {size} don't fit its input")
        return Tensor(layer.build.node(operator, [tensor.value], shape, attributes), True)

    return function


def resize(operands: Operands) -> Tensor:
    """``tf.image.resize`` and ``keras.ops.image.resize`` of pictures with channels last."""
    layer, options = operands.layer, operands.options
    if any(options.flag(name, default=False) for name in ("antialias", "preserve_aspect_ratio", "align_corners")):
        raise layer.error("resizes with an option that can't be carried over")
    if options.get("data_format", default="channels_last") != "channels_last":
        raise layer.error("resizes with channels first, which can't be carried over")
    tensor = layer.laid(operands.tensor, True)
    _map_sizes(layer, tensor)
    method = str(options.get("method", "interpolation", default="bilinear")).lower().rpartition(".")[2]
    size = options.integers("size", count=2)
    return Tensor(interpolated(layer, tensor.value, size, "nearest" if "nearest" in method else method), True)


def _map_sizes(layer: KerasLayer, tensor: Tensor) -> tuple[int | str, int, int, int]:
    sizes = shape_tuple(tensor.value)
    known = [size for size in sizes[1:] if isinstance(size, int)]
    if len(sizes) != 4 or len(known) != 3:
        raise layer.error("takes maps of two axes")
    return sizes[0], known[0], known[1], known[2]


ARRANGING: Mapping[str, tuple[Function, Sequence[str]]] = {
    "mean": (reduction("ReduceMean"), ("axis", "keepdims")),
    "sum": (reduction("ReduceSum"), ("axis", "keepdims")),
    "max": (reduction("ReduceMax"), ("axis", "keepdims")),
    "min": (reduction("ReduceMin"), ("axis", "keepdims")),
    "prod": (reduction("ReduceProd"), ("axis", "keepdims")),
    "logsumexp": (reduction("ReduceLogSumExp"), ("axis", "keepdims")),
    "reshape": (reshape, ("shape",)),
    "transpose": (transpose, ("perm",)),
    "expand_dims": (expand_dims, ("axis",)),
    "squeeze": (squeeze, ("axis",)),
    "concat": (concat, ("axis",)),
    "stack": (stack, ("axis",)),
    "split": (split, ("num_or_size_splits", "axis")),
    "get_item": (get_item, ("key",)),
    "pad": (pad, ("paddings", "mode", "constant_values")),
    "depth_to_space": (blocks("DepthToSpace"), ("block_size",)),
    "space_to_depth": (blocks("SpaceToDepth"), ("block_size",)),
    "resize": (resize, ("size", "method")),
}
"""Each function, and the names of its positional arguments after the first."""
