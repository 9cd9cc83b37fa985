"""All maps in one picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.maps.colour_maps import EMPTY, NAN
from explorer.maps.value_range import value_range
from explorer.ui.mosaic import Mosaic, draw, fit_mosaic, pooling_step


def test_the_columns_follow_the_shape_of_the_pane():
    assert fit_mosaic(16, 10, 10, 200, 200).columns == 4
    assert fit_mosaic(16, 10, 10, 800, 60).columns == 16
    assert fit_mosaic(16, 10, 10, 60, 800).columns == 1


def test_columns_are_a_multiple_of_the_unit():
    assert fit_mosaic(64 * 3, 3, 3, 400, 100, unit=3).columns % 3 == 0


def test_an_incomplete_last_row_is_avoided_where_that_costs_little():
    found = fit_mosaic(1024, 7, 7, 600, 640)
    assert 1024 % found.columns == 0


def test_no_maps_have_no_size():
    assert fit_mosaic(0, 5, 5, 100, 100).count == 0
    assert fit_mosaic(3, 0, 5, 100, 100).count == 0


@given(st.integers(1, 700), st.integers(1, 90), st.integers(1, 90), st.integers(2, 900), st.integers(2, 900))
def test_every_map_has_a_place_that_leads_back_to_it(count, height, width, across, down):
    mosaic = fit_mosaic(count, height, width, across, down)
    assert mosaic.gap & (mosaic.gap - 1) == 0
    assert all(length % mosaic.gap == 0 for length in mosaic.pitch)
    for index in {0, count // 2, count - 1}:
        left, top = mosaic.corner(index)
        assert mosaic.find(left, top) == (index, 0, 0)
        assert mosaic.find(left + width - 0.5, top + height - 0.5) == (index, height - 1, width - 1)
        assert left + width <= mosaic.size[0] and top + height <= mosaic.size[1]


def test_beside_the_maps_there_is_nothing():
    mosaic = Mosaic(3, 4, 4, 2, 1)
    assert mosaic.find(4.5, 1) is None
    assert mosaic.find(6, 6) is None
    assert mosaic.find(-1, 1) is None
    assert mosaic.find(11, 1) is None


def test_maps_are_drawn_row_by_row_with_a_gap():
    maps = np.stack([np.full((2, 2), value, np.float32) for value in (0, 1, 2)])
    found = draw(maps, Mosaic(3, 2, 2, 2, 1), value_range([maps], "layer"), 1, "mean")
    e = EMPTY
    assert found.tolist() == [
        [0, 0, e, 125, 125, e],
        [0, 0, e, 125, 125, e],
        [e, e, e, e, e, e],
        [250, 250, e, e, e, e],
        [250, 250, e, e, e, e],
        [e, e, e, e, e, e],
    ]


def test_a_smaller_side_leaves_the_rest_of_its_places_empty():
    maps = np.ones((1, 1, 2), np.float32)
    found = draw(maps, Mosaic(2, 2, 2, 2, 1), value_range([maps, np.zeros((2, 2, 2))], "layer"), 1, "mean")
    assert found[0].tolist() == [250, 250, EMPTY, EMPTY, EMPTY, EMPTY]
    assert (found[1] == EMPTY).all()


@pytest.mark.parametrize("pooling", ["mean", "peak"])
def test_one_nan_among_thousands_stays_visible(pooling):
    maps = np.zeros((1, 64, 64), np.float32)
    maps[0, 37, 21] = np.nan
    mosaic = Mosaic(1, 64, 64, 1, 8)
    found = draw(maps, mosaic, value_range([maps], "layer"), 8, pooling)
    assert np.argwhere(found == NAN).tolist() == [[4, 2]]


def test_one_wrong_value_among_thousands_stays_visible_in_a_difference():
    maps = np.zeros((1, 64, 64), np.float32)
    maps[0, 37, 21] = -1
    found = draw(maps, Mosaic(1, 64, 64, 1, 8), value_range([maps], "layer", difference=True), 8, "peak")
    assert found[4, 2] == 0 and (found[:8, :8] == 125).sum() == 63


def test_drawing_leaves_the_values_as_they_are():
    maps = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    kept = maps.copy()
    for step, gap in ((1, 1), (2, 2)):
        draw(maps, Mosaic(2, 2, 2, 2, gap), value_range([maps], "layer"), step, "mean")
    assert np.array_equal(maps, kept)


@pytest.mark.parametrize(("scale", "step"), [(5, 1), (1, 1), (0.8, 1), (0.5, 2), (0.3, 4), (0.1, 8)])
def test_the_pooling_step_is_the_nearest_power_of_two(scale, step):
    assert pooling_step(scale) == step
