"""System identification: the weights that the reference's inputs and outputs ask for, by least squares."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, Fitted
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.patches import features, output_places, patches
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import Weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

SPARE = 1.25
"""How many times the unknowns there are places taken for a fit, where there are as many."""

SMALLEST_SHARE = 1e-12
"""Directions of the inputs with less power than this share of the strongest's count as none: rounding makes as much."""

RIDGE = 1e-12
"""Of the inputs' mean power, added to each direction's, so that those without any stay at rest."""

REFINEMENTS = 4

MOST_TURNS = 8
"""How often places that a solution pushes over an activation's edge are taken in as equations."""

MOST_WORK = 4e11
"""Floating-point operations that a fit may take: some ten seconds on two cores."""

ROUNDED = 2.5
"""How far, as a factor, the error of rounded weights may be from what rounding them makes on average."""


@dataclass(frozen=True, eq=False)
class _Fit:
    """Changes of weights (outputs × features) and biases, the rank that supports them, and the unknowns of each."""

    weights: Array
    biases: Array
    rank: int
    unknowns: int
    spare: bool


def solved_weights(scene: Scene) -> Iterator[Candidate]:
    """Other weights: the nearest to ours that give the reference's outputs from its inputs."""
    for weighted in weighted_nodes(scene):
        fit = _fit(scene, weighted)
        if fit is None:
            continue
        rounding = _rounding(scene, weighted)
        cause = "weights-other" if rounding is None else "weights-precision"
        own = float(np.linalg.norm(weighted.array))
        change = float(np.linalg.norm(fit.weights)) / own if own else np.inf
        detail = f"the weights differ by {change:.2g} of their length" if rounding is None else rounding
        left_open = None
        if fit.rank < fit.unknowns or not fit.spare:
            left_open = (
                f"the reference determines {fit.rank} of the {fit.unknowns} numbers of each output"
                + ("" if fit.spare else ", and none is left over to prove them")
                + ": the nearest weights to ours are taken; more pictures would determine more"
            )
        yield (Edit(cause, weighted.layer, detail, _setter(weighted, fit), Fitted.ALL, left_open),)


def _setter(weighted: Weighted, fit: _Fit) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        array = np.asarray(weighted.array, np.float64)
        rows = weighted.rows(array) + fit.weights
        draft.set_array(weighted.name, 1, _from_rows(weighted, rows).astype(np.float32))
        bias = bias_of(weighted)
        if fit.biases.any():
            old = np.zeros(weighted.outputs) if bias.array is None else np.asarray(bias.array, np.float64).reshape(-1)
            bias.write(draft, (old + fit.biases).astype(np.float32))

    return apply


