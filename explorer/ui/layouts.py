"""Where a window and its panels stand: kept when it closes, and as it was when the next one opens."""

from __future__ import annotations

import json

from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QSplitter

from explorer.session.kept_json import read_record
from explorer.session.remembered import Layout
from explorer.ui.panels import Panels
from explorer.ui.theme import GRID

KEY = "layout"
MOST_LETTERS = 1 << 18
STEP = 4 * GRID
"""How far a second window stands from the first."""


class Layouts:
    """Reads and writes the layout of one window; what was kept last is in ``settings``, where there are any."""

    def __init__(self, window: QMainWindow, panels: Panels, settings: QSettings | None) -> None:
        self._window, self._panels, self._settings = window, panels, settings
        self._splitters: dict[str, tuple[int, ...]] = {}
        self._followed: set[str] = set()
        panels.was_reset.connect(self._forget_splitters)

    @property
    def layout(self) -> Layout:
        """The window as it stands; the panels only where the person has moved them."""
        geometry = bytes(self._window.saveGeometry().data())
        return Layout(geometry, self._panels.arrangement, self._panels.dismissed, dict(self._splitters))

    def keep(self) -> None:
        """Let the next window be as this one."""
        if self._settings is not None:
            self._settings.setValue(KEY, json.dumps(self.layout.to_json()))

    def read(self) -> Layout:
        """The layout that was kept last; the usual one where there is none, or it is damaged."""
        kept = None if self._settings is None else self._settings.value(KEY)
        return Layout.from_json(read_record(kept, MOST_LETTERS))

    def restore(self, layout: Layout, *, is_beside: bool = False) -> None:
        """Take a layout, or stand a short way ``beside`` the window that has it."""
        if layout.geometry and self._window.restoreGeometry(QByteArray(layout.geometry)):
            if is_beside:
                self._window.move(self._window.pos() + QPoint(STEP, STEP))
            self._fit_screen()
        self._panels.take_arrangement(layout.docks, layout.hidden)
        self._splitters = dict(layout.splitters)
        self.follow_splitters()

    def follow_splitters(self) -> None:
        """Give the splitters inside the panels the sizes that they had, and take over what the person makes of them."""
        for splitter in self._window.findChildren(QSplitter):
            name = splitter.objectName()
            if not name:
                continue
            if name not in self._followed:
                self._followed.add(name)
                splitter.splitterMoved.connect(lambda _place, _index, splitter=splitter: self._take(splitter))
            sizes = self._splitters.get(name, ())
            if len(sizes) == splitter.count() and sum(sizes) > 0:
                splitter.setSizes(list(sizes))

    def _forget_splitters(self) -> None:
        for splitter in self._window.findChildren(QSplitter):
            if self._splitters.pop(splitter.objectName(), ()):
                parts = (splitter.widget(index) for index in range(splitter.count()))
                hints = [part.sizeHint() for part in parts if part is not None]
                is_row = splitter.orientation() == Qt.Orientation.Horizontal
                splitter.setSizes([hint.width() if is_row else hint.height() for hint in hints])

    def _take(self, splitter: QSplitter) -> None:
        self._splitters[splitter.objectName()] = tuple(splitter.sizes())

    def _fit_screen(self) -> None:
        """Bring a window back that stands where there is no screen any more, or that is larger than its screen."""
        window = self._window
        if window.isMaximized() or window.isFullScreen():
            return
        place = window.geometry()
        screen = QGuiApplication.screenAt(place.center()) or QGuiApplication.primaryScreen()
        if screen is None:
            return
        fitting = fitted(place, screen.availableGeometry())
        if fitting != place:
            window.setGeometry(fitting)


def fitted(place: QRect, room: QRect) -> QRect:
    """The nearest place inside ``room``, no larger than that."""
    size = place.size().boundedTo(room.size())
    x = min(max(place.x(), room.left()), room.right() + 1 - size.width())
    y = min(max(place.y(), room.top()), room.bottom() + 1 - size.height())
    return QRect(x, y, size.width(), size.height())
