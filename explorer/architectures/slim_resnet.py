"""Slim's residual networks (He et al. 2016, both papers): the stride sits in the last unit of a block."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial

import onnx_ir as ir

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_variables import Variables
from explorer.network.builder import shape_tuple
from explorer.network.network import Network, Source

SIDE = 224

UNITS: Mapping[int, tuple[int, ...]] = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}
"""How many units each block has, by the network's number of layers."""

EPSILON = 1e-5

_DEPTHS = (64, 128, 256, 512)
_UNIT = re.compile(r"block(\d+)/unit_(\d+)/bottleneck_v[12]/")


def resnet_v1(
    variables: Variables | None = None,
    *,
    layers: int = 50,
    root: str | None = None,
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1000,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build a ResNet of the first paper: normalisation and activation behind the convolutions.

    ``root`` is the scope in a file, by default slim's for that many ``layers``; a file also says how many units there
    are.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    root = root or f"resnet_v1_{layers}"
    net = SlimNetwork(root, variables, doubled=False, epsilon=EPSILON, scaled=True, width=width, least=8, seed=seed)
    x = _root(net, size, normalised=None, activation="")
    for block, (units, depth, stride) in enumerate(_blocks(net, layers), 1):
        for unit in range(1, units + 1):
            scope = f"block{block}/unit_{unit}/bottleneck_v1"
            x = _unit_v1(net, x, scope, depth, stride if unit == units else 1)
    return _classified(net, x, classes, source)


def resnet_v2(
    variables: Variables | None = None,
    *,
    layers: int = 50,
    root: str | None = None,
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1001,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build a ResNet of the second paper: normalisation and activation before the convolutions.

    ``root`` and ``layers`` are those of :func:`resnet_v1`.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    root = root or f"resnet_v2_{layers}"
    net = SlimNetwork(root, variables, doubled=False, epsilon=EPSILON, scaled=True, width=width, least=8, seed=seed)
    x = _root(net, size, normalised=False, activation=None)
    for block, (units, depth, stride) in enumerate(_blocks(net, layers), 1):
        for unit in range(1, units + 1):
            scope = f"block{block}/unit_{unit}/bottleneck_v2"
            x = _unit_v2(net, x, scope, depth, stride if unit == units else 1)
    x = net.activated(net.normalisation(x, "postnorm"), "postnorm")
    return _classified(net, x, classes, source)


def _blocks(net: SlimNetwork, layers: int) -> list[tuple[int, int, int]]:
    """Units, bottleneck depth and stride of each block; a file's own where there is one."""
    units = UNITS.get(layers, UNITS[50])
    found = units_in(net.root, net.variables.names)
    if found:
        units = found
    last = len(units) - 1
    depths = [_DEPTHS[min(number, len(_DEPTHS) - 1)] for number in range(len(units))]
    return [(count, depths[number], 1 if number == last else 2) for number, count in enumerate(units)]


def units_in(root: str, names: Collection[str]) -> tuple[int, ...]:
    """How many units each block of a file has; nothing where it has no blocks."""
    units: dict[int, int] = {}
    for name in names:
        match = _UNIT.match(name.removeprefix(f"{root}/")) if name.startswith(f"{root}/") else None
        if match is not None and len(match[1]) < 3 and len(match[2]) < 4:
            units[int(match[1])] = max(units.get(int(match[1]), 0), int(match[2]))
    return tuple(units[block] for block in sorted(units))


def _root(net: SlimNetwork, size: Size, *, normalised: bool | None, activation: str | None) -> ir.Value:
    x = _strided(net, net.picture(size), "conv1", 64, 7, 2, normalised=normalised, activation=activation)
    return net.pooling(x, "pool1", "MaxPool", 3, stride=2)


def _unit_v1(net: SlimNetwork, x: ir.Value, scope: str, depth: int, stride: int) -> ir.Value:
    shortcut = _shortcut(net, x, x, scope, depth, stride)
    y = net.convolution(x, f"{scope}/conv1", depth, 1)
    y = _strided(net, y, f"{scope}/conv2", depth, 3, stride)
    y = net.convolution(y, f"{scope}/conv3", 4 * depth, 1, activation=None)
    return net.activated(net.added(shortcut, y, scope), scope)


def _unit_v2(net: SlimNetwork, x: ir.Value, scope: str, depth: int, stride: int) -> ir.Value:
    before = net.activated(net.normalisation(x, f"{scope}/preact"), f"{scope}/preact")
    shortcut = _shortcut(net, x, before, scope, depth, stride, normalised=False)
    y = net.convolution(before, f"{scope}/conv1", depth, 1)
    y = _strided(net, y, f"{scope}/conv2", depth, 3, stride)
    y = net.convolution(y, f"{scope}/conv3", 4 * depth, 1, normalised=False, activation=None)
    return net.added(shortcut, y, scope)


def _shortcut(
    net: SlimNetwork,
    x: ir.Value,
    before: ir.Value,
    scope: str,
    depth: int,
    stride: int,
    *,
    normalised: bool | None = None,
) -> ir.Value:
    """The unit's input, thinned out by the stride, or a convolution where its channels change."""
    there = (
        net.has(f"{scope}/shortcut/weights") if net.variables.names else int(shape_tuple(x)[1]) != net.depth(4 * depth)
    )
    if there:
        return net.convolution(
            before, f"{scope}/shortcut", 4 * depth, 1, stride=stride, normalised=normalised, activation=None
        )
    return x if stride == 1 else net.pooling(x, f"{scope}/shortcut", "MaxPool", 1, stride=stride)


def _strided(
    net: SlimNetwork,
    x: ir.Value,
    scope: str,
    channels: int,
    kernel: int,
    stride: int,
    *,
    normalised: bool | None = None,
    activation: str | None = "",
) -> ir.Value:
    """conv2d_same: with a stride the padding is the kernel's own, whatever the map's size (resnet_utils.py)."""
    if stride == 1:
        return net.convolution(x, scope, channels, kernel, normalised=normalised, activation=activation)
    low = (kernel - 1) // 2
    x = net.padded(x, scope.rpartition("/")[0], low, kernel - 1 - low)
    return net.convolution(
        x, scope, channels, kernel, stride=stride, padding="VALID", normalised=normalised, activation=activation
    )


def _classified(net: SlimNetwork, x: ir.Value, classes: int, source: Source | None) -> Network:
    x = net.mean(x, "pool5")
    if net.has("logits/weights"):
        x = net.convolution(x, "logits", classes, 1, normalised=False, activation=None, classes=True)
        net.softmax(net.squeezed(x, "SpatialSqueeze"), "predictions")
    return net.finished(source)


resnet_v1_50, resnet_v1_101, resnet_v1_152 = (partial(resnet_v1, layers=layers) for layers in (50, 101, 152))
resnet_v2_50, resnet_v2_101, resnet_v2_152 = (partial(resnet_v2, layers=layers) for layers in (50, 101, 152))
