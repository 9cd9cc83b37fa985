"""Golden runs on the command line: written by `run --capture` and `compare --golden`, and the picture in one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.command_line.options import note, shown_progress
from explorer.errors import PortsideError
from explorer.golden import ENDING, is_golden_run

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.golden.reading import GoldenRun
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations, Array
    from explorer.running.golden_saving import Golden
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner


def check_golden(path: str | None, count: int = 1) -> None:
    """Check before the work that a golden run can be made of ``count`` pictures and written to ``path``.

    :raises PortsideError: naming the path.
    """
    if path is not None and is_golden_run(path) and count != 1:
        raise PortsideError(f"a golden run is of one picture, given are {count}", file=path)


def check_ending(path: str | None) -> None:
    """Check that what is to be written has a golden run's ending.

    :raises PortsideError: naming the path.
    """
    if path is not None and not is_golden_run(path):
        raise PortsideError(f"a golden run's name ends in {ENDING}", file=path)


def write_run(
    arguments: argparse.Namespace,
    runner: Runner,
    activations: Activations,
    picture: Path,
    preprocessing: Preprocessing | None,
    labels: tuple[str, ...] | None,
) -> None:
    """Write what the network made of the picture to ``--capture``.

    :raises PortsideError: when it can't be written.
    """
    from explorer.comparison.golden_contents import golden_of_run
    from explorer.running.images import read_picture
    from explorer.running.runner import picture_input

    golden = golden_of_run(
        runner.network,
        activations,
        picture=read_picture(picture),
        preprocessing=preprocessing or picture_input(runner.network)[1],
        labels=labels,
    )
    _write(arguments, golden, arguments.capture)


def write_comparison(
    arguments: argparse.Namespace,
    runner: Runner,
    reference: Reference,
    comparison: Comparison,
    picture: Picture | None,
    preprocessing: Preprocessing | None,
    made: Mapping[str, Array] | None,
) -> None:
    """Write the reference with what was found out about it to ``--golden``; ``made`` are the picture's inputs.

    :raises PortsideError: when it can't be written.
    """
    from explorer.comparison.golden_contents import golden_of_reference

    golden = golden_of_reference(
        runner.network,
        runner.provider.name,
        comparison,
        reference,
        picture=picture,
        made=made,
        preprocessing=preprocessing or runner.network.preprocessing,
        labels=runner.network.labels,
    )
    _write(arguments, golden, arguments.golden)
    note(arguments, f"written: {arguments.golden}")


def saved_picture(run: GoldenRun, network: Network) -> tuple[Picture | None, Preprocessing | None]:
    """The run's picture and how ``network`` prepares it, where it belongs to the recorded input; None elsewhere.

    :raises PortsideError: when the picture is not what was saved.
    """
    from explorer.running.golden_pictures import picture_of, preparation
    from explorer.running.runner import picture_input

    saved = run.record.picture
    if saved is None or not saved.gives_input or len(network.inputs) != 1:
        return None, None
    try:
        picture_input(network)
    except PortsideError:
        return None, None
    return picture_of(run), preparation(network, run)


def _write(arguments: argparse.Namespace, golden: Golden, path: str) -> None:
    from explorer.running.golden_saving import save_golden

    with shown_progress(arguments, "writing") as progress:
        save_golden(golden, path, progress)
