"""Which edge a point of the drawing lies on, what passes along it, and where it leads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF

from explorer.network.network import value_name
from explorer.network.routing import Edge, Point
from explorer.ui.graph_scene import Drawing, GraphScene
from explorer.ui.layer_rows import size_text_of

_STEPS = 12


def edge_at(scene: GraphScene, point: QPointF, reach: float) -> Edge | None:
    """The edge that passes nearest to a point, no further than ``reach`` units from it."""
    left, top, right, bottom = scene.edge_places.T
    x, y = point.x(), point.y()
    near = (left - reach <= x) & (x <= right + reach) & (top - reach <= y) & (y <= bottom + reach)
    edges = [scene.layout.edges[index] for index in np.flatnonzero(near)]
    distances = [(_distance(edge, x, y), edge) for edge in edges]
    distance, found = min(distances, key=lambda pair: pair[0], default=(math.inf, None))
    return found if distance <= reach else None


def far_end(scene: GraphScene, edge: Edge, point: QPointF) -> str:
    """The end of the edge that is farther from a point of it."""

    def distance(end: Point) -> float:
        return math.hypot(end[0] - point.x(), end[1] - point.y())

    return edge.source if distance(edge.points[0]) > distance(edge.points[-1]) else edge.target


def carried(drawing: Drawing, edge: Edge) -> tuple[str, ...]:
    """The values that pass along an edge, each with its shape: ``conv1  64×112×112``."""
    layer = drawing.network.layer
    followers = drawing.levels.stacks.get(edge.target, ())
    read = {
        value_name(value)
        for name in (*drawing.layers_of(edge.target), *followers)
        for value in layer[name].inputs
    }  # fmt: skip
    given = {
        value_name(value): value for name in drawing.layers_of(edge.source) for value in layer[name].outputs
    }  # fmt: skip
    return tuple(f"{name} · {size_text_of(value)}".rstrip(" ·") for name, value in given.items() if name in read)


def describe_edge(drawing: Drawing, edge: Edge) -> str:
    """An edge in words: what passes, and from where to where."""
    return "\n".join((*carried(drawing, edge), f"{edge.source} → {edge.target}"))


def _distance(edge: Edge, x: float, y: float) -> float:
    return min(math.hypot(x - near[0], y - near[1]) for near in _nearest(edge, x, y))


def _nearest(edge: Edge, x: float, y: float) -> Iterator[Point]:
    """The points of each piece of the line that are nearest."""
    for start, end in pairwise(_along(edge)):
        across, down = end[0] - start[0], end[1] - start[1]
        length = across**2 + down**2
        part = 0.0 if length == 0 else ((x - start[0]) * across + (y - start[1]) * down) / length
        part = min(1.0, max(0.0, part))
        yield start[0] + part * across, start[1] + part * down


def _along(edge: Edge) -> Iterator[Point]:
    """Points so near to each other that the line between them is straight, see ``line_path``."""
    yield edge.points[0]
    for (x0, y0), (x1, y1) in pairwise(edge.points):
        for step in range(1, _STEPS) if x0 != x1 else ():
            t = step / _STEPS
            yield x0 + (x1 - x0) * (3 * t**2 - 2 * t**3), y0 + (y1 - y0) * (1.5 * t * (1 - t) + t**3)
        yield x1, y1
