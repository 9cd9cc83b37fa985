"""Classify pictures and folders of them; --capture writes every layer's values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.command_line.options import (
    add_common,
    add_model,
    add_picture_options,
    add_running,
    check_outputs,
    chosen_preprocessing,
    make_runner,
    note,
    open_model,
    shown_progress,
    write_json,
)
from explorer.command_line.run_output import (
    picture_document,
    print_classes,
    print_line,
    print_statistics,
    write_capture,
)
from explorer.errors import PortsideError
from explorer.golden import is_golden_run

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations, Array
    from explorer.running.many_pictures import Classified
    from explorer.running.runner import Runner
    from explorer.running.statistics import LayerStatistics

DONE, SOME_WRONG = 0, 2

MOST_BLOCKS = 10
"""Of more pictures each is told in one line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL PICTURE…."""
    add_model(parser)
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="pictures, and folders of pictures")
    parser.add_argument(
        "--capture",
        metavar="OUT.npz|OUT.portside",
        help="write every layer's values, by the framework's own names; .portside: network, picture and values in one",
    )
    parser.add_argument("--csv", metavar="OUT.csv", help="write the five best classes of every picture as a table")
    parser.add_argument(
        "--statistics", action="store_true", help="range, mean, deviation, zeros and dead channels of every layer"
    )
    parser.add_argument(
        "--timing", action="store_true", help="how long each layer takes, of many runs on the first picture"
    )
    parser.add_argument(
        "--class-map",
        metavar="OUT.png|OUT.npz",
        help="write where in the picture a class is seen: laid over the picture, or as numbers",
    )
    parser.add_argument("--class", dest="map_class", metavar="N", type=_index, help="that class (default: the best)")
    parser.add_argument("--occlusion", action="store_true", help="make the class map by covering parts of the picture")
    add_picture_options(parser)
    add_running(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the pictures; 2 in the end when one among several could not be read."""
    from explorer.command_line.golden import check_golden, write_run
    from explorer.network.labels import read_labels
    from explorer.running.picture_files import gather_pictures

    check_outputs(arguments.capture, arguments.json, arguments.csv, arguments.class_map)
    paths = gather_pictures(arguments.pictures)
    _check_map(arguments, len(paths))
    check_golden(arguments.capture, len(paths))
    labels = read_labels(arguments.labels) if arguments.labels else None
    network = open_model(arguments)
    runner = make_runner(network, arguments)
    preprocessing = chosen_preprocessing(arguments, network)
    gathered = _Gathered(arguments, len(paths))
    with shown_progress(arguments, "running") as progress:
        _run_all(runner, paths, preprocessing, labels, gathered, progress)
    gathered.tell()
    if arguments.capture:
        if is_golden_run(arguments.capture):
            write_run(arguments, runner, gathered.captured[0], paths[0], preprocessing, labels)
        else:
            write_capture(network, gathered.captured, arguments.capture)
        note(arguments, f"written: {arguments.capture}")
    if arguments.csv:
        from explorer.running.classified_csv import write_csv

        write_csv(gathered.rows, arguments.csv)
        note(arguments, f"written: {arguments.csv}")
    if arguments.class_map:
        from explorer.command_line.class_map import write_class_map

        write_class_map(arguments, runner, paths[0], preprocessing, labels)
    timing = _time(arguments, runner, gathered) if arguments.timing else {}
    if arguments.json:
        write_json(
            {
                "model": arguments.model,
                "provider": runner.provider.name,
                "pictures": gathered.documents,
                "milliseconds": gathered.milliseconds,
                **timing,
            },
            arguments.json,
        )
    return SOME_WRONG if any(row.error is not None for row in gathered.rows) else DONE


def _time(arguments: argparse.Namespace, runner: Runner, gathered: _Gathered) -> dict[str, Any]:
    from explorer.command_line.timing_output import layer_document, print_timing, timing_document
    from explorer.network.costs import costs
    from explorer.running.timing import time_layers

    if gathered.inputs is None:
        raise PortsideError("there is nothing to time: no picture could be read")
    rows = costs(runner.network)
    with shown_progress(arguments, "timing") as progress:
        timing = time_layers(runner, gathered.inputs, progress=progress)
    if arguments.json != "-":
        print_timing(timing, rows)
    layers = [{"name": row.layer, "macs": row.macs, **layer_document(timing, row)} for row in rows]
    return {"timing": {**timing_document(timing), "layers": layers}}


