"""What was open and how it was looked at, as data that is written to a file and read again; free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from explorer.errors import PortsideError
from explorer.session.kept_json import (
    Record,
    as_data,
    read_data,
    read_list,
    read_numbers,
    read_part,
    read_path,
    read_paths,
    read_record,
    read_text,
    read_texts,
    read_truth,
    read_whole,
)
from explorer.session.pictures import MOST_PICTURES

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing

VERSION = 1
MOST_LETTERS = 1 << 22
"""A longer file is none of ours, and is not read."""

MOST_WINDOWS = 16
MOST_IN_FOLDER = 5_000
"""A folder of more pictures is not kept: it is opened again sooner than its names are read."""


@dataclass(frozen=True)
class Stamp:
    """Size in bytes and time of the last change in nanoseconds: what a file's content is known by."""

    size: int
    changed: int


@dataclass(frozen=True)
class Sight:
    """How a network is looked at.

    ``opened`` are the graph's open modules, ``camera`` its scale and the point in the middle; ``channel``, ``single``
    and ``map_range`` are those of the feature maps.
    """

    opened: tuple[str, ...] = ()
    camera: tuple[float, float, float] | None = None
    channel: int = 0
    single: bool = False
    map_range: str = ""


@dataclass(frozen=True)
class Layout:
    """Where a window and its panels stand, in Qt's own bytes; without ``docks`` the panels are placed as usual.

    ``hidden`` are the panels that the person put away, ``splitters`` the sizes on both sides of each by its name.
    """

    geometry: bytes = b""
    docks: bytes = b""
    hidden: tuple[str, ...] = ()
    splitters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return {
            "version": VERSION,
            "geometry": as_data(self.geometry),
            "docks": as_data(self.docks),
            "hidden": list(self.hidden),
            "splitters": {name: list(sizes) for name, sizes in self.splitters.items()},
        }

    @classmethod
    def from_json(cls, record: Record) -> Layout:
        """Read a record; what is damaged, or of another version, is as usual."""
        if read_whole(record, "version") != VERSION:
            return cls()
        splitters = read_part(record, "splitters")
        sizes = {
            name: tuple(size for size in read_list(splitters, name, 8) if type(size) is int and 0 <= size < 1 << 15)
            for name in list(splitters)[:32]
        }
        return cls(
            read_data(record, "geometry"), read_data(record, "docks"), read_texts(record, "hidden", 32), dict(sizes)
        )


