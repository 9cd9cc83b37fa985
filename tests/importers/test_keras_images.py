"""Keras' layers that resize and prepare pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests import naive_keras
from tests.keras_files import (
    apply,
    first,
    functional,
    input_layer,
    last,
    layer,
    noise,
    open_keras,
    values_of,
    write_json,
    write_whole,
)

RESULT: Any = {"rtol": 1e-4, "atol": 2e-5}

X = noise(2, 5, 6, 3)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_upsampling_repeats_every_position(tmp_path: Path, version: int) -> None:
    y = apply(tmp_path, "UpSampling2D", {"size": [2, 3]}, X, version=version)
    np.testing.assert_array_equal(y, X.repeat(2, 1).repeat(3, 2))


def test_upsampling_of_one_and_three_axes(tmp_path: Path) -> None:
    x = noise(2, 4, 3)
    np.testing.assert_array_equal(apply(tmp_path, "UpSampling1D", {"length": 3}, x, version=1), x.repeat(3, 1))
    x = noise(1, 2, 3, 2, 3)
    y = apply(tmp_path, "UpSampling3D", {"size": [1, 2, 3]}, x)
    np.testing.assert_array_equal(y, x.repeat(2, 2).repeat(3, 3))


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_upsampling_in_between_takes_half_pixels(tmp_path: Path, method: str) -> None:
    y = apply(tmp_path, "UpSampling2D", {"size": [2, 3], "interpolation": method}, X, version=3)
    np.testing.assert_allclose(y, naive_keras.resize(X, (10, 18), method), **RESULT)


@pytest.mark.parametrize(
    ("version", "backend", "half_pixel"),
    [
        ("2.2.4", "tensorflow", False),
        ("2.2.4", "theano", False),
        ("2.3.1", "tensorflow", True),
        ("2.2.4-tf", "tensorflow", True),
    ],
)
def test_older_backends_placed_their_points_otherwise(
    tmp_path: Path, version: str, backend: str, half_pixel: bool
) -> None:
    config = {"size": [2, 2], "interpolation": "bilinear", "data_format": "channels_last"}
    record = functional([input_layer("x", 5, 6, 3), layer("UpSampling2D", "y", config, "x")], ["y"])
    network = open_keras(write_json(tmp_path, record, keras_version=version, backend=backend))
    y = last(values_of(network, first(X))["y"])
    np.testing.assert_allclose(y, naive_keras.resize(X, (10, 12), "bilinear", half_pixel=half_pixel), **RESULT)
    assert any("TensorFlow 1" in note for note in network.source.notes) == (version == "2.2.4" and backend != "theano")


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(7, 11), (3, 4), (5, 9)])
def test_resizing_is_tensorflows(tmp_path: Path, method: str, size: tuple[int, int]) -> None:
    config = {"height": size[0], "width": size[1], "interpolation": method}
    y = apply(tmp_path, "Resizing", config, X)
    np.testing.assert_allclose(y, naive_keras.resize(X, size, method), **RESULT)


def test_resizing_can_keep_the_aspect(tmp_path: Path) -> None:
    config: Any = {"height": 4, "width": 2, "crop_to_aspect_ratio": True}
    y = apply(tmp_path, "Resizing", config, X)
    np.testing.assert_allclose(y, naive_keras.resize(X[:, :, 2:4], (4, 2), "bilinear"), **RESULT)
    config = {"height": 4, "width": 2, "pad_to_aspect_ratio": True, "fill_value": 0.5, "data_format": "channels_last"}
    y = apply(tmp_path, "Resizing", config, X, version=3)
    padded = np.pad(X, [(0, 0), (3, 3), (0, 0), (0, 0)], constant_values=0.5)
    np.testing.assert_allclose(y, naive_keras.resize(padded, (4, 2), "bilinear"), **RESULT)


def test_centre_crop_rounds_down_and_resizes_what_is_too_small(tmp_path: Path) -> None:
    np.testing.assert_array_equal(apply(tmp_path, "CenterCrop", {"height": 2, "width": 3}, X), X[:, 1:3, 1:4])
    y = apply(tmp_path, "CenterCrop", {"height": 10, "width": 6}, X)
    np.testing.assert_allclose(y, naive_keras.resize(X[:, :, 1:4], (10, 6), "bilinear"), **RESULT)


def test_keras_2_takes_pictures_to_have_their_channels_last(tmp_path: Path) -> None:
    y = apply(tmp_path, "CenterCrop", {"height": 2, "width": 3}, X, channels_last=False)
    np.testing.assert_array_equal(last(y), X[:, 1:3, 1:4])


def test_random_crop_at_inference(tmp_path: Path) -> None:
    y = apply(tmp_path, "RandomCrop", {"height": 2, "width": 3}, X)
    np.testing.assert_allclose(y, naive_keras.resize(X[:, :4], (2, 3), "bilinear"), **RESULT)
    np.testing.assert_array_equal(apply(tmp_path, "RandomCrop", {"height": 2, "width": 3}, X, version=3), X)


@pytest.mark.parametrize("scale", [0.25, [0.5, 1.0, 2.0]])
def test_rescaling(tmp_path: Path, scale: Any) -> None:
    y = apply(tmp_path, "Rescaling", {"scale": scale, "offset": -1.0}, X)
    np.testing.assert_allclose(y, X * np.asarray(scale, np.float32) - 1, **RESULT)


def test_a_rescaling_of_one_and_nothing_still_is_a_layer(tmp_path: Path) -> None:
    record = functional([input_layer("x", 5, 6, 3), layer("Rescaling", "y", {"scale": 1.0}, "x")], ["y"])
    network = open_keras(write_whole(tmp_path, record, {}))
    np.testing.assert_array_equal(values_of(network, first(X))["y"], first(X))


def test_what_can_not_be_interpolated_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'y': interpolation 'area' can't be carried over"):
        apply(tmp_path, "Resizing", {"height": 3, "width": 3, "interpolation": "area"}, X)
    with pytest.raises(PortsideError, match="layer 'y': resizing with antialias can't be carried over"):
        apply(tmp_path, "Resizing", {"height": 3, "width": 3, "antialias": True}, X, version=3)
