"""Picture files, and pictures that were copied or dragged → pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.files import check_file

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 178_956_970
"""A picture with more is refused before it is decoded. It is Pillow's own limit, beyond which Pillow opens none."""

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held; 1 is upright, 2 to 8 are the other ways."""

FRAMES = {"TIFF": "pages", "MPO": "pictures"}
"""What the parts of a file are called whose parts are no frames of an animation."""

LAYERED = ("PSD",)
"""Formats whose frames are layers: what is decoded is the whole picture."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture: ``pixels`` are H×W×3, RGB, 0–255; ``notes`` say what was done to get there.

    ``path`` is its file's, or the name of one that came without a file.
    """

    path: str
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def is_picture(path: str | Path) -> bool:
    """Whether the file begins as a picture that Pillow knows; one that is too large to decode is one too."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path):
                return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # noqa: BLE001 - Pillow's plugins raise whatever their format brings
        return False


def read_picture(path: str | Path) -> Picture:
    """Decode a picture file: turned as its EXIF says, transparency on white, first frame of several, 8 bits a channel.

    A colour profile is not applied: the frameworks read the numbers as they stand in the file, and so does this. Each
    of these is told in the picture's notes.

    :raises PortsideError: when it is no picture, is cut short, or has more than ``MOST_PIXELS`` pixels.
    """
    path = Path(path)
    check_file(path)
    return _decoded(path, str(path))


def read_small(path: str | Path, side: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """A picture file in small, H×W×3 with no side beyond ``side``, and the (height, width) that it has.

    A JPEG is decoded at a fraction of its size, which takes a fraction of the time.

    :raises PortsideError: as :func:`read_picture` does.
    """
    from explorer.running.pixels import rgb_pixels

    path = Path(path)
    check_file(path)
    with _told(str(path)), _opened(path) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise PortsideError(f"{width}×{height} pixels are too many to decode", file=path)
        turn = _turn(image)
        image.draft(None, (2 * side, 2 * side))
        pixels = in_small(rgb_pixels(image, []), side)
    if turn is not None:
        pixels = np.ascontiguousarray(_TURNS[turn](pixels))
        width, height = (height, width) if turn in _ON_THEIR_SIDE else (width, height)
    return pixels, (height, width)


def in_small(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture with no side beyond ``side``, smoothed; as it is where it is small already."""
    from PIL import Image

    # Thinned first, since smoothing takes time for every pixel.
    step = max(1, max(pixels.shape[:2]) // (4 * side))
    small = Image.fromarray(np.ascontiguousarray(pixels[::step, ::step]))
    small.thumbnail((side, side))
    return np.array(small)


def decode_picture(data: bytes, name: str) -> Picture:
    """Decode a picture that has no file, as one is that was copied or dragged out of a browser.

    :raises PortsideError: as :func:`read_picture` does, with ``name`` for the file's.
    """
    return _decoded(BytesIO(data), name)


def _decoded(source: Path | BytesIO, name: str) -> Picture:
    from explorer.running.pixels import rgb_pixels

    notes: list[str] = []
    with _told(name), _opened(source) as image:
        if image.width * image.height > MOST_PIXELS:
            raise PortsideError(f"{image.width}×{image.height} pixels are too many to decode", file=name)
        notes += _frame_note(image)
        pixels = rgb_pixels(image, notes)
        turn = _turn(image)
        if turn is not None:
            pixels = np.ascontiguousarray(_TURNS[turn](pixels))
            notes.append("turned as its EXIF says")
    return Picture(name, pixels, tuple(notes))


@contextmanager
def _opened(source: Path | BytesIO) -> Iterator[Image.Image]:
    from PIL import Image

    # Pillow warns of large pictures and of oddities in metadata; the limit here is an error, and the rest no matter.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(source) as image:
            yield image


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Whatever a decoder raises, as one sentence about the picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise PortsideError("not a picture in a known format", file=name) from None
    except Image.DecompressionBombError:
        most = f"{MOST_PIXELS // 1_000_000} million"
        raise PortsideError(f"has more than {most} pixels, too many to decode", file=name) from None
    except (PortsideError, MemoryError):
        raise
    except OSError as error:
        reason = f"can't be read ({error.strerror})" if error.strerror else f"the picture can't be decoded ({error})"
        raise PortsideError(reason, file=name) from None
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise whatever their format brings
        raise PortsideError(f"the picture can't be decoded ({str(error) or type(error).__name__})", file=name) from None


def _frame_note(image: Image.Image) -> list[str]:
    count = getattr(image, "n_frames", 1)
    if count < 2 or image.format in LAYERED:
        return []
    # Asked for their number, some formats have gone through the frames.
    image.seek(0)
    return [f"the first of {count} {FRAMES.get(image.format or '', 'frames')}"]


_TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}
"""What undoes each orientation (EXIF 2.32, tag 0x0112), on H×W×3."""

_ON_THEIR_SIDE = (5, 6, 7, 8)
"""Those that exchange height and width."""


def _turn(image: Image.Image) -> int | None:
    try:
        turn = image.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001 - damaged metadata must not cost the picture
        return None
    return turn if turn in _TURNS else None
