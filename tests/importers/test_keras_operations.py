"""Functions in Keras graphs: keras.ops of Keras 3, TensorFlow's in Keras 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers.keras_operations import canonical_name
from tests.keras_files import (
    Array,
    first,
    functional,
    input_layer,
    last,
    layer,
    noise,
    open_keras,
    values_of,
    write_json,
)

RESULT: Any = {"rtol": 2e-5, "atol": 2e-5}

X, Y = noise(2, 3, 4, 6), noise(2, 3, 4, 6, seed=1)


def tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def keras_3(folder: Path, kind: str, arguments: list[Any], config: Mapping[str, Any] | None = None) -> dict[str, Array]:
    """What a function of keras.ops gives for the tensors ``x`` and ``y`` among its arguments."""
    record = functional([input_layer(name, *X.shape[1:], version=3) for name in ("x", "y")], ["f"], 3)
    module = "keras.src.ops.numpy"
    node = {"args": arguments, "kwargs": {}}
    options = {"name": "f", **(config or {})}
    record["config"]["layers"].append(
        {"class_name": kind, "module": module, "name": "f", "config": options, "inbound_nodes": [node]}
    )
    network = open_keras(write_json(folder, record, keras_version="3.5.0"))
    return values_of(network, first(X), first(Y))


def keras_2(folder: Path, function: str, node: list[Any], kind: str = "TFOpLambda") -> dict[str, Array]:
    """What a function of TensorFlow gives, called as ``node`` says."""
    record = functional([input_layer(name, *X.shape[1:]) for name in ("x", "y")], ["f"])
    config = {"name": "f", "function": function}
    record["config"]["layers"].append({"class_name": kind, "name": "f", "config": config, "inbound_nodes": [node]})
    network = open_keras(write_json(folder, record, keras_version="2.12.0", backend="tensorflow"))
    return values_of(network, first(X), first(Y))


def laid(array: Array) -> Array:
    return last(array) if array.ndim > 2 else array


ARITHMETIC: list[tuple[str, str, Callable[[Any, Any], Array]]] = [
    ("Add", "__operators__.add", np.add),
    ("Subtract", "math.subtract", np.subtract),
    ("Multiply", "math.multiply", np.multiply),
    ("Divide", "math.truediv", np.divide),
    ("Maximum", "math.maximum", np.maximum),
    ("Minimum", "math.minimum", np.minimum),
]


@pytest.mark.parametrize(("kind", "function", "formula"), ARITHMETIC)
def test_arithmetic_of_two_tensors_and_with_numbers(
    tmp_path: Path, kind: str, function: str, formula: Callable[[Any, Any], Array]
) -> None:
    both = keras_3(tmp_path, kind, [tensor("x"), tensor("y")])["f"]
    np.testing.assert_allclose(laid(both), formula(X, Y), **RESULT)
    np.testing.assert_allclose(laid(keras_3(tmp_path, kind, [tensor("x"), 2.5])["f"]), formula(X, 2.5), **RESULT)
    np.testing.assert_allclose(laid(keras_3(tmp_path, kind, [2.5, tensor("x")])["f"]), formula(2.5, X), **RESULT)
    both = keras_2(tmp_path, function, ["x", 0, 0, {"y": ["y", 0, 0], "name": None}])["f"]
    np.testing.assert_allclose(laid(both), formula(X, Y), **RESULT)
    number = keras_2(tmp_path, function, ["_CONSTANT_VALUE", -1, 2.5, {"y": ["x", 0, 0]}])["f"]
    np.testing.assert_allclose(laid(number), formula(2.5, X), **RESULT)


def test_an_array_stretches_from_the_last_axis_as_in_numpy(tmp_path: Path) -> None:
    factors = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    y = keras_2(tmp_path, "math.multiply", ["x", 0, 0, {"y": factors}])["f"]
    np.testing.assert_allclose(laid(y), X * factors, **RESULT)
    constant = {"class_name": "__numpy__", "config": {"value": [[1.0], [2.0], [3.0], [4.0]], "dtype": "float32"}}
    y = keras_3(tmp_path, "Multiply", [tensor("x"), constant])["f"]
    np.testing.assert_allclose(laid(y), X * np.array([[1], [2], [3], [4]]), **RESULT)


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("Negative", np.negative),
        ("Absolute", np.abs),
        ("Square", np.square),
        ("Exp", np.exp),
        ("Expm1", np.expm1),
        ("Sign", np.sign),
        ("Relu", lambda x: np.maximum(x, 0)),
        ("Silu", lambda x: x / (1 + np.exp(-x))),
    ],
)
def test_functions_of_one_tensor(tmp_path: Path, kind: str, formula: Callable[[Array], Array]) -> None:
    np.testing.assert_allclose(laid(keras_3(tmp_path, kind, [tensor("x")])["f"]), formula(X), **RESULT)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_reductions_over_keras_axes(tmp_path: Path, axis: int | list[int], keep: bool) -> None:
    config = {"axis": axis, "keepdims": keep}
    exact = X.mean(tuple(axis) if isinstance(axis, list) else axis, keepdims=keep)
    np.testing.assert_allclose(laid(keras_3(tmp_path, "Mean", [tensor("x")], config)["f"]), exact, **RESULT)
    y = keras_2(tmp_path, "math.reduce_mean", ["x", 0, 0, config])["f"]
    np.testing.assert_allclose(laid(y), exact, **RESULT)


SHAPES: list[tuple[str, dict[str, Any], Callable[[Array], Array]]] = [
    ("Reshape", {"newshape": [-1, 12, 6]}, lambda x: x.reshape(2, 12, 6)),
    ("Transpose", {"axes": [0, 2, 1, 3]}, lambda x: x.transpose(0, 2, 1, 3)),
    ("ExpandDims", {"axis": 1}, lambda x: x[:, None]),
    ("Clip", {"x_min": -0.5, "x_max": 0.25}, lambda x: np.clip(x, -0.5, 0.25)),
    ("Pad", {"pad_width": [[0, 0], [1, 2], [0, 1], [0, 0]]}, lambda x: np.pad(x, [(0, 0), (1, 2), (0, 1), (0, 0)])),
]


@pytest.mark.parametrize(("kind", "config", "formula"), SHAPES)
def test_arrangements(tmp_path: Path, kind: str, config: dict[str, Any], formula: Callable[[Array], Array]) -> None:
    np.testing.assert_allclose(laid(keras_3(tmp_path, kind, [tensor("x")], config)["f"]), formula(X), **RESULT)


def test_joining_and_stacking(tmp_path: Path) -> None:
    y = keras_3(tmp_path, "Concatenate", [[tensor("x"), tensor("y")]], {"axis": 1})["f"]
    np.testing.assert_array_equal(laid(y), np.concatenate([X, Y], 1))
    y = keras_2(tmp_path, "concat", [["x", 0, 0, {"axis": -1}], ["y", 0, 0, {"axis": -1}]])["f"]
    np.testing.assert_array_equal(laid(y), np.concatenate([X, Y], -1))
    y = keras_3(tmp_path, "Stack", [[tensor("x"), tensor("y")]], {"axis": 2})["f"]
    np.testing.assert_array_equal(laid(y), np.stack([X, Y], 2))


def test_splitting_gives_several_tensors(tmp_path: Path) -> None:
    values = keras_3(tmp_path, "Split", [tensor("x")], {"indices_or_sections": 3, "axis": -1})
    for number, name in enumerate(["f", "f[1]", "f[2]"]):
        np.testing.assert_array_equal(laid(values[name]), X[..., 2 * number : 2 * number + 2])
    values = keras_2(tmp_path, "split", ["x", 0, 0, {"num_or_size_splits": [1, 3], "axis": 2}])
    np.testing.assert_array_equal(laid(values["f[1]"]), X[:, :, 1:])


def test_slices(tmp_path: Path) -> None:
    keys = [{"start": None, "stop": None, "step": None}, {"start": 1, "stop": None, "step": None}, 2]
    y = keras_2(tmp_path, "__operators__.getitem", ["x", 0, 0, {"slice_spec": keys}], "SlicingOpLambda")["f"]
    np.testing.assert_array_equal(laid(y), X[:, 1:, 2])
    whole = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    back = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": -2}}
    key = {"class_name": "__tuple__", "items": [whole, {"class_name": "__ellipsis__", "config": {}}, back]}
    y = keras_3(tmp_path, "GetItem", [tensor("x"), key])["f"]
    np.testing.assert_array_equal(laid(y), X[..., ::-2])


def test_blocks_of_channels_and_positions(tmp_path: Path) -> None:
    x = noise(1, 2, 3, 8)
    record = functional([input_layer("x", 2, 3, 8)], ["f"])
    config = {"name": "f", "function": "nn.depth_to_space"}
    node = ["x", 0, 0, {"block_size": 2}]
    record["config"]["layers"].append(
        {"class_name": "TFOpLambda", "name": "f", "config": config, "inbound_nodes": [node]}
    )
    network = open_keras(write_json(tmp_path, record, keras_version="2.12.0"))
    exact = x.reshape(1, 2, 3, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(1, 4, 6, 2)
    np.testing.assert_array_equal(last(values_of(network, first(x))["f"]), exact)


def test_local_response_normalisation_does_not_divide_its_alpha(tmp_path: Path) -> None:
    options = {"depth_radius": 1, "bias": 2.0, "alpha": 0.3, "beta": 0.6}
    y = keras_2(tmp_path, "nn.local_response_normalization", ["x", 0, 0, options])["f"]
    total = sum(np.pad(X**2, [(0, 0)] * 3 + [(1, 1)])[..., shift : shift + 6] for shift in range(3))
    np.testing.assert_allclose(laid(y), X / (2 + 0.3 * total) ** 0.6, **RESULT)


def test_operations_of_tensorflows_graphs(tmp_path: Path) -> None:
    record = functional([input_layer("x", *X.shape[1:])], ["f"])
    constants = {"1": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    config = {"name": "f", "node_def": {"name": "Mul", "op": "Mul", "input": ["a", "b"]}, "constants": constants}
    node = [["x", 0, 0, {}]]
    record["config"]["layers"].append(
        {"class_name": "TensorFlowOpLayer", "name": "f", "config": config, "inbound_nodes": [node]}
    )
    network = open_keras(write_json(tmp_path, record, keras_version="2.3.0-tf"))
    y = values_of(network, first(X))["f"]
    np.testing.assert_allclose(laid(y), X * constants["1"], **RESULT)


def test_names_of_functions_are_one_name() -> None:
    names = ["math.multiply", "Multiply", "__operators__.add", "math.truediv", "ReduceMean", "compat.v1.nn.relu6"]
    assert [canonical_name(name) for name in names] == ["multiply", "multiply", "add", "divide", "mean", "relu6"]


@pytest.mark.parametrize(
    ("function", "options", "reason"),
    [
        ("linalg.svd", {}, "its function 'linalg.svd' can't be carried over"),
        ("compat.v1.image.resize", {"size": [2, 2]}, "places pixels as TensorFlow 1 did"),
        ("math.reduce_mean", {}, "reduces over the batch, which can't be carried over"),
        ("math.multiply", {"y": "z"}, "an argument of its function is neither a tensor nor numbers"),
        ("cast", {"dtype": "int32"}, "casts to int32, which can't be carried over"),
    ],
)
def test_functions_that_can_not_be_carried_over_are_told(
    tmp_path: Path, function: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PortsideError, match=f"layer 'f': .*{reason}"):
        keras_2(tmp_path, function, ["x", 0, 0, options])


def test_a_function_reads_what_it_is_given_by_name(tmp_path: Path) -> None:
    layers = [input_layer("x", *X.shape[1:]), layer("Activation", "r", {"activation": "relu"}, "x")]
    record = functional(layers, ["f"])
    config = {"name": "f", "function": "math.add"}
    record["config"]["layers"].append(
        {"class_name": "TFOpLambda", "name": "f", "config": config, "inbound_nodes": [["r", 0, 0, {"y": ["x", 0, 0]}]]}
    )
    network = open_keras(write_json(tmp_path, record, keras_version="2.12.0"))
    np.testing.assert_allclose(laid(values_of(network, first(X))["f"]), np.maximum(X, 0) + X, **RESULT)
