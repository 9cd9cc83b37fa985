"""Checks of softmax: along another axis, missing, or one too many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, setting
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name


def softmax_axes(scene: Scene) -> Iterator[Candidate]:
    """Softmax along another axis."""
    for node in scene.draft.nodes:
        if node.op_type not in ("Softmax", "LogSoftmax") or node.inputs[0] is None:
            continue
        x = scene.values.get(value_name(node.inputs[0]))
        own = int(setting(node, "axis", -1))
        for axis in range(0 if x is None else x.ndim):
            if x is not None and axis != own % x.ndim:
                yield (
                    Edit(
                        "softmax-axis",
                        scene.layer(node),
                        f"softmax is taken along axis {own % x.ndim} and should be along axis {axis}",
                        change(Draft.set_attributes, node.name or "", axis=axis),
                    ),
                )
        yield from _unflattened_softmax(scene, node)


def _unflattened_softmax(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """Softmax over everything at once, between a flattening and its undoing; the original's goes along one axis."""
    before = node.inputs[0].producer() if node.inputs[0] is not None else None
    behind = next(scene.draft.following(node), None)
    rearranging = ("Reshape", "Flatten", "Transpose")
    if before is None or behind is None or before.op_type not in rearranging or behind.op_type not in rearranging:
        return
    if before.inputs[0] is None or before not in scene.draft.nodes:
        return
    x = scene.values.get(value_name(before.inputs[0]))
    for axis in range(1, 0 if x is None else x.ndim):
        yield (
            Edit(
                "softmax-axis",
                scene.layer(node),
                f"softmax is taken over everything flattened and should be along axis {axis}",
                change(_along_axis, node.name or "", before.name or "", behind.name or "", axis),
            ),
        )


def _along_axis(draft: Draft, name: str, before: str, behind: str, axis: int) -> None:
    for other in (before, behind):
        draft.change_operator(other, "Identity")
    draft.set_attributes(name, axis=axis)


def missing_softmax(scene: Scene) -> Iterator[Candidate]:
    """Logits where the original gives probabilities, or the reverse."""
    last = scene.draft.nodes[-1]
    target = scene.target
    if any(node.op_type == "Softmax" for node in scene.draft.nodes):
        for node in scene.draft.nodes:
            if node.op_type == "Softmax":
                yield (
                    Edit(
                        "softmax-missing",
                        scene.layer(node),
                        "probabilities where the original gives logits",
                        change(Draft.change_operator, node.name or "", "Identity"),
                    ),
                )
        return
    # Logarithms of probabilities and the like are no softmax: its numbers are positive and add up to one.
    for axis in range(1, target.ndim):
        total = np.asarray(target, np.float64).sum(axis)
        if target.min(initial=0.0) >= 0 and np.allclose(total, 1, atol=1e-3):
            yield (
                Edit(
                    "softmax-missing",
                    scene.layer(last),
                    f"logits where the original gives probabilities (along axis {axis})",
                    change(_add_softmax, last.name or "", axis),
                ),
            )


def _add_softmax(draft: Draft, name: str, axis: int) -> None:
    draft.insert_after(name, "Softmax", axis=axis)