@dataclass(frozen=True)
class Remembered:
    """One window: its files, what was chosen of them, and how they were looked at.

    ``pictures`` are those to go back to, the latest first, ``picture`` the one that is open, ``folder`` the name and
    the files of pictures that were opened together. ``preprocessing`` is there where it is not the network's own,
    ``applied`` are the layers and causes of corrections. ``is_example``: the files are those of the example, which are
    made anew. ``stamps`` say of each file how it was.
    """

    network: Path | None = None
    weights: Path | None = None
    reference: Path | None = None
    picture: Path | None = None
    pictures: tuple[Path, ...] = ()
    folder: tuple[str, tuple[Path, ...]] | None = None
    preprocessing: Preprocessing | None = None
    fed_with: Literal["picture", "tensor", ""] = ""
    layer: str = ""
    applied: tuple[tuple[str, str], ...] = ()
    is_example: bool = False
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)
    sight: Sight = Sight()
    layout: Layout = Layout()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are opened at once, the network first."""
        parts = (self.network, self.weights, self.reference, self.picture)
        return tuple(dict.fromkeys(path for path in parts if path is not None))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was open."""
        return not (self.files or self.pictures or self.folder or self.is_example)

    def without(self, files: Iterable[Path]) -> Remembered:
        """The same with none of these files; what belongs to a network goes with it."""
        gone = {*files}
        if not gone & {*self.files, *self.pictures}:
            return self
        rest = replace(
            self,
            network=_unless(self.network, gone),
            weights=_unless(self.weights, gone),
            reference=_unless(self.reference, gone),
            picture=_unless(self.picture, gone),
            pictures=tuple(path for path in self.pictures if path not in gone),
        )
        if rest.network is None and self.network is not None:
            rest = replace(rest, weights=None, preprocessing=None, layer="", applied=(), sight=Sight())
        return rest

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        folder = self.folder if self.folder is not None and len(self.folder[1]) <= MOST_IN_FOLDER else None
        return {
            **{key: _as_text(getattr(self, key)) for key in ("network", "weights", "reference", "picture")},
            "pictures": [str(path) for path in self.pictures],
            "folder": None if folder is None else {"name": folder[0], "files": [str(path) for path in folder[1]]},
            "preprocessing": None if self.preprocessing is None else self.preprocessing.to_json(),
            "fed_with": self.fed_with,
            "layer": self.layer,
            "applied": [list(pair) for pair in self.applied],
            "example": self.is_example,
            "stamps": {str(path): [stamp.size, stamp.changed] for path, stamp in self.stamps.items()},
            "sight": {
                "opened": list(self.sight.opened),
                "camera": None if self.sight.camera is None else list(self.sight.camera),
                "channel": self.sight.channel,
                "single": self.sight.single,
                "range": self.sight.map_range,
            },
            "layout": self.layout.to_json(),
        }

    @classmethod
    def from_json(cls, record: Record) -> Remembered:
        """Read a record; what is damaged in it was not there."""
        folder = read_part(record, "folder")
        in_folder = read_paths(folder, "files", MOST_IN_FOLDER)
        return cls(
            network=read_path(record, "network"),
            weights=read_path(record, "weights"),
            reference=read_path(record, "reference"),
            picture=read_path(record, "picture"),
            pictures=read_paths(record, "pictures", MOST_PICTURES),
            folder=(read_text(folder, "name"), in_folder) if in_folder else None,
            preprocessing=_preprocessing(record.get("preprocessing")),
            fed_with=cast(Literal["picture", "tensor", ""], read_text(record, "fed_with", ("picture", "tensor"))),
            layer=read_text(record, "layer"),
            applied=_pairs(read_list(record, "applied")),
            is_example=read_truth(record, "example"),
            stamps=_stamps(read_part(record, "stamps")),
            sight=_sight(read_part(record, "sight")),
            layout=Layout.from_json(read_part(record, "layout")),
        )


def windows_to_json(windows: Iterable[Remembered]) -> dict[str, Any]:
    """A session of several windows as one JSON object."""
    return {"version": VERSION, "windows": [window.to_json() for window in windows]}


def read_windows(text: object) -> tuple[Remembered, ...]:
    """The windows of a session that had anything open; none where it is damaged or of another version."""
    record = read_record(text, MOST_LETTERS)
    if read_whole(record, "version") != VERSION:
        return ()
    found = (
        Remembered.from_json(entry) for entry in read_list(record, "windows", MOST_WINDOWS) if isinstance(entry, dict)
    )
    return tuple(window for window in found if not window.is_empty)


def _unless(path: Path | None, gone: set[Path]) -> Path | None:
    return None if path in gone else path


def _as_text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _preprocessing(record: object) -> Preprocessing | None:
    from explorer.network.preprocessing import Preprocessing

    try:
        return None if record is None else Preprocessing.from_json(record)
    except PortsideError:
        return None


def _pairs(entries: list[Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (entry[0], entry[1])
        for entry in entries
        if isinstance(entry, list) and len(entry) == 2 and all(isinstance(part, str) for part in entry)
    )


def _stamps(record: Record) -> Mapping[Path, Stamp]:
    found: dict[Path, Stamp] = {}
    for name in list(record)[:MOST_IN_FOLDER]:
        numbers = [number for number in read_list(record, name, 2) if type(number) is int]
        path = read_path({"path": name}, "path")
        if path is not None and len(numbers) == 2:
            found[path] = Stamp(*numbers)
    return found


def _sight(record: Record) -> Sight:
    numbers = read_numbers(record, "camera", 3)
    camera = (numbers[0], numbers[1], numbers[2]) if numbers and 1e-4 < numbers[0] < 1e3 else None
    return Sight(
        read_texts(record, "opened"),
        camera,
        read_whole(record, "channel", 0, 1 << 20) or 0,
        read_truth(record, "single"),
        read_text(record, "range"),
    )
