"""What a network says of a picture: the classes of its outputs."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.network.labels import labels_for
from explorer.network.network import Network, value_name
from explorer.running.activations import Activations, Class, top_classes


def classify(
    network: Network, activations: Activations, labels: tuple[str, ...] | None = None, picture: int = 0
) -> Mapping[str, tuple[Class, ...]]:
    """The top five of each output that is a vector, by output name, the network's last output first.

    Heads for training (auxiliary classifiers) stand before the network's own output in the data's order. ``labels`` are
    used for outputs of their length; None takes the network's own, or the customary ones.
    """
    labels = labels or network.labels
    found: dict[str, tuple[Class, ...]] = {}
    for value in reversed(network.outputs):
        name = value_name(value)
        output = activations[name]
        if output.ndim < 2 or output[picture].size != max(output.shape[1:]) or output[picture].size < 2:
            continue
        count = output[picture].size
        fitting = labels if labels is not None and len(labels) == count else labels_for(count)
        found[name] = top_classes(output[picture], fitting)
    return found
