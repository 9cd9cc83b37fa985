"""Caffe's shared storage: what is written through one blob shows in all blobs that are views of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.network.network import value_name
from explorer.running.runner import Runner
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import forward, layer, noise, refusal

X = noise(2, 3, 4, 5)
POWER = layer("Power", "power_param { scale: 2 }", top="p")
RELU = layer("ReLU", bottom="v", top="v", name="relu")

VIEWS = {
    "Flatten": layer("Flatten", bottom="p", top="v"),
    "Reshape": layer("Reshape", "reshape_param { shape { dim: 0 dim: 12 dim: -1 } }", bottom="p", top="v"),
    "Split": layer("Split", bottom="p", top="v w"),
    "Concat of one": layer("Concat", bottom="p", top="v"),
    "Slice into one": layer("Slice", bottom="p", top="v"),
    "Permute of nothing": layer("Permute", "permute_param { order: 0 order: 1 }", bottom="p", top="v"),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_layer_in_place_on_a_view_changes_the_blob_behind_it(tmp_path: Path, view: str) -> None:
    blobs = forward(tmp_path, POWER + view + RELU, X)
    expected = np.maximum(2 * X, 0)
    for name in blobs.keys() - {"data"}:
        np.testing.assert_allclose(blobs[name].reshape(X.shape), expected, rtol=1e-6)


COPIES = {
    "Slice": layer("Slice", "slice_param { slice_point: 1 }", bottom="p", top="v w"),
    "Concat": layer("Concat", bottom="p p", top="v"),
    "Power": layer("Power", bottom="p", top="v"),
    "Permute": layer("Permute", "permute_param { order: 0 order: 2 }", bottom="p", top="v"),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_layer_in_place_on_a_copy_leaves_the_blob_behind_it(tmp_path: Path, copy: str) -> None:
    blobs = forward(tmp_path, POWER + copy + RELU, X)
    np.testing.assert_allclose(blobs["p"], 2 * X, rtol=1e-6)
    assert blobs["v"].min() == 0


def test_who_reads_the_blob_later_reads_what_was_written_through_the_view(tmp_path: Path) -> None:
    before = layer("Power", "power_param { shift: 1 }", bottom="p", top="before")
    after = layer("Power", "power_param { shift: 1 }", bottom="p", top="after")
    blobs = forward(tmp_path, POWER + before + VIEWS["Flatten"] + RELU + after, X)
    np.testing.assert_allclose(blobs["before"], 2 * X + 1, rtol=1e-6)
    np.testing.assert_allclose(blobs["after"], np.maximum(2 * X, 0) + 1, rtol=1e-6)


def test_each_layer_keeps_what_it_computed_itself_and_the_blob_is_no_output(tmp_path: Path) -> None:
    text = input_layer(2, 3, 4, 5) + POWER + VIEWS["Flatten"] + RELU
    network = open_network(write_caffe(tmp_path, text))
    assert [value.name for value in network.outputs] == ["v"]
    values = Runner(network, "cpu").run({"data": X})
    np.testing.assert_allclose(values[value_name(network.layer["p"].outputs[0])], 2 * X, rtol=1e-6)
    assert network.layer["relu"].blobs == ("v", "p")


def test_an_input_that_is_overwritten_shows_the_result(tmp_path: Path) -> None:
    text = layer("Power", "power_param { scale: 0.5 shift: -1 }", top="data", name="prepare")
    blobs = forward(tmp_path, text + layer("AbsVal"), X)
    np.testing.assert_allclose(blobs["data"], 0.5 * X - 1, rtol=1e-6)
    np.testing.assert_allclose(blobs["y"], np.abs(0.5 * X - 1), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        (POWER + layer("AbsVal", bottom="p", top="a") + layer("ReLU", bottom="p", top="p", name="y"), "another layer"),
        (POWER + layer("Pooling", "pooling_param { kernel_size: 2 }", bottom="p", top="p", name="y"), "in place"),
        (POWER + layer("ReLU", bottom="data", top="p", name="y"), "gives already"),
        (POWER + layer("Slice", bottom="p", top="q q", name="y"), "twice"),
        (POWER + layer("Bias", bottom="p p", top="p", name="y"), "another layer"),
    ],
)
def test_what_caffe_calls_several_sources_of_a_blob_is_refused(tmp_path: Path, text: str, mentions: str) -> None:
    message = refusal(tmp_path, text, (2, 3, 4, 5))
    assert "layer 'y'" in message
    assert mentions in message
