"""Which layer feeds which: the graph that is divided into modules and laid out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from explorer.network.kinds import follows, kind_of


@dataclass(frozen=True, eq=False)
class LayerGraph:
    """Layers by name in the order of the data, with their types and the layers that each of them reads.

    A layer never reads itself here, and reads another one once.
    """

    types: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]

    @cached_property
    def consumers(self) -> Mapping[str, tuple[str, ...]]:
        """The layers that read each layer, in the order of the data."""
        lists: dict[str, list[str]] = {name: [] for name in self.types}
        for name in self.types:
            for source in self.inputs[name]:
                lists[source].append(name)
        return {name: tuple(readers) for name, readers in lists.items()}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Each layer's place in the file."""
        return {name: index for index, name in enumerate(self.types)}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Each layer's place in an order in which it stands behind all that it reads.

        A file can claim a circle of layers; the first of them in the file then stands before what it reads.
        """
        missing = {name: len(sources) for name, sources in self.inputs.items()}
        order: dict[str, int] = {}
        ready = deque(name for name, count in missing.items() if count == 0)
        waiting = iter(self.types)
        while len(order) < len(self.types):
            name = ready.popleft() if ready else next(name for name in waiting if name not in order)
            if name in order:
                continue
            order[name] = len(order)
            for reader in self.consumers[name]:
                missing[reader] -= 1
                if missing[reader] == 0:
                    ready.append(reader)
        return order

    @cached_property
    def followers(self) -> Mapping[str, str]:
        """For each layer that only finishes what the one before it computes, that layer: nothing else reads it."""
        pairs: dict[str, str] = {}
        for name, layer_type in self.types.items():
            sources = self.inputs[name]
            if follows(layer_type) and len(sources) == 1 and len(self.consumers[sources[0]]) == 1:
                before = sources[0]
                if kind_of(self.types[before]) != "input" and self.order[before] < self.order[name]:
                    pairs[name] = before
        return pairs


def stacks(graph: LayerGraph, parent: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Layers with the followers that are drawn in one piece with them, each host with its followers in order.

    Every layer is a host or one host's follower; a stack never crosses the border of a module (``parent`` names it).
    """
    host: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name in sorted(graph.types, key=graph.order.__getitem__):
        before = graph.followers.get(name)
        if before is not None and parent[before] == parent[name]:
            host[name] = host.get(before, before)
            found[host[name]].append(name)
        else:
            found[name] = []
    return {name: tuple(found[name]) for name in graph.types if name in found}
