"""A graph's inference phase, operation by operation, as the layers of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import onnx_ir as ir

from explorer.architectures.slim_names import dropout_scope, normalisation_scope, with_end_points
from explorer.architectures.slim_preprocessing import slim_preprocessing
from explorer.errors import PortsideError
from explorer.importers.checkpoint import Checkpoint
from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_cutting import CUTTING
from explorer.importers.tensorflow_elements import ELEMENTS, identity
from explorer.importers.tensorflow_evaluation import Evaluator, UnknownError
from explorer.importers.tensorflow_extending import EXTENDING
from explorer.importers.tensorflow_graph import Graph, Operation, Port
from explorer.importers.tensorflow_inputs import declared_input
from explorer.importers.tensorflow_normalisation import NORMALISATION, normalised
from explorer.importers.tensorflow_outputs import find_outputs, needed
from explorer.importers.tensorflow_patterns import Normalisation, Patterns, find_patterns
from explorer.importers.tensorflow_phase import Sort, Sorting, is_learning
from explorer.importers.tensorflow_shaping import SHAPING
from explorer.importers.tensorflow_sources import find_sources, given_placeholders, left_out
from explorer.importers.tensorflow_tensor import TensorError
from explorer.importers.tensorflow_values import Live, Step, Value, collect, laid
from explorer.importers.tensorflow_variables import GraphVariables
from explorer.importers.tensorflow_windows import WINDOWS
from explorer.network.builder import LayerBuilder, NetworkBuilder
from explorer.network.network import Network, Shape, Source

OPERATIONS = collect(WINDOWS, ELEMENTS, NORMALISATION, SHAPING, CUTTING, EXTENDING)
"""How each operation is carried over, by TensorFlow's name of it."""

_LISTS = ("strides", "ksize", "dilations", "explicit_paddings")
_TEXTS = ("padding", "data_format", "mode")
_NUMBERS = ("epsilon", "alpha", "beta", "bias")
_FLAGS = ("align_corners", "half_pixel_centers", "transpose_a", "transpose_b", "keep_dims")


class Conversion:
    """One graph with its checkpoint; ``run`` makes the network for an open batch or for the declared one.

    :raises PortsideError: when nothing leads from an input to an answer, or only by way of an unknown operation.
    """

    def __init__(self, graph: Graph, checkpoint: Checkpoint | None, size: tuple[int, int] | None) -> None:
        self._graph = graph
        self._checkpoint = checkpoint
        self._size = size
        self._sorting = find_sources(graph, OPERATIONS, given_placeholders(graph))
        _check_known(self._sorting)
        self._outputs = find_outputs(self._sorting)
        if not self._outputs:
            raise PortsideError("nothing leads from its input to an answer", file=graph.file)
        self._kept = [graph.operations[name] for name in needed(self._sorting, self._outputs)]

    def run(self, batch: str | None) -> Network:
        """The network.

        :raises PortsideError: naming the operation that can't be carried over, and why.
        :raises NamedSizeError: when an operation has to know the batch, and it is open.
        """
        return _Run(
            self._graph, self._checkpoint, self._sorting, self._kept, self._outputs, self._size, batch
        ).network()


