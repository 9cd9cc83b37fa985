"""Slim's VGG (Simonyan and Zisserman 2015): the fully connected layers are convolutions over the whole map."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size
from explorer.architectures.slim_variables import Variables
from explorer.network.network import Network, Source

SIDE = 224

REPEATS: Mapping[str, tuple[int, ...]] = {
    "vgg_a": (1, 1, 2, 2, 2),
    "vgg_16": (2, 2, 3, 3, 3),
    "vgg_19": (2, 2, 4, 4, 4),
}
"""How many convolutions stand before each pooling."""

_CHANNELS = (64, 128, 256, 512, 512)


def slim_vgg(
    variables: Variables | None = None,
    *,
    root: str = "vgg_16",
    size: Size = (SIDE, SIDE),
    width: float = 1.0,
    classes: int = 1000,
    seed: int = 0,
    source: Source | None = None,
) -> Network:
    """Build the VGG of the scope ``root`` for pictures of N×3×size, with random weights or a file's ``variables``.

    :raises PortsideError: when the variables don't fit, or the pictures are too small.
    """
    net = SlimNetwork(root, variables, doubled=False, normalised=False, width=width, seed=seed)
    x = net.picture(size)
    for stage, (times, channels) in enumerate(zip(REPEATS[root], _CHANNELS, strict=True), 1):
        for number in range(1, times + 1):
            x = net.convolution(x, f"conv{stage}/conv{stage}_{number}", channels, 3)
        x = net.pooling(x, f"pool{stage}", "MaxPool", 2, stride=2, padding="VALID")
    x = net.convolution(x, "fc6", 4096, 7, padding="VALID")
    x = net.dropout(x, "dropout6")
    x = net.convolution(x, "fc7", 4096, 1)
    x = net.dropout(x, "dropout7")
    x = net.convolution(x, "fc8", classes, 1, activation=None, classes=True)
    net.squeezed(x, "fc8/squeezed")
    return net.finished(source)


vgg_16 = partial(slim_vgg, root="vgg_16")
vgg_19 = partial(slim_vgg, root="vgg_19")
