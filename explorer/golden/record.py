"""What a golden run says of itself: ``run.json``, as docs/golden-run.md describes it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from explorer.errors import PortsideError
from explorer.network.preprocessing import Preprocessing

FORMAT = 1
"""The version of the format that is written here, and the newest that is read."""

RECORD, NETWORK, NETWORK_DATA, PICTURE = "run.json", "network.onnx", "network.data", "picture"
VALUES, INPUTS = "values", "input"

MOST_BYTES = 64 << 20
"""Of ``run.json``; more is read by nobody."""

FLOORS = 10.0
"""A layer agrees within this many noise floors, where a file says nothing else."""

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Stored:
    """A part's size and the hash of its bytes."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class SavedValue:
    """One array: its name in the framework, where it lies, and what it is."""

    key: str
    part: str
    shape: tuple[int, ...]
    type: str


@dataclass(frozen=True)
class SavedPair:
    """Which array a layer's ``value`` stands against, and how the array's axes lie (−1: a new one of size one)."""

    layer: str
    value: str
    key: str
    axes: tuple[int, ...]


@dataclass(frozen=True)
class SavedFloors:
    """The relative L2 errors of one layer that rounding explains, by itself and in the whole network."""

    isolated: float | None = None
    cumulative: float | None = None


@dataclass(frozen=True)
class Tolerance:
    """A layer agrees within ``floors`` noise floors; ``layers`` holds those that were measured, or allowed by hand."""

    floors: float = FLOORS
    layers: Mapping[str, SavedFloors] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedPicture:
    """The picture: ``name`` is its file's; ``gives_input``: with the preprocessing it becomes the recorded input."""

    part: str
    name: str
    gives_input: bool


@dataclass(frozen=True)
class SavedReference:
    """Where the values come from when the network did not compute them itself, and what that file says of itself."""

    name: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GoldenRecord:
    """Everything but the parts themselves.

    ``source_files`` are names without folders. ``own_preprocessing``: it is what the network says itself, nothing that
    a person chose for this run. ``reference`` is None where the values are the network's own.
    """

    portside: str
    created: str
    source_format: str
    source_files: tuple[str, ...]
    provider: str
    network: str
    picture: SavedPicture | None
    preprocessing: Preprocessing | None
    own_preprocessing: bool
    labels: tuple[str, ...] | None
    reference: SavedReference | None
    values: tuple[SavedValue, ...]
    pairing: tuple[SavedPair, ...]
    tolerance: Tolerance
    parts: Mapping[str, Stored]

    def to_json(self) -> str:
        """The text of ``run.json``."""
        document = {
            "format": FORMAT,
            "portside": self.portside,
            "created": self.created,
            "source": {"format": self.source_format, "files": self.source_files},
            "provider": self.provider,
            "network": self.network,
            "picture": self.picture and asdict(self.picture),
            "preprocessing": self.preprocessing and self.preprocessing.to_json(),
            "own_preprocessing": self.own_preprocessing,
            "labels": self.labels,
            "reference": self.reference and {"name": self.reference.name, "metadata": dict(self.reference.metadata)},
            "values": [asdict(value) for value in self.values],
            "pairing": [asdict(pair) for pair in self.pairing],
            "tolerance": {
                "floors": self.tolerance.floors,
                "layers": {name: asdict(floors) for name, floors in self.tolerance.layers.items()},
            },
            "parts": {name: asdict(stored) for name, stored in self.parts.items()},
        }
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_record(data: bytes, path: Path) -> GoldenRecord:
    """Read ``run.json``; fields that are not known are passed over.

    :raises PortsideError: when it is not JSON, of a newer version, or lacks something or has it in another form.
    """
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PortsideError(f"'{RECORD}' is not JSON ({error})", file=path) from None
    if not isinstance(document, dict):
        raise PortsideError(f"'{RECORD}' is not a JSON object", file=path)
    version = _Fields(document, path).take("format", int)
    if version > FORMAT:
        raise PortsideError(
            f"was written by a newer Portside (format {version}, this one reads {FORMAT}): update Portside", file=path
        )
    return _record(_Fields(document, path))


