"""Modules → positions: a drawing of the network from top to bottom, without a window."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from explorer.network.levels import Levels
from explorer.network.modules import ROOT
from explorer.network.placing import Box, Placed, place_level
from explorer.network.routing import Drawn, Edge, route

FRAME_HEAD, FRAME_PADDING = 32.0, 16.0
"""An open module's title bar, and the free space inside its other borders."""

SizeOf = Callable[[str], tuple[float, float]]


class Rect(NamedTuple):
    """A rectangle; y grows downwards, all in the units of the sizes that the caller gives."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right border."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower border."""
        return self.y + self.height


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything stands.

    ``nodes`` are the layers that show and the closed modules, ``frames`` the open modules, outer before inner.
    ``edges`` lead between two of ``nodes``. The network's trunk is at x = 0, its top at y = 0; ``trunks`` are where
    that of each open module goes down.
    """

    nodes: Mapping[str, Rect]
    frames: Mapping[str, Rect]
    edges: tuple[Edge, ...]
    bounds: Rect
    trunks: Mapping[str, float]

    def rect(self, name: str) -> Rect:
        """Where a node or an open module is."""
        return self.nodes.get(name) or self.frames[name]

    def axis(self, name: str) -> float:
        """The x at which the data goes through a node or an open module: what stays where a module is opened."""
        if name in self.trunks:
            return self.trunks[name]
        rect = self.nodes[name]
        return rect.x + rect.width / 2


def lay_out(levels: Levels, opened: Collection[str], size_of: SizeOf) -> Layout:
    """Place everything that shows when the modules ``opened`` are open (those inside a closed one don't show).

    ``size_of`` gives width and height of a layer, of a follower under its host (followers share a row as wide as the
    host) and of a closed module, whose width an open one keeps too. Each open module is laid out by itself and stands
    in the one around it as one large node: what is inside it, and how the others are ordered, depends on no other.
    """
    shown = {ROOT: None}
    for name in levels.modules.module:
        if name in opened and levels.modules.parent[name] in shown:
            shown[name] = None
    placed: dict[str, Placed] = {}
    for name in reversed(shown):
        level = levels.level[name]
        boxes = [_box(levels, part, placed.get(part), size_of) for part in level.parts]
        placed[name] = place_level(level, tuple(boxes))
    drawn = {ROOT: Drawn(placed[ROOT], 0.0, 0.0)}
    nodes: dict[str, Rect] = {}
    frames: dict[str, Rect] = {}
    for name in shown:
        here = drawn[name]
        for index, part in enumerate(here.placed.level.parts):
            box = here.placed.parts[index]
            x = here.x + here.placed.axis[index]
            rect = Rect(
                x - box.left, here.y + here.placed.rows[here.placed.row_of[index]][0], box.left + box.right, box.height
            )
            if part in shown:
                frames[part] = rect
                above = 0.0 if placed[part].level.incoming else FRAME_PADDING
                drawn[part] = Drawn(placed[part], x, rect.y + FRAME_HEAD + above)
            else:
                nodes.update(_stacked(part, levels.stacks.get(part, ()), rect, size_of))
    box = placed[ROOT].box
    bounds = Rect(-box.left, 0.0, box.left + box.right, box.height)
    ordered = {name: frames[name] for name in shown if name != ROOT}
    trunks = {name: drawn[name].x for name in ordered}
    return Layout(nodes, ordered, route(levels, {name: drawn[name] for name in shown}), bounds, trunks)


def _box(levels: Levels, part: str, inside: Placed | None, size_of: SizeOf) -> Box:
    width, height = size_of(part)
    if inside is not None:
        left, right = inside.box.left + FRAME_PADDING, inside.box.right + FRAME_PADDING
        above = 0.0 if inside.level.incoming else FRAME_PADDING
        below = 0.0 if inside.level.outgoing else FRAME_PADDING
        return Box(left, max(right, width - left), FRAME_HEAD + above + inside.box.height + below)
    followers = [size_of(name) for name in levels.stacks.get(part, ())]
    width = max(width, sum(size for size, _ in followers))
    return Box(width / 2, width / 2, height + max((size for _, size in followers), default=0.0))


def _stacked(host: str, followers: Sequence[str], rect: Rect, size_of: SizeOf) -> dict[str, Rect]:
    """The host's rectangle, and under it its followers' side by side."""
    if not followers:
        return {host: rect}
    widths = [size_of(name)[0] for name in followers]
    height = max(size_of(name)[1] for name in followers)
    spare = (rect.width - sum(widths)) / len(widths)
    lefts = accumulate((width + spare for width in widths), initial=rect.x)
    placed = {host: rect._replace(height=rect.height - height)}
    for name, left, width in zip(followers, lefts, widths, strict=False):
        placed[name] = Rect(left, rect.bottom - height, width + spare, height)
    return placed
