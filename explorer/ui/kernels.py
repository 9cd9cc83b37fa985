"""A weight → the pictures of its kernels: outputs down, inputs across. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.maps.feature_maps import Maps, real
from explorer.running.activations import Array

ChannelOrder = Literal["RGB", "BGR"]

LARGEST = 1 << 22
"""A larger matrix is thinned out evenly to about this many entries: no screen could tell more apart."""


@dataclass(frozen=True, eq=False)
class Weight:
    """A weight as the network computes with it, and where it came from in words.

    ``stored`` is the same as it lies in its file, None where that is not known; ``before`` the weight before the
    corrections that were applied, None where those left it alone.
    """

    name: str
    values: Array
    origin: str = ""
    stored: Array | None = None
    before: Array | None = None


@dataclass(frozen=True, eq=False)
class Kernels:
    """The kernels of one weight.

    ``maps`` are all kernels, ``inputs`` of them for each output; for a vector, its entries. ``colour`` is outputs × 3 ×
    height × width in red, green, blue where the weight reads three channels, else None. Of each ``thinned`` rows and
    columns of a very large matrix, one is in ``maps``.
    """

    maps: Maps
    inputs: int = 1
    colour: Array | None = None
    thinned: int = 1


def kernels(weight: Array, order: ChannelOrder = "RGB") -> Kernels:
    """Arrange a weight, outputs × inputs × height × width or other; ``order`` is that of three inputs."""
    values = real(weight)
    if values.size <= max(values.shape, default=1):
        return Kernels(Maps(values.reshape(-1, 1, 1), (values.size,), ("entry", "")))
    kernel = values.shape[2:]
    if int(np.prod(kernel)) <= 1:
        matrix = values.reshape(values.shape[:2])
        step = max(1, int(np.ceil(np.sqrt(matrix.size / LARGEST))))
        return Kernels(Maps(matrix[np.newaxis, ::step, ::step], (1,), ("matrix", "")), thinned=step)
    if len(kernel) == 1:
        values = values[:, :, np.newaxis]
    maps = Maps(values.reshape(-1, *values.shape[-2:]), values.shape[:-2], ("output", "input"))
    inputs = int(np.prod(values.shape[1:-2]))
    colour = None
    if values.ndim == 4 and values.shape[1] == 3:
        colour = values if order == "RGB" else values[:, ::-1]
    return Kernels(maps, inputs, colour)
