"""Steps from node to node: along the data, and to what stands beside."""

from __future__ import annotations

from typing import Literal

from explorer.network.modules import ROOT
from explorer.ui.graph_scene import GraphScene

Step = Literal["down", "up", "left", "right"]


def neighbour(scene: GraphScene, name: str, step: Step) -> str | None:
    """The node that a step from ``name`` leads to, or None at the border.

    Down is to what reads the node, up to what it reads, in a stack from layer to layer; of several, to the one that
    stands nearest. Left and right are to what stands beside, at the same height; where nothing does, to the nearest
    branch of the same module on that side.
    """
    if step in ("left", "right"):
        return _beside(scene, name, 1 if step == "right" else -1)
    followers = scene.drawing.levels.stacks.get(scene.drawing.levels.host.get(name, name), ())
    stack = (scene.drawing.levels.host.get(name, name), *followers)
    place = stack.index(name) + (1 if step == "down" else -1)
    if 0 <= place < len(stack):
        return stack[place]
    edges = scene.edges_at.get(name, ())
    if step == "down":
        ends = [edge.target for edge in edges if edge.source == name]
    else:
        ends = [edge.source for edge in edges if edge.target == name]
    middle = scene.place_of(name).center().x()
    return min(ends, key=lambda end: abs(scene.place_of(end).center().x() - middle), default=None)


def _beside(scene: GraphScene, name: str, direction: int) -> str | None:
    here = scene.layout.nodes[name]
    left, top, right, bottom = scene.places.T
    beside = (left >= here.right) if direction > 0 else (right <= here.x)
    level = beside & (top < here.bottom) & (bottom > here.y)
    middle = here.x + here.width / 2
    height = here.y + here.height / 2

    def distance(end: str) -> tuple[float, float]:
        centre = scene.place_of(end).center()
        return abs(centre.x() - middle), abs(centre.y() - height)

    ends = [scene.names[index] for index in level.nonzero()[0]]
    parent = scene.drawing.modules.parent
    if not ends and parent[name] != ROOT:
        ends = [end for index in beside.nonzero()[0] if parent[end := scene.names[index]] == parent[name]]
    return min(ends, key=distance, default=None)
