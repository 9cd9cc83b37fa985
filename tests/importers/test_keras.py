"""Whole Keras networks: how layers are named, shared and nested, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from onnx.checker import check_model

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.network import BATCH, shape_of
from explorer.network.saving import save_network
from tests.keras_files import (
    Array,
    first,
    functional,
    input_layer,
    layer,
    noise,
    open_keras,
    sequential,
    values_of,
    write_archive,
    write_json,
    write_modern_weights,
    write_weights,
    write_whole,
)

CONV = {"filters": 4, "kernel_size": [3, 3], "use_bias": False}
RESULT: Any = {"rtol": 1e-5, "atol": 1e-5}


def layer_names(network: Any) -> list[str]:
    return [each.name for each in network.layers]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_shared_layer_is_a_layer_for_each_use_with_one_weight(tmp_path: Path, version: int) -> None:
    layers = [
        input_layer("a", 6, version=version),
        input_layer("b", 6, version=version),
        layer("Dense", "d", {"units" if version > 1 else "output_dim": 3}, "a", "b"),
        layer("Merge" if version == 1 else "Add", "s", {"mode": "sum"}, [("d", 0), ("d", 1)]),
    ]
    weight, bias = noise(6, 3, seed=5), noise(3, seed=6)
    path = write_whole(tmp_path, functional(layers, ["s"], version), {"d": {"kernel": weight, "bias": bias}}, version)
    network = open_keras(path)
    a, b = noise(2, 6), noise(2, 6, seed=1)
    values = values_of(network, a, b)
    np.testing.assert_allclose(values["d:0"], a @ weight + bias, **RESULT)
    np.testing.assert_allclose(values["d:1"], b @ weight + bias, **RESULT)
    np.testing.assert_allclose(values["s"], (a + b) @ weight + 2 * bias, **RESULT)
    assert network.layer["d:0"].weights == network.layer["d:1"].weights


def test_a_layer_used_before_its_place_in_the_file_is_found(tmp_path: Path) -> None:
    """A(B(A(x))) stands in the file as A, B; the second use of A comes last."""
    layers = [
        input_layer("x", 4),
        layer("Dense", "a", {"units": 4, "use_bias": False}, [("x", 0)], [("b", 0)]),
        layer("Activation", "b", {"activation": "relu"}, [("a", 0)]),
    ]
    record = functional(layers, ["a"])
    record["config"]["output_layers"] = [["a", 1, 0]]
    weight, x = noise(4, 4, seed=1), noise(2, 4)
    network = open_keras(write_whole(tmp_path, record, {"a": {"kernel": weight}}))
    values = values_of(network, x)
    np.testing.assert_allclose(values["a:1"], np.maximum(x @ weight, 0) @ weight, **RESULT)
    assert [value.name for value in network.outputs] == ["a:1"]


def nested(version: int) -> dict[str, Any]:
    """Two uses of a functional model, and a Sequential one in it."""
    inner = functional(
        [
            input_layer("inner_in", 6, 6, 3, version=version),
            layer("Conv2D", "c", CONV, "inner_in"),
            layer("BatchNormalization", "n", {}, "c"),
        ],
        ["n"],
        version,
        "inner",
    )
    return {"class_name": inner["class_name"], "name": "inner", "config": inner["config"], "calls": [["x"]]}


@pytest.mark.parametrize("form", ["legacy", "modern"])
def test_layers_of_a_model_within_a_model_have_both_names(tmp_path: Path, form: str) -> None:
    version = 3 if form == "modern" else 2
    layers = [input_layer("x", 6, 6, 3, version=version), nested(version), layer("Flatten", "f", {}, [("inner", 0)])]
    record = functional(layers, ["f"], version)
    if form == "legacy":
        record["config"]["layers"][-1]["inbound_nodes"] = [[["inner", 1, 0, {}]]]
    kernel = noise(3, 3, 3, 4)
    statistics = [noise(4, seed=number) ** 2 + 0.1 for number in range(4)]
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    normal = dict(zip(names, statistics, strict=True))
    if form == "legacy":
        # Keras 2 keeps a model's weights in one group: the trainable ones of all its layers, then the others.
        arrays = {"c/kernel:0": kernel, "n/gamma:0": normal["gamma"], "n/beta:0": normal["beta"]}
        arrays |= {f"n/{name}:0": normal[name] for name in names[2:]}
        network = open_keras(write_whole(tmp_path, record, {"inner": arrays}))
    else:
        path = write_json(tmp_path, record)
        weights = write_modern_weights(tmp_path / "w.weights.h5", {"x": "InputLayer"}, {})
        with h5py.File(weights, "a") as file:
            file["layers/functional/layers/conv2d/vars/0"] = kernel
            for number, array in enumerate(statistics):
                file[f"layers/functional/layers/batch_normalization/vars/{number}"] = array
        network = open_keras(path, weights)
    assert layer_names(network) == ["x", "inner/inner_in", "inner/c", "inner/n", "inner", "f"]
    assert [each.type for each in network.layers][:2] == ["InputLayer", "InputLayer"]
    values = values_of(network, first(noise(1, 6, 6, 3, seed=9)))
    gamma, beta, mean, variance = (array[:, None, None] for array in statistics)
    exact = (values["inner/c"] - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    np.testing.assert_allclose(values["inner"], exact, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(values["inner/inner_in"], values["x"])


def test_weights_of_a_nested_model_without_telling_names_are_taken_in_keras_order(tmp_path: Path) -> None:
    layers = [input_layer("x", 6, 6, 3), nested(2), layer("Flatten", "f", {}, [("inner", 1)])]
    kernel, statistics = noise(3, 3, 3, 4), [noise(4, seed=number) ** 2 + 0.1 for number in range(4)]
    arrays = {f"Variable_{number}:0": array for number, array in enumerate([kernel, *statistics])}
    network = open_keras(write_whole(tmp_path, functional(layers, ["f"]), {"inner": arrays}))
    weights = {value.name: value.const_value.numpy() for value in network.layer["inner/n"].weights if value.const_value}
    np.testing.assert_array_equal(weights["inner/n:moving_mean"], statistics[2])


def test_every_use_of_a_nested_model_has_its_layers(tmp_path: Path) -> None:
    inner = nested(2)
    inner["calls"] = [[("x", 0)], [("y", 0)]]
    layers = [
        input_layer("x", 6, 6, 3),
        input_layer("y", 6, 6, 3),
        inner,
        layer("Add", "s", {}, [("inner", 1), ("inner", 2)]),
    ]
    network = open_keras(write_json(tmp_path, functional(layers, ["s"]), keras_version="2.4.0"))
    assert layer_names(network)[2:6] == ["inner:0/inner_in", "inner:0/c", "inner:0/n", "inner:0"]
    assert network.layer["inner:1/c"].blobs == ("inner/c:1",)
    assert network.layer["inner:1"].blobs == ("inner:1",)


def test_a_sequential_model_may_begin_with_a_merge_of_models(tmp_path: Path) -> None:
    """Keras 1: the branches' layers are the model's own, and their inputs are numbered by class."""
    branches = [
        sequential([layer("Dense", name, {"output_dim": 3, "batch_input_shape": [None, 4]})], 1) for name in "ab"
    ]
    merge = layer("Merge", "m", {"mode": "sum", "layers": branches})
    record = sequential([merge, layer("Dense", "d", {"output_dim": 2})], 1)
    weights = {
        name: {"W": noise(size, units, seed=size), "b": noise(units)}
        for name, size, units in (("a", 4, 3), ("b", 4, 3), ("d", 3, 2))
    }
    network = open_keras(write_whole(tmp_path, record, weights, 1))
    assert layer_names(network) == ["dense_input_1", "dense_input_2", "a", "b", "m", "d"]


@pytest.mark.parametrize(("version", "name"), [(1, "dense_input_1"), (2, "d_input")])
def test_a_sequential_model_without_an_input_has_keras_name_for_it(tmp_path: Path, version: int, name: str) -> None:
    config = {"units" if version > 1 else "output_dim": 3, "batch_input_shape": [None, 4]}
    weights = {"d": {"kernel": noise(4, 3), "bias": noise(3)}}
    network = open_keras(write_whole(tmp_path, sequential([layer("Dense", "d", config)], version), weights, version))
    assert layer_names(network) == [name, "d"]


def test_a_sequential_model_may_begin_with_a_model(tmp_path: Path) -> None:
    inner = nested(2)
    record = sequential(
        [{"class_name": "Functional", "name": "inner", "config": inner["config"]}, layer("Flatten", "f")]
    )
    network = open_keras(write_json(tmp_path, record, keras_version="2.4.0"))
    assert layer_names(network) == ["inner_input", "inner/inner_in", "inner/c", "inner/n", "inner", "f"]


@pytest.mark.parametrize("form", ["json", "whole", "archive"])
def test_all_forms_of_one_network_are_the_same(tmp_path: Path, form: str) -> None:
    kernel, x = noise(3, 3, 3, 4, seed=3), noise(1, 5, 5, 3)
    version = 3 if form == "archive" else 2
    layers = [input_layer("x", 5, 5, 3, version=version), layer("Conv2D", "c", CONV, "x")]
    record = functional(layers, ["c"], version)
    weights: dict[str, dict[str, Array]] = {"c": {"kernel": kernel}}
    if form == "json":
        path = write_json(tmp_path, record, keras_version="2.4.0", backend="tensorflow")
        network = open_keras(path, write_weights(tmp_path / "weights.h5", weights))
    elif form == "whole":
        network = open_keras(write_whole(tmp_path, record, weights))
    else:
        network = open_keras(write_archive(tmp_path, record, {"x": "InputLayer", "c": "Conv2D"}, weights))
    y = values_of(network, first(x))["c"]
    exact = np.einsum("nhwcij,ijco->nohw", np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2)), kernel)
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=1e-4)
    assert network.source.format == "keras"
    assert network.source.notes == ()


def test_without_weights_there_are_shapes(tmp_path: Path) -> None:
    layers = [input_layer("x", 8, 9, 3), layer("Conv2D", "c", CONV, "x"), layer("Flatten", "f", {}, "c")]
    network = open_keras(write_json(tmp_path, functional(layers, ["f"]), keras_version="2.4.0"))
    assert not network.source.has_weights
    assert [shape_of(each.outputs[0]) for each in network.layers] == [(1, 3, 8, 9), (1, 4, 6, 7), (1, 168)]
    assert network.inputs[0].shape is not None
    assert str(network.inputs[0].shape[0]) == BATCH


def test_an_open_size_is_assumed_and_said(tmp_path: Path) -> None:
    layers = [input_layer("x", None, None, 3), layer("GlobalAveragePooling2D", "g", {}, "x")]
    network = open_keras(write_json(tmp_path, functional(layers, ["g"]), keras_version="2.4.0"))
    assert shape_of(network.inputs[0]) == (1, 3, 224, 224)
    assert network.source.notes == ("the size of 'x' is open (?×?×3): 224 is taken for what is open",)


def test_a_layers_options_are_kept_as_the_file_has_them(tmp_path: Path) -> None:
    layers = [input_layer("x", 8, 9, 3), layer("Conv2D", "c", {**CONV, "strides": [2, 1]}, "x")]
    network = open_keras(write_json(tmp_path, functional(layers, ["c"]), keras_version="2.4.0"))
    assert network.layer["c"].parameters == {"name": "c", **CONV, "strides": [2, 1]}


LAMBDA = {"function": ["4wEAAAAAAAAA", None, None], "function_type": "lambda"}


def test_code_is_refused_by_name(tmp_path: Path) -> None:
    record = functional([input_layer("x", 4), layer("Lambda", "code", LAMBDA, "x")], ["code"])
    with pytest.raises(PortsideError, match="layer 'code': it is a Lambda: it holds code, which is never run"):
        open_keras(write_json(tmp_path, record, keras_version="2.4.0"))


def test_a_network_with_code_can_be_looked_at(tmp_path: Path) -> None:
    layers = [
        input_layer("x", 4),
        layer("Lambda", "code", LAMBDA, "x"),
        layer("Activation", "after", {"activation": "relu"}, "code"),
    ]
    path = write_json(tmp_path, functional(layers, ["after"]), keras_version="2.4.0")
    network = open_keras(path, allow_unknown=True)
    assert [(each.name, each.type) for each in network.layers][1:] == [("code", "Lambda"), ("after", "Activation")]
    assert network.layer["code"].nodes[0].domain == "portside.opaque"
    assert shape_of(network.outputs[0]) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inbound_nodes": [[["y", 0, 0, {}]]]}, "layer 'd': it reads 'y', which is no layer of the model"),
        ({"inbound_nodes": [[["x", 3, 0, {}]]]}, "layer 'd': it reads use 3 of 'x', which has 1"),
        ({"inbound_nodes": [[["d", 0, 0, {}]]]}, "layer 'd': it reads what comes after it"),
        ({"inbound_nodes": [[["x", 0, 2, {}]]]}, "layer 'x': it gives no tensor 2"),
        ({"inbound_nodes": [[["x"]]]}, r"layer 'd': what it is called on is no list of \[layer, node, tensor\]"),
        ({"inbound_nodes": 7}, "layer 'd': its inbound_nodes are no list"),
        ({"config": None}, "layer 'd': its architecture has something else where a JSON object must stand"),
        ({"name": None}, "a Dense has no name"),
        ({"name": "x"}, "two of its layers have the same name"),
    ],
)
def test_a_graph_that_makes_no_sense_is_told(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    record = functional([input_layer("x", 4), layer("Dense", "d", {"units": 3}, "x")], ["d"])
    record["config"]["layers"][1].update(change)
    with pytest.raises(PortsideError, match=f"architecture.json: {reason}"):
        open_keras(write_json(tmp_path, record, keras_version="2.4.0"))


def test_batch_normalisation_called_as_in_training_is_refused_in_keras_2_alone(tmp_path: Path) -> None:
    layers = [input_layer("x", 4), layer("BatchNormalization", "n", {}, "x")]
    record = functional(layers, ["n"])
    record["config"]["layers"][1]["inbound_nodes"] = [[["x", 0, 0, {"training": True}]]]
    with pytest.raises(PortsideError, match="layer 'n': it is called as in training, which has no fixed answer"):
        open_keras(write_json(tmp_path, record, keras_version="2.4.0"))
    layers[0] = input_layer("x", 4, version=3)
    record = functional(layers, ["n"], 3)
    record["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": True}
    open_keras(write_json(tmp_path, record))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "its JSON is nested too deep"),
        ('{"class_name": ', "is no JSON"),
        ("[]", "holds no Keras architecture"),
        ('{"class_name": "Dense", "config": {}}', "'Dense' is no model: a Sequential or a functional one is wanted"),
        ('{"class_name": "Graph", "config": {}}', "is a Graph of Keras 0, which is not read"),
        ('{"class_name": "Functional", "config": {"name": "m"}}', "a Functional without its layers"),
        ('{"class_name": "Sequential", "config": []}', "a Sequential model without layers"),
        ('{"class_name": "Sequential", "config": [], "keras_version": "9.1"}', "is of Keras 9.1; 1, 2 and 3 are read"),
    ],
)
def test_a_file_that_is_no_architecture_is_told(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "architecture.json"
    path.write_text(text)
    with pytest.raises(PortsideError, match=reason):
        open_keras(path)


def test_values_nested_nearly_as_deep_as_json_allows_are_told(tmp_path: Path) -> None:
    deep: Any = 1.0
    for _ in range(900):
        deep = [deep]
    record = functional([input_layer("x", 4), layer("Dense", "d", {"units": 3, "odd": deep}, "x")], ["d"])
    record["config"]["layers"][1]["inbound_nodes"] = [[["x", 0, 0, {"y": deep}]]]
    path = tmp_path / "architecture.json"
    path.write_text(json.dumps(record))
    with pytest.raises(PortsideError, match="its architecture is nested too deep"):
        open_keras(path)


def test_models_in_models_in_models_come_to_an_end(tmp_path: Path) -> None:
    record = sequential([layer("Flatten", "f", {"batch_input_shape": [None, 2, 2]})])
    for number in range(30):
        record = sequential([{"class_name": "Sequential", "config": record["config"]}], name=f"s{number}")
    with pytest.raises(PortsideError, match="models stand 17 deep in each other"):
        open_keras(write_json(tmp_path, record, keras_version="2.4.0"))


@pytest.mark.parametrize("version", [2, 3])
def test_a_saved_network_comes_back(tmp_path: Path, version: int) -> None:
    layers = [
        input_layer("x", 6, 6, 3, version=version),
        layer("Conv2D", "c", CONV, "x"),
        layer("UpSampling2D", "u", {"size": [2, 2], "interpolation": "bilinear"}, "c"),
        layer("Flatten", "f", {}, "u"),
    ]
    weights = {"c": {"kernel": noise(3, 3, 3, 4)}}
    network = open_keras(write_whole(tmp_path, functional(layers, ["f"], version), weights, version))
    save_network(network, tmp_path / "saved.onnx")
    again = open_network(tmp_path / "saved.onnx")
    assert [(each.name, each.type) for each in again.layers] == [(each.name, each.type) for each in network.layers]
    x = first(noise(2, 6, 6, 3))
    np.testing.assert_array_equal(values_of(again, x)["f"], values_of(network, x)["f"])
    check_model(str(tmp_path / "saved.onnx"), full_check=True)
