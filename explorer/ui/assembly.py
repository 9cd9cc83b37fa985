"""The application and its window, put together from their parts; nothing is shown yet."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from explorer.demo import broken_demo
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from explorer.session.session_store import SessionStore
from explorer.ui.icons import application_icon
from explorer.ui.looks import Looks, Mode
from explorer.ui.main_window import MainWindow
from explorer.ui.windows import Windows

LOGICAL = {"logicalDpi": 96, "logicalBaseDpi": 96}


def make_application(*, offscreen: bool = False, scale: float = 1.0) -> QApplication:
    """The running application, or a new one; ``offscreen`` and ``scale`` only matter to a new one."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    kept = {name: os.environ.get(name) for name in ("QT_QPA_PLATFORM", "QT_SCALE_FACTOR")}
    try:
        with tempfile.TemporaryDirectory() as folder:
            if offscreen:
                os.environ["QT_QPA_PLATFORM"] = _offscreen(Path(folder))
                os.environ["QT_SCALE_FACTOR"] = str(scale)
            application = QApplication(sys.argv[:1])
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    application.setApplicationName("portside")
    application.setDesktopFileName("portside")
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    return application


def _offscreen(folder: Path) -> str:
    """The platform without a screen, told of one that is as large as people's: its own has 800 pixels to a side."""
    if os.name != "posix":
        return "offscreen"  # which takes the colon of a drive for the end of the path
    screen = {"name": "screen", "x": 0, "y": 0, "width": 3840, "height": 2160, "dpr": 1}
    (folder / "screens.json").write_text(json.dumps({"screens": [screen | LOGICAL]}), "utf-8")
    return f"offscreen:configfile={folder / 'screens.json'}"


def make_windows(
    example: Path,
    *,
    settings: QSettings | None = None,
    sessions: Path | None = None,
    mode: Mode | None = None,
    serial: bool = False,
) -> Windows:
    """The collection of all windows, with none in it yet.

    What is kept goes to ``settings`` and into the folder ``sessions``; nothing is kept without them. The broken port,
    when it is asked for, is written into the folder ``example``. ``serial``: no threads.
    """

    def make(windows: Windows) -> MainWindow:
        session, jobs = Session(), Jobs(serial=serial)
        desk = Desk(session, jobs)
        desk.measuring.remember_in(settings)
        desk.roll.remember_in(settings)
        desk.bookmarks.remember_in(settings)
        window = MainWindow(session, jobs, desk, windows.looks, lambda: broken_demo(example).files, windows)
        window.layers.remember_in(settings)
        return window

    store = None if sessions is None else SessionStore(sessions)
    return Windows(make, Looks(mode, settings), settings, store, example=example, serial=serial)


def make_window(
    example: Path, *, settings: QSettings | None = None, mode: Mode | None = None, serial: bool = False
) -> MainWindow:
    """A window with everything it needs, in a collection of its own; nothing is shown or opened yet.

    See :func:`make_windows`; the collection lasts as long as the window.
    """
    windows = make_windows(example, settings=settings, mode=mode, serial=serial)
    window = windows.make_window()
    windows.setParent(window)
    return window
