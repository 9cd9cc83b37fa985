"""How much of an error rounding alone explains."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.comparison.noise import HALF_ULP, measure_noise, measure_whole_noise, move_one_ulp
from explorer.comparison.stretches import find_stretch
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.runner import Runner
from tests.diagnosis.ports import Step, chain, conv, drawn, unary

X = drawn(1, 3, 8, 6, seed=7)


def _measured(x: Array, *steps: Step, moved: float = 0.0, theirs: type = np.float32) -> tuple[float, float]:
    """The floor and the amplification of a whole small network; ``moved``: how far the inputs' rounding moves it."""
    network = chain(x.shape[1:], *steps)
    value = network.layers[-1].name
    stretch = find_stretch(network, value, ["data"])
    assert stretch is not None
    ours = Runner(network, "cpu", 1).run({"data": x})[value]
    other = ours * np.float32(1 + moved)
    noise = measure_noise(stretch, 20, {"data": x}, ours, [other], ours.astype(theirs))
    return noise.own, noise.amplification


def test_every_number_is_moved_to_a_neighbour_the_same_way_for_one_draw():
    moved = move_one_ulp(X)
    np.testing.assert_array_equal(moved, np.nextafter(X, np.where(moved > X, np.inf, -np.inf).astype(np.float32)))
    assert (moved != X).all()
    assert 0.3 < (moved > X).mean() < 0.7
    np.testing.assert_array_equal(moved, move_one_ulp(X))
    assert (move_one_ulp(X, 1) != moved).any()


def test_whole_numbers_are_not_moved():
    labels = np.arange(5)
    assert move_one_ulp(labels) is labels


def test_the_floor_is_never_below_the_rounding_of_the_result():
    assert _measured(X, unary("same", "Identity")) == (HALF_ULP, 0.0)


def test_a_reference_in_half_precision_is_known_to_its_own_rounding():
    own, _ = _measured(X, unary("same", "Identity"), theirs=np.float16)
    assert own == 2.0**-11


def test_a_convolution_has_the_distance_to_double_precision():
    own, _ = _measured(X, conv("conv1", drawn(4, 3, 3, 3)))
    assert HALF_ULP <= own < 5e-7


def test_what_the_inputs_rounding_moves_is_noise_too():
    own, amplification = _measured(X, unary("same", "Identity"), moved=1e-4)
    assert own == pytest.approx(1e-4, rel=1e-2)
    assert amplification > 100


def test_infinities_are_no_noise():
    with np.errstate(all="ignore"):
        own, amplification = _measured(np.float32(1000) * X, unary("act1", "Exp"), moved=1e-6)
    assert np.isfinite([own, amplification]).all()


def _whole(network: Network, x: Array = X) -> dict[str, float]:
    runner = Runner(network, "cpu", 1)
    return measure_whole_noise(runner, runner.run({"data": x}))


def test_the_noise_of_the_whole_grows_along_the_data():
    steps = [conv(f"conv{number}", drawn(3, 3, 3, 3, seed=number), pads=1) for number in range(6)]
    noise = _whole(chain((3, 8, 6), *steps))
    assert set(noise) == {f"conv{number}" for number in range(6)}
    assert 0 < noise["conv0"] < noise["conv5"] < 1e-5


def test_operators_without_a_double_precision_are_shaken_instead():
    noise = _whole(chain((3, 8, 6), conv("conv1", drawn(3, 3, 3, 3)), unary("odd1", "Shrink", lambd=0.1)))
    assert 0 < noise["odd1"] < 1e-5


def test_places_without_numbers_have_no_noise():
    with np.errstate(all="ignore"):
        noise = _whole(chain((3, 8, 6), unary("act1", "Log")))
    assert noise["act1"] < 1e-5


def test_the_largest_and_no_numbers_are_moved_in_silence():
    most = np.finfo(np.float32).max
    array = np.array([most, -most, np.nan, np.inf, -np.inf] * 8, np.float32)
    moved = move_one_ulp(array)
    np.testing.assert_array_equal(np.isnan(moved), np.isnan(array))
    assert np.isin(moved[0::5], [np.inf, np.nextafter(np.float32(most), np.float32(0))]).all()
