"""What grows, swims, flies and shines: fish, face, tree, flower, sun, cloud, mushroom, butterfly, snail."""

from __future__ import annotations

import numpy as np

from models.drawings.ink import Drawing, Part, Points, arc, curve, line, oval, shape, smooth, turned

Random = np.random.Generator


def fish(rng: Random) -> Drawing:
    """A body with a tail and an eye; fins, mouth, gill and scales as it comes."""
    high = rng.uniform(0.38, 0.62)
    body = np.concatenate([arc(-0.2, 0, 0.8, high, 0.12, 2 * np.pi - 0.12, count=40)])
    if rng.random() < 0.5:
        t = np.linspace(0, 1, 24)
        upper = np.stack([-1 + 1.65 * t, -high * np.sin(np.pi * t**0.8)], 1)
        body = np.concatenate([upper, (upper * (1, -1))[::-1][1:-1]])
    spread, inner = rng.uniform(0.35, 0.6), rng.uniform(0.75, 0.95)
    parts = [shape([(0.5, 0), (1, -spread), (inner, 0), (1, spread)], "second")]
    if rng.random() < 0.5:
        parts.append(shape([(-0.45, -high * 0.8), (0, -high - 0.28), (0.2, -high * 0.75)], "second"))
    if rng.random() < 0.3:
        parts.append(shape([(-0.3, high * 0.8), (0.05, high + 0.22), (0.15, high * 0.75)], "second"))
    parts.append(shape(body))
    eye = (-0.62, -high * 0.25)
    if rng.random() < 0.4:
        parts.append(shape(oval(*eye, 0.12, count=16), "light", inside=True))
    parts.append(shape(oval(*eye, rng.uniform(0.04, 0.08), count=12), "dark", inside=True))
    if rng.random() < 0.45:
        parts.append(curve(arc(-0.6, 0, 0.22, high * 0.7, -1, 1), inside=True))
    if rng.random() < 0.4:
        parts.append(line((-0.97, high * 0.2), (-0.74, high * 0.25), inside=True))
    if rng.random() < 0.3:
        scales = [arc(x, 0, 0.12, high * 0.45, -1.2, 1.2, count=10) for x in (-0.15, 0.1, 0.32)]
        parts += [curve(scale, inside=True) for scale in scales]
    return Drawing(parts, {"main": (240, 140, 50), "second": (220, 90, 40)})


def face(rng: Random) -> Drawing:
    """A round head with two eyes and a mouth; nose, brows, ears and hair as they come."""
    parts: list[Part] = []
    flat = rng.uniform(0.85, 1.12)
    rx, ry = 0.92 / max(1, flat), 0.92 * min(1, flat)
    ry = rx * flat if flat > 1 else ry
    if rng.random() < 0.3:
        parts += [shape(oval(side * rx, 0, 0.15, 0.22, count=20), "main") for side in (-1, 1)]
    parts.append(shape(oval(0, 0, rx, ry)))
    if rng.random() < 0.25:
        for x in np.linspace(-0.5, 0.5, int(rng.integers(4, 9))):
            parts.append(line((x, -ry * np.sqrt(1 - x * x)), (x * 1.25, -ry - 0.1)))
    apart, level = rng.uniform(0.25, 0.42), rng.uniform(-0.35, -0.12)
    size = rng.uniform(0.06, 0.15)
    kind = rng.random()
    for side in (-1, 1):
        x = side * apart
        if kind < 0.55:
            parts.append(shape(oval(x, level, size * 0.8, size, count=16), "dark", inside=True))
        elif kind < 0.85:
            parts.append(shape(oval(x, level, size * 1.4, size, count=20), "light", inside=True))
            parts.append(shape(oval(x, level, size * 0.5, count=12), "dark", inside=True))
        else:
            parts.append(curve(arc(x, level, size, size, np.pi, 2 * np.pi, count=10), inside=True))
        if rng.random() < 0.15:
            parts.append(line((x - 0.14, level - 0.24), (x + 0.14, level - 0.24), inside=True))
    width, deep = rng.uniform(0.28, 0.55), rng.uniform(0.1, 0.32)
    mouth = rng.random()
    if mouth < 0.6:
        parts.append(curve(arc(0, 0.3, width, deep, 0.1, np.pi - 0.1), inside=True))
    elif mouth < 0.75:
        parts.append(curve(arc(0, 0.55, width, deep, np.pi + 0.1, 2 * np.pi - 0.1), inside=True))
    elif mouth < 0.85:
        parts.append(line((-width, 0.42), (width, 0.42), inside=True))
    else:
        parts.append(shape(arc(0, 0.25, width, deep + 0.15, 0, np.pi), "dark", inside=True))
    if rng.random() < 0.4:
        parts.append(line((0, -0.08), (0.09, 0.14), (-0.04, 0.15), inside=True))
    return Drawing(parts, {"main": (250, 215, 120)})


