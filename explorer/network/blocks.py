"""Modules that no name tells of: blocks between a fork and the layer that joins its branches, and the stem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.network.grouping import SHORTEST_CHAIN, SMALLEST_FORK
from explorer.network.kinds import kind_of
from explorer.network.layer_graph import LayerGraph

LARGEST_BLOCK = 40
"""A fork that is joined only after more layers than this (followers not counted) is how the network goes, no block."""

_START = -1


@dataclass(frozen=True)
class _Steps:
    """Layers with their followers, and groups, as nodes 0, 1 … in an order of the data; ``plain`` are no groups."""

    layers: tuple[tuple[str, ...], ...]
    plain: tuple[bool, ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]


def find_blocks(
    graph: LayerGraph, members: Sequence[str], group_of: Mapping[str, int]
) -> list[tuple[str, tuple[str, ...]]]:
    """The largest pieces of ``members`` that begin behind a fork and end with the layer that joins all its branches.

    Each comes with that layer's name. A piece is entered only from the fork and left only through the join (each is the
    other's immediate dominator), holds no layer of a group (``group_of``) and at most half of what there is.
    """
    steps = _without_side_heads(_steps(graph, members, group_of))
    count = len(steps.layers)
    entry = _immediate_dominators(range(count), steps.before)
    leave = _immediate_dominators(range(count - 1, -1, -1), steps.after)
    largest = min(LARGEST_BLOCK, count // 2)
    pieces = [
        _between(steps, fork, leave[fork], largest)
        for fork in range(count)
        if len(steps.after[fork]) > 1 and leave[fork] != _START and entry[leave[fork]] == fork
    ]
    place = {name: index for index, name in enumerate(members)}
    blocks: list[tuple[str, tuple[str, ...]]] = []
    taken: set[int] = set()
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= SMALLEST_FORK and not taken & piece and all(steps.plain[node] for node in piece):
            taken |= piece
            own = {name for node in piece for name in steps.layers[node]}
            blocks.append((steps.layers[max(piece)][0], tuple(sorted(own, key=place.__getitem__))))
    return blocks


def find_stem(graph: LayerGraph, members: Sequence[str], grouped: Collection[str]) -> tuple[str, ...]:
    """The run of plain layers that leads from the network's input to its first module; empty where it is short."""
    group_of = {name: index for index, name in enumerate(grouped)}
    steps = _steps(graph, _near_inputs(graph, members, group_of), group_of)
    inputs = {node for node, names in enumerate(steps.layers) if kind_of(graph.types[names[0]]) == "input"}
    read = {node for given in inputs for node in steps.after[given]}
    firsts = [node for node in read if inputs.issuperset(steps.before[node])]
    run: list[int] = []
    node = firsts[0] if len(firsts) == 1 else None
    while node is not None and steps.plain[node] and len(steps.before[node]) == 1:
        run.append(node)
        node = steps.after[node][0] if len(steps.after[node]) == 1 else None
    ends_at_module = bool(run) and steps.after[run[-1]] and not any(steps.plain[end] for end in steps.after[run[-1]])
    if len(run) < SHORTEST_CHAIN or not ends_at_module:
        return ()
    return tuple(name for step in run for name in steps.layers[step])


def _near_inputs(graph: LayerGraph, members: Sequence[str], grouped: Collection[str]) -> list[str]:
    """Those of ``members`` that the network's inputs lead to past no layer of a module, and what they read."""
    own = set(members)
    waiting = [name for name in members if kind_of(graph.types[name]) == "input"]
    near = set(waiting)
    while waiting:
        fresh = [name for name in graph.consumers[waiting.pop()] if name in own and name not in near]
        near.update(fresh)
        waiting.extend(name for name in fresh if name not in grouped)
    near.update(*(own.intersection(graph.inputs[name]) for name in list(near)))
    return [name for name in members if name in near]


