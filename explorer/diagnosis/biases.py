"""Checks that fit a number, or a place, to each channel: bias and the order of the channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from explorer.diagnosis.draft import Draft, fixed
from explorer.diagnosis.edit import Doubt, Edit, Fitted, change
from explorer.diagnosis.inversion import Wanted, wanted_of
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import WEIGHTED, Bias, Weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

FEWEST_PLACES = 2
"""A channel with one place alone is explained by any bias: that proves nothing."""

SUFFICIENT_LIKENESS = 0.999
"""The correlation from which on two channels are the same but for a factor and an offset."""

FEWEST_ALIKE = 6
"""Places that a likeness must rest on; few points lie on a line by chance."""

PLAIN_FACTORS = (-1.0, 0.5, 2.0)
"""Biases with the wrong sign, added twice, or halved."""

Order = tuple[int, ...]


def fitted_biases(scene: Scene) -> Iterator[Candidate]:
    """A bias that is missing or has other values: the mean difference before the activation, channel by channel."""
    yield from _biases(scene, proven=True)


def unproven_biases(scene: Scene) -> Iterator[Candidate]:
    """The same where each channel has one place alone, as behind a matrix product on one picture."""
    yield from _biases(scene, proven=False)


def _biases(scene: Scene, *, proven: bool) -> Iterator[Candidate]:
    for weighted in weighted_nodes(scene):
        if _is_normalised(scene, weighted) and bias_of(weighted).array is None:
            continue  # the normalisation behind it has an offset of its own
        wanted = wanted_of(scene, weighted.node)
        ours = scene.values.get(value_name(weighted.node.outputs[0]))
        if wanted is None or ours is None or ours.shape != wanted.array.shape:
            continue
        difference, known = (by_channel(array, weighted) for array in (wanted.array - ours, wanted.known))
        places = known.sum(1)
        if (difference.shape[1] >= FEWEST_PLACES) != proven or not places.any():
            continue
        step = np.where(known, difference, 0.0).sum(1) / np.maximum(places, 1)
        # What the reference cuts off everywhere says no more than on which side the channel must stay.
        side = by_channel(wanted.side, weighted)
        below = np.where(side < 0, difference, 0.0).min(1)
        above = np.where(side > 0, difference, 0.0).max(1)
        step = np.where(places > 0, step, np.where(below < 0, below, above))
        bias = bias_of(weighted)
        old = np.zeros(weighted.outputs) if bias.array is None else np.asarray(bias.array, np.float64).reshape(-1)
        missing = not old.any()
        open_channels = int((places == 0).sum())
        left_open = None
        if not proven:
            left_open = "one number for each bias: two pictures or more would prove it"
        elif open_channels:
            left_open = f"{open_channels} of {places.size} biases: nothing of those channels passes the activation"
        yield (
            Edit(
                "bias-missing" if missing else "bias-wrong",
                weighted.layer,
                f"the {weighted.outputs} biases are missing" if missing else _bias_change(old, old + step),
                _bias_setter(weighted, old + step),
                Fitted.PER_CHANNEL if proven else Fitted.ALL,
                left_open,
                Doubt.NONE if _is_multiple(old, old + step) else Doubt.SOME,
            ),
        )


def _is_multiple(old: Array, new: Array) -> bool:
    """Whether all are one plain factor away, which no other mistake makes of them."""
    if np.count_nonzero(old) < FEWEST_ALIKE:
        return False
    return any(np.allclose(new, factor * old, rtol=0, atol=1e-4 * np.abs(old).max()) for factor in PLAIN_FACTORS)


def _bias_change(old: Array, new: Array) -> str:
    changed = int((np.abs(new - old) > 1e-5 * np.abs(old).max()).sum())
    return f"{changed} of {old.size} biases have other values, by up to {np.abs(new - old).max():.3g}"


def _bias_setter(weighted: Weighted, array: Array) -> Callable[[Draft], None]:
    return change(_write_bias, bias_of(weighted), array.astype(np.float32))


def _write_bias(draft: Draft, bias: Bias, array: Array) -> None:
    bias.write(draft, array)


def _is_normalised(scene: Scene, weighted: Weighted) -> bool:
    return any(node.op_type == "BatchNormalization" for node in scene.draft.following(weighted.node))


def by_channel(array: Array, weighted: Weighted | None = None) -> Array:
    """Channels × places; the channels of a matrix product are its last axis, else the second."""
    axis = -1 if weighted is not None and weighted.kind == "dense" else 1
    moved = np.moveaxis(array, axis, 0)
    return moved.reshape(moved.shape[0], -1)


def permuted_channels(scene: Scene) -> Iterator[Candidate]:
    """Output channels in another order: each of the reference's channels has one of ours that is like it."""
    for weighted in weighted_nodes(scene):
        wanted = wanted_of(scene, weighted.node)
        ours = scene.values.get(value_name(weighted.node.outputs[0]))
        if wanted is None or ours is None or ours.shape != wanted.array.shape or weighted.outputs < 2:
            continue
        bias = bias_of(weighted)
        offset = None
        if bias.array is not None and bias.node == weighted.name:
            offset = np.asarray(bias.array, np.float64).reshape(-1)
        found: dict[Order, None] = {}
        for without_bias in (False, True) if offset is not None else (False,):
            order = _matching_order(ours, wanted, weighted, offset if without_bias else None)
            if order is not None and order != tuple(range(len(order))):
                found[order] = None
        for order in found:
            yield from reordered(scene, weighted, order)


