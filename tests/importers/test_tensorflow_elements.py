"""TensorFlow's operations that work element by element, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.tensorflow_files import Sizes, Type, const, conv, node
from tests.tensorflow_forward import Array, computed, dimensions, noise, opened, picture_nodes, values_of

X = noise(2, 5, 6, 4) * 3
POSITIVE = np.abs(X) + 0.1

UNARY: dict[str, Callable[[Array], Array]] = {
    "Relu": lambda x: np.where(x > 0, x, 0),
    "Relu6": lambda x: np.where(x > 6, 6, np.where(x > 0, x, 0)),
    "Elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "Selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "LeakyRelu": lambda x: np.where(x > 0, x, 0.2 * x),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Tanh": lambda x: 2 / (1 + np.exp(-2 * x)) - 1,
    "Softplus": lambda x: np.log(1 + np.exp(x)),
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Exp": np.exp,
    "Abs": np.abs,
    "Neg": lambda x: -x,
    "Square": lambda x: x**2,
    "Erf": np.vectorize(erf),
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Sign": np.sign,
    "Round": np.round,
    "Identity": lambda x: x,
    "StopGradient": lambda x: x,
    "CheckNumerics": lambda x: x,
}

OF_POSITIVE: dict[str, Callable[[Array], Array]] = {
    "Log": np.log,
    "Sqrt": np.sqrt,
    "Rsqrt": lambda x: x**-0.5,
    "Reciprocal": lambda x: 1 / x,
    "Inv": lambda x: 1 / x,
}

BINARY: dict[str, Callable[[Array, Array], Array]] = {
    "Add": lambda a, b: a + b,
    "AddV2": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "RealDiv": lambda a, b: a / b,
    "Div": lambda a, b: a / b,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Pow": lambda a, b: a**b,
    "SquaredDifference": lambda a, b: (a - b) ** 2,
}


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kind", UNARY)
def test_of_one(tmp_path: Path, kind: str) -> None:
    # A layer with weights behind it, so that what is passed on is read by something.
    close(computed(tmp_path, X, node("u", kind, ["x"]), node("out", "Neg", ["u"])), -UNARY[kind](X.astype(float)))


@pytest.mark.parametrize("kind", OF_POSITIVE)
def test_of_one_above_zero(tmp_path: Path, kind: str) -> None:
    close(computed(tmp_path, POSITIVE, node("out", kind, ["x"])), OF_POSITIVE[kind](POSITIVE.astype(float)))


def test_the_slope_of_a_leaky_relu(tmp_path: Path) -> None:
    close(computed(tmp_path, X, node("out", "LeakyRelu", ["x"], alpha=0.3)), np.where(X > 0, X, 0.3 * X))


def test_clip_by_value(tmp_path: Path) -> None:
    nodes = [const("low", -1.0, "float32"), const("high", 2.5, "float32")]
    close(computed(tmp_path, X, *nodes, node("out", "ClipByValue", ["x", "low", "high"])), np.clip(X, -1, 2.5))


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize("shape", [(), (1,), (4,), (6, 1), (6, 4), (5, 1, 4), (5, 6, 4), (1, 5, 6, 4)])
def test_of_a_value_and_a_constant_of_any_shape_that_goes_with_it(
    tmp_path: Path, kind: str, shape: tuple[int, ...]
) -> None:
    other = np.abs(noise(*shape, seed=1)) + np.float32(0.5)
    x, weight = POSITIVE.astype(float), other.astype(float)
    c = const("c", np.asarray(other, np.float32))
    close(computed(tmp_path, POSITIVE, c, node("out", kind, ["x", "c"])), BINARY[kind](x, weight))
    close(computed(tmp_path, POSITIVE, c, node("out", kind, ["c", "x"])), BINARY[kind](weight, x))


def test_a_constant_with_more_axes_than_the_value(tmp_path: Path) -> None:
    x, other = noise(2, 4), noise(3, 1, 4, seed=1)
    found = computed(tmp_path, x, const("c", other), node("out", "Mul", ["x", "c"]), plain=True)
    close(found, x * other)


@pytest.mark.parametrize("kind", BINARY)
def test_of_two_values_that_depend_on_the_input(tmp_path: Path, kind: str) -> None:
    nodes = [const("a", [1, 2]), node("mean", "Mean", ["x", "a"]), const("a0", 1), const("a1", 1)]
    nodes += [node("e", "ExpandDims", ["mean", "a0"]), node("m", "ExpandDims", ["e", "a1"])]
    x = POSITIVE.astype(float)
    close(
        computed(tmp_path, POSITIVE, *nodes, node("out", kind, ["x", "m"])),
        BINARY[kind](x, x.mean((1, 2), keepdims=True)),
    )


def test_a_matrix_beside_maps_reaches_across_the_batch_which_then_is_the_declared_one(tmp_path: Path) -> None:
    x = noise(1, 4, 4, 4)
    nodes = [const("a", [1, 2]), node("m", "Mean", ["x", "a"]), node("out", "Sub", ["x", "m"])]
    network = opened(tmp_path, *picture_nodes(x.shape), *nodes)
    assert network.source.notes[-1].startswith("an operation works across the batch")
    assert dimensions(network.inputs[0]) == (1, 4, 4, 4)
    close(computed(tmp_path, x, *nodes), x - x.mean((1, 2)))


def test_the_sum_of_many(tmp_path: Path) -> None:
    nodes = [node("r", "Relu", ["x"]), const("c", noise(4)), node("out", "AddN", ["x", "r", "x"])]
    close(computed(tmp_path, X, *nodes), 2 * X + np.maximum(X, 0))


def test_a_bias_is_of_the_last_axis_whatever_the_rank(tmp_path: Path) -> None:
    for shape in ((2, 4), (2, 5, 6, 4), (2, 3, 2, 3, 4)):
        x, bias = noise(*shape), noise(4, seed=3)
        found = computed(tmp_path, x, node("r", "Relu", ["x"]), const("b", bias), node("out", "BiasAdd", ["r", "b"]))
        close(found, np.maximum(x, 0) + bias)


def test_a_bias_that_does_not_fit_is_named(tmp_path: Path) -> None:
    nodes = [node("r", "Relu", ["x"]), const("b", noise(5)), node("out", "BiasAdd", ["r", "b"])]
    with pytest.raises(PortsideError, match=r"'out'.*its bias 5 doesn't fit a tensor N×5×6×4"):
        computed(tmp_path, X, *nodes)


def test_shapes_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    nodes = [const("c", noise(3)), node("out", "Mul", ["x", "c"])]
    with pytest.raises(PortsideError, match=r"'out'.*its inputs N×5×6×4 and 3 don't go together"):
        computed(tmp_path, X, *nodes)


def test_casts_between_real_numbers_change_nothing(tmp_path: Path) -> None:
    half: Any = {"SrcT": Type(1), "DstT": Type(19)}
    close(computed(tmp_path, X, node("h", "Cast", ["x"], **half), node("out", "Neg", ["h"])), -X)
    with pytest.raises(PortsideError, match="a cast of the input's values to whole numbers can't be carried over"):
        computed(tmp_path, X, node("h", "Cast", ["x"], SrcT=Type(1), DstT=Type(3)), node("out", "Neg", ["h"]))


def test_a_picture_of_bytes_is_cast_on_its_way_in(tmp_path: Path) -> None:
    nodes = [
        node("input", "Placeholder", dtype=Type(4), shape=Sizes([-1, 5, 6, 3])),
        node("x", "Cast", ["input"], SrcT=Type(4), DstT=Type(1)),
        const("w", np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3)),
        conv("out", "x", "w"),
    ]
    x = np.arange(90, dtype=np.float32).reshape(1, 3, 5, 6)
    close(values_of(opened(tmp_path, *nodes), x)["out"], x)
