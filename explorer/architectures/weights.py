"""Where an architecture's weights come from when it is built without a file."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class RandomWeights:
    """He-normal kernels (He et al. 2015, eq. 10) and zero biases, the same each time for one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)

    def kernel(self, shape: Sequence[int], gain: float = 2.0) -> NDArray[np.float32]:
        """O×I×kernel with the variance ``gain`` ÷ fan-in: 2 keeps the activations' scale through a ReLU."""
        deviation = math.sqrt(gain / math.prod(shape[1:]))
        return (self._random.standard_normal(tuple(shape), np.float32) * np.float32(deviation)).astype(np.float32)

    def bias(self, size: int) -> NDArray[np.float32]:
        """A bias of ``size`` zeros."""
        return np.zeros(size, np.float32)
