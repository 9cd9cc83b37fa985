"""The drawing program and the drawer of icons."""

from __future__ import annotations

import numpy as np
import pytest

from models.drawings.classes import KINDS, LABELS
from models.drawings.other_designs import DESIGNS
from models.drawings.other_way import EACH, SIDE, draw_icon, icons, path_of
from models.drawings.pools import draw_pool
from models.drawings.program import draw_picture, plain_picture


def test_there_are_enough_classes_each_named_once_and_in_order() -> None:
    assert len(LABELS) >= 24
    assert list(LABELS) == sorted(set(LABELS))


@pytest.mark.parametrize("label", range(len(KINDS)), ids=LABELS)
def test_a_seed_gives_one_picture(label: int) -> None:
    picture = draw_picture((3, 1), label, 64)
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, draw_picture((3, 1), label, 64))
    assert not np.array_equal(picture, draw_picture((3, 2), label, 64))


@pytest.mark.parametrize("kind", KINDS, ids=LABELS)
def test_a_plain_picture_is_a_dark_line_on_white(kind) -> None:
    picture = plain_picture(np.random.default_rng(5), kind, 128)
    assert np.array_equal(picture[..., 0], picture[..., 1])
    assert np.array_equal(picture[..., 0], picture[..., 2])
    assert np.median(picture) == 255
    assert picture.min() < 128


def test_a_pool_is_the_single_pictures_with_the_classes_in_turn() -> None:
    pictures, labels = draw_pool(11, 30, 32, processes=1)
    assert labels[:3].tolist() == [0, 1, 2]
    assert labels[28] == 0
    assert np.array_equal(pictures[29], draw_picture((11, 29), 1, 32))


def test_the_other_drawer_draws_every_class_in_every_style() -> None:
    pictures, names = icons()
    assert set(names) == set(LABELS)
    assert pictures.shape == (EACH * len(LABELS), SIDE, SIDE, 3)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert np.array_equal(draw_icon("key", 2, 9), draw_icon("key", 2, 9))


@pytest.mark.parametrize("name", DESIGNS)
def test_a_designs_parts_stay_about_its_square(name: str) -> None:
    for design in DESIGNS[name]:
        for _, text in design:
            box = path_of(text).boundingRect()
            assert box.left() >= -2 and box.top() >= -2
            assert box.right() <= 102 and box.bottom() <= 102
