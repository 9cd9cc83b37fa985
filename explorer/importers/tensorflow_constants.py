"""What a graph computes from constants, variables and shapes alone, done on the way in: sizes, folded weights.

A size that is open until the network runs, the batch, is a name among the numbers: such arrays are of objects, and
arithmetic that would need the number behind the name raises ``NamedSizeError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.importers.tensorflow_folds import FOLDS, PASSED_ON, whole_numbers
from explorer.importers.tensorflow_graph import Operation
from explorer.importers.tensorflow_tensor import Array, TensorError
from explorer.network.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that no input changes; ``origin`` says where a learned one came from."""

    array: Array
    origin: Provenance | None = None

    @property
    def is_named(self) -> bool:
        """Whether it holds a size that is only known in a run."""
        return self.array.dtype.kind == "O"


def fold(operation: Operation, inputs: Sequence[Constant]) -> list[Constant]:
    """The outputs of an operation of :data:`FOLDS`.

    :raises TensorError: when the inputs are not what it takes, or its output would be too large.
    :raises NamedSizeError: when it would have to know the batch.
    """
    arrays = [given.array for given in inputs]
    try:
        with np.errstate(all="ignore"):
            made = FOLDS[operation.kind](operation, arrays)
    except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise TensorError(f"can't be computed from constants: {error}") from None
    outputs = [_array(output) for output in (made if isinstance(made, list | tuple) else [made])]
    return [Constant(output, _origin(operation, inputs, output)) for output in outputs]


def _array(made: Any) -> Array:
    """What an operation gave as an array; a single name would otherwise become an array of letters."""
    array = np.empty((), object) if isinstance(made, str) else np.asarray(made)
    if isinstance(made, str):
        array[()] = made
    return array


def _origin(operation: Operation, inputs: Sequence[Constant], output: Array) -> Provenance | None:
    """Where a folded array came from: the first learned input, and what was done to it."""
    learned = [given.origin for given in inputs if given.origin is not None]
    if not learned:
        return None
    first, *others = learned
    if operation.kind in PASSED_ON:
        return first
    if operation.kind in ("Reshape", "Squeeze", "ExpandDims"):
        step = f"reshape to {output.shape}"
    elif operation.kind == "Transpose":
        step = f"transpose {tuple(whole_numbers(inputs[1].array))}"
    else:
        step = " with ".join([operation.kind, *(other.name for other in others)])
    return replace(first, steps=(*first.steps, step))
