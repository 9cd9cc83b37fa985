"""Inception modules as data: branches of convolutions and poolings, joined along the channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size

_KERNEL = re.compile(r"(\d+)x(\d+)$")


@dataclass(frozen=True)
class Conv:
    """A convolution of a branch by its scope, which ends with the kernel's size unless slim misnamed it."""

    name: str
    channels: int
    kernel: Size = (0, 0)
    stride: int = 1
    padding: str = "SAME"


@dataclass(frozen=True)
class Pool:
    """A pooling of a branch, ``MaxPool`` or ``AvgPool``, over 3×3."""

    kind: str
    name: str
    stride: int = 1
    padding: str = "SAME"


@dataclass(frozen=True)
class Fork:
    """Convolutions side by side, joined within the branch."""

    convolutions: tuple[Conv, ...]


Step = Conv | Pool | Fork
Branch = tuple[Step, ...]


def conv(name: str, channels: int, kernel: Size | None = None, *, stride: int = 1, padding: str = "SAME") -> Conv:
    """A convolution whose kernel is what its name says, or ``kernel``."""
    found = _KERNEL.search(name)
    window = kernel or ((int(found[1]), int(found[2])) if found else (1, 1))
    return Conv(f"Conv2d_{name}" if name[0].isdigit() else name, channels, window, stride, padding)


def reduced(name: str, channels: int, kernel: Size | None = None) -> Conv:
    """A convolution that halves the map without padding."""
    return conv(name, channels, kernel, stride=2, padding="VALID")


def average(name: str = "AvgPool_0a_3x3") -> Pool:
    """An average pooling that keeps the map's size."""
    return Pool("AvgPool", name)


def maximum(name: str = "MaxPool_0a_3x3") -> Pool:
    """A maximum pooling that keeps the map's size."""
    return Pool("MaxPool", name)


def halved(name: str = "MaxPool_1a_3x3", padding: str = "VALID") -> Pool:
    """A maximum pooling that halves the map."""
    return Pool("MaxPool", name, 2, padding)


def module(net: SlimNetwork, x: ir.Value, scope: str, branches: Sequence[Branch]) -> ir.Value:
    """Add an inception module and give what its branches join to."""
    ends = [branch(net, x, f"{scope}/Branch_{number}", steps) for number, steps in enumerate(branches)]
    return net.concat(ends, scope)


def branch(net: SlimNetwork, x: ir.Value, scope: str, steps: Branch) -> ir.Value:
    """Add one branch and give its end."""
    for step in steps:
        if isinstance(step, Conv):
            x = _convolved(net, x, scope, step)
        elif isinstance(step, Pool):
            x = net.pooling(x, f"{scope}/{step.name}", step.kind, 3, stride=step.stride, padding=step.padding)
        else:
            x = net.concat([_convolved(net, x, scope, side) for side in step.convolutions], scope)
    return x


def _convolved(net: SlimNetwork, x: ir.Value, scope: str, step: Conv) -> ir.Value:
    return net.convolution(
        x, f"{scope}/{step.name}", step.channels, step.kernel, stride=step.stride, padding=step.padding
    )
