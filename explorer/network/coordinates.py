"""Rows of nodes → how far each stands from the trunk, so that lines are straight and nothing overlaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise

from explorer.network.crossings import LARGEST, Arc, pieces
from explorer.network.ranks import Arrangement

Extents = tuple[float, float]
"""How far a node reaches to the left and to the right of its own axis."""

Rows = Sequence[Sequence[int]]
Separation = Callable[[int, int], float]

_TOO_WIDE = 3
_SWEEPS = 8


def axes(arrangement: Arrangement, extents: Mapping[int, Extents], gap: float) -> dict[int, float]:
    """The axis x of each node and bend; a row's only node stands on the trunk, x = 0.

    Between two such rows: Brandes and Köpf 2001, "Fast and simple horizontal coordinate assignment", with nodes of any
    width and the balance of all four alignments. Among more nodes than :data:`LARGEST`, or where so many lines cross
    that its straight lines drift far apart, each node stands near the mean of its neighbours instead. Neighbours in a
    row stand at least ``gap`` apart.
    """
    place: dict[int, float] = {}
    above, below = _straight_neighbours(arrangement)
    bends = arrangement.first_bend

    def apart(left: int, right: int) -> float:
        return extents.get(left, (0.0, 0.0))[1] + gap + extents.get(right, (0.0, 0.0))[0]

    for top, bottom in pieces(arrangement.rows):
        rows = arrangement.rows[top : bottom + 1]
        if all(len(row) == 1 for row in rows):
            place.update((row[0], 0.0) for row in rows)
            continue
        within = {node for row in rows for node in row}
        up = {node: [near for near in above.get(node, ()) if near in within] for node in within}
        down = {node: [near for near in below.get(node, ()) if near in within] for node in within}
        widest = max(sum(apart(*pair) for pair in pairwise(row)) for row in rows)
        x = _balanced(rows, up, down, apart, bends) if len(within) <= LARGEST else {}
        if not x or max(x.values()) - min(x.values()) > _TOO_WIDE * widest:
            x = _relaxed(rows, up, down, apart)
        ends = [row[0] for row in (rows[0], rows[-1]) if len(row) == 1]
        middle = sum(x[node] for node in ends) / len(ends) if ends else 0.0
        place.update((node, across - middle) for node, across in x.items())
        place.update((node, 0.0) for node in ends)
    return place


def _straight_neighbours(arrangement: Arrangement) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """The neighbours that a straight line is owed to, in the order of their row."""
    order = {node: index for row in arrangement.rows for index, node in enumerate(row)}
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for start, end in arrangement.steps:
        within_side = start >= arrangement.first_bend and end >= arrangement.first_bend
        if (start, end) not in arrangement.side_steps or within_side:
            above.setdefault(end, []).append(start)
            below.setdefault(start, []).append(end)
    for lists in (above, below):
        for near in lists.values():
            near.sort(key=order.__getitem__)
    return above, below


def _balanced(
    rows: Rows,
    above: Mapping[int, Sequence[int]],
    below: Mapping[int, Sequence[int]],
    apart: Separation,
    first_bend: int,
) -> dict[int, float]:
    conflicts = _conflicts(rows, above, first_bend)
    found: list[dict[int, float]] = []
    for downwards in (True, False):
        near = above if downwards else below
        order = rows if downwards else rows[::-1]
        found.append(_compacted(order, _roots(order, near, conflicts), apart))
        mirrored = [row[::-1] for row in order]
        x = _compacted(mirrored, _roots(mirrored, near, conflicts, mirrored=True), lambda a, b: apart(b, a))
        found.append({node: -across for node, across in x.items()})
    narrowest = min(found, key=lambda x: max(x.values()) - min(x.values()))
    low, high = min(narrowest.values()), max(narrowest.values())
    for index, x in enumerate(found):
        shift = high - max(x.values()) if index % 2 else low - min(x.values())
        found[index] = {node: across + shift for node, across in x.items()}
    balanced: dict[int, float] = {}
    for node in found[0]:
        _, second, third, _ = sorted(x[node] for x in found)
        balanced[node] = (second + third) / 2
    return balanced


def _conflicts(rows: Rows, above: Mapping[int, Sequence[int]], first_bend: int) -> set[Arc]:
    """Steps that cross a step between two bends: those have to give way, so that long lines stay straight."""
    found: set[Arc] = set()
    for upper, lower in pairwise(rows):
        place = {node: index for index, node in enumerate(upper)}
        left, scanned = 0, 0
        for index, node in enumerate(lower):
            inner = next((near for near in above[node] if near >= first_bend), None) if node >= first_bend else None
            if inner is None and index < len(lower) - 1:
                continue
            right = len(upper) if inner is None else place[inner]
            for other in lower[scanned : index + 1]:
                for near in above[other]:
                    both = near >= first_bend and other >= first_bend
                    if not both and not left <= place[near] <= right:
                        found.add((near, other))
            left, scanned = right, index + 1
    return found


def _roots(
    rows: Rows, near: Mapping[int, Sequence[int]], conflicts: set[Arc], mirrored: bool = False
) -> dict[int, int]:
    """Blocks that stand in one vertical line, each node with its block's first node."""
    place = {node: index for row in rows for index, node in enumerate(row)}
    root = {node: node for node in place}
    for row in rows:
        last = -1
        for node in row:
            sources = near[node][::-1] if mirrored else near[node]
            middle = (len(sources) - 1) / 2
            for source in sources[int(middle) : int(middle + 0.5) + 1]:
                free = root[node] == node and last < place[source]
                if free and (source, node) not in conflicts and (node, source) not in conflicts:
                    root[node] = root[source]
                    last = place[source]
    return root


