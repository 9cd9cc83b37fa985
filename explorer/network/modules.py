"""Layers → nested modules: what the names say together, where the graph agrees, and blocks that fork and join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from explorer.network.blocks import find_blocks, find_stem
from explorer.network.grouping import Group, framed
from explorer.network.kinds import kind_of
from explorer.network.layer_graph import LayerGraph

ROOT = ""
"""The name of the module that is the whole network."""

DEEPEST = 8
"""Names nested deeper than this are taken as they are: a file may not ask for thousands of frames in each other."""

MANY = 12
"""A module of more parts than this is searched for blocks that fork and join."""


@dataclass(frozen=True)
class Module:
    """Layers that are one thing to the person who named them.

    ``children`` are modules and names of layers in the order of the data, ``layers`` all layers below. A module's name
    is never a layer's name. Shown as one node, a module never closes a circle with what stands beside it.
    """

    name: str
    label: str
    children: tuple[Module | str, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Modules:
    """The tree of modules; its root is the whole network.

    ``labels`` are the names of layers and modules without what the frames around them say already.
    """

    root: Module
    labels: Mapping[str, str]

    @cached_property
    def module(self) -> Mapping[str, Module]:
        """The modules by name, outer before inner, without the root."""
        found: dict[str, Module] = {}
        waiting = [self.root]
        while waiting:
            inner = [child for child in waiting.pop().children if isinstance(child, Module)]
            found.update((child.name, child) for child in inner)
            waiting.extend(reversed(inner))
        return found

    @cached_property
    def parent(self) -> Mapping[str, str]:
        """For each layer and module the name of the module that it stands in, :data:`ROOT` for the network itself."""
        return {
            child.name if isinstance(child, Module) else child: module.name
            for module in (self.root, *self.module.values())
            for child in module.children
        }

    def module_of(self, layer: str) -> str | None:
        """The innermost module that holds the layer, or None."""
        return self.parent[layer] or None

    def around(self, name: str) -> tuple[str, ...]:
        """The modules around a layer or module, innermost first, without the root."""
        names: list[str] = []
        while (name := self.parent[name]) != ROOT:
            names.append(name)
        return tuple(names)


def find_modules(graph: LayerGraph) -> Modules:
    """Divide the layers into nested modules.

    Names are taken first: what stands before a slash groups (Caffe's ``inception_3a/1x1``, slim's and Keras's scopes,
    PyTorch's ``/layer1/layer1.0/Conv``), when the group is connected, can be shown as one node without closing a
    circle, and is more than a short chain. Where names say nothing, a block is what lies between a fork and the layer
    that joins its branches, named as that layer; a run of plain layers ahead of the first module is the stem.
    """
    division = _Division(graph)
    inputs = [name for name in graph.types if kind_of(graph.types[name]) == "input"]
    root, labels = division.module(ROOT, ROOT, Group((), tuple(graph.types)), frozenset(inputs))
    return Modules(replace(root, layers=tuple(graph.types)), labels)


class _Division:
    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.parts = {name: tuple(part for part in name.split("/") if part) for name in graph.types}
        self.taken = set(graph.types)

    def module(
        self, name: str, label: str, group: Group, apart: frozenset[str] = frozenset()
    ) -> tuple[Module, dict[str, str]]:
        path, members = self._without_wrappers(group, apart)
        groups = framed(self.graph, frozenset(members), self._named(path, members), self._subgroups)
        blocks = self._unnamed(members, groups) if len(members) > MANY else []
        grouped = {layer for part in (*groups, *(block for _, block in blocks)) for layer in part.layers}
        labels = {layer: self._label(layer, path) for layer in members if layer not in grouped}
        children: list[Module | str] = list(labels)
        for part in groups:
            inner_label = "/".join(part.path[len(path) :])
            inner, inner_labels = self.module(self._free("/".join(part.path)), inner_label, part)
            children.append(inner)
            labels |= inner_labels | {inner.name: inner_label}
        for block_label, block in blocks:
            inner_name = self._free(block_label)
            inner_label = self._label(block_label, path)
            inside = {layer: self._label(layer, path) for layer in block.layers}
            children.append(Module(inner_name, inner_label, block.layers, block.layers))
            labels |= inside | {inner_name: inner_label}
        children.sort(key=lambda child: self.graph.place[child if isinstance(child, str) else child.layers[0]])
        return Module(name, label, tuple(children), group.layers), labels

    def _without_wrappers(self, group: Group, apart: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        path = group.path
        inside = [layer for layer in group.layers if layer not in apart]
        while inside and len(path) < DEEPEST:
            heads = {self.parts[layer][len(path)] if self._is_below(layer, path) else None for layer in inside}
            if len(heads) != 1 or None in heads:
                break
            path = (*path, *(head for head in heads if head is not None))
        return path, group.layers

    def _is_below(self, layer: str, path: tuple[str, ...]) -> bool:
        return len(self.parts[layer]) > len(path) + 1 and self.parts[layer][: len(path)] == path

    def _named(self, path: tuple[str, ...], members: Iterable[str]) -> list[Group]:
        found: dict[tuple[str, ...], list[str]] = {}
        for layer in members:
            if self._is_below(layer, path) and len(path) < DEEPEST:
                found.setdefault(self.parts[layer][: len(path) + 1], []).append(layer)
        for layer in members:
            if self.parts[layer] in found:
                found[self.parts[layer]].append(layer)
        return [
            Group(inner, tuple(sorted(layers, key=self.graph.place.__getitem__))) for inner, layers in found.items()
        ]

    def _subgroups(self, group: Group) -> list[Group]:
        return self._named(group.path, group.layers)

    def _unnamed(self, members: Sequence[str], groups: Sequence[Group]) -> list[tuple[str, Group]]:
        part = {layer: index for index, group in enumerate(groups) for layer in group.layers}
        blocks = find_blocks(self.graph, members, part)
        grouped = part.keys() | {layer for _, layers in blocks for layer in layers}
        firsts = {group.layers for group in groups} | {layers for _, layers in blocks}
        stem = find_stem(self.graph, members, grouped) if len(firsts) > 1 else ()
        named = [*blocks, *([("stem", stem)] if stem else [])]
        return [(label, Group((), layers)) for label, layers in named]

    def _label(self, name: str, path: tuple[str, ...]) -> str:
        parts = self.parts.get(name, (name,))
        return "/".join(parts[len(path) :] if parts[: len(path)] == path and len(parts) > len(path) else parts[-1:])

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self.taken:
            free, number = f"{name} block" + (f" {number}" if number > 1 else ""), number + 1
        self.taken.add(free)
        return free
