"""Which layer to look at next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.network import Network


def telling_layer(network: Network, comparison: Comparison | None) -> str | None:
    """The layer to begin with: the first that is itself wrong, else the first that computes feature maps."""
    if comparison is not None and comparison.first_divergence is not None:
        return comparison.first_divergence
    computing = [layer for layer in network.layers if layer.nodes]
    for layer in computing:
        shape = layer.outputs[0].shape if layer.outputs else None
        if shape is not None and len(shape) == 4:
            return layer.name
    return computing[0].name if computing else None


def next_culprit(comparison: Comparison | None, layer: str | None) -> str | None:
    """The next layer after ``layer`` that is itself wrong; after the last of them comes the first.

    Layers that are recorded in one array (in place, one after another) are wrong together and count once.
    """
    if comparison is None:
        return None
    names = [row.layer for row in comparison.layers]
    start = names.index(layer) + 1 if layer in names else 0
    here = comparison.layers[start - 1].value if start else None
    turned = [*comparison.layers[start:], *comparison.layers[:start]]
    wrong = [row for row in turned if row.verdict in ("culprit", "shape")]
    others = [row for row in wrong if here is None or row.value != here]
    return next((row.layer for row in (*others, *wrong)), None)
