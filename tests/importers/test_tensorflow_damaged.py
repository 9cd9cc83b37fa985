"""Damaged checkpoints and graphs: a network or one sentence, never a traceback, and what is read is what was saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.checkpoint import read_checkpoint
from explorer.network.network import Network
from tests.fuzzing import mutations
from tests.tensorflow_files import (
    FLOAT,
    Array,
    Sizes,
    Type,
    const,
    conv,
    learned,
    node,
    placeholder,
    write_bundle,
    write_graph,
    write_slices,
)
from tests.tensorflow_forward import noise

VARIABLES: dict[str, Array] = {
    "net/conv/weights": noise(3, 3, 3, 4),
    "net/bn/gamma": noise(4),
    "net/bn/beta": noise(4),
    "net/bn/moving_mean": noise(4),
    "net/bn/moving_variance": np.abs(noise(4)) + 1,
    "net/up/weights": noise(2, 2, 3, 4),
    "net/fc/weights": noise(3, 2),
    "net/fc/biases": noise(2),
    "global_step": np.asarray(3, np.int64),
}

BATCH_NORM = [f"net/bn/{name}/read" for name in ("gamma", "beta", "moving_mean", "moving_variance")]


def body(given: list[bytes]) -> list[bytes]:
    """A graph of many operations; ``given`` are its variables, or constants in their place."""
    return [
        placeholder("input", -1, 6, 7, 3),
        *given,
        node("is_training", "Placeholder", dtype=Type(10), shape=Sizes([])),
        conv("net/conv/Conv2D", "input", "net/conv/weights/read", strides=[1, 2, 2, 1]),
        node("net/bn/Switch", "Switch", ["net/conv/Conv2D", "is_training"]),
        node("net/bn/Fused", "FusedBatchNorm", ["net/bn/Switch", *BATCH_NORM], is_training=False, epsilon=0.01),
        node("net/bn/Fused_1", "FusedBatchNorm", ["net/bn/Switch:1", *BATCH_NORM], is_training=True),
        node("net/bn/Merge", "Merge", ["net/bn/Fused", "net/bn/Fused_1"]),
        const("net/bias", noise(4)),
        node("net/sum", "Mul", ["net/bn/Merge", "net/bias"]),
        node("net/relu", "Relu6", ["net/sum"]),
        node("net/shape", "Shape", ["net/relu"], out_type=Type(3)),
        *(const(f"net/{number}", [number]) for number in range(4)),
        node("net/n", "StridedSlice", ["net/shape", "net/0", "net/1", "net/1"], shrink_axis_mask=1),
        *(const(f"net/{name}", size) for name, size in (("h", 6), ("w", 8), ("c", 3))),
        node("net/size", "Pack", ["net/n", "net/h", "net/w", "net/c"], axis=0),
        node(
            "net/up/t",
            "Conv2DBackpropInput",
            ["net/size", "net/up/weights/read", "net/relu"],
            strides=[1, 2, 2, 1],
            padding="SAME",
        ),
        const("net/pads", [[0, 0], [1, 0], [0, 2], [0, 0]]),
        node("net/pad", "Pad", ["net/up/t", "net/pads"]),
        node("net/pool", "MaxPool", ["net/pad"], ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"),
        const("net/sizes", [5, 4]),
        node("net/resized", "ResizeBilinear", ["net/pool", "net/sizes"], align_corners=True),
        node("net/shuffled", "ResizeNearestNeighbor", ["net/pool", "net/sizes"]),
        const("net/axis", 3),
        node("net/joined", "ConcatV2", ["net/resized", "net/shuffled", "net/axis"]),
        node("net/parts", "Split", ["net/axis", "net/joined"], num_split=2),
        const("net/keep", 0.5, "float32"),
        node("net/drop/div", "RealDiv", ["net/parts:1", "net/keep"]),
        node("net/drop/Shape", "Shape", ["net/parts:1"]),
        node("net/drop/random", "RandomUniform", ["net/drop/Shape"], dtype=FLOAT),
        node("net/drop/add", "Add", ["net/keep", "net/drop/random"]),
        node("net/drop/floor", "Floor", ["net/drop/add"]),
        node("net/drop/mul", "Mul", ["net/drop/div", "net/drop/floor"]),
        const("net/axes", [1, 2]),
        node("net/mean", "Mean", ["net/drop/mul", "net/axes"], keep_dims=True),
        node("net/flat", "Squeeze", ["net/mean"], squeeze_dims=[1, 2]),
        node("net/fc/MatMul", "MatMul", ["net/flat", "net/fc/weights/read"]),
        node("net/fc/BiasAdd", "BiasAdd", ["net/fc/MatMul", "net/fc/biases/read"]),
        node("net/Softmax", "Softmax", ["net/fc/BiasAdd"]),
    ]


GRAPH = body(learned({name: array for name, array in VARIABLES.items() if name != "global_step"}))
FROZEN = body([const(f"{name}/read", array) for name, array in VARIABLES.items() if name != "global_step"])

Write = Callable[[Path], list[Path]]
"""Writes the files of one route; gives those to damage, the one to open first."""


def bundle(folder: Path, *damaged: str) -> list[Path]:
    write_bundle(folder / "m", VARIABLES)
    write_graph(folder / "m.meta", *GRAPH)
    return [folder / f"m{ending}" for ending in damaged]


def slices(folder: Path) -> list[Path]:
    write_graph(folder / "m.meta", *GRAPH)
    return [write_slices(folder / "m", VARIABLES)]


def frozen(folder: Path) -> list[Path]:
    return [write_graph(folder / "frozen.pb", *FROZEN)]


def bare(folder: Path) -> list[Path]:
    return [write_graph(folder / "bare.pb", *GRAPH)]


ROUTES: dict[str, Write] = {
    "index": lambda folder: bundle(folder, ".index"),
    "data": lambda folder: bundle(folder, ".data-00000-of-00001"),
    "index and data": lambda folder: bundle(folder, ".index", ".data-00000-of-00001"),
    "meta": lambda folder: bundle(folder, ".meta"),
    "first version": slices,
    "frozen": frozen,
    "graph alone": bare,
}


def opened_or_refused(path: Path) -> Network | None:
    """The network, with all its weights read, or None where one sentence says why there is none."""
    try:
        network = open_network(path)
    except PortsideError as error:
        message = str(error)
        assert message
        assert "\n" not in message
        return None
    for value in network.model.graph.initializers.values():
        assert value.const_value is not None
        # Values that the file does not hold are never more than a view.
        assert value.const_value.numpy().shape is not None
    return network


def check_values(path: Path) -> None:
    """What a damaged checkpoint still gives is what was saved."""
    try:
        checkpoint = read_checkpoint(path)
    except PortsideError:
        return
    for name in checkpoint.variables:
        try:
            array = checkpoint.read(name).array
        except PortsideError:
            continue
        wanted: Any = VARIABLES[name]
        np.testing.assert_array_equal(array, wanted)


@pytest.mark.parametrize("route", ROUTES)
def test_files_that_were_meddled_with(tmp_path: Path, route: str) -> None:
    damaged = ROUTES[route](tmp_path)
    assert opened_or_refused(damaged[0]) is not None
    whole = [path.read_bytes() for path in damaged]
    versions = zip(*(mutations(content, 30, seed=seed) for seed, content in enumerate(whole)), strict=True)
    refused = 0
    for contents in versions:
        for path, content in zip(damaged, contents, strict=True):
            path.write_bytes(content)
        refused += opened_or_refused(damaged[0]) is None
        if route in ("index", "data", "index and data", "first version"):
            check_values(damaged[0])
    assert refused > 5
