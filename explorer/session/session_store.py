"""The folder in which sessions are kept: what was open, and which files were worked on when a process ended."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError
from explorer.file_lock import FileLock, hold_file
from explorer.files import whole_file
from explorer.session.kept_json import read_paths, read_record, read_truth
from explorer.session.remembered import MOST_LETTERS, Remembered, read_windows, windows_to_json

LOCK, SESSION, WORKING = ".lock", ".session.json", ".working.json"
MOST_MARKED = 16
"""Files of one window that are named as those it works on."""

MOST_PROCESSES = 200
"""Of more that have ended without being read by a later one, only so many are looked at."""

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Left:
    """What processes that are gone have left: the windows of the last one, and the files on which any was at work.

    The example's files are named by being the example, since they were gone with their process.
    """

    windows: tuple[Remembered, ...] = ()
    suspects: tuple[Path, ...] = ()
    is_example_suspect: bool = False


class SessionStore:
    """Keeps the session of one process beside those of others, none of which it touches while they live.

    Every process has files of its own: a lock that it holds as long as it lives, its session, and for each window
    that is at work the files it works on. Whoever finds such files and a lock that nobody holds knows that their
    process is gone; and where a window was still at work then, that it ended by a crash. A folder that can't be
    written keeps nothing, which is logged and no reason not to start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"{time.time_ns():020d}-{os.getpid()}"
        self._lock: FileLock | None = None
        self._claims: list[FileLock] = []
        self._marked: dict[int, tuple[tuple[Path, ...], bool]] = {}

    def open(self) -> None:
        """Begin to keep this process's session."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = hold_file(self._path(LOCK))
        except OSError as error:
            LOG.warning("sessions are not kept: %s", error)

    def find_left(self) -> Left:
        """What processes that are gone have left; their files stay until :meth:`save` puts others in their place."""
        windows: tuple[Remembered, ...] = ()
        suspects: dict[Path, None] = {}
        is_example_suspect = False
        if self._lock is None:
            return Left()
        for name in self._gone():
            if not windows:
                windows = read_windows(_read(self._folder / f"{name}{SESSION}"))
            for marker in self._folder.glob(f"{name}.*{WORKING}"):
                record = read_record(_read(marker), MOST_LETTERS)
                suspects |= dict.fromkeys(read_paths(record, "files", MOST_MARKED))
                is_example_suspect |= read_truth(record, "example")
                with suppress(OSError):
                    marker.unlink()
        return Left(windows, tuple(suspects), is_example_suspect)

    def save(self, windows: Sequence[Remembered]) -> None:
        """Keep this as what is open; sessions of processes that are gone are then of the past."""
        if self._write(SESSION, windows_to_json(windows)):
            for claim in self._claims:
                name = claim.path.name.removesuffix(LOCK)
                with suppress(OSError):
                    (self._folder / f"{name}{SESSION}").unlink(missing_ok=True)
                claim.release(remove=True)
            self._claims.clear()

    def mark(self, window: int, files: Sequence[Path], *, is_example: bool = False) -> None:
        """Note down that a window begins to work on these files; none: it is done with them."""
        wanted = (tuple(files[:MOST_MARKED]), is_example)
        if self._lock is None or wanted == self._marked.get(window, ((), False)):
            return
        ending = f".{window}{WORKING}"
        if files or is_example:
            # As it is, and not to a second file that is renamed: this is written often, and half of it says enough.
            try:
                record = {"files": [str(path) for path in wanted[0]], "example": is_example}
                self._path(ending).write_text(json.dumps(record), "ascii")
            except OSError as error:
                LOG.warning("not noted down: %s", error)
                return
        else:
            with suppress(OSError):
                self._path(ending).unlink(missing_ok=True)
        self._marked[window] = wanted

    def close(self) -> None:
        """The process ends as it should: its session stays for the next one."""
        for window in list(self._marked):
            self.mark(window, ())
        for claim in self._claims:
            claim.release()
        self._claims.clear()
        if self._lock is not None:
            self._lock.release(remove=not self._path(SESSION).exists())
            self._lock = None

    def _gone(self) -> list[str]:
        """The names of processes that are gone, the latest first; they are held, so that nobody else takes them."""
        held = {claim.path.name: claim for claim in self._claims}
        found = []
        for path in sorted(self._folder.glob(f"*{LOCK}"), reverse=True)[:MOST_PROCESSES]:
            if path == self._path(LOCK):
                continue
            try:
                claim = held.get(path.name) or hold_file(path)
            except OSError:
                continue
            if claim is not None:
                found.append(path.name.removesuffix(LOCK))
                if path.name not in held:
                    self._claims.append(claim)
        return found

    def _write(self, ending: str, record: dict[str, Any]) -> bool:
        if self._lock is None:
            return False
        try:
            with whole_file(self._path(ending)) as temporary:
                temporary.write_text(json.dumps(record), "ascii")
        except PortsideError as error:
            LOG.warning("the session is not kept: %s", error)
            return False
        return True

    def _path(self, ending: str) -> Path:
        return self._folder / f"{self._name}{ending}"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_LETTERS:
            return ""
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
