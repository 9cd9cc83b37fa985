"""What a camera, a scanner or a file format does to a picture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.drawings.backgrounds import Pixels, soft_noise

Random = np.random.Generator


def add_noise(rng: Random, image: Image.Image) -> NDArray[np.uint8]:
    """Some of: blur, uneven light, grain, contrast, JPEG's blocks; often nothing at all."""
    side = image.width
    if rng.random() < 0.14:
        image = image.filter(ImageFilter.GaussianBlur(side * rng.uniform(0.001, 0.007)))
    if rng.random() < 0.5:
        return np.asarray(image)
    pixels: Pixels = np.asarray(image).astype(np.float32)
    if rng.random() < 0.3:
        pixels *= 1 + np.float32(rng.uniform(0.05, 0.25)) * soft_noise(rng, side, 3)[..., None]
    if rng.random() < 0.3:
        contrast, level = rng.uniform(0.55, 1.15), rng.uniform(-25, 25)
        pixels = (pixels - 128) * np.float32(contrast) + np.float32(128 + level)
    if rng.random() < 0.55:
        grain = rng.standard_normal((side, side, 1 if rng.random() < 0.5 else 3), np.float32)
        pixels += grain * np.float32(rng.uniform(2, 18))
    if rng.random() < 0.1:
        grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
        pixels = np.repeat(grey[..., None], 3, 2)
    result = pixels.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        stored = io.BytesIO()
        Image.fromarray(result).save(stored, "JPEG", quality=int(rng.integers(25, 90)))
        result = np.asarray(Image.open(stored).convert("RGB"))
    return result
