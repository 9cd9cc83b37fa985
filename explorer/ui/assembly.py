"""The application and its window, put together from their parts; nothing is shown yet."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from explorer.demo import demo_files
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from explorer.ui.icons import application_icon
from explorer.ui.looks import Looks, Mode
from explorer.ui.main_window import MainWindow


def make_application(*, offscreen: bool = False, scale: float = 1.0) -> QApplication:
    """The running application, or a new one; ``offscreen`` and ``scale`` only matter to a new one."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    kept = {name: os.environ.get(name) for name in ("QT_QPA_PLATFORM", "QT_SCALE_FACTOR")}
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["QT_SCALE_FACTOR"] = str(scale)
    try:
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


def make_window(
    example: Path, *, settings: QSettings | None = None, mode: Mode | None = None, serial: bool = False
) -> MainWindow:
    """A window with everything it needs; nothing is shown or opened yet.

    The example, when it is asked for, is written into the folder ``example``. ``serial``: no threads.
    """
    session, jobs = Session(), Jobs(serial=serial)
    desk = Desk(session, jobs)
    desk.measuring.remember_in(settings)
    desk.bookmarks.remember_in(settings)
    window = MainWindow(session, jobs, desk, Looks(mode, settings), lambda: demo_files(example))
    window.layers.remember_in(settings)
    return window
