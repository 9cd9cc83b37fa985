"""The networks that were opened last, each with what was opened with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.kept_json import Record, read_list, read_path, read_record
from explorer.session.remembered import Remembered
from explorer.session.session import Session
from explorer.session.session_files import lasting_file

KEY = "recent"
MOST = 10
MOST_LETTERS = 1 << 18


@dataclass(frozen=True)
class Recent:
    """A network, and the weights, the reference and the picture that were opened with it."""

    network: Path
    weights: Path | None = None
    reference: Path | None = None
    picture: Path | None = None

    @property
    def beside(self) -> tuple[Path, ...]:
        """What was opened with the network."""
        found = (path for path in (self.weights, self.reference, self.picture) if path is not None)
        return tuple(path for path in dict.fromkeys(found) if path != self.network)

    @property
    def remembered(self) -> Remembered:
        """The same as what is opened."""
        pictures = () if self.picture is None else (self.picture,)
        return Remembered(self.network, self.weights, self.reference, self.picture, pictures)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        parts = {"network": self.network, "weights": self.weights, "reference": self.reference, "picture": self.picture}
        return {key: str(path) for key, path in parts.items() if path is not None}

    @classmethod
    def from_json(cls, record: Record) -> Recent | None:
        """Read a record; None where it names no network."""
        network = read_path(record, "network")
        if network is None:
            return None
        return cls(network, *(read_path(record, key) for key in ("weights", "reference", "picture")))


class RecentFiles(QObject):
    """The latest first, each network once; kept in ``settings`` where there are any, else as long as the program runs.

    What lies in the folder ``passing`` is gone with the program, and is not kept.
    """

    changed = Signal()

    def __init__(
        self, settings: QSettings | None, jobs: Jobs, passing: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._jobs, self._passing = settings, jobs, passing
        self._entries = self._read()
        self._missing: frozenset[Path] = frozenset()

    @property
    def entries(self) -> tuple[Recent, ...]:
        """The networks, the latest first."""
        return self._entries

    def missing(self, entry: Recent) -> str:
        """Why an entry can't be opened, as far as is known; empty where it can."""
        return "no longer there" if entry.network in self._missing else ""

    def remember(self, session: Session) -> None:
        """Take what is open now."""
        path, picture, reference = session.path, session.picture, session.reference
        if session.network is None or path is None or self._passes(path):
            return
        entry = Recent(
            path,
            session.weights,
            None if reference is None else lasting_file(reference.path),
            None if picture is None else lasting_file(picture.path),
        )
        if entry != next(iter(self._entries), None):
            # What another process has opened meanwhile stays.
            others = self._entries if self._settings is None else self._read()
            self._take((entry, *(other for other in others if other.network != entry.network))[:MOST])

    def clear(self) -> None:
        """Forget all of them."""
        self._take(())

    def look(self) -> None:
        """Find out which are no longer there; a disk may take long to answer."""
        networks = [entry.network for entry in self._entries]

        def task(progress: Progress, cancelled: IsCancelled) -> frozenset[Path]:
            return frozenset(path for path in networks if not cancelled() and not is_there(path))

        self._jobs.start("recent", "looking for recent files", task, self._take_missing, lane="recent", quiet=True)

    def _take_missing(self, missing: frozenset[Path]) -> None:
        if missing != self._missing:
            self._missing = missing
            self.changed.emit()

    def _take(self, entries: tuple[Recent, ...]) -> None:
        self._entries = entries
        if self._settings is not None:
            self._settings.setValue(KEY, json.dumps({"networks": [entry.to_json() for entry in entries]}))
        self._missing &= {entry.network for entry in entries}
        self.changed.emit()

    def _read(self) -> tuple[Recent, ...]:
        if self._settings is None:
            return ()
        self._settings.sync()
        record = read_record(self._settings.value(KEY), MOST_LETTERS)
        found = (Recent.from_json(entry) for entry in read_list(record, "networks", 100) if isinstance(entry, dict))
        by_network = {entry.network: entry for entry in found if entry is not None}
        return tuple(by_network.values())[:MOST]

    def _passes(self, path: Path) -> bool:
        return self._passing is not None and path.is_relative_to(self._passing)


def is_there(path: Path) -> bool:
    """Whether there is a file or a folder."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
