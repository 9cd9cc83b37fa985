"""The values of a run within a budget: a mapping whose values come when they are looked at."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import pytest

from explorer.architectures.googlenet import googlenet
from explorer.errors import PortsideError
from explorer.network.network import Network
from explorer.running import held, pieces
from explorer.running.activations import Activations
from explorer.running.cancellation import Cancelled
from explorer.running.held import HeldValues
from explorer.running.likeness import relative_distance
from explorer.running.runner import Runner
from explorer.running.spilling import SpilledArray

BATCH = 5
BUDGET = 3 << 20


@pytest.fixture(scope="module")
def network() -> Network:
    return googlenet(width=0.2, classes=9, size=128)


@pytest.fixture(scope="module")
def everything(network: Network) -> Activations:
    return Runner(network, "cpu").run(inputs(), values=list(network.values))


@pytest.fixture(autouse=True)
def little_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LEAST_SCRATCH", 1 << 18)


def inputs() -> dict[str, np.ndarray]:
    return {"data": np.random.default_rng(0).uniform(-100, 100, (BATCH, 3, 128, 128)).astype(np.float32)}


def held_run(network: Network, budget: int = BUDGET) -> HeldValues:
    run = Runner(network, "cpu", memory=budget).run(inputs())
    assert isinstance(run.values, HeldValues)
    return run.values


def test_every_value_is_there_in_any_order_and_within_the_budget(network, everything):
    values = held_run(network)
    whole = sum(array.nbytes for array in everything.values.values())
    assert whole > 2 * BUDGET
    assert values.held_bytes <= BUDGET // 2 + everything["data"].nbytes
    for name in np.random.default_rng(1).permutation(list(network.values)):
        assert relative_distance(values[str(name)], everything[str(name)]) < 2e-6, name
        assert values.held_bytes <= BUDGET


def test_it_is_a_mapping(network):
    values = held_run(network)
    assert isinstance(values, Mapping)
    assert list(values) == list(network.values)
    assert len(values) == len(network.values)
    assert "conv1/7x7_s2" in values
    assert "conv9" not in values
    assert values.get("conv9") is None
    with pytest.raises(KeyError):
        values["conv9"]
    # Asking whether a value is there computes nothing.
    assert "conv1/7x7_s2" not in values.at_hand


def test_the_outputs_and_the_input_are_always_at_hand(network):
    assert {"data", "prob"} <= held_run(network).at_hand


def test_what_was_looked_at_stays_until_its_room_is_wanted(network, everything):
    values = held_run(network)
    name = next(name for name in network.values if name not in values.at_hand and everything[name].nbytes < 1 << 19)
    first = values[name]
    assert values[name] is first
    for other in network.values:
        values.fetch(other)
    assert name not in values.at_hand
    np.testing.assert_array_equal(values[name], first)


def test_an_array_larger_than_the_budget_lies_in_a_file(network, everything):
    values = held_run(network, 1 << 20)
    name = "conv2/3x3"
    assert everything[name].nbytes > 1 << 19
    array = values[name]
    assert not array.flags.writeable
    assert relative_distance(array, everything[name]) < 2e-6
    assert name in values.at_hand
    assert values.held_bytes <= 1 << 20


def test_where_the_disk_is_full_older_files_make_way_and_then_the_reason_is_told(network, monkeypatch):
    values = held_run(network, 1 << 20)
    values["conv1/7x7_s2"]
    assert "conv1/7x7_s2" in values.at_hand
    tried = []

    class Full(SpilledArray):
        def __init__(self, name, shape, dtype, folder=None):
            tried.append(name)
            raise PortsideError(f"'{name}' takes more than there is")

    monkeypatch.setattr(held, "SpilledArray", Full)
    with pytest.raises(PortsideError, match="'conv2/3x3' takes more than there is"):
        values["conv2/3x3"]
    assert tried == ["conv2/3x3", "conv2/3x3"]
    assert "conv1/7x7_s2" not in values.at_hand
    monkeypatch.undo()
    assert values["conv2/3x3"].shape[0] == BATCH


def test_looking_can_be_cancelled_and_tried_again(network):
    values = held_run(network)
    name = next(name for name in network.values if name not in values.at_hand)
    with pytest.raises(Cancelled):
        values.fetch(name, cancelled=lambda: True)
    assert name not in values.at_hand
    assert values[name].shape[0] == BATCH


def test_who_waits_for_another_thread_can_be_cancelled(network):
    values = held_run(network)
    name, other = [name for name in network.values if name not in values.at_hand][:2]
    begun, end = threading.Event(), threading.Event()

    def stay(done: int, total: int) -> None:
        begun.set()
        end.wait(60)

    thread = threading.Thread(target=lambda: values.fetch(name, progress=stay))
    thread.start()
    assert begun.wait(60)
    with pytest.raises(Cancelled):
        values.fetch(other, cancelled=lambda: True)
    end.set()
    thread.join(60)
    assert name in values.at_hand


def test_several_threads_see_the_same(network, everything):
    values = held_run(network)
    names = list(network.values)
    wrong: list[str] = []

    def look(seed: int) -> None:
        drawn = map(str, np.random.default_rng(seed).permutation(names)[:30])
        wrong.extend(name for name in drawn if relative_distance(values[name], everything[name]) > 2e-6)

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []


def test_activations_fetch_from_a_plain_mapping_too(everything):
    assert everything.fetch("prob") is everything["prob"]


def test_who_asks_for_what_is_held_never_waits_for_who_computes(network, monkeypatch):
    values = held_run(network)
    reached, go_on = threading.Event(), threading.Event()
    real = pieces.Pieces.compute

    def slow(*arguments):
        reached.set()
        assert go_on.wait(20)
        return real(*arguments)

    monkeypatch.setattr(pieces.Pieces, "compute", slow)
    computing = threading.Thread(target=lambda: values["conv1/7x7_s2"])
    computing.start()
    assert reached.wait(20)
    found: list[np.ndarray] = []
    asking = threading.Thread(target=lambda: found.append(values["prob"]))
    asking.start()
    asking.join(10)
    came = len(found)
    go_on.set()
    computing.join()
    asking.join()
    assert came == 1
    assert found[0].shape == (BATCH, 9)


def test_what_a_run_left_out_is_looked_ahead_for_where_it_fits(network, everything):
    values = held_run(network, 1 << 30)
    assert values.at_hand < values.keys()
    values.look_ahead()
    assert values.at_hand == values.keys()
    for name in values:
        assert relative_distance(values[name], everything[name]) < 2e-6, name


def test_nothing_is_looked_ahead_for_beyond_the_budget(network):
    values = held_run(network)
    before = values.at_hand
    values.look_ahead()
    assert values.at_hand == before


def test_looking_ahead_is_cancelled(network):
    values = held_run(network, 1 << 30)
    with pytest.raises(Cancelled):
        values.look_ahead(lambda: True)


def test_whoever_asks_for_a_value_goes_before_what_is_looked_ahead_for(network, everything, monkeypatch):
    values = held_run(network, 1 << 30)
    compute = pieces.Pieces.compute
    begun = threading.Event()
    asked: list[list[str]] = []

    def slow(self, names, sources, place, cancelled=None, progress=None):
        if len(names) > 1 and not asked:
            begun.set()
            while not cancelled():
                pass
            raise Cancelled
        asked.append(names)
        return compute(self, names, sources, place, cancelled, progress)

    monkeypatch.setattr(pieces.Pieces, "compute", slow)
    thread = threading.Thread(target=values.look_ahead)
    thread.start()
    assert begun.wait(30)
    name = next(name for name in values if name not in values.at_hand)
    assert relative_distance(values[name], everything[name]) < 2e-6
    thread.join(30)
    assert asked[0] == [name]
    assert values.at_hand == values.keys()
