"""What an operation of TensorFlow's computes, found by way of a graph written, opened and run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network import marks
from explorer.network.network import Network, value_name
from explorer.network.provenance import Provenance
from explorer.running.runner import Runner
from tests.keras_files import first, last
from tests.tensorflow_files import FLOAT, const, conv, node, placeholder, write_graph

Array = NDArray[Any]


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    """Numbers around zero that single precision holds."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def picture_nodes(shape: tuple[int, ...], data_format: str = "NHWC") -> list[bytes]:
    """An input of that shape but for an open batch, and ``x``, which is the same by way of a kernel of ones."""
    rank = len(shape)
    channels = shape[1] if data_format.startswith("NC") else shape[-1]
    kernel = np.eye(channels, dtype=np.float32).reshape(*[1] * (rank - 2), channels, channels)
    nodes = [placeholder("input", -1, *shape[1:]), const("kernel", kernel)]
    if rank == 2:
        return [*nodes, node("x", "MatMul", ["input", "kernel"], T=FLOAT)]
    ones = [1] * rank
    if rank == 4:
        return [*nodes, conv("x", "input", "kernel", data_format=data_format)]
    return [*nodes, node("x", "Conv3D", ["input", "kernel"], strides=ones, padding="SAME", data_format="NDHWC")]


def opened(folder: Path, *nodes: bytes, choices: Choices | None = None) -> Network:
    """The network of a frozen graph."""
    return open_network(write_graph(folder / "graph.pb", *nodes), choices=choices)


def values_of(network: Network, *inputs: Array) -> dict[str, Array]:
    """What every layer records, under each of its names, for inputs that lie as the network's do."""
    fed = {value_name(value): array for value, array in zip(network.inputs, inputs, strict=True)}
    values = Runner(network, "cpu").run(fed).values
    found = {blob: values[value_name(value)] for blob, value in network.blobs.items()}
    return found | {name: found[blob] for blob, names in network.aliases.items() for name in names}


def computed(folder: Path, x: Array, *nodes: bytes, wanted: str = "out", plain: bool = False) -> Array:
    """What the operation ``wanted`` gives where the ``nodes`` read ``x`` (:func:`picture_nodes`), axes as TensorFlow's.

    ``plain``: its result lies in the network as in TensorFlow although it has axes enough for maps.
    """
    network = opened(folder, *picture_nodes(x.shape), *nodes)
    found = values_of(network, first(x) if x.ndim > 3 else x)[wanted]
    return found if plain or found.ndim < 3 else last(found)


def dimensions(value: ir.Value) -> tuple[int | str | None, ...]:
    """A value's shape, an open size as its name."""
    assert value.shape is not None
    return tuple(size if isinstance(size, int) else size.value for size in value.shape)


def provenance(value: ir.Value) -> Provenance | None:
    """Where an initializer came from."""
    assert value.const_value is not None
    text = value.const_value.metadata_props.get(marks.PROVENANCE)
    return None if text is None else Provenance.from_json(text)
