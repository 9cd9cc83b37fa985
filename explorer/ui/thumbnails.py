"""Pictures and tensors → small images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from explorer.running.activations import Array


def thumbnail(array: Array, largest: QSize, ratio: float = 1.0) -> QImage:
    """The picture (H×W×3 bytes) or the first tensor of a batch, no larger than ``largest`` × ``ratio`` pixels.

    A tensor's channels are shown as red, green and blue in its own order, from its smallest value (black)
    to its largest (white), so that channels in another order are seen as other colours.
    """
    pixels = array if array.dtype == np.uint8 and array.ndim == 3 else _tensor_pixels(array)
    width, height = round(largest.width() * ratio), round(largest.height() * ratio)
    # Thinned first: smooth scaling of a large photograph would take longer than a frame.
    step = max(1, min(pixels.shape[0] // (4 * height), pixels.shape[1] // (4 * width)))
    thin = np.ascontiguousarray(pixels[::step, ::step])
    image = QImage(thin.data, thin.shape[1], thin.shape[0], 3 * thin.shape[1], QImage.Format.Format_RGB888)
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    # A copy, because the image only borrows the array's memory.
    scaled = image.scaled(width, height, keep, smooth).copy()
    scaled.setDevicePixelRatio(ratio)
    return scaled


def _tensor_pixels(tensor: Array) -> NDArray[np.uint8]:
    values = np.asarray(tensor[0], np.float32)
    if values.shape[0] in (1, 3) and values.shape[-1] not in (1, 3):
        values = values.transpose(1, 2, 0)
    if values.shape[-1] == 1:
        values = np.repeat(values, 3, axis=-1)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / (high - low) if high > low else 0.0)
    return np.ascontiguousarray(np.nan_to_num(scaled)).clip(0, 255).round().astype(np.uint8)
