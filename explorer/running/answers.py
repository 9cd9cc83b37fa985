"""What a network says of a picture: the classes of its outputs."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.network.labels import labels_for
from explorer.network.network import Network, value_name
from explorer.running.activations import Activations, Class, top_classes


def classify(
    network: Network, activations: Activations, labels: tuple[str, ...] | None = None, picture: int = 0
) -> Mapping[str, tuple[Class, ...]]:
    """The top five of each output that is a vector, by output name, the last in the order of the data first.

    Heads for training (auxiliary classifiers) branch off before the network's own output; the order in which a file
    lists its outputs says nothing (PyTorch's exports begin with the network's own). ``labels`` are used for outputs of
    their length; None takes the network's own, or the customary ones.
    """
    labels = labels or network.labels
    outputs = {value_name(value) for value in network.outputs}
    found: dict[str, tuple[Class, ...]] = {}
    for name in reversed([name for name in network.values if name in outputs]):
        output = activations[name]
        if output.ndim < 2 or output[picture].size != max(output.shape[1:]) or output[picture].size < 2:
            continue
        count = output[picture].size
        fitting = labels if labels is not None and len(labels) == count else labels_for(count)
        found[name] = top_classes(output[picture], fitting)
    return found
