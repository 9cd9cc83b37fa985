"""References whose names say nothing: paired by what layers compute."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison.alignment import pair_layers
from explorer.comparison.compare import compare
from explorer.comparison.renamed import pair_renamed
from explorer.network.network import Network
from explorer.running.reference import Reference
from explorer.running.runner import Runner
from tests.diagnosis.ports import Step, chain, conv, dense, drawn, pool, recorded, unary

X = drawn(1, 3, 12, 12, seed=7)
W1, W2, W3 = drawn(4, 3, 3, 3, seed=1), drawn(4, 4, 3, 3, seed=2), drawn(4, 4, 3, 3, seed=3)
FC = drawn(5, 4 * 6 * 6, seed=4)


def _network(first: np.ndarray = W1, second: np.ndarray = W2, third: np.ndarray = W3, last: np.ndarray = FC) -> Network:
    pads = [1, 1, 1, 1]
    steps: list[Step] = [conv("conv1", first, pads=pads), unary("relu1", "Relu"), conv("conv2", second, pads=pads)]
    steps += [unary("relu2", "Relu"), conv("conv3", third, pads=pads), pool("pool", "MaxPool", 2, 2)]
    steps += [unary("flat", "Flatten"), dense("fc", last), unary("prob", "Softmax", axis=1)]
    return chain((3, 12, 12), *steps)


def _renamed(clean: Network, seed: int = 0) -> tuple[Reference, dict[str, str]]:
    """What a network computes under names of no meaning, in no order, and what they were."""
    reference = recorded(clean, X)
    keys = list(reference.arrays)
    np.random.default_rng(seed).shuffle(keys)
    arrays = {f"tensor_{number}": reference.arrays[key] for number, key in enumerate(keys)}
    shapes = {key: array.shape for key, array in arrays.items()}
    return Reference("renamed", arrays, shapes), {f"tensor_{number}": key for number, key in enumerate(keys)}


def _found(port: Network, clean: Network) -> dict[str, str]:
    reference, names = _renamed(clean)
    pairs = pair_renamed(Runner(port, "cpu"), reference, pair_layers(port, reference))
    return {layer: names[pair.key] for layer, (pair,) in pairs.items()}


LAYERS = ("conv1", "relu1", "conv2", "relu2", "conv3", "pool", "fc", "prob")


def test_every_layer_of_a_right_port_is_paired_by_its_values():
    found = _found(_network(), _network())
    assert {layer: found[layer] for layer in LAYERS} == {layer: layer for layer in LAYERS}


@pytest.mark.parametrize(
    "port",
    [
        _network(first=W1[:, :, ::-1, ::-1].copy()),
        _network(third=W3[:, :, ::-1, ::-1].copy()),
        _network(last=FC[::-1].copy()),
        _network(first=W1[:, :, ::-1, ::-1].copy(), third=W3[:, :, ::-1, ::-1].copy()),
    ],
    ids=["first layer", "in the middle", "last layer", "two layers"],
)
def test_a_wrong_layer_is_paired_by_what_follows_from_its_value(port: Network):
    found = _found(port, _network())
    assert {layer: found[layer] for layer in LAYERS} == {layer: layer for layer in LAYERS}


def test_the_comparison_names_the_culprit_among_renamed_layers():
    reference, _ = _renamed(_network())
    comparison, _ = compare(Runner(_network(second=W2[:, :, ::-1, ::-1].copy()), "cpu"), reference)
    verdicts = {row.layer: row.verdict for row in comparison.layers}
    assert [layer for layer, verdict in verdicts.items() if verdict == "culprit"] == ["conv2"]
    assert verdicts["conv1"] == "match" and verdicts["prob"] == "inherited"


def test_names_that_most_arrays_share_are_left_as_they_are():
    clean = _network()
    reference = recorded(clean, X)
    named = pair_layers(clean, reference)
    assert pair_renamed(Runner(clean, "cpu"), reference, named) == named
