"""The names of a network's classes."""

from __future__ import annotations

from pathlib import Path

from explorer.data import data_folder
from explorer.errors import PortsideError

IMAGENET = "imagenet"
MOST_BYTES = 16 << 20


def read_labels(name_or_file: str) -> tuple[str, ...]:
    """A label list that comes with the program, by name, or a text file with one label a line.

    :raises PortsideError: when it is neither, or not text.
    """
    path = data_folder("resources") / "labels" / f"{name_or_file}.txt"
    if "/" in name_or_file or "\\" in name_or_file or not path.is_file():
        path = Path(name_or_file)
    if not path.is_file():
        raise PortsideError("there are no such labels", file=name_or_file)
    if path.stat().st_size > MOST_BYTES:
        raise PortsideError("too large for a list of labels", file=path)
    try:
        return tuple(path.read_text("utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise PortsideError("not a text file in UTF-8", file=path) from None


def labels_for(count: int) -> tuple[str, ...] | None:
    """The customary labels of an output with ``count`` entries: ImageNet's for a thousand, else none."""
    return read_labels(IMAGENET) if count == 1000 else None
