"""TensorFlow's operations that make maps of another size: padding, tiling, resizing, dealing out, picking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_values import Convert, Live, Order, Step, Value, channels_first, sizes, whole


def pad(step: Step) -> list[Value]:
    """Pad, PadV2 and MirrorPad, which leaves the border out (REFLECT) or repeats it too (SYMMETRIC)."""
    x, pairs = step.live(), step.numbers(1)
    mode = step.operation.text("mode") if step.operation.kind == "MirrorPad" else "CONSTANT"
    if len(pairs) != 2 * x.rank or min(pairs, default=0) < 0 or max(pairs, default=0) > 1 << 20:
        raise step.error(f"its pads {pairs} don't fit a tensor {sizes(x.shape)}")
    shape: list[int | str] = list(x.shape)
    for axis in range(x.rank):
        low, high = pairs[2 * axis], pairs[2 * axis + 1]
        if low or high:
            size = whole(shape[axis])
            if mode != "CONSTANT" and max(low, high) > size - (mode == "REFLECT"):
                raise step.error(f"its pads {low} and {high} are more than {size} positions can mirror")
            shape[axis] = size + low + high
    if not any(pairs):
        return [x]
    if mode == "SYMMETRIC":
        return [_symmetric(step, x, pairs)]
    ends = step.integers([pairs[2 * axis] for axis in x.order] + [pairs[2 * axis + 1] for axis in x.order])
    if mode == "REFLECT":
        return [step.node("Pad", [x.value, ends], shape, x.order, mode="reflect")]
    if mode != "CONSTANT":
        raise step.error(f"its mode '{mode}' is not known")
    fill = step.constant(2).array.reshape(-1)[:1] if step.operation.kind == "PadV2" else np.zeros(1, np.float32)
    value = step.build.constant(float(fill[0]) if fill.size else 0.0)
    return [step.node("Pad", [x.value, ends, value], shape, x.order)]


def _symmetric(step: Step, x: Live, pairs: Sequence[int]) -> Live:
    """ONNX has no such mode: the positions are gathered, axis by axis."""
    for axis in range(x.rank):
        low, high = pairs[2 * axis], pairs[2 * axis + 1]
        if low or high:
            x = _taken(step, x, axis, np.pad(np.arange(whole(x.shape[axis])), (low, high), "symmetric").tolist())
    return x


def _taken(step: Step, x: Live, axis: int, positions: Sequence[int]) -> Live:
    """The positions of one axis, in this order."""
    shape = [len(positions) if i == axis else old for i, old in enumerate(x.shape)]
    return step.node("Gather", [x.value, step.integers(positions)], shape, x.order, axis=x.order.index(axis))


def tile(step: Step) -> list[Value]:
    """Tile: the tensor repeated along its axes."""
    x, repeats = step.live(), step.numbers(1)
    if len(repeats) != x.rank or min(repeats, default=1) < 1 or max(repeats, default=1) > 1 << 16:
        raise step.error(f"its repetitions {repeats} don't fit a tensor {sizes(x.shape)}")
    shape = [old if count == 1 else whole(old) * count for old, count in zip(x.shape, repeats, strict=True)]
    return [step.node("Tile", [x.value, step.integers(laid_numbers(repeats, x.order))], shape, x.order)]


def laid_numbers(numbers: Sequence[int], order: Order) -> list[int]:
    """One number for each axis, as the axes lie."""
    return [numbers[axis] for axis in order]


def resize(step: Step) -> list[Value]:
    """ResizeBilinear and ResizeNearestNeighbor with their three rules of coordinates (image_resizer_state.h)."""
    x, wanted = step.live(), step.numbers(1)
    if x.rank != 4 or len(wanted) != 2 or min(wanted) < 1 or max(wanted) > 1 << 16:
        raise step.error(f"it is to make {wanted} of a tensor {sizes(x.shape)}")
    corners, centres = step.operation.flag("align_corners"), step.operation.flag("half_pixel_centers")
    coordinates, mode = "align_corners" if corners else "half_pixel" if centres else "asymmetric", "linear"
    attributes: dict[str, Any] = {}
    if step.operation.kind == "ResizeNearestNeighbor":
        lengths = [whole(size) for size in x.shape[1:3]]
        axes = list(zip(lengths, wanted, strict=True))
        positions = [_nearest(*axis, corners, centres) for axis in axes]
        if positions != [_repeated(*axis) for axis in axes]:
            return [_taken(step, _taken(step, x, 1, positions[0]), 2, positions[1])]
        coordinates, mode, attributes = "asymmetric", "nearest", {"nearest_mode": "floor"}
    order = channels_first(4)
    value = step.arranged(x, order)
    shape = (x.shape[0], *wanted, x.shape[3])
    inputs = [value, None, None, step.integers(wanted)]
    attributes |= {"mode": mode, "coordinate_transformation_mode": coordinates, "axes": [2, 3]}
    return [step.node("Resize", inputs, shape, order, **attributes)]


def _nearest(length: int, count: int, corners: bool, centres: bool) -> list[int]:
    """The positions that are nearest to ``count`` new ones (resize_nearest_neighbor_op.cc).

    TensorFlow multiplies by a scale in single precision where ONNX divides by its inverse: they can differ by one.
    """
    ratio = (length - 1, count - 1) if corners and count > 1 else (length, count)
    scale = np.float32(ratio[0]) / np.float32(ratio[1])
    points = (np.arange(count, dtype=np.float32) + np.float32(0.5 if centres else 0)) * scale
    rounded = np.floor(points + np.float32(0.5) if corners else points)
    return [int(place) for place in np.minimum(rounded, length - 1)]


def _repeated(length: int, count: int) -> list[int] | None:
    """Every position the same number of times; None where that doesn't make ``count``."""
    return None if count % length else [place * length // count for place in range(count)]


def depth_space(step: Step) -> list[Value]:
    """DepthToSpace and SpaceToDepth, whose blocks lie as ONNX's DCR has them."""
    x, block = step.live(), step.operation.integer("block_size", 1)
    if x.rank != 4 or step.operation.text("data_format") not in ("", "NHWC") or not 0 < block < 1 << 16:
        raise step.error(f"{step.operation.kind} of a tensor {sizes(x.shape)} by {block}")
    batch, height, width, channels = x.shape[0], *map(whole, x.shape[1:])
    order = channels_first(4)
    if step.operation.kind == "DepthToSpace":
        if channels % block**2:
            raise step.error(f"{channels} channels don't fill blocks of {block}")
        shape = (batch, height * block, width * block, channels // block**2)
        return [step.node("DepthToSpace", [step.arranged(x, order)], shape, order, blocksize=block)]
    if height % block or width % block:
        raise step.error(f"{height}×{width} positions don't divide into blocks of {block}")
    shape = (batch, height // block, width // block, channels * block**2)
    return [step.node("SpaceToDepth", [step.arranged(x, order)], shape, order, blocksize=block)]


def gather(step: Step) -> list[Value]:
    """Gather and GatherV2: positions of one axis, in any order."""
    x = step.live()
    positions: Constant = step.constant(1)
    axes = step.numbers(2) if len(step.inputs) > 2 else [0]
    axis = step.axis(axes[0] if axes else 0, x.rank)
    taken = step.numbers(1)
    if positions.array.ndim != 1 or any(not 0 <= number < whole(x.shape[axis]) for number in taken):
        raise step.error(f"its positions don't fit a tensor {sizes(x.shape)}")
    return [_taken(step, x, axis, taken)]


EXTENDING: Mapping[str, Convert] = {
    **dict.fromkeys(("Pad", "PadV2", "MirrorPad"), pad),
    "Tile": tile,
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor"), resize),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), depth_space),
    **dict.fromkeys(("Gather", "GatherV2"), gather),
}
