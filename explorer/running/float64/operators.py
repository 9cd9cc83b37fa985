"""The table of operators computed in double precision, and what every entry of it is given."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnx_ir as ir

from explorer.errors import PortsideError

Array = npt.NDArray[Any]
Operation = Callable[..., Array | tuple[Array, ...]]

MOST_ELEMENTS = 2**29
"""The largest tensor that is computed: 4 GiB of doubles. A hostile file asks for any size in a few bytes."""

_Default = TypeVar("_Default")


class UnsupportedOperator(PortsideError):  # noqa: N818 - it says what is wrong, as `Cancelled` does
    """A node that is not computed in double precision: its operator, its opset or one of its options.

    ``operator`` is its name, with its domain where that is not ONNX's own; ``node`` is the node's name.
    """

    def __init__(self, node: ir.Node, reason: str | None = None) -> None:
        self.operator = f"{node.domain}::{node.op_type}" if node.domain else node.op_type
        self.node = node_name(node)
        why = f": {reason}" if reason else ""
        super().__init__(f"operator {self.operator} cannot be computed in double precision{why}", layer=self.node)


def node_name(node: ir.Node) -> str:
    """Return the node's name, or that of its first named output where it has none of its own."""
    return node.name or next((output.name for output in node.outputs if output.name), node.op_type)


@dataclass(frozen=True)
class Attributes:
    """The attributes of one node as its operator reads them, and the opset whose rules hold for it.

    A missing attribute gives the default, or ``ValueError`` where there is none; one of the wrong type raises
    ``TypeError``. Real numbers are rounded to float32, which is how ONNX stores them: a graph gives the same
    results before and after it was saved.
    """

    node: ir.Node
    opset: int

    def __contains__(self, name: str) -> bool:
        return name in self.node.attributes

    @property
    def outputs(self) -> int:
        """How many outputs the node lists, omitted ones included."""
        return len(self.node.outputs)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an INT attribute."""
        if name in self:
            return self.node.attributes[name].as_int()
        return _given(name, default)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return an INT attribute that means yes or no."""
        return self.integer(name, int(default)) != 0

    def integers(self, name: str, default: Sequence[int] | None = None) -> tuple[int, ...]:
        """Return an INTS attribute."""
        if name in self:
            return tuple(self.node.attributes[name].as_ints())
        return tuple(_given(name, default))

    def real(self, name: str, default: float | None = None) -> float:
        """Return a FLOAT attribute."""
        value = self.node.attributes[name].as_float() if name in self else _given(name, default)
        return float(np.float32(value))

    def reals(self, name: str) -> tuple[float, ...]:
        """Return a FLOATS attribute."""
        values = self.node.attributes[name].as_floats() if name in self else _given(name, None)
        return tuple(float(np.float32(value)) for value in values)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a STRING attribute."""
        if name in self:
            return self.node.attributes[name].as_string()
        return _given(name, default)

    def tensor(self, name: str) -> Array:
        """Return a TENSOR attribute as it is stored."""
        if name in self:
            return self.node.attributes[name].as_tensor().numpy()
        return _given(name, None)

    def unsupported(self, reason: str) -> UnsupportedOperator:
        """Return the exception that says this option of the operator is not computed."""
        return UnsupportedOperator(self.node, reason)


def _given(name: str, default: _Default | None) -> _Default:
    if default is None:
        raise ValueError(f"the attribute '{name}' is missing")
    return default


@dataclass(frozen=True)
class Operator:
    """How one operator is computed: ``operation(attributes, *inputs)`` returns its output or a tuple of them.

    Omitted inputs in the middle are ``None``, omitted inputs at the end are left out. Every floating input is
    float64 unless ``widens`` is true: then the operation takes weights as they are stored and widens them
    block by block, so that a matrix of a hundred million weights does not take its size several times over.
    """

    operation: Operation
    widens: bool = False


class OperatorTable(Mapping[str, Operator]):
    """Operators by name. A name is defined once."""

    def __init__(self, *tables: Mapping[str, Operator]) -> None:
        self._operators: dict[str, Operator] = {}
        for table in tables:
            for name, operator in table.items():
                self._add(name, operator)

    def __getitem__(self, name: str) -> Operator:
        return self._operators[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._operators)

    def __len__(self) -> int:
        return len(self._operators)

    def operator(self, *names: str, widens: bool = False) -> Callable[[Operation], Operation]:
        """Return a decorator that enters a function under ``names``; a name taken raises ``ValueError``."""

        def enter(operation: Operation) -> Operation:
            for name in names:
                self._add(name, Operator(operation, widens))
            return operation

        return enter

    def _add(self, name: str, operator: Operator) -> None:
        if name in self._operators:
            raise ValueError(f"operator {name} is defined twice")
        self._operators[name] = operator


def is_floating(array: Array) -> bool:
    """Whether an array holds real numbers, of numpy's own types or of the short ones ONNX adds to them."""
    return array.dtype.kind == "f" or array.dtype.name.startswith(("bfloat", "float"))


def widened(array: Array) -> Array:
    """Return an array of real numbers as float64, any other as it is."""
    return array.astype(np.float64, copy=False) if is_floating(array) else array


def check_size(shape: Sequence[int]) -> tuple[int, ...]:
    """Return ``shape`` if a tensor of it may be computed; ``ValueError`` if it is too large or negative."""
    if any(size < 0 for size in shape):
        raise ValueError(f"the shape {list(shape)} has a negative size")
    if math.prod(shape) > MOST_ELEMENTS:
        raise ValueError(f"a tensor of shape {list(shape)} is too large to be computed in double precision")
    return tuple(shape)
