"""Picture → tensor, step by step."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.network.preprocessing import (
    Preprocessing,
    find_preprocessing,
    preset_names,
    read_preprocessing,
    write_preprocessing,
)
from explorer.network.preprocessing_fields import USUAL, Step
from explorer.network.resampling import resize_sampled


def ramp(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows + columns], axis=2).astype(np.uint8)


def test_the_four_presets_come_with_the_program() -> None:
    assert preset_names() == ("caffe", "inception", "raw", "torchvision")


def test_caffes_preset_turns_to_bgr_and_subtracts_its_mean() -> None:
    picture = np.full((300, 400, 3), (10, 20, 30), np.uint8)
    tensor = find_preprocessing("caffe").apply(picture, (224, 224))
    assert tensor.shape == (1, 3, 224, 224)
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor[0, :, 5, 7], [30 - 104, 20 - 117, 10 - 123])


def test_caffes_preset_brings_the_shorter_side_to_256_and_crops_the_middle() -> None:
    steps = find_preprocessing("caffe").steps(ramp(128, 192), (227, 227))
    assert [stage.caption for stage in steps[:3]] == ["picture 192×128", "resized 384×256", "cropped 227×227"]
    resized, cropped = steps[1].array, steps[2].array
    np.testing.assert_array_equal(cropped, resized[14 : 14 + 227, 78 : 78 + 227])


def test_a_network_that_takes_more_than_the_preset_gets_a_larger_picture() -> None:
    assert find_preprocessing("caffe").apply(ramp(100, 200), (331, 331)).shape == (1, 3, 331, 331)


def test_inceptions_preset_scales_to_one_and_lays_its_corners_as_tensorflow_did() -> None:
    preset = find_preprocessing("inception")
    picture = np.full((320, 320, 3), 255, np.uint8)
    np.testing.assert_allclose(preset.apply(picture, (299, 299)), 1, atol=1e-6)
    assert preset.steps(picture, (299, 299))[1].caption == "middle part 280×280"


def test_torchvisions_preset_standardises_each_channel() -> None:
    picture = np.full((256, 256, 3), (255, 0, 128), np.uint8)
    tensor = find_preprocessing("torchvision").apply(picture, (224, 224))
    expected = [(1 - 0.485) / 0.229, (0 - 0.456) / 0.224, (128 / 255 - 0.406) / 0.225]
    np.testing.assert_allclose(tensor[0, :, 0, 0], expected, rtol=1e-5)


def test_raw_leaves_values_alone_and_nhwc_puts_channels_last() -> None:
    picture = ramp(5, 5)
    tensor = replace(find_preprocessing("raw"), layout="NHWC").apply(picture, (5, 5))
    np.testing.assert_array_equal(tensor[0], picture)


def test_a_picture_too_thin_to_bring_to_size_is_refused_before_it_takes_memory() -> None:
    thin = np.zeros((1, 65_000, 3), np.uint8)
    with pytest.raises(PortsideError, match="65000×1 pixels would become 16640000×256"):
        find_preprocessing("caffe").apply(thin, (224, 224))


def test_gray_is_luma() -> None:
    picture = np.full((4, 4, 3), (100, 50, 200), np.uint8)
    tensor = Preprocessing(order="GRAY").apply(picture, (4, 4))
    assert tensor.shape == (1, 1, 4, 4)
    np.testing.assert_allclose(tensor, 0.299 * 100 + 0.587 * 50 + 0.114 * 200, rtol=1e-6)


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ("half-pixel", [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]),
        ("asymmetric", [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]),
        ("align-corners", [0, 3 / 7, 6 / 7, 9 / 7, 12 / 7, 15 / 7, 18 / 7, 3]),
    ],
)
def test_sampling_follows_each_frameworks_coordinates(coordinates, expected) -> None:
    row = np.arange(4, dtype=np.float32).reshape(1, 4, 1)
    sampled = resize_sampled(row, (1, 8), "bilinear", coordinates)[0, :, 0]
    np.testing.assert_allclose(sampled, expected, atol=1e-6)


def test_a_description_survives_json() -> None:
    for name in preset_names():
        preset = find_preprocessing(name)
        assert Preprocessing.from_json(json.loads(json.dumps(preset.to_json()))) == preset


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ('{"order": "GBR"}', ["order", "GBR", "RGB"]),
        ('{"colour": "BGR"}', ["colour", "order"]),
        ('{"mean": [1, 2]}', ["mean"]),
        ('{"std": [1, 0, 1]}', ["std"]),
        ('{"scale": NaN}', ["scale"]),
        ('{"shorter_side": 1000000}', ["shorter_side"]),
        ('{"crop": "left"}', ["crop", "top-left"]),
        ('{"sequence": ["turn", "turn"]}', ["sequence", "turn, turn", "each of turn, middle"]),
        ('{"sequence": [1]}', ["sequence"]),
        ("[1]", ["object"]),
        ("{", ["JSON"]),
        ("[" * 60_000, ["JSON"]),
    ],
)
def test_a_wrong_description_is_one_sentence(tmp_path: Path, text: str, mentions: list[str]) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(PortsideError) as caught:
        find_preprocessing(str(path))
    assert [word for word in ["mine.json", *mentions] if word not in str(caught.value)] == []


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(PortsideError, match=r"'cafe'.*caffe, inception, raw, torchvision"):
        find_preprocessing("cafe")


def test_the_references_input_is_made_from_the_jpeg_to_the_last_bit(shared: Path) -> None:
    from explorer.running.images import read_picture

    for folder, size in (("squeezenet-v1.1", 227), ("googlenet-random", 224)):
        pixels = read_picture(shared / "references" / "cat.jpg").pixels
        theirs = np.load(shared / "references" / folder / "cat.npz")["data"]
        np.testing.assert_array_equal(find_preprocessing("caffe").apply(pixels, (size, size)), theirs)


def test_the_steps_are_done_in_another_order_where_it_is_said() -> None:
    picture = np.full((4, 4, 3), (10, 20, 30), np.uint8)
    first: tuple[Step, ...] = ("mean", "scale", "channels", "turn", "middle", "resize", "crop", "std")
    recipe = Preprocessing(order="BGR", mean=(1.0, 2.0, 3.0), scale=0.5, sequence=first)
    np.testing.assert_allclose(recipe.apply(picture, (4, 4))[0, :, 0, 0], [13.5, 9, 4.5])
    usual = replace(recipe, sequence=USUAL)
    np.testing.assert_allclose(usual.apply(picture, (4, 4))[0, :, 0, 0], [14, 8, 2])
    assert (recipe.arithmetic(), usual.arithmetic()) == ("(RGB − (1, 2, 3)) × 0.5 → BGR", "BGR × 0.5 − (1, 2, 3)")
    steps = [stage.step for stage in recipe.steps(picture, (4, 4))]
    assert steps == ["picture", "mean", "scale", "channels", "resize", "tensor"]


def test_values_that_were_calculated_with_are_resized_in_single_precision() -> None:
    picture = ramp(9, 9)
    recipe = replace(find_preprocessing("raw"), scale=0.5, sequence=("scale", *(s for s in USUAL if s != "scale")))
    made = recipe.apply(picture, (4, 4))
    assert np.abs(made - 0.5 * find_preprocessing("raw").apply(picture, (4, 4))).max() <= 0.25
    assert (made % 0.5 != 0).any()


@pytest.mark.parametrize(
    ("place", "corner"),
    [
        ("centre", (1, 2)),
        ("top-left", (0, 0)),
        ("top-right", (0, 4)),
        ("bottom-left", (2, 0)),
        ("bottom-right", (2, 4)),
    ],
)
def test_a_crop_is_taken_from_its_place(place, corner) -> None:
    tensor = Preprocessing(fit="none", crop=place).apply(ramp(6, 8), (4, 4))
    assert tuple(tensor[0, :2, 0, 0]) == corner


def test_what_earlier_versions_do_not_know_is_only_written_where_it_is_said() -> None:
    assert not {"crop", "sequence"} & find_preprocessing("caffe").to_json().keys()
    said = Preprocessing(crop="top-left", sequence=tuple(reversed(USUAL)))
    assert {"crop", "sequence"} <= said.to_json().keys()
    assert Preprocessing.from_json(json.loads(json.dumps(said.to_json()))) == said


def test_a_description_is_written_under_the_files_name_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    write_preprocessing(find_preprocessing("torchvision"), path)
    assert read_preprocessing(path) == replace(find_preprocessing("torchvision"), name="mine")
    path.write_text(" " * 70_000)
    with pytest.raises(PortsideError, match=r"mine\.json: too large"):
        read_preprocessing(path)


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        (Preprocessing(interpolation="bicubic", antialias=False), "bicubic is only done with antialias"),
        (Preprocessing(order="GRAY", mean=(1.0, 2.0, 3.0)), "3 means for one channel: a grey picture takes one"),
        (Preprocessing(order="GRAY", std=(1.0, 2.0, 3.0)), "3 standard deviations for one channel"),
        (Preprocessing(fit="none"), "the picture is 3×3 after preprocessing, the network takes 4×4"),
        (
            Preprocessing(central_fraction=0.5, sequence=("resize", *(s for s in USUAL if s != "resize"))),
            "the picture is 2×2 after preprocessing, the network takes 4×4",
        ),
    ],
)
def test_steps_that_do_not_go_together_are_refused(recipe: Preprocessing, text: str) -> None:
    with pytest.raises(PortsideError, match=text):
        recipe.apply(ramp(3, 3), (4, 4))


def test_a_grey_picture_takes_three_means_before_it_is_grey() -> None:
    first: tuple[Step, ...] = ("mean", *(step for step in USUAL if step != "mean"))
    recipe = Preprocessing(order="GRAY", mean=(10.0, 20.0, 30.0), sequence=first)
    picture = np.full((2, 2, 3), (10, 20, 40), np.uint8)
    np.testing.assert_allclose(recipe.apply(picture, (2, 2)), np.full((1, 1, 2, 2), 1.14), rtol=1e-5)
