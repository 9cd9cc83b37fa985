"""What several operations of a graph do together: a convolution and its bias, batch normalisation in six pieces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from explorer.errors import PortsideError
from explorer.importers.tensorflow_evaluation import VARIABLES, Evaluator, UnknownError
from explorer.importers.tensorflow_graph import Operation, Port
from explorer.importers.tensorflow_phase import LEARNING, Sort, Sorting
from explorer.network.builder import NamedSizeError

_ADDING = frozenset(("Add", "AddV2"))
_BIASING = frozenset(("BiasAdd", "BiasAddV1"))
_PASSED_ON = frozenset(("Identity", "Cast", "StopGradient", "ReadVariableOp", "Squeeze", "Reshape", "Snapshot"))
_MOVING = frozenset(("Sub", "Mul", "Add", "AddV2", *_PASSED_ON))
_ASSIGNING = frozenset(
    ("AssignSub", "AssignAdd", "Assign", "AssignSubVariableOp", "AssignAddVariableOp", "AssignVariableOp")
)

FARTHEST = 8
"""Operations between a batch's mean and the moving average that takes it up."""


@dataclass(frozen=True)
class Normalisation:
    """Batch normalisation of ``x``: where its vectors come from, None for a scale or offset that it has not."""

    x: Port
    scale: Port | None
    offset: Port | None
    mean: Port
    variance: Port
    epsilon: float


@dataclass
class Patterns:
    """What belongs together among the operations ``kept``, by name.

    ``biases`` are the ports of biases, by the convolution that takes them over; ``crops`` those of the BatchToSpaceND
    behind it. ``same`` are operations that are done already when the one they name is; ``averaged`` counts the
    normalisations that take the moving averages for a batch's own statistics.
    """

    biases: dict[str, Port] = field(default_factory=dict)
    crops: dict[str, Port] = field(default_factory=dict)
    normalisations: dict[str, Normalisation] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    averaged: int = 0
    absorbed: set[str] = field(default_factory=set)


def find_patterns(
    sorting: Sorting, kept: Sequence[Operation], outputs: Collection[str], constants: Evaluator
) -> Patterns:
    """Find what belongs together among ``kept``, the live operations in order; ``outputs`` are seen from outside.

    :raises PortsideError: when a normalisation by the batch's own statistics has no moving averages.
    """
    readers: dict[str, list[Operation]] = {}
    for operation in kept:
        for port in sorting.reads(operation):
            readers.setdefault(port.operation, []).append(operation)
    search = _Search(sorting, constants, readers, set(outputs))
    return search.run(kept)


