"""One level's parts and their sizes → where each stands, from the level's own trunk and top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.network.coordinates import axes
from explorer.network.crossings import Arc
from explorer.network.levels import Level
from explorer.network.ranks import Arrangement

NODE_GAP, ROW_GAP = 16.0, 28.0
"""Free space between neighbours in a row, and between a row and the next; more where a line parts into several."""

PORT_GAP = 20.0
"""Between lines that come in or go out side by side."""

_BORDER_GAP, _FAN_GAP, _WIDEST_FAN = 16.0, 8.0, 4


@dataclass(frozen=True)
class Box:
    """What one part takes up: to the left and to the right of its axis, and downwards."""

    left: float
    right: float
    height: float


@dataclass(frozen=True, eq=False)
class Placed:
    """A level's drawing: x from its trunk, y from its top, ``box`` as much as it takes up itself.

    ``axis`` is where each node and bend stands, ``rows`` are top and bottom of each row, ``row_of`` the node's row.
    ``entries`` and ``exits`` are where the values of the layers around come in and those of its own go out; ``lanes``
    where the rails go down.
    """

    level: Level
    parts: tuple[Box, ...]
    axis: Mapping[int, float]
    rows: tuple[tuple[float, float], ...]
    row_of: Mapping[int, int]
    entries: Mapping[str, float]
    exits: Mapping[str, float]
    lanes: Mapping[Arc, float]
    box: Box


def place_level(level: Level, parts: tuple[Box, ...]) -> Placed:
    """Place a level's ``parts`` (in the level's order)."""
    found = level.arrangement
    extents = {node: (box.left, box.right) for node, box in enumerate(parts)}
    axis = {node: float(round(x)) for node, x in axes(found, extents, NODE_GAP).items()}
    row_of = {node: index for index, row in enumerate(found.rows) for node in row}
    rows = _rows(found, parts, row_of)
    entries = _ports(level.incoming, axis.get(level.entry, 0.0))
    exits = _ports(level.outgoing, axis.get(level.exit, 0.0))
    borders = [
        *((axis[node] - box.left, axis[node] + box.right) for node, box in enumerate(parts)),
        *((axis[node], axis[node]) for row in found.rows for node in row if node >= found.first_bend),
        *((x, x) for x in (*entries.values(), *exits.values())),
    ]
    left, right = min((x for x, _ in borders), default=0.0), max((x for _, x in borders), default=0.0)
    lanes = _lanes(found, row_of, right)
    right = max([right, *lanes.values()])
    return Placed(
        level, parts, axis, rows, row_of, entries, exits, lanes, Box(-left, right, rows[-1][1] if rows else 0.0)
    )


def _ports(layers: tuple[str, ...], middle: float) -> dict[str, float]:
    """Places side by side around ``middle``, one for each layer."""
    return {name: middle + (index - (len(layers) - 1) / 2) * PORT_GAP for index, name in enumerate(layers)}


def _rows(found: Arrangement, parts: tuple[Box, ...], row_of: Mapping[int, int]) -> tuple[tuple[float, float], ...]:
    """Top and bottom of each row. The space between two depends on no node's width, so that nothing above moves."""
    leaving, arriving = Counter(start for start, _ in found.steps), Counter(end for _, end in found.steps)
    most = [1] * (len(found.rows) + 1)
    for node, count in leaving.items():
        most[row_of[node]] = max(most[row_of[node]], count)
    for node, count in arriving.items():
        most[row_of[node] - 1] = max(most[row_of[node] - 1], count)
    rows: list[tuple[float, float]] = []
    top = 0.0
    for index, row in enumerate(found.rows):
        bottom = top + max(parts[node].height if node < len(parts) else 0.0 for node in row)
        rows.append((top, bottom))
        next_row = found.rows[min(index + 1, len(found.rows) - 1)]
        is_at_border = min(row) >= len(parts) or min(next_row) >= len(parts)
        top = bottom + (_BORDER_GAP if is_at_border else ROW_GAP) + min(_WIDEST_FAN, most[index] - 1) * _FAN_GAP
    return tuple(rows)


def _lanes(found: Arrangement, row_of: Mapping[int, int], right: float) -> dict[Arc, float]:
    """Each rail's x beyond the ``right`` border: one lane for what comes from one node, or is never side by side."""
    reach: dict[int, list[int]] = {}
    for start, end in found.rails:
        reach.setdefault(start, []).extend((row_of[start], row_of[end]))
    lane: dict[int, int] = {}
    ends: list[int] = []
    for start in sorted(reach, key=lambda node: min(reach[node])):
        lane[start] = next((index for index, end in enumerate(ends) if end < min(reach[start])), len(ends))
        ends[lane[start] : lane[start] + 1] = [max(reach[start])]
    return {arc: right + (lane[arc[0]] + 1) * PORT_GAP for arc in found.rails}
