"""Windows that slide over the spatial axes of a tensor: where they stand and what they see."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.network.shapes import convolution_size, extent, rounded_up_pool_size, same_padding
from explorer.running.float64.operators import Array, Attributes, check_size

MOST_POSITIONS_BYTES = 2**24
"""How much memory the windows of one block of output positions may take once they are copied side by side.

16 MiB stay in the processor's cache between the copy and the product that reads it.
"""


@dataclass(frozen=True)
class WindowAxis:
    """A window along one axis, in elements.

    The axis has ``size`` elements with ``before`` and ``after`` padded ones around them. Position ``p`` of
    ``positions`` sees the ``kernel`` elements ``p·stride − before + t·dilation``.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    positions: int

    @property
    def span(self) -> int:
        """How many elements lie between the first and the last one the window sees, both included."""
        return extent(self.kernel, self.dilation)

    @property
    def reach(self) -> int:
        """How many elements, counted from the first padded one, all positions together extend over."""
        return (self.positions - 1) * self.stride + self.span


def per_axis(attributes: Attributes, name: str, rank: int) -> tuple[int, ...]:
    """Return an attribute with one positive number an axis, 1 where the node leaves it out."""
    values = attributes.integers(name, (1,) * rank) or (1,) * rank
    if len(values) != rank or min(values) < 1:
        raise ValueError(f"{name} {list(values)} does not fit {rank} spatial axes")
    return values


def explicit_padding(attributes: Attributes, rank: int) -> list[tuple[int, int]]:
    """Return ``pads`` as (before, after) an axis, zeros where the node leaves it out."""
    pads = attributes.integers("pads", (0,) * (2 * rank)) or (0,) * (2 * rank)
    if len(pads) != 2 * rank or min(pads) < 0:
        raise ValueError(f"pads {list(pads)} do not fit {rank} spatial axes")
    return list(zip(pads[:rank], pads[rank:], strict=True))


def window_axes(
    attributes: Attributes, sizes: Sequence[int], kernel: Sequence[int], *, pooling: bool
) -> list[WindowAxis]:
    """Return the windows of a convolution or a pooling over axes of ``sizes``.

    Onnxruntime's pooling counts the kernel without its dilation where it pads for SAME, which is reproduced.
    """
    rank = len(sizes)
    if len(kernel) != rank or min(kernel, default=1) < 1:
        raise ValueError(f"a kernel of {list(kernel)} does not fit {rank} spatial axes")
    strides = per_axis(attributes, "strides", rank)
    dilations = per_axis(attributes, "dilations", rank)
    auto_pad = attributes.text("auto_pad", "NOTSET")
    padding = explicit_padding(attributes, rank) if auto_pad == "NOTSET" else [(0, 0)] * rank
    ceil_mode = pooling and attributes.flag("ceil_mode")
    axes = []
    for size, length, stride, dilation, (before, after) in zip(sizes, kernel, strides, dilations, padding, strict=True):
        if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            counted = 1 if pooling else dilation
            before, after = same_padding(size, length, stride, counted, upper=auto_pad == "SAME_UPPER")
        elif auto_pad not in ("NOTSET", "VALID"):
            raise ValueError(f"auto_pad {auto_pad!r} is unknown")
        if size + before + after < extent(length, dilation):
            raise ValueError(f"a kernel of {list(kernel)} is larger than its padded input {list(sizes)}")
        count = rounded_up_pool_size if ceil_mode else convolution_size
        positions = count(size, length, stride, (before, after), dilation)
        axes.append(WindowAxis(size, length, stride, dilation, before, after, positions))
    return axes


def padded(tensor: Array, axes: Sequence[WindowAxis], fill: float, first: int = 2) -> Array:
    """Return ``tensor`` with ``fill`` around its axes from ``first`` on, as far as the windows reach."""
    around = [(axis.before, max(0, axis.reach - axis.before - axis.size)) for axis in axes]
    if not any(before or after for before, after in around):
        return tensor
    shape = list(tensor.shape)
    inside: list[slice] = [slice(None)] * tensor.ndim
    for index, (axis, (before, after)) in enumerate(zip(axes, around, strict=True), start=first):
        shape[index] += before + after
        inside[index] = slice(before, before + axis.size)
    result = np.full(check_size(shape), fill, tensor.dtype)
    result[tuple(inside)] = tensor
    return result


def window_view(tensor: Array, axes: Sequence[WindowAxis]) -> Array:
    """Return every window of a padded (N, C, …) tensor as a view (N, C, *kernel, *positions): no copy."""
    rank = len(axes)
    spatial = tuple(range(2, 2 + rank))
    view = np.lib.stride_tricks.sliding_window_view(tensor, [axis.span for axis in axes], spatial)
    where = [slice(None, (axis.positions - 1) * axis.stride + 1, axis.stride) for axis in axes]
    what = [slice(None, None, axis.dilation) for axis in axes]
    view = view[(slice(None), slice(None), *where, *what)]
    return view.transpose(0, 1, *(axis + rank for axis in spatial), *spatial)


def blocks(shape: Sequence[int], most: int) -> Iterator[tuple[tuple[slice, ...], slice]]:
    """Cut an array of ``shape`` into contiguous runs of at most ``most`` elements, or of one.

    Yields each run's slices along the axes and its range in the flattened array, in order.
    """
    inner = math.prod(shape[1:])
    if inner <= most or len(shape) == 1:
        rows = max(1, most // max(1, inner))
        whole = tuple(slice(0, size) for size in shape[1:])
        for start in range(0, shape[0], rows):
            stop = min(start + rows, shape[0])
            yield (slice(start, stop), *whole), slice(start * inner, stop * inner)
        return
    for row in range(shape[0]):
        for where, run in blocks(shape[1:], most):
            yield (slice(row, row + 1), *where), slice(row * inner + run.start, row * inner + run.stop)
