"""The speed figures of this machine, beside the programs that do the same."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.command_line.options import add_common, note, table, write_json
from explorer.errors import PortsideError

if TYPE_CHECKING:
    from explorer.bench.figures import Figure
    from explorer.bench.spread import Spread


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--only, --quick, where the peers are, --markdown, --json, --quiet."""
    from explorer.bench.figures import ROWS
    from explorer.bench.peers import VARIABLES, WANTED

    parser.add_argument("--only", metavar="ROW", action="append", choices=ROWS, help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="few rounds: for a look, not for a report")
    for peer, variable in VARIABLES.items():
        parser.add_argument(f"--{peer}", metavar="PROGRAM", help=f"{WANTED[peer]} (or {variable})")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print a line for each figure as soon as it is there; 0 whatever the figures are."""
    from explorer.bench.bench import QUICK, Bench, Settings
    from explorer.bench.figures import ROWS, Figure, measure_of
    from explorer.bench.machine import keep_bytecode, machine, take_cores
    from explorer.bench.peers import FOLDER, VARIABLES, find_peers

    settings = QUICK if arguments.quick else Settings()
    shows = not arguments.quiet and arguments.json != "-"
    here = machine()
    if shows:
        print("\n".join(f"{name}: {text}" for name, text in here.items()) + "\n")
    take_cores(settings.threads)
    keep_bytecode()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as folder:
        peers = find_peers({peer: getattr(arguments, peer) for peer in VARIABLES}, Path(FOLDER))
        bench = Bench(settings, peers, Path(folder), lambda text: note(arguments, text))
        for row in arguments.only or ROWS:
            bench.tell(f"measuring {row} …")
            try:
                measured = measure_of(row)(bench)
            except PortsideError as error:
                measured = [Figure(row, row, "ratio", None, missing=str(error))]
            figures += measured
    if shows:
        print(as_markdown(figures) if arguments.markdown else as_table(figures))
    if arguments.json:
        rounds = {"rounds": settings.rounds, "slow_rounds": settings.slow_rounds, "threads": settings.threads}
        document = {"machine": dict(here), "settings": rounds, "figures": [each.to_json() for each in figures]}
        write_json(document, arguments.json)
    return 0


def as_table(figures: list[Figure]) -> str:
    """The figures in columns, and what each is made of underneath."""
    rows = [[each.row, each.title, *cells(each)] for each in figures]
    text = table(["row", "figure", "goal", "measured", "quartiles", "runs", ""], rows, right={2, 3, 4, 5})
    told = [f"{each.title}: {each.missing or each.detail}" for each in figures if each.missing or each.detail]
    return "\n".join([text, "", *told])


def as_markdown(figures: list[Figure]) -> str:
    """The figures as a table of Markdown."""
    lines = ["| figure | goal | measured | quartiles | runs | | in numbers |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {each.title} | {' | '.join(cells(each))} | {each.missing or each.detail} |" for each in figures]
    return "\n".join(lines)


def cells(figure: Figure) -> list[str]:
    """Goal, median, quartiles, how many runs, and whether the goal is met."""
    goal = "–" if figure.goal is None else f"≤ {_number(figure.goal, figure)}"
    found: Spread | None = figure.measured
    if found is None:
        return [goal, "missing", "–", "–", ""]
    met = {None: "", True: "met", False: "missed"}[figure.is_met]
    spread = f"{_number(found.low, figure)} … {_number(found.high, figure)}"
    return [goal, _number(found.median, figure), spread, str(found.count), met]


def _number(value: float, figure: Figure) -> str:
    if figure.unit == "ratio":
        return f"{value:.2f}"
    digits = 2 if figure.unit == "s" else 0 if value >= 100 else 1
    return f"{value:.{digits}f} {figure.unit}"
