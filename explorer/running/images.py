"""Picture files → pixels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.files import check_file

MOST_PIXELS = 200_000_000
"""A picture with more is refused before it is decoded."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture: ``pixels`` are H×W×3, RGB, 0–255; ``notes`` say what was done to get there."""

    path: str
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def is_picture(path: str | Path) -> bool:
    """Whether the file begins as a picture that Pillow knows."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path):
                return True
    except Exception:  # noqa: BLE001 - Pillow's plugins raise whatever their format brings
        return False


def read_picture(path: str | Path) -> Picture:
    """Decode a picture: turned as its EXIF says, transparency on white, first frame of several, 16 bits scaled to 8.

    :raises PortsideError: when it is no picture, is cut short, or has more than ``MOST_PIXELS`` pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    check_file(path)
    notes: list[str] = []
    try:
        # Pillow warns of large pictures and of oddities in metadata; the limit here is our own, and an error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise PortsideError(f"{image.width}×{image.height} pixels are more than can be shown", file=path)
                if getattr(image, "n_frames", 1) > 1:
                    notes.append("the first of several frames")
                turned = ImageOps.exif_transpose(image)
                if turned.size != image.size or (image.getexif().get(0x0112, 1) != 1):
                    notes.append("turned as its EXIF says")
                pixels = _to_rgb(turned, notes)
    except UnidentifiedImageError:
        raise PortsideError("not a picture in a known format", file=path) from None
    except PortsideError:
        raise
    except Exception as error:  # noqa: BLE001 - and so do its decoders
        raise PortsideError(f"the picture can't be decoded ({error})", file=path) from None
    return Picture(str(path), pixels, tuple(notes))


def _to_rgb(image: Any, notes: list[str]) -> NDArray[np.uint8]:
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        top = 65535.0 if image.mode.startswith("I") and values.max(initial=0) > 255 else 255.0
        notes.append(f"{image.mode} values scaled to 8 bits")
        gray = (values.clip(0, top) * (255.0 / top)).round().astype(np.uint8)
        return np.ascontiguousarray(np.repeat(gray[..., None], 3, axis=2))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        notes.append("transparency laid on white")
        layered = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
    elif image.mode not in ("RGB", "L", "P", "1"):
        notes.append(f"converted from {image.mode}")
    return np.ascontiguousarray(np.asarray(image.convert("RGB")))
