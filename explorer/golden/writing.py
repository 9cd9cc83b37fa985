"""Parts → a zip that stores them as they are, each where it can be mapped from, with its hash."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Callable
from typing import IO, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from explorer.golden.record import Stored

PAGE = 1 << 16
"""The largest granularity that systems map files in (Windows; Linux and macOS take 4 or 16 KiB)."""

LINE = 64
"""Arrays begin at multiples of a cache line."""

CHUNK = 16 << 20

_LOCAL_SIZE, _ZIP64_SIZE, _LEAST_EXTRA = 30, 20, 4
_PADDING = 0xD935
"""The extra field that Android's zipalign pads with."""

Pulse = Callable[[], None]
"""Called between two pieces of a long part; what it raises ends the writing."""


class PartsWriter:
    """Writes part after part, and the directory in the end; ``written`` says how large each is, and its hash."""

    def __init__(self, file: IO[bytes], pulse: Pulse) -> None:
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._pulse = pulse
        self.written: dict[str, Stored] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, write: Callable[[IO[bytes]], None], *, align: int = LINE) -> None:
        """Write what ``write`` gives as the part ``name``; its bytes begin at a multiple of ``align``.

        Only the first part may begin at a multiple of ``PAGE``: a later one's padding might not fit its header.
        """
        info = zipfile.ZipInfo(name)
        info.extra = self._padding(name, align)
        with self._zip.open(info, "w", force_zip64=True) as entry:
            hashed = _Hashed(entry, self._pulse)
            write(cast(IO[bytes], hashed))
        # The directory need not repeat the padding.
        info.extra = b""
        self.written[name] = Stored(hashed.size, hashed.sum.hexdigest())

    def add_bytes(self, name: str, data: bytes | memoryview) -> None:
        """Write a part that is in memory."""
        self.add(name, lambda stream: _write_chunks(stream, memoryview(data)))

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        """Write an array as ``.npy``, without a second one of its size."""
        straight = np.asarray(array, order="C")

        def write(stream: IO[bytes]) -> None:
            np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(straight))
            if straight.size:
                _write_chunks(stream, straight.reshape(-1).view(np.uint8).data)

        self.add(name, write)

    def _padding(self, name: str, align: int) -> bytes:
        head = self._file.tell() + _LOCAL_SIZE + len(name.encode()) + _ZIP64_SIZE + _LEAST_EXTRA
        size = -head % align
        return struct.pack("<HH", _PADDING, size) + bytes(size)


class _Hashed:
    """A stream that hashes and counts what goes through it."""

    def __init__(self, stream: IO[bytes], pulse: Pulse) -> None:
        self._stream, self._pulse = stream, pulse
        self.sum = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | memoryview) -> int:
        self._pulse()
        self.sum.update(data)
        self.size += len(data)
        return self._stream.write(data)


def _write_chunks(stream: IO[bytes], data: memoryview) -> None:
    for start in range(0, len(data), CHUNK):
        stream.write(data[start : start + CHUNK])