def reordered(scene: Scene, weighted: Weighted, order: Order) -> Iterator[Candidate]:
    """The output channels in another order: alone, and with the numbers that belong to each."""
    cause = "label-order" if _gives_classes(scene, weighted) else "channels-permuted"
    yield (_permutation(weighted, cause, order, ()),)
    vectors = list(_channel_vectors(scene, weighted))
    own = [vector for vector in vectors if vector[0] in (weighted.name, bias_of(weighted).node)]
    for moved in (own, vectors) if len(own) < len(vectors) else (own,):
        if moved:
            yield (_permutation(weighted, cause, order, moved),)


def _gives_classes(scene: Scene, weighted: Weighted) -> bool:
    """Whether this layer's channels are the network's classes: nothing with weights comes behind it."""
    if not scene.suspect.is_last:
        network = scene.suspect.network
        value = network.values[scene.suspect.stretch.value]
        pending, seen = [value], set[int]()
        reached = False
        while pending:
            current = pending.pop()
            reached = reached or current.is_graph_output()
            for use in current.uses():
                if id(use.node) in seen:
                    continue
                seen.add(id(use.node))
                if use.node.op_type in WEIGHTED:
                    return False
                pending += use.node.outputs
        return reached
    return list(weighted_nodes(scene))[-1].name == weighted.name


def _permutation(weighted: Weighted, cause: str, order: Order, vectors: Sequence[tuple[str, int, Array]]) -> Edit:
    # Not the weights themselves: an edit outlives the scene that it was found in.
    node, kind, transposed = weighted.name, weighted.kind, weighted.transposed
    group, outputs = weighted.group, weighted.outputs

    def apply(draft: Draft) -> None:
        array = draft.array(draft.node(node), 1)
        assert array is not None
        index = list(order)
        if kind == "dense":
            draft.set_array(node, 1, array[index] if transposed else array[:, index])
        elif kind == "convolution":
            draft.set_array(node, 1, array[index])
        else:
            per = array.reshape(group, -1, *array.shape[1:])
            flat = np.moveaxis(per, 2, 1).reshape(outputs, per.shape[1], *array.shape[2:])[index]
            back = flat.reshape(group, -1, per.shape[1], *array.shape[2:])
            draft.set_array(node, 1, np.moveaxis(back, 1, 2).reshape(array.shape))
        for name, position, vector in vectors:
            draft.set_array(name, position, vector.reshape(-1)[index].reshape(vector.shape))

    moved = sum(place != number for number, place in enumerate(order))
    shifts = {(place - number) % len(order) for number, place in enumerate(order)}
    if len(shifts) == 1:
        shift = shifts.pop()
        detail = f"all {len(order)} channels are shifted by {min(shift, len(order) - shift)}"
    else:
        detail = f"{moved} of {len(order)} channels are in another order"
    if vectors:
        detail += ", with the numbers that belong to each"
    return Edit(cause, weighted.layer, detail, apply, Fitted.PER_CHANNEL)


