"""Which pictures are kept to go back to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.running.images import Picture

MOST_PICTURES = 12
MOST_PICTURE_BYTES = 256 << 20
"""Pictures beyond either are no longer kept."""


@dataclass(frozen=True, eq=False)
class RollPicture:
    """A picture of the camera roll: in small, H×W×3, the (height, width) that it has, and whether it is a file.

    ``path`` is the name of one that came without a file.
    """

    path: str
    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    is_file: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return Path(self.path).name

    @property
    def text(self) -> str:
        """Its name, its size, and where it is."""
        where = self.path if self.is_file else "in no file, kept until the window is closed"
        return f"{self.name}\n{self.size[1]}×{self.size[0]} pixels\n{where}"


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
