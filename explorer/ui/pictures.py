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
from explorer.importers import open_network
from explorer.ui.assembly import make_application, make_window
from explorer.ui.looks import Mode
from explorer.ui.main_window import MainWindow

LONGEST_JOB = 600_000
"""Milliseconds that a picture waits for the work in the window."""

SETTLING = 600
"""Milliseconds until animations and late plots of the window are over."""

SHOWN_LAYER = "inception_3a/3x3"
"""A layer of the example with branches beside it."""

MISTAKES = ("conv2/norm2", SHOWN_LAYER, "inception_3a/output")
"""The layers of the example that are wrong in the picture of a diagnosis."""

SIZE = (1440, 900)
SCALE = 2.0


def main(arguments: Sequence[str]) -> int:
    """Take the pictures of ``docs/``: the empty window, the example's and a diagnosis, in light and in dark."""
    if len(arguments) != 1:
        print("usage: python -m explorer.ui.pictures FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    # Held on to, or it would end with the first picture.
    application = make_application(offscreen=True, scale=SCALE)
    with tempfile.TemporaryDirectory() as example:
        files = demo_files(Path(example))
        wrong = (write_mistaken(files[0], Path(example) / "port.onnx"), *files[1:])
        themes: tuple[Mode, ...] = ("light", "dark")
        for theme in themes:
            take_picture((), folder / f"empty-{theme}.png", theme)
            take_picture(files, folder / f"window-{theme}.png", theme, layer=SHOWN_LAYER)
            take_picture(wrong, folder / f"findings-{theme}.png", theme, layer=SHOWN_LAYER)
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


def write_mistaken(original: Path, path: Path) -> Path:
    """Write the example with three mistakes of a port: another α, kernels turned by 180°, branches exchanged."""
    from explorer.diagnosis.draft import Draft
    from explorer.network.network import Network
    from explorer.network.saving import save_network

    network = open_network(original)
    draft = Draft.of_network(network)
    norm, convolution, concat = (
        next(draft.node(network.node_names[node]) for node in network.layer[name].nodes if node.op_type == kind)
        for name, kind in zip(MISTAKES, ("LRN", "Conv", "Concat"), strict=True)
    )
    draft.set_attributes(norm.name or "", alpha=5 * norm.attributes["alpha"].as_float())
    kernels = draft.array(convolution, 1)
    assert kernels is not None
    draft.set_array(convolution.name or "", 1, kernels[:, :, ::-1, ::-1])
    first, second = concat.inputs[:2]
    concat.replace_input_with(0, second)
    concat.replace_input_with(1, first)
    save_network(Network(draft.model), path)
    return path


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
