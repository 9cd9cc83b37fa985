"""TensorFlow's operations that slide a window: convolutions and poolings, with SAME's uneven padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.importers.tensorflow_values import (
    Convert,
    Live,
    Order,
    Spread,
    Step,
    Value,
    channels_first,
    plain,
    sizes,
    whole,
)
from explorer.network.shapes import convolution_size, deconvolution_size, same_padding

Pads = tuple[tuple[int, int], ...]


LONGEST = 1 << 20
"""More than any window, stride or hole of a network has."""


class Geometry:
    """Where an operation's axes lie (``data_format``), and its strides and the like along the spatial ones."""

    def __init__(self, step: Step, x: Live) -> None:
        self.step = step
        self.rank = x.rank
        format_ = step.operation.text("data_format") or ("NHWC" if x.rank == 4 else "NDHWC")
        if x.rank not in (4, 5) or format_ not in ("NHWC", "NCHW", "NDHWC", "NCDHW"):
            raise step.error(f"{step.operation.kind} of a tensor {sizes(x.shape)} in the format {format_}")
        self.channels_last = format_.endswith("C")
        self.channel_axis = x.rank - 1 if self.channels_last else 1
        self.spatial_axes = tuple(range(1, x.rank - 1)) if self.channels_last else tuple(range(2, x.rank))
        self.order: Order = channels_first(x.rank) if self.channels_last else plain(x.rank)
        self.spatial = tuple(whole(x.shape[axis]) for axis in self.spatial_axes)
        self.channels = whole(x.shape[self.channel_axis])

    def per_axis(self, name: str, numbers: Sequence[int] = ()) -> tuple[int, ...]:
        """A list with a number for every axis, as the numbers of the spatial ones."""
        numbers = numbers or self.step.operation.integers(name) or (1,) * self.rank
        if len(numbers) != self.rank or any(not 0 < number <= LONGEST for number in numbers):
            raise self.step.error(f"its {name} {tuple(numbers)} don't fit a tensor of {self.rank} axes")
        if numbers[0] != 1 or numbers[self.channel_axis] != 1:
            raise self.step.error(f"its {name} {tuple(numbers)} reach across images or channels")
        return tuple(numbers[axis] for axis in self.spatial_axes)

    def pads(self, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> Pads:
        """What ``padding`` says, as low and high of every spatial axis."""
        padding = self.step.operation.text("padding")
        axes = zip(self.spatial, kernel, strides, dilations, strict=True)
        if padding == "SAME":
            return tuple(same_padding(*axis) for axis in axes)
        if padding == "VALID":
            return ((0, 0),) * len(self.spatial)
        explicit = self.step.operation.integers("explicit_paddings")
        if padding != "EXPLICIT" or len(explicit) != 2 * self.rank or min(explicit) < 0:
            raise self.step.error(f"its padding '{padding}' is not known")
        return tuple((explicit[2 * axis], explicit[2 * axis + 1]) for axis in self.spatial_axes)

    def windows(
        self, kernel: Sequence[int], strides: Sequence[int], pads: Pads, dilations: Sequence[int]
    ) -> tuple[int, ...]:
        """The output's sizes.

        :raises PortsideError: when no window fits into the padded input.
        """
        axes = zip(self.spatial, kernel, strides, pads, dilations, strict=True)
        made = tuple(convolution_size(*axis) for axis in axes)
        if min(made) <= 0:
            raise self.step.error(f"its window {sizes(kernel)} is larger than its padded input {sizes(self.spatial)}")
        return made

    def shape(self, batch: int | str, channels: int, spatial: Sequence[int]) -> tuple[int | str, ...]:
        """The shape in TensorFlow's order."""
        return (batch, *spatial, channels) if self.channels_last else (batch, channels, *spatial)


def flat(pads: Pads) -> list[int]:
    """All lows, then all highs."""
    return [low for low, _ in pads] + [high for _, high in pads]


def convolution(step: Step) -> list[Value]:
    """Conv2D and Conv3D: kernels lie as H×W×I×O; fewer input channels than the maps have make groups."""
    x = step.live(spread=True)
    geometry = Geometry(step, x)
    given = step.constant(1)
    rank = geometry.rank
    if given.array.ndim != rank:
        raise step.error(f"its kernels {sizes(given.array.shape)} don't fit a tensor of {rank} axes")
    *kernel, read, out = given.array.shape
    if not read or not out or geometry.channels % read or out % (geometry.channels // read):
        raise step.error(f"its kernels {sizes(given.array.shape)} don't fit {geometry.channels} channels")
    turn = (rank - 1, rank - 2, *range(rank - 2))
    weight = step.weight("weight", given, given.array.transpose(turn), f"transpose {turn}")
    return [_convolved(step, x, geometry, kernel, weight, geometry.channels // read, out)]


def depthwise(step: Step) -> list[Value]:
    """DepthwiseConv2dNative: kernels lie as H×W×C×multiplier, and channel c gives c·multiplier and those behind it."""
    x = step.live(spread=True)
    geometry = Geometry(step, x)
    given = step.constant(1)
    if given.array.ndim != 4 or geometry.rank != 4 or given.array.shape[2] != geometry.channels:
        raise step.error(f"its kernels {sizes(given.array.shape)} don't fit {geometry.channels} channels")
    height, width, channels, multiplier = given.array.shape
    shape = (channels * multiplier, 1, height, width)
    turned = given.array.transpose(2, 3, 0, 1).reshape(shape)
    weight = step.weight("weight", given, turned, "transpose (2, 3, 0, 1)", f"reshape to {shape}")
    return [_convolved(step, x, geometry, (height, width), weight, channels, channels * multiplier)]


def _convolved(
    step: Step, x: Live, geometry: Geometry, kernel: Sequence[int], weight: ir.Value, group: int, out: int
) -> Live:
    if min(kernel) < 1:
        raise step.error(f"its kernels {sizes(kernel)} are empty")
    strides, dilations = geometry.per_axis("strides"), geometry.per_axis("dilations")
    pads = geometry.pads(kernel, strides, dilations)
    spread = None
    if x.spread is not None:
        if any(hole != 1 for hole in (*strides, *dilations)) or not geometry.channels_last or any(map(any, pads)):
            raise step.error("a convolution with strides or pads of its own on dealt out maps is not read")
        # Maps dealt out over the batch are those of a kernel with holes (convolution_ops.cc).
        pads, dilations = x.spread.pads, x.spread.block
        cropped = _without_crops(pads, step.crops)
        spread = Spread(x.spread.block, ((0, 0),) * len(pads), cropped is not None)
        pads = cropped or pads
    spatial = geometry.windows(kernel, strides, pads, dilations)
    bias = step.bias(2, out)
    value = step.build.convolution(
        step.arranged(x, geometry.order),
        weight,
        bias,
        strides=strides,
        pads=flat(pads),
        dilations=dilations,
        group=group,
        spatial=spatial,
    )
    return Live(value, geometry.shape(x.shape[0], out, spatial), geometry.order, spread)


def _without_crops(pads: Pads, crops: Sequence[int]) -> Pads | None:
    """Pads that leave out what is cut off behind the convolution; None where that is more than there is."""
    if len(crops) != 2 * len(pads):
        return None
    left = tuple((low - crops[2 * i], high - crops[2 * i + 1]) for i, (low, high) in enumerate(pads))
    return left if min(map(min, left)) >= 0 else None


def transposed_convolution(step: Step) -> list[Value]:
    """Conv2DBackpropInput: the size it makes is given; kernels lie as H×W×O×I for it."""
    x = step.live(2)
    geometry = Geometry(step, x)
    given, rank = step.constant(1), geometry.rank
    if given.array.ndim != rank or given.array.shape[-1] != geometry.channels:
        raise step.error(f"its kernels {sizes(given.array.shape)} don't fit {geometry.channels} channels")
    *kernel, out, _ = given.array.shape
    wanted = step.constant(0).array.reshape(-1)
    if wanted.dtype.kind not in "iuO":
        raise step.error("the size that it is to make is no list of whole numbers")
    if wanted.size == len(kernel):
        made = [whole(size) for size in wanted.tolist()]
    elif wanted.size == rank:
        made = [whole(wanted.tolist()[axis]) for axis in geometry.spatial_axes]
    else:
        raise step.error(f"it is to make a tensor of {wanted.size} axes")
    strides, dilations = geometry.per_axis("strides"), geometry.per_axis("dilations")
    padding = step.operation.text("padding")
    if padding not in ("SAME", "VALID"):
        raise step.error(f"its padding '{padding}' is not read")
    pads: list[tuple[int, int]] = []
    added: list[int] = []
    for size, length, k, stride, dilation in zip(made, geometry.spatial, kernel, strides, dilations, strict=True):
        low, high = same_padding(size, k, stride, dilation) if padding == "SAME" else (0, 0)
        pads.append((low, high))
        added.append(size - deconvolution_size(length, k, stride, (low, high), dilation))
        if size < 1 or convolution_size(size, k, stride, (low, high), dilation) != length:
            raise step.error(f"it is to make {sizes(made)} of {sizes(geometry.spatial)}, which it can't")
    turn = (rank - 1, rank - 2, *range(rank - 2))
    attributes = {
        "kernel_shape": kernel,
        "strides": list(strides),
        "pads": flat(tuple(pads)),
        "dilations": list(dilations),
        "output_padding": added,
    }
    weight = step.weight("weight", given, given.array.transpose(turn), f"transpose {turn}")
    bias = step.bias(3, out)
    inputs = [step.arranged(x, geometry.order), weight, *([] if bias is None else [bias])]
    return [step.node("ConvTranspose", inputs, geometry.shape(x.shape[0], out, made), geometry.order, **attributes)]


def pooling(step: Step) -> list[Value]:
    """MaxPool and AvgPool: windows that reach beyond the input hold fewer numbers, and are divided by how many."""
    x = step.live()
    geometry = Geometry(step, x)
    kind = "MaxPool" if step.operation.kind.startswith("MaxPool") else "AveragePool"
    given = [step.numbers(index) for index in (1, 2)] if step.operation.kind == "MaxPoolV2" else [(), ()]
    kernel, strides = geometry.per_axis("ksize", given[0]), geometry.per_axis("strides", given[1])
    ones = (1,) * len(kernel)
    pads = geometry.pads(kernel, strides, ones)
    spatial = geometry.windows(kernel, strides, pads, ones)
    value = step.build.pooling(
        step.arranged(x, geometry.order),
        kind,
        kernel=kernel,
        strides=strides,
        pads=flat(pads),
        ceil=False,
        count_padding=False,
        spatial=spatial,
    )
    return [Live(value, geometry.shape(x.shape[0], geometry.channels, spatial), geometry.order)]


def space_to_batch(step: Step) -> list[Value]:
    """SpaceToBatchND: noted, and undone by the convolution behind it."""
    x = step.live()
    block, pads = step.numbers(1), step.numbers(2)
    if x.rank not in (4, 5) or len(block) != x.rank - 2 or len(pads) != 2 * len(block) or min([*block, 1]) < 1:
        raise step.error(f"blocks of {sizes(block)} for a tensor {sizes(x.shape)}")
    pairs = tuple((pads[i], pads[i + 1]) for i in range(0, len(pads), 2))
    for size, count, (low, high) in zip(x.shape[1:-1], block, pairs, strict=True):
        if low < 0 or high < 0 or (whole(size) + low + high) % count:
            raise step.error(f"{size} positions and pads {low}, {high} don't divide into blocks of {count}")
    return [Live(x.value, x.shape, x.order, Spread(tuple(block), pairs))]


def batch_to_space(step: Step) -> list[Value]:
    """BatchToSpaceND: what was dealt out already lies together; the ends are cut off."""
    x = step.live(spread=True)
    block, crops = step.numbers(1), step.numbers(2)
    if x.spread is None or tuple(block) != x.spread.block or any(map(any, x.spread.pads)):
        raise step.error("BatchToSpaceND without the SpaceToBatchND and the convolution before it is not read")
    if x.spread.cropped or not any(crops):
        return [Live(x.value, x.shape, x.order)]
    lows, highs = crops[::2], crops[1::2]
    if min(crops) < 0 or len(crops) != 2 * len(block):
        raise step.error(f"it cuts off {crops}")
    shape = list(x.shape)
    for axis, (low, high) in enumerate(zip(lows, highs, strict=True), 1):
        shape[axis] = whole(shape[axis]) - low - high
        if int(shape[axis]) < 1:
            raise step.error(f"it cuts off {low} and {high} of {x.shape[axis]} positions")
    axes = [x.order.index(axis) for axis in range(1, 1 + len(block))]
    ends = [low + int(shape[axis]) for axis, low in enumerate(lows, 1)]
    return [step.node("Slice", [x.value, *map(step.integers, (lows, ends, axes))], shape, x.order)]


WINDOWS: Mapping[str, Convert] = {
    "Conv2D": convolution,
    "Conv3D": convolution,
    "DepthwiseConv2dNative": depthwise,
    "Conv2DBackpropInput": transposed_convolution,
    "Conv3DBackpropInputV2": transposed_convolution,
    **dict.fromkeys(("MaxPool", "MaxPoolV2", "MaxPoolWithArgmax", "AvgPool", "MaxPool3D", "AvgPool3D"), pooling),
    "SpaceToBatchND": space_to_batch,
    "BatchToSpaceND": batch_to_space,
}
