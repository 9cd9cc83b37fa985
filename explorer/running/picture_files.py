"""Which files of a folder are pictures, by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled

PICTURE_ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".avif"),
    *(".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".pcx", ".qoi", ".psd", ".ico", ".dds"),
)
"""What a name that ends so promises; the file itself may be something else."""


def is_picture_name(name: str) -> bool:
    """Whether a file of that name should be a picture; hidden files are not looked at."""
    return not name.startswith(".") and name.lower().endswith(PICTURE_ENDINGS)


def find_pictures(folder: Path, cancelled: Callable[[], bool] | None = None) -> list[Path]:
    """The pictures in a folder and in those below it, in the order of their names with numbers as numbers.

    Hidden files and folders are left out, and links to folders are not followed: they may lead in circles.

    :raises PortsideError: when the folder can't be read.
    :raises Cancelled: between two folders, soon after ``cancelled()`` turns true.
    """

    def refuse(error: OSError) -> None:
        if Path(error.filename or "") == folder:
            raise PortsideError(f"can't be read ({error.strerror})", file=folder) from None

    found: list[Path] = []
    for here, folders, files in os.walk(folder, onerror=refuse):
        if cancelled is not None and cancelled():
            raise Cancelled
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=in_numbers)
        found += (Path(here) / name for name in sorted(files, key=in_numbers) if is_picture_name(name))
    return found


def gather_pictures(paths: Sequence[str | Path], cancelled: Callable[[], bool] | None = None) -> list[Path]:
    """The files of ``paths`` as they are, and in place of each folder the pictures in it.

    :raises PortsideError: when a folder holds no picture, or can't be read.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
            continue
        inside = find_pictures(path, cancelled)
        if not inside:
            raise PortsideError("the folder holds no pictures", file=path)
        found += inside
    return found


def in_numbers(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts ``2.jpg`` before ``10.jpg``."""
    parts = filter(None, re.split(r"(\d+)", name.lower()))
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)
