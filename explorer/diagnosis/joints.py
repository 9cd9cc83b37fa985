"""Checks of where layers meet: the order and axis of branches, the factors of a sum, and what a layer is fed from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import onnx_ir as ir

from explorer.comparison.metrics import measure
from explorer.diagnosis.biases import reordered
from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import weighted_nodes
from explorer.network.network import value_name

MOST_BRANCHES = 5
"""Branches whose orders are all tried; of more the order is found branch by branch."""

CLOSE = 1e-3
PLAIN_FACTORS = (-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0)

KEEP = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Shares that dropout keeps."""


def branch_orders(scene: Scene) -> Iterator[Candidate]:
    """Branches in another order."""
    for node in scene.draft.nodes:
        if node.op_type != "Concat" or len(node.inputs) < 2:
            continue
        for order in _orders(scene, node):
            if order != tuple(range(len(node.inputs))):
                yield (
                    Edit(
                        "concat-order",
                        scene.layer(node),
                        f"the branches should come in the order {', '.join(str(n + 1) for n in order)}",
                        change(_reorder, node.name or "", order),
                    ),
                )


def _orders(scene: Scene, node: ir.Node) -> Iterator[tuple[int, ...]]:
    count = len(node.inputs)
    if count <= MOST_BRANCHES:
        yield from permutations(range(count))
        return
    wanted = wanted_of(scene, node)
    branches = [scene.values.get(value_name(value)) if value is not None else None for value in node.inputs]
    axis = int(setting(node, "axis", 1))
    if wanted is None or any(branch is None for branch in branches):
        return
    order: list[int] = []
    begin = 0
    while len(order) < count:
        for number, branch in enumerate(branches):
            if number in order or branch is None:
                continue
            length = branch.shape[axis]
            part = np.take(wanted.array, range(begin, min(begin + length, wanted.array.shape[axis])), axis=axis)
            if part.shape == branch.shape and measure(branch, part).relative_l2 < CLOSE:
                order.append(number)
                begin += length
                break
        else:
            return
    yield tuple(order)


def _reorder(draft: Draft, name: str, order: tuple[int, ...]) -> None:
    node = draft.node(name)
    values = [node.inputs[number] for number in order]
    for index, value in enumerate(values):
        node.replace_input_with(index, value)


def branch_axes(scene: Scene) -> Iterator[Candidate]:
    """Branches joined along another axis."""
    for node in scene.draft.nodes:
        if node.op_type != "Concat":
            continue
        own = int(setting(node, "axis", 1))
        first = node.inputs[0]
        rank = scene.values[value_name(first)].ndim if first is not None and value_name(first) in scene.values else 4
        for axis in range(rank):
            if axis != own % rank:
                yield (
                    Edit(
                        "concat-axis",
                        scene.layer(node),
                        f"the branches are joined along axis {own % rank} and should be along axis {axis}",
                        change(Draft.set_attributes, node.name or "", axis=axis),
                    ),
                )


def sum_factors(scene: Scene) -> Iterator[Candidate]:
    """Factors of an element-wise sum: those that bring the branches nearest to the reference."""
    for node in scene.draft.nodes:
        if node.op_type not in ("Add", "Sum", "Sub", "Mean"):
            continue
        values = [value for value in node.inputs if value is not None]
        if len(values) < 2 or any(fixed(value) is not None for value in values):
            continue
        branches = [scene.values.get(value_name(value)) for value in values]
        wanted = wanted_of(scene, node)
        if wanted is None or not wanted.known.any():
            continue
        shaped = [branch for branch in branches if branch is not None and branch.shape == wanted.array.shape]
        if len(shaped) < len(values):
            continue
        matrix = np.stack([np.asarray(branch, np.float64)[wanted.known] for branch in shaped], axis=1)
        found = np.linalg.lstsq(matrix, wanted.array[wanted.known], rcond=None)[0]
        for digits in (2, 7):
            factors = [plain_number(float(number), digits) for number in found]
            plain = all(factor in PLAIN_FACTORS for factor in factors)
            yield (
                Edit(
                    "sum-coefficients",
                    scene.layer(node),
                    f"the branches should be added with the factors {', '.join(map(number_text, factors))}",
                    change(_weigh, node.name or "", factors),
                    Fitted.NOTHING if plain else Fitted.FEW,
                ),
            )


def _weigh(draft: Draft, name: str, factors: list[float]) -> None:
    draft.node(name).op_type = "Sum"
    for index, factor in enumerate(factors):
        if factor != 1.0:
            draft.insert_before(name, index, "Mul", [np.asarray(factor, np.float32)])


