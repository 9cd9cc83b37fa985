"""Whatever an image holds → red, green and blue in 8 bits each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explorer.running.colour_profile import profile_name

if TYPE_CHECKING:
    from PIL import Image

BITS_PER_SAMPLE, SAMPLE_FORMAT = 258, 339
"""TIFF's tags for the size and kind of its numbers."""

SIGNED = 2
"""The kind that has negative numbers."""

WHITES = (1.0, 255.0, 65535.0)
"""What is customary for white where the format itself says nothing: the least that no value exceeds is taken."""

STRIP = 1 << 20
"""Numbers that are scaled at a time, since they take eight times a byte meanwhile."""

KNOWN = ("RGB", "L", "P", "1", "RGBA", "LA", "PA", "RGBX", "RGBa", "La")
"""Modes of which nothing need be told."""


def rgb_pixels(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    """The image as H×W×3, RGB, 0–255, decoded on the way; what was done to it is added to ``notes``.

    16 bits are scaled by the largest number that they can hold, however dark the picture is; for 32 bits and floating
    point, which nobody fills, white is 1 (floating point alone), 255 or 65535, whichever holds all values, else the
    largest of them. Transparency is laid on white. Of 16 bits in each of several channels the upper 8 are taken.
    """
    notes += _profile_note(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled(image, notes)
    # Asked before the picture is loaded, which forgets how it stood in the file.
    deep = any(";16" in str(tile[3]) for tile in getattr(image, "tile", []) if len(tile) > 3)
    if deep:
        notes.append("16 bits a channel cut to 8")
    if image.has_transparency_data:
        return _on_white(image, notes)
    if image.mode == "LAB":
        notes.append("converted from LAB")
        return _bytes(_from_lab(image))
    if image.mode not in KNOWN:
        notes.append(f"converted from {image.mode}")
    return _bytes(image.convert("RGB"))


def _on_white(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    from PIL import Image

    layered = image.convert("RGBA")
    if layered.getchannel("A").getextrema() == (255, 255):
        return _bytes(layered.convert("RGB"))
    notes.append("transparency laid on white")
    white = Image.new("RGBA", layered.size, "white")
    white.alpha_composite(layered)
    return _bytes(white.convert("RGB"))


def _from_lab(image: Image.Image) -> Any:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")


def _scaled(image: Image.Image, notes: list[str]) -> NDArray[np.uint8]:
    transparent = image.info.get("transparency")
    image.load()
    values = np.asarray(image)
    low, high, words = _range(image, values)
    gray = np.empty(values.shape, np.uint8)
    rows = max(1, STRIP // max(values.shape[1], 1))
    for top in range(0, len(values), rows):
        part = np.nan_to_num(values[top : top + rows].astype(np.float64), nan=low, posinf=high, neginf=low)
        # Half upwards, as Pillow's own rounding does.
        gray[top : top + rows] = np.floor((part.clip(low, high) - low) * (255.0 / (high - low)) + 0.5)
    if isinstance(transparent, int):
        gray[values == transparent] = 255
        notes.append("transparency laid on white")
    notes.append(words)
    return np.ascontiguousarray(np.repeat(gray[..., None], 3, axis=2))


def _range(image: Image.Image, values: NDArray[Any]) -> tuple[float, float, str]:
    """Which values are black and white, and that in words."""
    tags = getattr(image, "tag_v2", {})
    bits = _first(tags.get(BITS_PER_SAMPLE), 0)
    if bits == 16 and _first(tags.get(SAMPLE_FORMAT), 1) == SIGNED:
        return 0.0, 32767.0, "16 signed bits scaled to 8, negative values black"
    if image.mode.startswith("I;") or (image.mode == "I" and (bits == 16 or image.format in ("PPM", "PNG"))):
        return 0.0, 65535.0, "16 bits scaled to 8"
    finite = values[np.isfinite(values)]
    most = float(finite.max()) if finite.size else 0.0
    whites = WHITES if image.mode == "F" else WHITES[1:]
    white = next((white for white in whites if most <= white), most)
    return 0.0, white, f"{'floating point' if image.mode == 'F' else '32 bits'} from 0 to {white:.6g} scaled to 8 bits"


def _first(value: Any, default: int) -> int:
    if isinstance(value, tuple):
        value = value[0] if value else default
    return value if isinstance(value, int) else default


def _bytes(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(image))


def _profile_note(image: Image.Image) -> list[str]:
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return []
    name = profile_name(profile)
    if "srgb" in name.lower():
        return []
    return [f"its colour profile{f' {name}' if name else ''} is not applied"]
