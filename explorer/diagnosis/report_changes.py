"""What the corrections changed in a layer's nodes, read off the two networks themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.report_markup import sizes
from explorer.network.network import Network, value_name

LONGEST = 120
"""Characters of a setting that are told."""


def changes(network: Network, repaired: Network, layer: str) -> tuple[str, ...]:
    """The differences between the nodes of ``layer`` in the two, one sentence each."""
    if layer not in network.layer or layer not in repaired.layer:
        return ()
    before = {network.node_names[node]: node for node in network.layer[layer].nodes}
    after = {repaired.node_names[node]: node for node in repaired.layer[layer].nodes}
    if not before:
        return tuple(_preparation(network, repaired))
    found = [text for name, node in after.items() if name in before for text in _node(before[name], node)]
    found += [f"{node.op_type} added{_settings(node)}" for name, node in after.items() if name not in before]
    found += [f"{node.op_type} taken out" for name, node in before.items() if name not in after]
    return tuple(found)


def _node(before: ir.Node, after: ir.Node) -> Iterator[str]:
    kind = before.op_type
    if after.op_type != kind:
        yield f"{kind} became {after.op_type}{_settings(after)}"
        return
    old, new = (_attributes(node) for node in (before, after))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield f"{kind}: {key} {old.get(key, 'not set')} → {new.get(key, 'not set')}"
    for index in range(max(len(before.inputs), len(after.inputs))):
        ours, theirs = (node.inputs[index] if index < len(node.inputs) else None for node in (before, after))
        yield from (f"{kind}: {text}" for text in _input(ours, theirs))


def _input(before: ir.Value | None, after: ir.Value | None) -> Iterator[str]:
    if before is None and after is None:
        return
    if before is None or after is None:
        value = before or after
        assert value is not None
        numbers = value.const_value
        what = f"numbers of {sizes(tuple(numbers.shape.numpy()))}" if numbers is not None else value_name(value)
        yield f"{what} {'added' if before is None else 'taken away'}"
        return
    old, new = before.const_value, after.const_value
    if old is None or new is None:
        if value_name(before) != value_name(after) and (old is None) == (new is None):
            yield f"reads {value_name(after)} instead of {value_name(before)}"
        return
    if old is new:
        return
    ours, theirs = old.numpy(), new.numpy()
    if ours.shape != theirs.shape:
        yield f"{value_name(before)}: {sizes(ours.shape)} → {sizes(theirs.shape)}"
        return
    other = int(np.count_nonzero(ours != theirs))
    if other and ours.size <= 4:
        yield f"{value_name(before)}: {_text(ours.reshape(-1).tolist())} → {_text(theirs.reshape(-1).tolist())}"
    elif other:
        yield f"{value_name(before)} ({sizes(ours.shape)}): {other} of {ours.size} numbers are others"


def _preparation(network: Network, repaired: Network) -> Iterator[str]:
    """The steps from the picture to the input."""
    old, new = (each.preprocessing.to_json() if each.preprocessing else {} for each in (network, repaired))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key) and key != "name":
            yield f"{key.replace('_', ' ')}: {_text(old.get(key, 'not set'))} → {_text(new.get(key, 'not set'))}"


def _attributes(node: ir.Node) -> Mapping[str, str]:
    return {key: _text(attribute.value) for key, attribute in node.attributes.items()}


def _settings(node: ir.Node) -> str:
    told = ", ".join(f"{key} {text}" for key, text in _attributes(node).items())
    return f" ({told})" if told else ""


def _text(setting: object) -> str:
    if isinstance(setting, list | tuple):
        text = ", ".join(_text(part) for part in setting)
    elif isinstance(setting, float):
        text = f"{setting:.6g}"
    else:
        text = str(setting)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
