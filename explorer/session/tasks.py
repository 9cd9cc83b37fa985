"""The long work of the window as plain functions: run a picture, compare, save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.running.cancellation import Cancelled
from explorer.session.answers import Compared, PictureRun
from explorer.session.classes import class_count
from explorer.session.jobs import IsCancelled, Progress

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner

RunPicture = Callable[["Runner", "Picture", "Preprocessing | None", Progress, IsCancelled], PictureRun]
CompareWith = Callable[["Runner", "Reference", Progress, IsCancelled], Compared]


def run_picture(
    runner: Runner,
    picture: Picture,
    preprocessing: Preprocessing | None,
    progress: Progress,
    cancelled: IsCancelled,
) -> PictureRun:
    """Preprocess a picture and run the network on it, keeping every layer's values.

    :raises PortsideError: when the network takes no picture, or none of this preprocessing's shape.
    """
    from explorer.running.runner import feed_picture, picture_input

    name = Path(picture.path).name
    progress(0, 0, f"preprocessing {name}")
    _, own, size = picture_input(runner.network)
    chosen = preprocessing or own
    inputs = feed_picture(runner.network, picture.pixels, chosen)
    steps = tuple(chosen.steps(picture.pixels, size))
    progress(0, 0, f"running {name}")
    activations = runner.run(inputs, cancelled=cancelled, fed_with="picture")
    return PictureRun(steps, activations, labels_of(runner.network))


def compare_with(runner: Runner, reference: Reference, progress: Progress, cancelled: IsCancelled) -> Compared:
    """Compare every layer with the reference.

    :raises PortsideError: when nothing in the reference belongs to the network.
    """
    from explorer.comparison.compare import compare

    name = Path(reference.path).name
    progress(0, 0, f"comparing with {name}")
    comparison, activations = compare(
        runner,
        reference,
        progress=lambda done, total: progress(done, total, f"comparing with {name}: layer {done} of {total}"),
        cancelled=cancelled,
    )
    return Compared(comparison, activations, labels_of(runner.network))


def save_network_as(network: Network, path: Path, progress: Progress, cancelled: IsCancelled) -> Path:
    """Write the network as an ONNX file, whole or not at all; returns its path.

    :raises PortsideError: when it can't be written there.
    """
    from explorer.network.saving import save_network

    progress(0, 0, f"saving {path.name}")
    if cancelled():
        raise Cancelled
    save_network(network, path)
    return path


def labels_of(network: Network) -> tuple[str, ...]:
    """The customary names of the network's classes; empty where there are none."""
    from explorer.running.labels import labels_for

    count = class_count(network)
    return (labels_for(count) or ()) if count is not None else ()
