"""Caffe: a prototxt and its caffemodel → a network with exactly Caffe's semantics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx_ir as ir
from google.protobuf.json_format import MessageToDict

from explorer.errors import PortsideError
from explorer.importers.caffe_activations import ACTIVATIONS
from explorer.importers.caffe_convolution import CONVOLUTIONS
from explorer.importers.caffe_detection import DETECTIONS
from explorer.importers.caffe_elements import ELEMENTS
from explorer.importers.caffe_inputs import DeclaredInput, declared_inputs, preprocessing_of
from explorer.importers.caffe_layers import CaffeLayer, InexpressibleError, LayerType, collect
from explorer.importers.caffe_normalisation import NORMALISATIONS
from explorer.importers.caffe_opaque import INEXPRESSIBLE, opaque
from explorer.importers.caffe_phase import TestPhase, test_phase, without_untrained_heads
from explorer.importers.caffe_pooling import POOLINGS
from explorer.importers.caffe_schema import fork_fields
from explorer.importers.caffe_shaping import SHAPINGS
from explorer.importers.caffe_storage import Storage
from explorer.importers.caffe_weights import SharedParameters, Weights, read_weights, untrained_layers
from explorer.importers.prototxt import read_prototxt
from explorer.network.builder import NamedSizeError, NetworkBuilder, shape_tuple
from explorer.network.network import BATCH, Network, Source

LAYERS = collect(CONVOLUTIONS, POOLINGS, NORMALISATIONS, ACTIVATIONS, ELEMENTS, SHAPINGS, DETECTIONS)
"""How each type of layer is carried over, by Caffe's name of the type."""

HARMLESS = frozenset(
    ["forward_type", "backward_type", "forward_math", "backward_math", "debug", "cudnn_math_override", "engine"]
)
"""Fields of forks that say how a layer is computed, not what."""


def read_caffe(path: Path, weights: Path | None, *, allow_unknown: bool = False) -> Network:
    """Read a prototxt (any of Caffe's generations) and its weights, a caffemodel or Caffe's HDF5.

    Without ``weights`` the network has its shapes but can't run. The batch is left open where the layers allow it.
    ``allow_unknown`` keeps a layer that can't be carried over as one opaque node: its shapes, and those of all that
    reads it, are unknown, and the network can be looked at but not run.

    :raises PortsideError: naming the file, the layer and what is wrong, also for what Caffe passes over in silence: a
        layer without weights in the caffemodel, a field that only some fork knows.
    """
    net = read_prototxt(path)
    phase = test_phase(net)
    if not allow_unknown:
        for message in phase.layers:
            _check_expressible(message, path)
    loaded = None if weights is None else read_weights(weights, phase.layers)
    if loaded is not None:
        _check_same_network(phase, loaded, path)
        phase = without_untrained_heads(phase, untrained_layers(phase.layers, loaded))
    conversion = _Conversion(net, phase, path, loaded, allow_unknown)
    try:
        return conversion.run(BATCH)
    except NamedSizeError:
        return conversion.run(None)


