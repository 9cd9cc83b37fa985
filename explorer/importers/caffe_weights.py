"""Learned parameters as Caffe's net holds them once a weights file is loaded: own, shared by name, or filled in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.hdf5.reader import SIGNATURE, is_hdf5
from explorer.importers.caffe_blob import Blob
from explorer.importers.caffemodel import read_caffemodel


@dataclass(frozen=True, eq=False)
class StoredBlob:
    """A blob with the layer and the index under which its file has it."""

    layer: str
    index: int
    blob: Blob


class Weights:
    """A weights file seen from one network (net.cpp, ``CopyTrainedLayersFrom``).

    Layers are found by name; where the file repeats one, the last counts. Parameters that layers share by name are one
    storage in Caffe, into which each of these layers in the file is copied in turn: the last one wins for all.
    """

    def __init__(self, layers: Sequence[Any], stored: Sequence[tuple[str, Sequence[Blob | None]]], file: Path) -> None:
        self.file = str(file)
        self._own = {layer: tuple(blobs) for layer, blobs in stored}
        self._shared: dict[str, StoredBlob] = {}
        names = {layer.name: [spec.name for spec in layer.param] for layer in layers}
        for layer, blobs in stored:
            for name, (index, blob) in zip(names.get(layer, ()), enumerate(blobs), strict=False):
                if name and blob is not None:
                    self._shared[name] = StoredBlob(layer, index, blob)

    def layer_names(self) -> tuple[str, ...]:
        """The layers with blobs, in the file's order."""
        return tuple(name for name, blobs in self._own.items() if blobs)

    def has(self, layer: str) -> bool:
        """Whether the file has the layer at all."""
        return layer in self._own

    def own(self, layer: str) -> tuple[Blob | None, ...]:
        """What the file holds for a layer; None for a blob that an HDF5 file keeps with the layer that owns it."""
        return self._own.get(layer, ())

    def shared(self, name: str) -> StoredBlob | None:
        """The blob that stands under a parameter's name after loading."""
        return self._shared.get(name)


def read_weights(path: Path, layers: Sequence[Any]) -> Weights:
    """Read a caffemodel, or Caffe's HDF5, whatever its name is, for the layers of one network.

    :raises PortsideError: when it is neither.
    """
    if _is_hdf5(path):
        from explorer.importers.caffe_hdf5 import read_caffe_hdf5

        return Weights(layers, read_caffe_hdf5(path), path)
    return Weights(layers, [(entry.name, entry.blobs) for entry in read_caffemodel(path)], path)


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_hdf5(file.read(len(SIGNATURE)))
    except OSError:
        return False


@dataclass
class SharedParameters:
    """Parameters by their own names while one network is built: the first layer that uses one owns it."""

    owners: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    initializers: dict[tuple[str, tuple[int, ...]], ir.Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Filler:
    """What a prototxt says of a parameter that no file gives: Caffe's filler, its kind and constant."""

    kind: str = "constant"
    value: float = 0.0

    def fill(self, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
        """The parameter of ``shape``; None where the filler draws it at random."""
        if self.kind == "constant":
            return np.broadcast_to(np.float32(self.value), shape)
        if self.kind == "bilinear" and len(shape) == 4 and shape[2] == shape[3]:
            return np.broadcast_to(_bilinear(shape[3]), shape)
        return None


def filler_of(param: Any, name: str, otherwise: float = 0.0) -> Filler:
    """The filler in ``param``'s field ``name``, or the constant that the layer takes where none is stated."""
    if not param.HasField(name):
        return Filler(value=otherwise)
    stated = getattr(param, name)
    return Filler(stated.type, stated.value)


def states_filler(message: Any) -> bool:
    """Whether a layer states a filler for any of its parameters."""
    return any(
        found.name.endswith("filler")
        for descriptor, param in message.ListFields()
        if descriptor.name.endswith("_param") and descriptor.message_type is not None and not descriptor.is_repeated
        for found, _ in param.ListFields()
    )


def untrained_layers(layers: Sequence[Any], weights: Weights) -> list[str]:
    """The layers that state a filler drawn at random, share no parameter, and for which the file has nothing."""
    return [
        layer.name
        for layer in layers
        if not weights.has(layer.name) and _drawn_at_random(layer) and not any(spec.name for spec in layer.param)
    ]


def _drawn_at_random(message: Any) -> bool:
    return any(
        found.name.endswith("filler") and stated.type not in ("constant", "bilinear")
        for descriptor, param in message.ListFields()
        if descriptor.name.endswith("_param") and descriptor.message_type is not None and not descriptor.is_repeated
        for found, stated in param.ListFields()
    )


def check_shared(specs: Sequence[Any], index: int, shape: tuple[int, ...], shared: SharedParameters, layer: str) -> str:
    """What is wrong with sharing parameter ``index`` of ``layer`` by name (net.cpp, ``AppendParam``), or nothing.

    The layers must agree in shape, or, where the one that joins says PERMISSIVE, in the number of elements.
    """
    spec = specs[index]
    owner, owned = shared.owners.setdefault(spec.name, (layer, shape))
    permissive = spec.share_mode == spec.PERMISSIVE and spec.HasField("share_mode")
    same = math.prod(owned) == math.prod(shape) if permissive else owned == shape
    if same:
        return ""
    mine, theirs = ("×".join(map(str, sizes)) or "a single number" for sizes in (shape, owned))
    return f"shares '{spec.name}' with layer '{owner}', where it is {theirs}, here {mine}"


def _bilinear(size: int) -> NDArray[np.float32]:
    """Caffe's ``BilinearFiller`` for a kernel of ``size`` by ``size``: the tent that enlarges a map."""
    factor = math.ceil(size / 2)
    centre = (2 * factor - 1 - factor % 2) / (2 * factor)
    tent = 1 - np.abs(np.arange(size) / factor - centre)
    return np.outer(tent, tent).astype(np.float32)
