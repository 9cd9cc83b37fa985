"""Between the class map and the session: maps and classes to the view, what is asked for to the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session.inputs import seen_picture

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.panels import Panels
    from explorer.ui.picture_panel import PicturePanel

SHOWN = frozenset(
    {"steps", "picture", "class_maps", "map_class", "shows_class_map", "picture_run", "labels", "network"}
)


class MapLink(QObject):
    """Keeps the map up with the session while it is to be seen, and makes room for it."""

    def __init__(
        self, panel: PicturePanel, panels: Panels, session: Session, desk: Desk, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel, self._panels, self._session, self._desk = panel, panels, session, desk
        self._was_running = False
        panel.class_chosen.connect(desk.maps.choose_class)
        panel.class_map.activation_asked.connect(desk.maps.activate)
        panel.class_map.occlusion_asked.connect(desk.maps.occlude)
        session.changed.connect(self._show_changes)
        jobs.changed.connect(self._show_running)

    def _show_changes(self, changed: Collection[str]) -> None:
        session = self._session
        if "shows_class_map" in changed:
            self._panel.show_class_map(session.shows_class_map)
            self._panels.share_left(session.shows_class_map)
        if "network" in changed:
            self._panel.class_map.show_has_head(False)
        if session.class_maps is not None and session.class_maps.method == "activation":
            self._panel.class_map.show_has_head(True)
        if not session.shows_class_map:
            self._panel.classes.show_chosen(None)
        elif SHOWN & set(changed):
            if {"steps", "picture", "shows_class_map"} & set(changed):
                self._panel.class_map.show_picture(seen_picture(session.picture, session.steps))
            self._show_map()

    def _show_map(self) -> None:
        session, view = self._session, self._panel.class_map
        count = 0 if session.class_maps is None else session.class_maps.count
        index = self._index() if session.class_maps is not None else None
        if count:
            view.show_classes(session.labels, count)
        view.show_maps(session.class_maps, index, running=self._desk.maps.is_running)
        self._panel.classes.show_chosen(index)

    def _index(self) -> int | None:
        """The class that was chosen, else the best one."""
        session = self._session
        if session.map_class is not None:
            return session.map_class
        if session.class_maps is None or session.picture_run is None:
            return None
        vector = session.picture_run[session.class_maps.output][:1].reshape(-1)
        return int(vector.argmax())

    def _show_running(self, _: object = None) -> None:
        running = self._desk.maps.is_running
        if running != self._was_running:
            self._was_running = running
            if self._session.shows_class_map:
                self._show_map()
