"""Mistakes of two layers together: a normalisation and an activation that changed places, each recorded by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx_ir as ir

from explorer.comparison.noise import TOLERANCE
from explorer.comparison.stretches import Stretch
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.normalisation import ACTIVATIONS
from explorer.diagnosis.scene import Scene, Suspect


@dataclass(frozen=True, eq=False)
class Exchange:
    """Two suspects that are right in the other order; ``before`` and ``after`` show one that ``edit`` puts right."""

    first: Suspect
    second: Suspect
    before: Scene
    after: Scene
    edit: Edit


def exchanged_neighbours(suspects: Sequence[Suspect]) -> list[Exchange]:
    """Pairs of a normalisation and an activation, the second fed from the first, that are right the other way round."""
    found = []
    for second in suspects:
        if len(second.stretch.inputs) != 1:
            continue
        first = next((one for one in suspects if one.stretch.value == second.stretch.inputs[0]), None)
        if first is None or len(first.stretch.inputs) != 1:
            continue
        a, b = _only(first), _only(second)
        if a is None or b is None or not _is_pair(a, b):
            continue
        names = first.network.node_names
        early = _fed(second, first.stretch.inputs[0])
        late = _fed(first, second.stretch.value)
        normalisation = first if a.op_type == "BatchNormalization" else second
        proofs = [
            (was, right)
            for was, right, other_was, other in ((second, early, first, late), (first, late, second, early))
            if _stands(was, right, other_was, other)
        ]
        if proofs:
            was, right = next((proof for proof in proofs if proof[0] is normalisation), proofs[0])
            side = "before" if normalisation is first else "behind"
            edit = Edit(
                "bn-order",
                normalisation.stretch.layers[-1],
                f"the normalisation stands {side} the activation and should stand on its other side",
                change(Draft.exchange_layers, names[a], names[b]),
            )
            found.append(Exchange(first, second, Scene(was), right, edit))
    return found


def _stands(was: Suspect, right: Scene, other_was: Suspect, other: Scene) -> bool:
    """Whether one layer is right when it is fed in the other order, and the other one no worse.

    What is still wrong with that one is found once they have changed places.
    """
    if right.residual > TOLERANCE * right.floor or Scene(was).residual <= TOLERANCE * right.floor:
        return False
    return other.residual <= max(TOLERANCE * other.floor, Scene(other_was).residual)


def _only(suspect: Suspect) -> ir.Node | None:
    nodes = [node for node in suspect.stretch.nodes if node.op_type != "Constant"]
    return nodes[0] if len(nodes) == 1 else None


def _is_pair(a: ir.Node, b: ir.Node) -> bool:
    kinds = {a.op_type, b.op_type}
    return "BatchNormalization" in kinds and bool(kinds & set(ACTIVATIONS))


def _fed(suspect: Suspect, source: str) -> Scene:
    """The suspect's stretch as it would be if it read ``source``, another recorded value."""
    stretch = suspect.stretch
    only = next(node for node in stretch.nodes if node.op_type != "Constant")
    node = suspect.network.node_names[only]
    rewired = Edit("wiring", stretch.layers[-1], "", change(Draft.rewire, node, 0, source))
    fed = Stretch(stretch.value, stretch.inputs, stretch.nodes, stretch.layers)
    return Scene(Suspect(suspect.runner, fed, suspect.recorded, suspect.cancelled), [rewired])
