"""What must hold of an ONNX graph before C++ reads it, which takes it for granted for the most part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError

RUNTIME_DOMAINS = frozenset(["com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc", "ai.onnx.contrib"])
"""Operators that onnxruntime brings beyond the standard's own."""

MOST_CALLED_NODES = 1_000_000
"""Nodes that a graph has once its functions are written out in it; each call of a function is its nodes again."""

# Kinds of protobuf's fields: FieldDescriptor.TYPE_STRING and .TYPE_MESSAGE.
_STRING, _MESSAGE = 9, 11

_GRAPH, _GRAPHS = 5, 10
_LAST_ATTRIBUTE_TYPE = 14
_LAST_DATA_TYPE = 28

Scope = Sequence[set[str]]
"""The names that are known where a node stands: those of the graphs around its own first."""


def check_model(proto: Any, path: Path, *, any_operator: bool) -> None:
    """Check the graphs, the graphs in their nodes, and the functions of a model.

    Names must be text, each value given once and before it is read, sizes no less than zero, attributes of a known
    type, operators known (unless ``any_operator``), and functions must come to an end.

    :raises PortsideError: naming what is wrong, and the node.
    """
    _check_text(proto, path)
    _check_functions(proto.functions, path)
    own = {(function.domain, function.name) for function in proto.functions}
    check = _Check(path, None if any_operator else own)
    check.graph(proto.graph, ())
    for function in proto.functions:
        check.nodes(function.node, (), {"", *function.input})


def node_name(node: Any) -> str:
    """What a person would know a node by."""
    return str(node.name or next(iter(node.output), node.op_type))


class _Check:
    def __init__(self, path: Path, own: set[tuple[str, str]] | None) -> None:
        self.path = path
        self.own = own

    def graph(self, graph: Any, around: Scope) -> None:
        known = {""}
        for tensor in graph.initializer:
            if not tensor.name:
                raise PortsideError("has weights without a name", file=self.path)
            if tensor.name in known:
                raise PortsideError(f"has the weights '{tensor.name}' twice", file=self.path)
            known.add(tensor.name)
        given: set[str] = set()
        for value in graph.input:
            if value.name in given or not value.name:
                raise PortsideError(f"has the input '{value.name}' twice or without a name", file=self.path)
            given.add(value.name)
        known |= given
        for value in (*graph.input, *graph.output, *graph.value_info):
            if any(dim.dim_value < 0 for dim in value.type.tensor_type.shape.dim):
                raise PortsideError(f"'{value.name}' has a negative size", file=self.path)
        for value in graph.input:
            if value.type.HasField("tensor_type") and not 0 < value.type.tensor_type.elem_type <= _LAST_DATA_TYPE:
                raise PortsideError(f"its input '{value.name}' has an unknown type of data", file=self.path)
        self.nodes(graph.node, around, known)
        for value in graph.output:
            if not value.name or not _is_known(value.name, (*around, known)):
                raise PortsideError(f"nothing gives its output '{value.name}'", file=self.path)

    def nodes(self, nodes: Iterable[Any], around: Scope, known: set[str]) -> None:
        """Check nodes in their order; ``known`` grows by what they give."""
        scope = (*around, known)
        operators: set[tuple[str, str]] = set()
        for node in nodes:
            operator = (node.domain, node.op_type)
            if self.own is not None and operator not in operators:
                self._operator(node, self.own)
                operators.add(operator)
            for name in node.input:
                if name not in known and not _is_known(name, around):
                    raise self._error(node, f"reads '{name}', which nothing before it gives")
            for attribute in node.attribute:
                self._attribute(node, attribute, scope)
            for name in node.output:
                if name in known and name:
                    raise self._error(node, f"gives '{name}', which is there already")
                known.add(name)

    def _operator(self, node: Any, own: set[tuple[str, str]]) -> None:
        """Refuse what neither ONNX nor onnxruntime nor the file itself defines, where its node can still be named."""
        import onnx.defs

        known = node.domain in RUNTIME_DOMAINS or onnx.defs.has(node.op_type, domain=node.domain)
        if not known and (node.domain, node.op_type) not in own:
            of = f" of the domain '{node.domain}'" if node.domain else ""
            raise self._error(node, f"its operator '{node.op_type}'{of} is not known")

    def _attribute(self, node: Any, attribute: Any, scope: Scope) -> None:
        if not attribute.name or not 0 < attribute.type <= _LAST_ATTRIBUTE_TYPE:
            raise self._error(node, f"its attribute '{attribute.name}' is of no known type")
        if attribute.type == _GRAPH:
            self.graph(attribute.g, scope)
        elif attribute.type == _GRAPHS:
            for graph in attribute.graphs:
                self.graph(graph, scope)

    def _error(self, node: Any, reason: str) -> PortsideError:
        return PortsideError(reason, file=self.path, layer=node_name(node))


def _is_known(name: str, scope: Scope) -> bool:
    return any(name in names for names in reversed(scope))


def _check_text(message: Any, path: Path) -> None:
    """Check that all names and notes are text: protobuf hands out bytes where they are not UTF-8."""
    for field, value in message.ListFields():
        kind = field.type
        if kind == _MESSAGE:
            for inner in value if field.is_repeated else (value,):
                _check_text(inner, path)
        elif kind == _STRING:
            for text in value if field.is_repeated else (value,):
                if not isinstance(text, str):
                    raise PortsideError("holds a name that is not text", file=path)


def _check_functions(functions: Sequence[Any], path: Path) -> None:
    """Check that no function calls itself, nor so many others that their nodes can't be held."""
    by_name = {(function.domain, function.name): function for function in functions}
    sizes: dict[tuple[str, str], int] = {}
    for first in by_name:
        pending = [first]
        while pending:
            name = pending[-1]
            called = [call for node in _nodes(by_name[name].node) if (call := (node.domain, node.op_type)) in by_name]
            unknown = [call for call in called if call not in sizes]
            if any(call in pending for call in unknown):
                raise PortsideError(f"its function '{name[1]}' calls itself", file=path)
            if unknown:
                pending.append(unknown[0])
                continue
            sizes[name] = sum(1 for _ in _nodes(by_name[name].node)) + sum(sizes[call] for call in called)
            if sizes[name] > MOST_CALLED_NODES:
                raise PortsideError(f"its function '{name[1]}' holds more than {MOST_CALLED_NODES} nodes", file=path)
            pending.pop()


def _nodes(nodes: Iterable[Any]) -> Iterable[Any]:
    """The nodes, and those of the graphs in them."""
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for graph in (*([attribute.g] if attribute.type == _GRAPH else ()), *attribute.graphs):
                yield from _nodes(graph.node)
