"""System identification: the weights that the reference's inputs and outputs ask for, by least squares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.diagnosis.biases import by_channel
from explorer.diagnosis.draft import Draft, setting
from explorer.diagnosis.edit import Doubt, Edit, Fitted, change
from explorer.diagnosis.inversion import wanted_of
from explorer.diagnosis.least_squares import solve, spread
from explorer.diagnosis.patches import features, output_places, patches
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.weighted import FEW_NUMBERS, Weighted, bias_of, weighted_nodes
from explorer.network.network import value_name
from explorer.running.activations import Array

ROW_BYTES = 256 << 20
"""Memory for what the places read, as long as there are four times as many places as unknowns."""

ROUNDED = 2.5
"""How far, as a factor, the error of rounded weights may be from what rounding them makes on average."""

PLAIN = 0.02
"""A part of a length: what is left of a change of weights by plainer mistakes, or what rounding changes weights by."""

MOST_STEPS = 40_000
"""Integers of 16 bits, and some that a step too small makes of them; rows of more numbers are no integers."""

FEW_STEPS = 4 * MOST_STEPS
"""Of a longer row as many numbers tell first whether they are too many different ones for integers."""

MOST_PARTS = 64
"""The smallest gap in a row of integers is taken for up to so many steps."""

HALF_TYPES = (10, 16)
"""ONNX's numbers for float16 and bfloat16."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Changes of weights (outputs × features) and biases, the rank that supports them, and the unknowns of each."""

    weights: Array
    biases: Array
    rank: int
    unknowns: int
    spare: bool


def infinite_weights(scene: Scene) -> Iterator[Candidate]:
    """Weights that half precision made infinite: those numbers as the reference asks for, all others as they are."""
    for weighted in weighted_nodes(scene):
        lost = ~np.isfinite(weighted.array)
        if not lost.any():
            continue
        finite = np.where(lost, 0, weighted.array).astype(weighted.array.dtype)
        cleared = Edit("overflow", weighted.layer, "", change(Draft.set_array, weighted.name, 1, finite))
        sub = scene.with_edits([cleared])
        again = next((other for other in weighted_nodes(sub) if other.name == weighted.name), None)
        fit = None if again is None else fit_weights(sub, again, weighted.rows(lost))
        if again is None or fit is None:
            continue
        rows = weighted.rows(np.asarray(finite, np.float64)) + fit.weights
        yield (
            Edit(
                "overflow",
                weighted.layer,
                f"{int(lost.sum())} weights are infinite or NaN, as beyond half precision",
                change(Draft.set_array, weighted.name, 1, weighted.from_rows(rows).astype(np.float32)),
                Fitted.FEW,
            ),
        )
        whole = fit_weights(sub, again)
        if whole is not None:
            yield (
                Edit(
                    "overflow",
                    weighted.layer,
                    f"{int(lost.sum())} weights are infinite or NaN, as beyond half precision, and the others rounded",
                    _setter(again, whole),
                    Fitted.PER_CHANNEL,
                    _left_open(whole),
                ),
            )


def zero_kernels(scene: Scene) -> Iterator[Candidate]:
    """Kernels that are zero from end to end, as where not all weights were carried over: these alone are solved for."""
    for weighted in weighted_nodes(scene):
        lost = (weighted.rows(weighted.array) == 0).all(axis=1)
        if not lost.any() or lost.all():
            continue
        fit = fit_weights(scene, weighted, np.repeat(lost[:, None], features(weighted), 1))
        wanted = wanted_of(scene, weighted.node)
        if fit is None or wanted is None:
            continue
        seen = int(by_channel(wanted.known, weighted).sum(1)[lost].min())
        open_numbers = f"the reference determines {seen} of the {features(weighted)} numbers of each of these kernels"
        yield (
            Edit(
                "weights-other",
                weighted.layer,
                f"the kernels of {int(lost.sum())} of {lost.size} outputs are zero",
                _setter(weighted, fit),
                Fitted.PER_CHANNEL,
                open_numbers if seen < features(weighted) else None,
            ),
        )


