"""The parts of a network between recorded arrays, cut out to run on the reference's own values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.network.network import Layer, Network, value_name
from explorer.running.cutting import Copies, stretch_to

OUTPUT = "isolated:{}"
"""The name of a stretch's result: its plain name is that of the reference's array, which the next stretch reads."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """What computes ``value`` from ``inputs`` (names of values); nodes and layers in the order of the data."""

    value: str
    inputs: tuple[str, ...]
    nodes: tuple[ir.Node, ...]
    layers: tuple[str, ...]


def find_stretch(network: Network, value: str, recorded: Collection[str]) -> Stretch | None:
    """Walk back from ``value`` to the recorded values; None where that ends at an input that is not recorded."""
    try:
        part = stretch_to(network, [value], recorded)
    except PortsideError:
        return None
    layers = tuple(layer.name for layer in network.layers if not set(layer.nodes).isdisjoint(part.nodes))
    return Stretch(value, part.inputs, part.nodes, layers)


def with_unread(network: Network, stretch: Stretch, recorded: Collection[str]) -> Stretch:
    """The stretch with what its own layers compute and nothing reads, where it can be had from recorded values."""
    nodes, inputs = list(stretch.nodes), dict.fromkeys(stretch.inputs)
    layers = {
        *stretch.layers,
        *(layer.name for layer in network.layers if stretch.value in _recorded_as(network, layer)),
    }
    given = set(network.outputs)
    for layer in network.layers:
        if layer.name not in layers:
            continue
        for node in layer.nodes:
            value = node.outputs[0]
            if node in nodes or value.uses() or value in given or not value.name or value.name not in network.values:
                continue
            found = find_stretch(network, value_name(value), recorded)
            if found is not None and stretch.value not in found.inputs:
                nodes += [other for other in found.nodes if other not in nodes]
                inputs |= dict.fromkeys(found.inputs)
    if len(nodes) == len(stretch.nodes):
        return stretch
    order = {node: number for number, node in enumerate(network.model.graph)}
    return Stretch(stretch.value, tuple(inputs), tuple(sorted(nodes, key=order.__getitem__)), stretch.layers)


def _recorded_as(network: Network, layer: Layer) -> set[str]:
    """The values that stand in the end under the names that a layer writes."""
    return {value_name(network.blobs[blob]) for blob in layer.blobs if blob is not None and blob in network.blobs}


def cut_out(network: Network, stretches: Sequence[Stretch], dtypes: Mapping[str, np.dtype[Any]]) -> ir.Model:
    """A model of copies of the stretches' nodes, side by side.

    It reads recorded values, whose types are ``dtypes`` where the network doesn't know them, and gives ``OUTPUT`` of
    each stretch's value. The weights are the network's own arrays.
    """
    copies = Copies(network)
    outputs: list[ir.Value] = []
    for number, stretch in enumerate(stretches):
        result = copies.add(stretch.nodes, f"{number}:")[network.values[stretch.value]]
        result.name = OUTPUT.format(stretch.value)
        outputs.append(result)
    return copies.model(outputs, dtypes)
