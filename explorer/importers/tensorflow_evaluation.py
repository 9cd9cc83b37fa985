"""Constants of a graph found when they are asked for: values in the file, variables of a checkpoint, shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from explorer.importers.tensorflow_constants import Constant, fold
from explorer.importers.tensorflow_folds import FOLDS, named
from explorer.importers.tensorflow_graph import Graph, Operation, Port
from explorer.importers.tensorflow_tensor import Array, TensorError
from explorer.importers.wire import WireError
from explorer.network.builder import product
from explorer.network.network import Shape
from explorer.network.provenance import Provenance

VARIABLES = frozenset(("Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable"))

SHAPES = frozenset(("Shape", "ShapeN", "Size", "Rank"))
"""What reads nothing of a value but its shape."""

CONSTANTS = frozenset(("Const", *VARIABLES, *FOLDS))
"""What is constant where all that it reads is."""

Variables = Callable[[Operation], Constant]
"""The values of a variable of the graph."""


class Evaluator:
    """Constants by port, each computed once.

    ``shape_of`` gives the shape of a value that depends on the input, None where it is not known yet; ``given`` are
    placeholders with a value; ``same`` are ports that stand for another.
    """

    def __init__(
        self,
        graph: Graph,
        variables: Variables,
        shape_of: Callable[[Port], Shape | None],
        given: Mapping[str, Array],
        same: Mapping[Port, Port],
    ) -> None:
        self._graph = graph
        self._variables = variables
        self._shape_of = shape_of
        self._given = given
        self._same = same
        self._known: dict[Port, Constant] = {}

    def find(self, port: Port) -> Constant:
        """The constant at ``port``.

        :raises UnknownError: when it is none, or hangs on a shape that is not known yet.
        :raises PortsideError: when the file is wrong.
        :raises NamedSizeError: when it would have to know the batch.
        """
        waiting = [self.resolve(port)]
        entered: set[str] = set()
        while waiting:
            current = waiting[-1]
            if current in self._known:
                waiting.pop()
                continue
            operation = self._graph.operations[current.operation]
            missing = self._missing(operation)
            if missing:
                if current.operation in entered:
                    raise self._graph.error("reads itself by way of others", operation)
                entered.add(current.operation)
                waiting.extend(missing)
                continue
            self._compute(operation)
            if current not in self._known:
                raise UnknownError(str(current))
            waiting.pop()
        return self._known[self.resolve(port)]

    def resolve(self, port: Port) -> Port:
        """The port that gives the value which stands at ``port``."""
        while port in self._same:
            port = self._same[port]
        return port

    def _missing(self, operation: Operation) -> list[Port]:
        if operation.name in self._given or (operation.kind not in FOLDS and operation.kind not in SHAPES):
            return []
        reads = [port for port in map(self.resolve, operation.inputs) if port not in self._known]
        if operation.kind in SHAPES:
            kinds = self._graph.operations
            return [port for port in reads if self._shape_of(port) is None and kinds[port.operation].kind in CONSTANTS]
        return reads

    def _compute(self, operation: Operation) -> None:
        try:
            outputs = self._outputs(operation)
        except TensorError as error:
            raise self._graph.error(f"the {operation.kind} {error}", operation) from None
        except WireError as error:
            raise self._graph.error(f"its attributes are damaged: {error.reason}", operation) from None
        for index, output in enumerate(outputs):
            self._known[Port(operation.name, index)] = output

    def _outputs(self, operation: Operation) -> list[Constant]:
        if operation.name in self._given:
            return [Constant(self._given[operation.name])]
        if operation.kind == "Const":
            return [self._constant(operation)]
        if operation.kind in VARIABLES:
            return [self._variables(operation)]
        if operation.kind in SHAPES:
            return self._shapes(operation)
        if operation.kind in FOLDS:
            return fold(operation, [self._known[self.resolve(port)] for port in operation.inputs])
        raise UnknownError(operation.name)

    def _constant(self, operation: Operation) -> Constant:
        array = operation.tensor("value")
        # What has as many numbers as a bias may be learned, and frozen; a few are part of a formula.
        if array.dtype.kind != "f" or array.size < 2 or 0 in array.strides:
            return Constant(array)
        return Constant(array, Provenance(self._graph.file, operation.name, array.shape))

    def _shapes(self, operation: Operation) -> list[Constant]:
        found: list[Constant] = []
        for port in map(self.resolve, operation.inputs):
            shape = self._shape_of(port)
            if shape is None:
                shape = tuple(self.find(port).array.shape) if port in self._known else None
            if shape is None:
                raise UnknownError(str(port))
            if operation.kind == "Rank":
                found.append(Constant(np.asarray(len(shape))))
            elif operation.kind == "Size":
                found.append(Constant(named([product(shape)]).reshape(())))
            else:
                found.append(Constant(named(shape)))
        return found


class UnknownError(Exception):
    """What is asked for is no constant, or can't be told yet."""
