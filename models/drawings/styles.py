"""How a thing is drawn: pens, fillings, colours and how steady the hand is."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.drawings.ink import Colour, Drawing, Slot

Random = np.random.Generator
Fill = Literal["none", "paper", "flat", "silhouette", "shaded", "hatched", "scribbled"]
SLOTS: tuple[Slot, ...] = ("main", "second", "third", "dark", "light")


@dataclass(frozen=True)
class Style:
    """One way to draw one thing; lengths are in units of the thing's half side unless they say otherwise."""

    fill: Fill
    line: Colour
    outlined: bool
    colours: dict[Slot, Colour]
    on_fill: Colour
    """Lines upon something filled."""
    width: float
    """Of the pen, in parts of the picture's side."""
    tremble: float
    """How far the hand goes astray from point to point."""
    warp: float
    """How far the whole thing is bent."""
    strokes: int
    """How often each line is gone over, each time a little otherwise."""
    shift: float
    """How far the filling misses its outline."""
    smooth: bool
    """With soft edges, or pixel by pixel as a simple paint program does."""
    open_ends: float
    """How far lines run on, or end too early."""
    dashed: bool


def plain_style(width: float, tremble: float) -> Style:
    """Black pen, nothing filled."""
    colours: dict[Slot, Colour] = dict.fromkeys(SLOTS, (255, 255, 255))
    return Style("none", (0, 0, 0), True, colours, (0, 0, 0), width, tremble, 0.03, 1, 0, True, 0, False)


def random_colour(rng: Random) -> Colour:
    """Any colour, the lively ones more often than grey."""
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.random() ** 0.6, rng.uniform(0.08, 1) ** 0.7)
    return round(red * 255), round(green * 255), round(blue * 255)


def distance(a: Colour, b: Colour) -> float:
    """How far two colours are apart for the eye: brightness counts most (0–255 or so)."""
    d = np.subtract(a, b, dtype=float)
    return float(np.sqrt((0.299 * d[0] + 0.587 * d[1] + 0.114 * d[2]) ** 2 + 0.06 * (d @ d)))


def contrasting(rng: Random, *others: Colour, least: float = 60) -> Colour:
    """A random colour that is told from each of ``others``; the best of many where none is."""
    best, found = -1.0, (0, 0, 0)
    for _ in range(24):
        colour = random_colour(rng)
        if rng.random() < 0.3:
            colour = [(0, 0, 0), (255, 255, 255), (25, 25, 30), (240, 240, 235)][int(rng.integers(4))]
        nearest = min(distance(colour, other) for other in others)
        if nearest >= least:
            return colour
        if nearest > best:
            best, found = nearest, colour
    return found


def random_style(rng: Random, drawing: Drawing, paper: Colour) -> Style:
    """A style whose lines and fillings can be seen on ``paper``."""
    fills: list[Fill] = ["none", "paper", "flat", "silhouette", "shaded", "hatched", "scribbled"]
    fill = fills[int(rng.choice(7, p=[0.28, 0.12, 0.28, 0.1, 0.1, 0.06, 0.06]))]
    line = contrasting(rng, paper, least=70)
    if rng.random() < 0.45:
        line = (0, 0, 0) if sum(paper) > 300 else (250, 250, 250)
    main = contrasting(rng, paper, least=45)
    natural = rng.random() < 0.5
    colours: dict[Slot, Colour] = {}
    for slot in SLOTS:
        colour = drawing.colours.get(slot)
        if colour is not None and natural:
            stray = rng.normal(0, 18, 3).clip(-50, 50)
            near = [min(255, max(0, round(value + d))) for value, d in zip(colour, stray, strict=True)]
            colours[slot] = (near[0], near[1], near[2])
        else:
            colours[slot] = contrasting(rng, main if slot != "main" else paper, least=40)
    if distance(colours["main"], paper) < 40:
        colours["main"] = main
    if distance(colours["second"], paper) < 30:
        colours["second"] = contrasting(rng, paper, colours["main"], least=40)
    outlined = fill in ("none", "paper", "scribbled", "hatched") or (fill != "silhouette" and rng.random() < 0.6)
    on_fill = contrasting(rng, colours["main"], colours["second"], least=60)
    if fill == "silhouette":
        inner = paper if rng.random() < 0.6 else contrasting(rng, line, least=70)
        colours = dict.fromkeys(SLOTS, line)
        on_fill = inner
    elif fill == "paper":
        light = (255, 255, 255) if sum(line) < 380 else (30, 30, 34)
        sheet = paper if distance(paper, line) > 60 and rng.random() < 0.7 else light
        colours = dict.fromkeys(SLOTS, sheet)
        on_fill = line
    if outlined and fill in ("flat", "shaded") and distance(line, colours["main"]) > 45:
        on_fill = line
    if fill == "flat" and distance(colours["main"], colours["dark"]) < 45:
        colours["dark"] = on_fill
    pixelwise = rng.random() < 0.16
    steady = rng.random() < 0.4
    return Style(
        fill=fill,
        line=line,
        outlined=outlined,
        colours=colours,
        on_fill=on_fill,
        width=float(np.exp(rng.uniform(np.log(0.006), np.log(0.045)))),
        tremble=0.0 if steady else float(rng.uniform(0.004, 0.035)),
        warp=0.0 if steady and rng.random() < 0.5 else float(rng.uniform(0.01, 0.09)),
        strokes=2 if rng.random() < 0.14 else 1,
        shift=float(rng.uniform(0, 0.06)) if rng.random() < 0.25 else 0.0,
        smooth=not pixelwise,
        open_ends=float(rng.uniform(0, 0.07)) if not steady and rng.random() < 0.5 else 0.0,
        dashed=rng.random() < 0.04,
    )
