"""What of a scene is painted alike in every theme and at every verdict: its lines, and its nodes as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from explorer.network.routing import Edge
from explorer.ui.graph_edges import EdgeLines
from explorer.ui.graph_far import FarShapes, Table, add_block

if TYPE_CHECKING:
    from explorer.network.kinds import Kind


class GraphShapes:
    """The nodes at ``places``, which are of ``kinds`` (None: a module), and the edges between them.

    ``blocks`` are the nodes from afar by kind, those of modules under an empty name.
    """

    def __init__(self, places: Table, kinds: Sequence[Kind | None], edges: Iterable[Edge]) -> None:
        self.edges = EdgeLines(edges)
        self.blocks = blocks_of(places, [kind or "" for kind in kinds])


def blocks_of(places: Table, keys: Sequence[str]) -> Mapping[str, FarShapes]:
    """Nodes from afar as blocks, those of one key together."""
    if not len(keys):
        return {}
    found, number = np.unique(np.asarray(keys), return_inverse=True)
    return {str(key): FarShapes(places[number == index], add_block) for index, key in enumerate(found)}
