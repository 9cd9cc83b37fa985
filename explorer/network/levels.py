"""One drawing for each module: its parts, the arcs between them, and where the data comes in and goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from explorer.network.layer_graph import LayerGraph, stacks
from explorer.network.modules import ROOT, Modules
from explorer.network.ranks import Arrangement, arrange


@dataclass(frozen=True, eq=False)
class Level:
    """What is drawn inside one module when it is open.

    ``parts`` are layers with their followers (named as the host) and inner modules in the order of the data: nodes
    0, 1 … of the ``arcs``. Node ``entry`` stands for all that comes in from outside, node ``exit`` for all that goes
    out. Each arc comes with the layers, inside or outside, whose values pass along it.
    """

    parts: tuple[str, ...]
    arcs: Mapping[tuple[int, int], tuple[str, ...]]

    @property
    def entry(self) -> int:
        """The node of what comes in."""
        return len(self.parts)

    @property
    def exit(self) -> int:
        """The node of what goes out."""
        return len(self.parts) + 1

    @cached_property
    def incoming(self) -> tuple[str, ...]:
        """The layers outside that are read inside."""
        passing = [layers for (start, _), layers in self.arcs.items() if start == self.entry]
        return tuple(dict.fromkeys(layer for layers in passing for layer in layers))

    @cached_property
    def outgoing(self) -> tuple[str, ...]:
        """The layers inside that are read outside."""
        passing = [layers for (_, end), layers in self.arcs.items() if end == self.exit]
        return tuple(dict.fromkeys(layer for layers in passing for layer in layers))

    @cached_property
    def arrangement(self) -> Arrangement:
        """Rows and places in them; they depend on no size, and on no other module being open or closed."""
        first = self.entry if self.incoming else None
        last = self.exit if self.outgoing else None
        ends = [node for node in (first, last) if node is not None]
        return arrange([*range(len(self.parts)), *ends], self.arcs, first, last)


@dataclass(frozen=True, eq=False)
class Levels:
    """The drawings of all modules, the root's among them, and the layers' stacks.

    ``stacks`` gives each host its followers in order. Kept from one layout to the next: rows are found once.
    """

    graph: LayerGraph
    modules: Modules

    @cached_property
    def stacks(self) -> Mapping[str, tuple[str, ...]]:
        """Hosts in the order of the data, each with its followers."""
        return stacks(self.graph, self.modules.parent)

    @cached_property
    def host(self) -> Mapping[str, str]:
        """For each layer the host of its stack."""
        return {layer: host for host, followers in self.stacks.items() for layer in (host, *followers)}

    @cached_property
    def level(self) -> Mapping[str, Level]:
        """The drawing of each module."""
        modules = {ROOT: self.modules.root, **self.modules.module}
        parts = {
            name: tuple(
                child if isinstance(child, str) else child.name
                for child in module.children
                if not isinstance(child, str) or child in self.stacks
            )
            for name, module in modules.items()
        }
        index = {part: number for names in parts.values() for number, part in enumerate(names)}
        arcs: dict[str, dict[tuple[int, int], dict[str, None]]] = {name: {} for name in modules}
        ways = {host: self._way_out(host) for host in self.stacks}
        for name, sources in self.graph.inputs.items():
            host = self.host[name]
            for source in sources:
                if self.host[source] == host:
                    continue
                start, end = ways[self.host[source]], ways[host]
                common = next(module for module in start if module in end)
                for module, part in start.items():
                    if module == common:
                        break
                    arcs[module].setdefault((index[part], len(parts[module]) + 1), {})[source] = None
                for module, part in end.items():
                    if module == common:
                        break
                    arcs[module].setdefault((len(parts[module]), index[part]), {})[source] = None
                arcs[common].setdefault((index[start[common]], index[end[common]]), {})[source] = None
        return {
            name: Level(parts[name], {arc: tuple(layers) for arc, layers in found.items()})
            for name, found in arcs.items()
        }

    def _way_out(self, host: str) -> dict[str, str]:
        """The modules around a host, innermost first and the root last, each with its part that holds the host."""
        names = (host, *self.modules.around(host))
        return dict(zip((*names[1:], ROOT), names, strict=True))
