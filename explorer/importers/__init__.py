"""A file → a network: the formats that are read, and how each is recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from explorer.architectures import ARCHITECTURES, build_architecture
from explorer.errors import PortsideError, WeightsUnclearError
from explorer.files import check_file
from explorer.golden import is_golden_run
from explorer.importers.choices import Choices
from explorer.importers.companions import take_companions

if TYPE_CHECKING:
    from explorer.network.network import Network


Role = Literal["architecture", "whole", "weights"]
"""What a file is for its network: all but the weights, all of it, or the weights alone."""


@dataclass(frozen=True)
class Importer:
    """One format: the endings of its network and weights files, and what opens (network, weights).

    Files with the endings ``either`` may be one or the other, or of another format altogether: ``role`` looks inside.
    """

    networks: tuple[str, ...]
    weights: tuple[str, ...]
    read: Callable[[Path, Path | None, Choices], Network]
    either: tuple[str, ...] = ()
    role: Callable[[Path], Role | None] | None = None

    def role_of(self, path: Path) -> Role | None:
        """What the file is in this format, or None."""
        if _ends(path, self.networks):
            return "architecture"
        if _ends(path, self.weights):
            return "weights"
        return self.role(path) if self.role is not None and _ends(path, self.either) and path.is_file() else None


def _read_caffe(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.caffe import read_caffe

    return read_caffe(path, weights, allow_unknown=choices.allow_unknown)


def _read_onnx(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.onnx import read_onnx

    if weights is not None:
        raise PortsideError("an ONNX file names its own weights", file=weights)
    return read_onnx(path, choices)


def _read_keras(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.keras import read_keras

    return read_keras(path, weights, choices)


def _read_golden(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.golden import read_golden_network

    if weights is not None:
        raise PortsideError("a golden run has weights of its own", file=weights)
    return read_golden_network(path, choices)


def _keras_role(path: Path) -> Role | None:
    from explorer.importers.keras_files import role

    return role(path)


def _read_tensorflow(path: Path, weights: Path | None, choices: Choices) -> Network:
    from explorer.importers.tensorflow import open_tensorflow

    return open_tensorflow(path, weights, choices)


def _tensorflow_role(path: Path) -> Role | None:
    from explorer.importers.checkpoint_files import role

    return role(path)


IMPORTERS: Mapping[str, Importer] = {
    "caffe": Importer((".prototxt", ".pbtxt"), (".caffemodel", ".caffemodel.h5"), _read_caffe),
    "keras": Importer((), (), _read_keras, (".keras", ".h5", ".hdf5", ".json"), _keras_role),
    "onnx": Importer((".onnx",), (), _read_onnx),
    # A checkpoint may have any ending or none.
    "tensorflow": Importer((), (), _read_tensorflow, (".meta", ".pb", ".ckpt", ".index", ""), _tensorflow_role),
}
"""The formats by name, with their readers imported when one is first used."""


def recognise(path: str | Path) -> str | None:
    """The name of the format that reads this file as a network, or None. A folder is what the one network in it is."""
    path = Path(path)
    if path.is_dir():
        found = {recognise(file) for file in path.iterdir() if file.is_file()} - {None}
        return found.pop() if len(found) == 1 else None
    roles = {name: importer.role_of(path) for name, importer in IMPORTERS.items()}
    if "weights" in roles.values():
        return None
    # A format that looked inside the file knows better than one that goes by its ending.
    looked = (name for name, role in roles.items() if role is not None and not _ends(path, IMPORTERS[name].networks))
    return next(looked, next((name for name, role in roles.items() if role is not None), None))


def is_weights(path: str | Path) -> bool:
    """Whether the file holds weights for a network that stands in another file."""
    return any(importer.role_of(Path(path)) == "weights" for importer in IMPORTERS.values())


def open_network(path: str | Path, *, weights: str | Path | None = None, choices: Choices | None = None) -> Network:
    """Open a network of any format; its weights are looked for beside it where they are a file of their own.

    A golden run gives the network in it. The name of an architecture, where there is no such file, gives that
    architecture with random weights. Labels and preprocessing may stand beside the file too.

    :raises PortsideError: when the file is missing, empty, of no known format or wrong, when two weights files would
        fit, or when there is none of the given name.
    """
    if str(path) in ARCHITECTURES and weights is None and not Path(path).exists():
        return build_architecture(str(path))
    path, choices = Path(path), choices or Choices()
    if is_golden_run(path):
        # No entry of the table: beside a network it is what that is compared with, not a second network.
        return _read_golden(path, None if weights is None else Path(weights), choices)
    checkpoint = _checkpoint(path)
    if checkpoint is not None and weights is None:
        return take_companions(IMPORTERS["tensorflow"].read(checkpoint, None, choices), checkpoint)
    if path.is_dir():
        path = _network_in(path)
    check_file(path)
    return take_companions(_read(path, None if weights is None else Path(weights), choices), path)


def _read(path: Path, weights: Path | None, choices: Choices) -> Network:
    name = recognise(path)
    if name is None:
        if is_weights(path):
            raise PortsideError(
                "holds weights alone: open the network's own file, these are found beside it", file=path
            )
        known = ", ".join(
            ending for importer in IMPORTERS.values() for ending in (*importer.networks, *importer.either) if ending
        )
        raise PortsideError(f"not a network in a known format ({known})", file=path)
    importer = IMPORTERS[name]
    if weights is not None:
        weights = _checkpoint(weights) or weights
        check_file(weights)
        return importer.read(path, weights, choices)
    if importer.role_of(path) == "whole":
        return importer.read(path, None, choices)
    return _read_with_weights_beside(path, importer, choices)


def _checkpoint(path: Path) -> Path | None:
    """The file of TensorFlow's checkpoint that a path means, also by a prefix that no file has for its name."""
    from explorer.importers.checkpoint_files import checkpoint_meant

    return checkpoint_meant(path)


def _ends(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _network_in(folder: Path) -> Path:
    found = sorted(file for file in folder.iterdir() if file.is_file() and recognise(file) is not None)
    if not found:
        raise PortsideError("the folder holds no network", file=folder)
    if len(found) > 1:
        raise PortsideError(f"the folder holds several networks: {', '.join(file.name for file in found)}", file=folder)
    return found[0]


def _read_with_weights_beside(path: Path, importer: Importer, choices: Choices) -> Network:
    """Read with the one weights file in the folder that fits."""
    beside = (file for file in sorted(path.parent.iterdir()) if file.is_file())
    found = [file for file in beside if importer.role_of(file) == "weights"]
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
        names = " and ".join(networks)
        raise WeightsUnclearError(f"{len(networks)} weights files fit it, {names}: say which", file=path)
    if not networks:
        reason = f"none of the {len(found)} weights files beside it fits; the first: {errors[0]}"
        raise WeightsUnclearError(reason, file=path)
    return next(iter(networks.values()))
