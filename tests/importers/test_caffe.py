"""Caffe's semantics, held against its own loops written out in ``tests/naive_caffe.py``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network import marks
from explorer.network.network import Network, shape_of
from explorer.network.provenance import Provenance
from explorer.running.runner import Runner
from tests import naive_caffe
from tests.caffe_files import Weights, input_layer, small_inception, write_caffe

Array = NDArray[np.float32]


def forward(folder: Path, prototxt: str, x: Array, weights: Weights | None = None) -> dict[str, Array]:
    """Every blob for the input ``data``."""
    network = open_network(write_caffe(folder, prototxt, weights))
    values = Runner(network, "cpu").run({"data": x}).values
    return {blob: values[value.name or ""] for blob, value in network.blobs.items()}


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def relative(ours: Array, exact: naive_caffe.Array) -> float:
    return float(np.linalg.norm(ours - exact) / np.linalg.norm(exact))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caffe")


@st.composite
def poolings(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    kernel = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    pad = (draw(st.integers(0, kernel[0] - 1)), draw(st.integers(0, kernel[1] - 1)))
    size = tuple(draw(st.integers(max(1, k - 2 * p), 13)) for k, p in zip(kernel, pad, strict=True))
    return kernel, stride, pad, (size[0], size[1])


@pytest.mark.parametrize("method", ["MAX", "AVE"])
@given(geometry=poolings())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pooling_is_caffes_at_every_geometry(folder: Path, method: str, geometry: tuple[tuple[int, int], ...]) -> None:
    kernel, stride, pad, size = geometry
    x = noise(1, 2, *size)
    prototxt = input_layer(1, 2, *size) + (
        'layer { name: "p" type: "Pooling" bottom: "data" top: "p" pooling_param {'
        f" pool: {method} kernel_h: {kernel[0]} kernel_w: {kernel[1]} stride_h: {stride[0]} stride_w: {stride[1]}"
        f" pad_h: {pad[0]} pad_w: {pad[1]} }} }}"
    )
    exact = naive_caffe.pool(x.astype(np.float64), method, kernel, stride, pad)
    np.testing.assert_allclose(forward(folder, prototxt, x)["p"], exact, rtol=2e-6, atol=1e-6)


@given(
    group=st.sampled_from([1, 2, 4]),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pad=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    biased=st.booleans(),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_convolution_is_caffes_at_every_geometry(
    folder: Path,
    group: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    pad: tuple[int, int],
    dilation: tuple[int, int],
    biased: bool,
) -> None:
    x, weight, bias = noise(2, 4, 9, 10), noise(8, 4 // group, *kernel, seed=1), noise(8, seed=2)
    prototxt = input_layer(2, 4, 9, 10) + (
        'layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {'
        f" num_output: 8 group: {group} kernel_h: {kernel[0]} kernel_w: {kernel[1]} stride_h: {stride[0]}"
        f" stride_w: {stride[1]} pad_h: {pad[0]} pad_w: {pad[1]} dilation: {dilation[0]} dilation: {dilation[1]}"
        f" bias_term: {str(biased).lower()} }} }}"
    )
    blobs = [weight, bias] if biased else [weight]
    x64, w64, b64 = (array.astype(np.float64) for array in (x, weight, bias))
    exact = naive_caffe.convolve(x64, w64, b64 if biased else None, stride, pad, dilation, group)
    assert relative(forward(folder, prototxt, x, {"c": blobs})["c"], exact) < 1e-6


def test_lrn_across_channels_divides_alpha_by_the_window(tmp_path: Path) -> None:
    prototxt = input_layer(1, 7, 4, 4) + (
        'layer { name: "n" type: "LRN" bottom: "data" top: "n" lrn_param { local_size: 3 alpha: 2 beta: 0.5 k: 1.5 } }'
    )
    x = noise(1, 7, 4, 4)
    exact = naive_caffe.lrn_across(x.astype(np.float64), 3, 2, 0.5, 1.5)
    assert relative(forward(tmp_path, prototxt, x)["n"], exact) < 1e-6


def test_lrn_within_a_channel_takes_the_window_around_and_no_k(tmp_path: Path) -> None:
    prototxt = input_layer(1, 2, 6, 5) + (
        'layer { name: "n" type: "LRN" bottom: "data" top: "n"'
        " lrn_param { local_size: 3 alpha: 2 beta: 0.75 k: 9 norm_region: WITHIN_CHANNEL } }"
    )
    x = noise(1, 2, 6, 5)
    exact = naive_caffe.lrn_within(x.astype(np.float64), 3, 2, 0.75)
    assert relative(forward(tmp_path, prototxt, x)["n"], exact) < 1e-6


def test_inner_product_reads_channels_then_rows_then_columns(tmp_path: Path) -> None:
    x, weight = noise(2, 3, 2, 2), noise(5, 12, seed=1)
    prototxt = input_layer(2, 3, 2, 2) + (
        'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"'
        " inner_product_param { num_output: 5 bias_term: false } }"
    )
    given_ = forward(tmp_path, prototxt, x, {"fc": [weight]})["fc"]
    np.testing.assert_allclose(given_, x.reshape(2, 12) @ weight.T, rtol=1e-5, atol=1e-5)


def test_inner_product_on_a_later_axis_keeps_the_axes_before_it(tmp_path: Path) -> None:
    x, weight, bias = noise(2, 3, 2, 2), noise(4, 5, seed=1), noise(5, seed=2)
    prototxt = input_layer(2, 3, 2, 2) + (
        'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"'
        " inner_product_param { num_output: 5 axis: 2 transpose: true } }"
    )
    given_ = forward(tmp_path, prototxt, x, {"fc": [weight, bias]})["fc"]
    np.testing.assert_allclose(given_, x.reshape(2, 3, 4) @ weight + bias, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("operation: SUM coeff: 2 coeff: -0.5", lambda a, b: 2 * a - 0.5 * b),
        ("operation: PROD", lambda a, b: a * b),
        ("operation: MAX", np.maximum),
    ],
)
def test_eltwise_sums_multiplies_or_takes_the_maximum(tmp_path: Path, param: str, expected) -> None:
    prototxt = input_layer(1, 2, 3, 3) + (
        'layer { name: "r" type: "ReLU" bottom: "data" top: "r" relu_param { negative_slope: 0.25 } }'
        f'layer {{ name: "e" type: "Eltwise" bottom: "data" bottom: "r" top: "e" eltwise_param {{ {param} }} }}'
    )
    x = noise(1, 2, 3, 3)
    r = np.where(x > 0, x, np.float32(0.25) * x)
    np.testing.assert_allclose(forward(tmp_path, prototxt, x)["e"], expected(x, r), rtol=1e-6)


def test_layers_in_place_leave_the_blob_as_the_last_of_them_wrote_it(tmp_path: Path) -> None:
    prototxt = input_layer(1, 1, 2, 2) + (
        'layer { name: "c" type: "Convolution" bottom: "data" top: "c"'
        " convolution_param { num_output: 1 kernel_size: 1 bias_term: false } }"
        'layer { name: "r" type: "ReLU" bottom: "c" top: "c" }'
        'layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: AVE global_pooling: true } }'
    )
    network = open_network(write_caffe(tmp_path, prototxt, {"c": [np.full((1, 1, 1, 1), -1, np.float32)]}))
    x = np.array([[[[-1.0, 2.0], [3.0, -4.0]]]], np.float32)
    activations = Runner(network, "cpu").run({"data": x})
    before, after = network.layer["c"].outputs[0], network.layer["r"].outputs[0]
    assert network.blobs["c"] is after
    np.testing.assert_array_equal(activations[before.name or ""], -x)
    np.testing.assert_array_equal(activations["c"], np.maximum(-x, 0))
    assert activations["p"].reshape(()) == 1.25


TRAINING = """
name: "Trained"
layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  transform_param { crop_size: 8 } data_param { source: "a" batch_size: 4 } }
layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST }
  transform_param { crop_size: 6 mean_value: 10 mean_value: 20 mean_value: 30 scale: 0.5 }
  data_param { source: "b" batch_size: 2 } }
layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 } }
layer { name: "only_in_training" type: "ReLU" bottom: "c" top: "c" include { phase: TRAIN } }
layer { name: "aux/fc" type: "InnerProduct" bottom: "c" top: "aux/fc" inner_product_param { num_output: 3 } }
layer { name: "aux/loss" type: "SoftmaxWithLoss" bottom: "aux/fc" bottom: "label" top: "aux/loss" loss_weight: 0.3 }
layer { name: "fc" type: "InnerProduct" bottom: "c" top: "fc" inner_product_param { num_output: 3 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
layer { name: "top-1" type: "Accuracy" bottom: "fc" bottom: "label" top: "top-1" }
"""


def training_network(folder: Path) -> Network:
    fc = [noise(3, 32, seed=4), noise(3, seed=5)]
    weights = {"c": [noise(2, 3, 3, 3), noise(2)], "fc": fc, "aux/fc": [fc[0][::-1], fc[1]]}
    return open_network(write_caffe(folder, TRAINING, weights, "train_val"))


def test_a_training_file_gives_the_layers_of_the_test_phase_with_both_heads(tmp_path: Path) -> None:
    network = training_network(tmp_path)
    assert [layer.name for layer in network.layers] == ["d", "c", "aux/fc", "aux/loss", "fc", "loss"]
    assert shape_of(network.inputs[0], batch=5) == (5, 3, 6, 6)
    assert network.source.notes == (
        "left out, as only training needs them: top-1",
        "of a loss only its probabilities are kept: aux/loss, loss",
        "no input of the network, as no layer that is left reads it: label",
    )
    activations = Runner(network, "cpu").run({"data": noise(1, 3, 6, 6)})
    logits = activations["fc"].astype(np.float64)
    expected = np.exp(logits) / np.exp(logits).sum()
    given_ = activations[network.layer["loss"].outputs[0].name or ""]
    np.testing.assert_allclose(given_, expected, rtol=1e-5)


def test_a_data_layers_transformation_becomes_the_preprocessing(tmp_path: Path) -> None:
    preprocessing = training_network(tmp_path).preprocessing
    assert preprocessing is not None
    assert (preprocessing.order, preprocessing.scale, preprocessing.mean) == ("BGR", 0.5, (5.0, 10.0, 15.0))


def test_weights_can_be_traced_back_to_blob_and_file(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    network = open_network(write_caffe(tmp_path, prototxt, weights))
    kernel = network.layer["inc/3x3"].weights[0].const_value
    assert kernel is not None
    provenance = Provenance.from_json(kernel.metadata_props[marks.PROVENANCE])
    assert provenance == Provenance(str(tmp_path / "net.caffemodel"), "inc/3x3[0]", (6, 4, 3, 3))
    np.testing.assert_array_equal(kernel.numpy(), weights["inc/3x3"][0])


def test_layers_keep_their_parameters_without_fillers(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    text = prototxt.replace("kernel_size: 3 pad: 1", 'kernel_size: 3 pad: 1 weight_filler { type: "xavier" }')
    layer = open_network(write_caffe(tmp_path, text, weights)).layer["inc/3x3"]
    assert layer.parameters == {"num_output": 6, "kernel_size": [3], "pad": [1]}
    assert json.dumps(layer.parameters)


def error_of(path: Path) -> str:
    with pytest.raises(PortsideError) as caught:
        open_network(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "mentions"),
    [
        ('type: "LRN"', 'type: "Normalise"', ["net.prototxt", "norm1", "Normalise"]),
        ('bottom: "norm1"', 'bottom: "norm2"', ["net.prototxt", "pool1", "norm2"]),
        ('top: "norm1"', 'top: "data"', ["net.prototxt", "norm1", "data"]),
        ('name: "fc" type', 'name: "fc8" type', ["net.caffemodel", "fc8", "0 blobs"]),
        ("num_output: 7", "num_output: 8", ["net.caffemodel", "fc", "7×108", "8×108"]),
        ("kernel_size: 3 stride: 2", "kernel_size: 40 stride: 2", ["net.prototxt", "conv1", "kernel"]),
        ("kernel_size: 1 ", "kernel_size: 1 bias_term: false", ["net.caffemodel", "inc/1x1", "2 blobs"]),
        ("local_size: 5", "local_size: 4", ["net.prototxt", "norm1", "odd"]),
        ('bottom: "inc/3x3" bottom', 'bottom: "pool2x" bottom', ["net.prototxt", "inc/output", "pool2x"]),
        ("stride: 1 pad: 1", "stride: 1 pad: 0", ["net.prototxt", "inc/output", "differ"]),
        ("num_output: 7", "num_output 7", ["net.prototxt", "line"]),
    ],
)
def test_a_wrong_file_is_one_sentence_with_file_layer_and_reason(
    tmp_path: Path, old: str, new: str, mentions: list[str]
) -> None:
    prototxt, weights = small_inception()
    assert old in prototxt
    message = error_of(write_caffe(tmp_path, prototxt.replace(old, new, 1), weights))
    assert "\n" not in message
    assert [word for word in mentions if word not in message] == []


def test_a_caffemodel_of_another_network_is_refused_by_name(tmp_path: Path) -> None:
    prototxt, _ = small_inception()
    message = error_of(write_caffe(tmp_path, prototxt, {"block1": [noise(2, 3, 3, 3)]}))
    assert "net.caffemodel" in message
    assert "another network" in message


def test_a_network_without_weights_shows_its_shapes_but_does_not_run(tmp_path: Path) -> None:
    prototxt, _ = small_inception()
    network = open_network(write_caffe(tmp_path, prototxt))
    assert shape_of(network.layer["inc/output"].outputs[0]) == (1, 12, 5, 5)
    with pytest.raises(PortsideError, match="no weights"):
        Runner(network)


def test_of_two_caffemodels_the_one_that_fits_is_taken(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    path = write_caffe(tmp_path, prototxt, weights)
    (tmp_path / "net.caffemodel").rename(tmp_path / "fits.caffemodel")
    write_caffe(tmp_path, prototxt, {"other": [noise(1)]}, "another")
    assert open_network(path).source.files[1] == str(tmp_path / "fits.caffemodel")


def test_two_caffemodels_that_fit_are_an_error_that_names_both(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    path = write_caffe(tmp_path, prototxt, weights)
    (tmp_path / "copy.caffemodel").write_bytes((tmp_path / "net.caffemodel").read_bytes())
    message = error_of(path)
    assert "copy.caffemodel" in message
    assert "net.caffemodel" in message


def test_a_batch_across_which_nothing_works_stays_open(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    network = open_network(write_caffe(tmp_path, prototxt, weights))
    activations = Runner(network, "cpu").run({"data": noise(3, 3, 23, 23)})
    assert activations["prob"].shape == (3, 7)
    np.testing.assert_allclose(activations["prob"].sum(axis=1), 1, rtol=1e-6)
