"""Layer 0: how a picture became the tensor that the original was fed with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.diagnosis.draft import Draft
from explorer.diagnosis.inputs import GivenPicture, InputExplanation, explain_input
from explorer.network import marks
from explorer.network.preprocessing import Preprocessing
from explorer.running.activations import Array
from tests.diagnosis.ports import chain, unary

SIZE = (16, 16)
MEAN = (104.0, 117.0, 123.0)
CAFFE = Preprocessing(order="BGR", mean=MEAN)
UNIT = Preprocessing(scale=1 / 127.5, mean=(1.0,))


def _picture(height: int = 30, width: int = 26, channels: int = 3) -> Any:
    return np.random.default_rng(5).integers(0, 256, (height, width, channels), np.uint8)


PICTURE = _picture()


def _explained(own: Preprocessing, right: Preprocessing, pixels: Any = PICTURE) -> InputExplanation | None:
    return explain_input(GivenPicture(pixels, own, SIZE), right.apply(pixels, SIZE), "data")


def _causes(own: Preprocessing, right: Preprocessing, pixels: Any = PICTURE) -> list[str]:
    """What is found, after it is proved that the corrected way makes the original's tensor."""
    found = _explained(own, right, pixels)
    assert found is not None
    corrected = found.corrected.apply(pixels, SIZE)
    np.testing.assert_allclose(corrected, right.apply(pixels, SIZE), rtol=1e-5, atol=1e-5)
    assert found.residual < 1e-5
    assert all(without > 100 * found.residual for without in found.without)
    return [edit.cause for edit in found.edits]


def _text(own: Preprocessing, right: Preprocessing) -> str:
    found = _explained(own, right)
    assert found is not None
    (edit,) = found.edits
    assert edit.layer == "data"
    return edit.detail


def test_the_same_way_needs_no_correction():
    found = _explained(CAFFE, CAFFE)
    assert found is not None
    assert found.edits == ()
    assert found.corrected == CAFFE


def test_colours_in_another_order_are_found_with_means_that_stay():
    plain = Preprocessing()
    assert _causes(plain, replace(plain, order="BGR")) == ["input-channel-order"]
    assert _text(plain, replace(plain, order="BGR")) == "RGB where BGR is meant"
    assert _causes(replace(CAFFE, order="RGB"), CAFFE) == ["input-channel-order"]


def test_colours_whose_means_turn_with_them_are_one_mistake():
    turned = replace(CAFFE, order="RGB", mean=MEAN[::-1])
    assert _causes(turned, CAFFE) == ["input-channel-order"]


def test_means_in_the_other_order_are_the_means_fault():
    wrong = replace(CAFFE, mean=MEAN[::-1])
    assert _causes(wrong, CAFFE) == ["input-mean"]
    assert _text(wrong, CAFFE) == "the means are in the other order of channels"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ((0.0,), "mean 0 where (104, 117, 123) is meant (in units of the pixels)"),
        ((128.0,), "mean 128 where (104, 117, 123) is meant (in units of the pixels)"),
    ],
)
def test_another_mean_is_found_with_both(wrong: tuple[float, ...], text: str):
    own = replace(CAFFE, mean=wrong)
    assert _causes(own, CAFFE) == ["input-mean"]
    assert _text(own, CAFFE) == text


def test_a_fitted_mean_is_written_in_round_numbers():
    found = _explained(replace(CAFFE, mean=(0.0,)), CAFFE)
    assert found is not None
    assert found.corrected.mean == MEAN
    assert found.corrected.std == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("own", "right"),
    [
        (Preprocessing(), Preprocessing(scale=1 / 255)),
        (Preprocessing(scale=1 / 255), Preprocessing()),
        (replace(UNIT, scale=1 / 255, mean=(0.5,)), UNIT),
    ],
)
def test_another_scale_is_found(own: Preprocessing, right: Preprocessing):
    assert _causes(own, right) == ["input-scale"]


def test_another_scale_is_told_with_both_factors():
    assert _text(Preprocessing(), Preprocessing(scale=1 / 255)) == "values × 1 where × 0.0039216 is meant"


def test_a_preprocessing_that_is_applied_twice_is_told_so():
    twice = replace(UNIT, scale=UNIT.scale**2, mean=(UNIT.scale + 1,))
    assert _causes(twice, UNIT) == ["input-scale"]
    assert _text(twice, UNIT).startswith("the preprocessing is applied twice: ")
    assert _text(UNIT, twice).startswith("the original was fed with pixels prepared twice: ")


def test_another_scale_and_another_mean_are_two_mistakes():
    assert _causes(Preprocessing(), UNIT) == ["input-scale", "input-mean"]


