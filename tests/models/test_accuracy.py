"""How well Drawings knows drawings that it has never seen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer import drawings
from explorer.importers import open_network
from explorer.running.runner import Runner, feed_picture
from models.drawings.classes import KINDS, LABELS
from models.drawings.other_way import icons
from models.drawings.program import draw_picture

FRESH_SEED = 515_151
FRESH = 112


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner(open_network(drawings.onnx_port()), "cpu")


def _answers(runner: Runner, pictures: Iterable[NDArray[np.uint8]]) -> list[str]:
    """The first class of each picture, through the network's own preprocessing."""
    data = np.concatenate([feed_picture(runner.network, picture)["data"] for picture in pictures])
    return [LABELS[best] for best in runner.run({"data": data}, values=["prob"])["prob"].argmax(1)]


def test_fresh_drawings_are_recognised(runner: Runner) -> None:
    wanted = [LABELS[number % len(KINDS)] for number in range(FRESH)]
    pictures = [draw_picture((FRESH_SEED, number), number % len(KINDS)) for number in range(FRESH)]
    right = [found == label for found, label in zip(_answers(runner, pictures), wanted, strict=True)]
    assert np.mean(right) >= 0.9


def test_icons_of_another_drawer_are_recognised(runner: Runner) -> None:
    pictures, wanted = icons()
    right = [found == label for found, label in zip(_answers(runner, pictures), wanted, strict=True)]
    assert np.mean(right) >= 0.8
