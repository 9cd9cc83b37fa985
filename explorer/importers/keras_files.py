"""Keras' files: which of them hold a network, which weights alone, and what they say of their origin."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from explorer.errors import PortsideError
from explorer.hdf5.bytes import map_file
from explorer.hdf5.reader import SIGNATURE, Group, open_hdf5, read_hdf5
from explorer.importers.keras_json import MOST_BYTES, parse_json, read_json
from explorer.importers.keras_weights import is_modern, is_weights

Role = Literal["architecture", "whole", "weights"]

HEAD_BYTES = 1 << 16
"""How far into a JSON file a class of layers must be named for it to look like Keras'."""

_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
)

MOST_INFLATION = 1100
"""Deflate makes at most 1032 bytes of one."""


@dataclass(frozen=True)
class Saved:
    """What the files of one network say.

    ``record`` is the architecture, ``weights`` the group that holds the layers' weights. ``version`` and ``backend``
    are those stated, None where nothing is; ``weights_version`` is that of a weights file of its own.
    """

    record: Mapping[str, Any]
    file: str
    version: str | None = None
    backend: str | None = None
    weights: Group | None = None
    weights_file: str | None = None
    weights_version: str | None = None


def role(path: Path) -> Role | None:
    """What a file holds, by its beginning: an architecture, a whole network, weights alone, or nothing of Keras'.

    A damaged file that looks like one of Keras' is a whole network, so that reading it tells what is wrong.
    """
    ending = path.suffix.lower()
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    if ending == ".json":
        return "architecture" if re.search(rb'"class_name"\s*:', head) else None
    if ending == ".keras":
        return "whole"
    if not head.startswith(SIGNATURE):
        return None
    try:
        root = open_hdf5(path)
        if "model_config" in root.attributes:
            return "whole"
        return "weights" if is_weights(root) else None
    except PortsideError:
        return "weights" if path.name.lower().endswith(".weights.h5") else "whole"


def open_saved(path: Path, weights: Path | None) -> Saved:
    """Read an architecture and its weights from the one or two files that hold them.

    :raises PortsideError: when a file is damaged, or holds something else.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        saved = _from_json(read_json(path), str(path))
    elif ending == ".keras":
        saved = _from_zip(path)
    else:
        saved = _from_hdf5(open_hdf5(path), str(path))
    return saved if weights is None else _with_weights(saved, weights)


def _from_json(record: Any, file: str) -> Saved:
    if not isinstance(record, Mapping) or "class_name" not in record:
        raise PortsideError("holds no Keras architecture", file=file)
    return Saved(record, file, _text(record.get("keras_version")), _text(record.get("backend")))


def _from_hdf5(root: Group, file: str) -> Saved:
    config = root.attributes.get("model_config")
    if not isinstance(config, str):
        kind = "holds weights alone: open the network's own file" if is_weights(root) else "holds no Keras network"
        raise PortsideError(kind, file=file)
    saved = _from_json(parse_json(config, file), file)
    held = root.group("model_weights") if "model_weights" in root.links else root
    attributes = {**held.attributes, **root.attributes}
    version, backend = (_text(attributes.get(name)) for name in ("keras_version", "backend"))
    return replace(
        saved,
        version=version or saved.version,
        backend=backend or saved.backend,
        weights=held,
        weights_file=file,
        weights_version=version,
    )


def _from_zip(path: Path) -> Saved:
    """Keras 3's ``.keras`` (and TensorFlow 2.12's): JSON and HDF5 in a zip."""
    file = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist()}
            record = parse_json(_entry(archive, entries, "config.json", file), file)
            metadata = parse_json(_entry(archive, entries, "metadata.json", file), file)
            saved = _from_json(record, file)
            version = _text(metadata.get("keras_version")) if isinstance(metadata, Mapping) else None
            saved = replace(saved, version=version or saved.version)
            if "model.weights.h5" not in entries:
                others = [name for name in entries if name.startswith("model.weights")]
                reason = f"keeps its weights as '{others[0]}', which is not read" if others else "holds no weights"
                raise PortsideError(reason, file=file)
            data = _stored(path, entries["model.weights.h5"]) or _entry(archive, entries, "model.weights.h5", file)
    except _ZIP_ERRORS as error:
        raise PortsideError(f"is no readable .keras file, or cut short ({error})", file=file) from None
    inside = f"{file}/model.weights.h5"
    return replace(saved, weights=read_hdf5(data, inside), weights_file=inside, weights_version=saved.version)


def _entry(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str, file: str) -> bytes:
    info = entries.get(name)
    if info is None:
        raise PortsideError(f"holds no {name}", file=file)
    most = MOST_INFLATION * max(info.compress_size, 1)
    if info.file_size > most or (name.endswith(".json") and info.file_size > MOST_BYTES):
        raise PortsideError(f"'{name}' promises more bytes than it can hold", file=file)
    with archive.open(info) as stream:
        return stream.read(info.file_size)


def _stored(path: Path, info: zipfile.ZipInfo) -> memoryview | None:
    """The bytes of an entry that is not compressed, mapped where they lie; None for others."""
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.file_size == 0:
        return None
    with path.open("rb") as file:
        file.seek(info.header_offset)
        header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\3\4":
        return None
    start = info.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    data = map_file(path)[start : start + info.file_size]
    return data if len(data) == info.file_size else None


def _with_weights(saved: Saved, weights: Path) -> Saved:
    file = str(weights)
    root = open_hdf5(weights)
    held = root.group("model_weights") if "model_weights" in root.links else root
    if not is_weights(held):
        raise PortsideError("holds no weights of a Keras network", file=file)
    attributes = {**root.attributes, **held.attributes}
    version, backend = (_text(attributes.get(name)) for name in ("keras_version", "backend"))
    return replace(
        saved,
        version=saved.version or version,
        backend=backend or saved.backend,
        weights=held,
        weights_file=file,
        # The old format had no version before Keras 2, and the new one came with it or later.
        weights_version=version or (saved.version if is_modern(held) else None),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
