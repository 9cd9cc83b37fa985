"""A graph's inference phase: what leads from the pictures to the answers, with training's machinery left out.

Every operation is of one of six sorts, told from those of its inputs in the order of the data.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from explorer.errors import PortsideError
from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_evaluation import CONSTANTS, SHAPES, VARIABLES, Evaluator, UnknownError
from explorer.importers.tensorflow_graph import Graph, Operation, Port, Sizes
from explorer.importers.tensorflow_tensor import Array
from explorer.network.builder import NamedSizeError


class Sort(Enum):
    """How an operation's value comes about.

    ``CONSTANT``: from constants and variables alone. ``LIVE``: from the network's input. ``STATISTIC``: from a whole
    batch of live values, as training's normalisation takes it. ``RANDOM``: drawn, as dropout does. ``DEAD``: on the
    branch of a condition that is not taken. ``FOREIGN``: anything else, such as labels, losses, summaries.
    """

    CONSTANT = auto()
    LIVE = auto()
    STATISTIC = auto()
    RANDOM = auto()
    DEAD = auto()
    FOREIGN = auto()


LEARNING = frozenset(("Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul", "Conv2DBackpropInput"))
"""Operations that carry a network's weights."""

REDUCING = frozenset(("Mean", "Sum", "Max", "Min", "Prod"))

RANDOM = frozenset(("RandomUniform", "RandomStandardNormal", "TruncatedNormal", "StatelessRandomUniformV2"))

