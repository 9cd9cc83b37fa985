"""Real windows for the tests, and the check that none of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakSet

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from explorer.network.modules import find_modules
from explorer.ui.assembly import make_window
from explorer.ui.layer_table import LayerTable
from explorer.ui.main_window import MainWindow
from explorer.ui.theme import Theme, theme
from tests.small_network import SmallFiles, small_network, write_small_files


@pytest.fixture(autouse=True)
def no_window_stays(qapp: QApplication) -> Iterator[None]:
    """Fail where a test leaves a window of its own, on the screen or hidden; and undress the application."""
    palette, font = qapp.palette(), qapp.font()
    yield
    # Widgets that are to be deleted wait for an event loop, and every theme would be put on all of them.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [f"{type(widget).__name__} {widget.objectName()!r}" for widget in QApplication.topLevelWidgets()]
    assert left == [], f"windows that stay after the test: {', '.join(left)}"
    if qapp.styleSheet():
        qapp.setStyleSheet("")
        qapp.setPalette(palette)
        qapp.setFont(font)


class Flashes(QObject):
    """Notes what is shown as a window of its own and is put into another one later: on a screen it flashes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: WeakSet[QObject] = WeakSet()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            # A panel that a person has let float belongs to its window, and may be put on another that floats.
            if watched.parentWidget() is None:
                self._shown.add(watched)
        elif kind == QEvent.Type.ParentChange and watched in self._shown:
            self.names.append(f"{type(watched).__name__} {watched.objectName()!r}")
        return False


@pytest.fixture(autouse=True)
def no_window_flashes(qapp: QApplication) -> Iterator[None]:
    """Fail where a part of a window is shown before it is in it."""
    flashes = Flashes()
    qapp.installEventFilter(flashes)
    yield
    qapp.removeEventFilter(flashes)
    assert flashes.names == [], "shown before they had a place"


@pytest.fixture
def light() -> Theme:
    return theme("light")


@pytest.fixture
def dark() -> Theme:
    return theme("dark")


@pytest.fixture
def files(tmp_path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture
def window(qtbot, tmp_path) -> Iterator[MainWindow]:
    """A real window whose jobs are done at once."""
    made = make_window(tmp_path / "example", mode="light", serial=True)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.windows.quit()


@pytest.fixture
def table(qtbot, light) -> LayerTable:
    """The layers of the small network."""
    made = LayerTable(light)
    qtbot.addWidget(made)
    made.resize(480, 600)
    made.show()
    network = small_network()
    made.show_network(network, find_modules(network.graph))
    return made
