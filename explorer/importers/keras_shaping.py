"""Keras' layers that arrange: shapes, axes, borders, and all those that do nothing once a network is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from explorer.importers.keras_convolution import spatial_axes
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor, sizes_text
from explorer.network.builder import LayerBuilder, shape_tuple

MOST_BORDER = 1 << 20
"""Positions added or cut off on one side."""


def cut(build: LayerBuilder, value: ir.Value, ends: Mapping[int, tuple[int, int]]) -> ir.Value:
    """Only the positions from start to stop on each axis of ``ends``."""
    shape = list(shape_tuple(value))
    for axis, (start, stop) in ends.items():
        shape[axis] = stop - start
    numbers = [[start for start, _ in ends.values()], [stop for _, stop in ends.values()], list(ends)]
    inputs = [value, *(build.constant(np.array(row, np.int64)) for row in numbers)]
    return build.node("Slice", inputs, tuple(shape))


def identity(layer: KerasLayer) -> Tensor:
    """What is there in training only: dropout, noise, regularisation, augmentation."""
    return layer.input


def flatten(layer: KerasLayer) -> Tensor:
    """All axes but the batch as one, in Keras' order; with channels first it puts them last before (from Keras 2.2)."""
    tensor = layer.input
    if layer.config.get("data_format") == "channels_first" and tensor.rank > 2:
        value = Tensor(tensor.value) if not tensor.moved else Tensor(layer.plain(tensor))
        shape = value.shape
        order = (0, *range(2, tensor.rank), 1)
        if sum(1 for size in shape[1:] if size != 1) > 1:
            sizes = tuple(shape[axis] for axis in order)
            value = Tensor(layer.build.node("Transpose", [value.value], sizes, {"perm": list(order)}))
        return Tensor(_flat(layer, value.value))
    # Maps of one position or one channel have the same order either way.
    long = sum(1 for size in tensor.shape[1:-1] if size != 1) > 0 and tensor.shape[-1] != 1
    return Tensor(_flat(layer, layer.plain(tensor) if long else tensor.value))


def _flat(layer: KerasLayer, value: ir.Value) -> ir.Value:
    if not all(isinstance(size, int) for size in shape_tuple(value)[1:]):
        raise layer.error("the size of its input is open")
    return layer.build.flatten(value)


def reshape(layer: KerasLayer) -> Tensor:
    """The same numbers, in Keras' order, as another shape, in which one size may be −1."""
    tensor = layer.input
    count = math.prod(layer.size(axis) for axis in range(1, tensor.rank))
    stated = [-1 if size is None else size for size in layer.config.shape("target_shape")]
    return layer.made(reshaped(layer, layer.plain(tensor), stated, count))


