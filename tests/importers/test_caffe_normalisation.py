"""Caffe's normalisations, scales and biases against their formulas in double precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.network import marks
from explorer.network.provenance import Provenance
from tests import naive_caffe
from tests.caffe_files import input_layer, write_caffe
from tests.caffe_forward import forward, layer, noise, refusal

X = noise(3, 4, 5, 6)


def statistics(factor: float, seed: int = 1) -> list[np.ndarray]:
    mean, variance = noise(4, seed=seed), np.abs(noise(4, seed=seed + 1))
    return [mean * np.float32(factor), variance * np.float32(factor), np.array([factor], np.float32)]


def spread(vector: np.ndarray) -> np.ndarray:
    return vector.astype(np.float64).reshape(-1, 1, 1)


@pytest.mark.parametrize("factor", [1.0, 999.98])
@pytest.mark.parametrize("top", ["y", "data"])
def test_stored_statistics_are_sums_that_the_third_blob_divides(tmp_path: Path, factor: float, top: str) -> None:
    blobs = statistics(factor)
    y = forward(tmp_path, layer("BatchNorm", "batch_norm_param { eps: 0.01 }", top=top, name="b"), X, {"b": blobs})[top]
    mean, variance = blobs[0] / factor, blobs[1] / factor
    np.testing.assert_allclose(y, (X - spread(mean)) / np.sqrt(spread(variance) + 0.01), rtol=1e-5, atol=1e-6)


def test_a_scale_factor_of_zero_means_no_statistics_at_all(tmp_path: Path) -> None:
    blobs = statistics(1.0)
    blobs[2][:] = 0
    y = forward(tmp_path, layer("BatchNorm", "batch_norm_param { eps: 0.25 }"), X, {"y": blobs})["y"]
    np.testing.assert_allclose(y, X / 0.5, rtol=1e-6)


def test_the_batchs_own_statistics_are_taken_where_the_file_says_so(tmp_path: Path) -> None:
    text = layer("BatchNorm", "batch_norm_param { use_global_stats: false }")
    y = forward(tmp_path, text, X, {"y": statistics(1.0)})["y"]
    x = X.astype(np.float64)
    mean, variance = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-5), rtol=1e-5, atol=1e-6)
    network = open_network(write_caffe(tmp_path, input_layer(3, 4, 5, 6) + text, {"y": statistics(1.0)}))
    assert network.source.notes == ("layer 'y' normalises by the batch's own statistics (use_global_stats: false)",)


def test_nvidias_normalisation_has_its_scale_and_bias_in_it(tmp_path: Path) -> None:
    blobs = [*statistics(1.0), noise(4, seed=5), noise(4, seed=6)]
    y = forward(tmp_path, layer("BatchNorm", "batch_norm_param { scale_bias: true eps: 0 }"), X, {"y": blobs})["y"]
    normal = (X - spread(blobs[0])) / np.sqrt(spread(blobs[1]) + 1e-5)
    np.testing.assert_allclose(y, normal * spread(blobs[3]) + spread(blobs[4]), rtol=1e-4, atol=1e-5)


def test_pspnets_normalisation_has_four_blobs(tmp_path: Path) -> None:
    blobs = [noise(1, 4, 1, 1, seed=seed) for seed in range(4)]
    blobs[3] = np.abs(blobs[3])
    y = forward(tmp_path, layer("BN", "bn_param { eps: 0.125 frozen: true }"), X, {"y": blobs})["y"]
    slope, added, mean, variance = (blob.astype(np.float64) for blob in blobs)
    np.testing.assert_allclose(y, slope * (X - mean) / np.sqrt(variance + 0.125) + added, rtol=1e-4, atol=1e-5)


def test_segnets_normalisation_for_inference_has_its_statistics_in_two_blobs(tmp_path: Path) -> None:
    slope, added = noise(1, 4, 1, 1, seed=1), noise(1, 4, 1, 1, seed=2)
    y = forward(tmp_path, layer("BN", "bn_param { bn_mode: INFERENCE }"), X, {"y": [slope, added]})["y"]
    np.testing.assert_allclose(y, slope * X + added, rtol=1e-5, atol=1e-6)


def test_a_weight_remembers_that_it_was_divided(tmp_path: Path) -> None:
    network = open_network(write_caffe(tmp_path, input_layer(1, 4, 5, 6) + layer("BatchNorm"), {"y": statistics(4.0)}))
    weights = {value.name: value.const_value for value in network.layer["y"].weights}
    tensor = weights["y:mean"]
    assert tensor is not None
    provenance = Provenance.from_json(tensor.metadata_props[marks.PROVENANCE])
    assert provenance == Provenance(str(tmp_path / "net.caffemodel"), "y[0]", (4,), ("÷ 4, the scale factor",))
    np.testing.assert_allclose(tensor.numpy(), statistics(4.0)[0] / 4)


@pytest.mark.parametrize(
    ("parameters", "shape", "where"),
    [
        ("", (4,), (slice(None), np.newaxis, np.newaxis)),
        ("axis: 1 num_axes: -1", (4, 5, 6), ()),
        ("axis: -2 num_axes: 1", (5,), (slice(None), np.newaxis)),
        ("axis: 2 num_axes: 2", (5, 6), ()),
        ("num_axes: 0", (), ()),
        ("axis: 0 num_axes: 2", (3, 4), (slice(None), slice(None), np.newaxis, np.newaxis)),
    ],
)
def test_a_scale_and_a_bias_spread_from_their_axis_on(
    tmp_path: Path, parameters: str, shape: tuple[int, ...], where: Any
) -> None:
    factor, added = np.array(noise(*shape, seed=1)), np.array(noise(*shape, seed=2))
    text = layer("Scale", f"scale_param {{ {parameters} bias_term: true }}", top="s")
    text += layer("Bias", f"bias_param {{ {parameters} }}", top="b")
    blobs = forward(tmp_path, text, X, {"s": [factor, added], "b": [added]})
    np.testing.assert_allclose(blobs["s"], X * factor[where] + added[where], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(blobs["b"], X + added[where], rtol=1e-6)


def test_a_second_bottom_scales_each_image_by_its_own_numbers(tmp_path: Path) -> None:
    inputs = {"data": X, "gate": noise(3, 4, seed=1)}
    parameters = "scale_param { axis: 0 bias_term: true }"
    added = noise(3, 4, seed=2)
    y = forward(tmp_path, layer("Scale", parameters, bottom="data gate"), inputs, {"y": [added]})["y"]
    expected = X * inputs["gate"][..., None, None] + added[..., None, None]
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)


def test_a_second_bottom_that_is_no_batch_keeps_its_size(tmp_path: Path) -> None:
    inputs = {"data": X, "map": noise(4, 5, seed=1)}
    text = layer("Bias", "bias_param { axis: 1 }", bottom="data map")
    np.testing.assert_allclose(forward(tmp_path, text, inputs)["y"], X + inputs["map"][..., None], rtol=1e-6)
    network = open_network(write_caffe(tmp_path, input_layer(3, 4, 5, 6) + input_layer(4, 5, name="map") + text))
    assert [list(value.shape or ()) for value in network.inputs] == [["N", 4, 5, 6], [4, 5]]


@pytest.mark.parametrize("shape", [(2, 3, 6, 7), (2, 3, 5)])
@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("divides", [True, False])
def test_mvn_adds_epsilon_to_the_deviation(tmp_path: Path, shape: tuple[int, ...], across: bool, divides: bool) -> None:
    x = noise(*shape).astype(np.float64)
    parameters = f"across_channels: {across} normalize_variance: {divides} eps: 0.5".replace("T", "t").replace("F", "f")
    y = forward(tmp_path, layer("MVN", f"mvn_param {{ {parameters} }}"), x.astype(np.float32))["y"]
    axes = tuple(range(1 if across else 2, x.ndim))
    centred = x - x.mean(axis=axes, keepdims=True)
    expected = centred / (x.std(axis=axes, keepdims=True) + 0.5) if divides else centred
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)


def test_an_lrn_far_wider_than_its_channels_sums_all_of_them(tmp_path: Path) -> None:
    y = forward(tmp_path, layer("LRN", "lrn_param { local_size: 1000000001 alpha: 1e9 }"), X)["y"]
    x = X.astype(np.float64)
    np.testing.assert_allclose(y, x * (1 + (x**2).sum(axis=1, keepdims=True)) ** -0.75, rtol=1e-5)


@pytest.mark.parametrize(("alpha", "beta", "k"), [(0, 0.75, 2), (-0.01, 0.5, 2), (0.5, -1, 1), (0.5, 0, 1)])
def test_an_lrn_may_have_any_alpha_and_beta(tmp_path: Path, alpha: float, beta: float, k: float) -> None:
    text = layer("LRN", f"lrn_param {{ local_size: 3 alpha: {alpha} beta: {beta} k: {k} }}")
    exact = naive_caffe.lrn_across(X.astype(np.float64), 3, alpha, beta, k)
    np.testing.assert_allclose(forward(tmp_path, text, X)["y"], exact, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("across", ["true", "false"])
@pytest.mark.parametrize("shared", ["true", "false"])
def test_ssds_normalize_divides_by_the_norm_of_a_position_or_of_all(tmp_path: Path, across: str, shared: str) -> None:
    scale = np.array(20, np.float32) if shared == "true" else noise(4, seed=1)
    parameters = f"norm_param {{ across_spatial: {across} channel_shared: {shared} eps: 0.5 }}"
    y = forward(tmp_path, layer("Normalize", parameters), X, {"y": [scale]})["y"]
    x = X.astype(np.float64)
    total = (x**2).sum(axis=(1, 2, 3) if across == "true" else 1, keepdims=True)
    factor = scale if shared == "true" else spread(scale)
    np.testing.assert_allclose(y, factor * x / np.sqrt(total + 0.5), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "parameters", "mentions"),
    [
        ("Scale", "scale_param { axis: 3 num_axes: 2 }", "go beyond"),
        ("Scale", "scale_param { min_value: 1 }", "min_value"),
        ("Bias", "bias_param { axis: 5 }", "axis 5"),
        ("BatchNorm", "batch_norm_param { disable_mean: true }", "disable_mean"),
        ("LRN", "lrn_param { local_size: 4 }", "odd"),
    ],
)
def test_a_normalisation_that_fits_nothing_is_refused_by_name(
    tmp_path: Path, kind: str, parameters: str, mentions: str
) -> None:
    message = refusal(tmp_path, layer(kind, parameters), (1, 3, 4, 4))
    assert "layer 'y'" in message
    assert mentions in message


def test_a_second_bottom_of_another_shape_is_refused(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        input_layer(1, 5, name="gate") + layer("Scale", "scale_param { axis: 0 }", bottom="data gate"),
        (1, 4, 2, 2),
    )
    assert "second bottom" in message
