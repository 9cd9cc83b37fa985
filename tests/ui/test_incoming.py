"""What a clipboard or a browser gives."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage

from explorer.errors import PortsideError
from explorer.ui.incoming import given_files, given_picture, offers_picture
from tests.small_network import picture_pixels

PIXELS = picture_pixels(6)


def encoded(kind="PNG", pixels=PIXELS):
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def picture_of(mime):
    assert offers_picture(mime)
    decode = given_picture(mime)
    assert decode is not None
    picture = decode("pasted")
    assert picture.path == "pasted"
    return picture


@pytest.mark.parametrize("kind", ["png", "bmp", "webp", "gif"])
def test_encoded_data_are_decoded_as_a_file_would_be(kind):
    pixels = np.full((6, 6, 3), 40, np.uint8) if kind in ("webp", "gif") else PIXELS
    mime = QMimeData()
    mime.setData(f"image/{kind}", QByteArray(encoded(kind.upper(), pixels)))
    np.testing.assert_allclose(picture_of(mime).pixels, pixels, atol=2)


def test_what_loses_nothing_is_taken_before_what_does():
    mime = QMimeData()
    mime.setData("image/jpeg", QByteArray(encoded("JPEG")))
    mime.setData("image/png", QByteArray(encoded("PNG")))
    np.testing.assert_array_equal(picture_of(mime).pixels, PIXELS)


def test_a_picture_that_only_qt_knows_keeps_its_pixels():
    mime = QMimeData()
    height, width = PIXELS.shape[:2]
    mime.setImageData(QImage(PIXELS.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy())
    np.testing.assert_array_equal(picture_of(mime).pixels, PIXELS)


def test_a_picture_written_out_in_a_page_or_an_address_is_taken():
    url = f"data:image/png;base64,{b64encode(encoded()).decode()}"
    page, address = QMimeData(), QMimeData()
    page.setHtml(f'<html><p>a</p><img alt="x" src="{url}"></html>')
    address.setUrls([QUrl(url)])
    for mime in (page, address):
        np.testing.assert_array_equal(picture_of(mime).pixels, PIXELS)


def test_an_address_on_the_network_is_not_fetched():
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    mime.setHtml('<img src="https://example.org/cat.png">')
    assert not offers_picture(mime)
    assert given_picture(mime) is None
    assert given_files(mime) == []


def test_damaged_data_are_told_by_the_pictures_name():
    mime = QMimeData()
    mime.setData("image/png", QByteArray(b"no picture"))
    decode = given_picture(mime)
    assert decode is not None
    with pytest.raises(PortsideError, match=r"^pasted: not a picture in a known format$"):
        decode("pasted")
