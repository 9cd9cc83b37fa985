"""What a person waits for in the window: a file that opens, maps behind a click, frames while moving."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median
from typing import Any

from explorer.bench.bench import Bench
from explorer.bench.figures import Figure
from explorer.bench.netron import measure_netron
from explorer.bench.processes import Taker, module
from explorer.bench.spread import Spread, percentile, spread_of
from explorer.bench.starting import OFFSCREEN

CLICK_GOAL, FRAME_GOAL, HICCUP_GOAL = 16.0, 16.0, 50.0
OPEN_GOAL = 200.0

SECONDS_FOR_NODES = 1 / 10_000
"""The goal for a large file: 1.0 s for 10 000 nodes, 2.0 s for 20 000."""

PERCENT = 95


def open_window() -> Taker:
    """The window in a process of its own, warmed up."""
    return Taker(module("window"), OFFSCREEN)


def measure_click(bench: Bench) -> list[Figure]:
    """From a click on a layer to its painted maps, for every layer in turn."""
    with open_window() as window:
        window.ask(f"open {bench.googlenet}\t{bench.picture}")
        layers = window.ask("layers")
        window.ask(f"click {layers[-1]}")
        times = [float(window.ask(f"click {layer}")) for layer in layers]
    at = percentile(times, PERCENT)
    detail = f"median {median(times):.1f} ms, slowest {max(times):.1f} ms, {len(times)} layers"
    title = "click → painted maps, any layer of GoogLeNet, after a run, 95th percentile"
    low_high = (percentile(times, 25), percentile(times, 75))
    return [Figure("click", title, "ms", CLICK_GOAL, Spread(at, *low_high, len(times)), detail=detail)]


def measure_open(bench: Bench) -> list[Figure]:
    """GoogLeNet's file dropped on a running window, and on Netron."""
    times = []
    worst = []
    with open_window() as window:
        for _ in range(1 + bench.settings.rounds):
            answer = _open_after_another(window, bench.googlenet, bench.blocks(10))
            times.append(answer["milliseconds"])
            worst.append(answer["worst_frame"])
    title = "GoogLeNet file dropped → graph painted, in a running window"
    detail = f"first {times[0]:.0f} ms; longest frame {max(worst):.0f} ms"
    ours = Figure("open", title, "ms", OPEN_GOAL, spread_of(times[1:]), detail=detail)
    return [ours, measure_netron(bench, "open", "GoogLeNet", bench.googlenet, median(times[1:]) / 1e3)]


def measure_open_large(bench: Bench) -> list[Figure]:
    """The same with large files, and the longest time that the window stood still."""
    figures = []
    for nodes in bench.settings.large:
        path = bench.blocks(nodes)
        with open_window() as window:
            answers = [_open_after_another(window, path, bench.blocks(10)) for _ in range(bench.settings.slow_rounds)]
        times = [answer["milliseconds"] / 1e3 for answer in answers]
        worst = [answer["worst_frame"] for answer in answers]
        name = f"ONNX of {nodes} nodes"
        goal = nodes * SECONDS_FOR_NODES
        first = f"first of its process {times[0]:.2f} s"
        figures += [
            Figure("open-large", f"{name} dropped → graph painted", "s", goal, spread_of(times), detail=first),
            Figure("open-large", f"{name}: longest frame while it opens", "ms", HICCUP_GOAL, spread_of(worst)),
            measure_netron(bench, "open-large", name, path, median(times)),
        ]
    return figures


def measure_frames(bench: Bench) -> list[Figure]:
    """One frame of the largest graph, all of it in view, while it is panned and zoomed."""
    nodes = bench.settings.large[-1]
    with open_window() as window:
        window.ask(f"open {bench.blocks(nodes)}")
        answer = window.ask(f"frames {max(20, bench.settings.rounds)}")
    figures = []
    for name, what in (("pan", "panning"), ("zoom", "zooming")):
        times = answer[name]
        detail = f"95th percentile {percentile(times, PERCENT):.1f} ms, slowest {max(times):.1f} ms"
        title = f"frame while {what} a {answer['nodes']}-node graph, all in view"
        figures.append(Figure("frames", title, "ms", FRAME_GOAL, spread_of(times), detail=detail))
    return figures


def measure_growth(bench: Bench) -> list[Figure]:
    """How many times dearer the largest file is than the smallest, over how many times n log n grows."""
    small, large = bench.settings.growth
    times: dict[int, list[float]] = {small: [], large: []}
    with open_window() as window:
        for round_ in range(1 + bench.settings.slow_rounds):
            for nodes, taken in times.items():
                answer = _open_after_another(window, bench.blocks(nodes), bench.blocks(10))
                if round_:
                    taken.append(answer["milliseconds"])
    grown = (large * math.log(large)) / (small * math.log(small))
    ratios = [dear / cheap / grown for cheap, dear in zip(times[small], times[large], strict=True)]
    words = [f"{median(taken):.0f} ms for {nodes}" for nodes, taken in times.items()]
    title = f"cost of opening, {small} → {large} nodes, ÷ growth of n log n"
    return [Figure("growth", title, "ratio", 1.0, spread_of(ratios), detail=", ".join(words))]


def _open_after_another(window: Taker, path: Path, other: Path) -> Any:
    """Open a file where another is open, so that none is shown that is shown already."""
    window.ask(f"open {other}")
    return window.ask(f"open {path}")
