"""What each output of a convolution or matrix product reads, as the rows of a matrix: its weights become a vector."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from explorer.diagnosis.draft import setting
from explorer.diagnosis.weighted import Weighted
from explorer.running.activations import Array

MOST_BYTES = 512 << 20
"""The most memory for the rows of one group; fewer places are taken where they don't fit."""


def patches(weighted: Weighted, x: Array, places: Array, group: int) -> Array | None:
    """Rows × features of what outputs of ``group`` read at flat ``places`` (N·H·W), in the order of ``rows``.

    ``x`` is the node's input, batch first. None for a layer that is no plain convolution or product.
    """
    if weighted.kind == "dense":
        return np.asarray(x.reshape(-1, x.shape[-1]), np.float64)[places]
    geometry = _geometry(weighted, x)
    if geometry is None:
        return None
    padded, strides, dilations, sizes = geometry
    per = padded.shape[1] // weighted.group
    part = padded[:, group * per : (group + 1) * per]
    number, row, column = np.unravel_index(places, (x.shape[0], *sizes))
    kernel = weighted.spatial
    rows = row[:, None] * strides[0] + np.arange(kernel[0])[None] * dilations[0]
    columns = column[:, None] * strides[1] + np.arange(kernel[1])[None] * dilations[1]
    # places × channels × kernel rows × kernel columns
    taken = part[number[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    turned: Array = np.moveaxis(taken, 3, 1).reshape(len(places), -1)
    if weighted.kind == "transposed":
        turned = np.ascontiguousarray(
            turned.reshape(len(places), per, *kernel)[:, :, ::-1, ::-1].reshape(len(places), -1)
        )
    return np.asarray(turned, np.float64)


def output_places(weighted: Weighted, x: Array) -> int | None:
    """How many places each output channel has, over all pictures; None where that isn't known."""
    if weighted.kind == "dense":
        return math.prod(x.shape[:-1])
    geometry = _geometry(weighted, x)
    return None if geometry is None else x.shape[0] * math.prod(geometry[3])


def features(weighted: Weighted) -> int:
    """How many weights one output channel has."""
    return weighted.array.size // weighted.outputs


def _geometry(weighted: Weighted, x: Array) -> tuple[Array, Sequence[int], Sequence[int], tuple[int, int]] | None:
    node, kernel = weighted.node, weighted.spatial
    if x.ndim != 4 or len(kernel) != 2:
        return None
    strides, dilations = list(setting(node, "strides", (1, 1))), list(setting(node, "dilations", (1, 1)))
    pads = list(setting(node, "pads", (0, 0, 0, 0)))
    if setting(node, "auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    reach = [(size - 1) * step for size, step in zip(kernel, dilations, strict=True)]
    if weighted.kind == "transposed":
        extra = list(setting(node, "output_padding", (0, 0)))
        wide = np.zeros(
            (*x.shape[:2], *((size - 1) * step + 1 for size, step in zip(x.shape[2:], strides, strict=True))), x.dtype
        )
        wide[:, :, :: strides[0], :: strides[1]] = x
        x, strides = wide, [1, 1]
        pads = [reach[0] - pads[0], reach[1] - pads[1], reach[0] - pads[2] + extra[0], reach[1] - pads[3] + extra[1]]
        if min(pads) < 0:
            return None
    padded = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    sizes = tuple(
        (size - far - 1) // step + 1 for size, far, step in zip(padded.shape[2:], reach, strides, strict=True)
    )
    return padded, strides, dilations, (sizes[0], sizes[1])
