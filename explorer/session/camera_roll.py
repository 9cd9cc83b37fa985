"""The camera roll: pictures that were opened lately, also in earlier sessions, to go back to."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.kept_json import parse
from explorer.session.pictures import RollPicture
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.running.images import Picture

KEY = "recent_pictures"

MOST_IN_ROLL = 24

SIDE = 128
"""Pixels of a small picture's longer side: as many as are shown where one is two on the screen."""

Roll = tuple[RollPicture, ...]


class CameraRoll(QObject):
    """Keeps the roll of the session: what is opened comes to the front once, and stays in its place from then on.

    Small pictures are made in a worker. Files that are gone are left out; pictures without a file stay as long as
    the window.
    """

    def __init__(
        self, session: Session, jobs: Jobs, parent: QObject | None = None, *, choose: Callable[[str], None]
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._choose = session, jobs, choose
        self._settings: QSettings | None = None
        self._coming: set[str] = set()
        session.changed.connect(self._follow)

    def remember_in(self, settings: QSettings | None) -> None:
        """Keep the files' paths there from now on."""
        self._settings = settings

    def show_remembered(self) -> None:
        """Show the pictures of earlier sessions that are still there."""
        known = {picture.path for picture in self._session.roll}
        paths = [path for path in _remembered(self._settings) if path not in known]
        if paths:
            self._start(lambda progress, cancelled: small_files(paths, progress, cancelled), self._append)

    @property
    def place(self) -> int | None:
        """Where in the roll the open picture is."""
        current = self._session.picture
        paths = [picture.path for picture in self._session.roll]
        return paths.index(current.path) if current is not None and current.path in paths else None

    def can_go(self, by: int) -> bool:
        """Whether there is a picture ``by`` places further."""
        return self._target(by) is not None

    def go(self, by: int) -> None:
        """Open the picture ``by`` places further in the roll; the first or last where none of it is open."""
        target = self._target(by)
        if target is not None:
            self._choose(self._session.roll[target].path)

    def forget(self, path: str) -> None:
        """Take a picture out of the roll; the one that is open stays open."""
        session = self._session
        session.put(
            roll=tuple(picture for picture in session.roll if picture.path != path),
            pictures=tuple(picture for picture in session.pictures if picture.path != path),
        )
        self._remember()

    def _target(self, by: int) -> int | None:
        count, place = len(self._session.roll), self.place
        if place is None:
            return (0 if by > 0 else count - 1) if count else None
        return place + by if 0 <= place + by < count else None

    def _follow(self, changed: Collection[str]) -> None:
        if "pictures" not in changed:
            return
        known = {picture.path for picture in self._session.roll} | self._coming
        new = [picture for picture in self._session.pictures if picture.path not in known]
        if new:
            self._coming |= {picture.path for picture in new}
            self._start(lambda progress, cancelled: small_pictures(new, progress, cancelled), self._prepend)

    def _start(self, task: Callable[[Progress, IsCancelled], Roll], take: Callable[[Roll], None]) -> None:
        self._jobs.start("roll", "making small pictures", task, take, lane="roll", replaces=False, quiet=True)

    def _prepend(self, new: Roll) -> None:
        self._coming -= {picture.path for picture in new}
        self._put((*new, *self._session.roll))
        self._remember()

    def _append(self, found: Roll) -> None:
        self._put((*self._session.roll, *found))

    def _put(self, pictures: Roll) -> None:
        once = {picture.path: picture for picture in reversed(pictures)}
        ordered = [picture for picture in pictures if once.get(picture.path) is picture]
        self._session.put(roll=tuple(ordered[:MOST_IN_ROLL]))

    def _remember(self) -> None:
        if self._settings is not None:
            paths = [picture.path for picture in self._session.roll if picture.is_file]
            self._settings.setValue(KEY, json.dumps(paths))


def small_pictures(pictures: Sequence[Picture], progress: Progress, cancelled: IsCancelled) -> Roll:
    """Pictures that are decoded already, in small."""
    from explorer.running.images import in_small

    found = []
    for picture in pictures:
        if cancelled():
            raise Cancelled
        path = Path(picture.path)
        is_file = path.is_absolute() and path.is_file()
        found.append(RollPicture(picture.path, in_small(picture.pixels, SIDE), picture.pixels.shape[:2], is_file))
    return tuple(found)


def small_files(paths: Sequence[str], progress: Progress, cancelled: IsCancelled) -> Roll:
    """The files in small; those that are gone, or are pictures no longer, are left out."""
    from explorer.running.images import read_small

    found = []
    for path in paths:
        if cancelled():
            raise Cancelled
        try:
            pixels, size = read_small(path, SIDE)
        except PortsideError:
            continue
        found.append(RollPicture(path, pixels, size, True))
    return tuple(found)


def _remembered(settings: QSettings | None) -> list[str]:
    """The paths that the settings hold, which anybody may have written there."""
    paths = parse(None if settings is None else settings.value(KEY))
    return [path for path in paths if isinstance(path, str)][:MOST_IN_ROLL] if isinstance(paths, list) else []
