"""Plain figures: circle, square, triangle, star, arrow, spiral, heart, cross, lightning, moon."""

from __future__ import annotations

import numpy as np

from models.drawings.ink import Drawing, Part, arc, box, curve, line, oval, shape, smooth, turned

Random = np.random.Generator


def circle(rng: Random) -> Drawing:
    """A circle, sometimes a ring or a ball with a highlight."""
    flat = rng.uniform(0.84, 1)
    parts = [shape(oval(0, 0, 1, flat))]
    kind = rng.random()
    if kind < 0.1:
        inner = rng.uniform(0.5, 0.85)
        parts.append(shape(oval(0, 0, inner, inner * flat), "light", inside=True))
    elif kind < 0.2:
        parts.append(curve(arc(0, 0, 0.75, 0.75 * flat, 3.4, 4.5), inside=True))
    return Drawing(parts)


def square(rng: Random) -> Drawing:
    """A square or nearly one, with sharp or round corners, sometimes framed."""
    w, h = rng.uniform(0.75, 1, 2)
    if rng.random() < 0.2:
        r = rng.uniform(0.1, 0.3) * min(w, h)
        corners = [(w - r, r - h, -np.pi / 2), (w - r, h - r, 0), (r - w, h - r, np.pi / 2), (r - w, r - h, np.pi)]
        points = np.concatenate([arc(x, y, r, r, a, a + np.pi / 2, count=8) for x, y, a in corners])
    else:
        points = box(-w, -h, w, h)
    parts = [shape(points)]
    if rng.random() < 0.12:
        parts.append(shape(points * rng.uniform(0.6, 0.85), "light", inside=True))
    return Drawing(parts)


def triangle(rng: Random) -> Drawing:
    """Any triangle that is not too thin, sometimes with a second one in it."""
    if rng.random() < 0.25:
        points = np.array([(-0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]) * (rng.uniform(0.7, 1), 1)
    else:
        points = np.array([(rng.uniform(-0.5, 0.5), -0.95), (0.95, 0.8), (-0.95, 0.8)])
        points *= (rng.uniform(0.7, 1), rng.uniform(0.75, 1))
    parts = [shape(points)]
    if rng.random() < 0.1:
        middle = points.mean(0)
        parts.append(shape(middle + (points - middle) * rng.uniform(0.5, 0.75), "light", inside=True))
    return Drawing(parts)


def star(rng: Random) -> Drawing:
    """A star of five to eight points, or a pentagram in one stroke."""
    colours = {"main": (250, 205, 40)}
    if rng.random() < 0.18:
        angles = -np.pi / 2 + np.arange(5) * 4 * np.pi / 5
        return Drawing([shape(np.stack([np.cos(angles), np.sin(angles)], 1), None)], colours)  # type: ignore[arg-type]
    n = int(rng.choice([5, 5, 5, 6, 7, 8]))
    inner = rng.uniform(0.36, 0.58)
    angles = -np.pi / 2 + np.arange(2 * n) * np.pi / n
    radii = np.where(np.arange(2 * n) % 2, inner, 1)
    return Drawing([shape(np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1))], colours)  # type: ignore[arg-type]


def arrow(rng: Random) -> Drawing:
    """A block arrow, or a shaft, straight or bent, with an open or a filled head."""
    head, wide = rng.uniform(0.4, 0.8), rng.uniform(0.35, 0.7)
    if rng.random() < 0.45:
        shaft = wide * rng.uniform(0.25, 0.6)
        tip = [(1 - head, -wide), (1, 0), (1 - head, wide)]
        notch = rng.uniform(0, 0.15)
        tail = [(1 - head + notch, shaft), (-1, shaft), (-1, -shaft), (1 - head + notch, -shaft)]
        return Drawing([shape(np.array(tip + tail))])
    bend = rng.uniform(-0.35, 0.35) if rng.random() < 0.4 else 0.0
    t = np.linspace(-1, 1, 24)
    points = np.stack([t, bend * (1 - t * t)], 1)
    wings = np.array([(-head, -wide * 0.7), (0, 0), (-head, wide * 0.7)])
    wings = turned(wings, np.arctan2(*(points[-1] - points[-4])[::-1])) + points[-1]
    if rng.random() < 0.65:
        return Drawing([curve(points), Part(wings)])
    return Drawing([curve(points), shape(wings)])


