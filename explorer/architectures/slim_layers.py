"""The layers without weights of TF-slim's networks: slim's scopes, TensorFlow's arithmetic, channels first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from explorer.architectures.slim_names import with_end_points
from explorer.architectures.slim_preprocessing import slim_preprocessing
from explorer.network.builder import NetworkBuilder, shape_tuple
from explorer.network.network import BATCH, Network, Source

Size = tuple[int, int]

_OUTSIDE = ("Logits", "AuxLogits", "Predictions")
"""Scopes of the classifiers, which stand beside the doubled scope of the network's body."""


class SlimLayers:
    """A network as it grows, layer by layer; each method gives the value that the next one reads.

    ``root`` is its scope, which stands twice before the names of its body where ``doubled``. ``also`` has, for the
    name of an operation, those of others that give the same in slim's graphs.
    """

    def __init__(self, root: str, *, doubled: bool) -> None:
        self.root = root
        self.builder = NetworkBuilder(root)
        self.also: dict[str, list[str]] = {}
        self._doubled = doubled

    def picture(self, size: Size, channels: int = 3) -> ir.Value:
        """Pictures of N×channels×height×width."""
        return self.builder.input("input", (BATCH, channels, *size), kind="Placeholder")

    def finished(self, source: Source | None) -> Network:
        """The network, its values recorded under slim's end points, for pictures prepared as slim does."""
        network = self.builder.build(source or Source("architecture"), slim_preprocessing([self.root]))
        return with_end_points(network, self.also)

    def padded(self, x: ir.Value, scope: str, low: int, high: int) -> ir.Value:
        """tf.pad: zeros around the maps; ``scope`` is the one around it, or an empty string."""
        path = self.path(f"{scope}/Pad" if scope else "Pad")
        layer = self.builder.layer(path, "Pad", {"paddings": [[0, 0], [low, high], [low, high], [0, 0]]})
        batch, channels, *spatial = shape_tuple(x)
        ends = layer.constant(np.array([0, 0, low, low, 0, 0, high, high], np.int64))
        shape = (batch, channels, *(int(size) + low + high for size in spatial))
        return layer.top(layer.node("Pad", [x, ends, layer.constant(0.0)], shape), layer.name)

    def concat(self, branches: Sequence[ir.Value], scope: str) -> ir.Value:
        """Joined along the channels."""
        path = f"{self.path(scope)}/concat"
        layer = self.builder.layer(path, "ConcatV2")
        return layer.top(layer.concat(branches, axis=1), layer.name)

    def added(self, x: ir.Value, y: ir.Value, scope: str) -> ir.Value:
        """The sum of two values of one shape."""
        layer = self.builder.layer(f"{self.path(scope)}/add", "Add")
        return layer.top(layer.elementwise("Add", x, y), layer.name)

    def scaled(self, x: ir.Value, factor: float, scope: str) -> ir.Value:
        """The value times a number."""
        layer = self.builder.layer(f"{self.path(scope)}/mul", "Mul", {"factor": factor})
        return layer.top(layer.elementwise("Mul", x, layer.constant(float(np.float32(factor)))), layer.name)

    def mean(self, x: ir.Value, scope: str) -> ir.Value:
        """The mean of each map, as maps of one position."""
        layer = self.builder.layer(self.path(scope), "Mean", {"keep_dims": True})
        return layer.top(layer.global_pooling(x, "AveragePool"), layer.name)

    def dropout(self, x: ir.Value, scope: str) -> ir.Value:
        """Nothing at test time."""
        path = self.path(scope)
        return self.builder.layer(path, "Dropout").top(x, f"{path}/Identity")

    def squeezed(self, x: ir.Value, scope: str) -> ir.Value:
        """N×C×1×1 as N×C; larger maps stay."""
        shape = shape_tuple(x)
        if shape[2:] != (1, 1):
            return x
        layer = self.builder.layer(self.path(scope), "Squeeze")
        return layer.top(layer.reshape(x, shape[:2]), layer.name)

    def flattened(self, x: ir.Value, scope: str) -> ir.Value:
        """N×H·W·C: TensorFlow's order of axes, channels last."""
        batch, channels, height, width = shape_tuple(x)
        layer = self.builder.layer(f"{self.path(scope)}/flatten/Reshape", "Reshape")
        if (height, width) != (1, 1):
            x = layer.node("Transpose", [x], (batch, height, width, channels), {"perm": [0, 2, 3, 1]})
        flat = (batch, int(channels) * int(height) * int(width))
        return layer.top(layer.reshape(x, flat), layer.name)

    def softmax(self, x: ir.Value, scope: str, *, named: bool = False) -> ir.Value:
        """Probabilities of the classes; ``named``: the operation itself has the scope's name."""
        path = self.path(scope)
        layer = self.builder.layer(path if named else f"{path}/Softmax", "Softmax")
        if not named:
            self.also[layer.name] = [f"{path}/Reshape_1"]
        return layer.top(layer.elementwise("Softmax", x, axis=1), layer.name)

    def path(self, scope: str) -> str:
        """The full scope of what stands in ``scope``."""
        outside = scope.partition("/")[0] in _OUTSIDE
        return f"{self.root}/{scope}" if outside or not self._doubled else f"{self.root}/{self.root}/{scope}"
