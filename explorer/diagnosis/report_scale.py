"""Errors on a logarithmic scale: before, after, the next best explanation, and what rounding alone makes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from explorer.diagnosis.finding import Finding
from explorer.diagnosis.report_markup import Markup, element, joined, number, power

ZERO, LEFT, RIGHT, INFINITY = 1.5, 8.0, 92.0, 98.0
"""Where the scale's ends stand, in hundredths of the width; zero and infinity stand outside."""

LINE = 26
"""Where the line is, in pixels from the top of the drawing."""


@dataclass(frozen=True)
class Scale:
    """Decades from 10**``low`` to 10**``high``, the same for all findings of a page so that they can be compared."""

    low: int
    high: int

    def place(self, value: float) -> float:
        """Where a value stands, in hundredths of the width."""
        if math.isnan(value) or value == math.inf:
            return INFINITY
        if value <= 0:
            return ZERO
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, part))


def scale_of(findings: Iterable[Finding]) -> Scale:
    """The scale that holds every number of ``findings``."""
    values = [value for finding in findings for value in _values(finding)]
    told = [math.log10(value) for value in values if math.isfinite(value) and value > 0]
    low, high = math.floor(min(told, default=-8.0)), math.ceil(max(told, default=0.0))
    return Scale(low, max(high, low + 2))


def error_bar(finding: Finding, scale: Scale) -> Markup:
    """The finding's errors as marks on the scale, with the numbers in words for who can't see it."""
    before, after, floor = (
        scale.place(value) for value in (finding.residual_before, finding.residual_after, finding.noise_floor)
    )
    second = finding.runner_up
    words = (
        f"On a logarithmic scale: error before {number(finding.residual_before)}, "
        f"after {number(finding.residual_after)}, rounding alone {number(finding.noise_floor)}"
        + (f", next best {number(second.residual)}." if second is not None else ".")
    )
    towards = 1.2 if after < before else -1.2
    parts = [
        element("rect", x=0, y=LINE - 14, width=f"{floor:.2f}%", height=28, class_="rounding"),
        _line(0, 100, LINE, "axis"),
        *_ticks(scale, _values(finding)),
        element("line", x1=f"{floor:.2f}%", x2=f"{floor:.2f}%", y1=LINE - 18, y2=LINE + 14, class_="floor"),
        _line(before, after + towards, LINE, "way"),
        None if second is None else _mark(scale.place(second.residual), "M0-7 7 0 0 7-7 0Z", "second"),
        _mark(before, "M0-8 8 6H-8Z", "before"),
        _mark(after, "M0-6A6 6 0 1 1 0 6 6 6 0 1 1 0-6Z", "after"),
    ]
    return element("svg", *parts, class_="scale", width="100%", height=58, role="img", aria_label=words)


def error_key(finding: Finding) -> Markup:
    """The same numbers as text, each with the mark that it has on the scale."""
    second = finding.runner_up
    rows: list[tuple[str, str, str, str, str | None]] = [
        ("▲", "before", "error before", number(finding.residual_before), None),
        ("●", "after", "after the fix", number(finding.residual_after), None),
        ("┃", "floor", "rounding alone", number(finding.noise_floor), None),
    ]
    if second is not None:
        rows.append(("◇", "second", "next best cause", number(second.residual), second.cause))
    return element("dl", *(_key(*row) for row in rows), class_="key")


def _key(glyph: str, kind: str, word: str, value: str, more: str | None) -> Markup:
    mark = element("span", glyph, class_=f"glyph {kind}", aria_hidden="true")
    further = None if more is None else joined(" ", element("code", more))
    return element("div", element("dt", mark, " ", word), element("dd", element("b", value), further))


def _ticks(scale: Scale, values: Sequence[float]) -> Sequence[Markup]:
    step = max(1, math.ceil((scale.high - scale.low) / 6))
    told = [(scale.place(10.0**decade), power(decade)) for decade in range(scale.low, scale.high + 1, step)]
    if 0.0 in values:
        told.append((ZERO, "0"))
    if math.inf in values:
        told.append((INFINITY, "∞"))
    return [
        element(
            "g",
            element("line", x1=f"{x:.2f}%", x2=f"{x:.2f}%", y1=LINE - 3, y2=LINE + 3, class_="axis"),
            element("text", text, x=f"{x:.2f}%", y=LINE + 28, text_anchor="middle"),
            class_="tick",
        )
        for x, text in told
    ]


def _line(start: float, end: float, y: int, kind: str) -> Markup:
    return element("line", x1=f"{start:.2f}%", x2=f"{end:.2f}%", y1=y, y2=y, class_=kind)


def _mark(x: float, path: str, kind: str) -> Markup:
    # A drawing within the drawing: only so may a shape stand at a part of the width and keep its size.
    return element("svg", element("path", d=path, class_=kind), x=f"{x:.2f}%", y=LINE, overflow="visible")


def _values(finding: Finding) -> list[float]:
    values = [finding.residual_before, finding.residual_after, finding.noise_floor]
    return values if finding.runner_up is None else [*values, finding.runner_up.residual]
