"""A file → a network: the formats that are read, and how each is recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.architectures import ARCHITECTURES, build_architecture
from explorer.errors import PortsideError
from explorer.importers.choices import Choices

if TYPE_CHECKING:
    from explorer.network.network import Network


@dataclass(frozen=True)
class Importer:
    """One format: the endings of its network and weights files, and what opens (network, weights)."""

    networks: tuple[str, ...]
    weights: tuple[str, ...]
    read: Callable[[Path, Path | None, Choices], Network]


def _read_caffe(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.caffe import read_caffe

    return read_caffe(path, weights, allow_unknown=choices.allow_unknown)


def _read_onnx(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.onnx import read_onnx

    if weights is not None:
        raise PortsideError("an ONNX file names its own weights", file=weights)
    return read_onnx(path, choices)


IMPORTERS: Mapping[str, Importer] = {
    "caffe": Importer((".prototxt", ".pbtxt"), (".caffemodel", ".caffemodel.h5"), _read_caffe),
    "onnx": Importer((".onnx",), (), _read_onnx),
}
"""The formats by name, with their readers imported when one is first used."""


def recognise(path: str | Path) -> str | None:
    """The name of the format that reads this file as a network, or None. A folder is what the one network in it is."""
    path = Path(path)
    if path.is_dir():
        found = {recognise(file) for file in path.iterdir() if file.is_file()} - {None}
        return found.pop() if len(found) == 1 else None
    return next((name for name, importer in IMPORTERS.items() if _ends(path, importer.networks)), None)


def is_weights(path: str | Path) -> bool:
    """Whether the file holds weights for a network that stands in another file."""
    return any(_ends(Path(path), importer.weights) for importer in IMPORTERS.values())


def open_network(path: str | Path, *, weights: str | Path | None = None, choices: Choices | None = None) -> Network:
    """Open a network of any format; its weights are looked for beside it where they are a file of their own.

    The name of an architecture, where there is no such file, gives that architecture with random weights.

    :raises PortsideError: when the file is missing, empty, of no known format or wrong, when two weights files would
        fit, or when there is none of the given name.
    """
    if str(path) in ARCHITECTURES and weights is None and not Path(path).exists():
        return build_architecture(str(path))
    path, choices = Path(path), choices or Choices()
    if path.is_dir():
        path = _network_in(path)
    _check_file(path)
    name = recognise(path)
    if name is None:
        if is_weights(path):
            raise PortsideError(
                "holds weights alone: open the network's own file, these are found beside it", file=path
            )
        known = ", ".join(ending for importer in IMPORTERS.values() for ending in importer.networks)
        raise PortsideError(f"not a network in a known format ({known})", file=path)
    importer = IMPORTERS[name]
    if weights is not None:
        weights = Path(weights)
        _check_file(weights)
        return importer.read(path, weights, choices)
    return _read_with_weights_beside(path, importer, choices)


def _ends(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise PortsideError("there is no such file", file=path)
    if path.stat().st_size == 0:
        raise PortsideError("the file is empty", file=path)


def _network_in(folder: Path) -> Path:
    found = sorted(file for file in folder.iterdir() if file.is_file() and recognise(file) is not None)
    if not found:
        raise PortsideError("the folder holds no network", file=folder)
    if len(found) > 1:
        raise PortsideError(f"the folder holds several networks: {', '.join(file.name for file in found)}", file=folder)
    return found[0]


def _read_with_weights_beside(path: Path, importer: Importer, choices: Choices) -> Network:
    """Read with the one weights file in the folder that fits."""
    found = [file for file in sorted(path.parent.iterdir()) if _ends(file, importer.weights) and file.is_file()]
    if len(found) < 2:
        return importer.read(path, found[0] if found else None, choices)
    networks: dict[str, Network] = {}
    errors: list[PortsideError] = []
    for file in found:
        try:
            networks[file.name] = importer.read(path, file, choices)
        except PortsideError as error:
            errors.append(error)
    if len(networks) > 1:
        raise PortsideError(f"{len(networks)} weights files fit it, {' and '.join(networks)}: say which", file=path)
    if not networks:
        raise PortsideError(f"none of the {len(found)} weights files beside it fits; the first: {errors[0]}", file=path)
    return next(iter(networks.values()))
