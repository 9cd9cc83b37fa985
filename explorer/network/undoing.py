"""From a network's input back to the picture that it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.network.pixel_steps import LUMA
from explorer.network.preprocessing_fields import CALCULATING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.network.preprocessing import Preprocessing


def linear(recipe: Preprocessing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the recipe does to the values: a factor and an offset for each channel of the tensor, in its order."""
    import numpy as np

    factor, offset = np.ones(3), np.zeros(3)
    for step in recipe.done:
        if step == "channels" and recipe.order == "BGR":
            factor, offset = factor[::-1], offset[::-1]
        elif step == "channels":
            # A grey of unlike factors has none of its own: the picture's own colours decide.
            factor, offset = factor.mean(keepdims=True), (offset @ np.array(LUMA))[None]
        elif step == "mean":
            offset = offset - np.asarray(recipe.mean)
        elif step in CALCULATING:
            number = recipe.scale if step == "scale" else 1 / np.asarray(recipe.std)
            factor, offset = factor * number, offset * number
    return factor, offset


def undone(recipe: Preprocessing, tensor: NDArray[Any]) -> NDArray[np.float32]:
    """The picture that the recipe would have made a tensor of, as far as values go: H×W×3, RGB, of the first picture.

    Values beyond 0–255 stay, for they are what is wrong with a tensor.
    """
    import numpy as np

    values = np.asarray(tensor[0] if recipe.layout == "NHWC" else tensor[0].transpose(1, 2, 0), np.float64)
    factor, offset = linear(recipe)
    pixels = (values - offset) / np.where(factor == 0, 1, factor)
    if recipe.order == "GRAY":
        pixels = np.repeat(pixels, 3, axis=2)
    return (pixels[..., ::-1] if recipe.order == "BGR" else pixels).astype(np.float32)