_DROPPING = frozenset(("Mul", "Select", "SelectV2"))
_NORMALISING = frozenset(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"))
REAL = frozenset((1, 2, 4, 14, 19))
"""Types of pictures: real numbers, and bytes."""

_FED = (Sort.LIVE, Sort.STATISTIC)
GRADIENTS = re.compile(r"(?:.*/)?gradients(?:_\d+)?(?:/.*)?")


@dataclass
class Sorting:
    """The sorts of a graph's operations, seen from its inputs ``sources``.

    ``same`` are ports that stand for another; ``dropped`` are dropouts, which give at test time what they name, and
    ``scaling`` what only scales for them; ``blocked`` names, for what hangs on an input by way of an operation that is
    not known, that operation; ``origins`` are the sources that a live operation hangs on.
    """

    graph: Graph
    live_kinds: Collection[str]
    sources: frozenset[Port]
    given: Mapping[str, Array]
    same: dict[Port, Port] = field(default_factory=dict)
    dropped: dict[str, Port] = field(default_factory=dict)
    scaling: set[str] = field(default_factory=set)
    blocked: dict[str, str] = field(default_factory=dict)
    origins: dict[str, frozenset[Port]] = field(default_factory=dict)
    _sorts: dict[str, Sort] = field(default_factory=dict)
    _ports: dict[Port, Sort] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.constants = Evaluator(self.graph, _no_variable, lambda _: None, self.given, self.same)
        for source in self.sources:
            self._ports[source] = Sort.LIVE
        for operation in in_order(self.graph):
            self._sort(operation)

    def of(self, port: Port) -> Sort:
        """The sort of what stands at a port; what stands in a circle is foreign."""
        port = self.resolve(port)
        return self._ports.get(port) or self._sorts.get(port.operation, Sort.FOREIGN)

    def resolve(self, port: Port) -> Port:
        """The port that gives the value which stands at ``port``."""
        return self.constants.resolve(port)

    def live(self) -> list[Operation]:
        """The live operations that compute something, in the order of the data."""
        return [operation for operation in self.live_and_statistic() if self._sorts[operation.name] is Sort.LIVE]

    def live_and_statistic(self) -> list[Operation]:
        """The same with those that take the statistics of a batch."""
        found = (self.graph.operations[name] for name, sort in self._sorts.items() if sort in _FED)
        return [operation for operation in found if operation.kind not in ("Switch", "Merge")]

    def unreached(self) -> list[Operation]:
        """The operations that stand in a circle, or behind one."""
        return [operation for operation in self.graph.operations.values() if operation.name not in self._sorts]

    def reads(self, operation: Operation) -> list[Port]:
        """What an operation reads at test time."""
        if operation.name in self.dropped:
            return [self.dropped[operation.name]]
        return [self.resolve(port) for port in operation.inputs]

    def _sort(self, operation: Operation) -> None:
        sort = self._sort_of(operation)
        self._sorts[operation.name] = sort
        ports = [self.resolve(port) for port in operation.inputs]
        if sort is Sort.LIVE:
            self.origins[operation.name] = frozenset().union(
                *({port} if port in self.sources else self.origins.get(port.operation, ()) for port in ports)
            )
        elif sort is Sort.FOREIGN:
            live = any(self.of(port) in _FED for port in ports)
            known = operation.kind in self.live_kinds or operation.kind in SHAPES
            blockers = [self.blocked[port.operation] for port in ports if port.operation in self.blocked]
            if live and not known:
                self.blocked[operation.name] = operation.name
            elif blockers:
                self.blocked[operation.name] = blockers[0]
        if operation.kind in _NORMALISING and sort is Sort.LIVE:
            self._ports.update({Port(operation.name, index): Sort.STATISTIC for index in range(1, 6)})

    def _sort_of(self, operation: Operation) -> Sort:
        name, kind = operation.name, operation.kind
        if name in self.given or kind in ("Const", *VARIABLES):
            return Sort.CONSTANT
        if kind == "Placeholder" and operation.type("dtype") in REAL and not placed_shape(operation):
            return Sort.CONSTANT
        if kind == "Placeholder" or GRADIENTS.fullmatch(name):
            return Sort.FOREIGN
        sorts = [self.of(port) for port in operation.inputs]
        if kind == "Merge":
            return self._merge(operation)
        if Sort.DEAD in sorts:
            return Sort.DEAD
        if kind == "Switch" and len(sorts) == 2:
            return self._switch(operation)
        if kind in SHAPES:
            seen = {Sort.LIVE, Sort.STATISTIC, Sort.CONSTANT, Sort.RANDOM}
            return Sort.CONSTANT if seen.issuperset(sorts) else Sort.FOREIGN
        if kind in RANDOM:
            return Sort.RANDOM
        if Sort.FOREIGN in sorts:
            return Sort.FOREIGN
        if Sort.RANDOM in sorts:
            return self._drawn(operation, sorts)
        if not {Sort.LIVE, Sort.STATISTIC}.intersection(sorts):
            return Sort.CONSTANT if kind in CONSTANTS and sorts else Sort.FOREIGN
        if kind not in self.live_kinds:
            return Sort.FOREIGN
        if Sort.LIVE not in sorts or (kind in REDUCING and self._across_batch(operation)):
            return Sort.STATISTIC
        return Sort.LIVE

    def _merge(self, operation: Operation) -> Sort:
        alive = [port for port in operation.inputs if self.of(port) is not Sort.DEAD]
        if len(alive) == 1 and len(operation.inputs) == 2:
            self.same[Port(operation.name)] = alive[0]
            return self.of(alive[0])
        return Sort.FOREIGN if alive else Sort.DEAD

    def _switch(self, operation: Operation) -> Sort:
        try:
            taken = int(bool(self.constants.find(operation.inputs[1]).array.reshape(-1)[0]))
        except (UnknownError, NamedSizeError, PortsideError, IndexError):
            return Sort.FOREIGN
        self.same[Port(operation.name, taken)] = operation.inputs[0]
        self._ports[Port(operation.name, 1 - taken)] = Sort.DEAD
        return self.of(operation.inputs[0])

    def _drawn(self, operation: Operation, sorts: Sequence[Sort]) -> Sort:
        """Dropout, old and new: kept values are a mask's, times one over the share of them (nn_ops.py, ``dropout``)."""
        if Sort.LIVE not in sorts:
            return Sort.RANDOM if operation.kind in CONSTANTS or operation.kind in self.live_kinds else Sort.FOREIGN
        if operation.kind not in _DROPPING or sorts.count(Sort.LIVE) != 1:
            return Sort.FOREIGN
        self.dropped[operation.name] = self._unscaled(operation.inputs[sorts.index(Sort.LIVE)], operation.name)
        return Sort.LIVE

    def _unscaled(self, port: Port, dropout: str) -> Port:
        port = self.resolve(port)
        producer = self.graph.operations[port.operation]
        beside = producer.name.rpartition("/")[0] == dropout.rpartition("/")[0]
        if beside and producer.kind in ("RealDiv", "Div", "Mul") and port not in self.sources:
            live = [given for given in producer.inputs if self.of(given) is Sort.LIVE]
            if len(live) == 1:
                self.scaling.add(producer.name)
                return self.resolve(live[0])
        return port

    def _across_batch(self, operation: Operation) -> bool:
        try:
            axes = self.constants.find(operation.inputs[1]).array.reshape(-1)
        except (UnknownError, NamedSizeError, PortsideError, IndexError):
            return False
        return 0 in axes.tolist()


def in_order(graph: Graph) -> Iterator[Operation]:
    """The operations, each after all that it reads, else in the file's order; those in a circle are left out.

    :raises PortsideError: when one reads what is not there.
    """
    readers: dict[str, list[str]] = {}
    missing: dict[str, int] = {}
    for operation in graph.operations.values():
        names = {port.operation for port in operation.inputs}
        missing[operation.name] = len(names)
        for name in names:
            if name not in graph.operations:
                raise graph.error(f"reads '{name}', which is not in the graph", operation)
            readers.setdefault(name, []).append(operation.name)
    place = {name: index for index, name in enumerate(graph.operations)}
    ready = [(place[name], name) for name, count in missing.items() if not count]
    while ready:
        _, name = heapq.heappop(ready)
        yield graph.operations[name]
        for reader in readers.get(name, ()):
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, (place[reader], reader))


def placed_shape(operation: Operation, index: int = 0) -> Sizes | None:
    """What the graph says of an output's shape; None where it says nothing.

    In the graphs of the first versions a placeholder's empty shape says nothing either.
    """
    noted = operation.shapes("_output_shapes")
    if index < len(noted):
        return noted[index]
    listed = operation.shapes("output_shapes") or operation.shapes("shapes")
    if index < len(listed):
        return listed[index]
    return operation.shape("shape") or None


def is_learning(sorting: Sorting, operation: Operation) -> bool:
    """Whether an operation multiplies what it reads by weights."""
    if operation.kind not in LEARNING or len(operation.inputs) < 2 or GRADIENTS.fullmatch(operation.name):
        return False
    return sorting.of(operation.inputs[1]) is Sort.CONSTANT


def _no_variable(operation: Operation) -> Constant:
    raise UnknownError(operation.name)
