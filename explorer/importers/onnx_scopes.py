"""The modules that PyTorch's exporters tell of in an ONNX file, as the layers they were."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable

import onnx_ir as ir

from explorer.network import marks

SCOPES = "pkg.torch.onnx.name_scopes"
"""What the exporter of PyTorch 2.5 and later writes at each node: the modules around it, and the operation."""

ROOT = ""

MOST_MODULES = 100
"""One in another; a longer path is no module's, and its prefixes would fill the memory."""


def mark_modules(graph: ir.Graph) -> None:
    """Mark the nodes of each call of a PyTorch module as one layer, under the module's path (``layer1.0.conv1``).

    A module called again is ``path:1``, ``path:2`` …, as forward hooks that count would record it. An operation that
    stands in a module among other modules is a layer of its own (``layer1.0.add``). Files of other exporters stay as
    they are.
    """
    places = {
        node: place for node in graph if (place := _place(node)) is not None and place[0].count(".") < MOST_MODULES
    }
    if len(places) < len(graph):
        return
    containers = {ROOT, *(part for path, _ in places.values() for part in _prefixes(path))}
    calls: dict[str, int] = {}
    latest: dict[str, tuple[str, set[ir.Node]]] = {}
    layers: dict[str, list[ir.Node]] = {}
    for node, (path, operation) in places.items():
        if path in containers:
            name = _numbered(f"{path}.{operation}" if path else operation, calls)
        else:
            name, own = latest.get(path, (ROOT, set()))
            if not any(read is not None and read.producer() in own for read in node.inputs):
                name, own = _numbered(path, calls), set()
            own.add(node)
            latest[path] = (name, own)
        layers.setdefault(name, []).append(node)
    for name, nodes in layers.items():
        _mark(name, nodes)


def _mark(name: str, nodes: list[ir.Node]) -> None:
    own = set(nodes)
    for node in nodes:
        node.metadata_props[marks.LAYER] = name
        node.metadata_props[marks.TYPE] = nodes[-1].op_type if len(nodes) > 1 else node.op_type
        leaves = [not value.uses() or any(use.node not in own for use in value.uses()) for value in node.outputs]
        first = True
        tops: list[str | None] = []
        for leaf in leaves:
            tops.append(name if leaf and first else None)
            first = first and not leaf
        if any(tops):
            node.metadata_props[marks.TOPS] = json.dumps(tops)


def _place(node: ir.Node) -> tuple[str, str] | None:
    """The path of the module around a node, and the name of its operation; None where no exporter left them."""
    written = node.metadata_props.get(SCOPES)
    if written is not None:
        try:
            scopes = ast.literal_eval(written)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
        if isinstance(scopes, list) and len(scopes) > 1 and all(isinstance(scope, str) for scope in scopes):
            return scopes[-2], scopes[-1]
        return None
    # The older exporter writes every module's path from its parent on: /layer1/layer1.0/conv1/Conv.
    if node.name is None or not node.name.startswith("/"):
        return None
    *modules, operation = node.name.strip("/").split("/")
    parts: list[str] = []
    for module in modules:
        if parts and module.startswith(f"{parts[-1]}."):
            parts[-1] = module
        else:
            parts.append(module)
    return _without_count(".".join(parts)), operation


def _without_count(path: str) -> str:
    """The older exporter counts a module's calls in its name: ``relu_1`` is ``relu``, called a second time."""
    head, _, count = path.rpartition("_")
    return head if head and count.isdecimal() else path


def _prefixes(path: str) -> Iterable[str]:
    parts = path.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts)))


def _numbered(name: str, calls: dict[str, int]) -> str:
    count = calls.get(name, 0)
    calls[name] = count + 1
    return name if count == 0 else f"{name}:{count}"
