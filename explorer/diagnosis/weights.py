"""Checks of weights that are the right numbers in the wrong places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import permutations

import numpy as np

from explorer.diagnosis.biases import FEWEST_PLACES, by_channel
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.rounding import number_text, plain_number
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import (
    FEW_NUMBERS,
    Weighted,
    as_weighted,
    bias_of,
    flattened_maps,
    is_first,
    weighted_nodes,
)
from explorer.network.network import value_name
from explorer.running.activations import Array

MOST_SIBLINGS = 48
"""Layers of equal shape whose weights are tried in one another's place, the nearest first."""

COLOURS = 3


def turned_kernels(scene: Scene) -> Iterator[Candidate]:
    """Convolution for correlation: Theano turns every kernel by 180°, Caffe and TensorFlow none."""
    for weighted in weighted_nodes(scene):
        if weighted.spatial and max(weighted.spatial) > 1:
            axes = tuple(range(2, weighted.array.ndim))
            size = "×".join(map(str, weighted.spatial))
            yield from _rearranged(
                weighted, "kernel-rotated", f"every {size} kernel turned by 180°", partial(np.flip, axis=axes)
            )


def reordered_axes(scene: Scene) -> Iterator[Candidate]:
    """The same numbers read in another order of axes: HWIO, IOHW …, or height and width exchanged.

    Weights that were kept as axes in the order p and taken as O×I×H×W come back by reading them as p's sizes.
    """
    for weighted in weighted_nodes(scene):
        if not weighted.spatial:
            continue
        shape = weighted.array.shape
        names = "OIHW" if weighted.kind == "convolution" else "IOHW"
        if len(shape) != 4:
            continue
        for order in permutations(range(4)):
            if order == (0, 1, 2, 3):
                continue
            stored = "".join(names[axis] for axis in order)
            yield from _rearranged(
                weighted,
                "kernel-axes",
                f"the numbers are in the order {stored} where {names} is meant",
                partial(_reread, order=order),
            )
            yield from _rearranged(
                weighted,
                "kernel-axes",
                f"the numbers were put in order as if they had been {stored}, and were {names}",
                partial(_unread, order=order),
            )


def exchanged_multiplier(scene: Scene) -> Iterator[Candidate]:
    """A depthwise kernel's channel and multiplier: which of them counts faster among the output channels."""
    for weighted in weighted_nodes(scene):
        inputs = weighted.array.shape[0] if weighted.kind == "transposed" else weighted.group
        if weighted.kind != "convolution" or weighted.group < 2 or weighted.array.shape[1] != 1:
            continue
        multiplier = weighted.outputs // inputs
        if multiplier < 2:
            continue
        for first, second in ((multiplier, inputs), (inputs, multiplier)):
            yield from _rearranged(
                weighted,
                "depthwise-layout",
                f"the kernels of {inputs} channels and {multiplier} multiples exchanged",
                partial(_swapped, first=first, second=second),
                with_bias=True,
            )


def reversed_colours(scene: Scene) -> Iterator[Candidate]:
    """BGR for RGB in the first convolution's kernels."""
    for weighted in weighted_nodes(scene):
        coloured = weighted.kind == "convolution" and weighted.group == 1 and weighted.array.shape[1] == COLOURS
        if coloured and is_first(scene, weighted):
            yield from _rearranged(
                weighted,
                "input-channel-order",
                "the kernels take red for blue: their input channels are in the reverse order",
                _reversed_inputs,
            )


def transposed_matrix(scene: Scene) -> Iterator[Candidate]:
    """A matrix whose rows were taken for columns."""
    for weighted in weighted_nodes(scene):
        if weighted.kind == "dense":
            rows, columns = weighted.array.shape
            yield from _rearranged(
                weighted,
                "fc-transposed",
                f"the {rows}×{columns} matrix transposed",
                partial(_reread, order=(1, 0)),
            )
            if rows != columns:
                yield from _rearranged(
                    weighted,
                    "fc-transposed",
                    f"the {rows}×{columns} matrix was transposed, and should not have been",
                    partial(_unread, order=(1, 0)),
                )


def flattened_otherwise(scene: Scene) -> Iterator[Candidate]:
    """Rows of the first matrix behind maps: one framework flattens C, H, W, another H, W, C."""
    for weighted in weighted_nodes(scene):
        maps = flattened_maps(scene, weighted) if weighted.kind == "dense" else None
        if maps is None or len(maps) != 3:
            continue
        names = "CHW"
        for order in permutations(range(3)):
            if order != (0, 1, 2):
                stored = "".join(names[axis] for axis in order)
                yield from _rearranged(
                    weighted,
                    "fc-flatten-order",
                    f"the rows are in the order {stored} of {'×'.join(map(str, maps))} maps where {names} is meant",
                    partial(_reflatten, maps=maps, order=order, by_rows=not weighted.transposed),
                )
                yield from _rearranged(
                    weighted,
                    "fc-flatten-order",
                    f"the rows of {'×'.join(map(str, maps))} maps were right, and were turned as if from {stored}",
                    partial(_unflatten, maps=maps, order=order, by_rows=not weighted.transposed),
                )


