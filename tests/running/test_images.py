"""Every kind of picture file → the same kind of pixels."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from explorer.errors import PortsideError
from explorer.running.images import MOST_PIXELS, ORIENTATION, decode_picture, is_picture, read_picture, read_small


def save(path: Path, array: np.ndarray, mode: str | None = None, **options: object) -> Path:
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)  # type: ignore[arg-type]
    return path


RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


@pytest.mark.parametrize("ending", ["png", "bmp", "ppm", "tiff", "tga"])
def test_lossless_formats_give_their_pixels(tmp_path: Path, ending: str) -> None:
    np.testing.assert_array_equal(read_picture(save(tmp_path / f"p.{ending}", RGB)).pixels, RGB)


def test_gray_becomes_three_equal_channels(tmp_path: Path) -> None:
    pixels = read_picture(save(tmp_path / "p.png", RGB[..., 0])).pixels
    np.testing.assert_array_equal(pixels, np.repeat(RGB[..., :1], 3, axis=2))


@pytest.mark.parametrize("orientation", range(1, 10))
def test_every_orientation_is_turned_as_pillow_turns_it(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "p.png", RGB, exif=exif)
    picture = read_picture(path)
    with Image.open(path) as image:
        np.testing.assert_array_equal(picture.pixels, np.asarray(ImageOps.exif_transpose(image)))
    assert picture.notes == (("turned as its EXIF says",) if 2 <= orientation <= 8 else ())


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (10, 20, 30, 255)
    picture = read_picture(save(tmp_path / "p.png", rgba))
    np.testing.assert_array_equal(picture.pixels[0, 0], (10, 20, 30))
    np.testing.assert_array_equal(picture.pixels[1, 1], (255, 255, 255))
    assert picture.notes == ("transparency laid on white",)


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    picture = read_picture(save(tmp_path / "p.png", np.array([[0, 32896, 65535]], np.uint16)))
    np.testing.assert_array_equal(picture.pixels[0, :, 0], [0, 128, 255])


def test_of_an_animation_the_first_frame_is_taken_and_said(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((4, 4, 3), value, np.uint8)) for value in (10, 200)]
    frames[0].save(tmp_path / "p.gif", save_all=True, append_images=frames[1:])
    picture = read_picture(tmp_path / "p.gif")
    assert picture.pixels[0, 0, 0] == 10
    assert "the first of 2 frames" in picture.notes


def test_cmyk_is_converted_and_said(tmp_path: Path) -> None:
    picture = read_picture(save(tmp_path / "p.jpg", RGB, "CMYK"))
    assert picture.pixels.shape == RGB.shape
    assert picture.notes == ("converted from CMYK",)


def message(path: Path) -> str:
    with pytest.raises(PortsideError) as caught:
        read_picture(path)
    return str(caught.value)


def test_what_is_no_picture_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "p.jpg").write_bytes(b"<html>not here</html>")
    assert message(tmp_path / "p.jpg").endswith("p.jpg: not a picture in a known format")
    (tmp_path / "e.jpg").write_bytes(b"")
    assert "empty" in message(tmp_path / "e.jpg")
    assert "no such file" in message(tmp_path / "absent.jpg")


def test_a_picture_cut_short_is_refused(tmp_path: Path) -> None:
    data = save(tmp_path / "p.png", np.repeat(RGB, 40, axis=0)).read_bytes()
    (tmp_path / "p.png").write_bytes(data[: len(data) // 2])
    assert "p.png: the picture can't be decoded" in message(tmp_path / "p.png")


def test_a_decoding_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    assert message(tmp_path / "bomb.png") == (
        f"{tmp_path / 'bomb.png'}: has more than {MOST_PIXELS // 1_000_000} million pixels, too many to decode"
    )
    assert is_picture(tmp_path / "bomb.png")


def test_a_picture_is_known_by_its_content(tmp_path: Path) -> None:
    assert is_picture(save(tmp_path / "p.png", RGB).rename(tmp_path / "p.dat"))
    (tmp_path / "t.png").write_text("text")
    assert not is_picture(tmp_path / "t.png")
    assert not is_picture(tmp_path / "absent.png")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_picture_without_a_file_goes_by_its_name() -> None:
    picture = decode_picture(encoded(Image.fromarray(RGB), "PNG"), "pasted picture")
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.path == "pasted picture"
    with pytest.raises(PortsideError, match=r"^pasted picture: not a picture in a known format$"):
        decode_picture(b"text", "pasted picture")


@pytest.mark.parametrize(
    ("kind", "words"), [("TIFF", "3 pages"), ("PNG", "3 frames"), ("GIF", "3 frames"), ("MPO", "3 pictures")]
)
def test_the_parts_of_a_file_are_called_what_they_are(kind: str, words: str) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), value, np.uint8)) for value in (10, 100, 200)]
    picture = decode_picture(encoded(frames[0], kind, save_all=True, append_images=frames[1:]), "p")
    assert picture.notes == (f"the first of {words}",)
    assert abs(int(picture.pixels[0, 0, 0]) - 10) <= 2


def test_a_colour_profile_is_named_and_not_applied() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    picture = decode_picture(encoded(Image.fromarray(RGB), "PNG", icc_profile=profile), "p")
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.notes == ("its colour profile XYZ identity built-in is not applied",)


def test_what_srgb_looks_like_needs_no_words() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode_picture(encoded(Image.fromarray(RGB), "PNG", icc_profile=profile), "p").notes == ()


def test_damaged_metadata_do_not_cost_the_picture() -> None:
    picture = decode_picture(encoded(Image.fromarray(RGB), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), "p")
    np.testing.assert_array_equal(picture.pixels, RGB)


@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_a_file_in_small_is_turned_as_the_whole_one_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"turned{ending}"
    image = Image.new("RGB", (600, 400), (200, 0, 0))
    image.paste((0, 0, 200), (0, 0, 300, 400))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image.save(path, exif=exif)
    pixels, size = read_small(path, 60)
    assert size == (600, 400) == read_picture(path).pixels.shape[:2]
    assert pixels.shape == (60, 40, 3)
    assert pixels[5, 20, 2] > 150 > pixels[5, 20, 0]
    assert pixels[55, 20, 0] > 150 > pixels[55, 20, 2]


def test_a_small_picture_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    Image.new("RGB", (3, 2), (1, 2, 3)).save(path)
    pixels, size = read_small(path, 60)
    assert (pixels.shape, size) == ((2, 3, 3), (2, 3))
    with pytest.raises(PortsideError, match="no such file"):
        read_small(tmp_path / "gone.png", 60)
