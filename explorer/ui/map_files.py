"""A feature map as a picture, as an array file and as text; nothing here needs a window of its own."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt, QUrl
from PySide6.QtGui import QImage

from explorer.errors import PortsideError
from explorer.running.activations import Array
from explorer.ui.map_picture import MapPicture, channel_image
from explorer.ui.number_text import number_text

NPY_MIME = "application/x-npy"
LEAST_SIDE = 256
"""Pixels of the longer side of a picture at least; a value is a whole number of them."""

MOST_TEXT = 1 << 20
"""Values that are copied as text: more would be a hundred megabytes of it."""


@dataclass(frozen=True, eq=False)
class MapSource:
    """One channel as it may leave the window: of the layer ``layer``, from the pane ``side``, with its colours."""

    layer: str
    side: str
    channel: int
    picture: MapPicture

    @property
    def values(self) -> Array:
        """Height × width."""
        found: Array = self.picture.maps[self.channel]
        return found

    @property
    def stem(self) -> str:
        """A file's name without its ending."""
        return file_stem(self.layer, self.side, f"channel {self.channel}")


def file_stem(*parts: str) -> str:
    """Words as the name of a file: what a file system may not like becomes a line."""
    return re.sub(r"[^\w.+-]+", "-", " ".join(parts)).strip("-.")[:120] or "map"


def map_image(source: MapSource) -> QImage:
    """The channel as a picture, every value a square of the same whole number of pixels; it says what it is of."""
    image = channel_image(source.picture, source.channel)
    times = max(1, LEAST_SIDE // max(image.width(), image.height()))
    large = image.scaled(
        QSize(image.width() * times, image.height() * times),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.FastTransformation,
    )
    low, high = source.picture.span.ends(source.channel)
    large.setText("Title", f"{source.layer}, channel {source.channel}, {source.side}")
    large.setText("Description", f"colours from {number_text(low)} to {number_text(high)}")
    large.setText("Software", "Portside")
    return large


def png_bytes(image: QImage) -> bytes:
    """The picture as PNG.

    :raises PortsideError: where it can't be.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # PySide's types want bytes for the format where Qt takes a string.
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise PortsideError("the feature map can't be written as PNG")
    return bytes(buffer.data().data())


def npy_bytes(values: Array) -> bytes:
    """The values as a NumPy array file, in their own type and shape."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()


def table_text(values: Array) -> str:
    """Rows in lines and columns between tabs, with all digits that tell the values apart.

    :raises PortsideError: when there are too many.
    """
    if values.size > MOST_TEXT:
        raise PortsideError(f"{values.size} values are too many for a text; save them as .npy")
    digits = 9 if values.dtype.itemsize <= 4 else 17
    return "\n".join("\t".join(f"{float(value):.{digits}g}" for value in row) for row in np.atleast_2d(values)) + "\n"


def columns_text(names: list[str], columns: list[Array], labels: tuple[str, ...] | None) -> str:
    """The entries of vectors beside one another, with a heading, their numbers and, where there are any, their labels.

    :raises PortsideError: when there are too many.
    """
    length = max(column.size for column in columns)
    if length > MOST_TEXT:
        raise PortsideError(f"{length} values are too many for a text; save them as .npy")
    lines = ["\t".join(["entry", *(["label"] if labels else []), *names])]
    for index in range(length):
        found = [f"{float(column[index]):.9g}" if index < column.size else "" for column in columns]
        label = [labels[index] if index < len(labels) else ""] if labels else []
        lines.append("\t".join([str(index), *label, *found]))
    return "\n".join(lines) + "\n"


def picture_mime(image: QImage, file: str) -> QMimeData:
    """A picture to drag, and the file that holds it."""
    mime = QMimeData()
    mime.setImageData(image)
    mime.setUrls([QUrl.fromLocalFile(file)])
    return mime


def values_mime(values: Array, text: str, file: str | None) -> QMimeData:
    """Values to drag or paste: as an array, as text where there is any, and the file that holds them."""
    mime = QMimeData()
    if text:
        mime.setText(text)
    mime.setData(NPY_MIME, QByteArray(npy_bytes(values)))
    if file is not None:
        mime.setUrls([QUrl.fromLocalFile(file)])
    return mime
