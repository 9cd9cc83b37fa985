"""The classes of many pictures as a table that spreadsheets open."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from explorer.files import whole_file

if TYPE_CHECKING:
    from explorer.running.activations import Class
    from explorer.running.many_pictures import Classified

TOP = 5

HEADINGS = (
    "path",
    "output",
    *(f"{what}{rank}" for rank in range(1, TOP + 1) for what in ("index", "label", "probability")),
    "error",
)


def write_csv(rows: Iterable[Classified], path: str | Path) -> None:
    """Write one line for each picture and each of the network's outputs that is a list of classes.

    The columns are ``HEADINGS``; a picture that could not be read has nothing but its path and ``error``. Numbers
    have the nine digits that tell any two of single precision apart. The file appears whole or not at all.

    :raises PortsideError: when it can't be written.
    """
    # A path whose bytes are no text comes in as surrogates, and goes out as the bytes it was.
    how: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
    with whole_file(path) as temporary, temporary.open("w", **how) as file:
        _write(rows, file)


def _write(rows: Iterable[Classified], file: IO[str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in rows:
        if not row.outputs:
            writer.writerow([row.path, "", *[""] * (3 * TOP), row.error or ""])
        for output, classes in row.outputs.items():
            cells = [cell for line in classes[:TOP] for cell in _cells(line)]
            writer.writerow([row.path, output, *cells, *[""] * (3 * TOP - len(cells)), ""])


def _cells(line: Class) -> Iterator[str]:
    yield str(line.index)
    yield line.label or ""
    yield f"{line.probability:.9g}"
