"""What a golden run says of itself, used in place of what a comparison would find out: pairing and tolerance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from explorer.comparison.alignment import NEW_AXIS, Aligned, Axes, Pair
from explorer.comparison.comparison import LayerComparison
from explorer.comparison.noise import TOLERANCE
from explorer.golden.record import SavedPair
from explorer.network.network import Network
from explorer.running.reference import Reference


def recorded_pairs(network: Network, reference: Reference) -> dict[str, tuple[Pair, ...]]:
    """The layers that were paired when the run was saved, as far as the network still has them and their values."""
    found: dict[str, dict[Pair, None]] = {}
    for pair in _saved(reference):
        if pair.layer in network.layer and pair.value in network.values and pair.key in reference.shapes:
            found.setdefault(pair.layer, {})[Pair(pair.value, pair.key)] = None
    return {layer: tuple(pairs) for layer, pairs in found.items()}


def recorded_axes(reference: Reference, pairs: Mapping[str, tuple[Pair, ...]]) -> Aligned:
    """How the arrays of ``pairs`` lie, for those that were saved with their axes."""
    wanted = {(pair.value, pair.key) for several in pairs.values() for pair in several}
    return {
        pair.value: (pair.key, pair.axes)
        for pair in _saved(reference)
        if (pair.value, pair.key) in wanted and _is_turn(pair.axes, reference.shapes[pair.key])
    }


def saved_axes(saved: Aligned, pair: Pair, theirs: tuple[int, ...], ours: tuple[int, ...] | None) -> Axes | None:
    """The saved axes of a pair, where an array of the shape ``theirs`` then has the shape ``ours``, if that is known.

    The same layer may lie otherwise in another port, and then the ordinary rules find out how.
    """
    key, axes = saved.get(pair.value, ("", ()))
    if key != pair.key:
        return None
    sizes = tuple(1 if axis == NEW_AXIS else theirs[axis] for axis in axes)
    return axes if ours is None or sizes == ours else None


def recorded_tolerance(reference: Reference) -> float:
    """Within how many floors a layer agrees."""
    return TOLERANCE if reference.golden is None else reference.golden.record.tolerance.floors


def with_recorded_floors(row: LayerComparison, reference: Reference) -> LayerComparison:
    """The row with the floors that were saved for its layer, where they are higher than those measured now."""
    saved = None if reference.golden is None else reference.golden.record.tolerance.layers.get(row.layer)
    if saved is None:
        return row
    return replace(
        row,
        isolated_floor=_higher(row.isolated_floor, saved.isolated),
        noise_floor=_higher(row.noise_floor, saved.cumulative),
    )


def _saved(reference: Reference) -> tuple[SavedPair, ...]:
    return () if reference.golden is None else reference.golden.record.pairing


def _higher(measured: float | None, saved: float | None) -> float | None:
    return measured if measured is None or saved is None else max(measured, saved)


def _is_turn(axes: Axes, shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape can be turned so: each axis once at most, and those of size one alone left out."""
    kept = [axis for axis in axes if axis != NEW_AXIS]
    left = set(range(len(shape))) - set(kept)
    return len(set(kept)) == len(kept) and all(axis < len(shape) for axis in kept) and all(shape[a] == 1 for a in left)
