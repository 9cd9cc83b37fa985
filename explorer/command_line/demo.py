"""The whole job on the network that comes with the program; without a display, a report and a picture of the window."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.command_line.options import add_common, note, write_json

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.demo import Demo
    from explorer.diagnosis.finding import Diagnosis
    from explorer.running.activations import Activations

FOLDER = "portside-demo"
CORRECTED, REPORT, WINDOW = "corrected.onnx", "report.html", "window.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--folder, --broken, --headless."""
    parser.add_argument("--folder", default=FOLDER, help=f"where the demo's files are written (default: ./{FOLDER})")
    parser.add_argument("--broken", action="store_true", help="a port with three mistakes, to be found and corrected")
    parser.add_argument(
        "--headless", action="store_true", help="do the job without a window, as where there is no display"
    )
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the demo's files; open them in the window, or do the job here where there is no display."""
    from explorer.demo import broken_demo, copy_demo

    folder = Path(arguments.folder)
    whole, broken = copy_demo(folder), broken_demo(folder)
    if not (arguments.headless or arguments.json) and has_display():
        from explorer.app import run_window

        return run_window([str(path) for path in (broken if arguments.broken else whole).files])
    return _run_headless(arguments, folder, None if arguments.broken else whole, broken)


def has_display() -> bool:
    """Whether a window could be shown to somebody."""
    if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal", "vnc")):
        return False
    if sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@dataclass(frozen=True)
class _Right:
    """What came of the port that is right."""

    demo: Demo
    run: Activations
    comparison: Comparison
    labels: tuple[str, ...] | None


def _run_headless(arguments: argparse.Namespace, folder: Path, whole: Demo | None, broken: Demo) -> int:
    from explorer.app import picture_of_window

    right = None if whole is None else _compare(arguments, whole)
    diagnosis = _diagnose(arguments, folder, broken)
    picture_of_window((broken if whole is None else whole).files, folder / WINDOW)
    if arguments.json:
        write_json(_document(folder, right, diagnosis), arguments.json)
    if not arguments.quiet and arguments.json != "-":
        if right is not None:
            _print_right(right)
        _print_broken(folder, broken, diagnosis)
    agrees = (right is None or right.comparison.agrees) and diagnosis.after is not None and diagnosis.after.agrees
    return 0 if agrees else 1


def _compare(arguments: argparse.Namespace, whole: Demo) -> _Right:
    from explorer.comparison.compare import compare
    from explorer.importers import open_network
    from explorer.running.images import read_picture
    from explorer.running.reference import open_reference
    from explorer.running.runner import Runner, feed_picture

    network = open_network(whole.network)
    runner = Runner(network, on_fallback=lambda fallback: note(arguments, fallback.sentence))
    activations = runner.run(feed_picture(network, read_picture(whole.picture).pixels), fed_with="picture")
    comparison, _ = compare(runner, open_reference(whole.reference))
    return _Right(whole, activations, comparison, network.labels)


def _diagnose(arguments: argparse.Namespace, folder: Path, broken: Demo) -> Diagnosis:
    from explorer.diagnosis.diagnose import diagnose
    from explorer.diagnosis.report import Circumstances, write_report
    from explorer.importers import open_network
    from explorer.network.saving import save_network
    from explorer.running.images import read_picture
    from explorer.running.reference import open_reference
    from explorer.running.runner import Runner

    runner = Runner(open_network(broken.network), on_fallback=lambda fallback: note(arguments, fallback.sentence))
    reference, picture = open_reference(broken.reference), read_picture(broken.picture)
    diagnosis = diagnose(runner, reference, picture=picture.pixels, preprocessing=runner.network.preprocessing)
    corrected = folder / CORRECTED
    save_network(diagnosis.repaired or runner.network, corrected)
    circumstances = Circumstances(
        runner.network, runner.provider.name, str(broken.picture), reference.metadata, corrected, None
    )
    model, recorded = str(broken.network), str(broken.reference)
    write_report(diagnosis, folder / REPORT, model=model, reference=recorded, circumstances=circumstances)
    return diagnosis


def _document(folder: Path, right: _Right | None, diagnosis: Diagnosis) -> dict[str, Any]:
    from explorer.command_line.compare import document
    from explorer.command_line.diagnose import document as diagnosis_document

    compared = {}
    if right is not None:
        compared = document(right.comparison, str(right.demo.network), str(right.demo.reference))
    return {
        **compared,
        "broken": diagnosis_document(diagnosis, folder / CORRECTED),
        "report": str(folder / REPORT),
        "window": str(folder / WINDOW),
    }


def _print_right(right: _Right) -> None:
    from explorer.command_line.compare import summary
    from explorer.running.activations import top_classes

    demo, run, rows = right.demo, right.run, right.comparison.layers
    print(f"network    {demo.network}\npicture    {demo.picture}\nreference  {demo.reference} (PyTorch)\n")
    print(f"run        {run.milliseconds:.0f} ms on {run.provider}, {len(run.values)} values kept")
    for line in top_classes(run["prob"], right.labels):
        print(f"           {line.probability:.6f}  {line.label or f'class {line.index}'}")
    floors = [row.isolated.relative_l2 / row.isolated_floor for row in rows if row.isolated and row.isolated_floor]
    worst = max(floors, default=0.0)
    print(f"compare    {summary(right.comparison)}; no layer is further than {worst:.1f} noise floors away\n")


def _print_broken(folder: Path, broken: Demo, diagnosis: Diagnosis) -> None:
    from explorer.command_line.diagnose import shown

    print(f"broken     {broken.network}, a port with three mistakes")
    print("\n".join(f"  {line}".rstrip() for line in shown(diagnosis, folder / CORRECTED).splitlines()))
    print(f"\nreport     {folder / REPORT}\nwindow     {folder / WINDOW}")
