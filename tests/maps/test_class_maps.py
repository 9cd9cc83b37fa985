"""Maps as large as the input."""

import numpy as np

from explorer.maps.class_maps import largest, spread


def test_a_map_is_interpolated_between_the_middles_of_its_cells():
    wide = spread(np.array([[0.0, 4.0]]), (1, 4))
    np.testing.assert_allclose(wide, [[0, 1, 3, 4]])


def test_a_map_of_the_inputs_size_stays_as_it_is():
    values = np.arange(6.0).reshape(2, 3)
    assert spread(values, (2, 3)) is values


def test_the_largest_is_the_farthest_from_zero_and_finite():
    assert largest(np.array([1.0, -3.0, np.nan, np.inf])) == 3
    assert largest(np.array([np.nan])) == 0