class _Search:
    def __init__(
        self,
        sorting: Sorting,
        constants: Evaluator,
        readers: Mapping[str, Sequence[Operation]],
        outputs: Collection[str],
    ) -> None:
        self.sorting = sorting
        self.graph = sorting.graph
        self.constants = constants
        self.readers = readers
        self.outputs = outputs
        self.found = Patterns()
        self._all_readers: dict[str, list[Operation]] | None = None

    def run(self, kept: Sequence[Operation]) -> Patterns:
        for operation in kept:
            if operation.kind in _ADDING:
                self._decomposed(operation)
            elif operation.kind.startswith("FusedBatchNorm") and operation.flag("is_training", True):
                self._training(operation)
        for operation in kept:
            if operation.kind in LEARNING:
                self._bias(operation)
        return self.found

    def _bias(self, operation: Operation) -> None:
        """A convolution and a bias that alone reads it are one; so are those and what undoes their dealing out."""
        last = operation
        reader = self._only_reader(last)
        if reader is not None and reader.name not in self.found.normalisations and len(reader.inputs) == 2:
            port = self._bias_of(operation, reader)
            if port is not None:
                self.found.biases[operation.name] = port
                self.found.same[reader.name] = operation.name
                last = reader
        reader = self._only_reader(last)
        if reader is not None and reader.kind == "BatchToSpaceND" and len(reader.inputs) == 3:
            self.found.crops[operation.name] = reader.inputs[2]

    def _bias_of(self, operation: Operation, reader: Operation) -> Port | None:
        a, b = (self.sorting.resolve(port) for port in reader.inputs)
        if reader.kind in _BIASING:
            same = operation.kind == "MatMul" or operation.text("data_format") in (
                "",
                reader.text("data_format") or "NHWC",
            )
            return b if a.operation == operation.name and same else None
        if reader.kind not in _ADDING or operation.text("data_format").startswith("NC"):
            return None
        other = b if a.operation == operation.name else a
        if self.sorting.of(other) is not Sort.CONSTANT:
            return None
        shape = self._shape(other)
        weight = self._shape(operation.inputs[1])
        if weight is None or len(weight) < 2:
            return None
        channels = weight[-2 if operation.kind == "Conv2DBackpropInput" or operation.flag("transpose_b") else -1]
        return other if shape == (channels,) else None

    def _decomposed(self, operation: Operation) -> None:
        """The sum x · k + (offset − mean · k), where k = scale ÷ √(variance + ε) (nn_impl.py)."""
        match = self._match(operation)
        if match is None:
            return
        found, product = match
        if self._only_reader(product) is not operation or product.name in self.outputs:
            return
        if self.sorting.of(found.mean) is Sort.STATISTIC:
            mean, variance = self._moving(found.mean), self._moving(found.variance)
            if mean is None or variance is None or mean == variance:
                raise self._no_average(operation)
            found = Normalisation(found.x, found.scale, found.offset, mean, variance, found.epsilon)
            self.found.averaged += 1
        self.found.normalisations[operation.name] = found
        self.found.absorbed.add(product.name)

    def _match(self, operation: Operation) -> tuple[Normalisation, Operation] | None:
        for first, second in ((0, 1), (1, 0)):
            product, shift = self._operation(operation, first, "Mul"), self._port(operation, second)
            if product is None or shift is None or self.sorting.of(Port(product.name)) is not Sort.LIVE:
                continue
            for x_place in (0, 1):
                x, k = self._port(product, x_place), self._port(product, 1 - x_place)
                if x is None or k is None or self.sorting.of(x) is not Sort.LIVE or self.sorting.of(k) is Sort.LIVE:
                    continue
                factor = self._factor(k)
                offset = self._offset(shift, k)
                if factor is not None and offset is not None:
                    scale, variance, epsilon = factor
                    return Normalisation(x, scale, offset[0], offset[1], variance, epsilon), product
        return None

    def _factor(self, k: Port) -> tuple[Port | None, Port, float] | None:
        """Scale, variance and ε of k."""
        operation = self.graph.operations[k.operation]
        roots: list[tuple[Port | None, Operation]] = []
        if operation.kind == "Rsqrt":
            roots.append((None, operation))
        elif operation.kind == "Mul":
            for place in (0, 1):
                root = self._operation(operation, place, "Rsqrt")
                if root is not None:
                    roots.append((self._port(operation, 1 - place), root))
        for scale, root in roots:
            total = self._operation(root, 0, "Add", "AddV2")
            if total is None:
                continue
            for place in (0, 1):
                variance, epsilon = self._port(total, place), self._number(self._port(total, 1 - place))
                if variance is not None and epsilon is not None:
                    return scale, variance, epsilon
        return None

    def _offset(self, shift: Port, k: Port) -> tuple[Port | None, Port] | None:
        """Offset and mean of offset − mean · k, or of −mean · k."""
        operation = self.graph.operations[shift.operation]
        if operation.kind == "Sub":
            product = self._operation(operation, 1, "Mul")
            mean = None if product is None else self._other(product, k)
            return None if mean is None else (self._port(operation, 0), mean)
        if operation.kind == "Mul":
            negated = self._other(operation, k)
            inner = None if negated is None else self.graph.operations[negated.operation]
            if inner is not None and inner.kind == "Neg":
                mean = self._port(inner, 0)
                return None if mean is None else (None, mean)
        return None

    def _training(self, operation: Operation) -> None:
        """FusedBatchNorm by the batch's own statistics: at test time by the moving averages that they are kept in."""
        mean, variance = self._moving(Port(operation.name, 1)), self._moving(Port(operation.name, 2))
        ports = [self.sorting.resolve(port) for port in operation.inputs]
        if mean is None or variance is None or mean == variance:
            around = self._variable_scope(ports[1:3])
            mean, variance = (self._variable(f"{around}moving_{name}") for name in ("mean", "variance"))
        if mean is None or variance is None or len(ports) < 3:
            raise self._no_average(operation)
        epsilon = operation.real("epsilon", 1e-4)
        self.found.averaged += 1
        self.found.normalisations[operation.name] = Normalisation(ports[0], ports[1], ports[2], mean, variance, epsilon)

    def _no_average(self, operation: Operation) -> PortsideError:
        return self.graph.error("it normalises by the batch's own statistics, and keeps no moving averages", operation)

    def _moving(self, port: Port) -> Port | None:
        """The variable in which a batch's statistic is averaged: what is assigned to at the end of a short way."""
        if self._all_readers is None:
            self._all_readers = {}
            for operation in self.graph.operations.values():
                for read in operation.inputs:
                    self._all_readers.setdefault(self.sorting.resolve(read).operation, []).append(operation)
        front = self._upstream(port)
        seen = {start.operation for start in front}
        for _ in range(FARTHEST):
            behind: list[Port] = []
            for current in front:
                for reader in self._all_readers.get(current.operation, ()):
                    if not any(self.sorting.resolve(read) == current for read in reader.inputs):
                        continue
                    if reader.kind in _ASSIGNING and len(reader.inputs) > 1:
                        variable = self.sorting.resolve(reader.inputs[0])
                        if self.graph.operations[variable.operation].kind in VARIABLES:
                            return variable
                    if reader.kind in _MOVING and reader.name not in seen:
                        seen.add(reader.name)
                        behind.append(Port(reader.name))
            front = behind
        return None

    def _upstream(self, port: Port) -> list[Port]:
        """The port, and what stands before it if only passed on."""
        found = [port]
        for _ in range(FARTHEST):
            operation = self.graph.operations[found[-1].operation]
            if operation.kind not in _PASSED_ON or not operation.inputs:
                break
            found.append(self.sorting.resolve(operation.inputs[0]))
        return found

    def _variable_scope(self, ports: Sequence[Port]) -> str:
        """What stands before the names of a scope's variables, up to the last slash."""
        for port in ports:
            first = self.graph.operations[self._upstream(port)[-1].operation]
            if first.kind in VARIABLES:
                return first.name[: first.name.rfind("/") + 1]
        return ""

    def _variable(self, name: str) -> Port | None:
        operation = self.graph.operations.get(name)
        return Port(name) if operation is not None and operation.kind in VARIABLES else None

    def _only_reader(self, operation: Operation) -> Operation | None:
        readers = self.readers.get(operation.name, ())
        return readers[0] if len(readers) == 1 and operation.name not in self.outputs else None

    def _port(self, operation: Operation, place: int) -> Port | None:
        return self.sorting.resolve(operation.inputs[place]) if place < len(operation.inputs) else None

    def _operation(self, operation: Operation, place: int, *kinds: str) -> Operation | None:
        port = self._port(operation, place)
        inner = None if port is None else self.graph.operations[port.operation]
        return inner if inner is not None and inner.kind in kinds else None

    def _other(self, operation: Operation, port: Port) -> Port | None:
        """What a product of two has beside ``port``."""
        ports = [self.sorting.resolve(read) for read in operation.inputs]
        return ports[1 - ports.index(port)] if port in ports and len(ports) == 2 else None

    def _number(self, port: Port | None) -> float | None:
        if port is None or self.sorting.of(port) is not Sort.CONSTANT:
            return None
        try:
            found = self.constants.find(port)
        except (UnknownError, NamedSizeError):
            return None
        return float(found.array.reshape(())) if found.array.size == 1 and found.origin is None else None

    def _shape(self, port: Port) -> tuple[int, ...] | None:
        try:
            return tuple(self.constants.find(port).array.shape)
        except (UnknownError, NamedSizeError):
            return None
