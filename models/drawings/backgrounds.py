"""What a thing is drawn on: white or coloured sheets, gradients, ruled and rough paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.drawings.ink import Colour
from models.drawings.styles import random_colour

Random = np.random.Generator
Pixels = NDArray[np.float32]
"""side×side×3, 0–255."""


def sheet(side: int, colour: Colour) -> Pixels:
    """One colour everywhere."""
    return np.broadcast_to(np.array(colour, np.float32), (side, side, 3)).copy()


def soft_noise(rng: Random, side: int, cells: int) -> NDArray[np.float32]:
    """side×side values of about −1 to 1 that change over one ``cells``-th of the side."""
    coarse = Image.fromarray(rng.normal(0, 0.6, (cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))


def random_background(rng: Random, side: int) -> tuple[Pixels, Colour]:
    """A background and the colour that stands for it."""
    kind = rng.random()
    if kind < 0.3:
        white = int(rng.integers(235, 256)) if rng.random() < 0.5 else 255
        paper: Colour = (white, white, white)
        return sheet(side, paper), paper
    if kind < 0.36:
        dark = int(rng.integers(0, 50))
        paper = (dark, dark, dark) if rng.random() < 0.5 else (dark // 2, dark, dark // 2 + 12)
    else:
        paper = random_colour(rng)
        if rng.random() < 0.6:
            pale = rng.uniform(0.5, 0.95)
            mixed = [round(255 * pale + value * (1 - pale)) for value in paper]
            paper = (mixed[0], mixed[1], mixed[2])
    pixels = sheet(side, paper)
    if kind < 0.52:
        return pixels, paper
    if kind < 0.68:
        angle, amount = rng.uniform(0, 2 * np.pi), rng.uniform(10, 45)
        ramp = np.linspace(-1, 1, side, dtype=np.float32)
        slope = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]
        pixels += slope[..., None] * (rng.normal(0, 0.6, 3) + 1).astype(np.float32) * np.float32(amount)
    elif kind < 0.84:
        amount = rng.uniform(4, 26)
        texture = soft_noise(rng, side, int(rng.integers(4, 40)))
        if rng.random() < 0.4:
            texture = texture + 0.6 * soft_noise(rng, side, max(4, side // 3))
        pixels += texture[..., None] * np.float32(amount)
    else:
        pixels = ruled(rng, pixels)
    return pixels.clip(0, 255), paper


def ruled(rng: Random, pixels: Pixels) -> Pixels:
    """Lines, squares or dots on the sheet, fainter than a pen."""
    side = len(pixels)
    step = max(4, int(side * rng.uniform(0.05, 0.14)))
    tone = rng.uniform(12, 38) * (1 if pixels.mean() < 110 else -1)
    start = int(rng.integers(step))
    kind = rng.random()
    wide = max(1, side // 200)
    mark = np.zeros((side, side), np.float32)
    rows = (np.arange(side) - start) % step < wide
    if kind < 0.45:
        mark[rows] = 1
    elif kind < 0.8:
        mark[rows] = 1
        mark[:, rows] = 1
    elif kind < 0.9:
        mark[np.ix_(rows, rows)] = 1
    else:
        broad = (np.arange(side) - start) // step % 2 == 0
        mark[:, broad] = 0.7
    return pixels + mark[..., None] * np.float32(tone)