class _Gathered:
    """What has come out so far, and how it is told."""

    def __init__(self, arguments: argparse.Namespace, count: int) -> None:
        self._arguments, self._count = arguments, count
        self.rows: list[Classified] = []
        self._figures: list[tuple[LayerStatistics, ...] | None] = []
        self.captured: list[Activations] = []
        self.inputs: Mapping[str, Array] | None = None
        self.milliseconds = 0.0

    def values(self, network: Network) -> tuple[str, ...]:
        """The values that are wanted: the outputs, what the framework records, or everything."""
        outputs = [value.name or "" for value in network.outputs]
        if self._arguments.statistics:
            return tuple(network.values)
        recorded = [value.name or "" for value in network.blobs.values()] if self._arguments.capture else []
        return tuple(dict.fromkeys((*outputs, *recorded)))

    def take(self, row: Classified, runner: Runner, activations: Activations | None) -> None:
        """Keep one picture's result."""
        arguments = self._arguments
        if row.error is not None and self._count == 1:
            raise PortsideError(row.error, file=row.path)
        figures = None
        if activations is not None:
            self._check_outputs(row)
            self.milliseconds += activations.milliseconds
            self.inputs = self.inputs or activations.inputs
            if arguments.capture:
                self.captured.append(activations)
            if arguments.statistics:
                from explorer.running.statistics import layer_statistics

                figures = tuple(layer_statistics(runner.network, activations))
        self.rows.append(row)
        self._figures.append(figures)

    def tell(self) -> None:
        """Tell of all pictures, those that could not be read on standard error."""
        arguments = self._arguments
        for row, figures in zip(self.rows, self._figures, strict=True):
            for text in row.notes:
                note(arguments, f"{row.path}: {text}")
            if row.error is not None:
                print(f"portside: {PortsideError(row.error, file=row.path)}", file=sys.stderr)
            elif arguments.json != "-":
                if self._count > MOST_BLOCKS:
                    print_line(row)
                else:
                    print_classes(row, self._count > 1)
                if figures is not None:
                    print_statistics(figures)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The contract's ``pictures``."""
        return [picture_document(row, figures) for row, figures in zip(self.rows, self._figures, strict=True)]

    def _check_outputs(self, row: Classified) -> None:
        arguments = self._arguments
        otherwise = arguments.capture or arguments.statistics or (arguments.json and not arguments.csv)
        if not row.outputs and not otherwise:
            raise PortsideError("none of the network's outputs is a list of classes; --capture writes what it computes")


def _run_all(
    runner: Runner,
    paths: Collection[Path],
    preprocessing: Preprocessing | None,
    labels: tuple[str, ...] | None,
    gathered: _Gathered,
    progress: Any,
) -> None:
    from explorer.running.answers import classify
    from explorer.running.many_pictures import Classified, run_pictures

    values = gathered.values(runner.network)
    for done, ran in enumerate(run_pictures(runner, list(paths), preprocessing=preprocessing, values=values), start=1):
        outputs = {} if ran.activations is None else classify(runner.network, ran.activations, labels)
        gathered.take(Classified(ran.path, outputs, ran.notes, ran.error), runner, ran.activations)
        progress(done, len(paths))


def _check_map(arguments: argparse.Namespace, count: int) -> None:
    path = arguments.class_map
    if path is None:
        if arguments.map_class is not None or arguments.occlusion:
            raise PortsideError("--class and --occlusion say how a class map is made: give --class-map FILE as well")
        return
    if Path(path).suffix.lower() not in (".png", ".npz"):
        raise PortsideError("a class map is written as .png or .npz", file=path)
    if count != 1:
        raise PortsideError(f"a class map is of one picture, given are {count}")


def _index(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not the number of a class, the first of which is 0")
    return int(text)