def _record(fields: _Fields) -> GoldenRecord:
    source = fields.object("source")
    picture, reference = fields.maybe_object("picture"), fields.maybe_object("reference")
    preprocessing = fields.maybe("preprocessing", dict)
    tolerance = fields.maybe_object("tolerance") or _Fields({}, fields.path)
    labels = fields.maybe("labels", list)
    return GoldenRecord(
        fields.take("portside", str),
        fields.take("created", str),
        source.take("format", str),
        tuple(source.texts("files")),
        fields.take("provider", str),
        fields.take("network", str),
        None
        if picture is None
        else SavedPicture(picture.take("part", str), picture.take("name", str), picture.flag("gives_input")),
        None if preprocessing is None else Preprocessing.from_json(preprocessing, file=fields.path),
        fields.flag("own_preprocessing"),
        None if labels is None else tuple(fields.texts("labels")),
        None
        if reference is None
        else SavedReference(reference.take("name", str), reference.maybe("metadata", dict) or {}),
        tuple(
            SavedValue(one.take("key", str), one.take("part", str), one.sizes("shape", 0), one.take("type", str))
            for one in fields.objects("values")
        ),
        tuple(
            SavedPair(one.take("layer", str), one.take("value", str), one.take("key", str), one.sizes("axes", -1))
            for one in fields.objects("pairing")
        ),
        Tolerance(
            tolerance.floor("floors") or FLOORS,
            {
                name: SavedFloors(floors.floor("isolated"), floors.floor("cumulative"))
                for name, floors in tolerance.by_name("layers").items()
            },
        ),
        {
            name: Stored(part.take("bytes", int), part.hash("sha256"))
            for name, part in fields.by_name("parts").items()
        },
    )  # fmt: skip


class _Fields:
    """An object of the document, each of its fields in the form that it must have."""

    def __init__(self, document: Mapping[str, Any], path: Path) -> None:
        self._document, self.path = document, path

    def maybe(self, name: str, kind: type[Kind]) -> Kind | None:
        """The field, or None where it is missing or ``null``."""
        value = self._document.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._wrong(name)
        return value

    def take(self, name: str, kind: type[Kind]) -> Kind:
        value = self.maybe(name, kind)
        if value is None:
            raise self._wrong(name)
        return value

    def flag(self, name: str) -> bool:
        return bool(self.maybe(name, bool))

    def object(self, name: str) -> _Fields:
        return _Fields(self.take(name, dict), self.path)

    def maybe_object(self, name: str) -> _Fields | None:
        found = self.maybe(name, dict)
        return None if found is None else _Fields(found, self.path)

    def objects(self, name: str) -> list[_Fields]:
        found: list[Any] = self.take(name, list)
        if not all(isinstance(one, dict) for one in found):
            raise self._wrong(name)
        return [_Fields(one, self.path) for one in found]

    def by_name(self, name: str) -> dict[str, _Fields]:
        found: dict[str, Any] = self.maybe(name, dict) or {}
        if not all(isinstance(one, dict) for one in found.values()):
            raise self._wrong(name)
        return {key: _Fields(one, self.path) for key, one in found.items()}

    def texts(self, name: str) -> list[str]:
        found: list[Any] = self.take(name, list)
        if not all(isinstance(one, str) for one in found):
            raise self._wrong(name)
        return found

    def sizes(self, name: str, least: int) -> tuple[int, ...]:
        found: list[Any] = self.take(name, list)
        if not all(isinstance(one, int) and not isinstance(one, bool) and one >= least for one in found):
            raise self._wrong(name)
        return tuple(found)

    def floor(self, name: str) -> float | None:
        value = self._document.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise self._wrong(name)
        return float(value)

    def hash(self, name: str) -> str:
        text = self.take(name, str)
        if re.fullmatch("[0-9a-f]{64}", text) is None:
            raise self._wrong(name)
        return text

    def _wrong(self, name: str) -> PortsideError:
        told = json.dumps(self._document.get(name))
        told = told if len(told) < 40 else f"{told[:40]}…"
        state = "is missing" if self._document.get(name) is None else f"is {told}"
        return PortsideError(f"'{RECORD}': the field '{name}' {state}", file=self.path)
