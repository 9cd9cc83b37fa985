"""Which array of a reference belongs to which of our values, and how its axes lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from explorer.comparison.metrics import measure
from explorer.network.network import Layer, Network, value_name
from explorer.running.activations import Array
from explorer.running.reference import Reference

Axes = tuple[int, ...]
"""For each of our axes the reference's axis that goes there, or −1 for a new axis of size one."""

NEW_AXIS = -1

ALIKE = 0.1
"""The relative L2 error below which one layout is plainly the right one: others are about 1 away."""

Aligned = dict[str, tuple[str, Axes]]
"""For each of our recorded values, by name, the reference's array and how its axes lie."""


UNCHANGED = ("Identity", "Dropout")
"""Operators that give what they are given."""


@dataclass(frozen=True)
class Pair:
    """Our ``value`` and the reference's array ``key``; both by name."""

    value: str
    key: str


def pair_layers(network: Network, reference: Reference) -> dict[str, tuple[Pair, ...]]:
    """Pair layers with arrays by the framework's names; layers without a partner are not in the result.

    An array under a blob's name holds what stands in that blob in the end, so every layer that writes the blob is
    paired with the last one's value (Caffe's in-place rule). Where the reference also has arrays under the names of
    layers that compute in place, it was recorded layer by layer, and each array is what its layer gave.
    """
    keys, by_layer = reference.shapes, _by_layer(network, reference)
    pairs: dict[str, tuple[Pair, ...]] = {}
    for layer in network.layers:
        found = []
        for value, blob in zip(layer.outputs, layer.blobs, strict=True):
            if blob is None:
                continue  # the framework doesn't record it, so an array of the layer's name is something else
            own_names = (layer.name, f"{layer.name}:{blob}", value_name(value))
            own_key = next((key for key in own_names if key in keys), None)
            if own_key is not None and (by_layer or own_key not in network.blobs):
                found.append(Pair(value_name(value), own_key))
            elif blob in keys:
                found.append(Pair(value_name(network.blobs[blob]), blob))
            elif (alias := _alias(network, blob, keys)) is not None:
                found.append(Pair(value_name(network.blobs[blob]), alias))
        if not layer.nodes and not found:
            key = _input_key(layer, keys)
            found = [] if key is None else [Pair(value_name(layer.outputs[0]), key)]
        if not layer.nodes and len(network.inputs) == 1 and (unnamed := _unnamed_key(keys)) is not None:
            found.append(Pair(value_name(layer.outputs[0]), unnamed))
        if found:
            pairs[layer.name] = tuple({pair.key: pair for pair in reversed(found)}.values())[::-1]
    return pairs


def _alias(network: Network, blob: str, keys: Collection[str]) -> str | None:
    """A further name of the blob that the reference has; TensorFlow's tensors are outputs of operations by number."""
    names = [blob, *network.aliases.get(blob, ())] if network.aliases else []
    return next((key for name in names for key in (name, f"{name}:0") if key in keys), None)


def _by_layer(network: Network, reference: Reference) -> bool:
    """Whether the reference has arrays under names of layers that record what they give under another name.

    Layers that give what they are given say nothing: Keras records a dropout by its name, and beside it convolutions
    with the activation that is theirs there.
    """
    return any(
        layer.name in reference.shapes and layer.name not in network.blobs
        for layer in network.layers
        if any(node.op_type not in UNCHANGED for node in layer.nodes) and any(blob is not None for blob in layer.blobs)
    )


def _input_key(layer: Layer, keys: Collection[str]) -> str | None:
    """The name under which a reference holds an input; None where it doesn't.

    Caffe's layer ``input`` declares the inputs that have no layer, and a layer with several tops is recorded as
    ``layer:top``.
    """
    name = value_name(layer.outputs[0])
    names = [
        name,
        f"{name}:0",
        *filter(None, layer.blobs),
        layer.name,
        "input",
        *(key for key in keys if key.endswith(f":{name}")),
    ]
    return next((key for key in names if key in keys), _unnamed_key(keys))


def _unnamed_key(keys: Collection[str]) -> str | None:
    """What Keras 3 calls the tensor of an input that has no name of its own: ``keras_tensor``, a number behind it."""
    found = [key for key in keys if key.startswith("keras_tensor")]
    return found[0] if len(found) == 1 else None


def possible_axes(ours: tuple[int, ...], theirs: tuple[int, ...]) -> list[Axes]:
    """The ways to turn an array of shape ``theirs`` so that it has the shape ``ours``, the likeliest first.

    Channels may be second or last, and axes of size one may be there or not; anything else is another shape.
    """
    found: list[Axes] = []
    for order in _orders(len(theirs)):
        axes = _fit(ours, theirs, order)
        if axes is not None and axes not in found:
            found.append(axes)
    return found


def turned(array: Array, axes: Axes) -> Array:
    """The reference's ``array`` with its axes as ours are; a view where numpy can give one."""
    kept = [axis for axis in axes if axis != NEW_AXIS]
    dropped = [axis for axis in range(array.ndim) if axis not in kept]
    turned = array.transpose(kept + dropped).reshape([array.shape[axis] for axis in kept])
    return np.expand_dims(turned, [position for position, axis in enumerate(axes) if axis == NEW_AXIS])


