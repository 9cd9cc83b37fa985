"""TF32 as a cause of its own: proven by a number, and told from rounding that is something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from explorer.comparison.compare import compare
from explorer.comparison.tf32 import Tf32Layer, find_tf32, to_nearest, towards_zero
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Network, Source
from explorer.running.activations import Array
from explorer.running.reference import Reference
from explorer.running.runner import Runner
from tests.running.made_up_gpu import MadeUpGpu, made_up

Rounding = Callable[[Array], Array]

SIDE = 9
CHANNELS = {"conv1": (3, 8), "conv2": (8, 8)}


def weights() -> dict[str, tuple[Array, Array]]:
    draw = np.random.default_rng(4)
    return {
        name: (
            draw.standard_normal((outputs, inputs, 3, 3)).astype(np.float32),
            draw.standard_normal(outputs).astype(np.float32),
        )
        for name, (inputs, outputs) in CHANNELS.items()
    }


def network() -> Network:
    """Two convolutions in a row."""
    builder = NetworkBuilder("two")
    value = builder.input("data", (1, 3, SIDE, SIDE))
    for name, (kernels, bias) in weights().items():
        layer = builder.layer(name, "Convolution")
        value = layer.convolution(
            value,
            layer.weight("weight", kernels),
            layer.weight("bias", bias),
            strides=(1, 1),
            pads=(1,) * 4,
            dilations=(1, 1),
            spatial=(SIDE, SIDE),
        )
        value = layer.top(value, name)
    return builder.build(Source("onnx", (), ("made for a test",)))


def convolve(x: Array, kernels: Array, bias: Array) -> Array:
    """In float32, by itself: neither onnxruntime nor our float64 evaluator."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x[0], ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))
    sums: Array = np.einsum("chwij,ocij->ohw", windows, kernels, dtype=np.float32) + bias[:, None, None]
    return sums[None].astype(np.float32)


def recorded(
    x: Array, of_data: Mapping[str, Rounding] | None = None, of_weights: Mapping[str, Rounding] | None = None
) -> Reference:
    """What a framework records that rounds data and weights before it multiplies them."""
    arrays = {"data": x}
    for name, (kernels, bias) in weights().items():
        fed = (of_data or {}).get(name, np.asarray)(x)
        x = arrays[name] = convolve(fed, (of_weights or {}).get(name, np.asarray)(kernels), bias)
    return Reference("r.npz", arrays, {name: array.shape for name, array in arrays.items()})


def everywhere(rounding: Rounding) -> dict[str, Rounding]:
    return dict.fromkeys(CHANNELS, rounding)


def found(reference: Reference) -> tuple[Tf32Layer, ...]:
    runner = Runner(network(), "cpu")
    return find_tf32(runner, reference, compare(runner, reference)[0])


def picture(*, whole: bool = False) -> Array:
    draw = np.random.default_rng(8).uniform(-1, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
    return np.round(draw * 100) if whole else draw


def to_half(array: Array) -> Array:
    return array.astype(np.float16).astype(np.float32)


def to_bfloat16(array: Array) -> Array:
    return (np.ascontiguousarray(array).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def test_ten_bits_are_kept() -> None:
    one = np.float32(1)
    step = np.float32(2.0**-10)
    array = np.array([one, one + step / 2, one + step * np.float32(0.49), -one - step / 2, np.inf, 0], np.float32)
    assert to_nearest(array).tolist() == [1, 1 + 2.0**-10, 1, -1 - 2.0**-10, np.inf, 0]
    assert towards_zero(array).tolist() == [1, 1, 1, -1, np.inf, 0]
    assert np.isnan(to_nearest(np.array([np.nan], np.float32)))[0]


@pytest.mark.parametrize("rounding", [to_nearest, towards_zero])
def test_a_reference_that_was_computed_in_tf32_is_explained_by_it(rounding: Rounding) -> None:
    layers = found(recorded(picture(), everywhere(rounding), everywhere(rounding)))
    assert [(layer.layer, layer.side) for layer in layers] == [("conv1", "reference"), ("conv2", "reference")]
    for layer in layers:
        assert 1e-4 < layer.before < 2e-3
        assert layer.after < 5e-7
        assert layer.floor < 5e-7


def test_nothing_is_explained_where_all_agrees() -> None:
    assert found(recorded(picture())) == ()


@pytest.mark.parametrize("rounding", [to_half, to_bfloat16])
def test_weights_kept_in_fewer_bits_are_something_else(rounding: Rounding) -> None:
    assert found(recorded(picture(), None, everywhere(rounding))) == ()


def test_data_of_fewer_bits_than_tf32_has_are_something_else() -> None:
    assert found(recorded(picture(), everywhere(to_bfloat16), everywhere(to_bfloat16))) == ()


def test_whole_numbers_can_not_tell_tf32_from_half_precision_weights() -> None:
    first = {"conv1": to_nearest}
    assert found(recorded(picture(whole=True), None, first)) == ()
    # Beside a layer that does tell, such a layer is told as well.
    both = found(recorded(picture(whole=True), everywhere(to_nearest), everywhere(to_nearest)))
    assert [layer.layer for layer in both] == ["conv1", "conv2"]


def test_another_mistake_is_not_called_tf32() -> None:
    reference = recorded(picture())
    arrays = {**reference.arrays, "conv2": reference.arrays["conv2"] + np.float32(1e-3)}
    assert found(Reference("r.npz", arrays, reference.shapes)) == ()


def test_our_own_run_in_tf32_is_proven_by_running_it_again_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(array: Array, options: Mapping[str, str]) -> Array:
        return array * np.float32(1.0003) if options.get("use_tf32") == "1" else array

    with made_up(monkeypatch, MadeUpGpu(spoils=spoil)):
        runner = Runner(network(), tf32=True)
        assert runner.provider.name == "cuda"
        reference = recorded(picture())
        comparison, _ = compare(runner, reference)
        layers = find_tf32(runner, reference, comparison)
        assert compare(Runner(network()), reference)[0].agrees
    assert [(layer.layer, layer.side) for layer in layers] == [("conv1", "model"), ("conv2", "model")]
    assert all(layer.before == pytest.approx(3e-4, rel=1e-2) and layer.after < 5e-7 for layer in layers)
