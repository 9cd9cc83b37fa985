"""Feature maps out of the window: copied, saved, or dragged to another program."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QDrag, QGuiApplication, QPixmap

from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.session.answers import Notice
from explorer.ui.copying import put_on_clipboard
from explorer.ui.theme import GRID

if TYPE_CHECKING:
    from explorer.running.activations import Array
    from explorer.session.desk import Desk
    from explorer.session.jobs import IsCancelled, Jobs, Progress
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.map_files import MapSource

MAP_ENDINGS: Mapping[str, str] = {".png": "PNG picture", ".npy": "NumPy array"}
"""What a feature map can be written as, by the file's ending."""

DRAGGED = 12 * GRID
"""Side of the small picture under the pointer while a map is dragged."""

MOST_DRAGGED = 1 << 28
"""Bytes of a layer that is dragged: its file is written before the drag begins."""


class MapExport(QObject):
    """Takes the channel that is chosen, from the pane that had the keyboard last, or what a drag began on.

    Files that are dragged lie in a folder that is gone with :meth:`close`.
    """

    def __init__(self, view: ComparisonView, desk: Desk, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._desk, self._jobs = view, desk, jobs
        self._has_copied = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        for side, (grid, caption) in enumerate(view.panes.parts):
            grid.drag_asked.connect(lambda channel, as_array, side=side: self.drag(side, channel, as_array=as_array))
            caption.drag_asked.connect(lambda side=side: self.drag_layer(side))

    def copy_picture(self) -> None:
        """Put the chosen channel on the clipboard as a picture."""
        from explorer.ui.map_files import map_image

        source = self._source()
        if source is not None:
            QGuiApplication.clipboard().setImage(map_image(source))
            self._say(f"Channel {source.channel} of {source.layer} copied as a picture ({source.side}).")

    def copy_values(self) -> None:
        """Put the values of the chosen channel on the clipboard, or all of a vector's, as text and as an array."""
        from explorer.ui.map_files import columns_text, table_text, values_mime

        shown, source = self._view.shown, self._source()
        try:
            if source is not None:
                mime = values_mime(source.values, table_text(source.values), None)
                told = f"Values of channel {source.channel} of {source.layer} copied ({source.side})."
            else:
                sides = [("ours", shown.ours), ("reference", shown.theirs), ("after the fix", shown.after)]
                found = [(name, maps.values.reshape(-1)) for name, maps in sides if maps is not None]
                if not found or self._view.view is None:
                    return
                names, columns = [name for name, _ in found], [values for _, values in found]
                mime = values_mime(columns[0], columns_text(names, columns, self._view.view.labels), None)
                told = f"Values of {self._view.view.title} copied."
        except PortsideError as error:
            self._desk.said.emit(Notice(str(error)))
            return
        put_on_clipboard(mime)
        self._has_copied = True
        self._say(told)

    @property
    def stem(self) -> str:
        """What the file of the chosen channel may be called."""
        from explorer.ui.map_files import file_stem

        source, view = self._source(), self._view.view
        if source is not None:
            return source.stem
        return file_stem("" if view is None else view.title)

    @property
    def layer_stem(self) -> str:
        """What the file of the whole layer may be called."""
        from explorer.ui.map_files import file_stem

        view = self._view.view
        return file_stem("" if view is None else view.title, self._view.panes.side_name)

    def save(self, path: Path) -> None:
        """Write the chosen channel as what the ending of ``path`` says."""
        from explorer.ui.map_files import map_image, npy_bytes, png_bytes

        source = self._source()
        ending = path.suffix.lower()
        if source is None or ending not in MAP_ENDINGS:
            self._desk.said.emit(Notice(f"{path.name}: a feature map can be written as {', '.join(MAP_ENDINGS)}."))
            return
        self._write(path, lambda: npy_bytes(source.values) if ending == ".npy" else png_bytes(map_image(source)))

    def save_layer(self, path: Path) -> None:
        """Write all values of the layer, with the shape that they have in the network, as a NumPy array."""
        from explorer.ui.map_files import npy_bytes

        values = self._layer(self._view.panes.side)
        if values is not None:
            self._write(path, lambda: npy_bytes(values))

    def drag(self, side: int, channel: int, *, as_array: bool) -> None:
        """Let a channel be dragged away: its picture, or its values."""
        from explorer.ui.map_files import (
            MOST_TEXT,
            map_image,
            npy_bytes,
            picture_mime,
            png_bytes,
            table_text,
            values_mime,
        )

        source = self._source(side, channel)
        if source is None:
            return
        image = map_image(source)
        if as_array:
            file = self._temporary(f"{source.stem}.npy", npy_bytes(source.values))
            text = table_text(source.values) if source.values.size <= MOST_TEXT else ""
            mime = values_mime(source.values, text, file)
        else:
            mime = picture_mime(image, self._temporary(f"{source.stem}.png", png_bytes(image)))
        self._drag(mime, QPixmap.fromImage(image.scaled(DRAGGED, DRAGGED, Qt.AspectRatioMode.KeepAspectRatio)))

    def drag_layer(self, side: int) -> None:
        """Let all values of a side be dragged away as a NumPy array."""
        from explorer.ui.map_files import file_stem, npy_bytes, values_mime

        values, view = self._layer(side), self._view.view
        if values is None or view is None:
            return
        if values.nbytes > MOST_DRAGGED:
            self._desk.said.emit(Notice(f"{view.title} is too large to be dragged; save its values instead."))
            return
        name = f"{file_stem(view.title, self._view.panes.name_of(side))}.npy"
        self._drag(values_mime(values, "", self._temporary(name, npy_bytes(values))), QPixmap())

    def close(self) -> None:
        """Remove the files that were made for dragging; of copied values the text stays."""
        from explorer.ui.map_files import NPY_MIME

        clipboard = QGuiApplication.clipboard()
        # Some platforms end their clipboard after Python, and with it what Python put there: a crash.
        if self._has_copied and clipboard.mimeData().hasFormat(NPY_MIME):
            clipboard.setText(clipboard.text())
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _source(self, side: int | None = None, channel: int | None = None) -> MapSource | None:
        from explorer.ui.map_files import MapSource

        view, panes = self._view.view, self._view.panes
        side = panes.side if side is None else side
        picture = panes.picture_of(side)
        channel = self._view.viewpoint.channel if channel is None else channel
        if view is None or self._view.shown.kind != "maps" or picture is None or channel >= len(picture.maps):
            return None
        return MapSource(view.title, panes.name_of(side), channel, picture)

    def _layer(self, side: int) -> Array | None:
        view, shown = self._view.view, self._view.shown
        if view is None:
            return None
        return (view.ours, view.theirs, shown.difference, view.after)[side]

    def _write(self, path: Path, make: object) -> None:
        assert callable(make)

        def task(progress: Progress, cancelled: IsCancelled) -> None:
            with whole_file(path) as temporary:
                temporary.write_bytes(make())

        self._jobs.start(
            "map file", f"writing {path.name}", task, lambda _: self._say(f"Written as {path}."), lane="files"
        )

    def _temporary(self, name: str, contents: bytes) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="portside-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / name
        path.write_bytes(contents)
        return str(path)

    def _drag(self, mime: QMimeData, picture: QPixmap) -> None:
        drag = QDrag(self._view)
        drag.setMimeData(mime)
        if not picture.isNull():
            drag.setPixmap(picture)
            drag.setHotSpot(QPoint(picture.width() // 2, picture.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _say(self, text: str) -> None:
        self._desk.said.emit(Notice(text, "news"))
