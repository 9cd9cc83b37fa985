"""A provider that fails in the middle of the work: the CPU does it, and it is told; never where it was asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.comparison.compare import compare
from explorer.errors import PortsideError
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from explorer.running.providers import Fallback
from explorer.running.reference import Reference
from explorer.running.runner import Runner, feed_picture
from tests.running.made_up_gpu import MadeUpGpu, made_up
from tests.small_network import blobs, picture_pixels, small_network

FAILURES = [
    MadeUpGpu(refuses="this kernel is not there"),
    MadeUpGpu(fails="[ONNXRuntimeError] : 11 : EP_FAIL : this kernel is not there"),
]


def inputs() -> dict[str, Array]:
    return feed_picture(small_network(), picture_pixels())


@pytest.mark.parametrize("gpu", FAILURES, ids=["at load", "in a run"])
def test_the_cpu_takes_the_place_of_a_provider_that_fails(monkeypatch: pytest.MonkeyPatch, gpu: MadeUpGpu) -> None:
    expected = Runner(small_network(), "cpu").run(inputs())
    told: list[Fallback] = []
    with made_up(monkeypatch, gpu):
        runner = Runner(small_network(), on_fallback=told.append)
        assert runner.provider.name == "cuda"
        run = runner.run(inputs())
        assert run.provider == runner.provider.name == "cpu"
        for name, array in expected.values.items():
            np.testing.assert_array_equal(run[name], array)
        runner.run(inputs(), values=["prob"])
    assert told == [runner.fallback] == [Fallback("cuda", "this kernel is not there")]
    assert told[0].sentence == "CUDA failed, so the network runs on the CPU: this kernel is not there"


@pytest.mark.parametrize("gpu", FAILURES, ids=["at load", "in a run"])
def test_a_provider_that_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch, gpu: MadeUpGpu) -> None:
    with made_up(monkeypatch, gpu):
        runner = Runner(small_network(), "cuda")
        with pytest.raises(PortsideError, match=r"onnxruntime .* the network: this kernel is not there"):
            runner.run(inputs())
        assert runner.fallback is None


def test_a_comparison_goes_on_where_the_provider_fails_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = dict(blobs(small_network(), picture_pixels()))
    with made_up(monkeypatch, MadeUpGpu(fails="device lost")):
        runner = Runner(small_network())
        comparison, _ = compare(runner, Reference("r.npz", arrays, {name: a.shape for name, a in arrays.items()}))
    assert comparison.agrees
    assert runner.fallback == Fallback("cuda", "device lost")


def test_a_runner_of_another_network_tells_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Fallback] = []
    with made_up(monkeypatch, MadeUpGpu(fails="device lost")):
        first = Runner(small_network(), on_fallback=told.append)
        other = first.for_network(small_network())
        assert other.provider.name == "cuda"
        other.run(inputs())
        assert first.provider.name == other.provider.name == "cpu"
    assert told == [Fallback("cuda", "device lost")]


def test_what_the_cpu_refuses_too_is_no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    with made_up(monkeypatch, MadeUpGpu(fails="device lost")):
        runner = Runner(small_network())
        program = runner.program_of(runner.network.model, ["prob"])
        with pytest.raises(PortsideError, match="Invalid rank for input"):
            program.run({"data": np.zeros((1, 3), np.float32)}, ["prob"])
        assert runner.fallback is None
        assert runner.provider.name == "cuda"
        # And the program can still be run, here on the CPU.
        assert program.run(inputs(), ["prob"])["prob"].shape == (1, 6)
        assert runner.fallback is not None


def test_work_that_is_cancelled_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with made_up(monkeypatch, MadeUpGpu(fails="device lost")):
        runner = Runner(small_network())
        with pytest.raises(Cancelled):
            runner.run(inputs(), cancelled=lambda: True)
        assert runner.fallback is None


def one_percent_off(array: Array, options: object) -> Array:
    spoilt: Array = array * np.array(1.005, array.dtype)
    return spoilt


def test_what_a_provider_gets_wrong_is_no_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = dict(blobs(small_network(), picture_pixels()))
    spoils: Callable[[Array, object], Array] = one_percent_off
    with made_up(monkeypatch, MadeUpGpu(spoils=spoils)):
        runner = Runner(small_network())
        assert runner.provider.name == "cuda"
        comparison, _ = compare(runner, Reference("r.npz", arrays, {name: a.shape for name, a in arrays.items()}))
    row = comparison.layer["fork/right"]
    assert row.verdict == "culprit"
    assert row.isolated is not None
    assert row.isolated_floor is not None
    assert row.isolated.relative_l2 == pytest.approx(0.005, rel=1e-3)
    assert row.isolated_floor < 1e-6
