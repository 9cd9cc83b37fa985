"""Convolution and its transpose, as products of matrices over blocks of positions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.running.float64.operators import Array, Attributes, OperatorTable, check_size
from explorer.running.float64.windows import (
    MOST_POSITIONS_BYTES,
    blocks,
    explicit_padding,
    padded,
    per_axis,
    window_axes,
    window_view,
)

CONVOLUTION = OperatorTable()


@CONVOLUTION.operator("Conv")
def convolution(attributes: Attributes, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Correlate (N, C, …) with kernels (M, C / group, …), of one to any number of spatial axes."""
    groups = _groups(attributes, x, weight)
    if weight.shape[1] * groups != x.shape[1] or weight.shape[0] % groups:
        raise ValueError(f"kernels {list(weight.shape)} in {groups} groups do not fit {list(x.shape)}")
    kernel = _kernel(attributes, weight)
    axes = window_axes(attributes, x.shape[2:], kernel, pooling=False)
    positions = check_size([axis.positions for axis in axes])
    result = np.empty(check_size((len(x), groups, len(weight) // groups, math.prod(positions))))
    kernels = weight.reshape(groups, len(weight) // groups, -1)
    views = window_view(padded(x, axes, 0.0), axes)
    most = MOST_POSITIONS_BYTES // (8 * x.shape[1] * math.prod(kernel))
    for view, image in zip(views, result, strict=True):
        for where, run in blocks(positions, most):
            columns = view[(..., *where)].reshape(groups, kernels.shape[2], -1)
            np.matmul(kernels, columns, out=image[:, :, run])
    result = result.reshape(len(x), len(weight), *positions)
    return _with_bias(result, bias)


@dataclass(frozen=True)
class _TransposedAxis:
    """One axis of a transposed convolution: ``size`` elements become ``length``, cut from ``before`` on."""

    size: int
    stride: int
    dilation: int
    before: int
    length: int


@CONVOLUTION.operator("ConvTranspose")
def transposed_convolution(attributes: Attributes, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Spread every element of (N, C, …) over a kernel of (C, M / group, …) and sum where kernels overlap."""
    groups = _groups(attributes, x, weight)
    if weight.shape[0] != x.shape[1] or x.shape[1] % groups:
        raise ValueError(f"kernels {list(weight.shape)} in {groups} groups do not fit {list(x.shape)}")
    kernel = _kernel(attributes, weight)
    axes = _transposed_axes(attributes, x.shape[2:], kernel)
    channels = groups * weight.shape[1]
    extent = [
        max((axis.size - 1) * axis.stride + axis.dilation * (length - 1) + 1, axis.before + axis.length)
        for axis, length in zip(axes, kernel, strict=True)
    ]
    spread = np.zeros(check_size((len(x), channels, *extent)))
    kernels = weight.reshape(groups, x.shape[1] // groups, -1).transpose(0, 2, 1)
    most = MOST_POSITIONS_BYTES // (8 * channels * math.prod(kernel))
    for image, target in zip(x.reshape(len(x), groups, kernels.shape[2], -1), spread, strict=True):
        for where, run in blocks(x.shape[2:], most):
            shape = [part.stop - part.start for part in where]
            products = np.matmul(kernels, image[:, :, run]).reshape(channels, *kernel, *shape)
            for tap in np.ndindex(*kernel):
                target[(slice(None), *_landing(axes, where, tap))] += products[(slice(None), *tap)]
    cut = [slice(axis.before, axis.before + axis.length) for axis in axes]
    return _with_bias(spread[(slice(None), slice(None), *cut)], bias)


def _landing(axes: Sequence[_TransposedAxis], where: Sequence[slice], tap: Sequence[int]) -> list[slice]:
    """Return where one element of the kernel lands for a block of input positions."""
    return [
        slice(
            part.start * axis.stride + offset * axis.dilation,
            (part.stop - 1) * axis.stride + offset * axis.dilation + 1,
            axis.stride,
        )
        for axis, part, offset in zip(axes, where, tap, strict=True)
    ]


def _transposed_axes(attributes: Attributes, sizes: Sequence[int], kernel: Sequence[int]) -> list[_TransposedAxis]:
    """Return the axes of a transposed convolution.

    With ``output_shape`` or SAME the padding follows from the size asked for (SAME: size times stride), the
    odd element cut after the data for SAME_UPPER and before it otherwise. Where SAME is out of the kernels'
    reach, onnxruntime takes the size they reach; an ``output_shape`` out of reach is an error there and here.
    """
    rank = len(sizes)
    auto_pad = attributes.text("auto_pad", "NOTSET")
    if auto_pad not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise ValueError(f"auto_pad {auto_pad!r} is unknown")
    asked: Sequence[int | None] = attributes.integers("output_shape", ()) or [None] * rank
    asked = asked[-rank:]
    added = attributes.integers("output_padding", (0,) * rank) or (0,) * rank
    padding = explicit_padding(attributes, rank) if auto_pad == "NOTSET" else [(0, 0)] * rank
    strides, dilations = per_axis(attributes, "strides", rank), per_axis(attributes, "dilations", rank)
    axes = []
    for index, (size, (before, after)) in enumerate(zip(sizes, padding, strict=True)):
        stride, dilation, wanted = strides[index], dilations[index], asked[index]
        natural = stride * (size - 1) + added[index] + dilation * (kernel[index] - 1) + 1
        if wanted is not None and wanted > natural:
            raise ValueError(f"output_shape {wanted} is out of reach of an input of {size}")
        if wanted is None and auto_pad.startswith("SAME"):
            wanted = min(size * stride, natural)
        if wanted is not None:
            total = natural - wanted
            before = total // 2 if auto_pad == "SAME_UPPER" else total - total // 2
            after = total - before
        length = natural - before - after
        if length < 1:
            raise ValueError(f"pads of {before} and {after} leave nothing of {natural} elements")
        axes.append(_TransposedAxis(size, stride, dilation, before, length))
    return axes


def _groups(attributes: Attributes, x: Array, weight: Array) -> int:
    groups = attributes.integer("group", 1)
    if x.ndim < 3 or weight.ndim != x.ndim or groups < 1:
        raise ValueError(f"kernels {list(weight.shape)} in {groups} groups do not fit {list(x.shape)}")
    return groups


def _kernel(attributes: Attributes, weight: Array) -> tuple[int, ...]:
    kernel = attributes.integers("kernel_shape", weight.shape[2:]) or weight.shape[2:]
    if kernel != weight.shape[2:]:
        raise ValueError(f"kernel_shape {list(kernel)} is not that of the kernels, {list(weight.shape[2:])}")
    return kernel


def _with_bias(result: Array, bias: Array | None) -> Array:
    if bias is not None:
        result += bias.reshape(-1, *(1,) * (result.ndim - 2))
    return result
