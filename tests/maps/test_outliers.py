"""What no colour of the ramp stands for."""

import numpy as np

from explorer.maps.outliers import ABOVE, BELOW, HIGHEST, LOWEST, NAN, Outliers, kinds, outliers
from explorer.maps.value_range import ValueRange, value_range

VALUES = np.array([[[np.nan, np.inf, -np.inf], [5, -5, 1]]], np.float32)
SPAN = ValueRange(np.array([-1.0]), np.array([1.0]), True)


def test_each_kind_is_counted_once():
    assert outliers(VALUES, SPAN) == Outliers(1, 2, 2)
    assert outliers(VALUES) == Outliers(1, 2, 0)
    assert outliers(VALUES, SPAN).total == 5


def test_each_entry_has_its_kind():
    assert kinds(VALUES, SPAN).tolist() == [[[NAN, HIGHEST, LOWEST], [ABOVE, BELOW, 0]]]


def test_nothing_lies_beyond_the_range_of_all():
    maps = np.random.default_rng(0).standard_normal((3, 7, 7)).astype(np.float32)
    for mode in ("layer", "channel"):
        assert outliers(maps, value_range([maps], mode)) == Outliers()
    clipped = outliers(maps, value_range([maps], "robust"))
    assert 0 < clipped.beyond < 0.02 * maps.size


def test_ranges_of_each_channel():
    maps = np.array([[[2.0]], [[2.0]]])
    span = ValueRange(np.array([0.0, 0.0]), np.array([1.0, 3.0]), False)
    assert kinds(maps, span).reshape(-1).tolist() == [ABOVE, 0]