def bumps(rx: float, ry: float, count: int, depth: float) -> Points:
    """An oval whose outline is made of ``count`` bows."""
    pieces = []
    for k in range(count):
        a, b = 2 * np.pi * k / count, 2 * np.pi * (k + 1) / count
        p, q = np.array([rx * np.cos(a), ry * np.sin(a)]), np.array([rx * np.cos(b), ry * np.sin(b)])
        t = np.linspace(0, np.pi, 10)[:-1, None]
        out = (p + q) / 2
        out = out / np.hypot(*out) * np.hypot(*(q - p)) * depth
        pieces.append((p + q) / 2 + (p - q) / 2 * np.cos(t) + out * np.sin(t))
    return np.concatenate(pieces)


def tree(rng: Random) -> Drawing:
    """A trunk under a round, bumpy or pointed crown, or a fir of some storeys."""
    wide = rng.uniform(0.07, 0.17)
    trunk = shape(
        [(-wide, -0.1), (wide, -0.1), (wide * rng.uniform(1, 1.5), 1), (-wide * rng.uniform(1, 1.5), 1)], "second"
    )
    colours = {"main": (60, 140, 60), "second": (120, 80, 50)}
    parts = [trunk]
    kind = rng.random()
    if kind < 0.4:
        storeys = int(rng.integers(1, 5))
        w = rng.uniform(0.55, 0.8)
        top, bottom = -1.0, 0.62
        step = (bottom - top) / (storeys + 0.6)
        for k in reversed(range(storeys)):
            y = top + step * k * 0.95
            half = w * (k + 1.4) / (storeys + 0.4)
            parts.append(shape([(0, y), (half, y + step * 1.6), (-half, y + step * 1.6)]))
    elif kind < 0.75:
        crown = bumps(rng.uniform(0.55, 0.72), rng.uniform(0.45, 0.58), int(rng.integers(6, 11)), 0.5)
        parts.append(shape(crown + np.array((0, -0.32))))
    else:
        parts.append(shape(oval(0, -0.32, rng.uniform(0.5, 0.72), rng.uniform(0.55, 0.68))))
    if kind >= 0.4 and rng.random() < 0.25:
        for x, y in rng.uniform(-0.35, 0.35, (int(rng.integers(2, 6)), 2)):
            parts.append(shape(oval(x, y - 0.35, 0.07, count=12), "third", inside=True))
    if kind >= 0.4 and rng.random() < 0.25:
        parts += [line((0, 0.1), (-0.25, -0.2), inside=True), line((0, 0), (0.22, -0.3), inside=True)]
    return Drawing(parts, colours)  # type: ignore[arg-type]


