"""Where in its input a network sees a class: what every way to find that out gives."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from explorer.network.resampling import resize_sampled
from explorer.running.activations import Array

Method = Literal["activation", "occlusion"]


class ClassMaps(Protocol):
    """A map for each class of one picture.

    ``output`` is the name of the network's output that holds the classes, ``count`` their number, and ``size`` the
    height and width of the network's input, which every map covers.
    """

    @property
    def method(self) -> Method:
        """How it was found."""

    @property
    def output(self) -> str:
        """The name of the output."""

    @property
    def count(self) -> int:
        """The number of classes."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the input."""

    @property
    def share(self) -> float:
        """How much of it is there: 1 once it is whole."""

    def of_class(self, index: int) -> Array:
        """The map of one class, rows × columns, positive where it is seen; NaN where that is not known yet."""


def spread(values: Array, size: tuple[int, int]) -> Array:
    """A map as large as the input, ``size`` = (height, width): interpolated linearly between the middles of its cells.

    A cell of a feature map is taken to lie over its even share of the input, as in Zhou et al., *Learning Deep Features
    for Discriminative Localization* (2016), equation 2.
    """
    if values.shape == size:
        return values
    return resize_sampled(values[..., None], size, "bilinear", "half-pixel")[..., 0]


def largest(values: Array) -> float:
    """The greatest distance of a finite value from zero; 0 where none is finite."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0
