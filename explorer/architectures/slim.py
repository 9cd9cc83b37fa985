"""The layers with weights that TF-slim's networks are made of, filled by chance or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.architectures.slim_layers import Size, SlimLayers
from explorer.architectures.slim_variables import RandomVariables, Variables
from explorer.network.builder import LayerBuilder, shape_tuple
from explorer.network.shapes import convolution_size, same_padding

_KINDS = {"MaxPool": "MaxPool", "AvgPool": "AveragePool"}


class SlimNetwork(SlimLayers):
    """A network as it grows, layer by layer; each method gives the value that the next one reads.

    ``root`` is its scope, which stands twice before the names of its body where ``doubled``. Without variables the
    weights are drawn by chance and ``width`` multiplies the numbers of channels, down to ``least``; with variables a
    file says them. ``epsilon`` and ``scaled`` (whether there is a gamma) are the network's own for its normalisation.
    """

    def __init__(
        self,
        root: str,
        variables: Variables | None = None,
        *,
        doubled: bool = True,
        epsilon: float = 0.001,
        scaled: bool = False,
        normalised: bool = True,
        activation: str = "Relu",
        width: float = 1.0,
        least: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__(root, doubled=doubled)
        self.variables: Variables = RandomVariables(seed) if variables is None else variables
        self._epsilon = epsilon
        self._scaled = scaled
        self._normalised = normalised
        self._activation = activation
        self._width = width
        self._least = least

    def has(self, name: str) -> bool:
        """Whether a variable is there; without a file it is."""
        return not self.variables.names or f"{self.root}/{name}" in self.variables.names

    def depth(self, channels: int) -> int:
        """A number of channels at this network's width."""
        return max(int(channels * self._width), self._least) if self._width != 1 else channels

    def convolution(
        self,
        x: ir.Value,
        scope: str,
        channels: int,
        kernel: int | Size | None,
        *,
        stride: int = 1,
        padding: str = "SAME",
        normalised: bool | None = None,
        activation: str | None = "",
        classes: bool = False,
    ) -> ir.Value:
        """slim.conv2d: a convolution, batch normalisation or a bias, an activation ("": the network's own; None: none).

        ``kernel`` None is a window of the whole map; ``classes`` says that the number of channels is not the
        network's width.
        """
        name, path = f"{self.root}/{scope}", self.path(scope)
        read, *spatial = (int(size) for size in shape_tuple(x)[1:])
        window = tuple(spatial) if kernel is None else (kernel, kernel) if isinstance(kernel, int) else kernel
        found = self.variables.sizes(f"{name}/weights")
        out = channels if classes else self.depth(channels)
        if found is not None and len(found) == 4:
            out = found[3]
            window = found[:2] if kernel is None else window
        layer = self._layer(path, "Conv2D", stride, padding)
        weight = self._weight(layer, "weight", f"{name}/weights", (*window, read, out), (3, 2, 0, 1))
        normalised = self._is_normalised(name, normalised)
        bias = None if normalised else self._weight(layer, "bias", f"{name}/biases", (out,))
        x = self._window(layer, x, scope, window, stride, padding, weight, bias)
        x = layer.top(x, f"{path}/Conv2D")
        if not normalised:
            self.also[f"{path}/Conv2D"] = [f"{path}/BiasAdd"]
            return self.activated(x, scope, activation)
        return self.activated(self.normalisation(x, f"{scope}/BatchNorm"), scope, activation)

    def depthwise(self, x: ir.Value, scope: str, kernel: int, *, stride: int = 1) -> ir.Value:
        """slim.separable_conv2d without the pointwise part: each channel by itself, normalised and activated."""
        normalised = self._is_normalised(f"{self.root}/{scope}", None)
        x = self._by_channel(x, scope, "depthwise", kernel, stride, 1, biased=not normalised)
        if normalised:
            x = self.normalisation(x, f"{scope}/BatchNorm")
        return self.activated(x, scope)

    def separable(self, x: ir.Value, scope: str, channels: int, kernel: int, times: int, *, stride: int) -> ir.Value:
        """slim.separable_conv2d: a depthwise convolution and a pointwise one, then a bias, and activated.

        A file may have them normalised; slim's own networks name only ``conv2d`` for that.
        """
        name, path = f"{self.root}/{scope}", self.path(scope)
        x = self._by_channel(x, scope, "separable_conv2d/depthwise", kernel, stride, times, biased=False)
        read = int(shape_tuple(x)[1])
        found = self.variables.sizes(f"{name}/pointwise_weights")
        out = found[3] if found is not None and len(found) == 4 else self.depth(channels)
        layer = self._layer(path, "separable_conv2d", 1, "VALID", kind="Conv2D")
        weight = self._weight(layer, "weight", f"{name}/pointwise_weights", (1, 1, read, out), (3, 2, 0, 1))
        normalised = self._is_normalised(name, False)
        bias = None if normalised else self._weight(layer, "bias", f"{name}/biases", (out,))
        x = layer.top(self._window(layer, x, scope, (1, 1), 1, "VALID", weight, bias), layer.name)
        if bias is not None:
            self.also[layer.name] = [f"{path}/BiasAdd"]
        if normalised:
            x = self.normalisation(x, f"{scope}/BatchNorm")
        return self.activated(x, scope)

    def _by_channel(
        self, x: ir.Value, scope: str, operation: str, kernel: int, stride: int, times: int, *, biased: bool
    ) -> ir.Value:
        """A depthwise convolution that makes ``times`` maps of each, unless a file says another number."""
        name = f"{self.root}/{scope}"
        read = int(shape_tuple(x)[1])
        found = self.variables.sizes(f"{name}/depthwise_weights")
        times = found[3] if found is not None and len(found) == 4 else times
        layer = self._layer(self.path(scope), operation, stride, "SAME", kind="DepthwiseConv2dNative")
        shape, lay = (kernel, kernel, read, times), (read * times, 1, kernel, kernel)
        weight = self._weight(layer, "weight", f"{name}/depthwise_weights", shape, (2, 3, 0, 1), lay)
        bias = self._weight(layer, "bias", f"{name}/biases", (read * times,)) if biased else None
        made = self._window(layer, x, scope, (kernel, kernel), stride, "SAME", weight, bias, group=read)
        return layer.top(made, layer.name)

    def normalisation(self, x: ir.Value, scope: str) -> ir.Value:
        """slim.batch_norm by the moving averages; gamma is ones where the network has none."""
        name, path = f"{self.root}/{scope}", self.path(scope)
        channels = int(shape_tuple(x)[1])
        layer_name = path if scope.endswith("BatchNorm") else f"{path}/FusedBatchNorm"
        layer = self.builder.layer(layer_name, "BatchNorm", {"epsilon": self._epsilon})
        vectors: list[ir.Value] = []
        for own, variable, there in (
            ("scale", "gamma", self._scaled),
            ("offset", "beta", True),
            ("mean", "moving_mean", True),
            ("variance", "moving_variance", True),
        ):
            named = f"{name}/{variable}"
            if self.variables.sizes(named) is not None or (not self.variables.names and there):
                vectors.append(self._weight(layer, own, named, (channels,)))
            elif variable in ("gamma", "beta"):
                vectors.append(layer.constant(np.full(channels, float(variable == "gamma"), np.float32)))
            else:
                raise self.variables.error(f"the variable '{variable}' is missing", name)
        made = layer.node("BatchNormalization", [x, *vectors], shape_tuple(x), {"epsilon": self._epsilon})
        blob = f"{path}/FusedBatchNorm"
        self.also[blob] = [f"{path}/FusedBatchNormV3"]
        return layer.top(made, blob)

    def activated(self, x: ir.Value, scope: str, activation: str | None = "") -> ir.Value:
        """``Relu`` or ``Relu6`` in a scope; "" is the network's own, None is none."""
        kind = self._activation if activation == "" else activation
        if kind is None:
            return x
        path = self.path(scope)
        layer = self.builder.layer(f"{path}/{kind}", kind)
        if kind == "Relu6":
            made = layer.elementwise("Clip", x, layer.constant(0.0), layer.constant(6.0))
        else:
            made = layer.elementwise(kind, x)
        return layer.top(made, f"{path}/{kind}")

    def pooling(
        self, x: ir.Value, scope: str, kind: str, kernel: int | Size, *, stride: int = 1, padding: str = "SAME"
    ) -> ir.Value:
        """slim.max_pool2d or avg_pool2d (``kind``: ``MaxPool`` or ``AvgPool``)."""
        path = self.path(scope)
        window = (kernel, kernel) if isinstance(kernel, int) else kernel
        layer = self._layer(path, kind, stride, padding, ksize=window)
        pads, spatial = self._geometry(x, scope, window, stride, padding)
        made = layer.pooling(
            x,
            _KINDS[kind],
            kernel=window,
            strides=[stride] * 2,
            pads=pads,
            ceil=False,
            count_padding=False,
            spatial=spatial,
        )
        return layer.top(made, f"{path}/{kind}")

    def whole_pooling(self, x: ir.Value, scope: str, most: int | None = None) -> ir.Value:
        """Average pooling of the whole map; maps larger than ``most`` take slim's ``global_pool`` instead."""
        height, width = (int(size) for size in shape_tuple(x)[2:])
        if most is not None and max(height, width) > most:
            return self.mean(x, f"{scope.rpartition('/')[0]}/global_pool")
        return self.pooling(x, scope.format(f"{height}x{width}"), "AvgPool", (height, width), padding="VALID")

    def dense(self, x: ir.Value, scope: str, classes: int) -> ir.Value:
        """slim.fully_connected without an activation."""
        name, path = f"{self.root}/{scope}", self.path(scope)
        read = int(shape_tuple(x)[1])
        found = self.variables.sizes(f"{name}/weights")
        out = found[1] if found is not None and len(found) == 2 else classes
        layer = self.builder.layer(f"{path}/MatMul", "MatMul")
        weight = self._weight(layer, "weight", f"{name}/weights", (read, out))
        bias = self._weight(layer, "bias", f"{name}/biases", (out,))
        self.also[layer.name] = [f"{path}/BiasAdd"]
        return layer.top(layer.dense(x, weight, bias, transposed=False), layer.name)

    def _layer(
        self, path: str, operation: str, stride: int, padding: str, *, kind: str = "", ksize: Size | None = None
    ) -> LayerBuilder:
        parameters: dict[str, Any] = {"strides": [1, stride, stride, 1], "padding": padding}
        if ksize is not None:
            parameters["ksize"] = [1, *ksize, 1]
        return self.builder.layer(f"{path}/{operation}", kind or operation, parameters)

    def _is_normalised(self, name: str, wanted: bool | None) -> bool:
        if self.variables.names:
            return any(f"{name}/BatchNorm/{own}" in self.variables.names for own in ("beta", "moving_mean", "gamma"))
        return self._normalised if wanted is None else wanted

    def _weight(
        self,
        layer: LayerBuilder,
        own: str,
        name: str,
        shape: Sequence[int],
        turn: Sequence[int] | None = None,
        lay: Sequence[int] | None = None,
    ) -> ir.Value:
        return layer.weight(own, *self.variables.tensor(name, shape, turn, lay))

    def _geometry(
        self, x: ir.Value, scope: str, window: Sequence[int], stride: int, padding: str
    ) -> tuple[list[int], list[int]]:
        """Pads, all lows and then all highs, and the output's size."""
        sizes = [int(size) for size in shape_tuple(x)[2:]]
        if padding == "SAME":
            pairs = [same_padding(size, k, stride) for size, k in zip(sizes, window, strict=True)]
        else:
            pairs = [(0, 0)] * 2
        spatial = [convolution_size(size, k, stride, pads) for size, k, pads in zip(sizes, window, pairs, strict=True)]
        if min(spatial) < 1:
            window_, map_ = ("×".join(map(str, pair)) for pair in (window, sizes))
            reason = f"its window of {window_} is larger than its map of {map_}: the pictures are too small"
            raise self.variables.error(reason, f"{self.root}/{scope}")
        return [low for low, _ in pairs] + [high for _, high in pairs], spatial

    def _window(
        self,
        layer: LayerBuilder,
        x: ir.Value,
        scope: str,
        window: Sequence[int],
        stride: int,
        padding: str,
        weight: ir.Value,
        bias: ir.Value | None,
        *,
        group: int = 1,
    ) -> ir.Value:
        pads, spatial = self._geometry(x, scope, window, stride, padding)
        return layer.convolution(
            x, weight, bias, strides=[stride] * 2, pads=pads, dilations=[1, 1], group=group, spatial=spatial
        )
