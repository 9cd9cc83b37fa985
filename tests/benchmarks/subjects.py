"""Small networks to put faults into, made once for a run of the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faulting import running
from benchmarks.faulting.cases import Case, parse_case
from benchmarks.faulting.fault import Truth
from benchmarks.faulting.networks import Subject, make_subject
from benchmarks.faulting.port import Port, node_of, weight_of


def subject(name: str, folder: Path) -> Subject:
    """A network of the bench on a drawn picture, which is on every machine."""
    return make_subject(name, folder, picture="none of this name")


def broken(subject: Subject, fault: str) -> tuple[Port, Truth]:
    """A port with one fault, written ``cause/variant@layer``."""
    case = parse_case(f"{subject.name}|{fault}")
    port = Port(subject.network, subject.pixels)
    return port, case.picks[0].injection(port, case.picks[0].layer, case.random(0, 0))


def weights(port: Port | Subject, layer: str, index: int = 1) -> Any:
    """The weights of a layer's first node that has some."""
    found = port.network.layer[layer]
    return weight_of(node_of(found, "Conv", "Gemm", "ConvTranspose", "BatchNormalization"), index)


def changed_layers(subject: Subject, port: Port) -> set[str]:
    """The layers that give something else than in the right network when each reads that one's values."""
    changed = set()
    for layer in port.network.layers:
        if not layer.nodes:
            continue
        names = {value.name or "" for value in layer.outputs} & subject.values.keys()
        given = isolated(port, layer.name, subject)
        for name in names:
            if running.distance(given[name], subject.values[name]) > 1e-5:
                changed.add(layer.name)
    return changed


def isolated(port: Port, name: str, subject: Subject) -> dict[str, Any]:
    """A layer's outputs, in double precision, from the right network's values."""
    from explorer.running import float64

    layer = port.network.layer[name]
    wanted = [value.name or "" for value in layer.outputs]
    constants = {value.name or "": value.const_value for value in layer.weights}
    return float64.evaluate(layer.nodes, feeds_of(layer, subject), constants, wanted, opset=20)


def feeds_of(layer: Any, subject: Subject) -> dict[str, Any]:
    return {value.name: np.asarray(subject.values[value.name]) for value in layer.inputs}


def single(subject: Subject, fault: str) -> Case:
    return parse_case(f"{subject.name}|{fault}")
