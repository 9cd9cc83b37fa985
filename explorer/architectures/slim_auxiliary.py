"""The size of pictures that an auxiliary classifier was made for: its kernel is as large as the map it reads."""

from __future__ import annotations

from explorer.architectures.slim import SlimNetwork
from explorer.architectures.slim_layers import Size

LARGEST_SIDE = 2048

SCOPE = "Conv2d_2a"


def auxiliary_scope(net: SlimNetwork, default: str) -> str:
    """The scope of the convolution over the whole of the side's map, which may have the map's size in its name."""
    for name in net.variables.names:
        scope = name.removeprefix(f"{net.root}/AuxLogits/").removesuffix("/weights")
        if scope.startswith(SCOPE) and "/" not in scope:
            return scope
    return default


def picture_size(net: SlimNetwork, scope: str, customary: int, largest: int | None = None) -> Size:
    """The pictures' size nearest to ``customary`` whose map of the side fits the file's kernel.

    A kernel as large as ``largest`` is the largest there is, and reads larger maps too. Without a file it is the
    customary one.
    """
    shape = net.variables.sizes(f"{net.root}/AuxLogits/{scope}/weights")
    if shape is None or len(shape) != 4:
        return customary, customary
    height, width = (_nearest(length, customary, length == largest) for length in shape[:2])
    return height, width


def map_side(side: int) -> int:
    """The side of the map that the kernel reads in each of slim's networks that have one, for pictures of ``side``."""
    side = _halved(_halved(side) - 2) - 2
    return (_halved(_halved(side)) - 5) // 3 + 1


def _halved(side: int) -> int:
    return (side - 3) // 2 + 1


def _nearest(length: int, customary: int, or_more: bool) -> int:
    for distance in range(LARGEST_SIDE):
        for side in (customary - distance, customary + distance):
            made = map_side(side)
            if made == length or (or_more and made > length):
                return side
    return customary
