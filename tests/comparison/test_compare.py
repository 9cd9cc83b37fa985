"""Verdicts: who is wrong on right inputs, who only inherits, and what rounding explains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.comparison.compare import INPUT_FLOOR, compare
from explorer.comparison.comparison import Comparison
from explorer.comparison.noise import TOLERANCE
from explorer.importers import open_network
from explorer.network.network import Network
from explorer.running.cancellation import Cancelled
from explorer.running.recording import save_arrays
from explorer.running.reference import Reference, open_reference
from explorer.running.runner import Runner
from tests.caffe_files import Weights, small_inception, write_caffe
from tests.diagnosis.ports import chain, conv, drawn, pool, recorded
from tests.exact_values import exact_blobs

Arrays = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Arrays]:
    """The network as it should be, and its blobs in double precision."""
    network = open_network(write_caffe(tmp_path_factory.mktemp("original"), *small_inception()))
    picture = np.random.default_rng(5).integers(0, 256, (40, 40, 3), np.uint8)
    return network, exact_blobs(network, picture)


def reference(arrays: Arrays) -> Reference:
    return Reference("r.npz", arrays, {name: array.shape for name, array in arrays.items()})


def port(folder: Path, old: str = "", new: str = "", weights: Weights | None = None) -> Runner:
    """A port with a change of its prototxt or weights."""
    prototxt, own = small_inception()
    assert old in prototxt
    return Runner(open_network(write_caffe(folder, prototxt.replace(old, new, 1), own | dict(weights or {}))), "cpu")


def verdicts(comparison: Comparison) -> dict[str, str]:
    return {row.layer: row.verdict for row in comparison.layers}


def test_a_clean_port_agrees_at_every_layer_within_the_floor(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    comparison, ours = compare(port(tmp_path), reference(original[1]))
    assert comparison.agrees
    assert set(verdicts(comparison).values()) == {"match"}
    assert ours is not None
    for row in comparison.layers:
        assert row.isolated and row.cumulative and row.isolated_floor and row.noise_floor
        assert row.isolated.relative_l2 <= TOLERANCE * row.isolated_floor
        assert row.cumulative.relative_l2 <= TOLERANCE * row.noise_floor < 1e-4
        assert 5e-8 < row.isolated_floor < 2e-6


@pytest.mark.parametrize(
    ("old", "new", "culprits"),
    [
        ("alpha: 0.01", "alpha: 0.05", {"norm1"}),
        ("kernel_size: 3 stride: 1 pad: 1", "kernel_size: 5 stride: 1 pad: 2", {"inc/pool"}),
        ('bottom: "inc/1x1" bottom: "inc/3x3"', 'bottom: "inc/3x3" bottom: "inc/1x1"', {"inc/output"}),
        ("pool: AVE", "pool: MAX", {"pool2", "drop"}),
    ],
)
def test_the_layer_that_is_wrong_is_the_culprit_and_those_behind_it_inherit(
    original: tuple[Network, Arrays], tmp_path: Path, old: str, new: str, culprits: set[str]
) -> None:
    comparison, _ = compare(port(tmp_path, old, new), reference(original[1]))
    found = verdicts(comparison)
    assert {name for name, verdict in found.items() if verdict == "culprit"} == culprits
    assert comparison.first_divergence in culprits
    assert not comparison.agrees
    assert found["prob"] == "inherited"
    assert found["conv1"] == "match"


def test_kernels_turned_by_half_are_found_where_they_are(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    _, weights = small_inception()
    kernel, bias = weights["inc/3x3"]
    comparison, _ = compare(
        port(tmp_path, weights={"inc/3x3": [kernel[:, :, ::-1, ::-1], bias]}), reference(original[1])
    )
    found = verdicts(comparison)
    # Convolution and ReLU are recorded together, so the two stand for one stretch.
    assert {name for name, verdict in found.items() if verdict == "culprit"} == {"inc/3x3", "inc/relu_3x3"}
    assert comparison.first_divergence == "inc/3x3"
    assert comparison.layer["inc/3x3"].stretch == ("inc/3x3", "inc/relu_3x3")
    assert found["inc/1x1"] == found["inc/pool_proj"] == "match"
    assert found["inc/output"] == found["fc"] == "inherited"


def test_two_culprits_are_both_found_though_one_feeds_the_other(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    _, weights = small_inception()
    changed = {
        "conv1": [weights["conv1"][0], weights["conv1"][1] * 0],
        "fc": [weights["fc"][0][::-1], weights["fc"][1]],
    }
    comparison, _ = compare(port(tmp_path, weights=changed), reference(original[1]))
    culprits = [name for name, verdict in verdicts(comparison).items() if verdict == "culprit"]
    assert culprits == ["conv1", "relu_conv1", "fc"]


def test_another_size_is_a_verdict_of_its_own(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    comparison, _ = compare(
        port(tmp_path, "kernel_size: 3 stride: 1 pad: 1", "kernel_size: 3 stride: 1 pad: 1"), reference(original[1])
    )
    assert comparison.agrees
    arrays = original[1] | {"pool1": original[1]["pool1"][:, :, :4, :4]}
    row = compare(port(tmp_path), reference(arrays))[0].layer["pool1"]
    assert (row.verdict, row.shape, row.reference_shape) == ("shape", (1, 8, 5, 5), (1, 8, 4, 4))


def test_gaps_are_bridged_by_the_smallest_stretch_between_records(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    kept = {name: original[1][name] for name in ("data", "pool1", "inc/output", "prob")}
    comparison, _ = compare(port(tmp_path, "alpha: 0.01", "alpha: 0.05"), reference(kept))
    assert comparison.layer["pool1"].stretch == ("conv1", "relu_conv1", "norm1", "pool1")
    assert comparison.layer["pool1"].verdict == "culprit"
    assert comparison.layer["inc/output"].verdict == "inherited"
    assert comparison.layer["norm1"].verdict == "not compared"
    assert "norm1" in comparison.unmatched_layers


def test_without_the_input_what_can_be_isolated_still_is(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    arrays = {name: array for name, array in original[1].items() if name != "data"}
    comparison, ours = compare(port(tmp_path, "alpha: 0.01", "alpha: 0.05"), reference(arrays))
    assert ours is None
    assert comparison.layer["conv1"].verdict == "not compared"
    assert comparison.layer["norm1"].verdict == "culprit"
    assert comparison.layer["norm1"].cumulative is None
    assert comparison.layer["pool1"].verdict == "match"


def test_channels_last_and_other_batches_make_no_difference(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    turned = {
        name: np.concatenate([array, array]).transpose(0, 2, 3, 1)
        if array.ndim == 4
        else np.concatenate([array, array])
        for name, array in original[1].items()
    }
    comparison, _ = compare(port(tmp_path), reference(turned))
    assert comparison.agrees
    assert comparison.layer["conv1"].axes == (0, 3, 1, 2)


def test_a_reference_in_half_precision_has_a_higher_floor(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    halves = {name: array.astype(np.float16) for name, array in original[1].items()}
    comparison, _ = compare(port(tmp_path), reference(halves))
    assert comparison.layer["norm1"].isolated_floor == pytest.approx(2**-11)
    assert comparison.layer["norm1"].verdict == "match"


def test_what_finds_no_partner_is_listed(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    arrays = original[1] | {"label": np.zeros(1, np.float32)}
    assert compare(port(tmp_path), reference(arrays))[0].unmatched_reference == ("label",)


def test_nan_in_the_reference_is_a_difference_not_a_crash(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    broken = original[1]["inc/1x1"].copy()
    broken[0, 0, 0, 0] = np.nan
    comparison, _ = compare(port(tmp_path), reference(original[1] | {"inc/1x1": broken}))
    assert comparison.layer["inc/1x1"].verdict == "culprit"
    assert comparison.layer["conv1"].verdict == "match"


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_an_input_without_numbers_is_unusable_and_hides_no_other_layer(
    original: tuple[Network, Arrays], tmp_path: Path, number: float
) -> None:
    broken = original[1]["data"].copy()
    broken[0, 0, 0, 0] = number
    changed = port(tmp_path, "alpha: 0.01", "alpha: 0.05")
    comparison, _ = compare(changed, reference(original[1] | {"data": broken}))
    assert (comparison.layer["data"].unusable, comparison.layer["data"].verdict) == (True, "culprit")
    assert comparison.layer["conv1"].verdict == "not compared"
    assert comparison.layer["norm1"].verdict == "culprit"
    assert not comparison.agrees


def test_layers_behind_one_without_numbers_are_compared_across_it(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    broken = original[1]["norm1"].copy()
    broken[...] = np.nan
    comparison, _ = compare(port(tmp_path), reference(original[1] | {"norm1": broken}))
    assert comparison.layer["norm1"].verdict == "culprit"
    assert comparison.layer["pool1"].stretch == ("norm1", "pool1")
    assert comparison.layer["pool1"].isolated is not None
    assert comparison.layer["pool1"].isolated.relative_l2 < 1e-6


def test_what_is_given_for_the_input_is_compared_and_the_rest_is_run_on_the_references(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    data = original[1]["data"].astype(np.float32)
    right, _ = compare(port(tmp_path), reference(original[1]), given={"data": data})
    assert right.agrees
    assert right.layer["data"].isolated_floor == INPUT_FLOOR
    wrong, ours = compare(port(tmp_path), reference(original[1]), given={"data": data[:, ::-1]})
    row = wrong.layer["data"]
    assert row.isolated is not None
    assert row.isolated.relative_l2 == pytest.approx(np.linalg.norm(data[:, ::-1] - data) / np.linalg.norm(data))
    assert (row.verdict, wrong.first_divergence) == ("culprit", "data")
    assert {verdict for name, verdict in verdicts(wrong).items() if name != "data"} == {"match"}
    assert ours is not None
    np.testing.assert_array_equal(ours["data"], data)


def test_an_input_of_another_size_is_a_verdict_of_its_own(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    given = {"data": original[1]["data"][:, :, :-1]}
    row = compare(port(tmp_path), reference(original[1]), given=given)[0].layer["data"]
    assert (row.verdict, row.shape) == ("shape", (1, 3, 22, 23))


def test_every_recorded_value_is_told_with_its_array_and_its_axes(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    turned = original[1] | {"pool1": original[1]["pool1"].transpose(0, 2, 3, 1)}
    aligned = compare(port(tmp_path), reference(turned))[0].aligned
    assert aligned["pool1"] == ("pool1", (0, 3, 1, 2))
    assert aligned["norm1"] == ("norm1", (0, 1, 2, 3))
    assert {key for key, _ in aligned.values()} == set(turned)


def test_maps_of_another_size_are_turned_as_most_of_the_others_are(
    original: tuple[Network, Arrays], tmp_path: Path
) -> None:
    turned = {name: array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for name, array in original[1].items()}
    turned["pool1"] = turned["pool1"][:, :4, :4]
    comparison, _ = compare(port(tmp_path), reference(turned))
    assert comparison.aligned["pool1"] == ("pool1", (0, 3, 1, 2))
    assert comparison.layer["pool1"].verdict == "shape"


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_wrong_values_of_as_many_channels_as_rows_are_turned_as_the_others_are(seed: int) -> None:
    weight, x = drawn(6, 4, 3, 3), drawn(1, 4, 6, 6, seed=seed)
    tail = pool("pool1", "MaxPool", 2, 2), conv("conv2", drawn(5, 6, 1, 1, seed=4))
    clean, wrong = (
        chain((4, 6, 6), conv("conv1", array, pads=1), *tail) for array in (weight, weight[:, :, ::-1, ::-1].copy())
    )
    last = {name: array.transpose(0, 2, 3, 1) for name, array in recorded(clean, x).arrays.items()}
    comparison, ours = compare(Runner(wrong, "cpu"), reference(last))
    assert comparison.aligned == {name: (name, (0, 3, 1, 2)) for name in ("data", "conv1", "pool1", "conv2")}
    assert verdicts(comparison) == {"data": "match", "conv1": "culprit", "pool1": "inherited", "conv2": "inherited"}
    row = comparison.layer["conv1"]
    assert ours is not None and row.isolated is not None
    difference = np.linalg.norm(ours["conv1"] - last["conv1"].transpose(0, 3, 1, 2)) / np.linalg.norm(last["conv1"])
    assert row.isolated.relative_l2 == pytest.approx(float(difference), rel=1e-5)


def test_comparing_can_be_cancelled_and_tells_how_far_it_is(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    compare(port(tmp_path), reference(original[1]), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    with pytest.raises(Cancelled):
        compare(port(tmp_path), reference(original[1]), cancelled=lambda: len(told) > 0)


def test_a_saved_reference_gives_what_the_arrays_give(original: tuple[Network, Arrays], tmp_path: Path) -> None:
    save_arrays(original[1], tmp_path / "r.npz")
    assert compare(port(tmp_path), open_reference(tmp_path / "r.npz"))[0].agrees


@pytest.mark.parametrize(
    ("folder", "picture"), [("squeezenet-v1.1", "cat"), ("squeezenet-v1.1", "elephant"), ("googlenet-random", "cat")]
)
def test_caffes_own_networks_agree_with_caffe_at_every_layer(shared: Path, folder: str, picture: str) -> None:
    place = shared / "references" / folder
    comparison, _ = compare(
        Runner(open_network(place / "deploy.prototxt"), "cpu"), open_reference(place / f"{picture}.npz")
    )
    assert {row.verdict for row in comparison.layers} == {"match"}
    assert comparison.unmatched_reference == ()
    for row in comparison.layers:
        assert row.isolated and row.cumulative and row.isolated_floor and row.noise_floor
        assert row.isolated.relative_l2 < 5e-6
        assert row.isolated.relative_l2 <= 10 * row.isolated_floor
        assert row.cumulative.relative_l2 <= 10 * row.noise_floor
        # Caffe's own softmax is 1e-5 away from the exact one: its rounding of the logits, not ours.
        assert row.cumulative.relative_l2 < (2e-5 if row.type == "Softmax" else 5e-6)
