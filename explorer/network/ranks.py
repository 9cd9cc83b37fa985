"""Nodes and arcs → rows from top to bottom, and each row's order from left to right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.network.crossings import Arc, with_few_crossings

_NEAR = 48


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Rows of nodes; an arc over several rows passes a bend in each row between.

    Bends are numbered from ``first_bend`` on. ``bends`` are each arc's, ``steps`` the pieces of arcs from one row to
    the next. ``rails`` are arcs that go round the outside: too long for a bend in each row, or against the way of the
    data. ``side_steps`` are those steps that no straight line is owed to: into what never comes back to the trunk, out
    of what does not begin with it, and along an arc beside which another way leads to the same node.
    """

    rows: tuple[tuple[int, ...], ...]
    first_bend: int
    bends: Mapping[Arc, tuple[int, ...]]
    steps: tuple[Arc, ...]
    side_steps: frozenset[Arc]
    rails: tuple[Arc, ...]


def arrange(
    nodes: Sequence[int], arcs: Iterable[Arc], first: int | None = None, last: int | None = None
) -> Arrangement:
    """Put ``nodes`` (in the order of the data) into rows so that arcs go down, with few crossings.

    ``first`` gets the first row to itself, and ``last`` the last one. The same nodes and arcs always give the same.
    """
    arcs = list(dict.fromkeys(arcs))
    row, trunk = _rows(nodes, arcs, first, last)
    rails = _rails(arcs, row, len(nodes))
    kept = [arc for arc in arcs if arc not in rails]
    first_bend = max(nodes, default=-1) + 1
    paths: dict[Arc, tuple[int, ...]] = {}
    bend = first_bend
    for start, end in kept:
        between = range(bend, bend + row[end] - row[start] - 1)
        row.update(zip(between, range(row[start] + 1, row[end]), strict=True))
        paths[start, end] = (start, *between, end)
        bend = between.stop
    rows: list[list[int]] = [[] for _ in range(max(row.values(), default=-1) + 1)]
    for node in _data_order(nodes, paths, trunk, first):
        rows[row[node]].append(node)
    steps = [step for path in paths.values() for step in pairwise(path)]
    ordered = with_few_crossings(rows, steps)
    side = {arc for arc in kept if (arc[0] in trunk) != (arc[1] in trunk)} | _shortcuts(kept, row)
    return Arrangement(
        tuple(map(tuple, ordered)),
        first_bend,
        {arc: path[1:-1] for arc, path in paths.items()},
        tuple(steps),
        frozenset(step for arc in side for step in pairwise(paths[arc])),
        tuple(rails),
    )


def _rows(
    nodes: Sequence[int], arcs: Sequence[Arc], first: int | None, last: int | None
) -> tuple[dict[int, int], frozenset[int]]:
    """Each node's row, and the trunk: what lies on a way from the longest way's beginning to its end.

    Of ends that are equally far the last in the order of the data counts: heads on the side stand before the network's.
    A node stands directly below the lowest that it reads; one that reads nothing of the trunk, directly above the
    highest that reads it.
    """
    before, after = _neighbours(nodes, arcs)
    order = _sorted(nodes, before, after)
    place = {node: index for index, node in enumerate(order)}
    top = 0 if first is None else 1
    row: dict[int, int] = {}
    for node in order:
        row[node] = max((row[source] + 1 for source in before[node] if source in row), default=top)
    if first is not None:
        row[first] = 0
    if last is not None:
        row[last] = max(row[last], *(row[node] + 1 for node in nodes if node != last))
    end = last if last is not None else max(reversed(nodes), key=lambda node: row[node], default=None)
    if end is None:
        return row, frozenset()
    begin = end
    while above := [source for source in before[begin] if row[source] < row[begin]]:
        begin = max(above, key=lambda node: row[node])
    begin = begin if first is None else first
    below = _reached(begin, after)
    for node in reversed(order):
        readers = [row[end] for end in after[node] if place[end] > place[node]]
        if node not in below and node != first and readers:
            row[node] = max(row[node], min(readers) - 1)
    return row, frozenset(below & _reached(end, before))


def _neighbours(nodes: Iterable[int], arcs: Iterable[Arc]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """What each node reads, and what reads it."""
    before: dict[int, list[int]] = {node: [] for node in nodes}
    after: dict[int, list[int]] = {node: [] for node in before}
    for start, end in arcs:
        before[end].append(start)
        after[start].append(end)
    return before, after


def _sorted(nodes: Sequence[int], before: Mapping[int, Sequence[int]], after: Mapping[int, Sequence[int]]) -> list[int]:
    missing = {node: len(before[node]) for node in nodes}
    order: dict[int, None] = {}
    for claimed in (False, True):
        for node in nodes:
            waiting = [node] if node not in order and (claimed or not missing[node]) else []
            while waiting:
                ready = waiting.pop()
                order.setdefault(ready)
                for end in after[ready]:
                    missing[end] -= 1
                    if missing[end] == 0 and end not in order:
                        waiting.append(end)
    return list(order)


def _reached(start: int, steps: Mapping[int, Sequence[int]]) -> set[int]:
    found = {start}
    waiting = [start]
    while waiting:
        fresh = [node for node in steps[waiting.pop()] if node not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


def _rails(arcs: Sequence[Arc], row: Mapping[int, int], count: int) -> set[Arc]:
    """Arcs against the way of the data, and the longest, so that bends stay in proportion to nodes."""
    rails = {arc for arc in arcs if row[arc[1]] <= row[arc[0]]}
    length = {arc: row[arc[1]] - row[arc[0]] - 1 for arc in arcs if arc not in rails}
    bends, allowed = sum(length.values()), 2 * count + 1000
    for arc in sorted(length, key=length.__getitem__, reverse=True):
        if bends <= allowed:
            break
        rails.add(arc)
        bends -= length[arc]
    return rails


def _data_order(
    nodes: Sequence[int], paths: Mapping[Arc, Sequence[int]], trunk: Collection[int], first: int | None
) -> list[int]:
    """Nodes and bends as a walk into the depth meets them: branches as the file has them, side ways to the right."""
    before, after = _neighbours(nodes, paths)
    index = {node: number for number, node in enumerate(nodes)}
    for ends in after.values():
        ends.sort(key=lambda end: (end not in trunk, index[end]))
    starts = sorted(nodes, key=lambda node: (node != first, bool(before[node]), node not in trunk, index[node]))
    met: dict[int, None] = {}
    for start in starts:
        waiting: list[tuple[int, ...]] = [(start,)] if start not in met else []
        while waiting:
            path = waiting.pop()
            met.update(dict.fromkeys(path[:-1]))
            if path[-1] not in met:
                met[path[-1]] = None
                waiting.extend(tuple(paths[path[-1], end][1:]) for end in reversed(after[path[-1]]))
    return list(met)


def _shortcuts(arcs: Iterable[Arc], row: Mapping[int, int]) -> set[Arc]:
    """Arcs past a row or more, beside which another way leads to the same node through few others."""
    arcs = list(arcs)
    _, after = _neighbours(row, arcs)
    found: set[Arc] = set()
    for start, end in arcs:
        if row[end] - row[start] < 2:
            continue
        reached = {start}
        waiting = [start]
        while waiting and len(reached) < _NEAR and (start, end) not in found:
            node = waiting.pop()
            for near in after[node]:
                if near == end and node != start:
                    found.add((start, end))
                elif row[near] < row[end] and near not in reached:
                    reached.add(near)
                    waiting.append(near)
    return found