def _channel_vectors(scene: Scene, weighted: Weighted) -> Iterator[tuple[str, int, Array]]:
    """Fixed vectors with one number for each output channel, in the node and in those behind it."""
    for node in (weighted.node, *scene.draft.following(weighted.node)):
        if node is not weighted.node and not _is_by_channel(node):
            return
        for index, value in enumerate(node.inputs):
            array = fixed(value)
            if array is not None and array.size == weighted.outputs and array.size == max(array.shape):
                yield node.name or "", index, array


def _is_by_channel(node: ir.Node) -> bool:
    return node.op_type in (
        "Add", "BatchNormalization", "Clip", "Elu", "Identity", "LeakyRelu", "Mul", "PRelu", "Relu", "Sigmoid", "Tanh",
    )  # fmt: skip


def _matching_order(ours: Array, wanted: Wanted, weighted: Weighted, offset: Array | None) -> Order | None:
    """For each of the reference's channels the one of ours that is most like it; None where none is like.

    ``offset`` is the bias in ours that stays where it is while the kernels change places.
    """
    values, target = (by_channel(np.asarray(array, np.float64), weighted) for array in (ours, wanted.array))
    known, side = by_channel(wanted.known, weighted), by_channel(wanted.side, weighted)
    if offset is not None:
        values, target = values - offset[:, None], target - offset[:, None]
    if values.shape[1] < FEWEST_PLACES:
        order = np.empty(len(values), int)
        order[np.argsort(target[:, 0], kind="stable")] = np.argsort(values[:, 0], kind="stable")
        return tuple(int(place) for place in order)
    return _assigned(_likeness(values, target, known), values, target, known, side)


def _likeness(values: Array, target: Array, known: NDArray[np.bool_]) -> Array:
    """The correlation of every channel of ours (rows) with every one of the reference's (columns), where known."""
    mask = known.astype(np.float64)
    count = np.maximum(mask.sum(1), 1.0)
    t = np.where(known, target, 0.0)
    sum_t, sum_tt = t.sum(1), (t * t).sum(1)
    sum_x, sum_xx, sum_xt = values @ mask.T, (values * values) @ mask.T, values @ t.T
    covariance = sum_xt - sum_x * sum_t / count
    spread = np.maximum(sum_xx - sum_x**2 / count, 0.0) * np.maximum(sum_tt - sum_t**2 / count, 0.0)
    scores: Array = np.divide(covariance, np.sqrt(spread), out=np.zeros_like(covariance), where=spread > 0)
    return np.where(count >= FEWEST_ALIKE, scores, 0.0)


def _assigned(
    scores: Array, values: Array, target: Array, known: NDArray[np.bool_], side: NDArray[np.int8]
) -> Order | None:
    """Each column gets its own row, the surest pairs first; what has too few places for that goes by its error."""
    size = scores.shape[0]
    rows, columns = np.unravel_index(np.argsort(-scores, axis=None, kind="stable"), scores.shape)
    order = np.full(size, -1)
    used = np.zeros(size, bool)
    for row, column in zip(rows, columns, strict=True):
        if scores[row, column] < SUFFICIENT_LIKENESS:
            break
        if order[column] < 0 and not used[row]:
            order[column], used[row] = row, True
    # On a few pictures a dense layer shows no likeness: there the errors alone say which is which.
    if values.shape[1] >= FEWEST_ALIKE and (order >= 0).sum() < max(2, size / 8):
        return None
    # Of those that are left, the ones that the reference shows most of choose first.
    for column in sorted(np.flatnonzero(order < 0), key=lambda column: -int(known[column].sum())):
        free = np.flatnonzero(~used)
        apart = values[free] - target[column]
        apart = np.where(known[column], apart, np.where(apart * side[column] < 0, apart, 0.0))
        errors = (apart**2).sum(1)
        best = free[int(np.argmin(errors))]
        if column in free and errors[list(free).index(column)] <= errors.min() * (1 + 1e-9):
            best = column
        order[column], used[best] = best, True
    return tuple(int(row) for row in order)
