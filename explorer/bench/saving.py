"""Whole commands beside Polygraphy's: capture and save every layer, compare two saved runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from explorer.bench.bench import Bench
from explorer.bench.figures import Figure
from explorer.bench.processes import Ended, run_timed
from explorer.bench.spread import ratios_of, spread_of

SAVING = "capture and save every layer ÷ polygraphy run --onnxrt --onnx-outputs mark all --save-outputs"
COMPARING = "compare two saved runs ÷ polygraphy run --load-outputs A B"

TIME_GOAL, FILE_GOAL, MEMORY_GOAL = 0.6, 0.7, 0.6
COMPARE_GOAL = 0.25

AGREE_OR_DIFFER = (0, 1)

POLYGRAPHY = "import sys; from polygraphy.tools import main; sys.exit(main())"
"""What its own script holds, which need not be on any path."""


def measure_saving(bench: Bench) -> list[Figure]:
    """Time, file and memory of a process that saves every layer."""
    goals = (("time", TIME_GOAL), ("file", FILE_GOAL), ("memory", MEMORY_GOAL))
    python = bench.peers.found.get("polygraphy")
    if python is None:
        missing = bench.peers.missing["polygraphy"]
        return [Figure("saving", f"{SAVING}: {what}", "ratio", goal, missing=missing) for what, goal in goals]
    here, there = bench.folder / "ours.npz", bench.folder / "theirs.json"
    ours, theirs = _in_turns(
        bench.settings.rounds, [_save_command(bench, here), _polygraphy_save(bench, python, there)], (0,)
    )
    sizes = [path.stat().st_size for path in (here, there)]
    numbers: dict[str, tuple[Sequence[float], Sequence[float], str, float]] = {
        "time": ([run.seconds for run in ours], [run.seconds for run in theirs], "s", 1.0),
        "file": (sizes[:1], sizes[1:], "MB", 1e6),
        "memory": ([run.peak_bytes for run in ours], [run.peak_bytes for run in theirs], "MB", 1e6),
    }
    figures = []
    for what, goal in goals:
        mine, others, unit, scale = numbers[what]
        digits = 2 if unit == "s" else 0
        words = [f"{spread_of(each).median / scale:.{digits}f} {unit}" for each in (mine, others)]
        detail = f"{words[0]}, Polygraphy {words[1]}"
        figures.append(Figure("saving", f"{SAVING}: {what}", "ratio", goal, ratios_of(mine, others), detail=detail))
    return figures


def measure_comparing(bench: Bench) -> list[Figure]:
    """Two saved runs of the same network compared, by us and by Polygraphy from its own files."""
    python = bench.peers.found.get("polygraphy")
    if python is None:
        missing = bench.peers.missing["polygraphy"]
        return [Figure("comparing", COMPARING, "ratio", COMPARE_GOAL, missing=missing)]
    here = [bench.folder / f"run-{letter}.npz" for letter in "ab"]
    there = [bench.folder / f"run-{letter}.json" for letter in "ab"]
    for mine, other in zip(here, there, strict=True):
        run_timed(_save_command(bench, mine))
        run_timed(_polygraphy_save(bench, python, other))
    compare = [sys.executable, "-m", "explorer", "compare", str(here[0]), str(here[1]), "--quiet"]
    peer = [python, "-c", POLYGRAPHY, "run", "--load-outputs", *map(str, there)]
    ours, theirs = _in_turns(bench.settings.rounds, [compare, peer], AGREE_OR_DIFFER)
    seconds = [[run.seconds for run in runs] for runs in (ours, theirs)]
    words = [f"{spread_of(each).median:.2f} s" for each in seconds]
    detail = f"{words[0]}, Polygraphy {words[1]}"
    return [Figure("comparing", COMPARING, "ratio", COMPARE_GOAL, ratios_of(*seconds), detail=detail)]


def _save_command(bench: Bench, path: Path) -> list[str]:
    asked = ["run", str(bench.googlenet), str(bench.picture), "--capture", str(path), "--provider", "cpu", "--quiet"]
    return [sys.executable, "-m", "explorer", *asked]


def _polygraphy_save(bench: Bench, python: str, path: Path) -> list[str]:
    asked = ["--onnxrt", "--onnx-outputs", "mark", "all", "--save-outputs", str(path)]
    return [python, "-c", POLYGRAPHY, "run", str(bench.googlenet), *asked]


def _in_turns(rounds: int, commands: Sequence[Sequence[str]], statuses: Sequence[int]) -> list[list[Ended]]:
    """The runs of each command, in rounds in which all take one turn, after a first one that fills the file cache."""
    ended: list[list[Ended]] = [[] for _ in commands]
    for round_ in range(1 + rounds):
        for runs, command in zip(ended, commands, strict=True):
            run = run_timed(command, statuses=statuses)
            if round_:
                runs.append(run)
    return ended
