"""Where a graph's pictures come in, what its placeholders are at test time, and what lies behind its answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from explorer.errors import PortsideError
from explorer.importers.tensorflow_graph import Graph, Operation, Port
from explorer.importers.tensorflow_phase import (
    GRADIENTS,
    REAL,
    Sort,
    Sorting,
    in_order,
    is_learning,
    placed_shape,
)
from explorer.importers.tensorflow_tensor import Array

_BOOL = 10
_WATCHING = re.compile(r"Summary|Switch|InTopK|CrossEntropy|L2Loss|Assert|Print|Equal|IsFinite|Enqueue|Assign")
_TRAINING = re.compile(r"train|phase|learn", re.IGNORECASE)
_TESTING = re.compile(r"test|infer|eval|predict", re.IGNORECASE)


def given_placeholders(graph: Graph) -> dict[str, Array]:
    """Placeholders that have one value at test time: training is off, everything is kept."""
    given: dict[str, Array] = {}
    for operation in graph.operations.values():
        if operation.kind not in ("Placeholder", "PlaceholderWithDefault"):
            continue
        if operation.type("dtype") == _BOOL:
            leaf = operation.name.rpartition("/")[2]
            if operation.kind == "Placeholder" or _TRAINING.search(leaf):
                given[operation.name] = np.asarray(bool(_TESTING.search(leaf)) and not _TRAINING.search(leaf))
        elif operation.type("dtype") in REAL and "keep" in operation.name and len(placed_shape(operation) or ()) == 0:
            given[operation.name] = np.asarray(1.0, np.float32)
    return given


def find_sources(graph: Graph, live_kinds: Collection[str], given: Mapping[str, Array]) -> Sorting:
    """Sort a graph from its pictures: those placeholders that lead to weights, or what a queue hands to the first.

    Of several networks side by side, one for each device as a rule, the first is taken.

    :raises PortsideError: when nothing leads from an input to a weight.
    """
    candidates = frozenset(
        Port(operation.name)
        for operation in graph.operations.values()
        if operation.kind in ("Placeholder", "PlaceholderWithDefault")
        and operation.name not in given
        and operation.type("dtype") in REAL
        and (placed_shape(operation) is None or len(placed_shape(operation) or ()) >= 2)
    )
    sized = frozenset(port for port in candidates if placed_shape(graph.operations[port.operation]) is not None)
    for tried in (sized, candidates):
        sorting = Sorting(graph, live_kinds, tried, given)
        groups = _groups(sorting, [operation for operation in sorting.live() if is_learning(sorting, operation)])
        if groups:
            used = groups[0]
            if len(groups) > 1:
                # What is joined behind the weights is one network; without labels no loss joins several.
                together = Sorting(graph, live_kinds, frozenset().union(*groups), given)
                used = next(group for group in _groups(together, together.live()) if group & used)
            return sorting if used == tried else Sorting(graph, live_kinds, used, given)
    source = _behind_the_queue(sorting)
    if source is not None:
        return Sorting(graph, live_kinds, frozenset([source]), given)
    raise PortsideError("no operation with weights reads an input: it is no network", file=graph.file)


def _groups(sorting: Sorting, operations: Iterable[Operation]) -> list[frozenset[Port]]:
    """The sources of ``operations``, those together that one of them hangs on; in the order of the data."""
    groups: list[set[Port]] = []
    for operation in operations:
        found = set(sorting.origins[operation.name])
        together = [group for group in groups if group & found]
        for group in together[1:]:
            together[0].update(group)
            groups.remove(group)
        if together:
            together[0].update(found)
        else:
            groups.append(found)
    return [frozenset(group) for group in groups]


def _behind_the_queue(sorting: Sorting) -> Port | None:
    """What the first operation with weights reads, back to what no known operation computes.

    Where a picture of open size is resized on the way, the resized one is taken.
    """
    graph = sorting.graph
    for operation in in_order(graph):
        if not is_learning(sorting, operation) or sorting.of(operation.inputs[0]) is not Sort.FOREIGN:
            continue
        port = sorting.resolve(operation.inputs[0])
        for _ in range(len(graph.operations)):
            producer = graph.operations[port.operation]
            foreign = [given for given in producer.inputs if sorting.of(given) is Sort.FOREIGN]
            if producer.kind not in sorting.live_kinds or len(foreign) != 1 or producer.kind.startswith("Resize"):
                return port
            port = sorting.resolve(foreign[0])
    return None


def left_out(sorting: Sorting, kept: Iterable[str]) -> list[str]:
    """Notes on what reads live values and is not carried over, such as a top-k at the end."""
    used, operations = set(kept), sorting.graph.operations
    ends = Counter(
        operations[name].kind
        for name, blocker in sorting.blocked.items()
        if name == blocker
        and not GRADIENTS.fullmatch(name)
        and not _WATCHING.search(operations[name].kind)
        and any(sorting.resolve(port).operation in used for port in operations[name].inputs)
    )
    return [f"{kind} ×{count}" if count > 1 else kind for kind, count in ends.most_common()]
