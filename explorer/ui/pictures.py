"""Pictures of the real window, taken by the program itself: ``python -m explorer.ui.pictures FOLDER``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from explorer.demo import demo_files
from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.ui.assembly import make_application, make_window
from explorer.ui.looks import Mode
from explorer.ui.main_window import MainWindow

LONGEST_JOB = 600_000
"""Milliseconds that a picture waits for the work in the window."""

SETTLING = 600
"""Milliseconds until animations and late plots of the window are over."""

SHOWN_LAYER = "inception_3a/3x3"
"""A layer of the example with branches beside it."""

SIZE = (1440, 900)
SCALE = 2.0


def main(arguments: Sequence[str]) -> int:
    """Take the pictures of ``docs/``: the empty window and the example's, in light and in dark."""
    if len(arguments) != 1:
        print("usage: python -m explorer.ui.pictures FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    # Held on to, or it would end with the first picture.
    application = make_application(offscreen=True, scale=SCALE)
    with tempfile.TemporaryDirectory() as example:
        files = demo_files(Path(example))
        themes: tuple[Mode, ...] = ("light", "dark")
        for theme in themes:
            take_picture((), folder / f"empty-{theme}.png", theme)
            take_picture(files, folder / f"window-{theme}.png", theme, layer=SHOWN_LAYER)
    application.processEvents()
    return 0


def take_picture(
    files: Sequence[str | Path],
    path: str | Path,
    theme: Mode = "light",
    size: tuple[int, int] = SIZE,
    scale: float = SCALE,
    layer: str | None = None,
) -> None:
    """Open the real window where nobody sees it, drop ``files`` on it, wait for the work and write a PNG of it.

    ``layer`` is chosen before, as if somebody had clicked it in the list; None leaves the choice to the window.
    ``size`` is in device-independent pixels, of which each has ``scale`` of the picture's to a side, unless
    an application is running already, whose screen then decides.

    :raises PortsideError: when the picture can't be written.
    """
    application = make_application(offscreen=True, scale=scale)
    window = make_window(Path(path).parent, mode=theme)
    try:
        window.resize(*size)
        window.show()
        if files:
            drop_files(window, files)
        window.jobs.wait_until_idle(LONGEST_JOB)
        settle(window)
        if layer is not None:
            window.desk.choose_layer(layer)
            settle(window)
        picture = window.grab()
    finally:
        window.close()
        window.deleteLater()
        application.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    with whole_file(path) as temporary:
        if not picture.save(str(temporary), "PNG"):
            raise PortsideError("the picture of the window can't be written", file=path)


def drop_files(window: MainWindow, files: Sequence[str | Path]) -> None:
    """Do to the window what a desktop does when ``files`` are dragged onto it and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(Path(file).resolve())) for file in files])
    middle = window.rect().center()
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(middle, *how))
    QApplication.sendEvent(window, QDropEvent(QPointF(middle), *how))


def settle(window: MainWindow) -> None:
    """Let animations end and plots follow."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLING, loop, loop.quit)
    loop.exec()
    window.jobs.wait_until_idle(LONGEST_JOB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
