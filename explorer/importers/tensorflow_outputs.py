"""Which of a graph's values are the network's answers, and what leads to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from explorer.importers.tensorflow_graph import Operation, Port
from explorer.importers.tensorflow_phase import Sort, Sorting, is_learning

_KINDS = """
    Reshape Identity Cast ExpandDims Squeeze Slice Pack StopGradient Log Neg Add AddV2 Sub Mul Square Abs Maximum
    Minimum ClipByValue Pow
"""

_PREPARING = frozenset(_KINDS.split())
"""What brings an answer into the form that a loss takes."""


def find_outputs(sorting: Sorting) -> list[str]:
    """The live operations that nothing live reads, behind weights; in the order of the data.

    What only prepares an answer for a loss, outside the network's scopes, is no answer.
    """
    live = {operation.name: operation for operation in sorting.live()}
    learned = _learned(sorting, live.values())
    onward = _leading_on(sorting)
    ends = [name for name in live if name in learned and name not in onward and name not in sorting.scaling]
    roots = {name.partition("/")[0] for name in live if is_learning(sorting, live[name])}
    found: dict[str, None] = {}
    readers = _foreign_readers(sorting)
    for name in ends:
        current = live[name]
        while current.kind in _PREPARING and current.name in readers and current.name.partition("/")[0] not in roots:
            reads = [port.operation for port in sorting.reads(current) if port.operation in learned]
            if len(reads) != 1:
                break
            current = live[reads[0]]
        found[current.name] = None
    return [name for name in live if name in found]


def needed(sorting: Sorting, outputs: Collection[str]) -> list[str]:
    """The live operations that lead to ``outputs``, in the order of the data."""
    wanted: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        reads = sorting.reads(sorting.graph.operations[name])
        inner = (port for port in reads if sorting.of(port) is Sort.LIVE and port not in sorting.sources)
        waiting.extend(port.operation for port in inner)
    return [operation.name for operation in sorting.live() if operation.name in wanted]


def _learned(sorting: Sorting, live: Collection[Operation]) -> set[str]:
    """The live operations behind an operation with weights."""
    found: set[str] = set()
    for operation in live:
        behind = any(port.operation in found for port in sorting.reads(operation))
        if behind or is_learning(sorting, operation):
            found.add(operation.name)
    return found


def _leading_on(sorting: Sorting) -> set[str]:
    """Operations that a live one reads, directly or by way of a batch's statistics."""
    leading: set[str] = set()
    ordered: Sequence[Operation] = [*sorting.live_and_statistic()]
    for operation in reversed(ordered):
        if sorting.of(Port(operation.name)) is Sort.LIVE or operation.name in leading:
            leading.update(port.operation for port in sorting.reads(operation))
    return leading


def _foreign_readers(sorting: Sorting) -> set[str]:
    """Names of what an operation reads that is no part of inference."""
    found: set[str] = set()
    for operation in sorting.graph.operations.values():
        if sorting.of(Port(operation.name)) is Sort.FOREIGN:
            found.update(sorting.resolve(port).operation for port in operation.inputs)
    return found
