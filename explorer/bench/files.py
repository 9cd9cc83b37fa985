"""A conversion, and the memory of a window at work."""

from __future__ import annotations

import sys

from explorer.bench.bench import Bench
from explorer.bench.figures import Figure
from explorer.bench.processes import run_timed
from explorer.bench.spread import spread_of
from explorer.bench.window import open_window

CONVERT_GOAL, MEMORY_GOAL = 0.6, 350.0


def measure_convert(bench: Bench) -> list[Figure]:
    """Caffe's two files → one ONNX file, whole process."""
    target = bench.folder / "converted.onnx"
    asked = ["convert", str(bench.caffe.network), "-o", str(target), "--quiet"]
    times = [run_timed([sys.executable, "-m", "explorer", *asked]).seconds for _ in range(1 + bench.settings.rounds)]
    title = "Caffe GoogLeNet → ONNX file on disk, whole process"
    return [Figure("convert", title, "s", CONVERT_GOAL, spread_of(times[1:]))]


def measure_memory(bench: Bench) -> list[Figure]:
    """What the window's process holds with GoogLeNet open and run on a picture."""
    title = "memory with GoogLeNet open and run"
    if not sys.platform.startswith("linux"):
        return [Figure("memory", title, "MB", MEMORY_GOAL, missing="memory is only read from Linux's /proc")]
    held, most = [], []
    for _ in range(bench.settings.slow_rounds):
        with open_window() as window:
            window.ask(f"open {bench.googlenet}\t{bench.picture}")
            answer = window.ask("memory")
        held.append(answer["now"])
        most.append(answer["peak"])
    detail = f"resident; {spread_of(most).median:.0f} MB at most on the way"
    return [Figure("memory", title, "MB", MEMORY_GOAL, spread_of(held), detail=detail)]
