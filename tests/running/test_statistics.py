"""Figures of an array."""

import numpy as np

from explorer.running.runner import Runner, feed_picture
from explorer.running.statistics import Statistics, layer_statistics, statistics
from tests.small_network import LAYERS, picture_pixels, small_network


def test_figures_of_a_plain_array():
    found = statistics(np.array([[0.0, 2.0], [4.0, 0.0]], np.float32))
    assert found == Statistics(4, 0.0, 4.0, 1.5, np.sqrt(2.75), 2, 0, 0)


def test_nan_and_infinity_are_counted_and_left_out_of_the_figures():
    found = statistics(np.array([1.0, np.nan, np.inf, -np.inf, 3.0]))
    assert (found.nans, found.infinities, found.not_finite, found.count) == (1, 2, 3, 5)
    assert (found.minimum, found.maximum, found.mean, found.deviation) == (1.0, 3.0, 2.0, 1.0)


def test_nothing_finite_has_no_figures():
    found = statistics(np.full(3, np.nan))
    assert found == Statistics(3, None, None, None, None, 0, 3, 0)


def test_an_empty_array_has_no_figures():
    assert statistics(np.zeros((0, 4))) == Statistics(0, None, None, None, None, 0, 0, 0)


def test_integers_and_truth_values_are_measured_as_numbers():
    assert statistics(np.array([-3, 5], np.int64)).mean == 1.0
    found = statistics(np.array([True, False, True, True]))
    assert (found.mean, found.zeros) == (0.75, 1)


def test_half_precision_sums_do_not_overflow():
    assert statistics(np.full(4000, 60000.0, np.float16)).mean == 60000.0


def test_channels_that_are_zero_everywhere_are_dead():
    maps = np.ones((2, 4, 3, 3), np.float32)
    maps[:, 1] = 0
    maps[0, 2] = 0
    maps[:, 3] = -np.inf
    found = statistics(maps, channel_axis=1)
    assert (found.channels, found.dead) == (4, 1)
    assert statistics(maps).channels is None


def test_an_entry_of_a_vector_is_no_dead_channel():
    assert statistics(np.zeros((1, 5), np.float32), channel_axis=1).dead is None
    assert statistics(np.zeros((1, 5, 1, 1), np.float32), channel_axis=1).dead is None


def test_nan_keeps_a_channel_from_being_dead():
    assert statistics(np.full((1, 2, 2, 2), np.nan), channel_axis=1).dead == 0


def test_every_layer_of_a_run_is_measured_in_the_order_of_the_data():
    network = small_network()
    run = Runner(network, "cpu", 1).run(feed_picture(network, picture_pixels()))
    found = list(layer_statistics(network, run))
    assert [line.layer for line in found] == list(LAYERS)
    relu = found[LAYERS.index("relu1")]
    values = run[relu.value]
    assert relu.shape == values.shape == (1, 4, 8, 8)
    assert relu.found.minimum == 0.0
    assert relu.found.zeros == np.count_nonzero(values == 0)
    assert relu.found.channels == 4
    assert found[-1].found.channels is None