def _from_rows(weighted: Weighted, rows: Array) -> Array:
    if weighted.kind == "dense":
        return rows if weighted.transposed else rows.T
    if weighted.kind == "transposed":
        shape = weighted.array.shape
        per = rows.reshape(weighted.group, shape[1], shape[0] // weighted.group, *shape[2:])
        return np.moveaxis(per, 2, 1).reshape(shape)
    return rows.reshape(weighted.array.shape)


Mask = NDArray[np.bool_]


def _fit(scene: Scene, weighted: Weighted) -> _Fit | None:
    """The smallest change of the weights, and of the bias where there is one, that explains the difference."""
    source = weighted.node.inputs[0]
    x = scene.values.get(value_name(source)) if source is not None else None
    wanted = wanted_of(scene, weighted.node)
    ours = scene.values.get(value_name(weighted.node.outputs[0]))
    if x is None or wanted is None or ours is None or ours.shape != wanted.array.shape:
        return None
    count = output_places(weighted, x)
    difference = by_channel(wanted.array - np.asarray(ours, np.float64), weighted)
    known, side = by_channel(wanted.known, weighted), by_channel(wanted.side, weighted)
    if count is None or count != difference.shape[1] or not known.any():
        return None
    with_bias = bias_of(weighted).array is not None
    unknowns = features(weighted) + int(with_bias)
    places = _spread(count, int(4 * SPARE * unknowns))
    work = len(places) * unknowns * min(len(places), unknowns) * (1 if known.all() else weighted.outputs / 4)
    if work > MOST_WORK:
        places = _spread(count, max(32, int(len(places) * MOST_WORK / work)))
    weights = np.zeros((weighted.outputs, unknowns))
    rank, spare = unknowns, True
    per = weighted.outputs // weighted.group
    for group in range(weighted.group):
        rows = patches(weighted, x, places, group)
        if rows is None:
            return None
        if with_bias:
            rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
        own = slice(group * per, (group + 1) * per)
        solved = _solve(rows, *(array[own][:, places] for array in (difference, known, side)))
        if solved is None:
            return None
        found, least, left = solved
        weights[own] = found
        rank, spare = min(rank, least), spare and left
    biases = weights[:, -1] if with_bias else np.zeros(weighted.outputs)
    return _Fit(weights[:, : features(weighted)], biases, rank, unknowns, spare)


def _solve(rows: Array, difference: Array, known: Mask, side: NDArray[np.int8]) -> tuple[Array, int, bool] | None:
    """The smallest solution of each output, the least rank of them, and whether every one has equations to spare.

    Where the activation cuts the reference off (``side``), the solution must stay on that side: places where it does
    not are taken in as equations, until none is left. None where they don't become fewer: something else is wrong.
    """
    outputs, unknowns = difference.shape[0], rows.shape[1]
    found = np.zeros((outputs, unknowns))
    whole = _rank(rows)
    taken = known.copy()
    pending = list(range(outputs))
    most_lost = math.inf
    for _ in range(MOST_TURNS):
        patterns: dict[bytes, list[int]] = {}
        for output in pending:
            patterns.setdefault(taken[output].tobytes(), []).append(output)
        for members in patterns.values():
            seen = np.flatnonzero(taken[members[0]])
            if len(seen) == 0:
                continue
            if len(seen) > SPARE * unknowns:
                seen = seen[_spread(len(seen), int(SPARE * unknowns) + 8)]
            found[members] = _smallest(rows[seen], difference[members][:, seen].T).T
        over = (rows @ found[pending].T).T - difference[pending]
        scale = 1e-6 * np.abs(difference[pending]).max(initial=0.0)
        crossed = ~taken[pending] & (over * side[pending] < -scale)
        pending = [output for output, lost in zip(pending, crossed, strict=True) if lost.any()]
        if not pending:
            break
        lost = int(crossed.sum())
        if lost > most_lost / 2:
            return None
        most_lost = lost
        taken[pending] |= crossed[crossed.any(1)]
    counts = known.sum(1)[known.any(1)]
    least = int(min(counts.min(initial=unknowns), whole))
    return found, least, bool((counts > np.minimum(whole, unknowns)).all())


def _rank(rows: Array) -> int:
    """How many directions the inputs have, of those that rounding doesn't make."""
    part = rows[_spread(len(rows), 2048)]
    sizes = np.linalg.eigvalsh(part.T @ part if part.shape[0] >= part.shape[1] else part @ part.T)
    return int((sizes > SMALLEST_SHARE * sizes[-1]).sum())


def _smallest(rows: Array, values: Array) -> Array:
    """The shortest least-squares solution, by the smaller of the two Gram matrices."""
    tall = rows.shape[0] >= rows.shape[1]
    gram = rows.T @ rows if tall else rows @ rows.T
    size = float(np.trace(gram)) / len(gram)
    if size == 0:
        return np.zeros((rows.shape[1], values.shape[1]))
    gram[np.diag_indices_from(gram)] += RIDGE * size
    solution = np.zeros((rows.shape[1], values.shape[1]))
    inverse = np.linalg.inv(gram)
    # Squaring cost half of the digits, and the ridge some more: refining on the remainder brings them back.
    for _ in range(REFINEMENTS):
        remainder = values - rows @ solution
        side = rows.T @ remainder if tall else remainder
        inner = inverse @ side
        solution += inner if tall else rows.T @ inner
    return solution


def _spread(count: int, wanted: int) -> NDArray[np.intp]:
    """``wanted`` of ``count`` places, evenly by chance, the same each time."""
    if wanted >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, wanted, replace=False))


