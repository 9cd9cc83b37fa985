"""Classify pictures; --capture writes every layer's values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
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
from explorer.errors import PortsideError

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.running.activations import Activations, Array, Class


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL PICTURE… [--capture OUT.npz]."""
    add_model(parser)
    parser.add_argument("pictures", metavar="PICTURE", nargs="+")
    parser.add_argument("--capture", metavar="OUT.npz", help="write every layer's values, by the framework's own names")
    add_picture_options(parser)
    add_running(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the pictures one after the other."""
    from explorer.running.answers import classify
    from explorer.running.images import read_picture
    from explorer.running.labels import read_labels
    from explorer.running.runner import feed_picture

    check_outputs(arguments.capture, arguments.json)
    labels = read_labels(arguments.labels) if arguments.labels else None
    network = open_model(arguments)
    runner = make_runner(network, arguments)
    preprocessing = chosen_preprocessing(arguments, network)
    shown: list[dict[str, Any]] = []
    captured: list[Activations] = []
    milliseconds = 0.0
    with shown_progress(arguments, "running") as progress:
        for index, path in enumerate(arguments.pictures):
            picture = read_picture(path)
            for text in picture.notes:
                note(arguments, f"{path}: {text}")
            inputs = feed_picture(network, picture.pixels, preprocessing)
            values = None if arguments.capture else runner.output_names()
            activations = runner.run(inputs, values=values, fed_with="picture")
            milliseconds += activations.milliseconds
            if arguments.capture:
                captured.append(activations)
            shown.append({"path": path, "outputs": classify(network, activations, labels)})
            progress(index + 1, len(arguments.pictures))
    if arguments.capture:
        write_capture(network, captured, arguments.capture)
        note(arguments, f"written: {arguments.capture}")
    if arguments.json:
        pictures = [{"path": row["path"], "outputs": _document(row["outputs"])} for row in shown]
        write_json(
            {
                "model": arguments.model,
                "provider": runner.provider.name,
                "pictures": pictures,
                "milliseconds": milliseconds,
            },
            arguments.json,
        )
    if arguments.json != "-":
        for row in shown:
            _print(row["path"], row["outputs"], len(shown) > 1)
    return 0


def write_capture(network: Network, captured: list[Activations], path: str) -> None:
    """Write every recorded value by the framework's names, the pictures along the batch: a reference for ``compare``.

    :raises PortsideError: when the file can't be written.
    """
    import numpy as np

    from explorer.running.recording import save_arrays

    arrays: dict[str, Array] = {}
    for blob, value in network.blobs.items():
        given = [activations[value.name or ""] for activations in captured]
        arrays[blob] = given[0] if len(given) == 1 else np.concatenate(given)
    save_arrays(arrays, path)


def _document(outputs: Mapping[str, tuple[Class, ...]]) -> dict[str, Any]:
    return {name: {"top": [asdict(line) for line in classes]} for name, classes in outputs.items()}


def _print(path: str, outputs: Mapping[str, tuple[Class, ...]], several: bool) -> None:
    if not outputs:
        raise PortsideError("none of the network's outputs is a list of classes; --capture writes what it computes")
    if several:
        print(Path(path).name)
    for name, classes in outputs.items():
        if len(outputs) > 1:
            print(f"{name}:")
        for line in classes:
            bar = "█" * round(20 * min(max(line.probability, 0), 1))
            print(f"  {line.probability:.6f}  {bar:<20}  {line.label or f'class {line.index}'}")
