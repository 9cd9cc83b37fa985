"""What is dropped or pasted: files of this machine, or a picture that is in no file."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter

from explorer.errors import PortsideError

if TYPE_CHECKING:
    from explorer.running.images import Picture

ENCODED = ("image/png", "image/tiff", "image/webp", "image/avif", "image/jpeg", "image/gif", "image/bmp")
"""Kinds of picture data that are decoded here, what loses nothing first; Qt would decode others."""

DATA_URL = re.compile(r"^data:image/[\w.+-]+((?:;[\w=-]+)*),(.*)$", re.DOTALL)
IN_PAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"'](data:image/[^\"']+)[\"']", re.IGNORECASE)

MOST_DATA = 1 << 28
"""Bytes of picture data beyond which none is taken."""

Decode = Callable[[str], "Picture"]
"""Gives the picture under a name; it takes long, and may run in any thread."""


def given_files(mime: QMimeData) -> list[Path]:
    """The files and folders of this machine that are dragged or copied."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def offers_picture(mime: QMimeData) -> bool:
    """Whether there is picture data; it is not fetched for this, which may take its owner long."""
    formats = mime.formats()
    if any(kind in formats for kind in ENCODED) or mime.hasImage():
        return True
    return bool(_data_urls(mime))


def given_picture(mime: QMimeData) -> Decode | None:
    """The picture data, best kind first: as it was encoded, as Qt has it, or out of a page; None without any.

    Data outlives ``mime``. An address on the network is no data: nothing is fetched from there.
    """
    for kind in ENCODED:
        data = bytes(mime.data(kind).data()) if mime.hasFormat(kind) else b""
        if data:
            return lambda name, data=data: _decoded(data, name)  # type: ignore[misc]
    image = mime.imageData() if mime.hasImage() else None
    if isinstance(image, QImage) and not image.isNull():
        return lambda name: _decoded(_encoded(image), name)
    for url in _data_urls(mime):
        return lambda name: _decoded(_url_bytes(url, name), name)
    return None


def _decoded(data: bytes, name: str) -> Picture:
    from explorer.running.images import decode_picture

    if len(data) > MOST_DATA:
        raise PortsideError("is too large", file=name)
    return decode_picture(data, name)


def _encoded(image: QImage) -> bytes:
    """The image as PNG, which loses nothing; it is then read like every other picture."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"PNG"))
    # Hardly compressed: it is unpacked at once.
    writer.setCompression(1)
    writer.write(image)
    return bytes(held.data())


def _data_urls(mime: QMimeData) -> list[str]:
    """Pictures that are written out in an address, as pages have them."""
    urls = [url.toString() for url in mime.urls() if url.scheme() == "data"]
    if mime.hasHtml():
        urls += IN_PAGE.findall(mime.html())
    return [url for url in urls if DATA_URL.match(url)]


def _url_bytes(url: str, name: str) -> bytes:
    found = DATA_URL.match(url)
    assert found is not None
    data = unquote_to_bytes(found[2])
    if not found[1].endswith(";base64"):
        return data
    try:
        return b64decode(data)
    except NoBase64:
        raise PortsideError("the picture's data are damaged", file=name) from None
