"""A factor and an offset for each channel: what brings one array of maps nearest to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.inversion import Mask, Wanted, wanted_of
from explorer.diagnosis.scene import Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

PLAIN = 1e-5
"""How near to one a factor is that changes nothing."""


@dataclass(frozen=True, eq=False)
class ChannelFit:
    """For each channel: value · ``slope`` + ``offset``; ``sure`` says of which channels enough is known.

    ``spare``: whether anything is left over to prove them. Two places of each channel, as two pictures give behind a
    matrix product, lie on some line whatever is wrong.
    """

    slope: Array
    offset: Array
    sure: Mask
    spare: bool = True

    @property
    def vectors(self) -> list[Array]:
        """γ, β, mean and variance, in float32, of the batch normalisation with an ε of zero that does the same."""
        zeros, ones = np.zeros_like(self.slope), np.ones_like(self.slope)
        return [array.astype(np.float32) for array in (self.slope, self.offset, zeros, ones)]

    @property
    def scales(self) -> bool:
        """Whether a channel that enough is known of has another factor than one."""
        return bool(self.sure.any() and not np.allclose(self.slope[self.sure], 1, atol=PLAIN))

    @property
    def text(self) -> str:
        """The factors for a sentence, of the channels that enough is known of."""
        known = self.slope[self.sure]
        return f"factors from {known.min():.3g} to {known.max():.3g}"

    @property
    def left_open(self) -> str | None:
        """How many channels the data don't determine, in a phrase; None where they determine all."""
        if self.sure.all():
            return None
        return f"{int((~self.sure).sum())} of {self.sure.size} channels show too little"


def input_of(scene: Scene, node: ir.Node) -> Array | None:
    """What a node reads first, batch × channels × …; None where it can't be had, or has no channels."""
    value = node.inputs[0]
    x = None if value is None else scene.values.get(value_name(value))
    return x if x is not None and x.ndim >= 2 else None


def fit_node(scene: Scene, node: ir.Node, *, behind: bool = False) -> ChannelFit | None:
    """The factors and offsets that make the node's input (``behind``: its result) what its result should be."""
    x = scene.values.get(value_name(node.outputs[0])) if behind else input_of(scene, node)
    wanted = wanted_of(scene, node)
    return None if x is None or wanted is None else fit_channels(x, wanted)


def fit_channels(x: Array, wanted: Wanted) -> ChannelFit | None:
    """The factors and offsets that make ``x`` the wanted array, by least squares; None for unlike shapes.

    Of a channel that shows too little, one is taken that keeps its numbers on the side where they are cut off.
    """
    if x.shape != wanted.array.shape or x.ndim < 2:
        return None
    a, b = by_channel(np.asarray(x, np.float64)), by_channel(wanted.array)
    known, side = by_channel(wanted.known) & np.isfinite(a), by_channel(wanted.side)
    count = known.sum(1)
    divisor = np.maximum(count, 1)
    mean_a, mean_b = np.where(known, a, 0.0).sum(1) / divisor, np.where(known, b, 0.0).sum(1) / divisor
    centred = np.where(known, a - mean_a[:, None], 0.0)
    spread = (centred * centred).sum(1)
    product = (centred * np.where(known, b - mean_b[:, None], 0.0)).sum(1)
    sure = (count >= 2) & (spread > 1e-12 * np.maximum(mean_a**2 * count, 1e-300))
    slope = np.divide(product, spread, out=np.ones_like(product), where=sure)
    offset = mean_b - slope * mean_a
    for channel in np.flatnonzero(~sure & (side < 0).any(1)):
        slope[channel], offset[channel] = _kept_below(a[channel], b[channel], known[channel], side[channel] < 0)
    return ChannelFit(slope, offset, sure, bool((count[sure] > 2).any()))


def _kept_below(a: Array, b: Array, known: Mask, below: Mask) -> tuple[float, float]:
    """Some factor and offset for a channel that shows one place, or none: all else stays where it is cut off."""
    if not known.any():
        return 1.0, float((b[below] - a[below]).min())
    here, wanted = float(a[known][0]), float(b[known][0])
    gaps = here - a[below]
    if gaps.min() > 0 or gaps.max() < 0:
        # A line through this place and the nearest of the others, which then lies on the edge.
        nearest = int(np.argmin(np.abs(gaps)))
        slope = (wanted - float(b[below][nearest])) / float(gaps[nearest])
        return slope, wanted - slope * here
    return 1.0, wanted - here
