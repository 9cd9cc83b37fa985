from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, ints, random

COORDINATES = [
    "half_pixel",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "half_pixel_symmetric",
    "tf_half_pixel_for_nn",
]
NEAREST = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

# onnxruntime places the samples of an interpolation in float32: some 1e-7 of a coordinate up to ten. A field far
# from zero keeps that from growing where weighted neighbours cancel.
WITHIN = 5e-6


def field(*shape: int) -> np.ndarray[Any, Any]:
    return random(*shape) + np.float32(3)


length = st.integers(1, 10)
factor = st.sampled_from([0.25, 0.3, 0.5, 0.6, 2 / 3, 0.75, 1.0, 1.3, 1.5, 2.0, 2.5, 3.0, 3.7])


def scales(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, np.float32)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@settings(max_examples=60)
@given(st.sampled_from(COORDINATES), st.sampled_from(NEAREST), length, length, factor, factor, st.booleans())
def test_scaling_agrees(
    mode: str, coordinates: str, nearest: str, height: int, width: int, up: float, along: float, exclude: bool
) -> None:
    if min(int(np.float32(up) * height), int(np.float32(along) * width)) < 1:
        return
    attributes: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": coordinates}
    attributes |= {"nearest_mode": nearest} if mode == "nearest" else {}
    attributes |= {"exclude_outside": int(exclude), "cubic_coeff_a": -0.6} if mode == "cubic" else {}
    x = field(1, 2, height, width)
    assert_agrees("Resize", [x, None, scales(1, 1, up, along)], attributes, opset=13, within=WITHIN)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@settings(max_examples=60)
@given(st.sampled_from(COORDINATES), st.sampled_from(NEAREST), length, length, length, length)
def test_resizing_agrees(
    mode: str, coordinates: str, nearest: str, height: int, width: int, tall: int, wide: int
) -> None:
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates, "nearest_mode": nearest}
    x = field(1, 2, height, width)
    assert_agrees("Resize", [x, None, None, ints(1, 2, tall, wide)], attributes, opset=13, within=WITHIN)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
@settings(max_examples=60)
@given(st.sampled_from(COORDINATES[:4]), length, length, length, length, st.booleans())
def test_antialiased_resizing_agrees(
    mode: str, coordinates: str, height: int, width: int, tall: int, wide: int, exclude: bool
) -> None:
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": coordinates,
        "antialias": 1,
        "exclude_outside": int(exclude),
    }
    x = field(1, 2, height, width)
    assert_agrees("Resize", [x, None, None, ints(1, 2, tall, wide)], attributes, opset=19, within=WITHIN)


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@settings(max_examples=30)
@given(
    st.lists(st.floats(-0.25, 0.75, width=32), min_size=2, max_size=2),
    st.lists(st.floats(0.25, 1, width=32), min_size=2, max_size=2),
    length,
    length,
)
def test_cropping_agrees(mode: str, starts: list[float], lengths: list[float], tall: int, wide: int) -> None:
    ends = [start + size for start, size in zip(starts, lengths, strict=True)]
    roi = np.array([0, 0, *starts, 1, 1, *ends], np.float32)
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": "tf_crop_and_resize",
        "extrapolation_value": 7.5,
        "nearest_mode": "round_prefer_ceil",
    }
    x = field(1, 2, 6, 9)
    assert_agrees("Resize", [x, roi, None, ints(1, 2, tall, wide)], attributes, opset=13, within=WITHIN)


@pytest.mark.parametrize("policy", ["stretch", "not_larger", "not_smaller"])
@pytest.mark.parametrize("sizes", [(7, 7), (3, 20), (13, 9)])
def test_aspect_is_kept_where_asked_for(policy: str, sizes: tuple[int, int]) -> None:
    attributes = {"mode": "linear", "keep_aspect_ratio_policy": policy, "axes": [2, 3]}
    inputs = [field(1, 2, 5, 9), None, None, ints(*sizes)]
    assert_agrees("Resize", inputs, attributes, opset=18, within=WITHIN)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@settings(max_examples=20)
