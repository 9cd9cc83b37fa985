"""A graph's variables and where a checkpoint keeps them: what the graph's own saver restores, or the same names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from explorer.errors import PortsideError
from explorer.importers.checkpoint import Checkpoint
from explorer.importers.checkpoint_entries import FULL, Slice
from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_graph import Graph, Operation, Port
from explorer.importers.tensorflow_tensor import Array, TensorError
from explorer.importers.tfslim_variables import describe_unused
from explorer.network.provenance import Provenance

_SAVER = re.compile(r"(?:.*/)?save(?:_\d+)?/[^/]*")
_ASSIGNED = frozenset(("Assign", "AssignVariableOp"))
_LONGEST_CHAIN = 8
_PASSED_ON = frozenset(("Identity", "Cast"))


class GraphVariables:
    """The values of a graph's variables; zeros stand for them where there is no checkpoint."""

    def __init__(self, graph: Graph, checkpoint: Checkpoint | None) -> None:
        self._graph = graph
        self._checkpoint = checkpoint
        self._restored = {} if checkpoint is None else dict(_restored(graph))
        self._used: set[str] = set()
        self.asked = False

    def read(self, operation: Operation) -> Constant:
        """A variable's values, with where they came from.

        :raises PortsideError: when the checkpoint lacks them, or has them in another shape than the graph says.
        """
        self.asked = True
        declared = operation.shape("shape")
        if self._checkpoint is None:
            if declared is None or None in declared:
                raise self._graph.error("the size of its variable stands in no file", operation)
            shape = tuple(size for size in declared if size is not None)
            try:
                array = np.broadcast_to(np.float32(0), shape)
            except ValueError:
                raise self._graph.error(f"a variable of the shape {shape} makes no sense", operation) from None
            return Constant(array, Provenance(self._graph.file, operation.name, shape))
        key, part = self._place(operation)
        self._used.add(key)
        variable = self._checkpoint.variables[key]
        if not variable.is_numeric:
            raise self._graph.error(f"its variable '{key}' holds no numbers", operation)
        try:
            stored = self._checkpoint.read(key, part)
        except ValueError as error:
            raise self._graph.error(f"its variable '{key}': {error}", operation) from None
        found = stored.array.shape
        # The graphs of the first versions leave a variable's shape out, which reads as that of a single number.
        if declared and (
            len(declared) != len(found) or any(a not in (None, b) for a, b in zip(declared, found, strict=True))
        ):
            sizes = ["×".join(map(str, shape)) or "a single number" for shape in (declared, found)]
            reason = f"its variable '{key}' is {sizes[0]} in the graph, the checkpoint holds {sizes[1]}"
            raise PortsideError(reason, file=self._checkpoint.file, layer=operation.name)
        return Constant(stored.array, Provenance(stored.file, key, variable.shape, stored.steps))

    def unused(self) -> str | None:
        """A note on what the checkpoint holds beside the network's weights, or None."""
        return None if self._checkpoint is None else describe_unused(self._checkpoint.variables, self._used)

    def _place(self, operation: Operation) -> tuple[str, Slice | None]:
        assert self._checkpoint is not None
        names = [*self._restored.get(operation.name, ())]
        names += [(name, None) for name in (operation.name, operation.text("shared_name")) if name]
        for key, part in names:
            if key in self._checkpoint.variables:
                return key, part
        reason = f"the checkpoint does not hold the variable '{names[0][0]}'"
        raise PortsideError(reason, file=self._checkpoint.file, layer=operation.name)


def _restored(graph: Graph) -> Iterator[tuple[str, list[tuple[str, Slice | None]]]]:
    """For each variable what the graph's savers read it from: a name in the checkpoint, and the slice of it."""
    places: dict[str, list[tuple[str, Slice | None]]] = {}
    lists: dict[str, list[tuple[str, Slice | None]]] = {}
    for operation in graph.operations.values():
        if operation.kind not in _ASSIGNED or len(operation.inputs) < 2 or not _SAVER.fullmatch(operation.name):
            continue
        source = operation.inputs[1]
        for _ in range(_LONGEST_CHAIN):
            inner = graph.operations.get(source.operation)
            if inner is None or inner.kind not in _PASSED_ON or not inner.inputs:
                break
            source = inner.inputs[0]
        restore = graph.operations.get(source.operation)
        if restore is None or restore.kind not in ("RestoreV2", "RestoreSlice", "Restore"):
            continue
        if restore.name not in lists:
            lists[restore.name] = _names(graph, restore)
        if source.index < len(lists[restore.name]):
            places.setdefault(operation.inputs[0].operation, []).append(lists[restore.name][source.index])
    yield from places.items()


def _names(graph: Graph, restore: Operation) -> list[tuple[str, Slice | None]]:
    """The names that a restoring operation reads, with their slices."""
    texts = [_strings(graph, port) for port in restore.inputs[1:3]]
    names = texts[0] if texts else []
    slices = texts[1] if len(texts) > 1 and restore.kind != "Restore" else []
    slices += [""] * (len(names) - len(slices))
    return [(name, _slice(text)) for name, text in zip(names, slices, strict=False)]


def _strings(graph: Graph, port: Port) -> list[str]:
    operation = graph.operations.get(port.operation)
    if operation is None or operation.kind != "Const":
        return []
    try:
        array: Array = operation.tensor("value")
    except TensorError:
        return []
    return [item.decode("utf-8", "backslashreplace") for item in array.reshape(-1) if isinstance(item, bytes)]


def _slice(text: str) -> Slice | None:
    """A slice as savers write it: the whole shape, then start and length of each axis: ``10 20 0,5:-``."""
    parts = text.split()
    if not parts:
        return None
    extents = []
    for extent in parts[-1].split(":"):
        start, _, length = extent.partition(",")
        if extent == "-":
            extents.append((0, FULL))
        elif start.isdecimal() and length.isdecimal():
            extents.append((int(start), int(length)))
        else:
            return None
    return tuple(extents)
