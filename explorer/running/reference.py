"""What the original framework computed: the arrays of a reference file, by the framework's own names."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import PortsideError
from explorer.files import check_file, map_held
from explorer.golden import is_golden_run
from explorer.golden.npy import check_numbers, read_header
from explorer.golden.reading import GoldenRun, open_golden
from explorer.hdf5.reader import SIGNATURE, is_hdf5
from explorer.running.activations import Array
from explorer.running.hdf5_reference import StoredArrays, read_datasets

METADATA_KEY = "__portside__"

MOST_BYTES = 16 << 30
"""More than any network's activations; a file that promises more is refused before memory is taken."""

MOST_INFLATION = 1100
"""Deflate makes at most 1032 bytes of one: a zip that promises more lies about its sizes."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The arrays of a reference by name, as the file holds them, and what the file says of itself.

    ``arrays`` may read an array from disk each time it is asked for one; ``shapes`` never does. ``golden`` is the
    golden run that the arrays are part of: it says more of them than their names do.
    """

    path: str
    arrays: Mapping[str, Array]
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    golden: GoldenRun | None = None


def open_reference(path: str | Path) -> Reference:
    """Open a ``.npz`` file, an HDF5 file, a folder of ``.npy`` files or a golden run.

    :raises PortsideError: when it is none of these, is cut short, or holds something else than numbers.
    """
    path = Path(path)
    if path.is_dir():
        return _open_folder(path)
    if is_golden_run(path):
        return reference_of(open_golden(path))
    check_file(path)
    with path.open("rb") as file:
        if is_hdf5(file.read(len(SIGNATURE))):
            return _open_hdf5(path)
    return _open_npz(path)


def reference_of(run: GoldenRun) -> Reference:
    """The values of a golden run as a reference.

    :raises PortsideError: when it holds none.
    """
    record = run.record
    if not record.values:
        raise PortsideError("holds no arrays", file=run.path)
    shapes = {value.key: value.shape for value in record.values}
    made = {"framework": "portside", "version": record.portside, "date": record.created}
    metadata = made if record.reference is None else record.reference.metadata
    return Reference(str(run.path), run.values, shapes, metadata, run)


class _ZippedArrays(Mapping[str, Array]):
    """The arrays of one ``.npz``, each read when it is asked for and then kept."""

    def __init__(self, path: Path, entries: Mapping[str, str]) -> None:
        self._path = path
        self._entries = entries
        self._read: dict[str, Array] = {}

    def __getitem__(self, key: str) -> Array:
        if key not in self._read:
            entry = self._entries[key]
            try:
                archive = zipfile.ZipFile(self._path)
            except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
                # It was there when it was opened: somebody has moved it away since, or is writing it anew.
                reason = getattr(error, "strerror", None) or error
                raise PortsideError(f"'{entry}' can't be read any more ({reason})", file=self._path) from None
            with archive:
                self._read[key] = _read_entry(archive, entry, self._path)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _open_npz(path: Path) -> Reference:
    entries: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    metadata: Mapping[str, Any] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.filename.endswith(".npy"):
                    continue
                if info.file_size > MOST_INFLATION * max(info.compress_size, 1):
                    raise PortsideError(f"'{info.filename}' promises more bytes than it can hold", file=path)
                key = info.filename.removesuffix(".npy")
                if key == METADATA_KEY:
                    metadata = _metadata(_read_entry(archive, info.filename, path, text=True), path)
                    continue
                with archive.open(info) as stream:
                    shape, dtype, _ = read_header(stream, info.filename, path)
                check_numbers(dtype, key, path)
                if math.prod(shape) * dtype.itemsize > info.file_size:
                    raise PortsideError(f"'{key}' is cut short: its shape {shape} needs more than is there", file=path)
                entries[key], shapes[key] = info.filename, shape
            total = sum(archive.getinfo(name).file_size for name in entries.values())
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise PortsideError(f"not a readable .npz file ({error})", file=path) from None
    if not entries:
        raise PortsideError("holds no arrays", file=path)
    if total > MOST_BYTES:
        raise PortsideError(f"holds {total / 2**30:.0f} GiB of arrays, more than can be compared", file=path)
    return Reference(str(path), _ZippedArrays(path, entries), shapes, metadata)


def _open_hdf5(path: Path) -> Reference:
    datasets, record = read_datasets(path, METADATA_KEY, MOST_BYTES)
    if not datasets:
        raise PortsideError("holds no arrays", file=path)
    shapes = {key: dataset.shape for key, dataset in datasets.items()}
    metadata = {} if record is None else _metadata(np.asarray(record), path)
    return Reference(str(path), StoredArrays(datasets), shapes, metadata)


def _open_folder(path: Path) -> Reference:
    arrays: dict[str, Array] = {}
    for file in sorted(path.rglob("*.npy")):
        key = file.relative_to(path).as_posix().removesuffix(".npy")
        try:
            with file.open("rb") as stream:
                shape, dtype, is_fortran = read_header(stream, file.name, file)
                check_numbers(dtype, key, file)
                start = stream.tell()
                stream.seek(0)
                held = map_held(stream)
            # A buffer that is too small for the shape is a ValueError.
            arrays[key] = np.ndarray(shape, dtype, held, start, order="F" if is_fortran else "C")
        except (ValueError, OSError, EOFError) as error:
            raise PortsideError(f"not a readable .npy file ({error})", file=file) from None
    if not arrays:
        raise PortsideError("the folder holds no .npy files", file=path)
    return Reference(str(path), arrays, {key: array.shape for key, array in arrays.items()})


def _read_entry(archive: zipfile.ZipFile, entry: str, path: Path, *, text: bool = False) -> Array:
    try:
        with archive.open(entry) as stream:
            shape, dtype, fortran = read_header(stream, entry, path)
            if not text:
                check_numbers(dtype, entry, path)
            elif dtype.kind not in "US":
                raise PortsideError(f"'{METADATA_KEY}' is not text", file=path)
            wanted = math.prod(shape) * dtype.itemsize
            if wanted > archive.getinfo(entry).file_size:
                raise PortsideError(f"'{entry}' is cut short", file=path)
            data = stream.read(wanted)
    except KeyError:
        raise PortsideError(f"'{entry}' is not in it any more", file=path) from None
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise PortsideError(f"'{entry}' can't be read ({error})", file=path) from None
    if len(data) < wanted:
        raise PortsideError(f"'{entry}' is cut short", file=path)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _metadata(array: Array, path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(str(array.reshape(-1)[0]))
    except (ValueError, IndexError, RecursionError) as error:
        raise PortsideError(f"'{METADATA_KEY}' is not JSON ({error})", file=path) from None
    if not isinstance(record, dict):
        raise PortsideError(f"'{METADATA_KEY}' is not a JSON object", file=path)
    return record
