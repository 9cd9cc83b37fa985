"""Layers of Caffe's forks for detection and segmentation: prior boxes and enlarging."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.importers.caffe_layers import CaffeLayer, LayerType, by, fork_names, numbers
from explorer.network.builder import shape_tuple

MOST_PRIORS = 2**24
"""SSD512 has 24 564 boxes; a hostile file may ask for any number."""


def prior_box(layer: CaffeLayer) -> list[ir.Value]:
    """The default boxes of SSD (prior_box_layer.cpp): constants, as they only depend on sizes.

    1×2×(4 · boxes): xmin, ymin, xmax, ymax of each box as parts of the picture, then the variances. At each position
    of the first bottom's map stands, for each min_size, a square of it, one of √(min_size · max_size), and min_size
    in each further aspect ratio.
    """
    layer.wants(range(2, 3), range(1, 2))
    param = layer.message.prior_box_param
    map_size, picture_size = (_height_width(layer, shape_tuple(bottom)) for bottom in layer.bottoms)
    if param.HasField("img_size") or param.HasField("img_h") or param.HasField("img_w"):
        picture_size = (param.img_h or param.img_size, param.img_w or param.img_size)
    steps = (param.step_h or param.step, param.step_w or param.step)
    if not all(steps):
        steps = (_ratio(picture_size[0], map_size[0]), _ratio(picture_size[1], map_size[1]))
    if min(*picture_size, *steps) <= 0:
        raise layer.error(f"its picture of {picture_size} or its step {steps} is not positive")
    boxes = _box_sizes(layer, param)
    if len(boxes) * math.prod(map_size) > MOST_PRIORS:
        raise layer.error(f"it asks for {len(boxes)} boxes at each of {by(map_size)} positions")
    corners = _corners(map_size, steps, picture_size, np.float32(param.offset), boxes)
    if param.clip:
        corners = corners.clip(0, 1)
    variances = np.tile(_variances(layer, param), corners.size // 4)
    priors = np.stack([corners.reshape(-1), variances])[None].astype(np.float32)
    return layer.give(layer.build.constant(priors))


def interp(layer: CaffeLayer) -> list[ir.Value]:
    """Bilinear, corner on corner, of a map that negative padding may cut first (DeepLab's interp_layer.cpp)."""
    layer.wants(range(1, 2), range(1, 2))
    param, build = layer.message.interp_param, layer.build
    if len(layer.shape) != 4:
        raise layer.error(f"it takes maps of 2 axes, its bottom is {by(layer.shape)}")
    if param.pad_beg > 0 or param.pad_end > 0:
        raise layer.error("it can only be padded by negative numbers, which cut")
    x, leading = layer.bottom, layer.shape[:2]
    sizes = [size + param.pad_beg + param.pad_end for size in numbers(layer.shape[2:])]
    if min(sizes) <= 0:
        raise layer.error(f"its padding leaves nothing of {by(layer.shape)}")
    axes = build.constant(np.array([2, 3], np.int64))
    if param.pad_beg or param.pad_end:
        starts = build.constant(np.full(2, -param.pad_beg, np.int64))
        ends = build.constant(np.array([size - param.pad_beg for size in sizes], np.int64))
        x = build.node("Slice", [x, starts, ends, axes], (*leading, *sizes))
    wanted = [_resized(layer, param, size, out) for size, out in zip(sizes, (param.height, param.width), strict=True)]
    if wanted == sizes:
        return layer.give(x)
    attributes = {"mode": "linear", "coordinate_transformation_mode": "align_corners", "axes": [2, 3]}
    target = build.constant(np.array(wanted, np.int64))
    return layer.give(build.node("Resize", [x, None, None, target], (*leading, *wanted), attributes))


def upsample(layer: CaffeLayer) -> list[ir.Value]:
    """Every number ``scale`` times in a row, in both axes (YOLO's upsample_layer.cpp)."""
    if len(layer.bottoms) == 2:
        raise layer.inexpressible("it puts numbers back to the places that a pooling took them from")
    layer.wants(range(1, 2), range(1, 2))
    scale, shape = layer.message.upsample_param.scale, layer.shape
    if len(shape) != 4 or scale != int(scale) or not 1 <= scale < 2**31:
        raise layer.error(f"it can't enlarge {by(shape)} {scale:g} times")
    sizes = [size * int(scale) for size in numbers(shape[2:])]
    attributes = {
        "mode": "nearest",
        "nearest_mode": "floor",
        "coordinate_transformation_mode": "asymmetric",
        "axes": [2, 3],
    }
    target = layer.build.constant(np.array(sizes, np.int64))
    resized = layer.build.node("Resize", [layer.bottom, None, None, target], (*shape[:2], *sizes), attributes)
    return layer.give(resized)


def _resized(layer: CaffeLayer, param: Any, size: int, stated: int) -> int:
    """The size of one axis: as stated, or shrunk (rounding down) and zoomed between the corners."""
    if param.height and param.width:
        return stated if stated > 0 else _wrong_size(layer)
    if param.zoom_factor < 1 or param.shrink_factor < 1:
        return _wrong_size(layer)
    if not param.HasField("zoom_factor") and not param.HasField("shrink_factor"):
        raise layer.error("it says no size to interpolate to")
    shrunk = (size - 1) // param.shrink_factor + 1
    zoomed = shrunk + (shrunk - 1) * (param.zoom_factor - 1)
    return zoomed if zoomed < 2**31 else _wrong_size(layer)


def _wrong_size(layer: CaffeLayer) -> int:
    raise layer.error("the size it interpolates to makes no sense")


def _box_sizes(layer: CaffeLayer, param: Any) -> list[tuple[float, float]]:
    """Width and height of each box at a position, in pixels; sizes are cut to whole numbers, as in SSD."""
    least, most = list(param.min_size), list(param.max_size)
    if not least or not all(0 < size < 2**31 for size in [*least, *most]) or (most and len(most) != len(least)):
        raise layer.error(f"its sizes from {least} to {most} make no sense")
    if any(high <= low for low, high in zip(least, most, strict=False)):
        raise layer.error(f"its max_size {most} is not above its min_size {least}")
    ratios = [np.float32(1)]
    for stated in param.aspect_ratio:
        ratio = np.float32(stated)
        if not 0 < ratio < np.inf:
            raise layer.error(f"its aspect ratio {stated:g} is not positive")
        if all(abs(ratio - known) >= 1e-6 for known in ratios):
            ratios += [ratio, np.float32(1 / float(ratio))] if param.flip else [ratio]
    boxes: list[tuple[float, float]] = []
    for index, low in enumerate(map(int, least)):
        boxes.append((low, low))
        if most:
            between = float(np.float32(math.sqrt(low * int(most[index]))))
            boxes.append((between, between))
        roots = [np.sqrt(ratio) for ratio in ratios if abs(ratio - 1) >= 1e-6]
        boxes += [(float(np.float32(low) * root), float(np.float32(low) / root)) for root in roots]
    return boxes


def _corners(
    map_size: tuple[int, int],
    steps: Sequence[float],
    picture_size: tuple[int, int],
    offset: np.float32,
    boxes: Sequence[tuple[float, float]],
) -> NDArray[np.float64]:
    """Rows × columns × boxes × (xmin, ymin, xmax, ymax), in parts of the picture."""
    centres = [
        ((np.arange(cells, dtype=np.float32) + offset) * np.float32(step)).astype(np.float64)
        for cells, step in zip(map_size, steps, strict=True)
    ]
    half = np.array(boxes, np.float64) / 2
    corners = np.empty((*map_size, len(boxes), 4))
    for axis, (centre, size) in enumerate(zip(centres, picture_size, strict=True)):
        places = centre[:, None, None] if axis == 0 else centre[None, :, None]
        corners[..., 1 - axis] = (places - half[:, 1 - axis]) / size
        corners[..., 3 - axis] = (places + half[:, 1 - axis]) / size
    return corners


def _ratio(picture: int, cells: int) -> float:
    return float(np.float32(picture) / np.float32(cells))


def _variances(layer: CaffeLayer, param: Any) -> NDArray[np.float32]:
    given = list(param.variance) or [0.1]
    if len(given) not in (1, 4) or min(given) <= 0:
        raise layer.error(f"its variance {given} is not one positive number, or four")
    return np.array(given * (4 // len(given)), np.float32)


def _height_width(layer: CaffeLayer, shape: Sequence[int | str]) -> tuple[int, int]:
    if len(shape) != 4:
        raise layer.error(f"it places boxes on maps of 2 axes, its bottom is {by(shape)}")
    height, width = numbers(shape[2:])
    return height, width


DETECTIONS: Mapping[str, LayerType] = {
    "PriorBox": LayerType(
        prior_box,
        forks=fork_names(
            "prior_box_param",
            "min_size max_size aspect_ratio flip clip variance img_size img_h img_w step step_h step_w offset",
        ),
        needs="prior_box_param",
    ),
    "Interp": LayerType(
        interp,
        forks=fork_names("interp_param", "height width zoom_factor shrink_factor pad_beg pad_end"),
        needs="interp_param",
    ),
    "Upsample": LayerType(upsample, forks=fork_names("upsample_param", "scale"), needs="upsample_param"),
}
"""What SSD, DeepLab and YOLO added to Caffe, by their types."""
