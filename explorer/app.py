"""The window's one composition root: what it is made of, and how it begins and ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from explorer.errors import PortsideError
from explorer.later import load_later

if TYPE_CHECKING:
    from explorer.session.jobs import IsCancelled, Progress
    from explorer.ui.looks import Mode
    from explorer.ui.main_window import MainWindow
    from explorer.ui.windows import Windows

LOG = logging.getLogger(__name__)
LOG_BYTES = 1 << 20
INTERRUPTED = 130
HEAVY = (
    "explorer.comparison.compare",
    "explorer.importers.caffe",
    "explorer.importers.onnx",
    "explorer.ui.graph_drawn",
    "explorer.ui.graph_view",
    "explorer.ui.layer_views",
    "explorer.ui.comparison_view",
    "pyqtgraph",
)
"""Modules that take longer to import than a frame of the window may: a worker does it before they are needed."""


def run_window(files: Sequence[str], *, when_painted: Callable[[MainWindow], None] | None = None) -> int:
    """Open the window with ``files`` in it, and stay until it is closed; the exit status is returned.

    ``when_painted`` is called when the window was painted for the first time, before the work on the files begins.

    :raises PortsideError: when there is no display to open it on.
    """
    if not _has_display():
        raise PortsideError("there is no display to open the window on; every command works without one")
    from PySide6.QtCore import QEvent, QSettings, QStandardPaths, QTimer

    from explorer.ui.assembly import make_application, make_windows
    from explorer.ui.first_paint import call_when_painted

    application = make_application()
    _log_to_file()
    with tempfile.TemporaryDirectory(prefix="portside-example-") as example:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation)
        windows = make_windows(
            Path(example), settings=QSettings("Portside", "Portside"), sessions=Path(folder) / "sessions"
        )
        sys.excepthook = partial(_tell_of_mistake, windows)
        # Python only looks at signals between two of its own instructions, and Qt's loop has none.
        interrupt = signal.signal(signal.SIGINT, lambda *_: application.exit(INTERRUPTED))
        heartbeat = QTimer(windows, interval=250)
        heartbeat.timeout.connect(lambda: None)
        heartbeat.start()
        window = windows.open_window()
        windows.opened.connect(_look_after)

        def begin() -> None:
            if when_painted is not None:
                when_painted(window)
            warm_up(window, ())
            windows.begin(window, [Path(file).absolute() for file in files])

        call_when_painted(window, begin)
        try:
            return int(application.exec())
        finally:
            sys.excepthook = sys.__excepthook__
            signal.signal(signal.SIGINT, interrupt)
            windows.quit()
            windows.end()
            windows.deleteLater()
            application.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def picture_of_window(
    files: Sequence[str | Path],
    path: str | Path,
    theme: Mode = "light",
    size: tuple[int, int] = (1440, 900),
    scale: float = 2.0,
) -> None:
    """Write a PNG of the real window with ``files`` dropped on it; see :func:`explorer.ui.pictures.take_picture`."""
    from explorer.ui.pictures import take_picture

    take_picture(files, path, theme, size, scale)


def warm_up(window: MainWindow, files: Sequence[str]) -> None:
    """Begin with what waits until the window is there to be seen: heavy imports, providers, and ``files``."""
    load_later()
    jobs = window.jobs
    jobs.start("warm up", "warming up", _import_heavy, lambda _: window.prepare(), lane="files", quiet=True)
    _look_after(window)
    if files:
        window.open_files([Path(file) for file in files])


def _look_after(window: MainWindow) -> None:
    from PySide6.QtCore import QCoreApplication

    from explorer.ui.sweeping import Sweeper

    application = QCoreApplication.instance()
    assert application is not None
    sweeper = application.findChild(Sweeper) or Sweeper(application)
    sweeper.watch(window, window.jobs)
    window.desk.look_for_providers()
    window.desk.roll.show_remembered()


def _import_heavy(progress: Progress, cancelled: IsCancelled) -> None:
    for name in HEAVY:
        if cancelled():
            return
        import_module(name)


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _log_to_file() -> None:
    """Warnings and mistakes go to standard error, and to a file that is there when there is no terminal."""
    from PySide6.QtCore import QStandardPaths

    handlers: list[logging.Handler] = [logging.StreamHandler()]
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(RotatingFileHandler(folder / "portside.log", maxBytes=LOG_BYTES, backupCount=1))
    except OSError as error:
        LOG.warning("no log file: %s", error)
    logging.basicConfig(
        level=logging.WARNING, handlers=handlers, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def _tell_of_mistake(
    windows: Windows, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A mistake of the program itself in the window's own thread: told and logged, and the window goes on."""
    from explorer.session.answers import Notice
    from explorer.session.jobs import sentence

    if not isinstance(error, Exception):
        sys.__excepthook__(kind, error, trace)
        return
    LOG.error("unexpected", exc_info=(kind, error, trace))
    if windows.active is not None:
        windows.active.desk.said.emit(Notice(sentence(error)))
