"""What people make: house, boat, car, cup, key, umbrella, ladder, envelope, glasses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from models.drawings.ink import Drawing, Part, arc, box, curve, line, oval, shape, smooth

Random = np.random.Generator


def house(rng: Random) -> Drawing:
    """Walls under a roof, with a door, windows and a chimney as they come."""
    w, eaves = rng.uniform(0.6, 0.85), rng.uniform(-0.25, 0.05)
    over = rng.uniform(0, 0.18)
    parts: list[Part] = []
    if rng.random() < 0.5:
        x = w * rng.choice([-0.55, 0.5])
        parts.append(shape(box(x - 0.1, -0.95, x + 0.1, eaves), "second"))
    parts.append(shape(box(-w, eaves, w, 0.95)))
    if rng.random() < 0.8:
        parts.append(shape([(0, -0.95), (w + over, eaves), (-w - over, eaves)], "second"))
    else:
        parts.append(shape([(-w * 0.6, -0.8), (w * 0.6, -0.8), (w + over, eaves), (-w - over, eaves)], "second"))
    door = rng.uniform(-0.35, 0.35) * w
    if rng.random() < 0.9:
        parts.append(shape(box(door - 0.15, rng.uniform(0.3, 0.5), door + 0.15, 0.95), "third", inside=True))
    for x in (-0.62, 0.62):
        if rng.random() < 0.75 and abs(door - x * w) > 0.3:
            parts.append(shape(box(x * w - 0.14, eaves + 0.18, x * w + 0.14, eaves + 0.46), "light", inside=True))
            if rng.random() < 0.6:
                parts.append(line((x * w, eaves + 0.18), (x * w, eaves + 0.46), inside=True))
                parts.append(line((x * w - 0.14, eaves + 0.32), (x * w + 0.14, eaves + 0.32), inside=True))
    return Drawing(parts, {"main": (235, 205, 150), "second": (180, 60, 45), "third": (120, 75, 45)})


def boat(rng: Random) -> Drawing:
    """A hull with a mast and one or two sails; water below as it comes."""
    top, w, foot = rng.uniform(0.3, 0.45), rng.uniform(0.8, 1), rng.uniform(0.45, 0.75)
    if rng.random() < 0.6:
        hull = np.array([(-w, top), (w, top), (w * foot, 0.85), (-w * foot, 0.85)])
    else:
        hull = arc(0, top, w, 0.5, 0, np.pi)
    mast = rng.uniform(-0.15, 0.15)
    parts = [line((mast, -0.98), (mast, top)), shape(hull)]
    low = top - rng.uniform(0.06, 0.16)
    right = [(mast + 0.04, -0.92), (rng.uniform(0.6, 0.8), low), (mast + 0.04, low)]
    left = [(mast - 0.04, -0.8), (-rng.uniform(0.45, 0.7), low), (mast - 0.04, low)]
    kind = rng.random()
    if kind < 0.85:
        parts.append(shape(right, "second"))
    if kind > 0.4:
        parts.append(shape(left, "second"))
    if rng.random() < 0.3:
        parts.append(shape([(mast, -0.98), (mast + 0.25, -0.9), (mast, -0.8)], "third"))
    if rng.random() < 0.35:
        x = np.linspace(-1, 1, 40)
        parts.append(curve(np.stack([x, 0.93 + 0.05 * np.sin(x * rng.uniform(9, 16))], 1)))
    return Drawing(parts, {"main": (150, 70, 45), "second": (240, 235, 220), "third": (210, 40, 40)})


def car(rng: Random) -> Drawing:
    """A car from the side: body, cabin, windows and two wheels."""
    y, low, r = rng.uniform(-0.08, 0.08), rng.uniform(0.38, 0.48), rng.uniform(0.17, 0.25)
    roof = rng.uniform(-0.58, -0.42)
    a, b = rng.uniform(-0.68, -0.45), rng.uniform(0.35, 0.6)
    slope = rng.uniform(0.1, 0.25)
    cabin = [(a, y), (a + slope, roof), (b - slope, roof), (b, y)]
    outline = [(-1, low), (-1, y + 0.08), (-0.92, y), *cabin, (0.92, y + 0.06), (1, y + 0.2), (1, low)]
    points = np.array(outline)
    if rng.random() < 0.25:
        points = smooth(points, steps=4)
    parts = [shape(points)]
    middle = (a + b) / 2
    inset = 0.08
    rear = [(a + slope * 0.2 + inset, y - 0.02), (a + slope + 0.04, roof + inset)]
    front = [(b - slope - 0.04, roof + inset), (b - slope * 0.2 - inset, y - 0.02)]
    if rng.random() < 0.85:
        left = [*rear, (middle - 0.03, roof + inset), (middle - 0.03, y - 0.02)]
        parts.append(shape(left, "light", inside=True))
        parts.append(shape([(middle + 0.03, y - 0.02), (middle + 0.03, roof + inset), *front], "light", inside=True))
    for x in (-rng.uniform(0.5, 0.6), rng.uniform(0.5, 0.6)):
        parts.append(shape(oval(x, low, r, count=28), "dark"))
        if rng.random() < 0.6:
            parts.append(shape(oval(x, low, r * 0.45, count=16), "light", inside=True))
    if rng.random() < 0.3:
        parts.append(line((middle, y + 0.08), (middle + 0.14, y + 0.08), inside=True))
    return Drawing(parts, {"main": (200, 50, 50), "light": (190, 220, 240), "dark": (45, 45, 50)})


def cup(rng: Random) -> Drawing:
    """A mug or a cup with its handle; steam and saucer as they come."""
    w, foot = rng.uniform(0.5, 0.68), rng.uniform(0.6, 1)
    top, low = rng.uniform(-0.5, -0.25), rng.uniform(0.65, 0.8)
    x = -0.2
    grip_y, grip = (top + low) / 2 - 0.08, (low - top) * rng.uniform(0.26, 0.36)
    reach = rng.uniform(0.3, 0.42)
    parts: list[Part] = [curve(arc(x + w * (1 + foot) / 2 - 0.05, grip_y, reach, grip, -np.pi / 2, np.pi / 2))]
    if rng.random() < 0.6:
        parts.append(curve(arc(x + w * (1 + foot) / 2 - 0.05, grip_y, reach * 0.62, grip * 0.6, -np.pi / 2, np.pi / 2)))
    if rng.random() < 0.3:
        parts.append(shape(oval(x, low + 0.05, w * 1.35, 0.13), "second"))
    if rng.random() < 0.5:
        body = np.array([(x - w, top), (x + w, top), (x + w * foot, low), (x - w * foot, low)])
    else:
        side = [(x + w, top), (x + w, top + 0.5), (x + w * foot * 0.95, low - 0.15), (x + w * foot * 0.6, low)]
        right = smooth(side, closed=False)
        body = np.concatenate([right, (right * (-1, 1) + (2 * x, 0))[::-1]])
    parts.append(shape(body))
    if rng.random() < 0.6:
        parts.append(shape(oval(x, top, w, rng.uniform(0.07, 0.16)), "third", inside=True))
    if rng.random() < 0.4:
        t = np.linspace(0, 1, 16)
        for dx in (-0.25, 0.0, 0.25)[: int(rng.integers(2, 4))]:
            steam = np.stack([x + dx + 0.06 * np.sin(t * 7), top - 0.18 - t * (0.75 + top)], 1)
            parts.append(curve(steam))
    return Drawing(parts, {"main": (70, 120, 190), "second": (235, 235, 235), "third": (100, 60, 35)})


def key(rng: Random) -> Drawing:
    """A key: a ring, a shaft and two or three teeth."""
    r, t = rng.uniform(0.28, 0.4), rng.uniform(0.05, 0.1)
    x = -1 + r
    hole = rng.uniform(0.4, 0.65)
    teeth = int(rng.integers(2, 4))
    places = np.linspace(0.5, 0.9, teeth) + rng.uniform(-0.04, 0.04, teeth)
    long = rng.uniform(0.18, 0.32, teeth)
    if rng.random() < 0.4:
        parts = [shape(oval(x, 0, r), None), line((x + r, 0), (1, 0))]
        parts += [line((p, 0), (p, d)) for p, d in zip(places, long, strict=True)]
        return Drawing(parts, {"main": (210, 170, 60)})
    run: list[tuple[float, float]] = [(x + r * 0.9, -t), (1, -t), (1, t)]
    for p, d in sorted(zip(places, long, strict=True), reverse=True):
        run += [(p + 0.055, t), (p + 0.055, t + d), (p - 0.055, t + d), (p - 0.055, t)]
    run.append((x + r * 0.9, t))
    parts = [shape(run), shape(oval(x, 0, r)), shape(oval(x, 0, r * hole, count=28), "light", inside=True)]
    return Drawing(parts, {"main": (210, 170, 60)})


def umbrella(rng: Random) -> Drawing:
    """A dome with a scalloped edge on a stick that ends in a hook."""
    rim, high, n = rng.uniform(-0.1, 0.1), rng.uniform(0.75, 0.9), int(rng.integers(3, 6))
    hook = rng.uniform(0.13, 0.2)
    low = rng.uniform(0.65, 0.8)
    stick = np.concatenate([[(0, -high + rim - 0.1), (0, low)], arc(-hook, low, hook, hook, 0, np.pi, count=12)])
    dome = arc(0, rim, 1, high, np.pi, 2 * np.pi, count=36)
    edges = np.linspace(1, -1, n + 1)
    depth = rng.uniform(0.05, 0.16) if rng.random() < 0.85 else 0.0
    scallops = [arc((a + b) / 2, rim, (a - b) / 2, depth, 0, -np.pi, count=9)[1:] for a, b in pairwise(edges)]
    parts = [curve(stick), shape(np.concatenate([dome, *scallops]))]
    if rng.random() < 0.6:
        for x in edges[1:-1]:
            t = np.linspace(0, np.pi / 2, 12)
            parts.append(curve(np.stack([x * np.sin(t), rim - high * np.cos(t)], 1), inside=True))
    return Drawing(parts, {"main": (150, 60, 160)})


def ladder(rng: Random) -> Drawing:
    """Two rails and four to eight rungs."""
    w, narrow, n = rng.uniform(0.28, 0.5), rng.uniform(0.65, 1), int(rng.integers(4, 9))
    rungs = np.linspace(-0.8, 0.8, n)
    half = w * (narrow + (1 - narrow) * (rungs + 1) / 2)
    if rng.random() < 0.7:
        parts = [line((s * w * narrow, -1), (s * w, 1)) for s in (-1, 1)]
        parts += [line((-h, y), (h, y)) for h, y in zip(half, rungs, strict=True)]
    else:
        t = rng.uniform(0.04, 0.07)
        parts = [shape(box(-h, y - t, h, y + t), "second") for h, y in zip(half, rungs, strict=True)]
        for s in (-1, 1):
            rail = [(s * w * narrow - t, -1), (s * w * narrow + t, -1), (s * w + t, 1), (s * w - t, 1)]
            parts.append(shape(rail))
    return Drawing(parts, {"main": (150, 100, 55), "second": (180, 130, 75)})


def envelope(rng: Random) -> Drawing:
    """A closed letter: a rectangle with its flap; seams and a seal as they come."""
    h = rng.uniform(0.55, 0.72)
    dip = rng.uniform(-0.1, 0.25)
    parts = [shape(box(-1, -h, 1, h))]
    if rng.random() < 0.5:
        parts.append(line((-1, h), (-0.12, dip - 0.08), inside=True))
        parts.append(line((1, h), (0.12, dip - 0.08), inside=True))
    if rng.random() < 0.5:
        parts.append(shape([(-1, -h), (0, dip), (1, -h)], "second", inside=True))
    else:
        parts.append(line((-1, -h), (0, dip), (1, -h), inside=True))
    if rng.random() < 0.2:
        parts.append(shape(oval(0, dip, 0.13, count=20), "third", inside=True))
    return Drawing(parts, {"main": (245, 235, 205), "second": (230, 215, 175), "third": (190, 30, 40)})


def glasses(rng: Random) -> Drawing:
    """Two lenses, a bridge and a hint of the sides."""
    rx, ry, gap = rng.uniform(0.34, 0.42), rng.uniform(0.26, 0.4), rng.uniform(0.08, 0.14)
    parts: list[Part] = []
    squarish = rng.random() < 0.35
    for s in (-1, 1):
        x = s * (gap + rx)
        lens = box(x - rx, -ry * 0.8, x + rx, ry * 0.8) if squarish else oval(x, 0, rx, ry)
        parts.append(shape(lens))
        if rng.random() < 0.7:
            parts.append(line((x + s * rx, -ry * 0.2), (s * 1.0, -ry * rng.uniform(0.3, 1.2))))
    parts.append(curve(arc(0, -0.02, gap * 1.05, rng.uniform(0.05, 0.15), np.pi, 2 * np.pi, count=12)))
    return Drawing(parts, {"main": (150, 190, 215)})