class _Conversion:
    """One prototxt with its weights; ``run`` makes the network for an open batch or for the declared one."""

    def __init__(self, net: Any, phase: TestPhase, path: Path, weights: Weights | None, allow_unknown: bool) -> None:
        self._net = net
        self._phase = phase
        self._path = path
        self._weights = weights
        self._allow_unknown = allow_unknown
        self._begin(None)

    def _begin(self, batch: str | None) -> None:
        self._builder = NetworkBuilder(self._net.name)
        self._declared = declared_inputs(self._net, self._phase.data, batch, self._path)
        self._blobs = Storage()
        self._sharing = SharedParameters()
        self._notes: list[str] = []

    def run(self, batch: str | None) -> Network:
        self._begin(batch)
        self._notes.extend(self._phase.notes)
        if batch is None:
            self._notes.append("a layer works across the batch, so the batch is the one that the file declares")
        for message in self._phase.layers:
            self._add(message)
        unread = [blob for blob in self._declared if blob not in self._blobs]
        if unread:
            self._notes.append(f"no input of the network, as no layer that is left reads it: {', '.join(unread)}")
        if not len(self._blobs):
            raise PortsideError("has no layer that computes something from an input", file=self._path)
        weights = [] if self._weights is None else [self._weights.file]
        has_weights = bool(weights) or not self._builder.graph.initializers
        source = Source("caffe", (str(self._path), *weights), tuple(self._notes), has_weights)
        inputs = self._builder.graph.inputs
        return self._builder.build(source, preprocessing_of(self._net, self._phase.data, inputs))

    def _add(self, message: Any) -> None:
        layer_type = LAYERS.get(message.type)
        bottoms = [self._read(blob, message) for blob in message.bottom]
        in_place = list(self._in_place(message, layer_type))
        build = self._builder.layer(message.name, message.type, _parameters(message))
        layer = CaffeLayer(
            message,
            bottoms,
            list(message.top),
            build,
            str(self._path),
            self._weights,
            self._sharing,
            self._notes,
        )
        tops = self._convert(layer)
        shares = layer_type.shares if layer_type is not None and _known(*bottoms, *tops) else None
        view_of = message.bottom[0] if shares is not None and shares(layer) else None
        for top, value, same in zip(message.top, tops, in_place, strict=False):
            if same:
                self._blobs.write_in_place(top, value, message.name)
                self._change_other_views(layer, top, value)
            else:
                self._blobs.write(top, value, message.name, view_of=view_of)

    def _convert(self, layer: CaffeLayer) -> list[ir.Value]:
        try:
            _check_expressible(layer.message, self._path)
            if not _known(*layer.bottoms):
                return opaque(layer)
            if not layer.bottoms and layer.message.type != "Parameter":
                raise layer.error(f"{layer.message.type} has no bottom")
            tops = LAYERS[layer.message.type].convert(layer)
        except InexpressibleError as error:
            if not self._allow_unknown:
                raise
            self._notes.append(f"kept as an opaque node, so that the network can't be run: {error}")
            return opaque(layer)
        layer.check_blobs_taken()
        layer.check_sizes(tops)
        return tops

    def _read(self, blob: str, message: Any) -> ir.Value:
        if blob in self._declared and blob not in self._blobs:
            declared = self._declared[blob]
            self._blobs.write(blob, self._input(blob, declared), declared.layer)
        if blob not in self._blobs:
            raise self._error(message, f"reads '{blob}', which no layer before it gives")
        return self._blobs.read(blob)

    def _input(self, blob: str, declared: DeclaredInput) -> ir.Value:
        if declared.shape is None:
            reason = f"the size of '{blob}' stands in its database, not in the file"
            raise PortsideError(reason, file=self._path, layer=declared.layer)
        return self._builder.input(blob, declared.shape, layer=declared.layer, kind=declared.kind)

    def _in_place(self, message: Any, layer_type: LayerType | None) -> Iterator[bool]:
        """For each top whether it is its bottom: the only way to write a blob again (net.cpp, ``AppendTop``)."""
        for index, top in enumerate(message.top):
            same = index < len(message.bottom) and message.bottom[index] == top
            if top in message.top[:index]:
                raise self._error(message, f"writes '{top}' twice")
            if not same and (top in self._blobs or top in self._declared):
                writer = self._blobs.writer(top) if top in self._blobs else self._declared[top].layer
                raise self._error(message, f"writes '{top}', which layer '{writer}' gives already")
            if same and self._blobs.reads(top) > 1:
                # Caffe splits a blob that several layers read, and a layer can't write into one part of a split.
                raise self._error(message, f"works in place on '{top}', which another layer reads as it was")
            if same and layer_type is not None and not layer_type.in_place:
                raise self._error(message, f"{message.type} can't work in place, here on '{top}'")
            yield same

    def _change_other_views(self, layer: CaffeLayer, top: str, value: ir.Value) -> None:
        """Let the blobs that share the storage of ``top`` show what was written into it, as they do in Caffe."""
        if _is_identity(value):
            return
        for blob, before in list(self._blobs.other_views(top)):
            if not _known(value, before):
                continue
            changed = layer.build.reshape(value, shape_tuple(before))
            changed = layer.build.overwrite(changed, blob, read=self._blobs.reads(blob) > 0)
            self._blobs.change(blob, changed)

    def _error(self, message: Any, reason: str) -> PortsideError:
        return PortsideError(reason, file=self._path, layer=message.name)


def _known(*values: ir.Value) -> bool:
    return all(value.shape is not None for value in values)


def _is_identity(value: ir.Value) -> bool:
    producer = value.producer()
    return producer is not None and producer.op_type == "Identity"


def _check_expressible(message: Any, path: Path) -> None:
    """Check that the layer's type, and every field of a fork that it has, is known.

    What a fork added changes what a layer computes: passing over it would give a wrong network in silence.
    """
    kind, name = message.type, message.name
    layer_type = LAYERS.get(kind)
    if layer_type is None:
        if kind in INEXPRESSIBLE:
            reason = f"its type '{kind}' can't be carried over: {INEXPRESSIBLE[kind]}"
        else:
            reason = f"its type '{kind}' is not known"
        raise InexpressibleError(reason, file=path, layer=name)
    if layer_type.needs is not None and not message.HasField(layer_type.needs):
        reason = f"its type '{kind}' says nothing without a {layer_type.needs}"
        raise InexpressibleError(reason, file=path, layer=name)
    for field in _leaves(message, fork_fields(message)):
        if field not in layer_type.forks and field.rpartition(".")[2] not in HARMLESS:
            reason = f"has '{field}', which is of a fork of Caffe and not known for {kind}"
            raise InexpressibleError(reason, file=path, layer=name)


def _leaves(message: Any, fields: Sequence[str]) -> Iterator[str]:
    """The dotted names of ``fields``, with those of a message's own fields in its place."""
    for field in fields:
        value = message
        for part in field.split("."):
            value = getattr(value, part)
        if hasattr(value, "ListFields"):
            yield from (f"{field}.{descriptor.name}" for descriptor, _ in value.ListFields())
        else:
            yield field


def _check_same_network(phase: TestPhase, weights: Weights, path: Path) -> None:
    """Refuse a caffemodel of another network, whose layers Caffe would leave at their random fillers."""
    names = {layer.name for layer in phase.layers}
    learned = weights.layer_names()
    if learned and names.isdisjoint(learned):
        reason = f"holds the weights of another network: none of its layers ('{learned[0]}' …) is in {path.name}"
        raise PortsideError(reason, file=weights.file)


def _parameters(message: Any) -> dict[str, Any]:
    """The layer's own parameters as stated; fillers and learning rates say nothing about a trained network."""
    found: dict[str, Any] = {}
    for descriptor, value in message.ListFields():
        if descriptor.name.endswith("_param") and descriptor.message_type is not None:
            stated = MessageToDict(value, preserving_proto_field_name=True)
            found.update({key: item for key, item in stated.items() if not key.endswith("_filler")})
    return found
