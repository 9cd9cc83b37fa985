"""Changing a picture's size the ways that frameworks do it, which differ by more than a layer's rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos", "box"]
Coordinates = Literal["half-pixel", "asymmetric", "align-corners"]

INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
COORDINATES: tuple[Coordinates, ...] = get_args(Coordinates)

SAMPLED: tuple[Interpolation, ...] = ("nearest", "bilinear")
"""Those that are also done without smoothing."""


def resize_antialiased(
    picture: NDArray[np.generic], size: tuple[int, int], interpolation: Interpolation
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Pillow's resize: the filter grows with the reduction, and bytes are rounded to whole numbers again.

    ``picture`` is H×W×C, of three channels where it is bytes, ``size`` is (height, width). This is what torchvision's
    transforms do to a PIL image; values that were calculated with before are resized in single precision.
    """
    import numpy as np
    from PIL import Image

    filters = {
        "nearest": Image.Resampling.NEAREST,
        "bilinear": Image.Resampling.BILINEAR,
        "bicubic": Image.Resampling.BICUBIC,
        "lanczos": Image.Resampling.LANCZOS,
        "box": Image.Resampling.BOX,
    }
    height, width = size
    if picture.dtype == np.uint8:
        return np.asarray(Image.fromarray(picture).resize((width, height), filters[interpolation]))
    planes = [np.ascontiguousarray(picture[..., channel], np.float32) for channel in range(picture.shape[2])]
    made = [Image.fromarray(plane).resize((width, height), filters[interpolation]) for plane in planes]
    return np.stack([np.asarray(plane) for plane in made], axis=2)


def resize_sampled(
    picture: NDArray[np.generic],
    size: tuple[int, int],
    interpolation: Interpolation,
    coordinates: Coordinates,
) -> NDArray[np.float32]:
    """Sample at a grid of points without smoothing, float results: OpenCV's and TensorFlow's way.

    Output position o reads input position (o+½)·in/out−½ (``half-pixel``: OpenCV, TF 2), o·in/out (``asymmetric``: TF
    1's ``resize_bilinear``) or o·(in−1)/(out−1) (``align-corners``). ``picture`` is H×W×C, ``size`` is (height, width),
    and ``interpolation`` is one of :data:`SAMPLED`.
    """
    import numpy as np

    result = picture.astype(np.float32)
    for axis, count in enumerate(size):
        low, high, weight = _sample_points(result.shape[axis], count, interpolation, coordinates)
        weights = weight.reshape([-1 if other == axis else 1 for other in range(result.ndim)])
        result = result.take(low, axis) * (1 - weights) + result.take(high, axis) * weights
    return result


def _sample_points(
    source: int, count: int, interpolation: str, coordinates: Coordinates
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    import numpy as np

    points = np.arange(count, dtype=np.float64)
    if coordinates == "half-pixel":
        points = (points + 0.5) * source / count - 0.5
    elif coordinates == "asymmetric":
        points = points * source / count
    else:
        points = points * (source - 1) / max(count - 1, 1)
    if interpolation == "nearest":
        points = np.floor(points) if coordinates == "asymmetric" else np.floor(points + 0.5)
    points = points.clip(0, source - 1)
    low = np.floor(points).astype(np.intp)
    high = np.minimum(low + 1, source - 1)
    return low, high, (points - low).astype(np.float32)