def test_deviations_by_channel_are_found_with_the_means():
    usual = Preprocessing(scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    causes = _causes(Preprocessing(scale=1 / 255), usual)
    assert causes == ["input-scale", "input-mean"]


@pytest.mark.parametrize(
    "right",
    [
        replace(CAFFE, interpolation="nearest"),
        replace(CAFFE, interpolation="bicubic"),
        replace(CAFFE, antialias=False),
        replace(CAFFE, antialias=False, coordinates="align-corners"),
        replace(CAFFE, fit="shorter", shorter_side=16),
        replace(CAFFE, fit="shorter", shorter_side=256, central_fraction=0.875, antialias=False),
        replace(CAFFE, central_fraction=0.875),
    ],
)
def test_another_way_of_resizing_is_found(right: Preprocessing):
    assert _causes(CAFFE, right) == ["input-resize"]


def test_another_way_of_resizing_is_told_in_words():
    assert _text(CAFFE, replace(CAFFE, central_fraction=0.875)) == (
        "resized to the network's size, bilinear, smoothed where the original does: "
        "resized to the network's size, bilinear, smoothed, of the middle 0.875"
    )


def test_a_picture_on_its_side_is_found_both_ways():
    turned = replace(CAFFE, transposed=True)
    assert _causes(turned, CAFFE) == ["input-transposed"]
    assert _causes(CAFFE, turned) == ["input-transposed"]


def test_several_mistakes_at_once_are_told_one_by_one():
    wrong = Preprocessing(transposed=True, interpolation="nearest")
    right = replace(CAFFE, scale=0.5)
    assert _causes(wrong, right) == [
        "input-transposed",
        "input-resize",
        "input-channel-order",
        "input-scale",
        "input-mean",
    ]


def test_channels_last_make_no_difference():
    own = replace(CAFFE, layout="NHWC", mean=(0.0,))
    found = explain_input(GivenPicture(PICTURE, own, SIZE), replace(CAFFE, layout="NHWC").apply(PICTURE, SIZE), "data")
    assert found is not None
    assert [edit.cause for edit in found.edits] == ["input-mean"]


def test_noise_comes_from_no_picture():
    noise = np.random.default_rng(1).standard_normal((1, 3, *SIZE)).astype(np.float32)
    assert explain_input(GivenPicture(PICTURE, CAFFE, SIZE), noise, "data") is None


def test_grey_inputs_and_several_pictures_are_not_explained():
    grey = Preprocessing(order="GRAY")
    assert explain_input(GivenPicture(PICTURE, grey, SIZE), grey.apply(PICTURE, SIZE), "data") is None
    two = np.concatenate([CAFFE.apply(PICTURE, SIZE)] * 2)
    assert explain_input(GivenPicture(PICTURE, CAFFE, SIZE), two, "data") is None


def _grey() -> Array:
    return np.repeat(_picture(channels=1), 3, axis=2)


def test_on_a_grey_picture_another_order_and_other_means_are_told_as_indistinguishable():
    found = _explained(replace(CAFFE, mean=MEAN[::-1]), CAFFE, _grey())
    assert found is not None
    assert [edit.cause for edit in found.edits] == ["input-mean"]
    assert found.equals == (("input-channel-order",),)
    assert found.decides == ("a picture in colour would tell the channels apart",)


def test_on_a_grey_picture_an_order_that_changes_nothing_is_not_found():
    found = _explained(Preprocessing(), Preprocessing(order="BGR"), _grey())
    assert found is not None
    assert found.edits == ()


def test_on_a_picture_of_one_colour_scale_and_mean_are_told_as_indistinguishable():
    flat = np.full((30, 26, 3), (10, 90, 200), np.uint8)
    found = _explained(replace(CAFFE, mean=(0.0,)), CAFFE, flat)
    assert found is not None
    assert [edit.cause for edit in found.edits] == ["input-mean"]
    assert found.equals == (("input-scale",),)
    assert found.decides == ("a picture that is not one colour would tell scale from mean",)


def test_corrections_are_written_into_the_networks_own_recipe():
    network = chain((3, *SIZE), unary("relu1", "Relu"), preprocessing=replace(CAFFE, mean=(0.0,)))
    found = _explained(replace(CAFFE, mean=(0.0,)), CAFFE)
    assert found is not None
    draft = Draft.of_network(network)
    for edit in found.edits:
        edit.apply(draft)
    record = json.loads(draft.model.metadata_props[marks.PREPROCESSING])
    assert Preprocessing.from_json(record) == found.corrected
    assert json.loads(network.model.metadata_props[marks.PREPROCESSING])["mean"] == [0.0]


def test_a_network_that_says_nothing_gets_the_ports_recipe_with_the_corrections():
    network = chain((3, *SIZE), unary("relu1", "Relu"))
    found = _explained(replace(CAFFE, order="RGB"), CAFFE)
    assert found is not None
    draft = Draft.of_network(network)
    for edit in found.edits:
        edit.apply(draft)
    assert Preprocessing.from_json(json.loads(draft.model.metadata_props[marks.PREPROCESSING])) == CAFFE
