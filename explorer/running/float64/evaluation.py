"""A graph evaluated in double precision: what its arithmetic gives when nothing is rounded to float32."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.running.float64.activations import ACTIVATIONS
from explorer.running.float64.arrangement import ARRANGEMENT
from explorer.running.float64.convolution import CONVOLUTION
from explorer.running.float64.elementwise import ELEMENTWISE
from explorer.running.float64.matrices import MATRICES
from explorer.running.float64.normalization import NORMALIZATION
from explorer.running.float64.operators import (
    Array,
    Attributes,
    OperatorTable,
    UnsupportedOperator,
    node_name,
    widened,
)
from explorer.running.float64.pooling import POOLING
from explorer.running.float64.reductions import REDUCTIONS
from explorer.running.float64.resizing import RESIZING
from explorer.running.float64.values import VALUES

OPERATORS = OperatorTable(
    ACTIVATIONS,
    ARRANGEMENT,
    CONVOLUTION,
    ELEMENTWISE,
    MATRICES,
    NORMALIZATION,
    POOLING,
    REDUCTIONS,
    RESIZING,
    VALUES,
)

NEWEST_OPSET = 21
"""The opset taken for a node that belongs to no graph and is told none."""

OLDEST_OPSET = 7
"""Before it, Add and its like broadcast by an attribute and BatchNormalization had other modes."""


def evaluate(
    nodes: Iterable[ir.Node],
    feeds: Mapping[str, Array],
    initializers: Mapping[str, Any],
    wanted: Collection[str],
    *,
    opset: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Array]:
    """Compute the values called ``wanted`` in float64 and return them by name.

    ``nodes`` are in topological order. ``feeds`` are values by name: a network's inputs, or values in the
    middle of it, which are then taken as given instead of computed; only nodes between them and ``wanted``
    run, so a layer is evaluated by itself by feeding its inputs. ``initializers`` are arrays, tensors of
    onnx_ir or the values that hold them; each is widened when a node reads it, not before.

    Real numbers of any width become float64, integers and truth values keep their type, and no cast makes a
    real number narrower: the result is what exact arithmetic would give, within 1e-15 or so a step. A node's
    opset is its own version, else ``opset``, else that of its graph, else 21. The arrays may share memory
    with the feeds and with each other; they are to be read, not written.

    ``progress(done, total)`` counts nodes. Raises ``Cancelled`` between two nodes once ``cancelled()`` is
    true, ``UnsupportedOperator`` for a node outside ``OPERATORS``, and ``PortsideError`` naming the node for
    values that do not fit it or that nothing gives.
    """
    needed = _between(list(nodes), feeds, wanted)
    uses = Counter(_key(value) for node in needed for value in node.inputs if value is not None)
    uses.update(wanted)
    values: dict[str, Array] = {}

    def stored(name: str, reader: str | None) -> Array:
        if name not in values:
            if name not in feeds:
                return _weight(name, initializers.get(name), reader)
            values[name] = widened(np.asarray(feeds[name]))
        return values[name]

    for done, node in enumerate(needed):
        if cancelled is not None and cancelled():
            raise Cancelled
        name = node_name(node)
        inputs = [None if value is None else stored(_key(value), name) for value in node.inputs]
        for value, result in zip(node.outputs, _compute(node, opset, inputs), strict=False):
            if uses[_key(value)]:
                values[_key(value)] = result
        for key in (_key(value) for value in node.inputs if value is not None):
            uses[key] -= 1
            if not uses[key]:
                values.pop(key, None)
        if progress is not None:
            progress(done + 1, len(needed))
    return {name: widened(stored(name, None)) for name in wanted}


def supports(node: ir.Node) -> bool:
    """Whether a node's operator and opset are computed; options may still raise ``UnsupportedOperator``."""
    return _refusal(node, _opset(node, None)) is None


def _refusal(node: ir.Node, opset: int) -> UnsupportedOperator | None:
    if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
        return UnsupportedOperator(node)
    if opset < OLDEST_OPSET:
        return UnsupportedOperator(node, f"opset {opset} is older than {OLDEST_OPSET}")
    return None


def _opset(node: ir.Node, opset: int | None) -> int:
    if node.version is not None:
        return node.version
    if opset is not None:
        return opset
    imports = {} if node.graph is None else node.graph.opset_imports
    return imports.get(node.domain, imports.get("", NEWEST_OPSET))


def _between(nodes: Sequence[ir.Node], feeds: Mapping[str, Array], wanted: Collection[str]) -> list[ir.Node]:
    """Return the nodes that the wanted values need and the feeds do not replace, in the order given."""
    missing = set(wanted) - feeds.keys()
    needed = []
    for node in reversed(nodes):
        if missing.isdisjoint(_key(value) for value in node.outputs):
            continue
        needed.append(node)
        missing.difference_update(_key(value) for value in node.outputs)
        missing.update(_key(value) for value in node.inputs if value is not None)
        missing.difference_update(feeds)
    return needed[::-1]


def _compute(node: ir.Node, opset: int | None, inputs: list[Array | None]) -> tuple[Array, ...]:
    version = _opset(node, opset)
    refusal = _refusal(node, version)
    if refusal is not None:
        raise refusal
    operator = OPERATORS[node.op_type]
    while inputs and inputs[-1] is None:
        inputs.pop()
    if not operator.widens:
        inputs = [None if array is None else widened(array) for array in inputs]
    try:
        # Infinities and NaN are results like others here: the comparison shows them.
        with np.errstate(all="ignore"):
            results = operator.operation(Attributes(node, version), *inputs)
    except PortsideError:
        raise
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise PortsideError(f"{node.op_type} cannot be computed: {reason}", layer=node_name(node)) from error
    return tuple(np.asarray(result) for result in (results if isinstance(results, tuple) else (results,)))


def _key(value: ir.Value) -> str:
    """Return the value's name, or one that is only its own where it has none."""
    return value.name or f"value {id(value)}"


def _weight(name: str, source: Any, reader: str | None) -> Array:
    if isinstance(source, ir.Value):
        source = source.const_value
    if source is None:
        raise PortsideError(f"the value '{name}' is neither given nor computed", layer=reader)
    return source.numpy() if isinstance(source, ir.TensorProtocol) else np.asarray(source)
