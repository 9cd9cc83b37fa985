"""Caffe's weights in HDF5 (``.caffemodel.h5``): the data set ``/data/<layer>/<index>`` for each blob."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.errors import PortsideError
from explorer.hdf5.reader import Dataset, Group, open_hdf5
from explorer.importers.caffe_blob import MOST_AXES, MOST_VALUES, Blob
from explorer.importers.caffemodel import MOST_LAYERS

MOST_BLOBS = 64
"""In one layer; Caffe's own have five at most."""

Layer = tuple[str, tuple[Blob | None, ...]]
"""A layer's name and blobs."""


def read_caffe_hdf5(path: Path) -> tuple[Layer, ...]:
    """Each layer's name and blobs (net.cpp, ``CopyTrainedLayersFromHDF5``), in the order of the names, as Caffe reads.

    A blob that layers share is only with the layer that owns it, the others have None in its place. A slash in a
    layer's name makes a group within a group.

    :raises PortsideError: for anything that is not such a file.
    """
    root = open_hdf5(path)
    top = root.member("data") if "data" in root else None
    if not isinstance(top, Group):
        raise PortsideError("has no group 'data': these are not Caffe's weights", file=path)
    layers = _collect(top, path)
    if not layers:
        raise PortsideError("holds no layers", file=path)
    return tuple(layers)


def _collect(top: Group, path: Path) -> list[Layer]:
    """The layers in ``top`` and below. What is reached twice is refused: a group that holds itself never ends."""
    layers: list[Layer] = []
    pending, seen = [("", top)], set[int]()
    while pending:
        name, current = pending.pop()
        blobs: dict[int, Blob] = {}
        below = []
        for key, link in sorted(current.links.items()):
            member = current.member(key)
            if link.address is None or link.address in seen or len(seen) > MOST_LAYERS:
                raise PortsideError(f"its groups make a circle, or are too many, at '{member.name}'", file=path)
            seen.add(link.address)
            if isinstance(member, Group):
                below.append((f"{name}/{key}" if name else key, member))
            elif key.isdecimal() and key.isascii() and len(key) < 4 and int(key) < MOST_BLOBS:
                blobs[int(key)] = _blob(member, path)
            else:
                raise PortsideError(f"'{member.name}' is no blob: its name is not a small number", file=path)
        if name and (blobs or not below):
            layers.append((name, tuple(blobs.get(index) for index in range(max(blobs, default=-1) + 1))))
        pending.extend(reversed(below))
    return layers


def _blob(dataset: Dataset, path: Path) -> Blob:
    numbers = dataset.numbers()
    if numbers.dtype.kind != "f":
        raise PortsideError(f"'{dataset.name}' holds {numbers.dtype}, not real numbers", file=path)
    if numbers.ndim > MOST_AXES or numbers.size > MOST_VALUES:
        raise PortsideError(f"'{dataset.name}' has the shape {numbers.shape}, more than Caffe can hold", file=path)
    with np.errstate(all="ignore"):
        array = np.ascontiguousarray(numbers.astype(np.float32, copy=False)).reshape(numbers.shape)
    array.flags.writeable = False
    return Blob(array, numbers.shape, 0, False, numbers.dtype.name)
