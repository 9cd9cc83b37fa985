"""Where the variables of a TF-slim architecture come from: drawn by chance, or out of a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.architectures.weights import RandomWeights
from explorer.errors import PortsideError
from explorer.network.provenance import Provenance

Tensor = NDArray[Any] | ir.LazyTensor


class Variables(Protocol):
    """Variables by TensorFlow's names and in TensorFlow's shapes (kernels as H×W×I×O, depthwise ones H×W×C×M).

    ``names`` are all that there are; none means that an architecture is free to have what it likes.
    """

    @property
    def names(self) -> Collection[str]:
        """The variables' names, or nothing where they are made up."""
        ...

    def sizes(self, name: str) -> tuple[int, ...] | None:
        """The shape of a variable; None where there is none, or where it may have any."""
        ...

    def tensor(
        self, name: str, shape: Sequence[int], turn: Sequence[int] | None = None, lay: Sequence[int] | None = None
    ) -> tuple[Tensor, Provenance | None]:
        """The variable with its axes in the order ``turn``, then reshaped to ``lay``, and where it came from.

        :raises PortsideError: when there is none, or it has another shape than ``shape``.
        """
        ...

    def error(self, reason: str, scope: str) -> PortsideError:
        """What does not fit, as an error that names the file and the scope."""
        ...


class RandomVariables:
    """He-normal kernels, and batch normalisation that changes nothing but for ε; the same each time for one seed."""

    names: Collection[str] = ()

    def __init__(self, seed: int = 0) -> None:
        self._weights = RandomWeights(seed)

    def sizes(self, name: str) -> tuple[int, ...] | None:
        """Any."""
        return None

    def tensor(
        self, name: str, shape: Sequence[int], turn: Sequence[int] | None = None, lay: Sequence[int] | None = None
    ) -> tuple[Tensor, Provenance | None]:
        """A kernel, or a vector of ones or zeros as the name asks for."""
        laid = tuple(lay) if lay is not None else tuple(shape[axis] for axis in turn or range(len(shape)))
        if len(laid) > 1:
            # Linear kernels, as a classifier's, lie as I×O: their fan-in comes first.
            return (self._weights.kernel(laid) if len(laid) > 2 else _transposed(self._weights, laid)), None
        filled = 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0
        return np.full(laid, filled, np.float32), None

    def error(self, reason: str, scope: str) -> PortsideError:
        """What does not fit; there is no file to name."""
        return PortsideError(reason, layer=scope)


def _transposed(weights: RandomWeights, shape: tuple[int, ...]) -> ir.LazyTensor:
    drawn = weights.kernel(shape[::-1])
    return ir.LazyTensor(
        lambda: ir.Tensor(np.ascontiguousarray(drawn.numpy().T)), ir.DataType.FLOAT, ir.Shape(shape), cache=True
    )
