"""Caffe: a prototxt and its caffemodel → a network with exactly Caffe's semantics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx_ir as ir
from google.protobuf.json_format import MessageToDict

from explorer.errors import PortsideError
from explorer.importers.caffe_elements import ELEMENTS
from explorer.importers.caffe_inputs import DeclaredInput, declared_inputs, preprocessing_of
from explorer.importers.caffe_layers import CaffeLayer, collect
from explorer.importers.caffe_phase import TestPhase, test_phase
from explorer.importers.caffe_schema import fork_fields
from explorer.importers.caffe_windows import WINDOWS
from explorer.importers.caffemodel import Blob, read_caffemodel
from explorer.importers.prototxt import read_prototxt
from explorer.network.builder import NamedSizeError, NetworkBuilder
from explorer.network.network import BATCH, Network, Source

LAYERS = collect(WINDOWS, ELEMENTS)
"""How each type of layer is carried over, by Caffe's name of the type."""

Weights = Mapping[str, Sequence[Blob]]


def read_caffe(path: Path, weights: Path | None) -> Network:
    """Read a prototxt (any of Caffe's generations) and its caffemodel.

    Without ``weights`` the network has its shapes but can't run. The batch is left open where the layers allow it.

    :raises PortsideError: naming the file, the layer and what is wrong, also for what Caffe passes over in silence: a
        layer without weights in the caffemodel, a type that can't be carried over.
    """
    net = read_prototxt(path)
    phase = test_phase(net)
    blobs = None if weights is None else {layer.name: layer.blobs for layer in read_caffemodel(weights)}
    if weights is not None and blobs is not None:
        _check_same_network(phase, blobs, path, weights)
    conversion = _Conversion(net, phase, path, weights, blobs)
    try:
        return conversion.run(BATCH)
    except NamedSizeError:
        return conversion.run(None)


class _Conversion:
    """One prototxt with its blobs; ``run`` makes the network for an open batch or for the declared one."""

    def __init__(self, net: Any, phase: TestPhase, path: Path, weights: Path | None, blobs: Weights | None) -> None:
        self._net = net
        self._phase = phase
        self._path = path
        self._weights = weights
        self._blobs = blobs

    def run(self, batch: str | None) -> Network:
        notes = []
        if self._phase.left_out:
            notes.append(f"left out, as only training needs them: {', '.join(self._phase.left_out)}")
        if batch is None:
            notes.append("a layer works across the batch, so the batch is the one that the file declares")
        files = (str(self._path), *([str(self._weights)] if self._weights else []))
        builder = NetworkBuilder(self._net.name)
        declared = declared_inputs(self._net, self._phase.data, batch, self._path)
        values: dict[str, ir.Value] = {}
        writer: dict[str, str] = {}
        for message in self._phase.layers:
            for bottom in message.bottom:
                if bottom in declared and bottom not in values:
                    values[bottom] = self._input(builder, bottom, declared[bottom])
                    writer[bottom] = declared[bottom].layer
            self._add(builder, message, values, writer)
        if not values:
            raise PortsideError("has no layer that computes something from an input", file=self._path)
        has_weights = self._weights is not None or not builder.graph.initializers
        source = Source("caffe", files, tuple(notes), has_weights)
        return builder.build(source, preprocessing_of(self._net, self._phase.data, builder.graph.inputs))

    def _input(self, builder: NetworkBuilder, blob: str, declared: DeclaredInput) -> ir.Value:
        if declared.shape is None:
            reason = f"the size of '{blob}' stands in its database, not in the file"
            raise PortsideError(reason, file=self._path, layer=declared.layer)
        return builder.input(blob, declared.shape, layer=declared.layer, kind=declared.kind)

    def _add(self, builder: NetworkBuilder, message: Any, values: dict[str, ir.Value], writer: dict[str, str]) -> None:
        file, name = str(self._path), message.name
        convert = LAYERS.get(message.type)
        if convert is None:
            raise PortsideError(f"its type '{message.type}' is not known", file=file, layer=name)
        for field in fork_fields(message):
            # What a fork added changes what the layer computes; passing over it would give a wrong network in silence.
            raise PortsideError(f"has '{field}', which BVLC Caffe does not know", file=file, layer=name)
        for bottom in message.bottom:
            if bottom not in values:
                raise PortsideError(f"reads '{bottom}', which no layer before it gives", file=file, layer=name)
        for top in message.top:
            if top in values and top not in message.bottom:
                reason = f"writes '{top}', which layer '{writer[top]}' gives already"
                raise PortsideError(reason, file=file, layer=name)
        layer = CaffeLayer(
            message,
            [values[bottom] for bottom in message.bottom],
            list(message.top),
            builder.layer(name, message.type, _parameters(message)),
            file,
            None if self._blobs is None else self._blobs.get(name, ()),
            None if self._weights is None else str(self._weights),
        )
        if not layer.bottoms:
            raise layer.error(f"{message.type} has no bottom")
        tops = convert(layer)
        layer.check_blobs_taken()
        for top, value in zip(message.top, tops, strict=False):
            values[top] = value
            writer[top] = name


def _check_same_network(phase: TestPhase, blobs: Weights, path: Path, weights: Path) -> None:
    """Refuse a caffemodel of another network, whose layers Caffe would leave at their random fillers."""
    names = {layer.name for layer in phase.layers}
    learned = [name for name, found in blobs.items() if found]
    if learned and names.isdisjoint(learned):
        reason = f"holds the weights of another network: none of its layers ('{learned[0]}' …) is in {path.name}"
        raise PortsideError(reason, file=weights)


def _parameters(message: Any) -> dict[str, Any]:
    """The layer's own parameters as stated; fillers and learning rates say nothing about a trained network."""
    found: dict[str, Any] = {}
    for descriptor, value in message.ListFields():
        if descriptor.name.endswith("_param") and descriptor.message_type is not None:
            stated = MessageToDict(value, preserving_proto_field_name=True)
            found.update({key: item for key, item in stated.items() if not key.endswith("_filler")})
    return found


def weights_beside(path: Path) -> tuple[Path, ...]:
    """The caffemodels in the prototxt's folder."""
    return tuple(sorted(file for file in path.parent.glob("*.caffemodel") if file.is_file()))
