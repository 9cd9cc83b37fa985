"""Checks of what a layer reads: another layer's values than the original's, another head for the output."""

from __future__ import annotations

from collections.abc import Iterator

import onnx_ir as ir

from explorer.comparison.metrics import measure
from explorer.diagnosis.activations import OPERATORS
from explorer.diagnosis.draft import Draft, fixed
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.scene import Candidate, Scene
from explorer.errors import PortsideError
from explorer.network.network import Network, value_name
from explorer.running.activations import Array

MOST_SOURCES = 60
"""Recorded values that a layer is tried on, the nearest in the order of the data first."""


def other_sources(scene: Scene) -> Iterator[Candidate]:
    """A layer that reads another layer's values than the original's."""
    if any(edit.cause in ("wiring", "output-head") for edit in scene.edits):
        return
    suspect = scene.suspect
    order = {name: number for number, name in enumerate(suspect.network.values)}
    here = order[suspect.stretch.value]
    sources = [name for name in suspect.recorded if name in order and order[name] < here]
    ends = [value_name(node.outputs[0]) for node in scene.draft.nodes if not node.outputs[0].uses()]
    unread = [name for name in ends if name in order]  # and no remains of another edit
    known = {
        **{name: suspect.recorded[name] for name in sources},
        **{name: scene.values[name] for name in unread if name in scene.values},
    }
    known.pop(suspect.stretch.value, None)
    readers = _readers(suspect.network)
    for node in scene.draft.nodes:
        heads = _other_heads(scene, node)
        for index, value in enumerate(node.inputs):
            own = None if value is None or fixed(value) is not None else scene.values.get(value_name(value))
            if value is None or own is None:
                continue
            near = sorted(known, key=lambda name: abs(here - order.get(name, here)))
            fitting = [name for name in near if _might_be_read(node, own, known[name])]
            later = _later(readers, node)
            for name in [*fitting[:MOST_SOURCES], *(name for name in heads if name not in known)]:
                if (
                    name == value_name(value)
                    or name in later
                    or _is_multiple(known[name] if name in known else suspect.array(name), own)
                ):
                    continue
                theirs = suspect.network.producer[name].name
                made = suspect.network.producer.get(value_name(value))
                read = made.name if made is not None else value_name(value)
                cause = "output-head" if _gives_output(scene, node) else "wiring"
                edit = _rewired(
                    scene, node, index, name, cause, f"it reads '{read}' where the original reads '{theirs}'"
                )
                yield (edit,)
                if cause == "output-head":
                    yield (Edit("wiring", edit.layer, edit.detail, edit.apply),)


def passed_activations(scene: Scene) -> Iterator[Candidate]:
    """A layer that reads what an activation reads, where the original reads what that activation gives."""
    suspect = scene.suspect
    for node in scene.draft.nodes:
        for index, value in enumerate(node.inputs):
            read = None if value is None else suspect.network.values.get(value_name(value))
            for use in () if read is None or not scene.is_own(node) else read.uses():
                name = value_name(use.node.outputs[0])
                passed = use.node.op_type in OPERATORS and suspect.network.node_names.get(use.node) != node.name
                if passed and name in suspect.network.values and _computable(scene, name):
                    activation = suspect.network.producer[name].name
                    text = f"it reads what '{activation}' reads where the original reads what that gives"
                    yield (_rewired(scene, node, index, name, "wiring", text),)


def _rewired(scene: Scene, node: ir.Node, index: int, source: str, cause: str, text: str) -> Edit:
    return Edit(cause, scene.layer(node), text, change(Draft.rewire, node.name or "", index, source))


def _readers(network: Network) -> dict[str, list[ir.Node]]:
    """For each value the nodes that read it."""
    readers: dict[str, list[ir.Node]] = {}
    for node in network.model.graph:
        for value in node.inputs:
            if value is not None and value.name:
                readers.setdefault(value.name, []).append(node)
    return readers


def _later(readers: dict[str, list[ir.Node]], node: ir.Node) -> set[str]:
    """Every value that is computed from what ``node`` gives: what it must not read."""
    pending = [value.name for value in node.outputs if value.name]
    found = set(pending)
    while pending:
        for reader in readers.get(pending.pop(), ()):
            new = [value.name for value in reader.outputs if value.name and value.name not in found]
            found.update(new)
            pending += new
    return found


def _is_multiple(a: Array, b: Array) -> bool:
    """Whether one is a multiple of the other: that is a factor and no other source."""
    if a.shape != b.shape:
        return False
    return abs(measure(a, b).cosine) > 1 - 1e-12


def _gives_output(scene: Scene, node: ir.Node) -> bool:
    """Whether the node and those behind it do no more than give an output of what it reads: a softmax, a selection."""
    plain = ("Softmax", "Identity", "Reshape", "Flatten", "Squeeze", "Sigmoid", "LogSoftmax", "Dropout")
    behind = [node, *scene.draft.following(node)]
    ends = value_name(behind[-1].outputs[0]) == scene.suspect.stretch.value
    return scene.suspect.is_last and ends and all(each.op_type in plain for each in behind)


def _other_heads(scene: Scene, node: ir.Node) -> list[str]:
    """What an output might be meant to be made of, where it isn't recorded: classifiers like the one it reads."""
    network, suspect = scene.suspect.network, scene.suspect
    own = network.values.get(value_name(node.inputs[0])) if node.inputs and node.inputs[0] is not None else None
    made = own.producer() if own is not None else None
    if own is None or made is None or not _gives_output(scene, node):
        return []
    return [
        name
        for name, value in network.values.items()
        if value is not own and name not in suspect.recorded and value.shape == own.shape and _computable(scene, name)
        for producer in [value.producer()]
        if producer is not None and producer.op_type == made.op_type
    ]


def _computable(scene: Scene, name: str) -> bool:
    try:
        scene.suspect.array(name)
    except PortsideError:
        return False
    return True


def _might_be_read(node: ir.Node, own: Array, other: Array) -> bool:
    if other.ndim != own.ndim or other.shape[0] != own.shape[0]:
        return False
    if other.shape == own.shape:
        return True
    # Windows and products over places take maps of any size, and pooling any number of channels.
    if node.op_type in ("Conv", "ConvTranspose", "BatchNormalization"):
        return bool(other.shape[1] == own.shape[1])
    return node.op_type in (
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "Softmax",
        "Relu",
        "Concat",
        "LRN",
        "Identity",
    )
