"""A graph on its way from one state of its modules to another: where everything is at each moment between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStyle, QWidget

from explorer.network.layout import Layout, Rect
from explorer.network.routing import Edge, Point
from explorer.ui.graph_scene import GraphScene

MOTION = 160
"""Milliseconds that modules take to open and to close: long enough to see what became of what."""

MOST_MOVING = 800
"""Nodes and edges that move at most; where more of them are in view, the new state is there at once."""

LARGEST_MOVING = 2000
"""Nodes of a graph in which anything moves at most."""


def motion_time(widget: QWidget) -> int:
    """Milliseconds that a motion takes: none where the desktop wants none, or nobody can look on."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        return 0
    wanted = widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, widget)
    return MOTION if wanted > 0 else 0


class GraphMotion:
    """From ``before`` to ``after``, of which one has the modules open that the other has closed.

    What is inside a closed module comes out of its node, and goes back into it. Only what is in view on the way, within
    ``seen``, moves at all. ``held`` are places that are not those of ``before``, where another motion was not at its
    end.
    """

    def __init__(
        self,
        before: GraphScene,
        after: GraphScene,
        seen: QRectF,
        held: Mapping[str, Rect] | None = None,
    ) -> None:
        self._base = after if before.opened <= after.opened else before
        self.after = after
        held = held or {}
        names = (*self._base.names, *self._base.frames)
        self.start = {name: held.get(name) or _place_in(before, self._base, name) for name in names}
        self.end = {name: _place_in(after, self._base, name) for name in names}
        ways = {name: _around(self.start[name], self.end[name]) for name in names}
        hosts = self._base.drawing.levels.host
        moving = {hosts.get(name, name) for name in names if seen.intersects(ways[name])}
        stacks = self._base.drawing.levels.stacks
        moving |= {follower for host in moving for follower in stacks.get(host, ())}
        self._nodes = [name for name in self._base.names if name in moving]
        self._frames = [name for name in self._base.frames if name in moving]
        self._edges = [
            edge
            for edge in self._base.layout.edges
            if seen.intersects((ways[edge.source] | ways[edge.target]).adjusted(-1, -1, 1, 1))
        ]
        other = before if self._base is after else after
        folding = {name for name in self._base.frames if name in other.layout.nodes}
        self._bends = [self._placed(edge, folding) for edge in self._edges]

    @property
    def is_worth_it(self) -> bool:
        """Whether there is little enough to move."""
        few = len(self._nodes) <= MOST_MOVING and len(self._edges) <= MOST_MOVING
        return few and len(self._base.names) <= LARGEST_MOVING

    def at(self, part: float) -> GraphScene:
        """Everything that moves, at ``part`` of the way from 0 to 1."""
        nodes = self._between(self._nodes, part)
        frames = self._between(self._frames, part)
        ends = {end for edge in self._edges for end in (edge.source, edge.target)}
        folding = {frame for bends in self._bends for frame in bends if frame}
        base, now = self._base.layout, self._between(ends | folding, part)
        edges = tuple(_moved(edge, bends, base, now) for edge, bends in zip(self._edges, self._bends, strict=True))
        return self._base.moved(Layout(nodes, frames, edges, base.bounds, base.trunks), self.after)

    def places(self, part: float) -> Mapping[str, Rect]:
        """Where each node and open module is at ``part`` of the way."""
        return self._between(self.start, part)

    def _placed(self, edge: Edge, folding: set[str]) -> list[str]:
        """For each point of an edge its node at the ends, else the open module that folds up around it, if any."""
        around = self._base.drawing.modules.around
        frames = [name for end in (edge.source, edge.target) for name in around(end) if name in folding]
        rects = [(name, QRectF(*self._base.layout.rect(name))) for name in dict.fromkeys(frames)]
        inner = [next((name for name, rect in rects if rect.contains(x, y)), "") for x, y in edge.points[1:-1]]
        return [edge.source, *inner, edge.target]

    def _between(self, names: Iterable[str], part: float) -> dict[str, Rect]:
        found: dict[str, Rect] = {}
        for name in names:
            one, other = self.start[name], self.end[name]
            found[name] = Rect(*(a + part * (b - a) for a, b in zip(one, other, strict=True)))
        return found


def _place_in(scene: GraphScene, base: GraphScene, name: str) -> Rect:
    """Where a node or an open module of ``base`` is in ``scene``: there itself, or inside what is closed around it."""
    if name in scene.layout.nodes or name in scene.layout.frames:
        return scene.layout.rect(name)
    outer = scene.shown_for(name)
    node, frame, own = scene.layout.rect(outer), base.layout.rect(outer), base.layout.rect(name)
    across, down = node.width / frame.width, node.height / frame.height
    x, y = node.x + across * (own.x - frame.x), node.y + down * (own.y - frame.y)
    return Rect(x, y, across * own.width, down * own.height)


def _around(one: Rect, other: Rect) -> QRectF:
    return QRectF(*one) | QRectF(*other)


def _moved(edge: Edge, bends: Sequence[str], base: Layout, now: Mapping[str, Rect]) -> Edge:
    """The edge with each point where its node or its module has it now; others move as those before and behind do."""
    known = {
        index: _carried(point, base.rect(name), now[name])
        for index, (point, name) in enumerate(zip(edge.points, bends, strict=True))
        if name
    }
    points = []
    before, places = 0, sorted(known)
    for index, (x, y) in enumerate(edge.points):
        if index in known:
            before = index
            points.append(known[index])
            continue
        behind = next(place for place in places if place > index)
        (x0, y0), (x1, y1) = edge.points[before], edge.points[behind]
        part = min(1.0, max(0.0, (y - y0) / (y1 - y0))) if y1 > y0 else 0.5
        start = known[before][0] - x0, known[before][1] - y0
        end = known[behind][0] - x1, known[behind][1] - y1
        points.append((x + start[0] + part * (end[0] - start[0]), y + start[1] + part * (end[1] - start[1])))
    return Edge(edge.source, edge.target, tuple(points))


def _carried(point: Point, before: Rect, after: Rect) -> Point:
    """A point in or at a rectangle, in the same place of the rectangle as it is now."""
    x, y = (point[0] - before.x) / before.width, (point[1] - before.y) / before.height
    return after.x + x * after.width, after.y + y * after.height
