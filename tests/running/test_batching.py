"""Pictures run together, and when they are not."""

import numpy as np
import pytest

from explorer.running.batching import Batches, usual_batch
from explorer.running.cancellation import Cancelled
from explorer.running.runner import Runner
from tests.picture_networks import Node, network_of, pooled_network

DRAW = np.random.default_rng(2)
TENSORS = [DRAW.standard_normal((1, 3, 4, 4)).astype(np.float32) for _ in range(5)]
WEIGHT, BIAS = np.arange(6).reshape(2, 3), np.array([1.0, -1.0])


def by_hand(tensor):
    return WEIGHT @ tensor.mean(axis=(2, 3))[0] + BIAS


def test_a_cpu_takes_one_picture_at_a_time(tmp_path):
    assert usual_batch(Runner(pooled_network(tmp_path, WEIGHT, BIAS), "cpu", 1)) == 1


def test_pictures_run_together_give_each_its_own_answer(tmp_path):
    batches = Batches(Runner(pooled_network(tmp_path, WEIGHT, BIAS), "cpu", 1), ["y"], 4)
    found = batches.run(TENSORS)
    assert batches.size == 4
    for tensor, activations in zip(TENSORS, found, strict=True):
        np.testing.assert_allclose(activations["y"], [by_hand(tensor)], rtol=1e-5)
        np.testing.assert_array_equal(activations.inputs["x"], tensor)


def test_a_network_that_mixes_its_batch_runs_every_picture_alone(tmp_path):
    nodes: list[Node] = [
        ("ReduceMean", ["x"], "all", {"axes": [0], "keepdims": 1}),
        ("Sub", ["x", "all"], "left", {}),
        ("ReduceMean", ["left"], "y", {"axes": [2, 3], "keepdims": 0}),
    ]
    network = network_of(tmp_path, nodes, {}, output=("N", 3))
    batches = Batches(Runner(network, "cpu", 1), ["y"], 4)
    found = batches.run(TENSORS)
    assert batches.size == 1
    # Alone, a picture is its batch's mean: nothing is left of it.
    assert all(not activations["y"].any() for activations in found)


def test_a_network_that_gives_one_row_for_all_runs_every_picture_alone(tmp_path):
    nodes: list[Node] = [("ReduceMean", ["x"], "y", {"axes": [0, 2, 3], "keepdims": 0})]
    network = network_of(tmp_path, nodes, {}, output=(3,))
    batches = Batches(Runner(network, "cpu", 1), ["y"], 4)
    found = batches.run(TENSORS)
    assert batches.size == 1
    np.testing.assert_allclose(found[3]["y"], TENSORS[3].mean(axis=(0, 2, 3)), rtol=1e-5)


def test_a_network_of_a_fixed_batch_is_never_asked_for_another(tmp_path):
    nodes: list[Node] = [("GlobalAveragePool", ["x"], "y", {})]
    network = network_of(tmp_path, nodes, {}, shape=(1, 3, 4, 4), output=(1, 3, 1, 1))
    batches = Batches(Runner(network, "cpu", 1), ["y"], 4)
    assert batches.size == 1
    assert len(batches.run(TENSORS)) == 5


def test_work_stops_when_it_is_cancelled(tmp_path):
    batches = Batches(Runner(pooled_network(tmp_path, WEIGHT, BIAS), "cpu", 1), ["y"], 4)
    with pytest.raises(Cancelled):
        batches.run(TENSORS, lambda: True)
