"""Least squares for many outputs at once, some of which are only known to lie on one side of a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.running.activations import Array

Mask = NDArray[np.bool_]

SMALLEST_SHARE = 1e-12
"""Directions of the inputs with less power than this share of the strongest's count as none: rounding makes as much."""

RIDGES = ((1e-7, 2), (1e-12, 4))
"""Of the inputs' mean power, added to each direction's, so that those without any stay at rest; and how many steps.

Rounding moves what stands still by as much as it is of the smaller ridge: that one is for the little that the larger
one leaves over.
"""

SEARCHES = ((300, 1e-3), (3000, 1e-4), (20000, 1e-6))
"""Steps of the search for solutions that keep to their sides, and how far inside they are to stay, of the largest.

Few outputs need the longer ones, where there is little room.
"""

HOPELESS = 0.02
"""Of all places: where as many are still on the wrong side after the first search, longer ones don't help."""

MOST_WORK = 1e11
"""Floating-point operations for the equations of one turn: a few seconds on two cores."""


def solve(rows: Array, wanted: Array, known: Mask, side: NDArray[np.int8]) -> tuple[Array, int, bool]:
    """The shortest x of each output with rows · x = ``wanted`` where ``known``, else on the given ``side`` of it.

    ``rows`` is places × unknowns, the others are outputs × places; ``side`` is −1 below, 1 above, 0 anywhere. Gives
    outputs × unknowns, the least rank that supports one, and whether each has equations to spare. An output that no x
    keeps to its sides has the one that comes nearest.
    """
    if rows.shape[0] < rows.shape[1]:
        # The shortest solution is made of the rows alone, of which there are fewer than unknowns.
        basis, corner = np.linalg.qr(rows.T)
        found, least, spare = solve(corner.T, wanted, known, side)
        return found @ basis.T, least, spare
    unknowns = rows.shape[1]
    found = _equations(rows, wanted, known)
    over = _over(rows, found, wanted, known, side)
    for steps, margin in SEARCHES:
        pending = np.flatnonzero(over.any(1))
        if not len(pending):
            break
        most = int(MOST_WORK / (4 * rows.size * len(pending)))
        found[pending] = _inside(rows, wanted[pending], known[pending], side[pending], margin, min(steps, most))
        over = _over(rows, found, wanted, known, side)
        if over.mean() > HOPELESS:
            break
    whole = _rank(rows)
    counts = known.sum(1)[known.any(1)]
    least = int(min(counts.min(initial=unknowns), whole))
    return found, least, bool((counts > min(whole, unknowns)).all())


def spread(count: int, wanted: int) -> NDArray[np.intp]:
    """``wanted`` of ``count`` places, evenly by chance, the same each time."""
    if wanted >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, wanted, replace=False))


def _over(rows: Array, found: Array, wanted: Array, known: Mask, side: NDArray[np.int8]) -> Mask:
    """The places where a solution is on the wrong side."""
    apart = found @ rows.T - wanted
    scale = 1e-6 * np.abs(wanted).max(initial=0.0)
    over: Mask = ~known & (apart * side < -scale)
    return over


def _equations(rows: Array, wanted: Array, known: Mask) -> Array:
    """The shortest least-squares solution of every output's equations; outputs that share their places go together."""
    unknowns = rows.shape[1]
    found = np.zeros((len(wanted), unknowns))
    patterns: dict[bytes, list[int]] = {}
    for output in range(len(wanted)):
        patterns.setdefault(known[output].tobytes(), []).append(output)
    most = max(4 * unknowns, int(MOST_WORK / (unknowns**2 * len(patterns))))
    for members in patterns.values():
        seen = np.flatnonzero(known[members[0]])
        if len(seen):
            seen = seen[spread(len(seen), most)]
            found[members] = _smallest(rows[seen], wanted[members][:, seen].T).T
    return found


def _inside(rows: Array, wanted: Array, known: Mask, side: NDArray[np.int8], margin: float, steps: int) -> Array:
    """Solutions that keep to their sides, by alternating directions (Boyd and others, 2011), then made exact.

    What the equations leave open moves the results where they must not be back to the edge, a little inside.
    """
    edge = wanted + side * margin * np.abs(wanted).max(initial=0.0)
    sizes, directions = np.linalg.eigh(rows.T @ rows)
    kept = sizes > SMALLEST_SHARE * sizes[-1]
    # In these coordinates every direction counts alike, so that the weak ones come along.
    turned = directions[:, kept] / np.sqrt(sizes[kept])
    basis = rows @ turned
    y = (_equations(rows, wanted, known) @ rows.T) @ basis
    dual = np.zeros_like(wanted)
    for _ in range(steps):
        result = y @ basis.T + dual
        held = np.where(known, wanted, np.where(side < 0, np.minimum(result, edge), np.maximum(result, edge)))
        held = np.where(known | (side != 0), held, result)
        dual = result - held
        y = (held - dual) @ basis
    x = y @ turned.T
    exact: Array = x + _equations(rows, wanted - x @ rows.T, known)
    return exact


def _rank(rows: Array) -> int:
    """How many directions the inputs have, of those that rounding doesn't make."""
    part = rows[spread(len(rows), 2048)]
    sizes = np.linalg.eigvalsh(part.T @ part if part.shape[0] >= part.shape[1] else part @ part.T)
    return int((sizes > SMALLEST_SHARE * sizes[-1]).sum())


def _smallest(rows: Array, values: Array) -> Array:
    """The shortest least-squares solution, by the smaller of the two Gram matrices."""
    tall = rows.shape[0] >= rows.shape[1]
    gram = rows.T @ rows if tall else rows @ rows.T
    size = float(np.trace(gram)) / len(gram)
    if size == 0:
        return np.zeros((rows.shape[1], values.shape[1]))
    solution = np.zeros((rows.shape[1], values.shape[1]))
    for ridge, steps in RIDGES:
        damped = gram.copy()
        damped[np.diag_indices_from(gram)] += ridge * size
        inverse = np.linalg.inv(damped)
        # Squaring cost half of the digits, and the ridge some more: refining on the remainder brings them back.
        for _ in range(steps):
            remainder = values - rows @ solution
            side = rows.T @ remainder if tall else remainder
            inner = inverse @ side
            solution += inner if tall else rows.T @ inner
    return solution
