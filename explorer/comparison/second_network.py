"""Another network as the reference: both are fed with the same numbers."""

from __future__ import annotations

import numpy as np

from explorer.comparison.alignment import possible_axes, turned
from explorer.errors import PortsideError
from explorer.network.network import Network, shape_of, value_name
from explorer.running.activations import Array
from explorer.running.images import read_picture
from explorer.running.reference import Reference
from explorer.running.runner import Runner, feed_picture

SEED = 0
"""Where no picture is given, both get the same noise, the same each time."""


def reference_from_network(ours: Network, theirs: Runner, picture: str | None) -> Reference:
    """Run the other network on ``picture``, prepared as it says itself or else as ``ours`` does; or on fixed noise.

    :raises PortsideError: when the two take inputs of different shapes.
    """
    if picture is not None and theirs.network.preprocessing is not None:
        prepared = feed_picture(theirs.network, read_picture(picture).pixels)
        inputs = {value_name(ours.inputs[0]): array for array in prepared.values()}
    elif picture is not None:
        inputs = feed_picture(ours, read_picture(picture).pixels)
    else:
        random = np.random.default_rng(SEED)
        inputs = {}
        for value in ours.inputs:
            shape = shape_of(value)
            if shape is None:
                raise PortsideError(
                    f"the size of the input '{value_name(value)}' is only known in a run: give a picture"
                )
            inputs[value_name(value)] = random.uniform(-1, 1, shape).astype(np.float32)
    fed: dict[str, Array] = {}
    for value, array in zip(theirs.network.inputs, inputs.values(), strict=False):
        wanted = shape_of(value)
        axes = [] if wanted is None else possible_axes(wanted, array.shape)
        if not axes:
            raise PortsideError(f"the two networks' inputs differ in shape: {array.shape} and {wanted}")
        fed[value_name(value)] = turned(array, axes[0])
    activations = theirs.run(fed)
    arrays = {blob: activations[value_name(value)] for blob, value in theirs.network.blobs.items()}
    # Ours finds its input under its own name whatever the other network calls it.
    arrays.update(inputs)
    path = theirs.network.source.files[0] if theirs.network.source.files else theirs.network.name
    return Reference(path, arrays, {key: array.shape for key, array in arrays.items()})
