"""Light, dark, or as the system, and what the graph is coloured by: which is in force, and when that changes."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from explorer.ui.graph_quantities import ColourBy
from explorer.ui.style import dress
from explorer.ui.theme import Theme, theme

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")
KEY = "theme"
COLOURS_KEY = "graph_colours"


class Looks(QObject):
    """Dresses the application; the choice is kept in ``settings`` where there are any."""

    changed = Signal(object)
    """The :class:`Theme` that is in force now."""

    colouring_changed = Signal(str)
    """What the graph is coloured by now."""

    def __init__(
        self, mode: Mode | None = None, settings: QSettings | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        kept = None if settings is None else settings.value(KEY)
        known: Mode = next((name for name in MODES if name == kept), "system")
        self.mode: Mode = known if mode is None else mode
        self.theme: Theme = self._wanted()
        coloured = None if settings is None else settings.value(COLOURS_KEY)
        self.colour_by: ColourBy = next((by for by in get_args(ColourBy) if by == coloured), "kind")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._dress()

    def choose(self, mode: str) -> None:
        """Take ``light``, ``dark`` or, as the desktop has it, ``system``."""
        self.mode = next(name for name in MODES if name == mode)
        if self._settings is not None:
            self._settings.setValue(KEY, self.mode)
        self._follow()

    def colour_graph_by(self, by: ColourBy) -> None:
        """Let the colours of the graph tell kinds of operation, or another of the measures."""
        if by == self.colour_by:
            return
        self.colour_by = by
        if self._settings is not None:
            self._settings.setValue(COLOURS_KEY, by)
        self.colouring_changed.emit(by)

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted != self.theme:
            self.theme = wanted
            self._dress()
            self.changed.emit(wanted)

    def _wanted(self) -> Theme:
        if self.mode != "system":
            return theme(self.mode)
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return theme("dark" if dark else "light")

    def _dress(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        dress(application, self.theme)