def flower(rng: Random) -> Drawing:
    """A middle within five to nine petals, mostly on a stem with leaves."""
    stem = rng.random() < 0.75
    n = int(rng.integers(5, 10))
    y, r = (-0.42, 0.56) if stem else (0.0, 0.95)
    parts: list[Part] = []
    if stem:
        bend = rng.uniform(-0.15, 0.15)
        parts.append(curve(smooth([(0, y), (bend, 0.3), (0, 1)], closed=False)))
        for side in (-1, 1):
            if rng.random() < 0.7:
                leaf = smooth([(0, 0), (0.22, -0.16), (0.5, -0.1), (0.3, 0.07)]) * (side, 1)
                parts.append(shape(leaf + np.array((bend * 0.7, rng.uniform(0.4, 0.75))), "second"))
    long, middle = r * rng.uniform(0.3, 0.38), r * rng.uniform(0.22, 0.36)
    wide = min(long * 0.95, r * np.sin(np.pi / n) * rng.uniform(0.7, 1.0))
    for k in range(n):
        angle = 2 * np.pi * k / n - np.pi / 2
        at = (r - long) * np.cos(angle), y + (r - long) * np.sin(angle)
        parts.append(shape(oval(*at, long, wide, turn=angle, count=20)))
    parts.append(shape(oval(0, y, middle, count=24), "third", inside=True))
    return Drawing(parts, {"main": (230, 80, 130), "second": (70, 150, 70), "third": (250, 210, 60)})


def sun(rng: Random) -> Drawing:
    """A disc within lines, wedges or waves for rays."""
    n, r = int(rng.integers(7, 17)), rng.uniform(0.38, 0.56)
    gap, kind, alternate = rng.uniform(0.05, 0.16), rng.random(), rng.random() < 0.3
    parts: list[Part] = []
    for k in range(n):
        angle = 2 * np.pi * k / n
        end = 1 - 0.18 * (alternate and k % 2)
        if kind < 0.65:
            ray = Part(turned(np.array([(r + gap, 0), (end, 0)]), angle))
        elif kind < 0.85:
            half = np.pi * (r + gap) / n * 0.75
            ray = shape(turned(np.array([(r + gap * 0.6, -half), (end, 0), (r + gap * 0.6, half)]), angle), "main")
        else:
            x = np.linspace(r + gap, end, 12)
            ray = curve(turned(np.stack([x, 0.04 * np.sin((x - r) * 16)], 1), angle))
        parts.append(ray)
    parts.append(shape(oval(0, 0, r)))
    return Drawing(parts, {"main": (250, 200, 40)})


def cloud(rng: Random) -> Drawing:
    """Bows around a lying oval, round below or on a straight line."""
    if rng.random() < 0.5:
        points = bumps(0.85, rng.uniform(0.4, 0.55), int(rng.integers(6, 11)), rng.uniform(0.45, 0.6))
        points = turned(points, 0)
    else:
        xs = np.sort(np.concatenate([[-0.95, 0.95], np.linspace(-0.95, 0.95, int(rng.integers(4, 6)))[1:-1]
                                     + rng.uniform(-0.1, 0.1)]))  # fmt: skip
        ys = 0.4 - 0.55 * np.sqrt(np.clip(1 - xs**2, 0, 1)) * rng.uniform(0.8, 1.2)
        pieces = []
        for k in range(len(xs) - 1):
            p, q = np.array([xs[k], ys[k]]), np.array([xs[k + 1], ys[k + 1]])
            t = np.linspace(0, np.pi, 12)[:-1, None]
            normal = np.array([(q - p)[1], -(q - p)[0]])
            pieces.append((p + q) / 2 + (p - q) / 2 * np.cos(t) + normal * np.sin(t) * 0.6)
        points = np.concatenate([*pieces, [(0.95, 0.4), (0.7, 0.5), (-0.7, 0.5), (-0.95, 0.4)]])
    return Drawing([shape(points)], {"main": (200, 215, 235)})


def mushroom(rng: Random) -> Drawing:
    """A cap on a stem, with dots as they come."""
    rim, top = rng.uniform(0.02, 0.25), rng.uniform(0.75, 1)
    rx, half = rng.uniform(0.75, 1), rng.uniform(0.15, 0.3)
    belly = rng.uniform(0.9, 1.5)
    stem = smooth(
        [(-half, rim), (-half, 0.5), (-half * belly, 0.95), (half * belly, 0.95), (half, 0.5), (half, rim)], steps=6
    )
    cap = arc(0, rim, rx, rim + top, np.pi, 2 * np.pi, count=32)
    under = rng.uniform(0, 0.2)
    cap = np.concatenate([cap, arc(0, rim, rx, under, 0, np.pi, count=16)[1:-1]])
    parts = [shape(stem, "second"), shape(cap)]
    if rng.random() < 0.65:
        for x, y in ((-0.45, -0.2), (0.05, -0.5), (0.45, -0.18), (-0.05, -0.1))[: int(rng.integers(2, 5))]:
            r = rng.uniform(0.07, 0.14)
            parts.append(shape(oval(x * rx, rim + (y - 0.08) * top, r, r * 0.85, count=16), "light", inside=True))
    return Drawing(parts, {"main": (205, 50, 45), "second": (240, 225, 195)})


