"""Arrays of any rank as maps."""

import numpy as np
import pytest

from explorer.maps.feature_maps import difference, feature_maps, is_drawable, pictures_in, real


def test_channels_height_and_width_of_the_first_picture():
    array = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    maps = feature_maps(array)
    assert np.array_equal(maps.values, array[0])
    assert np.shares_memory(maps.values, array)
    assert np.array_equal(feature_maps(array, item=1).values, array[1])
    assert maps.name(2) == "channel 2"


def test_channels_in_the_last_axis():
    array = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3)
    assert np.array_equal(feature_maps(array, channel_axis=3).values, array[0].transpose(2, 0, 1))
    assert np.array_equal(feature_maps(array, channel_axis=-1).values, array[0].transpose(2, 0, 1))


@pytest.mark.parametrize("shape", [(1, 7), (1, 7, 1, 1), (7,), (1, 1, 7), (1, 7, 1)])
def test_one_axis_longer_than_one_is_a_vector(shape):
    maps = feature_maps(np.arange(7.0).reshape(shape))
    assert maps.is_vector
    assert np.array_equal(maps.values.reshape(-1), np.arange(7.0))


def test_a_single_number_is_a_vector_of_one():
    assert feature_maps(np.array(4.5)).values.shape == (1, 1, 1)


def test_a_matrix_for_each_picture_is_one_map():
    array = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    maps = feature_maps(array)
    assert maps.values.shape == (1, 3, 4)
    assert not maps.is_vector


def test_further_axes_are_folded_into_the_channels():
    array = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(1, 2, 3, 4, 5)
    maps = feature_maps(array)
    assert maps.values.shape == (6, 4, 5)
    assert np.array_equal(maps.values[4], array[0, 1, 1])
    assert maps.name(4) == "channel 1, slice 1"


def test_an_empty_array_has_no_maps():
    assert feature_maps(np.zeros((1, 0, 4, 4), np.float32)).count == 0


@pytest.mark.parametrize("kind", [np.float16, np.int8, np.uint8, np.bool_])
def test_narrow_numbers_become_float32(kind):
    assert real(np.ones(3, kind)).dtype == np.float32


def test_wide_integers_keep_their_values():
    assert real(np.array([2**31 - 1], np.int64))[0] == 2**31 - 1


def test_complex_numbers_become_magnitudes():
    assert real(np.array([3 + 4j], np.complex64))[0] == 5


def test_text_cannot_be_drawn():
    assert not is_drawable(np.array(["a"]))
    assert not is_drawable(np.array([None], object))
    assert is_drawable(np.ones(1, np.float16))


def test_the_first_axis_is_the_batch():
    assert pictures_in(np.zeros((4, 3, 2, 2))) == 4
    assert pictures_in(np.zeros(4)) == 1


def test_equal_infinities_and_nan_on_both_sides_do_not_differ():
    ours = np.array([np.inf, np.nan, np.inf, np.nan, 3.0], np.float32)
    theirs = np.array([np.inf, np.nan, -np.inf, 1.0, 1.0], np.float32)
    found = difference(ours, theirs)
    assert found[0] == 0 and found[1] == 0 and found[2] == np.inf and np.isnan(found[3]) and found[4] == 2


def test_no_difference_of_unlike_shapes():
    with pytest.raises(ValueError, match="shapes differ"):
        difference(np.zeros(3), np.zeros(4))
