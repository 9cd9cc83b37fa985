"""What a drawing is made of: lines and filled outlines in the square from −1 to 1, x to the right and y down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""N×2: x and y."""

Slot = Literal["main", "second", "third", "dark", "light"]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Part:
    """One line, or one outline that may be filled."""

    points: Points
    closed: bool = False
    slot: Slot | None = None
    """Which of the drawing's colours fills it; None is never filled."""
    inside: bool = False
    """It lies upon a filled part, and must differ from that to be seen."""


@dataclass(frozen=True)
class Drawing:
    """The parts of one thing from the back to the front, and the colours that it has by nature."""

    parts: list[Part]
    colours: dict[Slot, Colour] = field(default_factory=dict)


def line(*points: tuple[float, float], inside: bool = False) -> Part:
    """Straight strokes from point to point."""
    return Part(np.array(points, float), inside=inside)


def curve(points: Points, inside: bool = False) -> Part:
    """An open line along points that lie close together."""
    return Part(points, inside=inside)


def shape(points: Points | Sequence[tuple[float, float]], slot: Slot | None = "main", inside: bool = False) -> Part:
    """A closed outline."""
    return Part(np.asarray(points, float), True, slot, inside)


def oval(x: float, y: float, rx: float, ry: float | None = None, *, turn: float = 0, count: int = 48) -> Points:
    """A closed ellipse around (x, y), turned by ``turn`` radians."""
    return arc(x, y, rx, ry, 0, 2 * np.pi * (1 - 1 / count), turn=turn, count=count)


def arc(
    x: float, y: float, rx: float, ry: float | None, start: float, end: float, *, turn: float = 0, count: int = 24
) -> Points:
    """A piece of an ellipse from the angle ``start`` to ``end`` (radians, clockwise from the right)."""
    angles = np.linspace(start, end, count)
    points = np.stack([rx * np.cos(angles), (rx if ry is None else ry) * np.sin(angles)], 1)
    moved: Points = turned(points, turn) + np.array((x, y))
    return moved


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """The four corners of an upright rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


def turned(points: Points, angle: float) -> Points:
    """``points`` turned around the origin by ``angle`` radians, clockwise on the screen."""
    c, s = np.cos(angle), np.sin(angle)
    result: Points = points @ np.array([(c, s), (-s, c)])
    return result


def smooth(points: Points | Sequence[tuple[float, float]], *, closed: bool = True, steps: int = 8) -> Points:
    """A Catmull-Rom curve through ``points``."""
    p = np.asarray(points, float)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    p = np.concatenate([ends[0], p, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    pieces = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    run: Points = pieces.reshape(-1, 2)
    return run if closed else np.concatenate([run, p[-2:-1]])


def dense(points: Points, closed: bool, step: float = 0.06) -> Points:
    """``points`` with further ones between them, none further than ``step`` from the next."""
    ends = np.concatenate([points, points[:1]]) if closed else points
    lengths = np.hypot(*np.diff(ends, axis=0).T)
    counts = np.maximum(1, np.ceil(lengths / step).astype(int))
    pieces = [a + (b - a) * np.arange(n)[:, None] / n for a, b, n in zip(ends[:-1], ends[1:], counts, strict=True)]
    return np.concatenate([*pieces, ends[-1:]])
