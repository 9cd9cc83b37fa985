"""Damaged and hostile Keras files: a network or one sentence, never a traceback. The long version runs by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import PortsideError
from explorer.importers.keras_files import role
from explorer.network.network import shape_of
from tests.keras_files import (
    functional,
    input_layer,
    layer,
    noise,
    open_keras,
    write_archive,
    write_json,
    write_whole,
)

ODD: list[Any] = [
    *(None, True, -1, 0, 1, 2, 1.5, 1e308, float("nan"), 10**12, 10**30, "", "x", "same", "Lambda", "relu"),
    *([], {}, [[]], [1], [1, 2], [[1, 2], [3, 4]], ["x", 0, 0], [-1], {"a": 1}),
]


def network(version: int) -> dict[str, Any]:
    inner = functional(
        [
            input_layer("i", 4, 4, 3, version=version),
            layer("DepthwiseConv2D", "d", {"kernel_size": [2, 2], "depth_multiplier": 2}, "i"),
        ],
        ["d"],
        version,
        "inner",
    )
    layers = [
        input_layer("x", 6, 6, 2, version=version),
        layer("Conv2D", "c", {"filters": 3, "kernel_size": [3, 3], "activation": "relu"}, "x"),
        layer("BatchNormalization", "b", {"axis": -1}, "c"),
        {"class_name": inner["class_name"], "name": "inner", "config": inner["config"], "calls": [["b"]]},
        layer("AveragePooling2D", "p", {"pool_size": [2, 2], "padding": "same", "strides": [1, 1]}, "b"),
        layer("PReLU", "r", {"shared_axes": [1, 2]}, "p"),
        layer("LayerNormalization", "l", {"axis": [2, 3]}, "r"),
        layer("Concatenate", "j", {"axis": -1}, ["r", "l"]),
        layer("Reshape", "s", {"target_shape": [-1, 6]}, "j"),
        layer("Dense", "o", {"units": 2, "activation": "softmax"}, "s"),
    ]
    return functional(layers, ["o", "inner"], version)


WEIGHTS = {
    "c": {"kernel": noise(3, 3, 2, 3), "bias": noise(3)},
    "b": {name: noise(3) ** 2 + 1 for name in ("gamma", "beta", "moving_mean", "moving_variance")},
    "inner": {"d/depthwise_kernel:0": noise(2, 2, 3, 2), "d/bias:0": noise(6)},
    "r": {"alpha": noise(1, 1, 3)},
    "l": {"gamma": noise(4, 3), "beta": noise(4, 3)},
    "o": {"kernel": noise(6, 2), "bias": noise(2)},
}


def places(record: Any) -> list[tuple[Any, Any]]:
    """Every value in a JSON document, as what holds it and its key."""
    found, pending = [], [record]
    while pending:
        holder = pending.pop()
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            found.append((holder, key))
            if isinstance(value, dict | list):
                pending.append(value)
    return found


def opened_or_told(path: Path) -> None:
    role(path)
    try:
        read = open_keras(path)
    except PortsideError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - either is right, a traceback is not
    else:
        assert all(shape_of(value) is not None for value in read.values.values())


@pytest.mark.parametrize("version", [2, 3])
def test_architectures_with_values_exchanged(tmp_path: Path, version: int) -> None:
    text = json.dumps(network(version))
    for seed in range(400):
        chance, record = random.Random(seed), json.loads(text)
        for _ in range(chance.choice([1, 1, 2, 3])):
            spots = places(record)
            if not spots:
                break
            (holder, key), (other, place) = chance.choice(spots), chance.choice(spots)
            if chance.random() < 0.6:
                holder[key] = json.loads(json.dumps(chance.choice(ODD)))
            elif chance.random() < 0.5:
                holder[key] = json.loads(json.dumps(other[place]))
            elif isinstance(holder, dict):
                del holder[key]
            else:
                holder.append(holder[key])
        opened_or_told(write_json(tmp_path, record, keras_version=f"{version}.4.0"))


@pytest.mark.parametrize("form", ["json", "whole", "archive"])
def test_files_with_bytes_changed(tmp_path: Path, form: str) -> None:
    if form == "json":
        path = write_json(tmp_path, network(2), keras_version="2.4.0")
    elif form == "whole":
        path = write_whole(tmp_path, network(2), WEIGHTS)
    else:
        kinds = {"x": "InputLayer", "c": "Conv2D", "b": "BatchNormalization", "r": "PReLU", "l": "LayerNormalization"}
        path = write_archive(tmp_path, network(3), {**kinds, "o": "Dense"}, WEIGHTS)
    whole = path.read_bytes()
    for seed in range(300):
        chance, data = random.Random(seed), bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 8])):
            place = chance.randrange(len(data))
            if chance.random() < 0.5:
                data[place] = chance.randrange(256)
            else:
                data[place : place + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, bytes(data[:4])])
        del data[chance.choice([len(data), len(data), len(data) // 2]) :]
        path.write_bytes(data)
        opened_or_told(path)


def test_the_whole_files_are_read(tmp_path: Path) -> None:
    """So that the damage above is damage to something that works."""
    assert open_keras(write_whole(tmp_path, network(2), WEIGHTS)).source.has_weights
