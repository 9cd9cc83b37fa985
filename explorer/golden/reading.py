"""A golden run's file → its record, arrays over the mapped file, the picture's bytes and the network's."""

from __future__ import annotations

import hashlib
import math
import mmap
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.golden.archive import Archive, open_archive
from explorer.golden.npy import check_numbers, read_header
from explorer.golden.record import MOST_BYTES, NETWORK_DATA, RECORD, GoldenRecord, SavedValue, read_record
from explorer.golden.writing import CHUNK

LONGEST_HEADER = 16 << 10
"""Bytes that are looked at for an array's header."""

MOST_AXES, MOST_NUMBERS = 32, 1 << 48
"""Of an array."""

Buffer = bytes | mmap.mmap


class GoldenRun:
    """A golden run that was opened; each part's hash is checked before its bytes are given for the first time.

    ``values`` are the arrays by the framework's names, views of the file.
    """

    def __init__(self, archive: Archive, record: GoldenRecord) -> None:
        self._archive, self.record = archive, record
        self._checked: set[str] = set()
        self.values: Mapping[str, NDArray[Any]] = _Values(self, {value.key: value for value in record.values})

    @property
    def path(self) -> Path:
        """The file."""
        return self._archive.path

    def part(self, name: str) -> memoryview:
        """The bytes of a part.

        :raises PortsideError: when they are not those that were written.
        """
        view = self._archive.view(name)
        if name not in self._checked:
            stored = self.record.parts.get(name)
            if stored is None or stored.bytes != len(view) or stored.sha256 != hashlib.sha256(view).hexdigest():
                raise PortsideError(f"the part '{name}' is not what was saved: its hash is another", file=self.path)
            self._checked.add(name)
        return view

    def picture(self) -> bytes | None:
        """The picture's file, as it was.

        :raises PortsideError: as :meth:`part` does.
        """
        return None if self.record.picture is None else bytes(self.part(self.record.picture.part))

    def mapped(self, name: str) -> Buffer:
        """A part as a buffer of its own, mapped from a temporary file.

        :raises PortsideError: as :meth:`part` does, or when there is no room for the temporary file.
        """
        view, part = self.part(name), self._archive.part(name)
        if not part.size:
            return b""
        try:
            with tempfile.TemporaryFile(prefix="portside-") as copy:
                for start in range(0, part.size, CHUNK):
                    copy.write(view[start : start + CHUNK])
                copy.flush()
                return mmap.mmap(copy.fileno(), part.size, access=mmap.ACCESS_READ)
        except OSError as error:
            raise PortsideError(
                f"the part '{name}' can't be mapped ({error.strerror or error})", file=self.path
            ) from None

    def network_data(self) -> Mapping[str, Buffer]:
        """The files of weights that the network's part names, by name.

        :raises PortsideError: as :meth:`mapped` does.
        """
        return {NETWORK_DATA: self.mapped(NETWORK_DATA)} if NETWORK_DATA in self.record.parts else {}

    def check_values(self) -> None:
        """Check that every array is what the record says, without reading its numbers.

        :raises PortsideError: naming the part.
        """
        keys = [value.key for value in self.record.values]
        if len(set(keys)) < len(keys):
            raise PortsideError(f"'{RECORD}' names an array twice", file=self.path)
        for value in self.record.values:
            self._numbers(value)

    def array(self, value: SavedValue) -> NDArray[Any]:
        """An array, a view of the file that can't be written.

        :raises PortsideError: as :meth:`part` does.
        """
        start, dtype, fortran = self._numbers(value)
        view = self.part(value.part)
        if not math.prod(value.shape):
            return np.empty(value.shape, dtype)
        flat = np.frombuffer(view, dtype, math.prod(value.shape), start)
        return flat.reshape(value.shape, order="F" if fortran else "C")

    def _numbers(self, value: SavedValue) -> tuple[int, np.dtype[Any], bool]:
        """Where the numbers begin in the array's part, their type, and whether they lie in Fortran's order."""
        view = self._archive.view(value.part)
        stream = BytesIO(bytes(view[:LONGEST_HEADER]))
        shape, dtype, fortran = read_header(stream, value.part, self.path)
        check_numbers(dtype, value.part, self.path)
        start = stream.tell()
        if start + math.prod(shape) * dtype.itemsize > len(view) or not _is_possible(shape):
            reason = f"'{value.part}' is cut short: its shape {shape} needs more than is there"
            raise PortsideError(reason, file=self.path)
        if shape != value.shape:
            raise PortsideError(f"'{value.part}' has the shape {shape}, '{RECORD}' says {value.shape}", file=self.path)
        return start, dtype, fortran


class _Values(Mapping[str, NDArray[Any]]):
    """The arrays by key."""

    def __init__(self, run: GoldenRun, values: Mapping[str, SavedValue]) -> None:
        self._run, self._values = run, values

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self._run.array(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _is_possible(shape: tuple[int, ...]) -> bool:
    """Whether an array can have the shape at all: also one without numbers may have sizes that nothing can hold."""
    return len(shape) <= MOST_AXES and math.prod(max(size, 1) for size in shape) < MOST_NUMBERS


def open_golden(path: str | Path) -> GoldenRun:
    """Open a golden run; its parts are read when they are asked for.

    :raises PortsideError: when it is none, is cut short or damaged, or was written by a newer version.
    """
    archive = open_archive(Path(path))
    if RECORD not in archive.parts:
        raise PortsideError(f"not a golden run: the part '{RECORD}' is missing", file=path)
    if archive.part(RECORD).size > MOST_BYTES:
        raise PortsideError(f"'{RECORD}' is too large", file=path)
    run = GoldenRun(archive, read_record(bytes(archive.view(RECORD)), archive.path))
    run.check_values()
    return run
