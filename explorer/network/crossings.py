"""The order of rows in which few lines cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

Arc = tuple[int, int]
Rows = list[list[int]]

DEEPEST, LARGEST = 400, 4000
"""Rows and nodes that are given to the compiled layout at most: it recurses once a row, on whatever stack there is."""

_SWEEPS = 4


def pieces(rows: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """First and last row of each piece between rows of a single node; the pieces share those rows and nothing else."""
    ends = [index for index, row in enumerate(rows) if len(row) == 1 or index in (0, len(rows) - 1)]
    return list(pairwise(ends)) or [(end, end) for end in ends]


def with_few_crossings(rows: Rows, steps: Iterable[Arc]) -> Rows:
    """The rows in a better order; ``steps`` lead from each row to the next.

    What crosses nowhere stays as it is. For the rest the compiled layout (Sugiyama's method) and a few sweeps of our
    own are asked, and the order that was given is kept where they cross no less.
    """
    row_of = {node: index for index, row in enumerate(rows) for node in row}
    below: list[list[Arc]] = [[] for _ in rows]
    for step in steps:
        below[row_of[step[0]]].append(step)
    ordered = [list(row) for row in rows]
    for top, bottom in pieces(rows):
        given, arcs = ordered[top : bottom + 1], below[top:bottom]
        fewest = count_crossings(given, arcs)
        for attempt in (_swept, _compiled):
            order = attempt(given, arcs) if fewest else given
            crossings = count_crossings(order, arcs) if fewest else 0
            if crossings < fewest:
                fewest, ordered[top : bottom + 1] = crossings, order
    return ordered


def count_crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[Arc]]) -> int:
    """How many pairs of lines cross; ``below`` are the steps from each row to the next."""
    place = {node: index for row in rows for index, node in enumerate(row)}
    crossings = 0
    for steps in below:
        ends: list[int] = []
        for _, end in sorted((place[start], place[end]) for start, end in steps):
            crossings += len(ends) - bisect_right(ends, end)
            insort(ends, end)
    return crossings


def _swept(rows: Rows, below: Sequence[Sequence[Arc]]) -> Rows:
    """Each node at the mean place of its neighbours in the row before, downwards and upwards in turn."""
    order = [list(row) for row in rows]
    best, fewest = order, count_crossings(order, below)
    for sweep in range(_SWEEPS):
        order = [list(row) for row in order]
        if sweep % 2:
            for index in range(len(order) - 2, -1, -1):
                order[index] = _at_means(order[index], order[index + 1], [(end, start) for start, end in below[index]])
        else:
            for index in range(1, len(order)):
                order[index] = _at_means(order[index], order[index - 1], below[index - 1])
        crossings = count_crossings(order, below)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _at_means(row: Sequence[int], fixed: Sequence[int], steps: Iterable[Arc]) -> list[int]:
    place = {node: index for index, node in enumerate(fixed)}
    found: dict[int, list[int]] = {node: [] for node in row}
    for start, end in steps:
        found[end].append(place[start])
    means = {node: sum(places) / len(places) for node, places in found.items() if places}
    moved = iter(sorted(means, key=means.__getitem__))
    return [next(moved) if node in means else node for node in row]


def _compiled(rows: Rows, below: Sequence[Sequence[Arc]]) -> Rows:
    if len(rows) > DEEPEST or sum(map(len, rows)) > LARGEST:
        return rows
    # Late, since it takes as long to import as a usual network takes to lay out, and most have no crossing to remove.
    from fast_sugiyama import from_edges

    number = {node: index for index, node in enumerate(node for row in rows for node in row)}
    node_of = list(number)
    arcs = [(number[start], number[end]) for steps in below for start, end in steps]
    across: dict[int, tuple[int, float]] = {}
    for component, (positions, *_) in enumerate(from_edges(arcs, ranking_type="minimize", dummy_vertices=True)):
        across.update((node_of[int(node)], (component, x)) for node, (x, _) in positions)
    order = [sorted(row, key=lambda node: across.get(node, (len(rows), 0.0))) for row in rows]
    return order if _is_alike(rows, order) else [row[::-1] for row in order]


def _is_alike(rows: Rows, order: Rows) -> bool:
    """Whether the order is nearer to the one given than its mirror image is."""
    likeness = 0.0
    for row, other in zip(rows, order, strict=True):
        place: Mapping[int, int] = {node: index for index, node in enumerate(row)}
        middle = (len(row) - 1) / 2
        likeness += sum((place[node] - middle) * (index - middle) for index, node in enumerate(other))
    return likeness >= 0
