"""Where an architecture's weights come from when it is built without a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir


class RandomWeights:
    """He-normal kernels (He et al. 2015, eq. 10) and zero biases, the same each time for one seed.

    They are made when they are read: to look at VGG16's shapes takes none of its 550 MB.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._count = 0

    def kernel(self, shape: Sequence[int], gain: float = 2.0) -> ir.LazyTensor:
        """O×I×kernel with the variance ``gain`` ÷ fan-in: 2 keeps the activations' scale through a ReLU."""
        self._count += 1
        draw = np.random.SeedSequence((self._seed, self._count))
        deviation = np.float32(math.sqrt(gain / math.prod(shape[1:])))

        def make() -> ir.Tensor[Any]:
            values = np.random.default_rng(draw).standard_normal(tuple(shape), np.float32)
            return ir.Tensor(np.multiply(values, deviation, out=values))

        return ir.LazyTensor(make, ir.DataType.FLOAT, ir.Shape(shape), cache=True)

    def bias(self, size: int) -> ir.LazyTensor:
        """A bias of ``size`` zeros."""
        zeros = np.zeros(size, np.float32)
        return ir.LazyTensor(lambda: ir.Tensor(zeros), ir.DataType.FLOAT, ir.Shape([size]), cache=True)
