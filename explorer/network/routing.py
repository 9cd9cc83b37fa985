"""Placed levels → edges: lines that join layers across the borders of open modules and pass through no node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from explorer.network.levels import Levels
from explorer.network.placing import PORT_GAP, ROW_GAP, Placed

Point = tuple[float, float]


@dataclass(frozen=True)
class Edge:
    """Values go from ``source`` to ``target``: layers, or closed modules that hold them.

    ``points`` lead from the lower border of the one to the upper border of the other. The line is vertical at each
    point: between two of them it is straight, or bends like an S.
    """

    source: str
    target: str
    points: tuple[Point, ...]


class Line(NamedTuple):
    """One line of a level: between two nodes, and at an open module's border for one layer's values."""

    start: int
    leaving: str
    end: int
    arriving: str


@dataclass(frozen=True, eq=False)
class Drawn:
    """A level and where its trunk and its top stand in the whole drawing."""

    placed: Placed
    x: float
    y: float


def route(levels: Levels, drawn: Mapping[str, Drawn]) -> tuple[Edge, ...]:
    """The edges of all open levels; ``drawn`` holds outer modules before inner."""
    ways_out: dict[tuple[str, str], list[tuple[str, Sequence[Point]]]] = {}
    ways_in: dict[tuple[str, str], list[tuple[str, Sequence[Point]]]] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for module, here in reversed(list(drawn.items())):
        level = here.placed.level
        for line, points in _lines(levels, here, drawn):
            heads: Iterable[tuple[str, Sequence[Point]]]
            tails: Iterable[tuple[str, Sequence[Point]]]
            if line.start == level.entry:
                heads = [("", ())]
            else:
                part = level.parts[line.start]
                heads = ways_out[part, line.leaving] if part in drawn else [(_given_by(levels, part), ())]
            if line.end == level.exit:
                tails = [("", ())]
            else:
                part = level.parts[line.end]
                tails = ways_in[part, line.arriving] if part in drawn else [(part, ())]
            for source, before in heads:
                for target, behind in tails:
                    path = (*before, *points, *behind)
                    if not source:
                        ways_in.setdefault((module, line.leaving), []).append((target, path))
                    elif not target:
                        ways_out.setdefault((module, line.arriving), []).append((source, path))
                    else:
                        edges.setdefault((source, target), Edge(source, target, _without_repeats(path)))
    return tuple(edges.values())


def _given_by(levels: Levels, part: str) -> str:
    """The layer that a stack's values come from: its last follower. A closed module stands for itself."""
    followers = levels.stacks.get(part, ())
    return followers[-1] if followers else part


def _lines(levels: Levels, here: Drawn, drawn: Mapping[str, Drawn]) -> list[tuple[Line, list[Point]]]:
    placed = here.placed
    level = placed.level
    parts = level.parts
    lines: dict[Line, None] = {}
    for (start, end), layers in level.arcs.items():
        at_start = start == level.entry or parts[start] in drawn
        at_end = end == level.exit or parts[end] in drawn
        for layer in layers:
            lines[Line(start, layer if at_start else "", end, layer if at_end else "")] = None
    paths = {line: _from_start(placed, line, drawn) for line in lines}
    ports = _ports(placed, paths, drawn)
    return [
        (line, [(x + here.x, y + here.y) for x, y in _to_end(placed, line, path, ports[line])])
        for line, path in paths.items()
    ]


def _from_start(placed: Placed, line: Line, drawn: Mapping[str, Drawn]) -> list[Point]:
    """The line as far as the bend before its end."""
    level = placed.level
    x = placed.axis[line.start]
    top, bottom = placed.rows[placed.row_of[line.start]]
    if line.start == level.entry:
        x = placed.entries[line.leaving]
        points = [(x, top)]
    else:
        if level.parts[line.start] in drawn:
            x += drawn[level.parts[line.start]].placed.exits[line.leaving]
        points = [(x, top + placed.parts[line.start].height), (x, bottom)]
    arc = (line.start, line.end)
    if arc in placed.lanes:
        lane = placed.lanes[arc]
        return [*points, (lane, _below(placed, line.start)), (lane, _above(placed, line.end))]
    for bend in level.arrangement.bends[arc]:
        top, bottom = placed.rows[placed.row_of[bend]]
        points += [(placed.axis[bend], top), (placed.axis[bend], bottom)]
    return points


def _below(placed: Placed, node: int) -> float:
    """Where the row under the node's begins."""
    row = placed.row_of[node] + 1
    return placed.rows[row][0] if row < len(placed.rows) else placed.rows[-1][1] + ROW_GAP


def _above(placed: Placed, node: int) -> float:
    """Where the row over the node's ends."""
    row = placed.row_of[node] - 1
    return placed.rows[row][1] if row >= 0 else placed.rows[0][0] - ROW_GAP


def _to_end(placed: Placed, line: Line, path: list[Point], port: float) -> tuple[Point, ...]:
    return _without_repeats((*path, (port, placed.rows[placed.row_of[line.end]][0])))


def _ports(placed: Placed, paths: Mapping[Line, list[Point]], drawn: Mapping[str, Drawn]) -> dict[Line, float]:
    """Where each line ends: side by side in the order in which they come, the one that comes straight down straight."""
    level = placed.level
    ports: dict[Line, float] = {}
    meeting: dict[int, list[Line]] = {}
    for line in paths:
        if line.end == level.exit:
            ports[line] = placed.exits[line.arriving]
        elif level.parts[line.end] in drawn:
            ports[line] = placed.axis[line.end] + drawn[level.parts[line.end]].placed.entries[line.arriving]
        else:
            meeting.setdefault(line.end, []).append(line)
    for end, lines in meeting.items():
        axis = placed.axis[end]
        lines.sort(key=lambda line: paths[line][-1][0])
        straight = [index for index, line in enumerate(lines) if abs(paths[line][-1][0] - axis) < 1.0]
        middle = straight[0] if straight else (len(lines) - 1) / 2
        room = min(placed.parts[end].left, placed.parts[end].right) - PORT_GAP / 2
        gap = min(PORT_GAP, room / max(middle, len(lines) - 1 - middle, 1.0))
        ports.update((line, axis + (index - middle) * gap) for index, line in enumerate(lines))
    return ports


def _without_repeats(points: Sequence[Point]) -> tuple[Point, ...]:
    """The same line without points that lie on a straight stretch of it."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        while len(kept) > 1 and kept[-2][0] == kept[-1][0] == point[0]:
            kept.pop()
        kept.append(point)
    return tuple(kept)
