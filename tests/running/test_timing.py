"""Times of the source's layers: whose time is whose, and what is left over. No time is judged."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from explorer.architectures.googlenet import googlenet
from explorer.errors import PortsideError
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Source
from explorer.running.cancellation import Cancelled
from explorer.running.runner import Runner
from explorer.running.timing import Timing, gigaflops, made_up_inputs, time_layers
from tests.small_network import LAYERS, small_network


@pytest.fixture(scope="module")
def timing() -> Timing:
    network = small_network()
    return time_layers(Runner(network, "cpu"), made_up_inputs(network, 3), runs=4)


def test_every_layer_has_a_time_or_the_layer_that_it_is_computed_within(timing):
    assert [row.layer for row in timing.layers] == list(LAYERS)
    for row in timing.layers:
        assert (row.milliseconds is None) == (row.within is not None)
        assert row.milliseconds is None or row.milliseconds >= 0
    assert (timing.runs, timing.batch, timing.provider) == (4, 3, "cpu")
    assert timing.of("nothing") is None


def test_an_activation_is_computed_within_its_convolution(timing):
    row = timing.of("relu1")
    assert row is not None
    assert row.within == "conv1"


def test_layers_conversions_and_overhead_make_up_the_run():
    network = googlenet(width=0.25, classes=12, size=96)
    found = time_layers(Runner(network, "cpu"), made_up_inputs(network), runs=5)
    spent = sum(row.milliseconds or 0.0 for row in found.layers)
    assert spent > 0
    assert 0 <= found.conversions < found.milliseconds
    assert 0 <= found.overhead < found.milliseconds
    heavy = [row for row in found.layers if network.layer[row.layer].type in ("Convolution", "LRN", "InnerProduct")]
    assert all(row.milliseconds for row in heavy)
    within = {row.layer: row.within for row in found.layers if row.within is not None}
    assert within["inception_3a/relu_3x3"] == "inception_3a/3x3"
    assert within["conv1/relu_7x7"] == "conv1/7x7_s2"
    relus = [layer.name for layer in network.layers if layer.type == "ReLU"]
    assert set(relus) <= set(within)


def test_progress_is_told_and_the_work_can_be_cancelled():
    network = small_network()
    told: list[tuple[int, int]] = []
    runner = Runner(network, "cpu")
    time_layers(runner, made_up_inputs(network), runs=3, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(5)]
    with pytest.raises(Cancelled):
        time_layers(runner, made_up_inputs(network), cancelled=lambda: True)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    network = small_network()
    time_layers(Runner(network, "cpu"), made_up_inputs(network), runs=3)
    assert list(Path(tmp_path).iterdir()) == []


def test_a_disk_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    network = small_network()
    with pytest.raises(PortsideError, match="the times can't be kept on disk"):
        time_layers(Runner(network, "cpu"), made_up_inputs(network))


def test_operations_in_a_second_count_two_for_each_multiply_add():
    assert gigaflops(2.0, 3_000_000) == pytest.approx(3.0)
    assert gigaflops(None, 3) is None
    assert gigaflops(1.0, 0) is None
    assert gigaflops(0.0, 10) is None


def test_inputs_that_are_made_up_have_the_networks_shapes_and_types():
    builder = NetworkBuilder("open")
    layer = builder.layer("r", "ReLU")
    layer.top(layer.elementwise("Relu", builder.input("x", ("N", 3, "h", "w"))), "r")
    with pytest.raises(PortsideError, match="the size of the input 'x' is left open"):
        made_up_inputs(builder.build(Source("test")))
    (drawn,) = made_up_inputs(small_network(), 2).values()
    assert drawn.shape == (2, 3, 8, 8)
    assert drawn.dtype == np.float32
