"""Which array belongs to which layer, and how its axes lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.comparison.alignment import (
    Pair,
    choose_axes,
    loose_axes,
    pair_layers,
    possible_axes,
    reference_inputs,
    sure_axes,
    turned,
)
from explorer.importers import open_network
from explorer.network.network import Network
from explorer.running.reference import Reference
from tests.caffe_files import input_layer, small_inception, write_caffe


def reference(**arrays: np.ndarray) -> Reference:
    return Reference("r.npz", arrays, {name: array.shape for name, array in arrays.items()})


def network(folder: Path) -> Network:
    return open_network(write_caffe(folder, *small_inception()))


def test_channels_last_are_brought_forward() -> None:
    ours = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    theirs = ours.transpose(0, 2, 3, 1)
    (axes,) = possible_axes(ours.shape, theirs.shape)
    assert axes == (0, 3, 1, 2)
    np.testing.assert_array_equal(turned(theirs, axes), ours)


def test_where_both_layouts_fit_the_values_decide() -> None:
    ours = np.random.default_rng(0).standard_normal((1, 4, 4, 4))
    for theirs in (ours, ours.transpose(0, 2, 3, 1)):
        axes = choose_axes(ours.shape, theirs, ours + 1e-6)
        assert axes is not None
        np.testing.assert_array_equal(turned(theirs, axes), ours)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 4))
def test_axes_of_size_one_may_be_missing_or_too_many(sizes: list[int], position: int) -> None:
    ours = np.arange(int(np.prod(sizes))).reshape(sizes)
    theirs = np.expand_dims(ours, min(position, ours.ndim))
    for a, b in ((ours, theirs), (theirs, ours)):
        axes = possible_axes(a.shape, b.shape)[0]
        assert turned(b, axes).shape == a.shape
        np.testing.assert_array_equal(turned(b, axes), a)


def test_other_sizes_are_another_shape() -> None:
    assert possible_axes((1, 64, 56, 56), (1, 64, 55, 55)) == []
    assert possible_axes((1, 12), (1, 3, 2, 2)) == []


def test_a_blob_written_in_place_stands_for_all_its_writers(tmp_path: Path) -> None:
    pairs = pair_layers(network(tmp_path), reference(conv1=np.zeros((1, 8, 11, 11))))
    assert pairs == {"conv1": (Pair("conv1", "conv1"),), "relu_conv1": (Pair("conv1", "conv1"),)}


def test_a_record_layer_by_layer_pairs_each_with_its_own(tmp_path: Path) -> None:
    shape = np.zeros((1, 8, 11, 11))
    ours = network(tmp_path)
    pairs = pair_layers(ours, reference(conv1=shape, relu_conv1=shape))
    before = ours.layer["conv1"].outputs[0].name
    assert before is not None
    assert before != "conv1"
    assert pairs == {"conv1": (Pair(before, "conv1"),), "relu_conv1": (Pair("conv1", "relu_conv1"),)}


def test_the_references_input_is_found_and_turned(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 23, 23)).astype(np.float32)
    ours = network(tmp_path)
    for theirs in (x, x.transpose(0, 2, 3, 1)):
        found = reference_inputs(ours, reference(data=theirs))
        assert found is not None
        np.testing.assert_array_equal(found["data"], x)
    assert reference_inputs(ours, reference(conv1=x)) is None
    assert reference_inputs(ours, reference(data=x[:, :2])) is None


OLD_STYLE = """
input: "data" input_shape { dim: 1 dim: 2 dim: 3 dim: 3 }
input: "more" input_shape { dim: 1 dim: 2 dim: 3 dim: 3 }
layer { name: "sum" type: "Eltwise" bottom: "data" bottom: "more" top: "s" }
layer { name: "relu" type: "ReLU" bottom: "s" top: "s" }
"""


def test_inputs_without_a_layer_are_found_under_the_one_that_caffe_makes_for_them(tmp_path: Path) -> None:
    ours = open_network(write_caffe(tmp_path, OLD_STYLE))
    arrays = {name: np.full((1, 2, 3, 3), number) for number, name in enumerate(("input:data", "input:more", "relu"))}
    theirs = reference(**arrays)
    found = reference_inputs(ours, theirs)
    assert found is not None
    np.testing.assert_array_equal(found["more"], arrays["input:more"])
    pairs = pair_layers(ours, theirs)
    assert pairs["data"] == (Pair("data", "input:data"),)
    assert pairs["more"] == (Pair("more", "input:more"),)


def test_a_layer_that_declares_two_inputs_is_found_by_its_tops(tmp_path: Path) -> None:
    text = (
        'layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 1 dim: 2 } } }'
        'layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "s" }'
    )
    ours = open_network(write_caffe(tmp_path, text))
    found = reference_inputs(ours, reference(**{"in:a": np.zeros((1, 2)), "in:b": np.ones((1, 2))}))
    assert found is not None
    np.testing.assert_array_equal(found["b"], np.ones((1, 2)))


def test_an_array_under_the_name_of_a_loss_does_not_make_a_record_layer_by_layer(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    text = prototxt.replace(
        '"prob" type: "Softmax" bottom: "fc" top: "prob"', '"l" type: "SoftmaxWithLoss" bottom: "fc"'
    )
    ours = open_network(write_caffe(tmp_path, text, weights))
    shape = np.zeros((1, 8, 11, 11))
    assert pair_layers(ours, reference(conv1=shape, l=np.zeros(())))["conv1"] == (Pair("conv1", "conv1"),)


def test_an_input_that_is_overwritten_in_place_is_not_what_was_fed(tmp_path: Path) -> None:
    shape = 'layer { name: "p" type: "Power" bottom: "data" top: "data" power_param { shift: 1 } }'
    ours = open_network(write_caffe(tmp_path, input_layer(1, 2, 3, 3) + shape))
    x = np.zeros((1, 2, 3, 3))
    assert reference_inputs(ours, reference(data=x)) is None
    found = reference_inputs(ours, reference(data=x, p=x + 1))
    assert found is not None
    np.testing.assert_array_equal(found["data"], x)


FIRST, LAST = (0, 1, 2, 3), (0, 3, 1, 2)


def test_maps_of_another_size_lie_as_most_of_the_others_do() -> None:
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 8), [LAST, LAST, FIRST]) == LAST
    assert loose_axes((1, 8, 5, 5), (1, 8, 4, 4), [FIRST, FIRST, LAST]) == FIRST


def test_maps_of_another_size_lie_where_their_channels_fit() -> None:
    assert loose_axes((1, 8, 5, 5), (1, 8, 4, 4), []) == FIRST
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 8), []) == LAST
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 8), [FIRST]) == LAST


def test_where_no_channels_fit_the_others_decide_and_nothing_without_them() -> None:
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 9), [LAST]) == LAST
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 9), []) is None


def test_other_ranks_are_other_things_and_vectors_lie_as_they_are() -> None:
    assert loose_axes((1, 8, 5, 5), (1, 200), [FIRST]) is None
    assert loose_axes((1, 8), (1, 9), [FIRST]) == (0, 1)


def test_layouts_with_new_axes_say_nothing_of_maps() -> None:
    assert loose_axes((1, 8, 5, 5), (1, 4, 4, 9), [(0, 1, -1, -1)]) is None


def test_wrong_values_lie_as_the_others_do_where_the_shape_does_not_say():
    rng = np.random.default_rng(0)
    theirs = rng.standard_normal((1, 8, 8, 8))
    ours = rng.standard_normal((1, 8, 8, 8))
    first, last = (0, 1, 2, 3), (0, 3, 1, 2)
    assert sure_axes(ours.shape, theirs, ours) is None
    assert choose_axes(ours.shape, theirs, ours, [first, last, first]) == first
    assert choose_axes(ours.shape, theirs, ours, [last, last, first]) == last


def test_values_that_are_alike_say_how_they_lie():
    ours = np.random.default_rng(0).standard_normal((1, 8, 8, 8))
    assert sure_axes(ours.shape, ours.transpose(0, 2, 3, 1), ours + 1e-3) == (0, 3, 1, 2)
