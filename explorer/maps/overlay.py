"""A class's map laid over the picture that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.running.activations import Array

OPACITY = 0.8
"""How much of the picture the strongest place hides, unless another share is asked for."""

GREY = 0.7
"""How far the picture's own colours are taken back, so that those of the map are alone in meaning something."""

LUMA = (0.299, 0.587, 0.114)
"""ITU-R 601-2."""


def laid_over(
    picture: NDArray[np.uint8], values: Array, opacity: float = OPACITY, most: float | None = None
) -> NDArray[np.uint8]:
    """The picture (H×W×3, RGB) in pale colours under the map's: red where it is positive, blue where it is negative.

    Colours cover in proportion to the value's distance from zero; at ``most`` (None: the largest distance there is)
    they hide the share ``opacity``. Where the map is NaN the picture is bare.
    """
    import numpy as np

    from explorer.maps.class_maps import largest, spread
    from explorer.maps.colour_maps import LEVELS, ramp_colours

    wide = spread(values, picture.shape[:2]).astype(np.float64)
    most = largest(values) if most is None else most
    share = np.nan_to_num(wide / most if most > 0 else np.zeros_like(wide)).clip(-1, 1)
    # The ramp of differences has the colour of ours, blue, above zero; here warm is where a class is seen.
    places = np.round((1 - share) / 2 * (LEVELS - 1)).astype(np.intp)
    colours = ramp_colours("signed")[places].astype(np.float64)
    pale = picture.astype(np.float64)
    pale += GREY * ((pale @ np.array(LUMA))[..., None] - pale)
    cover = (opacity * np.abs(share))[..., None]
    mixed: NDArray[np.uint8] = np.floor(pale * (1 - cover) + colours * cover + 0.5).astype(np.uint8)
    return mixed
