"""Kernels of a grouped convolution in another order, across its groups: our results are then no one else's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.diagnosis.biases import reordered
from explorer.diagnosis.scene import Candidate, Scene
from explorer.diagnosis.solving import fit_weights
from explorer.diagnosis.weighted import weighted_nodes
from explorer.running.activations import Array

Mask = NDArray[np.bool_]

LEAST = 1e-6
"""Of a kernel's length: a smaller change is none."""


def moved_kernels(scene: Scene) -> Iterator[Candidate]:
    """The order in which our kernels are those that the reference's inputs and outputs ask for."""
    for weighted in weighted_nodes(scene):
        fit = fit_weights(scene, weighted) if weighted.group > 1 else None
        if fit is None:
            continue
        ours = weighted.rows(np.asarray(weighted.array, np.float64))
        silent = np.linalg.norm(fit.weights, axis=1) <= LEAST * np.linalg.norm(ours, axis=1)
        order = _order(_unit(ours + fit.weights) @ _unit(ours).T, silent)
        if order != tuple(range(len(order))):
            yield from reordered(scene, weighted, order)


def _order(likeness: Array, silent: Mask) -> tuple[int, ...]:
    """For each row a column of its own, the likest pairs first.

    ``silent`` rows, of which the reference asks no change, stay where they are if nothing else belongs there.
    """
    count = len(likeness)
    order: dict[int, int] = {}
    left = set(range(count))
    for place in np.argsort(-likeness, axis=None, kind="stable"):
        row, column = divmod(int(place), count)
        if not silent[row] and row not in order and column in left:
            order[row] = column
            left.remove(column)
    for row in range(count):
        if row not in order and row in left:
            order[row] = row
            left.remove(row)
    rest = iter(sorted(left))
    return tuple(order[row] if row in order else next(rest) for row in range(count))


def _unit(rows: Array) -> Array:
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Array = np.divide(rows, sizes, out=np.zeros_like(rows), where=sizes > 0)
    return unit
