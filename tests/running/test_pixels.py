"""Every mode that Pillow has → 8 bits of red, green and blue."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer.running.images import decode_picture

GRAY = np.array([[0, 128, 255]], np.uint8)


def decoded(image: Image.Image, kind: str = "TIFF", **options: object) -> tuple[list[int], tuple[str, ...]]:
    """The red channel's first row, and the notes."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    picture = decode_picture(buffer.getvalue(), "p")
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape[2] == 3
    return picture.pixels[0, :, 0].tolist(), picture.notes


def png16(values: np.ndarray, colour_type: int) -> bytes:
    """A PNG of 16 bits a channel, which Pillow cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour_type, 0, 0, 0)
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "PA"])
def test_modes_of_8_bits_keep_their_values_and_need_no_words(mode: str) -> None:
    assert decoded(Image.fromarray(GRAY).convert(mode)) == ([0, 128, 255], ())


def test_one_bit_is_black_or_white() -> None:
    assert decoded(Image.fromarray(GRAY > 100), "PNG") == ([0, 255, 255], ())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_dark_picture_of_16_bits_stays_dark(kind: str) -> None:
    dark = Image.fromarray(np.array([[0, 100, 255, 514]], np.uint16))
    assert decoded(dark, kind) == ([0, 0, 1, 2], ("16 bits scaled to 8",))


def test_a_portable_graymap_of_16_bits_is_scaled_by_its_own_white() -> None:
    assert decoded(Image.fromarray(np.array([[0, 257, 65535]], np.uint16)), "PPM")[0] == [0, 1, 255]


def test_16_bits_of_several_channels_are_cut_to_the_upper_8() -> None:
    picture = decode_picture(png16(np.array([[0, 32896, 65535, 255, 256, 65280]]).reshape(1, 2, 3), 2), "p")
    assert picture.pixels.tolist() == [[[0, 128, 255], [0, 1, 255]]]
    assert picture.notes == ("16 bits a channel cut to 8",)


@pytest.mark.parametrize(
    ("values", "expected", "top"),
    [([0, 0.5, 1], [0, 128, 255], "1"), ([0, 128, 255], [0, 128, 255], "255"), ([-3, 100, 1000], [0, 0, 4], "65535")],
)
def test_floating_point_has_the_least_customary_white_that_holds_it(
    values: list[float], expected: list[int], top: str
) -> None:
    image = Image.fromarray(np.array([values], np.float32))
    assert decoded(image) == (expected, (f"floating point from 0 to {top} scaled to 8 bits",))


def test_what_is_no_number_is_black() -> None:
    image = Image.fromarray(np.array([[np.nan, 1.0, np.inf, -np.inf]], np.float32))
    assert decoded(image)[0] == [0, 255, 255, 0]


def test_32_bits_have_a_customary_white_as_well() -> None:
    assert decoded(Image.fromarray(np.array([[-7, 128, 255]], np.int32)))[0] == [0, 128, 255]
    assert decoded(Image.fromarray(np.array([[0, 257, 65535]], np.int32)))[0] == [0, 1, 255]


def test_a_picture_without_a_bright_place_is_all_black() -> None:
    assert decoded(Image.fromarray(np.zeros((1, 3), np.float32)))[0] == [0, 0, 0]


def test_transparency_in_a_palette_and_in_16_bits_lies_on_white() -> None:
    pixels, notes = decoded(Image.fromarray(GRAY).convert("P"), "PNG", transparency=0)
    assert (pixels, notes) == ([255, 128, 255], ("transparency laid on white",))
    deep = Image.fromarray(np.array([[0, 200, 65535]], np.uint16))
    assert decoded(deep, "PNG", transparency=200)[0] == [0, 255, 255]


def test_an_alpha_channel_that_hides_nothing_is_not_spoken_of() -> None:
    assert decoded(Image.fromarray(GRAY).convert("RGBA"), "PNG")[1] == ()


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_other_colour_spaces_are_converted_and_said(mode: str) -> None:
    image = Image.fromarray(np.full((2, 2, 3), (200, 40, 90), np.uint8))
    if mode == "LAB":
        from PIL import ImageCms

        spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        made = ImageCms.profileToProfile(image, *spaces, outputMode="LAB")
        assert made is not None
        image = made
    else:
        image = image.convert(mode)
    pixels, notes = decoded(image)
    assert abs(pixels[0] - 200) <= 3
    assert f"converted from {mode}" in notes
