"""A drawing and a style → lines and fillings in a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from models.drawings.ink import Colour, Drawing, Part, Points, dense, turned
from models.drawings.styles import Style

Random = np.random.Generator


class Place:
    """Where a thing is in the picture: bent by one smooth field for all its parts, squeezed, mirrored and turned."""

    def __init__(self, rng: Random, centre: Points, half: float, turn: float, warp: float, mirrored: bool) -> None:
        """``centre`` and ``half`` are in pixels, ``turn`` in radians."""
        self.centre, self.half, self.turn = centre, half, turn
        self.squeeze = rng.uniform(0.85, 1.15) if warp else 1.0
        self.lean = rng.normal(0, 0.06) if warp else 0.0
        self.mirrored = mirrored
        self.amounts = rng.normal(0, warp, (3, 2))
        self.waves = rng.normal(0, 1.6, (3, 2))
        self.phases = rng.uniform(0, 2 * np.pi, 3)

    def apply(self, points: Points) -> Points:
        """From the thing's own square to pixels."""
        bent = points + np.sin(points @ self.waves.T + self.phases) @ self.amounts
        bent = bent * ((-1 if self.mirrored else 1) * self.squeeze, 1 / self.squeeze)
        bent[:, 0] += self.lean * bent[:, 1]
        return turned(bent, self.turn) * self.half + self.centre


def render(rng: Random, image: Image.Image, drawing: Drawing, style: Style, place: Place) -> None:
    """Draw every part of ``drawing`` into ``image``, the fillings below the lines of the same part."""
    draw = ImageDraw.Draw(image)
    width = max(1, round(style.width * image.width))
    filled = style.fill != "none"
    for part in drawing.parts:
        points = dense(part.points, part.closed)
        if style.tremble:
            points = points + _tremble(rng, len(points), style.tremble)
        on = style.on_fill if part.inside and filled else style.line
        if part.closed and part.slot is not None and filled:
            _fill(rng, image, draw, place.apply(points + rng.normal(0, 1, 2) * style.shift), part, style)
        drawn = style.outlined or not part.closed or part.slot is None
        if style.fill == "none" and part.slot == "dark" and part.inside:
            draw.polygon(_pairs(place.apply(points)), fill=style.line)
        if drawn:
            for again in range(style.strokes):
                run = points if again == 0 else points + _tremble(rng, len(points), 0.03)
                if style.open_ends and len(run) > 8:
                    run = _other_ends(rng, run, part.closed, style.open_ends)
                _stroke(draw, place.apply(run), on, width, style.dashed)


def _tremble(rng: Random, count: int, amount: float) -> Points:
    """A random walk that is pulled back, smooth over some points."""
    rough = rng.normal(0, 1, (count + 8, 2))
    kernel = np.hanning(9)[1:-1]
    kernel /= np.sqrt((kernel**2).sum())
    return np.stack([np.convolve(rough[:, k], kernel, "same")[4:-4] for k in (0, 1)], 1) * amount


def _other_ends(rng: Random, run: Points, closed: bool, amount: float) -> Points:
    """A line that goes on a little too far or stops early, as a hand does."""
    if closed:
        extra = int(rng.integers(-2, 4))
        run = run[:extra] if extra < 0 else np.concatenate([run, run[1 : 1 + extra]])
        return run + np.linspace(0, 1, len(run))[:, None] * rng.normal(0, amount, 2)
    along = run[-1] - run[-3]
    size = np.hypot(*along)
    return run if size == 0 else np.concatenate([run, [run[-1] + along / size * rng.uniform(0, amount)]])


def _pairs(points: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.tolist()]


def _stroke(draw: ImageDraw.ImageDraw, points: Points, colour: Colour, width: int, dashed: bool) -> None:
    pairs = _pairs(points)
    if dashed:
        for start in range(0, len(pairs) - 1, 4):
            draw.line(pairs[start : start + 3], fill=colour, width=width)
        return
    draw.line(pairs, fill=colour, width=width, joint="curve" if width > 3 else None)
    if width > 2:
        r = width / 2 - 0.5
        for x, y in (pairs[0], pairs[-1]):
            draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)


def _fill(rng: Random, image: Image.Image, draw: ImageDraw.ImageDraw, points: Points, part: Part, style: Style) -> None:
    assert part.slot is not None
    colour = style.on_fill if part.inside and style.fill == "silhouette" else style.colours[part.slot]
    pairs = _pairs(points)
    small = np.ptp(points, 0).min() < image.width * 0.06
    if style.fill in ("flat", "paper", "silhouette") or small:
        draw.polygon(pairs, fill=colour)
        return
    corner = np.floor(points.min(0)).astype(int) - 1
    size = np.ceil(np.ptp(points, 0)).astype(int) + 3
    w, h = int(size[0]), int(size[1])
    mask = Image.new("L", (w, h))
    ImageDraw.Draw(mask).polygon(_pairs(points - corner), fill=255)
    if style.fill == "shaded":
        angle, amount = rng.uniform(0, 2 * np.pi), rng.uniform(15, 55)
        ramp = np.cos(angle) * np.linspace(-1, 1, w)[None, :] + np.sin(angle) * np.linspace(-1, 1, h)[:, None]
        ink = (np.array(colour) + ramp[..., None] * amount).clip(0, 255).astype(np.uint8)
        image.paste(Image.fromarray(ink), (int(corner[0]), int(corner[1])), mask)
        return
    strokes = Image.new("L", (w, h))
    pen = ImageDraw.Draw(strokes)
    gap = image.width * rng.uniform(0.014, 0.04)
    wide = max(1, round(gap * rng.uniform(0.3, 0.75)))
    reach = w + h
    count = int(2 * reach / gap)
    offset = np.arange(count) * gap - reach
    shake = gap * (0.9 if style.fill == "scribbled" else 0.12)
    ends = np.stack([np.tile([-reach, reach], count // 2 + 1)[:count], offset], 1) + rng.normal(0, shake, (count, 2))
    zigzag = turned(ends, rng.uniform(0, np.pi)) + np.array((w / 2, h / 2))
    if style.fill == "scribbled":
        pen.line(_pairs(zigzag), fill=255, width=wide)
    else:
        for a, b in zip(zigzag[:-1:2], zigzag[1::2], strict=False):
            pen.line(_pairs(np.stack([a, b])), fill=255, width=wide)
    mask = Image.composite(strokes, Image.new("L", (w, h)), mask)
    image.paste(colour, (int(corner[0]), int(corner[1])), mask)