def flattening(scene: Scene) -> Iterator[Candidate]:
    """A flattening that itself goes through the maps in another order."""
    for node in scene.draft.nodes:
        if node.op_type not in ("Flatten", "Reshape") or node.inputs[0] is None:
            continue
        x = scene.values.get(node.inputs[0].name or "")
        y = scene.values.get(node.outputs[0].name or "")
        if x is None or y is None or x.ndim != 4 or y.ndim != 2 or max(x.shape[2:]) == 1:
            continue
        for order in permutations(range(1, 4)):
            if order != (1, 2, 3):
                stored = "".join("NCHW"[axis] for axis in order)
                yield (
                    Edit(
                        "fc-flatten-order",
                        scene.layer(node),
                        f"the maps are flattened in the order CHW where {stored} is meant",
                        change(_insert_transposition, node.name or "", order),
                    ),
                )


def exchanged_layers(scene: Scene) -> Iterator[Candidate]:
    """The weights of another layer of equal shape."""
    network = scene.suspect.network
    names = network.node_names
    for weighted in weighted_nodes(scene):
        if any(edit.cause == "weights-exchanged" for edit in scene.edits):
            continue
        order = {names[node]: index for index, node in enumerate(network.model.graph)}
        place = order.get(weighted.name, 0)
        others = [
            other
            for layer in network.layers
            for node in layer.nodes
            if (other := as_weighted(node, layer.name)) is not None
            and names[node] != weighted.name
            and other.kind == weighted.kind
            and other.array.shape == weighted.array.shape
            and other.transposed == weighted.transposed
        ]
        others.sort(key=lambda other: abs(order[names[other.node]] - place))
        for other in others[:MOST_SIBLINGS]:
            if np.array_equal(other.array, weighted.array):
                continue
            detail = f"these are the weights of '{other.layer}'"
            own, theirs = bias_of(weighted), bias_of(other)
            if own.array is not None and theirs.array is not None and own.array.shape == theirs.array.shape:

                def both(draft: Draft, weighted: Weighted = weighted, other: Weighted = other) -> None:
                    draft.set_array(weighted.name, 1, other.array)
                    bias = bias_of(other).array
                    assert bias is not None
                    bias_of(weighted).write(draft, bias)

                yield (Edit("weights-exchanged", weighted.layer, f"{detail}, its bias too", both),)
            yield (
                Edit(
                    "weights-exchanged",
                    weighted.layer,
                    detail,
                    change(Draft.set_array, weighted.name, 1, other.array),
                ),
            )


def scaled_weights(scene: Scene) -> Iterator[Candidate]:
    """All kernels times one factor, or each times its own, with the bias as it is."""
    for weighted in weighted_nodes(scene):
        wanted = wanted_of(scene, weighted.node)
        ours = scene.values.get(value_name(weighted.node.outputs[0]))
        bias = bias_of(weighted)
        if wanted is None or ours is None or ours.shape != wanted.array.shape:
            continue
        offset = np.zeros((1, 1))
        if bias.array is not None and bias.node == weighted.name:
            offset = np.asarray(bias.array, np.float64).reshape(-1, 1)
        a, b = (by_channel(np.asarray(array, np.float64), weighted) - offset for array in (ours, wanted.array))
        known = by_channel(wanted.known, weighted)
        product, power = np.where(known, a * b, 0.0).sum(1), np.where(known, a * a, 0.0).sum(1)
        if not power.sum() > 0 or a.shape[1] < FEWEST_PLACES:
            continue
        factor = float(product.sum() / power.sum())
        for number in dict.fromkeys((plain_number(factor, 3), factor)):
            yield _scaled(weighted, number, f"the weights should be × {number_text(number)}", Fitted.FEW)
        each = np.divide(product, power, out=np.ones_like(product), where=power > 0)
        changed = int((np.abs(each - 1) > 1e-5).sum())
        text = f"{changed} of {each.size} kernels should be × {each.min():.3g} to {each.max():.3g}"
        yield _scaled(weighted, each, text, Fitted.PER_CHANNEL)


def _scaled(weighted: Weighted, factor: Array | float, text: str, fitted: Fitted) -> Candidate:
    return (
        Edit("weights-other", weighted.layer, text, _setter(weighted.name, partial(_times, weighted, factor)), fitted),
    )


def _times(weighted: Weighted, factor: Array | float, array: Array) -> Array:
    rows = weighted.rows(array) * (factor[:, None] if isinstance(factor, np.ndarray) else factor)
    return weighted.from_rows(rows)


def shuffled_groups(scene: Scene) -> Iterator[Candidate]:
    """The groups of a grouped convolution in another order: which block of kernels explains which block of channels."""
    for weighted in weighted_nodes(scene):
        group = weighted.group
        if weighted.kind != "convolution" or not 2 <= group <= 64 or weighted.array.shape[1] == 1:
            continue
        order = _order_of_groups(scene, weighted)
        if order is None or order == tuple(range(group)):
            continue
        for with_bias in (False, True):
            yield from _rearranged(
                weighted,
                "group-order",
                f"its {group} groups of kernels are in the order {', '.join(str(number + 1) for number in order)}",
                partial(_blocks, order=order),
                with_bias=with_bias,
                fitted=Fitted.FEW,
            )


