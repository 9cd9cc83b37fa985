"""What `portside run` tells of a picture: in words, as a document, and as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from explorer.command_line.options import sizes, table

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.running.activations import Activations, Array, Class
    from explorer.running.many_pictures import Classified
    from explorer.running.statistics import LayerStatistics


def picture_document(row: Classified, figures: Sequence[LayerStatistics] | None) -> dict[str, Any]:
    """One entry of the contract's ``pictures``, with what was done to the picture, and why there is nothing of it."""
    document: dict[str, Any] = {
        "path": row.path,
        "outputs": {name: {"top": [asdict(line) for line in classes]} for name, classes in row.outputs.items()},
        "notes": list(row.notes),
        "error": row.error,
    }
    if figures is not None:
        document["statistics"] = [_figures_document(line) for line in figures]
    return document


def print_classes(row: Classified, several: bool) -> None:
    """The best classes with bars, under the picture's path where there are several."""
    if several:
        print(row.path)
    for name, classes in row.outputs.items():
        if len(row.outputs) > 1:
            print(f"{name}:")
        for line in classes:
            bar = "█" * round(20 * min(max(line.probability, 0), 1))
            print(f"  {line.probability:.6f}  {bar:<20}  {_name(line)}")


def print_line(row: Classified) -> None:
    """The best class alone."""
    for line in row.best[:1]:
        print(f"{line.probability:.6f}  {_name(line)}  {row.path}")


def print_statistics(figures: Sequence[LayerStatistics]) -> None:
    """The figures of every layer as a table."""
    headers = ["layer", "output", "min", "max", "mean", "deviation", "zeros", "dead", "NaN", "infinite"]
    rows = []
    for line in figures:
        found = line.found
        numbers = [found.minimum, found.maximum, found.mean, found.deviation]
        dead = "–" if found.dead is None else f"{found.dead} of {found.channels}"
        zeros = f"{100 * found.zeros / max(found.count, 1):.1f} %"
        cells = ["–" if number is None else f"{number:.4g}" for number in numbers]
        rows.append([line.layer, sizes(line.shape), *cells, zeros, dead, str(found.nans), str(found.infinities)])
    print(table(headers, rows, right=set(range(2, len(headers)))))


def write_capture(network: Network, captured: Sequence[Activations], path: str) -> None:
    """Write every recorded value by the framework's names, the pictures along the batch: a reference for ``compare``.

    :raises PortsideError: when the file can't be written.
    """
    from explorer.errors import PortsideError
    from explorer.running.recording import save_arrays

    if not captured:
        raise PortsideError("there is nothing to capture: no picture could be read", file=path)
    save_arrays(_Recorded(network, captured), path)


class _Recorded(Mapping[str, "Array"]):
    """What each blob holds, the pictures along the batch; one at a time, as together they may not fit into memory."""

    def __init__(self, network: Network, captured: Sequence[Activations]) -> None:
        self._blobs = {blob: value.name or "" for blob, value in network.blobs.items()}
        self._captured = captured

    def __getitem__(self, blob: str) -> Array:
        import numpy as np

        given = [activations[self._blobs[blob]] for activations in self._captured]
        return given[0] if len(given) == 1 else np.concatenate(given)

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def _name(line: Class) -> str:
    return line.label or f"class {line.index}"


def _figures_document(line: LayerStatistics) -> Mapping[str, Any]:
    found = line.found
    return {
        "layer": line.layer,
        "value": line.value,
        "shape": list(line.shape),
        "min": found.minimum,
        "max": found.maximum,
        "mean": found.mean,
        "deviation": found.deviation,
        "zeros": found.zeros,
        "nan": found.nans,
        "infinite": found.infinities,
        "channels": found.channels,
        "dead_channels": found.dead,
    }
