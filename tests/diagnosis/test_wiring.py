"""Layers that read another layer's values than the original's."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.diagnosis.wiring import other_sources
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network
from tests.diagnosis.ports import conv, dense, drawn, finding_of, finished, joined, recorded, scene_of, unary

X = drawn(2, 9)


def _two_heads(head: str) -> Network:
    """Two classifiers behind one trunk, one of which gives the probabilities."""
    builder = NetworkBuilder("tiny")
    trunk = dense("trunk", drawn(6, 9, seed=5))(builder, builder.input("data", ("N", 9)))
    heads = {name: dense(name, drawn(5, 6, seed=seed))(builder, trunk) for seed, name in ((1, "main"), (2, "side"))}
    unary("prob", "Softmax", axis=1)(builder, heads[head])
    for value in heads.values():
        builder.give(value)
    return finished(builder)


def test_a_classifier_that_is_not_recorded_is_found_as_the_originals_head():
    finding = finding_of(_two_heads("main"), _two_heads("side"), X, without={"main"})
    assert (finding.layer, finding.cause) == ("prob", "output-head")
    assert finding.detail == "it reads 'side' where the original reads 'main'"
    assert finding.indistinguishable == ("wiring",)


@pytest.mark.parametrize("without", [{"main", "side"}, {"main", "side", "trunk"}])
def test_where_neither_classifier_is_recorded_exchanged_weights_explain_as_much(without: set[str]):
    finding = finding_of(_two_heads("main"), _two_heads("side"), X, without=without)
    assert "output-head" in {finding.cause, *finding.indistinguishable}
    assert finding.decides is not None


def test_no_layer_reads_what_is_computed_from_it():
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 3, 8, 7))
    one = conv("conv1", drawn(3, 3, 3, 3, seed=1), pads=1)(builder, x)
    two = conv("conv2", drawn(3, 3, 3, 3, seed=2), pads=1)(builder, one)
    three = conv("conv3", drawn(3, 3, 1, 1, seed=3))(builder, two)
    joined(builder.layer("join", "Concat"), [one, two, three])
    network = finished(builder)
    pictures = drawn(1, 3, 8, 7, seed=7)
    scene = scene_of(network, recorded(network, pictures), "conv2")
    assert [edit.detail for (edit,) in other_sources(scene)] == ["it reads 'conv1' where the original reads 'data'"]


def test_a_multiple_of_what_is_read_is_no_other_source():
    builder = NetworkBuilder("tiny")
    x = builder.input("data", ("N", 9))
    half = unary("half", "Mul", np.asarray(0.5, np.float32))(builder, x)
    other = unary("other", "Abs")(builder, x)
    fc = dense("fc", drawn(5, 9))(builder, half)
    for value in (other, fc):
        builder.give(value)
    network = finished(builder)
    found = [edit.detail for (edit,) in other_sources(scene_of(network, recorded(network, X), "fc"))]
    assert found == ["it reads 'half' where the original reads 'other'"]


def _past_an_activation(passes: bool) -> Network:
    """Two branches behind one ReLU, the second of which may read what is before it."""
    builder = NetworkBuilder("tiny")
    before = conv("conv1", drawn(4, 3, 3, 3))(builder, builder.input("data", ("N", 3, 8, 7)))
    after = unary("relu1", "Relu")(builder, before)
    left = conv("left", drawn(2, 4, 1, 1, seed=2))(builder, after)
    right = conv("right", drawn(2, 4, 1, 1, seed=3))(builder, before if passes else after)
    joined(builder.layer("join", "Concat"), [left, right])
    return finished(builder)


@pytest.mark.parametrize("without", [set(), {"conv1"}, {"conv1", "relu1"}])
def test_a_layer_that_passes_an_activation_by_is_found_rather_than_one_that_is_missing(without: set[str]):
    x = drawn(2, 3, 8, 7, seed=7)
    finding = finding_of(_past_an_activation(False), _past_an_activation(True), x, without=without)
    assert (finding.layer, finding.cause) == ("right", "wiring")
    assert finding.detail == "it reads what 'relu1' reads where the original reads what that gives"
