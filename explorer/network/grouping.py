"""Whether layers that share a name may be drawn as one module."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.network.layer_graph import LayerGraph

SHORTEST_CHAIN, SMALLEST_FORK = 4, 3
"""How many layers, their followers not counted, are more than the frame around them: in a row, and in branches."""

NESTED = frozenset(("Container", "Functional", "Graph", "Model", "Sequential"))
"""Types under which Keras has a model inside a model: somebody made one thing of its layers, however few they are."""

_FAR = 16


@dataclass(frozen=True)
class Group:
    """Layers in the order of the data, and the parts of their names that they share."""

    path: tuple[str, ...]
    layers: tuple[str, ...]


def is_worth_a_frame(graph: LayerGraph, layers: Collection[str]) -> bool:
    """Whether the layers are connected, and too many to stand without a frame or a model of their own."""
    own = set(layers)
    count = sum(graph.followers.get(name) not in own for name in layers)
    is_model = any(graph.types[name] in NESTED for name in layers)
    if count < (2 if is_model else SMALLEST_FORK) or not _is_connected(graph, own):
        return False
    if is_model:
        return True
    sources = {name: [source for source in graph.inputs[name] if source in own] for name in layers}
    uses = Counter(source for names in sources.values() for source in names)
    begins = sum(not names for names in sources.values())
    joins = any(names and len(graph.inputs[name]) > 1 for name, names in sources.items())
    is_chain = begins == 1 and not joins and max(uses.values()) == 1
    return count >= SHORTEST_CHAIN or not is_chain


def framed(
    graph: LayerGraph,
    members: frozenset[str],
    groups: Iterable[Group],
    divided: Callable[[Group], list[Group]],
) -> list[Group]:
    """Those of ``groups`` that are worth a frame and can each be one node among ``members`` without closing a circle.

    A group with nameless layers in its midst takes them in; one that can't be mended is ``divided`` into smaller ones.
    """
    good = _worthy(graph, members, groups, divided)
    while tangled := _tangled(graph, members, good):
        spoken_for = {name for group in good for name in group.layers}
        mended: list[Group] = []
        broken: list[Group] = []
        for group in good:
            whole = _whole(graph, members, group, spoken_for) if group.path in tangled else group
            if whole is None:
                broken.append(group)
            else:
                spoken_for.update(whole.layers)
                mended.append(whole)
        if not broken and all(len(old.layers) == len(new.layers) for old, new in zip(good, mended, strict=True)):
            broken = [group for group in good if group.path in tangled]
            mended = [group for group in good if group.path not in tangled]
        smaller = [part for group in broken for part in divided(group)]
        good = mended + _worthy(graph, members, smaller, divided)
    return good


def _worthy(
    graph: LayerGraph,
    members: frozenset[str],
    groups: Iterable[Group],
    divided: Callable[[Group], list[Group]],
) -> list[Group]:
    good: list[Group] = []
    spoken_for: set[str] = set()
    waiting = deque(groups)
    while waiting:
        group = waiting.popleft()
        whole = group if _is_connected(graph, set(group.layers)) else _whole(graph, members, group, spoken_for)
        if whole is not None and is_worth_a_frame(graph, whole.layers):
            good.append(whole)
            spoken_for.update(whole.layers)
        else:
            waiting.extend(divided(group))
    return good


def _is_connected(graph: LayerGraph, own: set[str]) -> bool:
    waiting = [next(iter(own))]
    reached = set(waiting)
    while waiting:
        name = waiting.pop()
        beside = {near for near in (*graph.inputs[name], *graph.consumers[name]) if near in own} - reached
        reached |= beside
        waiting.extend(beside)
    return len(reached) == len(own)


def _tangled(graph: LayerGraph, members: frozenset[str], groups: Sequence[Group]) -> set[tuple[str, ...]]:
    """The paths of those groups that lie on a circle, or between two, when each of ``groups`` is one node."""
    if not groups:
        return set()
    node = {name: len(groups) + index for index, name in enumerate(members)}
    node.update((name, index) for index, group in enumerate(groups) for name in group.layers)
    arcs = {
        (node[source], node[name])
        for name in members
        for source in graph.inputs[name]
        if source in node and node[source] != node[name]
    }
    forward = _left_after_sorting(set(node.values()), arcs)
    both = _left_after_sorting(forward, {(end, start) for start, end in arcs if start in forward and end in forward})
    return {group.path for index, group in enumerate(groups) if index in both}


def _left_after_sorting(nodes: set[int], arcs: set[tuple[int, int]]) -> set[int]:
    ends: dict[int, list[int]] = {}
    missing = Counter(end for _, end in arcs)
    for start, end in arcs:
        ends.setdefault(start, []).append(end)
    ready = [node for node in nodes if not missing[node]]
    left = set(nodes)
    while ready:
        node = ready.pop()
        left.discard(node)
        for end in ends.get(node, ()):
            missing[end] -= 1
            if not missing[end]:
                ready.append(end)
    return left


def _whole(graph: LayerGraph, members: frozenset[str], group: Group, spoken_for: Collection[str]) -> Group | None:
    """The group with the nameless layers in its midst, or None where layers with another name lie there."""
    own = set(group.layers)
    places = [graph.order[name] for name in own]
    span = range(min(places), max(places) + 1)
    after = _reached(own, graph.consumers, lambda name: graph.order[name] in span)
    before = _reached(own, graph.inputs, lambda name: graph.order[name] in span)
    if after is None or before is None:
        return None
    midst = (after & before) - own
    if not midst:
        return group
    if (
        not midst <= members
        or len(midst) > len(own)
        or any(name in spoken_for or "/" in name.strip("/") for name in midst)
    ):
        return None
    return Group(group.path, tuple(sorted(own | midst, key=graph.place.__getitem__)))


def _reached(start: set[str], steps: Mapping[str, Sequence[str]], is_within: Callable[[str], bool]) -> set[str] | None:
    """What can be reached within, or None where that is far more than a module holds."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        fresh = [name for name in steps[waiting.pop()] if is_within(name) and name not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
        if len(reached) > _FAR * len(start) + _FAR:
            return None
    return reached
