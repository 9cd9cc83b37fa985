"""Stacks of modules, such as a residual network's ``block2``, as layers of their own.

Slim records them beside the result of the last module in them, which is the same value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import onnx_ir as ir

from explorer.network import marks
from explorer.network.network import Layer, Network, mark_nodes

TYPE = "Block"
"""The type of the layers that this adds."""

_BLOCK = re.compile(r"(?:.*/)?block\d+")


def give_blocks(network: Network, ends: Mapping[str, Sequence[str]]) -> Network:
    """The network with a layer for every scope that stacks modules and passes on the result of the last.

    ``ends`` are the scopes whose one result a recorded value is, innermost first. What reads the result from outside
    the scope reads the new layer's.
    """
    weighted = [layer.name for layer in network.layers if _is_weighted(layer)]
    modules = _modules(weighted)
    values = {blob: value for layer in network.layers for value, blob in zip(layer.outputs, layer.blobs, strict=True)}
    for blob, scopes in ends.items():
        value = values[blob]
        for scope in scopes:
            if scope != blob and _stacks(scope, scopes, modules):
                value = _give(network, value, scope)
    return Network(network.model)


def _stacks(scope: str, ends: Sequence[str], modules: set[str]) -> bool:
    """Whether the scope holds the module that gives its result, and another one beside it."""
    root, _, rest = scope.partition("/")
    if scope not in modules or not rest or root == rest:
        return False
    inner = [name for name in ends if name.startswith(f"{scope}/") and name in modules]
    if not inner:
        return False
    last = min(inner, key=len)
    beside = any(name.startswith(f"{scope}/") and not _nested(name, last) for name in modules)
    return beside or _BLOCK.fullmatch(scope) is not None


def _nested(a: str, b: str) -> bool:
    return a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/")


def _modules(weighted: Sequence[str]) -> set[str]:
    """The scopes of two layers with kernels or more."""
    count: dict[str, int] = {}
    for name in weighted:
        parts = name.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            scope = "/".join(parts[:end])
            count[scope] = count.get(scope, 0) + 1
    return {scope for scope, number in count.items() if number > 1}


def _is_weighted(layer: Layer) -> bool:
    return any(value.shape is not None and len(value.shape) > 1 for value in layer.weights)


def _give(network: Network, value: ir.Value, scope: str) -> ir.Value:
    """A layer named ``scope`` behind ``value``, recorded under the same name."""
    graph = network.model.graph
    producer = value.producer()
    assert producer is not None
    node = ir.Node("", "Identity", [value], num_outputs=1, name=f"{scope}:Identity")
    result = node.outputs[0]
    result.name, result.shape, result.type = scope, value.shape, value.type
    mark_nodes([node], layer=scope, kind=TYPE, blobs={scope: scope}, parameters={})
    graph.insert_after(producer, node)
    for use in list(value.uses()):
        if use.node is not node and not use.node.metadata_props.get(marks.LAYER, "").startswith(f"{scope}/"):
            use.node.replace_input_with(use.idx, result)
    for index, output in enumerate(graph.outputs):
        if output is value:
            graph.outputs[index] = result
    return result
