"""Values that stand under another layer's name."""

from __future__ import annotations

import numpy as np

from explorer.comparison.compare import compare
from explorer.comparison.comparison import Comparison
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.reference import Reference
from explorer.running.runner import Runner
from tests.diagnosis.ports import as_reference, batch_norm, chain, conv, drawn, positive, recorded, unary

X = drawn(1, 3, 7, 6, seed=7)
W, B = drawn(4, 3, 3, 3), drawn(4, seed=2)
GAMMA, BETA, MEAN, VARIANCE = positive(4, seed=1), drawn(4, seed=2), drawn(4, seed=3), positive(4, seed=4)
EPSILON = np.float32(1e-3)
FACTOR = GAMMA / np.sqrt(VARIANCE + EPSILON)


def _folded(weight: Array = W) -> Network:
    """The convolution under its own name gives what the normalisation gave."""
    return chain(
        (3, 7, 6),
        conv("conv1", weight * FACTOR[:, None, None, None], (B - MEAN) * FACTOR + BETA, pads=1),
        unary("relu1", "Relu"),
    )


def _original() -> Reference:
    plain = chain(
        (3, 7, 6),
        conv("conv1", W, B, pads=1),
        batch_norm("bn1", GAMMA, BETA, MEAN, VARIANCE, epsilon=float(EPSILON)),
        unary("relu1", "Relu"),
    )
    return recorded(plain, X)


def _compared(port: Network, reference: Reference) -> Comparison:
    return compare(Runner(port, "cpu", 1), reference)[0]


def test_a_folded_convolution_is_paired_with_what_the_normalisation_gave():
    comparison = _compared(_folded(), _original())
    row = comparison.layer["conv1"]
    assert (row.reference_key, row.verdict) == ("bn1", "match")
    assert comparison.aligned["conv1"] == ("bn1", (0, 1, 2, 3))
    assert comparison.layer["relu1"].verdict == "match"
    assert comparison.agrees
    assert comparison.unmatched_reference == ("conv1",)


def test_an_array_that_lies_otherwise_is_turned():
    original = _original().arrays
    last = as_reference({name: array.transpose(0, 2, 3, 1) for name, array in original.items()})
    comparison = _compared(_folded(), last)
    assert comparison.aligned["conv1"] == ("bn1", (0, 3, 1, 2))
    assert comparison.agrees


def test_a_wrong_layer_keeps_the_array_of_its_name():
    row = _compared(_folded(-W), _original()).layer["conv1"]
    assert (row.reference_key, row.verdict) == ("conv1", "culprit")


def test_an_array_that_a_layer_has_by_name_is_not_taken_for_another():
    steps = unary("relu1", "Relu"), unary("act2", "Abs")
    clean = chain((3, 7, 6), conv("conv1", W), *steps)
    reference = recorded(clean, X)
    # What the wrong layer gives is what stands under the name of the one behind it.
    port = chain((3, 7, 6), conv("conv1", W), unary("relu1", "Identity"), unary("act2", "Identity"))
    swapped = as_reference({**reference.arrays, "relu1": -reference.arrays["conv1"]})
    comparison = _compared(port, swapped)
    assert comparison.layer["relu1"].reference_key == "relu1"
    assert comparison.layer["relu1"].verdict == "culprit"


def test_names_that_are_right_are_left_alone():
    reference = _original()
    both = as_reference({**reference.arrays, "more": reference.arrays["relu1"]})
    comparison = _compared(_folded(), both)
    assert comparison.layer["relu1"].reference_key == "relu1"
    assert set(comparison.unmatched_reference) == {"conv1", "more"}
