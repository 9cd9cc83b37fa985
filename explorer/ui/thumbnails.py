"""Pictures and tensors → small images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from explorer.running.activations import Array


def thumbnail(array: Array, largest: QSize, ratio: float = 1.0, *, is_picture: bool = False) -> QImage:
    """The picture (H×W×C) or the first tensor of a batch, no larger than ``largest`` × ``ratio`` pixels.

    Bytes, and what ``is_picture``, are shown as they are, 0–255. Other channels are shown as red, green and blue in
    their own order, from the smallest value (black) to the largest (white), so that channels in another order are seen
    as other colours.
    """
    planes = array if array.ndim == 3 else _channels_last(array[0])
    width, height = round(largest.width() * ratio), round(largest.height() * ratio)
    # Thinned first: smooth scaling of a large photograph would take longer than a frame.
    step = max(1, min(planes.shape[0] // (4 * height), planes.shape[1] // (4 * width)))
    thin = _bytes(planes[::step, ::step], is_picture)
    return scaled_image(thin, QSize(width, height), ratio)


def scaled_image(pixels: NDArray[np.uint8], largest: QSize, ratio: float = 1.0, *, smooth: bool = True) -> QImage:
    """The picture (H×W×3) as large as it fits into ``largest`` device pixels, of which ``ratio`` make one of Qt's."""
    image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], 3 * pixels.shape[1], QImage.Format.Format_RGB888)
    how = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
    # A copy, because the image only borrows the array's memory.
    scaled = image.scaled(largest, Qt.AspectRatioMode.KeepAspectRatio, how).copy()
    scaled.setDevicePixelRatio(ratio)
    return scaled


def _channels_last(tensor: Array) -> Array:
    is_first = tensor.shape[0] in (1, 3) and tensor.shape[-1] not in (1, 3)
    return tensor.transpose(1, 2, 0) if is_first else tensor


def _bytes(planes: Array, is_picture: bool) -> NDArray[np.uint8]:
    if planes.dtype == np.uint8:
        pixels = planes
    else:
        values = np.asarray(planes, np.float32)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        low, high = (0.0, 255.0) if is_picture else (low, high)
        stretched = (np.where(np.isfinite(values), values, low) - low) * (255.0 / (high - low) if high > low else 0.0)
        pixels = np.where(np.isposinf(values), 255, stretched.clip(0, 255).round()).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels)
