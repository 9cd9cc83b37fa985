"""A golden run → its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer import __version__
from explorer.files import whole_file
from explorer.golden.network_part import file_name, write_network_part
from explorer.golden.record import (
    INPUTS,
    NETWORK,
    PICTURE,
    RECORD,
    VALUES,
    GoldenRecord,
    SavedPair,
    SavedPicture,
    SavedReference,
    SavedValue,
    Tolerance,
)
from explorer.golden.writing import PartsWriter
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel, Cancelled, Progress
from explorer.running.golden_pictures import picture_bytes

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture

LONGEST_NAME = 60


@dataclass(frozen=True, eq=False)
class Golden:
    """What goes into a golden run.

    ``values`` are arrays by the framework's names, each computed or read when it is asked for; ``inputs`` are those
    among them that the network is fed with. ``pairs`` are (layer, our value, key); ``axes`` says by value how arrays
    lie that don't lie as ours do. ``gives_input``: ``preprocessing`` makes the input of ``picture``. ``reference`` is
    None where the values are the network's own.
    """

    network: Network
    provider: str
    values: Mapping[str, Array]
    inputs: frozenset[str]
    pairs: tuple[tuple[str, str, str], ...]
    axes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    tolerance: Tolerance = field(default_factory=Tolerance)
    picture: Picture | None = None
    gives_input: bool = False
    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None
    reference: SavedReference | None = None


def save_golden(
    golden: Golden, path: str | Path, progress: Progress | None = None, cancelled: Cancel | None = None
) -> None:
    """Write a golden run, one array after the other; the file appears whole or not at all.

    ``progress`` is told (parts written, parts in all).

    :raises PortsideError: when it can't be written, or a value can't be computed again.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    total = len(golden.values) + 2
    done = 0

    def pulse() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    pulse()
    values: list[SavedValue] = []
    with whole_file(path) as temporary, temporary.open("w+b") as file, PartsWriter(file, pulse) as writer:
        write_network_part(golden.network, writer, golden.labels)
        step()
        picture = _write_picture(golden, writer)
        step()
        for number, key in enumerate(golden.values):
            pulse()
            array = _numbers(golden.values[key])
            part = _part_name(key, number, INPUTS if key in golden.inputs else VALUES)
            writer.add_array(part, array)
            values.append(SavedValue(key, part, array.shape, array.dtype.name))
            step()
        record = _record(golden, writer, picture, tuple(values))
        writer.add_bytes(RECORD, record.to_json().encode("utf-8", "surrogatepass"))


def _write_picture(golden: Golden, writer: PartsWriter) -> SavedPicture | None:
    if golden.picture is None:
        return None
    data, ending = picture_bytes(golden.picture)
    part = f"{PICTURE}{ending}"
    writer.add_bytes(part, data)
    return SavedPicture(part, file_name(golden.picture.path), golden.gives_input)


def _record(
    golden: Golden, writer: PartsWriter, picture: SavedPicture | None, values: tuple[SavedValue, ...]
) -> GoldenRecord:
    network = golden.network
    ranks = {value.key: len(value.shape) for value in values}
    own = network.preprocessing is not None and golden.preprocessing == network.preprocessing
    return GoldenRecord(
        portside=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source_format=network.source.format,
        source_files=tuple(file_name(file) for file in network.source.files),
        provider=golden.provider,
        network=NETWORK,
        picture=picture,
        preprocessing=golden.preprocessing,
        own_preprocessing=own,
        labels=golden.labels,
        reference=golden.reference,
        values=values,
        pairing=tuple(
            SavedPair(layer, value, key, golden.axes.get(value, tuple(range(ranks[key]))))
            for layer, value, key in golden.pairs
        ),
        tolerance=golden.tolerance,
        parts=writer.written,
    )


def _numbers(array: Array) -> Array:
    """The array in a type that NumPy's files have: bfloat16 and its like become float32, which loses nothing."""
    return array if array.dtype.kind in "fiub" else array.astype(np.float32)


def _part_name(key: str, number: int, folder: str) -> str:
    """A name that every system can unpack, different for every array: its number, and what can be kept of its key."""
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "_", key)[:LONGEST_NAME].strip("._")
    return f"{folder}/{number:04}-{kept}.npy" if kept else f"{folder}/{number:04}.npy"
