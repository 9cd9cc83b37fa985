"""Everything that a layer is computed from, and everything that is computed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from explorer.network.layer_graph import LayerGraph
from explorer.ui.number_text import count_text

Way = Literal["ancestors", "descendants"]
WAYS: tuple[Way, ...] = ("ancestors", "descendants")


@dataclass(frozen=True, eq=False)
class Lineage:
    """The layers before and behind one, as far as they were asked for; None: they were not."""

    layer: str
    ancestors: frozenset[str] | None
    descendants: frozenset[str] | None

    @cached_property
    def layers(self) -> frozenset[str]:
        """All of them, the layer among them."""
        return frozenset({self.layer}).union(self.ancestors or (), self.descendants or ())

    def joins(self, sources: Sequence[str], targets: Sequence[str]) -> bool:
        """Whether values that go from a source to a target are on their way to the layer, or from it."""
        return any(not way.isdisjoint(sources) and not way.isdisjoint(targets) for way in self._ways)

    @cached_property
    def _ways(self) -> tuple[frozenset[str], ...]:
        return tuple(found | {self.layer} for found in (self.ancestors, self.descendants) if found is not None)

    @property
    def text(self) -> str:
        """How many there are."""
        counts = ((self.ancestors, "ancestor"), (self.descendants, "descendant"))
        parts = [
            f"{count_text(len(found))} {word}{'' if len(found) == 1 else 's'}"
            for found, word in counts
            if found is not None
        ]
        return f"{self.layer}: {', '.join(parts)}"


def lineage_of(graph: LayerGraph, layer: str, ways: frozenset[Way]) -> Lineage:
    """The layers that the data passes on its way to a layer, and from it."""
    return Lineage(
        layer,
        _reached(layer, graph.inputs) if "ancestors" in ways else None,
        _reached(layer, graph.consumers) if "descendants" in ways else None,
    )


def _reached(start: str, steps: Mapping[str, Sequence[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = [name for name in steps[waiting.pop()] if name not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return frozenset(found - {start})
