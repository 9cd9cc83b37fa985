"""What else is on the sheet: stray strokes, dots, smudges, letters that mean nothing, frames."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from models.drawings.styles import random_colour

Random = np.random.Generator


def add_clutter(rng: Random, draw: ImageDraw.ImageDraw, side: int, amount: int) -> None:
    """Draw ``amount`` small things anywhere; none is as large as what the picture shows."""
    for _ in range(amount):
        x, y = rng.uniform(0, side, 2)
        size = side * rng.uniform(0.02, 0.1)
        colour = random_colour(rng)
        wide = max(1, round(side * rng.uniform(0.003, 0.012)))
        kind = int(rng.integers(7))
        if kind == 0:
            draw.line([(x, y), (x + rng.normal(0, 2) * size, y + rng.normal(0, 2) * size)], fill=colour, width=wide)
        elif kind == 1:
            r = size * 0.3
            draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)
        elif kind == 2:
            walk = np.cumsum(rng.normal(0, size * 0.45, (9, 2)), 0) + np.array((x, y))
            draw.line([(float(a), float(b)) for a, b in walk], fill=colour, width=wide)
        elif kind == 3:
            for k in range(int(rng.integers(3, 8))):
                left = x + k * size * 0.6
                points = rng.uniform(0, size * 0.6, (4, 2)) + np.array((left, y))
                draw.line([(float(a), float(b)) for a, b in points], fill=colour, width=wide)
        elif kind == 4:
            for dx, dy in rng.normal(0, size, (12, 2)):
                r = side * 0.004
                draw.ellipse([x + dx - r, y + dy - r, x + dx + r, y + dy + r], fill=colour)
        elif kind == 5:
            draw.rectangle([x, y, x + size * 0.7, y + size * 0.4], outline=colour, width=wide)
        else:
            level = side * (rng.uniform(0.0, 0.1) if rng.random() < 0.3 else rng.uniform(0.88, 1))
            draw.line([(0, level), (side, level + side * rng.uniform(-0.03, 0.03))], fill=colour, width=wide)
