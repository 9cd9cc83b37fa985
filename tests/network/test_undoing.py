from dataclasses import replace

import numpy as np

from explorer.network.preprocessing import Preprocessing, find_preprocessing, preset_names
from explorer.network.preprocessing_fields import USUAL
from explorer.network.undoing import undone
from tests.network.test_preprocessing import ramp


def test_what_a_tensor_was_made_of_is_found_again() -> None:
    picture = ramp(5, 7)
    for name in preset_names():
        recipe = find_preprocessing(name)
        seen = recipe.resized(picture, (5, 5))
        np.testing.assert_allclose(undone(recipe, recipe.apply(picture, (5, 5))), seen, atol=1e-3)
    # Resized as numbers, and no longer as bytes, which are rounded.
    nhwc = replace(find_preprocessing("caffe"), layout="NHWC", sequence=("mean", *(s for s in USUAL if s != "mean")))
    np.testing.assert_allclose(undone(nhwc, nhwc.apply(picture, (5, 5))), nhwc.resized(picture, (5, 5)), atol=0.5)
    gray = Preprocessing(order="GRAY", mean=(10.0,), scale=0.5)
    np.testing.assert_allclose(
        undone(gray, gray.apply(picture, (5, 7)))[..., 0], picture @ np.array([0.299, 0.587, 0.114]), atol=1e-3
    )
