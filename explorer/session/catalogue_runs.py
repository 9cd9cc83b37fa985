"""The catalogue in the window: what it has, what of that is here, and a network of it fetched and opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.session.answers import Notice
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.catalogue.entry import Entry

KIND = "fetch"


@dataclass(frozen=True)
class Shelf:
    """The networks of the catalogue, and the names of those that are here, and of those that are under way."""

    entries: tuple[Entry, ...] = ()
    here: frozenset[str] = frozenset()
    under_way: frozenset[str] = frozenset()


class CatalogueRuns(QObject):
    """Looks into the catalogue for the desk, and fetches from it; ``open_files`` and ``prepare`` are the desk's own."""

    changed = Signal(object)
    """The :class:`Shelf`, when it was looked at or a fetch began or ended."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[Notice], None],
        open_files: Callable[[Sequence[Path]], None],
        prepare: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say = session, jobs, say
        self._open_files, self._prepare = open_files, prepare
        self._expected: dict[Path, str] = {}
        self.shelf = Shelf()
        jobs.changed.connect(self._show_jobs)
        session.changed.connect(self._show_changes)

    def look(self) -> None:
        """Read the catalogue, and look which of its networks are here."""
        self._jobs.start("catalogue", "reading the catalogue", look, self._take_shelf, lane="catalogue", quiet=True)

    def open(self, name: str) -> None:
        """Open a network of the catalogue; one that is not here, or not whole, is fetched first."""
        entry = next((entry for entry in self.shelf.entries if entry.name == name), None)
        if entry is None or name in self.shelf.under_way:
            return
        known = name in self.shelf.here

        def task(progress: Progress, cancelled: IsCancelled) -> tuple[Path, ...]:
            return bring(entry, progress, cancelled, known=known)

        self._jobs.start(
            f"{KIND} {name}",
            f"opening {entry.title}" if known else f"fetching {entry.title}",
            task,
            lambda paths: self._take_files(entry, paths, fetched=not known),
            lane="fetch",
        )

    def _take_shelf(self, shelf: Shelf) -> None:
        self._show(replace(shelf, under_way=self.shelf.under_way))

    def _take_files(self, entry: Entry, paths: tuple[Path, ...], *, fetched: bool) -> None:
        if fetched:
            self._say(Notice(f"{entry.title} was fetched to {paths[0].parent} and {_proof(entry)}", "news"))
            self.look()
        self._expected[paths[0]] = entry.preprocessing
        self._open_files(paths)

    def _show_changes(self, changed: frozenset[str]) -> None:
        """Prepare pictures for a network of the catalogue as that says, where its own files don't."""
        network, path = self._session.network, self._session.path
        if "network" not in changed or network is None or path is None:
            return
        expected = self._expected.pop(path, None)
        if expected is not None and network.preprocessing is None:
            self._prepare(expected)

    def _show_jobs(self, _: object) -> None:
        names = (entry.name for entry in self.shelf.entries)
        self._show(replace(self.shelf, under_way=frozenset(n for n in names if self._jobs.is_busy(f"{KIND} {n}"))))

    def _show(self, shelf: Shelf) -> None:
        if shelf != self.shelf:
            self.shelf = shelf
            self.changed.emit(shelf)


def look(progress: Progress, cancelled: IsCancelled) -> Shelf:
    """The catalogue that comes with the program, and which of its networks are here.

    :raises PortsideError: when it can't be read.
    """
    from explorer.catalogue.download import is_here
    from explorer.catalogue.places import usual_places
    from explorer.catalogue.reading import read_catalogue

    entries, places = read_catalogue(), usual_places()
    return Shelf(entries, frozenset(entry.name for entry in entries if is_here(entry, places)))


def bring(entry: Entry, progress: Progress, cancelled: IsCancelled, *, known: bool) -> tuple[Path, ...]:
    """The files of a network of the catalogue, fetched where ``known`` or a look says that they are not here.

    :raises PortsideError: when they can't be had.
    :raises Cancelled: soon after the person asked for it.
    """
    from explorer.catalogue.download import Way, fetch, is_here
    from explorer.catalogue.places import usual_places
    from explorer.running.memory import size_text

    places = usual_places()
    if known and is_here(entry, places):
        # What was proven when it came need not be read whole each time it is opened.
        return tuple(places.folder(entry) / file.name for file in entry.files)

    def report(done: int, total: int, text: str) -> None:
        # In kB: a count of bytes may be more than the window's progress can hold.
        progress(done // 1000, total // 1000, f"{text} ({size_text(done)} of {size_text(total)})")

    return fetch(entry, Way(places), report, cancelled)


def _proof(entry: Entry) -> str:
    kinds = " and ".join(dict.fromkeys(kind for file in entry.files for kind, _ in file.hashes))
    weak = any(file.is_weak for file in entry.files)
    return f"checked by {kinds}{', which is no proof against a file made to deceive' if weak else ''}."
