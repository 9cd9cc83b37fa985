"""Layers as a table to copy: what a spreadsheet can count with. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.ui.layer_filter import RowFacts
from explorer.ui.layer_rows import LayerRow
from explorer.ui.theme import MARKS


def rows_table(rows: Sequence[LayerRow], facts_of: Callable[[LayerRow], RowFacts]) -> tuple[tuple[str, ...], ...]:
    """One line a layer under a line of headings; columns of which nothing is known are left out.

    Numbers are whole: counts without prefixes, errors with six digits, times in milliseconds.
    """
    facts = [facts_of(row) for row in rows]
    states, times = [one.state for one in facts], [one.time for one in facts]
    columns: dict[str, list[str]] = {
        "Status": ["" if state is None else MARKS[state.verdict].word for state in states],
        "Layer": [row.name for row in rows],
        "Type": [row.type for row in rows],
        "Output": [row.shape for row in rows],
        "Error": [_number(None if state is None else state.error) for state in states],
        "Floor": [_number(None if state is None else state.floor) for state in states],
        "Cumulative": [_number(None if state is None else state.cumulative) for state in states],
        "Time, ms": [_number(None if time is None else time.milliseconds) for time in times],
        "Multiply-adds": [_number(row.macs) for row in rows],
        "Parameters": [_number(row.parameters) for row in rows],
        "Bookmarked": ["yes" if one.is_bookmarked else "" for one in facts],
    }
    shown = {heading: cells for heading, cells in columns.items() if heading == "Layer" or any(cells)}
    return (tuple(shown), *zip(*shown.values(), strict=True))


def _number(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.6g}"
