"""How TF-slim's networks take a picture (its ``preprocessing`` folder), by the name of the network's scope."""

from __future__ import annotations

import re
from collections.abc import Iterable

from explorer.network.preprocessing import Preprocessing, find_preprocessing

VGG = Preprocessing(
    name="slim vgg",
    fit="shorter",
    shorter_side=256,
    antialias=False,
    coordinates="asymmetric",
    mean=(123.68, 116.78, 103.94),
)
"""``vgg_preprocessing.py``: the shorter side to 256, the middle of it, RGB minus the training pictures' means."""

_INCEPTION = re.compile(r"(Inception|Mobilenet)\w*|resnet_v2_\d+")
_VGG = re.compile(r"vgg_\w+|resnet_v1_\d+")


def slim_preprocessing(names: Iterable[str]) -> Preprocessing | None:
    """The preprocessing of the network that the first of the names' scopes belongs to; None for none of slim's."""
    for root in dict.fromkeys(name.partition("/")[0] for name in names):
        if _INCEPTION.fullmatch(root):
            return find_preprocessing("inception")
        if _VGG.fullmatch(root):
            return VGG
    return None
