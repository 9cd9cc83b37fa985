"""TF-slim's networks with made-up variables, as a checkpoint would hold them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.architectures.slim_variables import RandomVariables
from explorer.importers.tfslim import SLIM
from explorer.network.network import Network
from explorer.network.provenance import Provenance

Array = NDArray[Any]

SIZES = dict.fromkeys(SLIM, (75, 91)) | {
    **dict.fromkeys(("inception_v3", "inception_v4", "inception_resnet_v2"), (139, 155)),
    **dict.fromkeys(("vgg_a", "vgg_16", "vgg_19"), (224, 224)),
}
"""Small pictures that each network takes; those of the larger ones are large enough for the classifier on the side."""


class Recorded(RandomVariables):
    """Variables drawn by chance and kept under the names and in the shapes in which a checkpoint has them."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.arrays: dict[str, Array] = {}
        self._chance = np.random.default_rng(seed)

    def tensor(
        self, name: str, shape: Sequence[int], turn: Sequence[int] | None = None, lay: Sequence[int] | None = None
    ) -> tuple[Array, Provenance | None]:
        """Kernels that keep the scale of what they read, and vectors that are no ones and zeros."""
        array: Array = self._chance.standard_normal(tuple(shape)).astype(np.float32)
        if len(shape) > 1:
            array *= np.float32(np.sqrt(2 / np.prod(shape[:-1])))
        elif name.endswith(("gamma", "moving_variance")):
            array = np.abs(array) / 4 + np.float32(0.8)
        else:
            array /= 10
        self.arrays[name] = array
        made = array if turn is None else array.transpose(turn)
        return np.ascontiguousarray(made if lay is None else made.reshape(lay)), None


def slim_network(name: str, **arguments: Any) -> tuple[Network, dict[str, Array]]:
    """One of slim's networks by the name it is recognised by, and its variables."""
    known = SLIM[name]
    module, _, function = known.build.partition(":")
    recorded = Recorded()
    given = {"size": SIZES[name], "width": 0.06, "classes": 6} | dict(known.arguments) | arguments
    if "vgg" in name:
        given.setdefault("root", name)
    network = getattr(importlib.import_module(module), function)(recorded, **given)
    return network, recorded.arrays