def half_precision(scene: Scene) -> Iterator[Candidate]:
    """Values that were pressed through half precision on their way."""
    casts = [node for node in scene.draft.nodes if node.op_type == "Cast"]
    narrow = [node for node in casts if int(setting(node, "to", 1)) in HALF_TYPES]
    if not narrow:
        return
    yield (
        Edit(
            "overflow",
            scene.layer(narrow[0]),
            "the values go through half precision, which ends at 65 504",
            change(_widen, [node.name or "" for node in narrow]),
        ),
    )


def _widen(draft: Draft, names: Sequence[str]) -> None:
    for name in names:
        draft.set_attributes(name, to=1)


def rounded_weights(scene: Scene) -> Iterator[Candidate]:
    """Weights in half or integer precision, where rounding them makes just the error that is seen."""
    for weighted in weighted_nodes(scene):
        rounding = _rounding(scene, weighted)
        fit = None if rounding is None else fit_weights(scene, weighted)
        if rounding is not None and fit is not None:
            yield (
                Edit(
                    "weights-precision",
                    weighted.layer,
                    rounding,
                    _setter(weighted, fit),
                    Fitted.PER_CHANNEL,
                    _left_open(fit),
                ),
            )


def _left_open(fit: Fit) -> str | None:
    if fit.rank >= fit.unknowns and fit.spare:
        return None
    return (
        f"the reference determines {fit.rank} of the {fit.unknowns} numbers of each output"
        + ("" if fit.spare else ", and none is left over to prove them")
        + ": the nearest weights to ours are taken; more pictures would determine more"
    )


def solved_weights(scene: Scene) -> Iterator[Candidate]:
    """Other weights: the nearest to ours that give the reference's outputs from its inputs."""
    for weighted in weighted_nodes(scene):
        fit = fit_weights(scene, weighted)
        if fit is None:
            continue
        own = float(np.linalg.norm(weighted.array))
        share = float(np.linalg.norm(fit.weights)) / own if own else np.inf
        yield (
            Edit(
                "weights-other",
                weighted.layer,
                f"the weights differ by {share:.2g} of their length",
                _setter(weighted, fit),
                Fitted.ALL,
                _left_open(fit),
                doubt=_doubt(weighted, fit),
            ),
        )


def _doubt(weighted: Weighted, fit: Fit) -> Doubt:
    """Whether the solved weights look like two plainer mistakes: our own numbers at other places, scaled or rounded."""
    if _left_open(fit) is not None:
        return Doubt.MUCH
    rows = weighted.rows(np.asarray(weighted.array, np.float64))
    solved = rows + fit.weights
    change = float(np.linalg.norm(fit.weights))
    moved = np.linalg.norm(np.sort(rows, axis=None) - np.sort(solved, axis=None)) < PLAIN * change
    factors = np.divide((rows * solved).sum(1), (rows * rows).sum(1), out=np.zeros(len(rows)), where=rows.any(1))
    scaled = np.linalg.norm(solved - factors[:, None] * rows) < PLAIN * change
    rounded = change < PLAIN * float(np.linalg.norm(rows))
    return Doubt.MUCH if moved or scaled or rounded else Doubt.NONE


def _setter(weighted: Weighted, fit: Fit) -> Callable[[Draft], None]:
    # Once for all trials, and without the fit, which is twice as large.
    rows = (weighted.rows(weighted.array) + fit.weights).astype(np.float32)
    array = np.ascontiguousarray(weighted.from_rows(rows))
    name, bias, new = weighted.name, bias_of(weighted), None
    if fit.biases.any():
        old = np.zeros(weighted.outputs) if bias.array is None else np.asarray(bias.array, np.float64).reshape(-1)
        new = (old + fit.biases).astype(np.float32)

    def apply(draft: Draft) -> None:
        draft.set_array(name, 1, array)
        if new is not None:
            bias.write(draft, new)

    return apply


