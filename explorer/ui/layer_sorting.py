"""In which order the rows of the layer table stand. Without Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer.ui.layer_rows import LayerRow, RowState, RowTime

SortKey = Literal["name", "type", "output", "error", "macs", "time", "parameters"]

Figure = float | tuple[object, ...] | None
"""What is compared; None: nothing is known, and the row stands behind all others."""

LARGEST_FIRST: frozenset[SortKey] = frozenset(("output", "error", "macs", "time", "parameters"))
"""Of figures one looks for the largest, names are read from their beginning."""

DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Sorting:
    """By what the rows are sorted, and which end comes first."""

    key: SortKey
    descending: bool

    @property
    def text(self) -> str:
        """As it is kept in the settings."""
        return f"{self.key} {'descending' if self.descending else 'ascending'}"

    @property
    def arrow(self) -> str:
        """The direction as it stands beside a heading."""
        return "↓" if self.descending else "↑"


def first_sorting(key: SortKey) -> Sorting:
    """How one sorts by ``key`` at first."""
    return Sorting(key, key in LARGEST_FIRST)


def next_sorting(key: SortKey, now: Sorting | None) -> Sorting | None:
    """What asking for ``key`` once more comes to: the other way round, and after that the order of the data."""
    if now is None or now.key != key:
        return first_sorting(key)
    turned = Sorting(key, not now.descending)
    return None if turned == first_sorting(key) else turned


def read_sorting(text: str) -> Sorting | None:
    """What was kept; None: the order of the data."""
    return next(
        (made for key in FIGURES for made in (Sorting(key, False), Sorting(key, True)) if made.text == text), None
    )


def leaves(rows: Iterable[LayerRow]) -> list[LayerRow]:
    """The layers in the order of the data, out of their modules and under their whole names."""
    found: list[LayerRow] = []
    waiting = [*rows][::-1]
    while waiting:
        row = waiting.pop()
        if row.is_module:
            waiting.extend(reversed(row.children))
        else:
            found.append(replace(row, label=row.name))
    return found


def sort_rows(
    rows: Sequence[LayerRow],
    sorting: Sorting,
    state_of: Callable[[LayerRow], RowState | None],
    time_of: Callable[[LayerRow], RowTime | None],
) -> tuple[LayerRow, ...]:
    """The rows in their new order; equals, and rows of which nothing is known, in the order of the data."""
    figure = FIGURES[sorting.key]
    known: list[tuple[Figure, LayerRow]] = []
    unknown: list[LayerRow] = []
    for row in rows:
        found = figure(row, state_of(row), time_of(row))
        if found is None:
            unknown.append(row)
        else:
            known.append((found, row))
    known.sort(key=lambda pair: pair[0], reverse=sorting.descending)  # type: ignore[arg-type, return-value]
    return (*(row for _, row in known), *unknown)


def natural(name: str) -> tuple[object, ...]:
    """A name in the order in which one counts: ``conv2`` before ``conv10``."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in DIGITS.split(name.casefold()) if part)


def _size(row: LayerRow) -> Figure:
    sizes = row.shape.split("×") if row.shape else []
    if not sizes or not all(size.isdecimal() for size in sizes):
        return None
    numbers = tuple(map(int, sizes))
    return (math.prod(numbers), *numbers)


def _error(state: RowState | None) -> Figure:
    # What is no number is the worst error of all, and would stand anywhere.
    if state is None or state.error is None:
        return None
    return math.inf if math.isnan(state.error) else state.error


FIGURES: Mapping[SortKey, Callable[[LayerRow, RowState | None, RowTime | None], Figure]] = {
    "name": lambda row, state, time: natural(row.name),
    "type": lambda row, state, time: (row.type.casefold(),),
    "output": lambda row, state, time: _size(row),
    "error": lambda row, state, time: _error(state),
    "macs": lambda row, state, time: row.macs,
    "time": lambda row, state, time: None if time is None else time.milliseconds,
    "parameters": lambda row, state, time: row.parameters,
}
"""What is compared for each key."""
