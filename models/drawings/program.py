"""The drawing program: a seed and a class → a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.drawings.backgrounds import random_background, sheet
from models.drawings.classes import KINDS, Kind
from models.drawings.clutter import add_clutter
from models.drawings.noise import add_noise
from models.drawings.render import Place, render
from models.drawings.styles import plain_style, random_style

Picture = NDArray[np.uint8]
"""side×side×3, RGB, 0–255."""

SIDE = 256
"""Pixels to a side, what the network's preprocessing makes of any picture before it cuts out 224."""

PLAIN = 0.22
"""How many of the pictures are a pen on white and nothing else."""


def draw_picture(seed: tuple[int, ...], label: int, side: int = SIDE) -> Picture:
    """Draw class ``label``: side×side×3, RGB. The same ``seed`` gives the same picture."""
    rng = np.random.default_rng([*seed, label])
    kind = KINDS[label]
    return plain_picture(rng, kind, side) if rng.random() < PLAIN else busy_picture(rng, kind, side)


def plain_picture(rng: np.random.Generator, kind: Kind, side: int) -> Picture:
    """A dark pen on a white sheet, as in a paint program."""
    drawing = kind.drawing(rng)
    width = float(np.exp(rng.uniform(np.log(0.006), np.log(0.04))))
    style = plain_style(width, float(rng.uniform(0, 0.04)) if rng.random() < 0.75 else 0.0)
    factor = 2 if rng.random() < 0.6 else 1
    image = Image.fromarray(sheet(side * factor, (255, 255, 255)).astype(np.uint8))
    place = random_place(rng, kind, side * factor, warp=float(rng.uniform(0, 0.08)))
    render(rng, image, drawing, style, place)
    return np.asarray(image.reduce(factor) if factor > 1 else image)


def busy_picture(rng: np.random.Generator, kind: Kind, side: int) -> Picture:
    """Any style on any background, with clutter before and behind it, and noise over all."""
    drawing = kind.drawing(rng)
    pixels, paper = random_background(rng, side)
    style = random_style(rng, drawing, paper)
    factor = 2 if style.smooth else 1
    image = Image.fromarray(pixels.astype(np.uint8))
    if factor > 1:
        image = image.resize((side * factor, side * factor), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(image)
    cluttered = rng.random() < 0.4
    if cluttered:
        add_clutter(rng, draw, image.width, int(rng.integers(1, 9)))
    render(rng, image, drawing, style, random_place(rng, kind, image.width, style.warp))
    if cluttered and rng.random() < 0.4:
        add_clutter(rng, draw, image.width, int(rng.integers(1, 4)))
    return add_noise(rng, image.reduce(factor) if factor > 1 else image)


def random_place(rng: np.random.Generator, kind: Kind, side: int, warp: float) -> Place:
    """Anywhere within the sheet, a third of it to nearly all."""
    half = side * (rng.uniform(0.17, 0.3) if rng.random() < 0.35 else rng.uniform(0.27, 0.43))
    # What preprocessing cuts off (a sixteenth on each side) may hold the thing's edge, not more.
    free = max(0.0, side * 0.46 - half)
    centre = side / 2 + rng.uniform(-free, free, 2)
    turn = np.radians(rng.uniform(-kind.turn, kind.turn) if rng.random() < 0.7 else 0.0)
    return Place(rng, centre, half, float(turn), warp, bool(rng.random() < 0.5))