def _rounding(scene: Scene, weighted: Weighted) -> str | None:
    """How our weights are rounded, where that makes about the error that is seen; None where it doesn't."""
    wanted = wanted_of(scene, weighted.node)
    ours = scene.values.get(value_name(weighted.node.outputs[0]))
    source = weighted.node.inputs[0]
    x = scene.values.get(value_name(source)) if source is not None else None
    if wanted is None or ours is None or x is None:
        return None
    rows = weighted.rows(np.asarray(weighted.array, np.float64))
    difference = by_channel(wanted.array - np.asarray(ours, np.float64), weighted)
    known = by_channel(wanted.known, weighted).astype(bool)
    count = output_places(weighted, x)
    if count is None or count != difference.shape[1] or not known.any():
        return None
    places = _spread(count, 64)
    seen = 0.0
    expected: dict[str, float] = {}
    per = weighted.outputs // weighted.group
    steps = dict(_steps(rows))
    for group in range(weighted.group):
        part = patches(weighted, x, places, group)
        if part is None:
            return None
        own = slice(group * per, (group + 1) * per)
        where = known[own][:, places]
        seen += float((difference[own][:, places][where] ** 2).sum())
        for name, step in steps.items():
            variance = (part**2) @ (step[own] ** 2 / 12).T
            expected[name] = expected.get(name, 0.0) + float(variance.T[where].sum())
    for name, power in expected.items():
        if power > 0 and 1 / ROUNDED < np.sqrt(seen / power) < ROUNDED:
            return name
    return None


def _steps(rows: Array) -> Iterator[tuple[str, Array]]:
    """The roundings that our weights went through, each with the distance of its numbers around every weight."""
    narrow = np.ascontiguousarray(rows, np.float32)
    if np.array_equal(narrow, narrow.astype(np.float16).astype(np.float32)):
        spacing = np.spacing(np.abs(narrow).astype(np.float16)).astype(np.float64)
        yield "the weights are rounded to half precision", spacing
    if not (narrow.view(np.uint32) & 0xFFFF).any():
        yield "the weights are rounded to 8 bits of mantissa (bfloat16)", 2.0 ** (_exponents(narrow) - 7)
    for name, grouped in (("one step for all", rows.reshape(1, -1)), ("a step for each output", rows)):
        step = _integer_step(grouped)
        if step is not None:
            bits = int(np.ceil(np.log2(2 * np.abs(grouped / step[:, None]).max() + 1)))
            if bits <= 16:
                text = f"the weights are rounded to integers of {bits} bits, {name}"
                yield text, np.broadcast_to(step[:, None], grouped.shape).reshape(rows.shape)


def _exponents(array: Array) -> Array:
    found: Array = np.frexp(np.maximum(np.abs(array), 1e-38))[1].astype(np.float64) - 1
    return found


def _integer_step(rows: Array) -> Array | None:
    """For each row the step that all its numbers are multiples of; None where there is none."""
    found = np.zeros(len(rows))
    for number, row in enumerate(rows):
        sizes = np.unique(np.abs(row))
        if len(sizes) > 2**15 or len(sizes) < 2:
            return None
        gaps = np.diff(sizes)
        step = float(gaps[gaps > sizes[-1] * 1e-6].min(initial=np.inf))
        if not np.isfinite(step) or step <= 0:
            return None
        # The smallest gap is one step, but rounded: the largest number says the step more precisely.
        step = float(sizes[-1] / np.round(sizes[-1] / step))
        multiples = sizes / step
        if np.abs(multiples - np.round(multiples)).max() > 1e-2 or multiples[-1] > 40000:
            return None
        found[number] = step
    return found