def single_factors(scene: Scene) -> Iterator[Candidate]:
    """One factor for a whole layer: dropout that scales when nothing is dropped."""
    for node in scene.draft.nodes:
        scalar = _scalar(node)
        owner = scene.suspect.layer_of.get(node.name or "")
        drops = owner is not None and "dropout" in owner.type.lower()
        if scalar is None and not drops:
            continue
        wanted = wanted_of(scene, node)
        ours = scene.values.get(value_name(node.outputs[0]))
        if wanted is None and scalar is not None and drops:
            yield (
                Edit(
                    "dropout-scale",
                    scene.layer(node),
                    "the dropout scales its values where nothing is dropped",
                    change(Draft.change_operator, node.name or "", "Identity"),
                ),
            )
        if wanted is None or ours is None or ours.shape != wanted.array.shape:
            continue
        a, b = np.asarray(ours, np.float64)[wanted.known], wanted.array[wanted.known]
        if not float(a @ a):
            continue
        factor = float(a @ b) / float(a @ a)
        for number in dict.fromkeys((_share(factor), factor)):
            if number is None or abs(number - 1) < 1e-6:
                continue
            yield (
                Edit(
                    "dropout-scale",
                    scene.layer(node),
                    f"the values should be multiplied by {number_text(number)}",
                    change(_scale, node.name or "", number),
                    Fitted.NOTHING if number == _share(factor) else Fitted.FEW,
                ),
            )


def inserted_factors(scene: Scene) -> Iterator[Candidate]:
    """Dropout's factor behind a layer where nothing says that there is a dropout."""
    own = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sum", "Sub", "Mean", "BatchNormalization")
    if scene.edits or any(node.op_type in own for node in scene.draft.nodes):
        return
    last = scene.draft.nodes[-1]
    ours = scene.values.get(value_name(last.outputs[0]))
    if ours is None or ours.shape != scene.target.shape:
        return
    a, b = (np.asarray(array, np.float64).reshape(-1) for array in (ours, scene.target))
    power = float(a @ a)
    share = _share(float(a @ b) / power) if power and np.isfinite(power) else None
    if share is not None and share != 1:
        yield (
            Edit(
                "dropout-scale",
                scene.layer(last),
                f"the values should be multiplied by {number_text(share)}",
                change(_insert_factor, last.name or "", share),
                Fitted.FEW,
            ),
        )


def _share(factor: float) -> float | None:
    """The factor of a dropout that is near: what it keeps, or its inverse."""
    near = [number for share in KEEP for number in (share, 1 / share) if abs(factor / number - 1) < 1e-3]
    return min(near, key=lambda number: abs(factor / number - 1), default=None)


def _scalar(node: ir.Node) -> float | None:
    if node.op_type not in ("Mul", "Div") or len(node.inputs) != 2:
        return None
    found = [array for array in map(fixed, node.inputs) if array is not None and array.size == 1]
    return float(found[0].reshape(())) if found else None


def _scale(draft: Draft, name: str, factor: float) -> None:
    node = draft.node(name)
    scalar = _scalar(node)
    if scalar is None:
        _insert_factor(draft, name, factor)
        return
    index = next(i for i, value in enumerate(node.inputs) if (a := fixed(value)) is not None and a.size == 1)
    array = fixed(node.inputs[index])
    assert array is not None
    draft.set_array(
        name, index, np.asarray(scalar * factor if node.op_type == "Mul" else scalar / factor).reshape(array.shape)
    )


def _insert_factor(draft: Draft, name: str, factor: float) -> None:
    draft.insert_after(name, "Mul", [np.asarray(factor, np.float32)])


def selected_classes(scene: Scene) -> Iterator[Candidate]:
    """Classes shifted by a background class, or sorted otherwise, behind the layer that computes them."""
    if not scene.suspect.is_last or scene.target.ndim < 2 or scene.result is None:
        return
    ours, theirs = (np.asarray(array, np.float64) for array in (scene.result, scene.target))
    last = scene.draft.nodes[-1]
    if ours.ndim != theirs.ndim or ours.shape[0] != theirs.shape[0]:
        return
    if ours.shape == theirs.shape:
        flat = [np.moveaxis(array, 1, -1).reshape(-1, array.shape[1]) for array in (ours, theirs)]
        order = np.empty(ours.shape[1], np.int64)
        order[np.argsort(flat[1][0], kind="stable")] = np.argsort(flat[0][0], kind="stable")
        if np.array_equal(order, np.arange(len(order))):
            return
        shifts = {int((place - number) % len(order)) for number, place in enumerate(order)}
        text = f"the {len(order)} classes are in another order"
        if len(shifts) == 1:
            text = f"the {len(order)} classes are shifted by {min(shifts)}"
        for weighted in list(weighted_nodes(scene))[-1:]:
            # Sooner the layer that computes them than one behind it.
            if weighted.outputs == len(order):
                yield from reordered(scene, weighted, tuple(map(int, order)))
        yield (_selection(scene, last, order, text),)
    elif ours.shape[1] == theirs.shape[1] + 1:
        for drop, text in ((0, "first"), (theirs.shape[1], "last")):
            order = np.delete(np.arange(ours.shape[1]), drop)
            yield (_selection(scene, last, order, f"the {text} class is a background class the original has not"),)


def _selection(scene: Scene, last: ir.Node, order: np.ndarray, text: str) -> Edit:
    return Edit(
        "label-order",
        scene.layer(last),
        text,
        change(_insert_gather, last.name or "", order),
        Fitted.PER_CHANNEL,
    )


def _insert_gather(draft: Draft, name: str, order: np.ndarray) -> None:
    draft.insert_after(name, "Gather", [order.astype(np.int64)], axis=1)
