"""A factor and an offset for each channel."""

from __future__ import annotations

import numpy as np

from explorer.diagnosis.channel_fit import ChannelFit, fit_channels, fit_node, input_of
from explorer.diagnosis.inversion import Wanted
from explorer.running.activations import Array
from tests.diagnosis.ports import chain, conv, drawn, recorded, scene_of, unary

X = drawn(2, 3, 4, 5, seed=7).astype(np.float64)
FACTORS, OFFSETS = np.array([2.0, -0.5, 1.0]), np.array([0.5, 0.0, -3.0])


def _by_channel(numbers: Array) -> Array:
    return np.asarray(numbers[:, None, None])


def _wanted(array: Array, known: Array | bool = True, side: Array | int = 0) -> Wanted:
    shape = array.shape
    return Wanted(array, np.broadcast_to(known, shape).copy(), np.broadcast_to(side, shape).astype(np.int8))


def _fitted(x: Array, wanted: Wanted) -> ChannelFit:
    fit = fit_channels(x, wanted)
    assert fit is not None
    return fit


RIGHT = X * _by_channel(FACTORS) + _by_channel(OFFSETS)


def test_factors_and_offsets_are_found_by_channel():
    fit = _fitted(X, _wanted(RIGHT))
    np.testing.assert_allclose(fit.slope, FACTORS)
    np.testing.assert_allclose(fit.offset, OFFSETS, atol=1e-12)
    assert fit.sure.all()
    assert fit.left_open is None
    assert fit.text == "factors from -0.5 to 2"


def test_what_is_not_known_counts_for_nothing():
    known = np.random.default_rng(0).random(X.shape) < 0.3
    fit = _fitted(np.where(known, X, np.nan), _wanted(np.where(known, RIGHT, 99.0), known))
    np.testing.assert_allclose(fit.slope, FACTORS)
    assert fit.sure.all()


def test_a_channel_without_contrast_has_an_offset_and_is_not_sure():
    x, wanted = X.copy(), RIGHT.copy()
    x[:, 1], wanted[:, 1] = 4.0, 7.0
    fit = _fitted(x, _wanted(wanted))
    assert fit.sure.tolist() == [True, False, True]
    assert (fit.slope[1], fit.offset[1]) == (1.0, 3.0)
    assert fit.left_open == "1 of 3 channels show too little"


def test_a_channel_that_is_cut_off_everywhere_stays_below():
    known = np.ones(X.shape, bool)
    known[:, 0] = False
    bound = np.where(known, RIGHT, -1.0)
    fit = _fitted(X, _wanted(bound, known, np.where(known, 0, -1)))
    given = X * _by_channel(fit.slope) + _by_channel(fit.offset)
    assert fit.sure.tolist() == [False, True, True]
    np.testing.assert_allclose(given[known], RIGHT[known], atol=1e-9)
    assert (given[~known] <= bound[~known] + 1e-9).all()


def test_the_one_place_that_is_highest_is_met_with_all_others_below():
    x = np.array([3.0, 1.0, 0.0, -2.0]).reshape(1, 1, 2, 2)
    known = x == 3
    fit = _fitted(x, _wanted(np.where(known, 5.0, 0.0), known, np.where(known, 0, -1)))
    given = x * fit.slope[0] + fit.offset[0]
    np.testing.assert_allclose(given.reshape(-1)[:2], [5, 0])
    assert (given.reshape(-1)[2:] < 0).all()


def test_factors_of_one_scale_nothing_and_what_is_not_sure_says_nothing():
    sure = np.array([True, True, False])
    assert not ChannelFit(np.array([1, 1 + 1e-7, 5]), OFFSETS, sure).scales
    assert ChannelFit(np.array([1, 1.001, 5]), OFFSETS, sure).scales
    assert not ChannelFit(FACTORS, OFFSETS, np.zeros(3, bool)).scales


def test_vectors_of_a_fit_do_what_it_does():
    vectors = ChannelFit(FACTORS, OFFSETS, np.ones(3, bool)).vectors
    assert [array.dtype for array in vectors] == [np.float32] * 4
    clean = chain((3, 4, 5), unary("bn1", "BatchNormalization", *vectors, epsilon=0.0))
    given = recorded(clean, X.astype(np.float32)).arrays["bn1"]
    np.testing.assert_allclose(given, RIGHT, rtol=1e-5, atol=1e-6)


def test_other_shapes_have_no_fit():
    assert fit_channels(X, _wanted(RIGHT[:, :, :2])) is None
    assert fit_channels(X.reshape(-1), _wanted(RIGHT.reshape(-1))) is None


def test_a_node_is_fitted_by_what_it_reads_or_by_what_it_gives():
    weight, x = drawn(3, 3, 1, 1), X.astype(np.float32)
    scale, shift = (array.astype(np.float32) for array in (FACTORS, OFFSETS))
    clean = chain((3, 4, 5), conv("conv1", weight * scale[:, None, None, None], shift))
    scene = scene_of(chain((3, 4, 5), conv("conv1", weight)), recorded(clean, x), "conv1")
    node = scene.draft.nodes[0]
    behind = fit_node(scene, node, behind=True)
    assert behind is not None
    np.testing.assert_allclose(behind.slope, FACTORS, rtol=1e-4)
    np.testing.assert_allclose(behind.offset, OFFSETS, atol=1e-4)
    ahead = fit_node(scene, node)
    assert ahead is not None
    assert np.abs(ahead.slope - FACTORS).max() > 0.1
    np.testing.assert_array_equal(input_of(scene, node), x)
