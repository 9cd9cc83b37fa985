"""Smaller maps."""

import numpy as np

from explorer.maps.pooling import pooled


def test_the_mean_of_each_block_also_where_it_is_cut_off():
    maps = np.arange(15, dtype=np.float32).reshape(1, 3, 5)
    expected = [[[3, 5, 6.5], [10.5, 12.5, 14]]]
    assert pooled(maps, 2, "mean").tolist() == expected


def test_the_peak_is_the_value_farthest_from_zero():
    maps = np.array([[[1, -3, 0, 0.5], [2, 0, 0, -0.25]]], np.float32)
    assert pooled(maps, 2, "peak").tolist() == [[[-3, 0.5]]]
