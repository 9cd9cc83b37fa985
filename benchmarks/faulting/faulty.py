"""A case carried out: a wrong port in a file, opened again, and proof that something is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx_ir as ir

from benchmarks.faulting import running
from benchmarks.faulting.cases import Case
from benchmarks.faulting.fault import Truth
from benchmarks.faulting.networks import MARGIN, Subject
from benchmarks.faulting.port import NotEligibleError, Port
from benchmarks.faulting.recording import recorded_values
from benchmarks.faulting.running import Array
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.network import BATCH, Network, value_name
from explorer.network.saving import save_network
from explorer.running.runner import feed_picture


class NoEffectError(Exception):
    """The fault changes nothing beyond rounding, with this picture."""


class NotRecordedError(Exception):
    """The fault changes its layer, but nothing that the reference holds."""


@dataclass(frozen=True, eq=False)
class Faulty:
    """A wrong port as it was opened, what is wrong with it, and the pixels that it reads from the picture."""

    network: Network
    truths: tuple[Truth, ...]
    pixels: Array


def carry_out(case: Case, subject: Subject, recording: str, seed: int, folder: Path) -> Faulty:
    """Inject, run, check that every fault matters, save and open again.

    :raises NotEligibleError: when a fault has no place there or the rest of the network can't run any more.
    :raises NoEffectError: when a fault changes nothing beyond rounding.
    :raises NotRecordedError: when what it changes is not in the reference.
    """
    places = _places(case, subject)
    port, truths, values = _broken(case, subject, seed, places)
    several = len(places) > 1
    for position, place in enumerate(places):
        alone, told, made = (port, truths, values) if not several else _broken(case, subject, seed, [place])
        _check_effect(alone, told, made, subject, case, place, recording)
        if several and not case.systematic:
            others = [each for index, each in enumerate(places) if index != position]
            _, _, without = _broken(case, subject, seed, others)
            if not _differ(values, without, subject):
                raise NoEffectError(f"'{case.picks[place[0]].name}' changes nothing beside the others")
    path = folder / "port.onnx"
    save_network(port.network, path)
    assert port.picture is not None
    return Faulty(open_network(path), truths, port.picture)


Place = tuple[int, str]
"""Which of a case's picks, and the layer it goes to."""


def _places(case: Case, subject: Subject) -> list[Place]:
    places = []
    for index, pick in enumerate(case.picks):
        if pick.layer != "*":
            places.append((index, pick.layer))
            continue
        for layer in subject.network.layers:
            if pick.injection.fits(layer, subject.network):
                try:
                    _broken(case, subject, 0, [(index, layer.name)], run=False)
                    places.append((index, layer.name))
                except NotEligibleError:
                    continue
    if case.picks and not places:
        raise NotEligibleError("no layer has a place for it")
    return places


def _broken(
    case: Case, subject: Subject, seed: int, places: Sequence[Place], *, run: bool = True
) -> tuple[Port, tuple[Truth, ...], Mapping[str, Array]]:
    port = Port(subject.network, subject.pixels)
    truths = tuple(case.picks[index].injection(port, layer, case.random(seed, index)) for index, layer in places)
    if not run:
        return port, truths, {}
    try:
        values = running.run_plain(port.network, subject.inputs)
    except Exception as error:  # noqa: BLE001 - onnxruntime has its own classes of errors
        raise NotEligibleError(f"the rest of the network can't run: {str(error)[:120]}") from None
    _state_shapes(port, values)
    return port, truths, values


def _state_shapes(port: Port, values: Mapping[str, Array]) -> None:
    """Give every value the shape that it really has; a batch that was named stays so."""
    first = port.model.graph.inputs[0].shape
    named = first is not None and not isinstance(first[0], int)
    for node in port.model.graph:
        for value in node.outputs:
            array = values.get(value.name or "")
            if array is None:
                continue
            shape: list[int | str] = list(array.shape)
            if named and len(shape) > 1 and shape[0] == 1:
                shape[0] = BATCH
            value.shape = ir.Shape(shape)
            value.type = ir.TensorType(ir.DataType.from_numpy(array.dtype))


def _check_effect(
    port: Port,
    truths: Sequence[Truth],
    values: Mapping[str, Array],
    subject: Subject,
    case: Case,
    place: Place,
    recording: str,
) -> None:
    name = place[1]
    layer = subject.network.layer[name]
    if not layer.nodes:
        _check_input(port, subject, case.picks[place[0]].name)
        return
    # A layer that was left out, or one that was put in behind, shows in those that read it.
    near = [value_name(value) for value in layer.outputs]
    near += [
        value_name(value)
        for other in subject.network.layers
        if layer in subject.network.input_layers(other)
        for value in other.outputs
    ]
    if not any(
        key in values and running.distance(values[key], subject.values[key]) > MARGIN * _floor(subject, key)
        for key in near
    ):
        raise NoEffectError(f"'{name}' gives the same as before")
    if case.picks[place[0]].injection.cause == "overflow" and all(
        np.isfinite(values[key]).all() for key in near if key in values
    ):
        # Onnxruntime computes in single precision between two halves: what is too much there may never be.
        raise NoEffectError(f"nothing in '{name}' goes beyond half precision: it is only rounded")
    clean = recorded_values(subject.network, recording)
    now = recorded_values(port.network, recording)
    for key, before in clean.items():
        after = values.get(now.get(key, ""))
        if after is None or running.distance(after, subject.values[before]) > MARGIN * _floor(subject, before):
            return
    raise NotRecordedError(f"nothing that is recorded behind '{name}' changes")


def _floor(subject: Subject, value: str) -> float:
    """What rounding does in the value's own layer: up to the fault both runs are the same to the last bit."""
    return subject.own_floor(subject.network.producer[value].name)


def _check_input(port: Port, subject: Subject, fault: str) -> None:
    assert port.picture is not None
    try:
        fed = feed_picture(port.network, port.picture)
    except PortsideError as error:
        raise NotEligibleError(str(error)) from None
    if all(running.distance(fed[key], array) < MARGIN * running.LEAST_FLOOR for key, array in subject.inputs.items()):
        raise NoEffectError(f"'{fault}' makes the same of this picture")


def _differ(values: Mapping[str, Array], others: Mapping[str, Array], subject: Subject) -> bool:
    """Whether two wrong ports differ anywhere, beyond rounding."""
    if values.keys() != others.keys():
        return True
    floors = subject.whole_floors
    return any(
        running.distance(array, others[key]) > MARGIN * floors.get(key, running.LEAST_FLOOR)
        for key, array in values.items()
        if array.dtype.kind == "f"
    )
