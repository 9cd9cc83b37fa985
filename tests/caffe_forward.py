"""Small Caffe networks run through the program, for tests that hold the results against formulas of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.running import float64
from explorer.running.runner import Runner
from tests.caffe_files import Weights, input_layer, write_caffe

Array = NDArray[np.float32]


def noise(*shape: int, seed: int = 0) -> Array:
    """Standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def forward(
    folder: Path, layers: str, inputs: Array | Mapping[str, Array], weights: Weights | None = None
) -> dict[str, Array]:
    """Every blob of a network of ``layers``, fed with ``inputs`` (or with ``data`` alone), as it stands in the end.

    Every node must be one that can be evaluated in double precision, and every value must have the shape it promised.
    """
    fed = inputs if isinstance(inputs, Mapping) else {"data": inputs}
    text = "".join(input_layer(*array.shape, name=name) for name, array in fed.items()) + layers
    network = open_network(write_caffe(folder, text, weights))
    assert all(map(float64.supports, network.model.graph))
    used = {value.name: fed[value.name or ""] for value in network.inputs}
    values = Runner(network, "cpu").run({name or "": array for name, array in used.items()}).values
    blobs = {}
    for blob, value in network.blobs.items():
        blobs[blob] = values[value.name or ""]
        promised = [size if isinstance(size, int) else None for size in value.shape or ()]
        sizes = zip(promised, blobs[blob].shape, strict=True)
        assert all(size in (None, found) for size, found in sizes), (blob, promised, blobs[blob].shape)
    return blobs


def layer(kind: str, parameters: str = "", *, bottom: str = "data", top: str = "y", name: str = "") -> str:
    """A layer of ``kind``; ``bottom`` and ``top`` are names with spaces between them."""
    bottoms = " ".join(f'bottom: "{blob}"' for blob in bottom.split())
    tops = " ".join(f'top: "{blob}"' for blob in top.split())
    return f'layer {{ name: "{name or top.split()[0]}" type: "{kind}" {bottoms} {tops} {parameters} }}\n'


def refusal(folder: Path, layers: str, shape: tuple[int, ...], weights: Weights | None = None) -> str:
    """What is said of a network with ``layers`` behind an input of ``shape`` that can't be read."""
    with pytest.raises(PortsideError) as caught:
        open_network(write_caffe(folder, input_layer(*shape) + layers, weights))
    return str(caught.value)