def _compacted(rows: Rows, root: Mapping[int, int], apart: Separation) -> dict[int, float]:
    """Every block as far left as those beside it allow, then as far right as nothing moves."""
    right: dict[int, dict[int, float]] = {block: {} for block in root.values()}
    missing = dict.fromkeys(right, 0)
    for row in rows:
        for one, other in pairwise(row):
            beside = right[root[one]]
            missing[root[other]] += root[other] not in beside
            beside[root[other]] = max(apart(one, other), beside.get(root[other], 0.0))
    x = dict.fromkeys(right, 0.0)
    order = [block for block in right if not missing[block]]
    for block in order:
        for other, distance in right[block].items():
            x[other] = max(x[other], x[block] + distance)
            missing[other] -= 1
            if not missing[other]:
                order.append(other)
    for block in reversed(order):
        if right[block]:
            x[block] = max(x[block], min(x[other] - distance for other, distance in right[block].items()))
    return {node: x[block] for node, block in root.items()}


def _relaxed(
    rows: Rows, above: Mapping[int, Sequence[int]], below: Mapping[int, Sequence[int]], apart: Separation
) -> dict[int, float]:
    """Rows shifted in turn, downwards and upwards, each as near to the means of its neighbours as its order allows."""
    offsets = [list(accumulate((apart(*pair) for pair in pairwise(row)), initial=0.0)) for row in rows]
    x = {
        node: offset - places[-1] / 2
        for row, places in zip(rows, offsets, strict=True)
        for node, offset in zip(row, places, strict=True)
    }
    for sweep in range(_SWEEPS):
        near = below if sweep % 2 else above
        for index in range(len(rows) - 1, -1, -1) if sweep % 2 else range(len(rows)):
            wanted = [
                (sum(x[other] for other in near[node]) / len(near[node]) if near[node] else x[node]) - offset
                for node, offset in zip(rows[index], offsets[index], strict=True)
            ]
            fitted = zip(rows[index], _rising(wanted), offsets[index], strict=True)
            x.update((node, across + offset) for node, across, offset in fitted)
    return x


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest rising values by least squares: neighbours that fall are pooled at their mean."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
