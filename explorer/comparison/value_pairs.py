"""Pairs that names got wrong: values that are another array of the reference than the one of their name."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from explorer.comparison.alignment import Aligned, Pair, possible_axes, turned
from explorer.comparison.isolation import Isolated, Recorded, isolate
from explorer.comparison.metrics import measure
from explorer.comparison.noise import TOLERANCE
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel
from explorer.running.reference import Reference
from explorer.running.runner import Runner

Pairs = dict[str, tuple[Pair, ...]]

MOST_ROUNDS = 4


def pair_by_values(
    runner: Runner,
    reference: Reference,
    pairs: Pairs,
    aligned: Aligned,
    isolated: dict[str, Isolated],
    cancelled: Cancel | None = None,
    *,
    settled: Collection[str] = (),
) -> tuple[Pairs, Aligned, dict[str, Isolated]]:
    """Give a value that differs from the array of its name the one, left over so far, that it equals to the floor.

    An exporter that folds normalisation into a convolution keeps the convolution's name for what the normalisation
    gives. Only arrays that no layer has by name are taken: what stands under a layer's own name is that layer's.
    Values that are ``settled`` keep theirs.
    """
    for _ in range(MOST_ROUNDS):
        used = {pair.key for several in pairs.values() for pair in several}
        free = [key for key in reference.shapes if key not in used]
        changed: dict[str, Pair] = {}
        for value, found in isolated.items():
            if free and value not in settled and _differs(found):
                key = _equal(found.result, found, reference, free)
                if key is not None:
                    free.remove(key)
                    changed[value] = Pair(value, key)
        if not changed:
            return pairs, aligned, isolated
        pairs = {layer: tuple(changed.get(pair.value, pair) for pair in several) for layer, several in pairs.items()}
        for value, pair in changed.items():
            axes = possible_axes(isolated[value].result.shape, reference.shapes[pair.key])
            best = min(axes, key=partial(_distance, isolated[value].result, reference, pair.key))
            aligned = {**aligned, value: (pair.key, best)}
        again = [
            value
            for value, found in isolated.items()
            if value in changed or not changed.keys().isdisjoint(found.stretch.inputs)
        ]
        isolated = {**isolated, **dict(isolate(runner, Recorded(reference, aligned), again, None, cancelled))}
    return pairs, aligned, isolated


def _differs(found: Isolated) -> bool:
    return found.errors is None or found.noise is None or not found.errors.relative_l2 <= TOLERANCE * found.noise.own


def _equal(result: Array, found: Isolated, reference: Reference, keys: list[str]) -> str | None:
    """The array that ``result`` equals as nearly as rounding allows."""
    own = found.noise.own if found.noise is not None else 0.0
    for key in keys:
        axes = possible_axes(result.shape, reference.shapes[key])
        if axes and min(_distance(result, reference, key, order) for order in axes) <= TOLERANCE * max(own, 2e-7):
            return key
    return None


def _distance(result: Array, reference: Reference, key: str, axes: tuple[int, ...]) -> float:
    return measure(result, turned(reference.arrays[key], axes)).relative_l2
