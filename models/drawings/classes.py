"""The classes that the network knows, each with its drawer and how far it may be turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.drawings import figures, nature, things
from models.drawings.ink import Drawing


@dataclass(frozen=True)
class Kind:
    """One class."""

    name: str
    drawing: Callable[[np.random.Generator], Drawing]
    turn: float
    """Degrees to either side that it may be turned and is still what it is."""


KINDS: tuple[Kind, ...] = (
    Kind("arrow", figures.arrow, 180),
    Kind("boat", things.boat, 18),
    Kind("butterfly", nature.butterfly, 40),
    Kind("car", things.car, 18),
    Kind("circle", figures.circle, 180),
    Kind("cloud", nature.cloud, 14),
    Kind("cross", figures.cross, 180),
    Kind("cup", things.cup, 18),
    Kind("envelope", things.envelope, 25),
    Kind("face", nature.face, 28),
    Kind("fish", nature.fish, 35),
    Kind("flower", nature.flower, 30),
    Kind("glasses", things.glasses, 25),
    Kind("heart", figures.heart, 30),
    Kind("house", things.house, 18),
    Kind("key", things.key, 180),
    Kind("ladder", things.ladder, 50),
    Kind("lightning", figures.lightning, 30),
    Kind("moon", figures.moon, 180),
    Kind("mushroom", nature.mushroom, 22),
    Kind("snail", nature.snail, 18),
    Kind("spiral", figures.spiral, 180),
    Kind("square", figures.square, 180),
    Kind("star", figures.star, 180),
    Kind("sun", nature.sun, 180),
    Kind("tree", nature.tree, 18),
    Kind("triangle", figures.triangle, 180),
    Kind("umbrella", things.umbrella, 30),
)

LABELS: tuple[str, ...] = tuple(kind.name for kind in KINDS)
"""In the order of the network's outputs."""
