"""What SSD and DeepLab added to Caffe, against their loops written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import naive_caffe
from tests.caffe_forward import forward, layer, noise, refusal

PICTURE = noise(1, 3, 30, 40)


def priors(folder: Path, parameters: str, cells: tuple[int, int] = (3, 4)) -> np.ndarray:
    inputs = {"map": noise(1, 2, *cells), "data": PICTURE}
    return forward(folder, layer("PriorBox", f"prior_box_param {{ {parameters} }}", bottom="map data"), inputs)["y"]


def test_boxes_have_min_size_the_mean_size_and_each_ratio_both_ways(tmp_path: Path) -> None:
    given = priors(tmp_path, "min_size: 6 max_size: 15 aspect_ratio: 2 aspect_ratio: 3 aspect_ratio: 0.5 variance: 0.2")
    exact = naive_caffe.prior_boxes((3, 4), (30, 40), (10, 10), [(6, 15)], [2, 0.5, 3, 1 / 3], 0.5)
    assert given.shape == (1, 2, 3 * 4 * 6 * 4)
    np.testing.assert_allclose(given[0, 0], exact, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given[0, 1], 0.2, rtol=1e-6)


def test_several_sizes_are_cut_to_whole_pixels_and_follow_each_other(tmp_path: Path) -> None:
    given = priors(tmp_path, "min_size: 4.9 min_size: 9 aspect_ratio: 2 flip: false step: 7 offset: 0.25 img_size: 50")
    exact = naive_caffe.prior_boxes((3, 4), (50, 50), (7, 7), [(4, 0), (9, 0)], [2], 0.25)
    np.testing.assert_allclose(given[0, 0], exact, rtol=1e-5, atol=1e-6)


def test_boxes_may_be_clipped_and_have_four_variances(tmp_path: Path) -> None:
    variances = "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.3"
    given = priors(tmp_path, f"min_size: 20 clip: true step_h: 10 step_w: 8 img_h: 30 img_w: 40 {variances}")
    exact = naive_caffe.prior_boxes((3, 4), (30, 40), (10, 8), [(20, 0)], [], 0.5)
    np.testing.assert_allclose(given[0, 0], exact.clip(0, 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given[0, 1].reshape(-1, 4), np.tile([0.1, 0.1, 0.2, 0.3], (12, 1)), rtol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "size", "cut"),
    [
        ("height: 9 width: 4", (9, 4), 0),
        ("height: 1 width: 1", (1, 1), 0),
        ("zoom_factor: 3", (16, 19), 0),
        ("shrink_factor: 2", (3, 4), 0),
        ("zoom_factor: 2 pad_beg: -1 pad_end: -1", (7, 9), 1),
        ("height: 6 width: 7", (6, 7), 0),
    ],
)
def test_interpolation_puts_corners_on_corners(
    tmp_path: Path, parameters: str, size: tuple[int, int], cut: int
) -> None:
    x = noise(2, 3, 6, 7)
    y = forward(tmp_path, layer("Interp", f"interp_param {{ {parameters} }}"), x)["y"]
    inside = x[:, :, cut : 6 - cut, cut : 7 - cut].astype(np.float64)
    np.testing.assert_allclose(y, naive_caffe.interpolate(inside, *size), rtol=1e-4, atol=1e-5)


def test_upsample_repeats_rows_and_columns(tmp_path: Path) -> None:
    x = noise(2, 3, 4, 5)
    y = forward(tmp_path, layer("Upsample", "upsample_param { scale: 3 }"), x)["y"]
    np.testing.assert_array_equal(y, x.repeat(3, axis=2).repeat(3, axis=3))


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        (layer("Interp"), "interp_param"),
        (layer("Interp", "interp_param { height: 4 }"), "no size"),
        (layer("Interp", "interp_param { zoom_factor: 0 }"), "no sense"),
        (layer("Interp", "interp_param { zoom_factor: 2 pad_beg: 1 }"), "negative"),
        (layer("Interp", "interp_param { zoom_factor: 2 pad_beg: -20 }"), "leaves nothing"),
        (layer("Upsample", "upsample_param { scale: 1.5 }"), "1.5 times"),
        (layer("Upsample", "upsample_param { scale: 2 }", bottom="data data"), "that a pooling took"),
        (layer("PriorBox", "prior_box_param { }", bottom="data data"), "no sense"),
        (layer("PriorBox", "prior_box_param { min_size: 9 max_size: 9 }", bottom="data data"), "not above"),
        (layer("PriorBox", "prior_box_param { min_size: nan }", bottom="data data"), "no sense"),
        (layer("PriorBox", "prior_box_param { min_size: 9 aspect_ratio: 0 }", bottom="data data"), "aspect ratio"),
        (layer("PriorBox", "prior_box_param { min_size: 9 variance: -1 }", bottom="data data"), "variance"),
        (layer("PriorBox", "prior_box_param { min_size: 9 reduce_boxes: true }", bottom="data data"), "reduce_boxes"),
        (layer("PriorBox", "prior_box_param { min_size: 9 step: -3 }", bottom="data data"), "not positive"),
    ],
)
def test_a_detection_layer_that_fits_nothing_is_refused_by_name(tmp_path: Path, text: str, mentions: str) -> None:
    message = refusal(tmp_path, text, (1, 3, 6, 7))
    assert "layer 'y'" in message
    assert mentions in message