def sure_axes(ours: tuple[int, ...], theirs: Array, values: Array | None) -> Axes | None:
    """The way to turn ``theirs`` that the shape alone says, or that makes it like our ``values``; else None."""
    possible = possible_axes(ours, theirs.shape)
    if len(possible) < 2:
        return possible[0] if possible else None
    if values is None or values.shape != ours:
        return None
    return next((axes for axes in possible if measure(values, turned(theirs, axes)).relative_l2 < ALIKE), None)


def choose_axes(
    ours: tuple[int, ...], theirs: Array, values: Array | None, layouts: Sequence[Axes] = ()
) -> Axes | None:
    """The way to turn ``theirs``: as most others lie, whose ``layouts`` are known; None where no way fits.

    Where those say nothing, the way that brings it nearest to our ``values``. Wrong values say little, and less where
    there are as many channels as rows.
    """
    possible = possible_axes(ours, theirs.shape)
    usual = [axes for axes in _usual(layouts) if axes in possible]
    if usual or len(possible) < 2 or values is None or values.shape != ours:
        return next(iter([*usual, *possible]), None)
    return min(possible, key=lambda axes: measure(values, turned(theirs, axes)).relative_l2)


def _usual(layouts: Sequence[Axes]) -> list[Axes]:
    """Each layout once, the commonest first."""
    return [axes for axes, _ in Counter(layouts).most_common()]


def loose_axes(ours: tuple[int, ...], theirs: tuple[int, ...], layouts: Sequence[Axes]) -> Axes | None:
    """How an array lies whose maps have another size than ours: as most of the others, or where the channels fit.

    None where nothing says it: other ranks, and vectors of another length, are other things.
    """
    if len(ours) != len(theirs) or len(ours) < 3:
        return tuple(range(len(ours))) if len(ours) == len(theirs) else None
    ordered = _usual([axes for axes in layouts if len(axes) == len(ours) and NEW_AXIS not in axes])
    fitting = [axes for axes in [*ordered, *_orders(len(ours))] if theirs[axes[1]] == ours[1]]
    return next(iter(fitting or ordered), None)


def reference_inputs(
    network: Network, reference: Reference, pairs: Mapping[str, tuple[Pair, ...]] | None = None
) -> Mapping[str, Array] | None:
    """The arrays that the reference's network was fed with, as ours takes them; None where one is missing or unlike.

    ``pairs`` tells those that go by another name. Where a layer computes in place on an input, the array under the
    input's name is what stands there in the end.
    """
    found: dict[str, Array] = {}
    by_layer = _by_layer(network, reference)
    for layer in network.layers:
        if layer.nodes:
            continue
        value = layer.outputs[0]
        renamed = [pair.key for pair in (pairs or {}).get(layer.name, ()) if pair.value == value_name(value)]
        key = _input_key(layer, reference.shapes) or next(iter(renamed), None)
        if key is None or value.shape is None or (not by_layer and network.blobs.get(key, value) is not value):
            return None
        theirs = reference.arrays[key]
        given = _input_as_ours(value.shape, theirs)
        if given is None:
            return None
        found[value_name(value)] = given
    return found


def _input_as_ours(shape: ir.Shape, theirs: Array) -> Array | None:
    """``theirs`` laid out as an input of ``shape``, whose named sizes may be anything."""
    sizes = [dim if isinstance(dim, int) else None for dim in shape]
    if theirs.ndim == len(sizes):
        for order in _orders(theirs.ndim):
            turned_sizes = [theirs.shape[axis] for axis in order]
            if all(size is None or size == theirs_ for size, theirs_ in zip(sizes, turned_sizes, strict=True)):
                return theirs.transpose(order)
    axes = possible_axes(tuple(1 if size is None else size for size in sizes), theirs.shape)
    return turned(theirs, axes[0]) if axes else None


def _orders(rank: int) -> list[Axes]:
    """The layouts that frameworks keep arrays in, ours first, then channels last, then channels first."""
    orders: list[Axes] = [tuple(range(rank))]
    if rank > 2:
        orders += [(0, rank - 1, *range(1, rank - 1)), (0, *range(2, rank), 1)]
        # Without a batch axis the channels are first or last.
        orders += [(rank - 1, *range(rank - 1)), (*range(1, rank), 0)]
    return orders


def _fit(ours: tuple[int, ...], theirs: tuple[int, ...], order: Axes) -> Axes | None:
    """Put the axes, in ``order``, to our places of the same size; those of size one go wherever there is room."""
    long = [axis for axis in order if theirs[axis] != 1]
    if [theirs[axis] for axis in long] != [size for size in ours if size != 1]:
        return None
    single = [axis for axis in order if theirs[axis] == 1]
    return tuple(long.pop(0) if size != 1 else single.pop(0) if single else NEW_AXIS for size in ours)
