"""Pictures of the real window, taken by the program itself: ``python -m explorer.ui.pictures FOLDER``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPointF, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog

from explorer.demo import broken_demo, demo
from explorer.drawings import onnx_port, recorded
from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.ui.assembly import make_application, make_window
from explorer.ui.looks import Mode
from explorer.ui.main_window import MainWindow
from explorer.ui.picture_states import STATES, Dropped, State

LONGEST_JOB = 600_000
"""Milliseconds that a picture waits for the work in the window."""

SETTLING = 600
"""Milliseconds until animations and late plots of the window are over."""

DIMMED, FRAME = QColor(0, 0, 0, 60), QColor(128, 128, 128)
"""What sets a dialog off in a picture: on a desktop the window manager's frame does."""

IN_DARK = frozenset({"empty", "window", "findings"})
"""What README shows to those whose desktop is dark."""

SIZE = (1440, 900)
SCALE = 1.5


def main(arguments: Sequence[str]) -> int:
    """Take the pictures of ``docs/``: every state in light, the three that README shows in dark as well."""
    if len(arguments) != 1:
        print("usage: python -m explorer.ui.pictures FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    # Held on to, or it would end with the first picture.
    application = make_application(offscreen=True, scale=SCALE)
    take_states(STATES, folder, "light")
    take_states([state for state in STATES if state.name in IN_DARK], folder, "dark")
    application.processEvents()
    return 0


def take_states(states: Sequence[State], folder: Path, theme: Mode, size: tuple[int, int] = SIZE) -> None:
    """Write a PNG of the window in each of ``states``, ``NAME-THEME.png`` in ``folder``.

    States that drop the same files are taken one after the other in one window.

    :raises PortsideError: when a picture can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for dropped, group in groupby(states, lambda state: state.dropped):
            with _open_window(_files(dropped, Path(temporary)), Path(temporary), theme, size) as window:
                for state in group:
                    _close_overlays(window)
                    state.arrange(window)
                    settle(window)
                    _save(_seen(window), folder / f"{state.name}-{theme}.png")


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
    make_application(offscreen=True, scale=scale)
    with _open_window(files, Path(path).parent, theme, size) as window:
        if layer is not None:
            window.desk.choose_layer(layer)
            settle(window)
        _save(window.grab(), path)


def drop_files(window: MainWindow, files: Sequence[str | Path]) -> None:
    """Do to the window what a desktop does when ``files`` are dragged onto it and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(Path(file).resolve())) for file in files])
    middle = window.rect().center()
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(middle, *how))
    QApplication.sendEvent(window, QDropEvent(QPointF(middle), *how))


def settle(window: MainWindow) -> None:
    """Let work, animations and plots end, each of which may begin another."""
    while True:
        window.jobs.wait_until_idle(LONGEST_JOB)
        loop = QEventLoop()
        QTimer.singleShot(SETTLING, loop, loop.quit)
        loop.exec()
        if not window.jobs.is_busy():
            return


@contextmanager
def _open_window(files: Sequence[str | Path], folder: Path, theme: Mode, size: tuple[int, int]) -> Iterator[MainWindow]:
    """The real window with ``files`` dropped on it and the work on them done; it is gone afterwards."""
    window = make_window(folder, mode=theme)
    try:
        window.resize(*size)
        window.show()
        if files:
            drop_files(window, files)
        window.jobs.wait_until_idle(LONGEST_JOB)
        settle(window)
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def _files(dropped: Dropped, folder: Path) -> tuple[Path, ...]:
    """What a state's window was given; made in ``folder`` where it does not come with the program."""
    whole = demo()
    match dropped:
        case "nothing":
            return ()
        case "network":
            return (whole.network,)
        case "all":
            return whole.files
        case "sketch":
            return (whole.network, _draw_house(folder / "house.png"))
        case "port":
            return broken_demo(folder).files
        case "folder":
            return (whole.network, _write_pictures(folder / "sketches"))
        case "damaged":
            cut = folder / "cut.onnx"
            cut.write_bytes(onnx_port().read_bytes()[:100_000])
            return (cut,)


def _draw_house(path: Path) -> Path:
    """A sketch as somebody makes it in a paint program."""
    from PIL import Image, ImageDraw

    sketch = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(sketch)
    pen.polygon([(180, 240), (320, 110), (460, 240)], outline="black", width=6)
    pen.rectangle([(210, 240), (430, 400)], outline="black", width=6)
    pen.rectangle([(300, 300), (350, 400)], outline="black", width=5)
    sketch.save(path)
    return path


def _write_pictures(folder: Path) -> Path:
    """A folder of pictures: those that come with the program, as they are, mirrored and in other colours, one cut."""
    from PIL import Image, ImageOps

    folder.mkdir(exist_ok=True)
    for name, there in zip(("pen", "paint"), recorded(), strict=True):
        with Image.open(there.picture) as opened:
            picture = opened.convert("RGB")
        picture.save(folder / f"{name}.png")
        ImageOps.mirror(picture).save(folder / f"{name}-mirrored.png")
        ImageOps.invert(picture).save(folder / f"{name}-inverted.png")
    (folder / "unfinished.png").write_bytes((folder / "pen.png").read_bytes()[:200])
    return folder


def _close_overlays(window: MainWindow) -> None:
    """Close what the state before left open over the window."""
    window.command_palette.close_palette()
    for dialog in window.findChildren(QDialog):
        dialog.close()
    window.toolbar.search.clear()
    if window.session.shows_class_map:
        window.commands.run("network.class_map")


def _seen(window: MainWindow) -> QPixmap:
    """The window with its dialogs over it, which the screen would put there."""
    picture = window.grab()
    dialogs = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    if dialogs:
        painter = QPainter(picture)
        for dialog in dialogs:
            middle = window.rect().center() - dialog.rect().center()
            painter.fillRect(window.rect(), DIMMED)
            painter.drawPixmap(middle, dialog.grab())
            painter.setPen(FRAME)
            painter.drawRect(QRect(middle, dialog.size()))
        painter.end()
    return picture


def _save(picture: QPixmap, path: str | Path) -> None:
    with whole_file(path) as temporary:
        if not picture.save(str(temporary), "PNG"):
            raise PortsideError("the picture of the window can't be written", file=path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