def _order_of_groups(scene: Scene, weighted: Weighted) -> tuple[int, ...] | None:
    """For each block of output channels the block of kernels that explains the reference there best."""
    group = weighted.group
    scores = np.full((group, group), np.inf)
    for shift in range(group):
        order = tuple((number + shift) % group for number in range(group))
        edit = Edit("group-order", weighted.layer, "", _setter(weighted.name, partial(_blocks, order=order)))
        tried = scene.with_edits([edit])
        if tried.result is None or tried.result.shape != scene.target.shape or scene.target.shape[1] % group:
            return None
        ours, theirs = (np.split(array, group, axis=1) for array in (tried.result, scene.target))
        for number in range(group):
            scores[number, order[number]] = 1.0 - _likeness(ours[number], theirs[number])
    found: list[int] = []
    for number in range(group):
        free = [block for block in range(group) if block not in found]
        found.append(min(free, key=lambda block: scores[number, block]))
    return tuple(found)


def _likeness(ours: Array, theirs: Array) -> float:
    """The mean of the channels' correlations."""
    a, b = (by_channel(np.asarray(array, np.float64)) for array in (ours, theirs))
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    scale = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    return float(np.divide((a * b).sum(1), scale, out=np.zeros_like(scale), where=scale > 0).mean())


def _unflatten(array: Array, maps: tuple[int, ...], order: tuple[int, ...], by_rows: bool) -> Array:
    """The reverse: rows that were right, and were turned as if they had been in ``order``."""
    return _with_maps(array, maps, order, by_rows)


def _with_maps(array: Array, sizes: Sequence[int], order: tuple[int, ...], by_rows: bool) -> Array:
    """A matrix whose rows, or else columns, are maps of these sizes, with the maps' axes in another order."""
    # One copy, along the way in which the numbers lie: such a matrix may have a hundred million of them.
    if by_rows:
        return array.reshape([*sizes, array.shape[1]]).transpose([*order, 3]).reshape(array.shape)
    return array.reshape([array.shape[0], *sizes]).transpose([0, *(1 + axis for axis in order)]).reshape(array.shape)


def _blocks(array: Array, order: tuple[int, ...]) -> Array:
    return np.concatenate([np.split(array, len(order))[number] for number in order])


def _rearranged(
    weighted: Weighted,
    cause: str,
    detail: str,
    change: Callable[[Array], Array],
    *,
    with_bias: bool = False,
    fitted: Fitted = Fitted.NOTHING,
) -> Iterator[Candidate]:
    """The edit that changes a node's weights, unless it changes nothing; the bias's order goes with the kernels'."""
    if _same_numbers(change(weighted.array), weighted.array):
        return
    yield (Edit(cause, weighted.layer, detail, _setter(weighted.name, change), fitted),)
    bias = bias_of(weighted)
    if with_bias and bias.array is not None and not np.array_equal(change(bias.array), bias.array):

        def both(draft: Draft) -> None:
            _setter(weighted.name, change)(draft)
            assert bias.array is not None
            bias.write(draft, change(bias.array))

        yield (Edit(cause, weighted.layer, f"{detail}, and the bias with them", both, fitted),)


def _same_numbers(one: Array, other: Array) -> bool:
    """Whether two arrays are equal, mostly seen from their first rows."""
    few = max(1, FEW_NUMBERS * len(one) // one.size) if one.size else 1
    return np.array_equal(one[:few], other[:few]) and np.array_equal(one, other)


def _setter(name: str, change: Callable[[Array], Array]) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        array = draft.array(draft.node(name), 1)
        assert array is not None
        draft.set_array(name, 1, change(array))

    return apply


def _swapped(array: Array, first: int, second: int) -> Array:
    return array.reshape(first, second, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)


def _reversed_inputs(array: Array) -> Array:
    return array[:, ::-1]


def _reread(array: Array, order: tuple[int, ...]) -> Array:
    """What ``array`` is when its numbers are those of its own axes written in ``order``."""
    return array.reshape([array.shape[axis] for axis in order]).transpose(np.argsort(order))


def _unread(array: Array, order: tuple[int, ...]) -> Array:
    """The reverse: numbers that were taken for ``order`` and turned round, though they were right as they stood."""
    return array.transpose(order).reshape(array.shape)


def _reflatten(array: Array, maps: tuple[int, ...], order: tuple[int, ...], by_rows: bool) -> Array:
    stored = [maps[axis] for axis in order]
    return _with_maps(array, stored, tuple(np.argsort(order)), by_rows)


def _insert_transposition(draft: Draft, name: str, order: tuple[int, ...]) -> None:
    draft.insert_before(name, 0, "Transpose", perm=[0, *order])
