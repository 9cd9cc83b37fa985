"""Every stretch by itself, on the reference's own values."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison import isolation
from explorer.comparison.isolation import Isolated, Recorded, isolate
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from explorer.running.reference import Reference
from explorer.running.runner import Runner
from tests.diagnosis.ports import as_reference, chain, conv, drawn, lrn, pool, recorded, unary

X = drawn(1, 3, 8, 6, seed=7)
W = drawn(4, 3, 3, 3)
LAYERS = ("conv1", "relu1", "norm1", "pool1")


def _network(alpha: float = 0.5) -> Network:
    return chain(
        (3, 8, 6),
        conv("conv1", W, pads=1),
        unary("relu1", "Relu"),
        lrn("norm1", size=3, alpha=alpha),
        pool("pool1", "MaxPool", 2, 2),
    )


def _recorded(reference: Reference) -> Recorded:
    return Recorded(reference, {name: (name, (0, 1, 2, 3)) for name in reference.arrays})


def _isolated(reference: Reference, port: Network | None = None) -> dict[str, Isolated]:
    recorded_values = _recorded(reference)
    return dict(isolate(Runner(port or _network(), "cpu", 1), recorded_values, list(recorded_values)))


def _changed(reference: Reference, **arrays: Array) -> Reference:
    return as_reference({**reference.arrays, **arrays})


def test_only_the_wrong_layer_is_wrong_on_right_inputs():
    found = _isolated(recorded(_network(), X), _network(alpha=1.5))
    errors = {name: each.errors.relative_l2 for name, each in found.items() if each.errors is not None}
    assert set(errors) == set(LAYERS)
    assert errors["norm1"] > 0.1
    assert all(errors[name] < 1e-6 for name in LAYERS if name != "norm1")


def test_each_stretch_has_the_noise_of_its_own_arithmetic():
    found = _isolated(recorded(_network(), X))
    for each in found.values():
        assert each.noise is not None
        assert 2**-24 <= each.noise.own < 1e-6
    maximum = found["pool1"].noise
    assert maximum is not None
    assert maximum.amplification == pytest.approx(1, abs=0.3)


def test_arrays_are_turned_to_our_axes_when_they_are_asked_for():
    reference = recorded(_network(), X)
    last = as_reference({"conv1": np.ascontiguousarray(reference.arrays["conv1"].transpose(0, 2, 3, 1))})
    values = Recorded(last, {"conv1": ("conv1", (0, 3, 1, 2))})
    np.testing.assert_array_equal(values["conv1"], reference.arrays["conv1"])
    assert (list(values), len(values)) == (["conv1"], 1)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_holds_no_numbers_is_bridged_and_not_run_on(number: float):
    reference = recorded(_network(), X)
    broken = reference.arrays["relu1"].copy()
    broken[0, 0, 0, 0] = number
    spoilt = _changed(reference, relu1=broken)
    assert _recorded(spoilt).readable == frozenset({"data", "conv1", "norm1", "pool1"})
    found = _isolated(spoilt)
    assert found["norm1"].stretch.layers == ("relu1", "norm1")
    assert found["norm1"].errors is not None
    assert found["norm1"].errors.relative_l2 < 1e-6
    assert found["relu1"].errors is not None
    assert found["relu1"].errors.relative_l2 == np.inf


def test_another_shape_has_a_result_and_no_errors():
    reference = recorded(_network(), X)
    found = _isolated(_changed(reference, pool1=np.zeros((1, 4, 3, 3), np.float32)))
    assert found["pool1"].result.shape == (1, 4, 4, 3)
    assert (found["pool1"].errors, found["pool1"].noise) == (None, None)


def test_a_stretch_that_can_not_run_is_left_out_and_the_others_are_not():
    reference = recorded(_network(), X)
    told: list[tuple[int, int]] = []
    values = _recorded(_changed(reference, data=drawn(1, 5, 8, 6)))
    found = dict(
        isolate(Runner(_network(), "cpu", 1), values, list(values), lambda done, known: told.append((done, known)))
    )
    assert set(found) == {"relu1", "norm1", "pool1"}
    assert told == [(done, 4) for done in range(1, 5)]


def test_what_is_fed_from_nothing_that_is_recorded_is_left_out():
    found = _isolated(recorded(_network(), X, only=("norm1", "pool1")))
    assert set(found) == {"pool1"}


def test_a_few_at_a_time_give_what_all_together_give(monkeypatch: pytest.MonkeyPatch):
    reference = recorded(_network(), X)
    together = _isolated(reference, _network(alpha=1.5))
    monkeypatch.setattr(isolation, "GROUP_BYTES", 1)
    alone = _isolated(reference, _network(alpha=1.5))
    assert {name: each.errors for name, each in alone.items()} == {name: each.errors for name, each in together.items()}


def test_values_in_half_precision_are_fed_as_the_network_takes_them():
    halves = {name: array.astype(np.float16) for name, array in recorded(_network(), X).arrays.items()}
    found = _isolated(as_reference(halves))
    for each in found.values():
        assert each.result.dtype == np.float32
        assert each.errors is not None
        assert each.noise is not None
        assert each.noise.own >= 2**-12
        assert each.errors.relative_l2 <= 10 * each.noise.own


def test_stretches_stop_when_they_are_cancelled():
    values = _recorded(recorded(_network(), X))
    with pytest.raises(Cancelled):
        dict(isolate(Runner(_network(), "cpu", 1), values, list(values), None, lambda: True))
