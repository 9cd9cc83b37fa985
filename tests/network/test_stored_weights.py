"""Weights back in the order of their file."""

import numpy as np
import pytest

from explorer.network import marks
from explorer.network.provenance import Provenance
from explorer.network.stored_weights import as_stored
from tests import keras_files


def back(values, provenance):
    found = as_stored(values, provenance)
    assert found is not None
    return found


def numbers(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_every_step_is_taken_back_in_turn():
    stored = numbers(3, 2, 5, 4)
    values = np.flip(stored, (0, 1)).transpose(3, 2, 0, 1).reshape(4, 30)
    steps = ("float64 to float32", "reverse axes (0, 1)", "transpose (3, 2, 0, 1)", "reshape to (4, 30)")
    assert np.array_equal(back(values, Provenance("w", "k", stored.shape, steps)), stored)


def test_what_was_not_changed_is_the_same():
    stored = numbers(4, 3)
    assert as_stored(stored, Provenance("w", "k", (4, 3))) is stored


@pytest.mark.parametrize(
    "provenance",
    [
        Provenance("w", "k", (9, 3), ("rows 0 to 4",)),
        Provenance("w", "k", (9, 3)),
        Provenance("w", "k", (4, 3), ("transpose (1, 2)",)),
        Provenance("w", "k", (4, 3), ("reshape to (5, 3)",)),
        Provenance("w", "k", (4, 3), ("reverse axes (7,)",)),
    ],
)
def test_what_can_t_be_taken_back_is_not(provenance):
    assert as_stored(numbers(4, 3), provenance) is None


def test_a_keras_kernel_comes_back_as_its_file_has_it(tmp_path):
    layers = [
        keras_files.input_layer("x", 9, 9, 3),
        keras_files.layer("Conv2D", "c", {"filters": 4, "kernel_size": [3, 2]}, "x"),
    ]
    kernel = keras_files.noise(3, 2, 3, 4)
    path = keras_files.write_json(tmp_path, keras_files.functional(layers, ["c"]), keras_version="2.4.0")
    weights = keras_files.write_weights(tmp_path / "w.h5", {"c": {"kernel": kernel, "bias": keras_files.noise(4)}})
    network = keras_files.open_keras(path, weights)
    (tensor,) = [one.const_value for one in network.layer["c"].weights if one.shape is not None and len(one.shape) == 4]
    assert tensor is not None
    provenance = Provenance.from_json(tensor.metadata_props[marks.PROVENANCE])
    assert tensor.shape.numpy() == (4, 3, 3, 2)
    assert np.array_equal(back(tensor.numpy(), provenance), kernel)
