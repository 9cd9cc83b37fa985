"""Every value of a network in double precision: what a faithful original records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.network.network import Network, value_name
from explorer.running import float64
from explorer.running.runner import feed_picture


def exact_blobs(network: Network, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Every blob of ``network`` for ``picture``, evaluated in double precision and rounded to float32 in the end."""
    graph = network.model.graph
    inputs = feed_picture(network, picture)
    weights = {name: value.const_value for name, value in graph.initializers.items()}
    names = {blob: value_name(value) for blob, value in network.blobs.items()}
    wanted = [name for name in names.values() if name not in inputs]
    exact = {**inputs, **float64.evaluate(list(graph), inputs, weights, wanted, opset=graph.opset_imports[""])}
    return {blob: exact[name].astype(np.float32) for blob, name in names.items()}
