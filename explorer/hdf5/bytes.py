"""The bytes of an HDF5 file, read only within their bounds.

The reader in ``hdf5_reader.py`` and its parts follow the HDF Group's "HDF5 File Format Specification Version 3.0",
whose section numbers they give. It is our own because the files are hostile: libhdf5 runs for ever, with no way to
stop it, on some damaged attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from explorer.files import map_held

MOST_DIMENSIONS = 32
"""HDF5's own limit of an array's rank."""


class Hdf5Error(Exception):
    """What is wrong with the file; the reader adds its name."""


@dataclass(frozen=True, eq=False)
class Image:
    """A whole file from its superblock on; addresses take ``offset_size`` bytes in it and lengths ``length_size``."""

    data: memoryview
    offset_size: int = 8
    length_size: int = 8

    def at(self, address: int | None, size: int | None = None) -> Cursor:
        """A cursor at ``address`` that may read ``size`` bytes, or all up to the file's end."""
        if address is None:
            raise Hdf5Error("an address is undefined")
        return Cursor(self, address, len(self.data) if size is None else address + size)


class Cursor:
    """Reads numbers one after another, never past ``end``."""

    def __init__(self, image: Image, at: int, end: int) -> None:
        if not 0 <= at <= end <= len(image.data):
            raise Hdf5Error(f"byte {end} is wanted, the file has {len(image.data)}")
        self.image = image
        self.position = at
        self.end = end

    @property
    def left(self) -> int:
        """How many bytes may still be read."""
        return self.end - self.position

    def view(self, size: int) -> memoryview:
        """The next bytes, not copied."""
        if not 0 <= size <= self.left:
            raise Hdf5Error(f"{size} bytes are wanted where {self.left} are left")
        start = self.position
        self.position += size
        return self.image.data[start : self.position]

    def take(self, size: int) -> bytes:
        """The next bytes."""
        return bytes(self.view(size))

    def number(self, size: int) -> int:
        """An unsigned number, low byte first."""
        return int.from_bytes(self.view(size), "little")

    def address(self) -> int | None:
        """An address, or None where it is undefined."""
        size = self.image.offset_size
        number = self.number(size)
        return None if number == (1 << (8 * size)) - 1 else number

    def length(self) -> int:
        """A length."""
        return self.number(self.image.length_size)

    def part(self, size: int) -> Cursor:
        """The next bytes as a cursor of their own, which this one steps over."""
        start = self.position
        self.view(size)
        return Cursor(self.image, start, start + size)

    def expect(self, signature: bytes) -> None:
        """Step over a signature that must stand here."""
        if self.take(len(signature)) != signature:
            raise Hdf5Error(f"{signature.decode('ascii')} is missing where it must stand")


def map_file(path: Path) -> memoryview:
    """The whole file, mapped and read-only; no memory is taken before it is read."""
    with path.open("rb") as file:
        return memoryview(map_held(file))