@given(length, length, st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_upsampling_agrees_in_all_its_forms(mode: str, height: int, width: int, up: float) -> None:
    x = field(1, 2, height, width)
    attributes = {"mode": mode}
    assert_agrees("Upsample", [x], attributes | {"scales": [1.0, 1.0, up, 2.0]}, opset=7, within=WITHIN)
    assert_agrees("Upsample", [x, scales(1, 1, up, 2)], attributes, opset=9, within=WITHIN)
    assert_agrees("Resize", [x, scales(1, 1, up, 0.75)], attributes, opset=10, within=WITHIN)


def test_other_ranks_agree() -> None:
    for mode in ("nearest", "linear"):
        attributes = {"mode": mode}
        assert_agrees("Resize", [field(4, 5), None, scales(2, 1.5)], attributes, within=WITHIN)
        assert_agrees("Resize", [field(1, 2, 3, 4, 5), None, scales(1, 1, 2, 1.5, 0.75)], attributes, within=WITHIN)
    attributes = {"mode": "nearest"}
    assert_agrees("Resize", [field(2, 3, 5), None, scales(1, 2, 1.5)], attributes, within=WITHIN)


def test_bilinear_doubling_by_hand() -> None:
    x = np.array([[1.0, 2.0, 4.0]])
    halves = in_double("Resize", [x, None, scales(1, 2)], {"mode": "linear"})
    assert halves.tolist() == [[1, 1.25, 1.75, 2.5, 3.5, 4]]
    corners = in_double(
        "Resize",
        [x, None, None, ints(1, 5)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
    )
    assert corners.tolist() == [[1, 1.5, 2, 3, 4]]
    plain = in_double(
        "Resize", [x, None, scales(1, 2)], {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
    )
    assert plain.tolist() == [[1, 1.5, 2, 3, 4, 4]]


def test_middle_between_two_elements_is_found_in_spite_of_rounding() -> None:
    # 20 / 6 is no float32: the second and the fifth place are 4.5 and 14.5, and in float32 not quite.
    attributes = {"mode": "nearest", "nearest_mode": "round_prefer_ceil"}
    result = in_double("Resize", [np.arange(20.0)[None], None, None, ints(1, 6)], attributes)
    assert result.tolist() == [[1, 5, 8, 11, 15, 18]]


def test_scale_too_small_to_add_an_element_changes_nothing() -> None:
    x = np.array([[1.0, 2.0]], np.float32)
    assert in_double("Resize", [x, None, scales(1, 1.3)], {"mode": "linear"}).tolist() == [[1, 2]]
    attributes = {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
    moved = in_double("Resize", [x.repeat(2, axis=0), None, scales(2, 1.3)], attributes)
    np.testing.assert_allclose(moved[0], [1, 1 + 1 / np.float32(1.3).astype(float)], rtol=1e-15)


def test_size_is_the_product_cut_in_float32() -> None:
    # 2.3 is 2.29999995 in float32, yet ten times that is 23 there, and 22 in exact arithmetic.
    assert in_double("Resize", [random(1, 10), None, scales(1, 2.3)], {"mode": "linear"}).shape == (1, 23)


@pytest.mark.parametrize(
    ("inputs", "attributes", "reason"),
    [
        ([random(1, 4)], {}, "neither scales nor sizes"),
        ([random(1, 4), None, scales(1, -2)], {}, "a scale of -2.0 is impossible"),
        ([random(1, 4), None, scales(1, 2)], {"mode": "best"}, "the mode 'best' of interpolation is unknown"),
        ([random(1, 4), None, scales(1, 2)], {"nearest_mode": "x"}, "the rounding 'x' to the nearest is unknown"),
        (
            [random(1, 4), None, scales(1, 2)],
            {"coordinate_transformation_mode": "corner"},
            "the coordinate transformation 'corner' is unknown",
        ),
        ([random(1, 4), None, None, ints(2**20, 2**20)], {}, "too large"),
        (
            [random(1, 4), None, scales(1, 2)],
            {"coordinate_transformation_mode": "tf_crop_and_resize"},
            "the region of interest is missing",
        ),
    ],
)
def test_impossible_request_is_named(inputs: list[Any], attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PortsideError, match=reason):
        in_double("Resize", inputs, attributes)
