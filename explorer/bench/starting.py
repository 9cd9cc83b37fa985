"""How long it takes until something is there: a version, a painted window."""

from __future__ import annotations

import sys

from explorer.bench.bench import Bench
from explorer.bench.figures import Figure
from explorer.bench.processes import module, run_timed, seconds_to_line
from explorer.bench.spread import ratios_of, spread_of

VERSION_GOAL, START_GOAL = 3.0, 1.0

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
"""Painted in memory: the same on every machine, with a display or without."""


def measure_version(bench: Bench) -> list[Figure]:
    """`portside --version` over a Python that does nothing."""
    ours, theirs = [], []
    for round_ in range(1 + bench.settings.rounds):
        mine = run_timed([sys.executable, "-m", "explorer", "--version"]).seconds
        other = run_timed([sys.executable, "-c", "pass"]).seconds
        if round_:
            ours.append(mine)
            theirs.append(other)
    return [
        Figure(
            "version",
            "portside --version ÷ python -c pass",
            "ratio",
            VERSION_GOAL,
            ratios_of(ours, theirs),
            detail=f"{_ms(ours)}, Python {_ms(theirs)}",
        )
    ]


def measure_start(bench: Bench) -> list[Figure]:
    """From the start of the process to the first paint, over a bare window of PySide6 and pyqtgraph."""
    ours, theirs = [], []
    for round_ in range(1 + bench.settings.rounds):
        mine = seconds_to_line(module("first_paint"), OFFSCREEN)
        other = seconds_to_line(module("bare_window"), OFFSCREEN)
        if round_:
            ours.append(mine)
            theirs.append(other)
    return [
        Figure(
            "start",
            "window painted, cold start ÷ a bare PySide6 + pyqtgraph window",
            "ratio",
            START_GOAL,
            ratios_of(ours, theirs),
            detail=f"{_ms(ours)}, the bare window {_ms(theirs)}",
        )
    ]


def _ms(seconds: list[float]) -> str:
    return f"{spread_of(seconds).median * 1e3:.0f} ms"
