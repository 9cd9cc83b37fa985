"""Arrays that are too large for the memory there is: files without a name that are mapped while somebody looks."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.errors import PortsideError
from explorer.running.activations import Array
from explorer.running.memory import size_text

LEFT_FREE = 256 << 20
"""Bytes of the disk that are never taken: other programs write there too."""

IN_MEMORY = ("tmpfs", "ramfs")
"""File systems that are memory themselves."""


class SpilledArray:
    """An array in a temporary file, written row by row (the first axis) and read through a mapping.

    The file has no name from the start, so that it vanishes with the process however that ends; Windows, which wants a
    name, deletes it with its last handle.
    """

    def __init__(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], folder: Path | None = None) -> None:
        """Make room for the array; ``name`` is what it is called where there is none.

        :raises PortsideError: when the disk has not enough room, or can't be written.
        """
        self._name, self._shape, self._dtype = name, shape, dtype
        self.nbytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        self._written = 0
        place = folder or spilling_folder()
        try:
            free = shutil.disk_usage(place).free
            if free - LEFT_FREE < self.nbytes:
                raise PortsideError(
                    f"'{name}' takes {size_text(self.nbytes)}, more than the memory it may have, and {place} has only "
                    f"{size_text(max(free - LEFT_FREE, 0))} to spare: allow more memory, or run fewer pictures at once"
                )
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="portside-", dir=place)  # noqa: SIM115 - lives on
            if hasattr(os, "posix_fallocate") and self.nbytes:
                # Claimed at once: a hole that fills a full disk later would end the process through the mapping.
                os.posix_fallocate(self._file.fileno(), 0, self.nbytes)
        except OSError as error:
            raise self._unwritable(error) from None

    def write(self, rows: Array) -> None:
        """Write the next rows.

        :raises PortsideError: when the disk is full.
        """
        part = np.ascontiguousarray(rows, self._dtype)
        try:
            self._file.seek(self._written)
            self._file.write(part.reshape(-1).view(np.uint8).data)
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from None
        self._written += part.nbytes

    def read(self, rows: slice) -> Array:
        """Some rows, copied into memory."""
        start, stop, _ = rows.indices(self._shape[0])
        shape = (stop - start, *self._shape[1:])
        each = self.nbytes // max(self._shape[0], 1)
        self._file.seek(start * each)
        return np.frombuffer(self._file.read((stop - start) * each), self._dtype).reshape(shape)

    def array(self) -> Array:
        """The array, mapped to be read: the system fetches what is looked at, and may forget it again."""
        if not self.nbytes:
            return np.empty(self._shape, self._dtype)
        return np.asarray(np.memmap(self._file, self._dtype, "r", shape=self._shape))

    def close(self) -> None:
        """Give the room back, once nobody looks at the array any more."""
        self._file.close()

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def _unwritable(self, error: OSError) -> PortsideError:
        return PortsideError(f"'{self._name}' can't be kept on disk ({error.strerror or error})")


def spilling_folder() -> Path:
    """Where temporary files go that must not be in memory: the usual folder, unless that is memory itself."""
    usual = Path(tempfile.gettempdir())
    kinds = _file_systems()
    for place in (usual, Path("/var/tmp"), Path.home()):
        if place.is_dir() and os.access(place, os.W_OK) and _kind(place, kinds) not in IN_MEMORY:
            return place
    return usual


def _file_systems() -> dict[str, str]:
    """The kind of what is mounted, by the folder; empty where the system doesn't say."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {fields[1]: fields[2] for fields in map(str.split, lines) if len(fields) > 2}


def _kind(place: Path, kinds: dict[str, str]) -> str:
    above = [place.resolve(), *place.resolve().parents]
    return next((kinds[str(folder)] for folder in above if str(folder) in kinds), "")