@dataclass
class _Run:
    graph: Graph
    checkpoint: Checkpoint | None
    sorting: Sorting
    kept: Sequence[Operation]
    outputs: Sequence[str]
    size: tuple[int, int] | None
    batch: str | None

    def __post_init__(self) -> None:
        roots = Counter(operation.name.partition("/")[0] for operation in self.kept)
        self.builder = NetworkBuilder(roots.most_common(1)[0][0])
        self.variables = GraphVariables(self.graph, self.checkpoint)
        self.constants = Evaluator(
            self.graph, self.variables.read, self._shape_of, self.sorting.given, self.sorting.same
        )
        self.values: dict[Port, Live] = {}
        self.blobs: dict[ir.Value, str] = {}
        self.also: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.declared: int | None = None
        self.open_size = False

    def network(self) -> Network:
        for port in [port for port in self._ports() if port in self.sorting.sources]:
            declared = declared_input(self.sorting, self.kept, self.constants, port, self.batch, self.size)
            value = self.builder.input(declared.name, laid(declared.shape, declared.order), kind=declared.kind)
            self.values[port] = Live(value, declared.shape, declared.order)
            self.notes.extend(declared.notes)
            self.declared = declared.batch
            self.open_size |= declared.open_size
        patterns = find_patterns(self.sorting, self.kept, self.outputs, self.constants)
        for operation in self.kept:
            if operation.name in patterns.same:
                self._stand_for(Port(operation.name), self.values[Port(patterns.same[operation.name])])
            elif operation.name not in patterns.absorbed:
                self._add(operation, patterns)
        if patterns.averaged:
            self.notes.append("a graph for training: its normalisations take the moving averages, dropout does nothing")
        files = (self.graph.file, *(() if self.checkpoint is None else self.checkpoint.files))
        has_weights = self.checkpoint is not None or not self.variables.asked
        source = Source("tensorflow", files, (*self.notes, *self._leftovers()), has_weights, self.open_size)
        preprocessing = slim_preprocessing(operation.name for operation in self.kept)
        return with_end_points(self.builder.build(source, preprocessing), self.also)

    def _ports(self) -> Iterator[Port]:
        """Everything that is read, in the order of the data."""
        found = (port for operation in self.kept for port in self.sorting.reads(operation))
        return iter(dict.fromkeys(found))

    def _shape_of(self, port: Port) -> Shape | None:
        return self.values[port].shape if port in self.values else None

    def _add(self, operation: Operation, patterns: Patterns) -> None:
        normalisation = patterns.normalisations.get(operation.name)
        name, kind = self._layer(operation, normalisation)

        def begin() -> LayerBuilder:
            return self.builder.layer(name, kind, _parameters(operation, normalisation))

        inputs: list[Value] = []
        if normalisation is None:
            ports = [*self.sorting.reads(operation)]
            if operation.name in patterns.biases:
                ports.append(patterns.biases[operation.name])
            inputs = [self._value(operation, port) for port in ports]
        crops = [] if operation.name not in patterns.crops else self._numbers(patterns.crops[operation.name])
        step = Step(operation, inputs, self.graph, begin, tuple(crops), self.declared)
        try:
            outputs = self._convert(step, normalisation)
        except TensorError as error:
            raise step.error(str(error)) from None
        for index, output in enumerate(outputs):
            if not isinstance(output, Live):
                continue
            port = Port(operation.name, index)
            if step.is_built:
                value = step.build.top(output.value, _name(port))
                self.blobs[value] = _name(port)
                self.values[port] = Live(value, output.shape, output.order, output.spread)
            else:
                self._stand_for(port, output)

    def _layer(self, operation: Operation, normalisation: Normalisation | None) -> tuple[str, str]:
        """The name and type of an operation's layer; what takes several operations has the name of their scope."""
        name, kind = operation.name, operation.kind
        if normalisation is not None or "BatchNorm" in kind:
            return normalisation_scope(name), "BatchNorm"
        if name in self.sorting.dropped or (kind == "Identity" and dropout_scope(name) is not None):
            return dropout_scope(name) or name, "Dropout"
        return name, kind

    def _convert(self, step: Step, normalisation: Normalisation | None) -> Sequence[Value]:
        if normalisation is not None:
            ports = (normalisation.scale, normalisation.offset, normalisation.mean, normalisation.variance)
            given = [None if port is None else self._constant(step.operation, port) for port in ports]
            return [normalised(step, self.values[normalisation.x], given, normalisation.epsilon)]
        if step.operation.name in self.sorting.dropped:
            return identity(step)
        return OPERATIONS[step.operation.kind](step)

    def _value(self, operation: Operation, port: Port) -> Value:
        if port in self.values:
            return self.values[port]
        if self.sorting.of(port) is Sort.LIVE:
            raise self.graph.error(f"reads '{port}', which is not carried over", operation)
        return self._constant(operation, port)

    def _constant(self, operation: Operation, port: Port) -> Constant:
        try:
            return self.constants.find(port)
        except UnknownError as error:
            raise self.graph.error(f"reads '{error}', which stands in no file", operation) from None

    def _numbers(self, port: Port) -> list[int]:
        try:
            array = self.constants.find(port).array
        except UnknownError:
            return []
        return [int(number) for number in array.reshape(-1)] if array.dtype.kind in "iu" else []

    def _stand_for(self, port: Port, value: Live) -> None:
        """An operation that makes no layer: its name is a further one of what it passes on."""
        self.values[port] = value
        producer = value.value.producer()
        if producer is not None and value.value in self.blobs and value.spread is None:
            self.also.setdefault(self.blobs[value.value], []).append(_name(port))

    def _leftovers(self) -> Iterator[str]:
        for name, value in self.sorting.given.items():
            if value.dtype.kind == "b":
                yield f"the placeholder '{name}' is {str(bool(value)).lower()}, as at test time"
        ends = left_out(self.sorting, [operation.name for operation in self.kept])
        if ends:
            yield f"left out, behind the answers: {', '.join(ends)}"
        if self.batch is None:
            yield "an operation works across the batch, so the batch is the one that the file declares"
        unused = self.variables.unused()
        if unused:
            yield unused


def _check_known(sorting: Sorting) -> None:
    """See that no operation with weights hangs on an operation that is not known, or on itself.

    :raises PortsideError: naming what it hangs on.
    """
    for operation in sorting.graph.operations.values():
        if operation.name in sorting.blocked and is_learning(sorting, operation):
            blocker = sorting.graph.operations[sorting.blocked[operation.name]]
            if blocker.kind in ("Switch", "Merge"):
                raise sorting.graph.error("which way the condition goes at test time stands in no file", blocker)
            raise sorting.graph.error(f"its type '{blocker.kind}' is not known", blocker)
    circle = sorting.unreached()
    learning = [operation for operation in circle if is_learning(sorting, operation)]
    for operation in circle if learning else ():
        if any(sorting.of(port) is Sort.LIVE for port in operation.inputs):
            raise sorting.graph.error("it stands in a circle of operations that read one another", operation)


def _name(port: Port) -> str:
    return str(port) if port.index else port.operation


def _parameters(operation: Operation, normalisation: Normalisation | None) -> dict[str, Any]:
    """What the operation's attributes say of its arithmetic, and of a normalisation its ε."""
    found: dict[str, Any] = {}
    if operation.kind not in OPERATIONS:
        found["operation"] = operation.kind
    for name in _LISTS:
        if operation.has(name) and operation.integers(name):
            found[name] = list(operation.integers(name))
    for name in _TEXTS:
        if operation.text(name):
            found[name] = operation.text(name)
    for name in _NUMBERS:
        if operation.has(name):
            found[name] = operation.real(name)
    for name in _FLAGS:
        if operation.flag(name):
            found[name] = True
    if normalisation is not None:
        found["epsilon"] = normalisation.epsilon
    return found