def butterfly(rng: Random) -> Drawing:
    """Four wings beside a body with feelers, the wings round or pointed, with spots as they come."""
    pointed = rng.random() < 0.4
    high, wide, low = rng.uniform(0.75, 0.95), rng.uniform(0.8, 1), rng.uniform(0.6, 0.9)
    if pointed:
        upper = smooth([(0.03, 0), (0.35, -high * 0.7), (wide, -high), (wide * 0.9, -0.2), (0.4, 0.05)], steps=6)
        lower = smooth([(0.03, 0), (0.5, 0.05), (wide * 0.75, 0.35), (0.45, low), (0.1, 0.35)], steps=6)
    else:
        upper = oval(wide * 0.5, -high * 0.45, wide * 0.52, high * 0.45, turn=-0.6, count=32)
        lower = oval(wide * 0.4, low * 0.45, wide * 0.38, low * 0.42, turn=0.6, count=32)
    spot = rng.random() < 0.45
    parts: list[Part] = []
    for side in (-1, 1):
        parts += [shape(lower * (side, 1), "second"), shape(upper * (side, 1))]
        if spot:
            parts.append(shape(oval(side * wide * 0.55, -high * 0.5, 0.13, count=16), "third", inside=True))
            parts.append(shape(oval(side * wide * 0.42, low * 0.42, 0.1, count=16), "third", inside=True))
        feeler = smooth([(0.02, -0.4), (0.1, -0.7), (0.3, -0.92)], closed=False) * (side, 1)
        parts.append(curve(feeler))
    parts.append(shape(oval(0, 0.02, 0.075, 0.5, count=24), "dark", inside=True))
    return Drawing(parts, {"main": (240, 150, 40), "second": (240, 190, 80), "third": (60, 110, 200)})


def snail(rng: Random) -> Drawing:
    """A shell with a spiral on a body that ends in a head with two horns."""
    r, x, y = rng.uniform(0.5, 0.62), rng.uniform(0.05, 0.25), 0.05
    thick = rng.uniform(0.9, 1.15)
    body = smooth(
        [
            (1, 0.8),
            (0.5, 0.58),
            (-0.35, 0.5),
            (-0.58, 0.1),
            (-0.62, -0.2),
            (-0.8, -0.28),
            (-0.95, -0.1),
            (-0.9, 0.35),
            (-0.7, 0.72 * thick),
            (-0.2, 0.8 * thick),
        ]
    )
    parts: list[Part] = [shape(body, "second")]
    for tip in (-0.98, -0.72):
        end = (tip + rng.uniform(-0.06, 0.06), -0.62)
        parts.append(line((-0.8, -0.22), end))
        if rng.random() < 0.6:
            parts.append(shape(oval(*end, 0.05, count=10), "dark"))
    parts.append(shape(oval(x, y, r, r * rng.uniform(0.88, 1))))
    turns = rng.uniform(1.6, 2.8)
    angle = np.linspace(0, turns * 2 * np.pi, int(turns * 24))
    radius = np.linspace(0.03, r * 0.92, angle.size)
    angle = angle + rng.uniform(0, 2 * np.pi)
    parts.append(curve(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1), inside=True))
    if rng.random() < 0.5:
        parts.append(curve(arc(-0.82, 0.1, 0.12, 0.1, 0.8, 2.4, count=8), inside=True))
    return Drawing(parts, {"main": (190, 130, 70), "second": (225, 200, 140)})
