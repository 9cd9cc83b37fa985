"""The layers that the person marked to come back to, kept for each network's file."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, QSettings

from explorer.session.kept_json import parse
from explorer.session.places import beside
from explorer.session.session import Session

KEY = "bookmarks"

MOST_FILES = 100
"""Of more networks than this the bookmarks are forgotten, the longest unused first."""


class Bookmarks(QObject):
    """Writes the session's bookmarks for the desk; they are kept in ``settings`` by the path of the network's file."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings: QSettings | None = None
        session.changed.connect(self._follow)

    def remember_in(self, settings: QSettings | None) -> None:
        """Keep what is marked from now on, and take what was marked before."""
        self._settings = settings
        self._take_kept()

    def toggle(self, layer: str | None = None) -> None:
        """Mark a layer, the chosen one if none is named; or take its mark away."""
        session = self._session
        layer = session.layer if layer is None else layer
        if session.network is None or layer not in session.network.layer:
            return
        marked = {*session.bookmarks} ^ {layer}
        session.put(bookmarks=tuple(known.name for known in session.network.layers if known.name in marked))
        self._keep()

    def next_to(self, layer: str | None, *, back: bool = False) -> str | None:
        """The marked layer after ``layer``, or before it, in the order of the data; beyond the last the first again."""
        network = self._session.network
        if network is None:
            return None
        marked = {*self._session.bookmarks}
        return beside([known.name for known in network.layers], marked, layer, back=back)

    def _follow(self, changed: Collection[str]) -> None:
        if "path" in changed:
            self._take_kept()

    def _take_kept(self) -> None:
        session = self._session
        if session.network is None or session.path is None:
            return
        names = {*_names(_kept(self._settings).get(_key(session.path)))}
        session.put(bookmarks=tuple(known.name for known in session.network.layers if known.name in names))

    def _keep(self) -> None:
        if self._settings is None or self._session.path is None:
            return
        # Read again, for another window may have written since.
        kept, key = _kept(self._settings), _key(self._session.path)
        kept.pop(key, None)
        if self._session.bookmarks:
            kept[key] = list(self._session.bookmarks)
        latest = dict(list(kept.items())[-MOST_FILES:])
        self._settings.setValue(KEY, json.dumps(latest))


def _key(path: Path) -> str:
    return str(path.absolute())


def _kept(settings: QSettings | None) -> dict[str, object]:
    """All that is kept; what somebody else made of the settings counts as nothing."""
    found = parse(None if settings is None else settings.value(KEY))
    return found if isinstance(found, dict) else {}


def _names(kept: object) -> list[str]:
    return [name for name in kept if isinstance(name, str)] if isinstance(kept, list) else []
