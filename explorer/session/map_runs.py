"""Class maps of the picture that is open: found as soon as it was run, or by covering parts of it when asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session.jobs import Jobs
from explorer.session.picture_tasks import FindMaps, find_maps
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.maps.class_maps import ClassMaps


class MapRuns(QObject):
    """Finds class maps for the desk, as long as they are to be seen.

    Where they cost nothing they follow every picture; occlusion runs the network many times, and only when asked.
    """

    def __init__(
        self, session: Session, jobs: Jobs, parent: QObject | None = None, *, find: FindMaps = find_maps
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._find = session, jobs, find
        self._found: list[ClassMaps] = []
        session.changed.connect(self._follow)
        jobs.changed.connect(self._show_found)

    @property
    def is_running(self) -> bool:
        """Whether parts of the picture are being covered."""
        return self._jobs.is_busy("maps")

    def toggle(self) -> None:
        """Show class maps, found in the best way, or show them no longer."""
        if self._session.shows_class_map:
            self._jobs.drop("maps")
            self._session.put(shows_class_map=False)
        else:
            self._session.put(shows_class_map=True)
            if self._session.class_maps is None:
                self._start(by_occlusion=False)

    def occlude(self) -> None:
        """Show class maps that are found by covering parts of the picture."""
        self._session.put(shows_class_map=True)
        self._start(by_occlusion=True)

    def activate(self) -> None:
        """Show class activation maps, where the network allows them."""
        self._session.put(shows_class_map=True)
        self._start(by_occlusion=None)

    def choose_class(self, index: int) -> None:
        """Show the map of that class."""
        self._session.put(map_class=index)
        if not self._session.shows_class_map:
            self.toggle()

    def _start(self, by_occlusion: bool | None) -> None:
        session = self._session
        runner, run, preprocessing = session.runner, session.picture_run, session.preprocessing
        if runner is None or run is None:
            return
        found: list[ClassMaps] = []
        self._found = found
        self._jobs.start(
            "maps",
            "looking for the classes in the picture",
            lambda progress, cancelled: self._find(
                runner, run, preprocessing, by_occlusion, found.append, progress, cancelled
            ),
            self._take,
            lane="maps",
            quiet=by_occlusion is None,
        )

    def _take(self, maps: ClassMaps | None) -> None:
        self._found = []
        if maps is not None:
            self._session.put(class_maps=maps)

    def _show_found(self, _: object = None) -> None:
        if self._found and self._found[-1] is not self._session.class_maps:
            latest = self._found[-1]
            # What is shown is as good as what was before it.
            del self._found[:-1]
            self._session.put(class_maps=latest)

    def _follow(self, changed: Collection[str]) -> None:
        if "picture_run" not in changed:
            return
        self._found = []
        self._jobs.drop("maps")
        if self._session.shows_class_map and self._session.picture_run is not None:
            self._start(by_occlusion=None)