def reshaped(layer: KerasLayer, value: ir.Value, stated: Sequence[int], count: int) -> ir.Value:
    """``value``, with Keras' axes, as the batch and the sizes ``stated``; ``count`` numbers are in each example."""
    known = math.prod(size for size in stated if size != -1)
    open_axes = [axis for axis, size in enumerate(stated) if size == -1]
    if len(open_axes) > 1 or known <= 0 or count % known or (not open_axes and known != count):
        raise layer.error(f"{count} numbers can't have the shape {sizes_text(stated)}")
    sizes = [count // known if size == -1 else size for size in stated]
    return layer.build.reshape(value, (shape_tuple(value)[0], *sizes))


def permute(layer: KerasLayer) -> Tensor:
    """The axes after the batch in another order, counted from 1."""
    dims = layer.config.axes("dims", ())
    return permuted(layer, layer.input, [0, *dims])


def permuted(layer: KerasLayer, tensor: Tensor, order: Sequence[int]) -> Tensor:
    """Keras' axes in another order; done on the value as it lies."""
    if sorted(order) != list(range(tensor.rank)):
        raise layer.error(f"{list(order[1:])} is no order of {tensor.rank - 1} axes")
    moved = layer.dialect.moves(tensor.rank)
    wanted = [order[0], order[-1], *order[1:-1]] if moved else list(order)
    places = [tensor.axis(axis) for axis in wanted]
    if places == list(range(tensor.rank)):
        return Tensor(tensor.value, moved)
    sizes = tuple(tensor.shape[axis] for axis in wanted)
    return Tensor(layer.build.node("Transpose", [tensor.value], sizes, {"perm": places}), moved)


def repeat_vector(layer: KerasLayer) -> Tensor:
    """A vector several times, one after another on a new axis behind the batch."""
    if layer.input.rank != 2:
        raise layer.error(f"repeats vectors, here are {layer.input.rank} axes")
    count, (batch, length), build = layer.config.integer("n"), layer.input.shape, layer.build
    moved = layer.dialect.moves(3)
    shape = (batch, length, 1) if moved else (batch, 1, length)
    value = build.reshape(layer.input.value, shape)
    times = [1, 1, count] if moved else [1, count, 1]
    sizes = (batch, length, count) if moved else (batch, count, length)
    return Tensor(build.node("Tile", [value, build.constant(np.array(times, np.int64))], sizes), moved)


def zero_padding(layer: KerasLayer) -> Tensor:
    """Zeros around the maps."""
    spatial = spatial_axes(layer)
    value = layer.maps(spatial)
    borders = _borders(layer, "padding", spatial)
    lows = [0, 0, *(low for low, _ in borders)]
    highs = [0, 0, *(high for _, high in borders)]
    shape = tuple(
        size + low + high if isinstance(size, int) else size
        for size, low, high in zip(shape_tuple(value), lows, highs, strict=True)
    )
    ends = layer.build.constant(np.array([*lows, *highs], np.int64))
    return layer.of_maps(layer.build.node("Pad", [value, ends], shape))


def cropping(layer: KerasLayer) -> Tensor:
    """The maps without their borders."""
    spatial = spatial_axes(layer)
    value = layer.maps(spatial)
    ends: dict[int, tuple[int, int]] = {}
    for axis, (low, high) in enumerate(_borders(layer, "cropping", spatial), start=2):
        size = shape_tuple(value)[axis]
        assert isinstance(size, int)
        if low + high >= size:
            raise layer.error(f"nothing is left of {size} positions")
        ends[axis] = (low, size - high)
    return layer.of_maps(cut(layer.build, value, ends))


def _borders(layer: KerasLayer, name: str, spatial: int) -> list[tuple[int, int]]:
    """What is added or cut off on both sides of each axis: one number, one for each axis, or a pair for each.

    Keras 1 also has four numbers for two axes (top, bottom, left, right), those by name, and a pair for one axis.
    """
    stated = layer.config.get(name, default=1)
    if isinstance(stated, Mapping):
        names = ("top_pad", "bottom_pad", "left_pad", "right_pad") if spatial == 2 else ("left_pad", "right_pad")
        stated = [stated.get(each, 0) for each in names]
    if isinstance(stated, int):
        stated = [stated] * spatial
    pairs: list[object] = list(stated) if isinstance(stated, list | tuple) else []
    if len(pairs) == 2 * spatial and all(isinstance(number, int) for number in pairs):
        pairs = [pairs[index : index + 2] for index in range(0, len(pairs), 2)]
    found: list[tuple[int, int]] = []
    for pair in pairs:
        ends = list(pair) if isinstance(pair, list | tuple) else [pair, pair]
        known = [end for end in ends if isinstance(end, int) and 0 <= end <= MOST_BORDER]
        if len(ends) != 2 or len(known) != 2:
            break
        found.append((known[0], known[1]))
    if len(found) != spatial or len(pairs) != spatial:
        raise layer.error(f"its {name} are not whole numbers for {spatial} axes")
    return found


_NOTHING = """
    Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout
    ActivityRegularization Identity RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast
    RandomBrightness RandomHeight RandomWidth RandomShear RandomGrayscale RandomHue RandomSaturation RandomSharpness
    RandomColorJitter RandomColorDegeneration RandomPosterization RandomInvert RandomErasing RandomGaussianBlur
    RandomPerspective RandomElasticTransform
"""

SHAPING: Mapping[str, Convert] = {
    **dict.fromkeys(_NOTHING.split(), identity),
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    **{f"ZeroPadding{axes}D": zero_padding for axes in (1, 2, 3)},
    **{f"Cropping{axes}D": cropping for axes in (1, 2, 3)},
}
