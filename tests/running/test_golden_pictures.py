"""The picture of a golden run: its own bytes, and how it is prepared."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.golden.reading import open_golden
from explorer.network.preprocessing import find_preprocessing
from explorer.running.golden_pictures import picture_bytes, picture_of, preparation
from explorer.running.images import Picture, read_picture
from tests.golden_runs import write_golden
from tests.small_network import picture_pixels, small_network


def test_a_pictures_file_goes_in_as_it_is(tmp_path: Path) -> None:
    Image.fromarray(picture_pixels()).save(tmp_path / "a.JPG", quality=50)
    assert picture_bytes(read_picture(tmp_path / "a.JPG")) == ((tmp_path / "a.JPG").read_bytes(), ".jpg")


def test_a_picture_without_a_file_or_whose_file_has_changed_becomes_a_png_of_its_pixels(tmp_path: Path) -> None:
    pasted = Picture("pasted picture 1", picture_pixels())
    Image.fromarray(picture_pixels()).save(tmp_path / "a.bmp")
    changed = read_picture(tmp_path / "a.bmp")
    Image.fromarray(picture_pixels(seed=1)).save(tmp_path / "a.bmp")
    for picture in (pasted, changed):
        data, ending = picture_bytes(picture)
        assert ending == ".png"
        with Image.open(BytesIO(data)) as image:
            np.testing.assert_array_equal(np.asarray(image), picture.pixels)


def test_a_picture_out_of_a_golden_run_keeps_its_bytes_in_the_next(tmp_path: Path) -> None:
    path = write_golden(tmp_path)
    picture = picture_of(open_golden(path))
    assert picture is not None
    assert picture.path == str(path / "noise.png")
    original = (tmp_path / "noise.png").read_bytes()
    (tmp_path / "noise.png").unlink()
    assert picture_bytes(picture) == (original, ".png")


@pytest.mark.parametrize(
    ("of_network", "chosen", "of_port", "prepared"),
    [
        ("caffe", None, "caffe", None),
        ("caffe", None, "torchvision", None),
        ("caffe", "torchvision", "caffe", "torchvision"),
        ("caffe", "torchvision", "raw", "torchvision"),
    ],
)
def test_a_chosen_preprocessing_goes_for_every_network_and_an_own_one_for_those_that_say_none(
    tmp_path: Path, of_network: str, chosen: str | None, of_port: str, prepared: str | None
) -> None:
    network = small_network(preprocessing=find_preprocessing(of_network))
    run = open_golden(
        write_golden(tmp_path, network, preprocessing=None if chosen is None else find_preprocessing(chosen))
    )
    port = small_network(preprocessing=find_preprocessing(of_port))
    wanted = None if prepared is None else replace(find_preprocessing(prepared), layout="NCHW")
    assert preparation(port, run) == wanted
