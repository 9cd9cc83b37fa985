"""The whole job on the network that comes with the program; without a display, a report and a picture of the window."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.command_line.options import add_common, note, write_json

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.running.activations import Activations

FOLDER = "portside-demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--folder, --headless."""
    parser.add_argument("--folder", default=FOLDER, help=f"where the demo's files are written (default: ./{FOLDER})")
    parser.add_argument(
        "--headless", action="store_true", help="do the job without a window, as where there is no display"
    )
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the demo's files; open them in the window, or do the job here where there is no display."""
    from explorer.demo import demo_files

    files = [str(path) for path in demo_files(Path(arguments.folder))]
    if not (arguments.headless or arguments.json) and has_display():
        from explorer.app import run_window

        return run_window(files)
    return _run_headless(arguments, files)


def has_display() -> bool:
    """Whether a window could be shown to somebody."""
    if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal", "vnc")):
        return False
    if sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _run_headless(arguments: argparse.Namespace, files: list[str]) -> int:
    from explorer.app import picture_of_window
    from explorer.command_line.compare import document, summary
    from explorer.comparison.compare import compare
    from explorer.importers import open_network
    from explorer.running.images import read_picture
    from explorer.running.reference import open_reference
    from explorer.running.runner import Runner, feed_picture

    network = open_network(files[0])
    runner = Runner(network, on_fallback=lambda fallback: note(arguments, fallback.sentence))
    activations = runner.run(feed_picture(network, read_picture(files[1]).pixels), fed_with="picture")
    comparison, _ = compare(runner, open_reference(files[2]))
    window = Path(arguments.folder) / "window.png"
    picture_of_window(files, window)
    if arguments.json:
        write_json({**document(comparison, files[0], files[2]), "window": str(window)}, arguments.json)
    if not arguments.quiet and arguments.json != "-":
        _print(activations, comparison, summary(comparison), files, window)
    return 0 if comparison.agrees else 1


def _print(activations: Activations, comparison: Comparison, verdict: str, files: list[str], window: Path) -> None:
    from explorer.running.activations import top_classes

    print(f"network    {files[0]}\npicture    {files[1]}\nreference  {files[2]} (a float64 evaluation)\n")
    print(
        f"run        {activations.milliseconds:.0f} ms on {activations.provider}, {len(activations.values)} values kept"
    )
    for line in top_classes(activations["prob"], None):
        print(f"           {line.probability:.6f}  class {line.index}")
    worst = max(
        (
            row.isolated.relative_l2 / row.isolated_floor
            for row in comparison.layers
            if row.isolated and row.isolated_floor
        ),
        default=0.0,
    )
    print(f"compare    {verdict}; no layer is further than {worst:.1f} noise floors away")
    print(f"window     {window}")
