"""Which layer to look at next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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


def next_culprit(comparison: Comparison | None, layer: str | None, *, back: bool = False) -> str | None:
    """The next layer after ``layer`` that is itself wrong, or the one before; beyond the last comes the first again.

    Layers that are recorded in one array (in place, one after another) are wrong together and count once.
    """
    if comparison is None:
        return None
    names = [row.layer for row in comparison.layers]
    wrong = {row.layer: row.value for row in comparison.layers if row.verdict in ("culprit", "shape")}
    here = comparison.layer[layer].value if layer in names else None
    others = {name for name, value in wrong.items() if here is None or value != here}
    found = beside(names, others, layer, back=back) or beside(names, wrong.keys(), layer, back=back)
    if found is None or wrong[found] is None:
        return found
    # Of layers in one array it is the first that is gone to, from wherever one comes.
    return next(name for name, value in wrong.items() if value == wrong[found])


def beside(names: Sequence[str], wanted: Collection[str], layer: str | None, *, back: bool = False) -> str | None:
    """The first of ``wanted`` after ``layer`` among ``names``, or before it; beyond the end from the other one."""
    start = names.index(layer) if layer in names else -1
    turned = [*names[start + 1 :], *names[: start + 1]]
    if back:
        turned = [*names[start:], *names[:start]] if start >= 0 else [*names]
        turned.reverse()
    return next((name for name in turned if name in wanted), None)