def spiral(rng: Random) -> Drawing:
    """A spiral line of two to five turns, evenly spaced or growing, seldom with corners."""
    turns = rng.uniform(1.9, 4.6)
    if rng.random() < 0.08:
        legs = int(turns * 4)
        at, points = np.zeros(2), [np.zeros(2)]
        for leg in range(legs):
            at = at + np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][leg % 4]) * (leg // 2 + 1)
            points.append(at)
        corners = np.array(points)
        corners = (corners - (corners.max(0) + corners.min(0)) / 2) / (np.ptp(corners, 0).max() / 2)
        return Drawing([curve(corners)])
    angles = np.linspace(0, turns * 2 * np.pi, int(turns * 28))
    radii = np.linspace(rng.uniform(0, 0.08), 1, angles.size) ** rng.uniform(0.85, 1.6)
    angles = angles + rng.uniform(0, 2 * np.pi)
    return Drawing([curve(np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1))])


def heart(rng: Random) -> Drawing:
    """A heart: the sixteen-sine curve, or two bows on a point."""
    if rng.random() < 0.5:
        t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        x, y = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        points = np.stack([x / 17 * rng.uniform(0.85, 1.05), (y - 2) / 16], 1)
    else:
        dip, low = rng.uniform(-0.6, -0.35), rng.uniform(0.8, 1)
        right = [(0, dip), (0.22, -0.78), (0.55, -0.9), (0.88, -0.68), (0.95, -0.25), (0.7, 0.25), (0.32, low * 0.68)]
        side = smooth([*right, (0, low)], closed=False)
        points = np.concatenate([side, (side * (-1, 1))[::-1][1:-1]])
    parts = [shape(points)]
    if rng.random() < 0.12:
        parts.append(curve(arc(-0.42, -0.4, 0.25, 0.22, 3.2, 4.6), inside=True))
    return Drawing(parts, {"main": (220, 40, 60)})


def cross(rng: Random) -> Drawing:
    """Two beams, thick or as lines; the upright one may be longer."""
    high = 1.0
    wide = rng.uniform(0.6, 1)
    middle = rng.uniform(-0.4, 0) if wide < 0.85 else 0.0
    if rng.random() < 0.35:
        return Drawing([line((0, -high), (0, high)), line((-wide, middle), (wide, middle))])
    t = rng.uniform(0.13, 0.36) * (0.7 if middle else 1)
    x, y = t, middle
    points = [(-x, -high), (x, -high), (x, y - t), (wide, y - t), (wide, y + t), (x, y + t)]
    points += [(x, high), (-x, high), (-x, y + t), (-wide, y + t), (-wide, y - t), (-x, y - t)]
    return Drawing([shape(points)])


def lightning(rng: Random) -> Drawing:
    """A bolt: a zigzag outline that ends in a point."""
    if rng.random() < 0.15:
        x = rng.uniform(0.25, 0.5)
        return Drawing([line((x, -1), (-x, 0.05), (x, -0.05), (-x, 1))], {"main": (250, 210, 40)})
    w = rng.uniform(0.8, 1.15)
    if rng.random() < 0.6:
        points = np.array([(0.05, -1), (0.6, -1), (0.2, -0.25), (0.6, -0.25), (-0.4, 1), (-0.08, 0.08), (-0.5, 0.08)])
    else:
        right = [(-0.45, -1), (0.05, -1), (0.3, -0.42), (0.12, -0.36), (0.45, 0.2), (0.26, 0.26), (0.62, 1)]
        points = np.array([*right, (-0.12, 0.36), (0.08, 0.28), (-0.36, -0.2), (-0.14, -0.28)])
    return Drawing([shape((points + rng.normal(0, 0.03, points.shape)) * (w, 1))], {"main": (250, 210, 40)})


def moon(rng: Random) -> Drawing:
    """A crescent, thin to half full."""
    half = rng.uniform(1.0, 1.35)
    outer = arc(0, 0, 1, 1, half, 2 * np.pi - half, count=40)
    tip = outer[0]
    depth = rng.uniform(-0.62, -0.12) + tip[0] * 0.3
    x, y = tip
    bend = x + (depth - x) * 0.75
    inner = smooth([outer[-1], (bend, -y * 0.55), (depth, 0), (bend, y * 0.55), tip], closed=False)
    points = np.concatenate([outer, inner[1:-1]]) + np.array((0.3, 0))
    return Drawing([shape(points)], {"main": (245, 225, 130)})
