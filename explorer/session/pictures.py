"""Which pictures are kept to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.running.images import Picture

MOST_PICTURES = 12
MOST_PICTURE_BYTES = 256 << 20
"""Pictures beyond either are no longer kept."""


def kept_pictures(pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
    """Each file once, the latest first, as many as there is room for."""
    kept: dict[str, Picture] = {}
    size = 0
    for picture in pictures:
        if picture.path not in kept:
            size += picture.pixels.nbytes
            if kept and (size > MOST_PICTURE_BYTES or len(kept) == MOST_PICTURES):
                break
            kept[picture.path] = picture
    return tuple(kept.values())