def fit_weights(scene: Scene, weighted: Weighted, only: NDArray[np.bool_] | None = None) -> Fit | None:
    """The smallest change of the weights, and of the bias where there is one, that explains the difference.

    ``only`` (outputs × features) lets no others change than these.
    """
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
    places = spread(count, max(4 * unknowns, ROW_BYTES // (8 * unknowns)))
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
        if only is not None:
            for output in range(own.start, own.stop):
                asked = np.flatnonzero(only[output])
                seen = known[output][places]
                if len(asked) and seen.any():
                    weights[output, asked] = np.linalg.lstsq(
                        rows[seen][:, asked], difference[output][places][seen], rcond=None
                    )[0]
            continue
        found, least, left = solve(rows, *(array[own][:, places] for array in (difference, known, side)))
        weights[own] = found
        rank, spare = min(rank, least), spare and left
    biases = weights[:, -1] if with_bias else np.zeros(weighted.outputs)
    return Fit(weights[:, : features(weighted)], biases, rank, unknowns, spare)


def _rounding(scene: Scene, weighted: Weighted) -> str | None:
    """How our weights are rounded, where that makes about the error that is seen; None where it doesn't."""
    wanted = wanted_of(scene, weighted.node)
    ours = scene.values.get(value_name(weighted.node.outputs[0]))
    source = weighted.node.inputs[0]
    x = scene.values.get(value_name(source)) if source is not None else None
    if wanted is None or ours is None or x is None or ours.shape != wanted.array.shape:
        return None
    difference = by_channel(wanted.array - np.asarray(ours, np.float64), weighted)
    known = by_channel(wanted.known, weighted).astype(bool)
    count = output_places(weighted, x)
    if count is None or count != difference.shape[1] or not known.any():
        return None
    places = spread(count, 64)
    seen = 0.0
    expected: dict[str, float] = {}
    per = weighted.outputs // weighted.group
    steps = dict(_steps(weighted.rows(weighted.array)))
    if not steps:
        return None
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
    if _all(_is_half, narrow):
        spacing = np.spacing(np.abs(narrow).astype(np.float16)).astype(np.float64)
        yield "the weights are rounded to half precision", spacing
    if _all(_is_bfloat, narrow):
        yield "the weights are rounded to 8 bits of mantissa (bfloat16)", 2.0 ** (_exponents(narrow) - 7)
    for name, grouped in (("one step for all", rows.reshape(1, -1)), ("a step for each output", rows)):
        step = _integer_step(grouped)
        if step is not None:
            largest = np.abs(grouped).max(1)[step > 0] / step[step > 0]
            bits = int(np.ceil(np.log2(2 * largest.max() + 1)))
            if bits <= 16:
                text = f"the weights are rounded to integers of {bits} bits, {name}"
                yield text, np.broadcast_to(step[:, None], grouped.shape).reshape(rows.shape)


def _all(holds: Callable[[Array], Array], rows: Array) -> bool:
    """Whether it holds of every number; some mostly tell that it doesn't."""
    return bool(holds(rows[:1, :FEW_NUMBERS]).all() and holds(rows).all())


def _is_half(numbers: Array) -> Array:
    found: Array = numbers == numbers.astype(np.float16).astype(np.float32)
    return found


def _is_bfloat(numbers: Array) -> Array:
    found: Array = (np.ascontiguousarray(numbers).view(np.uint32) & 0xFFFF) == 0
    return found


def _exponents(array: Array) -> Array:
    found: Array = np.frexp(np.maximum(np.abs(array), 1e-38))[1].astype(np.float64) - 1
    return found


def _integer_step(rows: Array) -> Array | None:
    """For each row the step that all its numbers are multiples of; None where there is none."""
    found = np.zeros(len(rows))
    for number, row in enumerate(rows):
        if len(row) > FEW_STEPS and len(np.unique(np.abs(row[:FEW_STEPS]))) > MOST_STEPS:
            return None
        sizes = np.unique(np.abs(np.asarray(row, np.float64)))
        step = _step_of(sizes[sizes > 0])
        if step is None:
            return None
        found[number] = step
    return found if found.any() else None


def _step_of(sizes: Array) -> float | None:
    """The largest step that numbers above zero, in order, are multiples of; zero for none, None where there is none."""
    if not len(sizes):
        return 0.0
    if len(sizes) > MOST_STEPS or not np.isfinite(sizes[-1]):
        return None
    gaps = np.diff(sizes, prepend=0.0)
    gap = float(gaps[gaps > sizes[-1] * 1e-6].min())
    # A row of few numbers may have no two that are one step apart.
    for part in range(1, MOST_PARTS + 1):
        # The largest number says the step more precisely than the smallest gap.
        multiples = sizes / (sizes[-1] / np.round(part * sizes[-1] / gap))
        if multiples[-1] <= MOST_STEPS and np.abs(multiples - np.round(multiples)).max() <= 1e-2:
            return float(sizes[-1] / multiples[-1])
    return None
