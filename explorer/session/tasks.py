"""The long work of the window as plain functions: run a picture, compare, diagnose, correct, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.session.answers import Compared, Corrected, PictureRun, Port, Timed
from explorer.session.classes import class_count
from explorer.session.jobs import IsCancelled, Progress

if TYPE_CHECKING:
    from explorer.diagnosis.finding import Diagnosis, Finding
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Array
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner

RunPicture = Callable[["Runner", "Picture", "Preprocessing | None", Progress, IsCancelled], PictureRun]
CompareWith = Callable[["Runner", "Reference", Progress, IsCancelled], Compared]
DiagnosePort = Callable[["Port", "Reference", "Picture | None", Progress, IsCancelled], "Diagnosis"]
CorrectPort = Callable[
    ["Port", "Sequence[Finding]", "Reference", "Picture | None", Progress, IsCancelled],
    Corrected,
]
WriteReport = Callable[["Diagnosis", Path, str, str, Progress, IsCancelled], Path]


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
    activations = runner.run(
        inputs,
        cancelled=cancelled,
        progress=lambda done, total: progress(done, total, f"running {name}"),
        fed_with="picture",
    )
    return PictureRun(steps, activations, labels_of(runner.network))


def time_layers_of(
    runner: Runner, inputs: Mapping[str, Array] | None, progress: Progress, cancelled: IsCancelled
) -> Timed:
    """Time every layer in runs on ``inputs``; without any, on numbers that are drawn by chance.

    :raises PortsideError: when the network can't be run, or leaves the size of its inputs open and none are given.
    """
    from explorer.network.costs import costs
    from explorer.running.timing import made_up_inputs, time_layers

    timing = time_layers(
        runner.for_network(runner.network),
        made_up_inputs(runner.network) if inputs is None else inputs,
        progress=lambda done, total: progress(done, total, f"timing the layers: run {done + 1} of {total}"),
        cancelled=cancelled,
    )
    rows = costs(runner.network, timing.batch)
    return Timed(timing, {row.layer: row.macs for row in rows if row.macs is not None})


def compare_with(
    runner: Runner,
    reference: Reference,
    progress: Progress,
    cancelled: IsCancelled,
    given: Mapping[str, Array] | None = None,
) -> Compared:
    """Compare every layer with the reference; with ``given``, our input tensors, the inputs too.

    :raises PortsideError: when nothing in the reference belongs to the network.
    """
    from explorer.comparison.compare import compare

    name = Path(reference.path).name
    progress(0, 0, f"comparing with {name}")
    comparison, activations = compare(
        runner,
        reference,
        given=given,
        progress=lambda done, total: progress(done, total, f"comparing with {name}: layer {done} of {total}"),
        cancelled=cancelled,
    )
    return Compared(comparison, activations, labels_of(runner.network))


def diagnose_port(
    port: Port, reference: Reference, picture: Picture | None, progress: Progress, cancelled: IsCancelled
) -> Diagnosis:
    """Find out why the port differs; with the picture that the reference is of, how that is prepared too.

    :raises PortsideError: when nothing in the reference belongs to the network.
    """
    from explorer.diagnosis.diagnose import diagnose

    progress(0, 0, f"diagnosing against {Path(reference.path).name}")
    return diagnose(
        _runner_like(port.runner, port.network),
        reference,
        picture=None if picture is None else picture.pixels,
        preprocessing=port.preprocessing,
        progress=lambda done, total: progress(done, total, f"diagnosing: suspect {done} of {total}"),
        cancelled=cancelled,
    )


def correct_port(
    port: Port,
    findings: Sequence[Finding],
    reference: Reference,
    picture: Picture | None,
    progress: Progress,
    cancelled: IsCancelled,
) -> Corrected:
    """Apply the findings' corrections to a copy of the port, in their order, and compare it with the reference.

    With ``picture``, which the reference is of, the input is compared as well.

    :raises PortsideError: when one of the corrections builds on another that is not among them.
    """
    from explorer.diagnosis.repair import repaired
    from explorer.network.modules import find_modules
    from explorer.running.runner import feed_picture, picture_input

    progress(0, 0, "correcting the network" if findings else "taking the corrections back")
    corrected = port
    if findings:
        try:
            network = repaired(port.network, [finding.edit for finding in findings])
        except KeyError as error:
            names = " and ".join(dict.fromkeys(finding.layer for finding in findings))
            raise PortsideError(f"the correction of {names} builds on another one: apply that as well") from error
        preprocessing = port.preprocessing
        if network.preprocessing != port.network.preprocessing:
            preprocessing = picture_input(network)[1]
        modules = find_modules(network.graph)
        corrected = Port(network, modules, _runner_like(port.runner, network), preprocessing)
    given = None
    if picture is not None:
        given = feed_picture(corrected.network, picture.pixels, corrected.preprocessing)
    return Corrected(corrected, compare_with(corrected.runner, reference, progress, cancelled, given))


def write_report_as(
    diagnosis: Diagnosis, path: Path, model: str, reference: str, progress: Progress, cancelled: IsCancelled
) -> Path:
    """Write the diagnosis as one HTML page, whole or not at all; returns its path.

    :raises PortsideError: when it can't be written there.
    """
    from explorer.diagnosis.report import write_report

    progress(0, 0, f"writing {path.name}")
    if cancelled():
        raise Cancelled
    write_report(diagnosis, path, model=model, reference=reference)
    return path


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
    """The names of the network's classes, its own or the customary ones; empty where there are none."""
    from explorer.network.labels import labels_for

    count = class_count(network)
    return (network.labels or labels_for(count) or ()) if count is not None else ()


def _runner_like(runner: Runner, network: Network) -> Runner:
    """A runner of its own: one that is in use elsewhere keeps its programs to itself."""
    return runner.for_network(network)
