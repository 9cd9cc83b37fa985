"""The size of the pictures that a reference's network was fed with."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison.picture_size import recorded_size
from explorer.network.builder import NetworkBuilder
from tests.diagnosis.ports import as_reference, chain, finished, joined, unary

NETWORK = chain((3, 8, 6), unary("relu1", "Relu"))


def _size(shape: tuple[int, ...], key: str = "data") -> tuple[int, int] | None:
    return recorded_size(NETWORK, as_reference({key: np.zeros(shape)}))


@pytest.mark.parametrize("key", ["data", "data:0", "input", "input:0"])
@pytest.mark.parametrize("shape", [(1, 3, 10, 12), (1, 10, 12, 3), (4, 3, 10, 12)])
def test_another_size_is_told_whatever_the_layout_and_the_name(shape: tuple[int, ...], key: str):
    assert _size(shape, key) == (10, 12)


def test_the_same_size_is_no_news():
    assert _size((2, 3, 8, 6)) is None
    assert _size((1, 8, 6, 3)) is None


@pytest.mark.parametrize("shape", [(1, 4, 10, 12), (1, 300), (3, 10, 12), ()])
def test_what_is_no_picture_of_this_network_says_nothing(shape: tuple[int, ...]):
    assert _size(shape) is None


def test_a_reference_without_the_input_says_nothing():
    assert _size((1, 3, 10, 12), "relu1") is None


def test_a_network_of_two_inputs_has_no_size():
    builder = NetworkBuilder("two")
    values = [builder.input(name, ("N", 3, 8, 6)) for name in ("data", "more")]
    joined(builder.layer("join1", "Concat"), values)
    assert recorded_size(finished(builder), as_reference({"data": np.zeros((1, 3, 10, 12))})) is None
