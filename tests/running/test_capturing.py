"""Capturing changes no result, holds what it may, and leaves fusions alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx_ir as ir
import pytest

from explorer.architectures.alexnet import alexnet
from explorer.architectures.googlenet import googlenet
from explorer.architectures.vgg import vgg16
from explorer.errors import PortsideError
from explorer.network.builder import NetworkBuilder
from explorer.network.network import BATCH, Network, Source
from explorer.running import pieces
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from explorer.running.capturing import choose_kept, fused_values
from explorer.running.held import HeldValues
from explorer.running.kept import OnDevice
from explorer.running.likeness import FLOORS, relative_distance
from explorer.running.program import Program
from explorer.running.provider_table import PROVIDERS
from explorer.running.runner import Runner
from explorer.running.sizes import value_sizes
from tests.small_network import picture_pixels, small_network

NETWORKS: dict[str, Callable[[], Network]] = {
    "googlenet": lambda: googlenet(width=0.25, classes=12, size=96),
    "vgg": lambda: vgg16(width=0.1, classes=12, size=64),
    "alexnet": lambda: alexnet(width=0.1, classes=12),
    "small": small_network,
}


@pytest.fixture(autouse=True)
def little_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LEAST_SCRATCH", 1 << 18)


def pictures(network: Network, count: int = 4) -> dict[str, Array]:
    shape = network.inputs[0].shape
    assert shape is not None
    sizes = [size for size in shape[1:] if isinstance(size, int)]
    drawn = np.random.default_rng(0).uniform(-100, 100, (count, *sizes)).astype(np.float32)
    return {network.inputs[0].name or "": drawn}


@pytest.mark.parametrize("name", NETWORKS)
def test_capturing_changes_nothing_beyond_the_noise_floor(name):
    network = NETWORKS[name]()
    fed = pictures(network)
    runner = Runner(network, "cpu")
    outputs = runner.output_names()
    plain = runner.run(fed, values=outputs)
    up = {key: np.nextafter(array, np.float32(np.inf)) for key, array in fed.items()}
    moved = runner.run(up, values=list(network.values))
    everything = runner.run(fed, values=list(network.values))
    captured = runner.run(fed)
    total = sum(array.nbytes for array in everything.values.values())
    tight = Runner(network, "cpu", memory=total // 3).run(fed)
    assert isinstance(tight.values, HeldValues)
    for key in outputs:
        floor = max(relative_distance(moved[key], plain[key]), float(np.finfo(np.float32).eps))
        for other in (everything, captured, tight):
            assert relative_distance(other[key], plain[key]) <= FLOORS * floor
    for key in network.values:
        floor = max(relative_distance(moved[key], everything[key]), float(np.finfo(np.float32).eps))
        for other in (captured, tight):
            assert relative_distance(other[key], everything[key]) <= FLOORS * floor, key


def test_what_onnxruntime_computes_in_one_go_is_only_computed_apart_when_it_is_asked_for():
    network = small_network()
    fused = fused_values(network)
    assert fused == {"conv1:conv1"} or fused == {"conv1"}
    (hidden,) = fused
    run = Runner(network, "cpu").run(pictures(network))
    assert isinstance(run.values, HeldValues)
    assert run.values.at_hand == set(network.values) - fused
    np.testing.assert_allclose(np.maximum(run[hidden], 0), run["conv1"], rtol=1e-5, atol=1e-4)


def test_outputs_and_values_with_several_readers_are_never_left_out():
    network = googlenet(width=0.1, classes=9, size=64)
    fused = fused_values(network)
    assert "prob" not in fused
    assert len(fused) == 57
    assert not fused & {value.name for value in network.blobs.values()}


def test_of_parts_of_equal_cost_the_smallest_values_are_kept_and_no_more_than_there_is_room_for():
    network = vgg16(width=0.1, classes=12, size=64)
    sizes = value_sizes(network, {"data": (8, 3, 64, 64)})
    everything = sum(sizes[name] for name in network.values)
    for room in (0, everything // 50, everything // 10, everything):
        kept = choose_kept(network, sizes, room, {"data", "prob"})
        assert sum(sizes[name] for name in kept) <= room
        assert not {"data", "prob"} & set(kept)
    assert choose_kept(network, sizes, 0, ()) == ()
    few = choose_kept(network, sizes, everything // 20, {"data", "prob"})
    assert "pool2" in few or "pool3" in few


def test_sizes_are_known_before_a_run():
    network = vgg16(width=0.1, classes=12, size=64)
    run = Runner(network, "cpu").run(pictures(network, 3), values=list(network.values))
    sizes = value_sizes(network, {"data": (3, 3, 64, 64)})
    assert {name: sizes[name] for name in network.values} == {name: run[name].nbytes for name in network.values}


def _mixing_network() -> Network:
    """Its second layer subtracts the mean over the batch: pictures are not independent."""
    builder = NetworkBuilder("mixing")
    x = builder.input("data", (BATCH, 3, 32, 32))
    first = builder.layer("double", "Eltwise")
    doubled = first.top(first.elementwise("Add", x, x), "double")
    second = builder.layer("mean", "Reduction")
    axes = second.weight("axes", np.array([0], np.int64))
    mean = second.elementwise("ReduceMean", doubled, axes)
    centred = second.top(second.elementwise("Sub", doubled, mean), "centred")
    third = builder.layer("relu", "ReLU")
    third.top(third.elementwise("Relu", centred), "relu")
    return builder.build(Source("test"))


def test_pictures_that_depend_on_one_another_stay_together():
    network = _mixing_network()
    fed = pictures(network, 40)
    whole = Runner(network, "cpu").run(fed, values=list(network.values))
    tight = Runner(network, "cpu", memory=600_000).run(fed)
    assert isinstance(tight.values, HeldValues)
    for name in network.values:
        np.testing.assert_allclose(tight[name], whole[name], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(tight["relu"], np.maximum(2 * (fed["data"] - fed["data"].mean(0)), 0), atol=1e-3)


def test_a_layer_that_no_memory_can_hold_is_told_in_a_sentence(monkeypatch):
    network = _mixing_network()
    monkeypatch.setattr(pieces, "free_memory", lambda: 100_000)
    with pytest.raises(PortsideError, match=r"takes .* of memory at once, and 100 kB are free: run fewer pictures"):
        Runner(network, "cpu", memory=600_000).run(pictures(network, 40))


def test_a_run_in_pieces_tells_how_far_it_is_and_can_be_cancelled():
    network = googlenet(width=0.25, classes=12, size=96)
    told: list[tuple[int, int]] = []
    runner = Runner(network, "cpu", memory=1 << 20)
    runner.run(pictures(network, 6), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert len(told) > 1
    with pytest.raises(Cancelled):
        runner.run(pictures(network, 6), cancelled=lambda: True)
    assert runner.run(pictures(network, 1), values=["prob"])["prob"].shape == (1, 12)


def test_a_runner_hands_its_budget_on():
    runner = Runner(small_network(), "cpu", memory=123 << 20)
    assert runner.for_network(small_network()).memory == 123 << 20
    assert runner.on_cpu().memory == 123 << 20


def test_values_stay_on_the_device_until_they_are_looked_at():
    network = small_network()
    fed = {"data": picture_pixels(8).transpose(2, 0, 1)[None].astype(np.float32)}
    names = [name for name in network.values if name != "data"]
    program = Program(network.model, names, "cpu")
    bound = program.run_on_device(fed, names, "cpu")
    host = program.run(fed, names)
    for name in names:
        np.testing.assert_array_equal(OnDevice(bound[name]).array(), host[name])
    assert OnDevice(bound["fc"]).nbytes == 0
    with pytest.raises(Cancelled):
        program.run_on_device(fed, names, "cpu", lambda: True)
    with pytest.raises(PortsideError, match="can't run the network"):
        program.run_on_device({"data": fed["data"][:, :2]}, names, "cpu")


def test_a_run_on_a_device_gives_the_same_mapping(monkeypatch):
    from dataclasses import replace

    from explorer.running import runner as module

    cpu = replace(PROVIDERS[-1], memory="cpu")
    monkeypatch.setattr(module, "provider_named", lambda name: cpu)
    network = small_network()
    fed = pictures(network)
    on_device = Runner(network, "cpu").run(fed)
    monkeypatch.undo()
    plain = Runner(network, "cpu").run(fed)
    assert isinstance(on_device.values, HeldValues)
    assert on_device.values.held_bytes == fed["data"].nbytes
    assert list(on_device.values) == list(plain.values)
    for name in network.values:
        np.testing.assert_allclose(on_device[name], plain[name], rtol=1e-5, atol=1e-5)
    # What was looked at is in the machine's memory from then on.
    assert on_device["fc"] is on_device["fc"]


def test_a_lean_program_gives_what_a_plain_one_gives_with_the_largest_weights_fed(monkeypatch):
    from explorer.running import program

    monkeypatch.setattr(program, "FED_BYTES", 1024)
    network = small_network()
    fed = pictures(network, 2)
    plain = Program(network.model, ["prob"], "cpu").run(fed, ["prob"])
    lean = Program(network.model, ["prob"], "cpu", lean=True)
    assert {array.size for array in lean._fed.values()} == {6 * 6 * 16}
    np.testing.assert_allclose(lean.run(fed, ["prob"])["prob"], plain["prob"], rtol=1e-5)
    assert isinstance(network.model, ir.Model)
