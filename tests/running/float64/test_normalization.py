from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, random


def lrn(x: np.ndarray[Any, Any], size: int, alpha: float, beta: float, bias: float) -> np.ndarray[Any, Any]:
    """The definition of ONNX: neighbours from c − floor((size − 1) / 2) to c + ceil((size − 1) / 2)."""
    result = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(0, c - (size - 1) // 2) : c + -(-(size - 1) // 2) + 1]
        result[:, c] = x[:, c] / (bias + alpha / size * (near**2).sum(axis=1)) ** beta
    return result


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(0, 4), st.floats(0.125, 2, width=32), st.floats(0.25, 1, width=32))
def test_lrn_agrees_with_onnxruntime(channels: int, reach: int, alpha: float, beta: float) -> None:
    attributes = {"size": 2 * reach + 1, "alpha": alpha, "beta": beta, "bias": 1.5}
    assert_agrees("LRN", [random(2, channels, 3, 4)], attributes)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 50, 2**40])
def test_lrn_follows_the_definition_for_odd_and_even_sizes(size: int) -> None:
    # onnxruntime refuses even sizes.
    x = random(2, 7, 3, 4).astype(np.float64)
    attributes = {"size": size, "alpha": 0.5, "beta": 0.75, "bias": 2.0}
    np.testing.assert_allclose(in_double("LRN", [x], attributes), lrn(x, size, 0.5, 0.75, 2.0), rtol=1e-13)


def test_lrn_of_two_channels_by_hand() -> None:
    x = np.array([3.0, 4.0]).reshape(1, 2, 1, 1)
    odd = in_double("LRN", [x], {"size": 3, "alpha": 3.0, "beta": 1.0, "bias": 1.0})
    np.testing.assert_allclose(odd.reshape(-1), [3 / (1 + 25), 4 / (1 + 25)], rtol=1e-15)
    even = in_double("LRN", [x], {"size": 2, "alpha": 2.0, "beta": 1.0, "bias": 1.0})
    np.testing.assert_allclose(even.reshape(-1), [3 / (1 + 9 + 16), 4 / (1 + 16)], rtol=1e-15)


def positive(*shape: int, seed: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.abs(random(*shape, seed=seed)) + np.float32(0.1))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5), (2, 3, 4, 5), (1, 3, 2, 3, 4)])
@pytest.mark.parametrize("opset", [7, 9, 14, 21])
def test_batch_normalization_agrees(shape: tuple[int, ...], opset: int) -> None:
    parameters = [random(3, seed=1), random(3, seed=2), random(3, seed=3), positive(3, seed=4)]
    assert_agrees("BatchNormalization", [random(*shape), *parameters], {"epsilon": 1e-3}, opset=opset)


def test_batch_normalization_per_activation_agrees() -> None:
    parameters = [random(3, 4, 5, seed=seed) for seed in (1, 2, 3)] + [positive(3, 4, 5, seed=4)]
    assert_agrees("BatchNormalization", [random(2, 3, 4, 5), *parameters], {"spatial": 0}, opset=7)


def test_batch_statistics_agree() -> None:
    parameters = [random(3, seed=1), random(3, seed=2), random(3, seed=3), positive(3, seed=4)]
    attributes = {"training_mode": 1, "momentum": 0.75}
    assert_agrees("BatchNormalization", [random(4, 3, 5, 6), *parameters], attributes, opset=15, outputs=3)


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5), (1, 3, 2, 3, 4)])
def test_instance_normalization_agrees(shape: tuple[int, ...]) -> None:
    inputs = [random(*shape), random(3, seed=1), random(3, seed=2)]
    assert_agrees("InstanceNormalization", inputs, {"epsilon": 1e-3})


@pytest.mark.parametrize(("opset", "parameters"), [(18, 2), (21, 6)])
def test_group_normalization_agrees(opset: int, parameters: int) -> None:
    inputs = [random(2, 6, 4, 5), random(parameters, seed=1), random(parameters, seed=2)]
    assert_agrees("GroupNormalization", inputs, {"num_groups": 2, "epsilon": 1e-3}, opset=opset)


@pytest.mark.parametrize("axis", [-1, 1, 2, -3])
def test_layer_normalization_agrees(axis: int) -> None:
    shape = (2, 3, 4, 5)
    inner = shape[axis:]
    inputs = [random(*shape), random(*inner, seed=1), random(*inner, seed=2)]
    assert_agrees("LayerNormalization", inputs, {"axis": axis}, outputs=3)
    assert_agrees("LayerNormalization", inputs[:2], {"axis": axis})


def test_root_mean_square_normalization_agrees() -> None:
    assert_agrees("RMSNormalization", [random(2, 3, 5), random(5, seed=1)], {"epsilon": 1e-3}, opset=23)


@pytest.mark.parametrize("axes", [None, [1, 2, 3], [2, 3], [1]])
def test_mean_variance_normalization_agrees(axes: list[int] | None) -> None:
    attributes = {} if axes is None else {"axes": axes}
    assert_agrees("MeanVarianceNormalization", [random(2, 3, 4, 5)], attributes, opset=13)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_norms_agree_and_zeros_stay_zeros(p: int, axis: int) -> None:
    x = random(3, 4, 5)
    x[0] = x[:, 1] = x[:, :, 2] = 0
    assert_agrees("LpNormalization", [x], {"p": p, "axis": axis})


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("opset", [7, 11, 13, 21])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
def test_softmax_agrees(operator: str, opset: int, axis: int | None) -> None:
    if opset < 11 and axis == -1:
        axis = 3
    attributes = {} if axis is None else {"axis": axis}
    assert_agrees(operator, [random(2, 3, 4, 5) * 5], attributes, opset=opset)


def test_softmax_ran_over_all_axes_that_follow_before_opset_13() -> None:
    x = np.log(np.array([[[1, 2], [3, 4]]], np.float64))
    np.testing.assert_allclose(in_double("Softmax", [x], opset=12), [[[0.1, 0.2], [0.3, 0.4]]], rtol=1e-15)
    np.testing.assert_allclose(in_double("Softmax", [x], opset=13), [[[1 / 3, 2 / 3], [3 / 7, 4 / 7]]], rtol=1e-15)


def test_softmax_of_large_logits_does_not_overflow() -> None:
    x = np.array([[1000.0, 999.0]], np.float32)
    small = 1 / (1 + np.e)
    np.testing.assert_allclose(in_double("Softmax", [x]), [[1 - small, small]], rtol=1e-15)
    result = in_double("LogSoftmax", [np.array([[0.0, -2000.0]], np.float32)])
    assert result.tolist() == [[0.0, -2000.0]]


def test_axis_outside_the_tensor_is_named() -> None:
    with pytest.raises(PortsideError, match="axis 5 is outside a tensor of shape"):
        in_double("Softmax", [random(2, 3)], {"axis": 5}, opset=11)


@pytest.mark.parametrize(
    ("operator", "count"), [("BatchNormalization", 4), ("InstanceNormalization", 2), ("GroupNormalization", 2)]
)
def test_parameters_for_another_number_of_channels_are_named(operator: str, count: int) -> None:
    attributes = {"num_groups": 1} if operator == "GroupNormalization" else {}
    with pytest.raises(PortsideError, match="3 parameters do not fit 1 channels"):
        in_double(operator, [random(1, 1, 2, 2), *[random(3)] * count], attributes)
