"""What the original framework would have recorded of a run, in the ways that people record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.faulting.networks import Subject
from benchmarks.faulting.running import Array
from explorer.network.network import Network, value_name
from explorer.running.reference import Reference

EVERY = 3
"""A sparse recording holds every third layer, and what joins branches."""

JOINS = ("Concat", "Add", "MaxPool", "AveragePool")


def recorded_values(network: Network, recording: str) -> dict[str, str]:
    """For each key of the recording the name of the value that stands under it."""
    return RECORDINGS[recording](network)


def make_reference(subject: Subject, recording: str) -> Reference:
    """The arrays of the right network's plain run, single precision, under the framework's names."""
    arrays: dict[str, Array] = {}
    for key, name in recorded_values(subject.network, recording).items():
        array = np.asarray(subject.values[name], np.float32)
        turn = recording == "nhwc" and array.ndim == 4
        arrays[key] = np.ascontiguousarray(array.transpose(0, 2, 3, 1)) if turn else array
    return Reference(f"{subject.name}.npz", arrays, {key: array.shape for key, array in arrays.items()})


def _blobs(network: Network) -> dict[str, str]:
    """As Caffe records: a blob that layers write in turn holds what the last of them wrote."""
    return {blob: value_name(value) for blob, value in network.blobs.items()}


def _layers(network: Network) -> dict[str, str]:
    """Each layer's own output under the layer's name; inputs under theirs."""
    found = {}
    for layer in network.layers:
        for blob, value in zip(layer.blobs, layer.outputs, strict=True):
            key = (blob or layer.name) if not layer.nodes or len(layer.outputs) > 1 else layer.name
            found[key] = value_name(value)
    return found


def _sparse(network: Network) -> dict[str, str]:
    kept = {}
    outputs = {value_name(value) for value in (*network.inputs, *network.outputs)}
    for number, (blob, value) in enumerate(network.blobs.items()):
        producer = value.producer()
        joins = producer is None or producer.op_type in JOINS
        if joins or value_name(value) in outputs or number % EVERY == 0:
            kept[blob] = value_name(value)
    return kept


RECORDINGS: Mapping[str, Callable[[Network], dict[str, str]]] = {
    "caffe": _blobs,
    "all": _layers,
    "sparse": _sparse,
    "nhwc": _blobs,
}
"""The ways to record, by the name that the command line takes."""
