"""Weights as kernels."""

import numpy as np

from explorer.ui import kernels as module
from explorer.ui.kernels import kernels


def test_the_kernels_of_one_output_follow_one_another():
    weight = np.arange(4 * 5 * 3 * 2, dtype=np.float32).reshape(4, 5, 3, 2)
    found = kernels(weight)
    assert (found.maps.count, found.maps.height, found.maps.width, found.inputs) == (20, 3, 2, 5)
    assert np.array_equal(found.maps.values[7], weight[1, 2])
    assert found.maps.name(7) == "output 1, input 2"


def test_three_input_channels_are_colours_in_the_order_of_the_input():
    weight = np.arange(2 * 3 * 2 * 2, dtype=np.float32).reshape(2, 3, 2, 2)
    straight, turned = kernels(weight, "RGB").colour, kernels(weight, "BGR").colour
    assert straight is not None and np.array_equal(straight, weight)
    assert turned is not None and np.array_equal(turned, weight[:, ::-1])
    assert kernels(np.ones((2, 4, 2, 2), np.float32)).colour is None


def test_one_by_one_kernels_and_matrices_are_one_picture():
    for weight in (np.ones((6, 4, 1, 1), np.float32), np.ones((6, 4), np.float32)):
        found = kernels(weight)
        assert found.maps.values.shape == (1, 6, 4)


def test_a_vector_is_its_entries():
    found = kernels(np.arange(5.0))
    assert found.maps.is_vector and found.maps.count == 5
    assert kernels(np.array(2.0)).maps.count == 1


def test_a_very_large_matrix_is_thinned_out(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 100)
    found = kernels(np.arange(900, dtype=np.float32).reshape(30, 30))
    assert found.thinned == 3
    assert found.maps.values.shape == (1, 10, 10)
    assert found.maps.values[0, 1, 1] == 93


def test_kernels_along_one_axis_are_rows():
    assert kernels(np.ones((4, 2, 5), np.float32)).maps.values.shape == (8, 1, 5)