def _steps(graph: LayerGraph, members: Sequence[str], group_of: Mapping[str, int]) -> _Steps:
    host: dict[str, object] = {}
    for name in sorted(members, key=graph.order.__getitem__):
        before = graph.followers.get(name)
        joined = before in host and before not in group_of and name not in group_of
        host[name] = group_of[name] if name in group_of else host[before] if joined and before else name
    parts: dict[object, list[str]] = {}
    for name, key in host.items():
        parts.setdefault(key, []).append(name)
    pairs = {
        (host[source], key): None
        for key, names in parts.items()
        for name in names
        for source in graph.inputs[name]
        if source in host and host[source] != key
    }
    keys = _sorted(parts, pairs)
    place = {key: index for index, key in enumerate(keys)}
    before_lists: list[list[int]] = [[] for _ in keys]
    after_lists: list[list[int]] = [[] for _ in keys]
    for start, end in sorted((place[source], place[key]) for source, key in pairs if place[source] < place[key]):
        before_lists[end].append(start)
        after_lists[start].append(end)
    return _Steps(
        tuple(tuple(parts[key]) for key in keys),
        tuple(isinstance(key, str) for key in keys),
        tuple(map(tuple, before_lists)),
        tuple(map(tuple, after_lists)),
    )


def _without_side_heads(steps: _Steps) -> _Steps:
    """The same without the steps into what never comes back to the way to the furthest output."""
    length = [0] * len(steps.layers)
    for node, before in enumerate(steps.before):
        length[node] = 1 + max((length[source] for source in before), default=0)
    last = max(range(len(length)), key=length.__getitem__, default=_START)
    goes_on = [node == last for node in range(len(length))]
    for node in range(last, -1, -1):
        goes_on[node] |= any(goes_on[end] for end in steps.after[node])
    after = tuple(
        tuple(end for end in ends if goes_on[end] or not goes_on[node]) for node, ends in enumerate(steps.after)
    )
    return replace(steps, after=after)


def _sorted(nodes: Iterable[object], pairs: Iterable[tuple[object, object]]) -> list[object]:
    """The nodes in an order of the data: each behind all that it reads, but for circles that the file claims.

    ``pairs`` are each a node and one that reads it.
    """
    readers: dict[object, list[object]] = {key: [] for key in nodes}
    missing = dict.fromkeys(readers, 0)
    for source, key in pairs:
        readers[source].append(key)
        missing[key] += 1
    done: dict[object, None] = {}
    for first in readers:
        waiting = [first] if not missing[first] else []
        while waiting:
            key = waiting.pop()
            done.setdefault(key)
            for reader in readers[key]:
                missing[reader] -= 1
                if not missing[reader]:
                    waiting.append(reader)
    return [*done, *(key for key in readers if key not in done)]


def _immediate_dominators(order: range, before: Sequence[Sequence[int]]) -> dict[int, int]:
    """For each node the last one that every way to it passes, :data:`_START` where there is none.

    A node's is the deepest common ancestor of those before it. Jump pointers over the tree find it in logarithmic time
    (Myers 1983, "An applicative random-access stack").
    """
    depth, up, jump = {_START: 0}, {_START: _START}, {_START: _START}
    for node in order:
        ancestor = before[node][0] if before[node] else _START
        for other in before[node][1:]:
            ancestor = _common(ancestor, other, depth, up, jump)
        far = jump[ancestor]
        level = depth[ancestor] - depth[far] == depth[far] - depth[jump[far]]
        up[node], depth[node], jump[node] = ancestor, depth[ancestor] + 1, jump[far] if level else ancestor
    return up


def _common(one: int, other: int, depth: Mapping[int, int], up: Mapping[int, int], jump: Mapping[int, int]) -> int:
    if depth[one] < depth[other]:
        one, other = other, one
    while depth[one] > depth[other]:
        one = jump[one] if depth[jump[one]] >= depth[other] else up[one]
    while one != other:
        same = jump[one] == jump[other]
        one, other = (up[one], up[other]) if same else (jump[one], jump[other])
    return one


def _between(steps: _Steps, fork: int, join: int, largest: int) -> set[int]:
    """The nodes between, with the join; nothing where they are more than ``largest``."""
    found = {join}
    waiting = list(steps.after[fork])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(steps.after[node])
        if len(found) > largest:
            return set()
    return found
