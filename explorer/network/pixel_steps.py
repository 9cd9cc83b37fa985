"""What single steps of preprocessing do to a picture, H×W×C: turned, cut, resized, its channels put in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from explorer.errors import PortsideError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Order = Literal["RGB", "BGR", "GRAY"]
Place = Literal["centre", "top-left", "top-right", "bottom-left", "bottom-right"]

PLACES: tuple[Place, ...] = get_args(Place)

LUMA = (0.299, 0.587, 0.114)
"""ITU-R 601-2: what red, green and blue add to grey."""

MOST_RESIZED_PIXELS = 40_000_000
"""A picture that is far longer than high would become a giant before its middle is cut out."""


def turned(picture: NDArray[Any]) -> NDArray[Any]:
    """Height and width exchanged."""
    return picture.swapaxes(0, 1)


def middle_of(picture: NDArray[Any], fraction: float) -> NDArray[Any]:
    """That part of each side, from the middle."""
    height, width = (max(1, round(side * fraction)) for side in picture.shape[:2])
    return cropped(picture, (height, width))


def cropped(picture: NDArray[Any], size: tuple[int, int], place: Place = "centre") -> NDArray[Any]:
    """A part of ``size`` (height, width); in the centre left and top are rounded down.

    :raises PortsideError: when the picture is smaller.
    """
    height, width = size
    down, right = picture.shape[0] - height, picture.shape[1] - width
    if down < 0 or right < 0:
        raise wrong_size(picture, size)
    top = down // 2 if place == "centre" else down * place.startswith("bottom")
    left = right // 2 if place == "centre" else right * place.endswith("right")
    return picture[top : top + height, left : left + width]


def wrong_size(picture: NDArray[Any], size: tuple[int, int]) -> PortsideError:
    """What is said of a picture that is not as large as the network takes one."""
    found = f"{picture.shape[1]}×{picture.shape[0]}"
    return PortsideError(f"the picture is {found} after preprocessing, the network takes {size[1]}×{size[0]}")


def check_resized(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Check before memory is taken that the resized picture has no more than :data:`MOST_RESIZED_PIXELS`."""
    if size[0] * size[1] > MOST_RESIZED_PIXELS:
        found, made = f"{shape[1]}×{shape[0]}", f"{size[1]}×{size[0]}"
        raise PortsideError(f"the picture's {found} pixels would become {made}: it is too thin for this network")


def ordered(picture: NDArray[Any], order: Order) -> NDArray[Any]:
    """The channels, which are red, green and blue, as the network wants them."""
    if order == "BGR":
        return picture[..., ::-1]
    if order == "GRAY":
        import numpy as np

        return (picture.astype(np.float32) @ np.array(LUMA, np.float32))[..., None]
    return picture


def vector(numbers: tuple[float, ...]) -> NDArray[np.float32]:
    """A number for each channel, or one for all."""
    import numpy as np

    return np.asarray(numbers, np.float32)


def _floats(picture: NDArray[Any]) -> NDArray[np.float32]:
    import numpy as np

    return picture.astype(np.float32)


ARITHMETIC: Mapping[str, Callable[[NDArray[Any], tuple[float, ...]], NDArray[np.float32]]] = {
    "scale": lambda picture, numbers: _floats(picture) * vector(numbers),
    "mean": lambda picture, numbers: _floats(picture) - vector(numbers),
    "std": lambda picture, numbers: _floats(picture) / vector(numbers),
}
"""The steps that calculate, each in single precision."""
