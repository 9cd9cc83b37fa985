"""What a finding's layer computes in the port, in the original and in the repaired network, where they differ most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.comparison.metrics import measure
from explorer.diagnosis.finding import Finding
from explorer.maps.feature_maps import Maps, difference, feature_maps, is_drawable, pictures_in
from explorer.maps.value_range import ValueRange, value_range
from explorer.running.activations import Array

MOST_MAPS = 3
"""Channels that are shown of a layer."""

MOST_BARS = 12
"""Entries that are shown of a vector."""

COLOURS = (1, 3, 4)
"""How many channels a picture may have."""


@dataclass(frozen=True, eq=False)
class Views:
    """What is shown of a finding's evidence: one picture of the batch, some of its channels.

    ``ours`` is None where the port's layer can't run on what the reference recorded, ``difference`` where the shapes
    are not the same. ``errors`` are the relative L2 errors of each shown channel before and after the fix. ``values``
    is the range that ours, the reference and the repaired share, ``signed`` the difference's.
    """

    kind: Literal["maps", "vector"]
    item: int
    items: int
    channels: tuple[int, ...]
    ours: Maps | None
    reference: Maps
    after: Maps
    difference: Array | None
    errors: tuple[tuple[float | None, float | None], ...]
    values: ValueRange
    signed: ValueRange | None


def views(finding: Finding, most_maps: int = MOST_MAPS, most_bars: int = MOST_BARS) -> Views | None:
    """Choose the channels of maps or the entries of a vector; None where there is nothing that can be drawn."""
    evidence = finding.evidence
    arrays = [evidence.before, evidence.reference, evidence.after]
    if any(not is_drawable(array) or array.size == 0 for array in arrays):
        return None
    can_run = evidence.before is not evidence.after
    axis = _channel_axis(finding)
    item = _worst_picture(evidence.before, evidence.reference)
    ours, reference, after = (
        feature_maps(array, item=min(item, pictures_in(array) - 1), channel_axis=axis) for array in arrays
    )
    mine = ours if can_run else None
    apart = None
    if mine is not None and mine.values.shape == reference.values.shape:
        apart = difference(mine.values, reference.values)
    kind: Literal["maps", "vector"] = "vector" if reference.is_vector else "maps"
    most = most_bars if kind == "vector" else most_maps
    if kind == "maps" and finding.cause.startswith("input-") and reference.count in COLOURS:
        most = reference.count
    chosen = _channels(reference, apart, most)
    shown = [
        maps.values[[c for c in chosen if c < maps.count]] for maps in (mine, reference, after) if maps is not None
    ]
    return Views(
        kind,
        item,
        pictures_in(evidence.reference),
        chosen,
        mine,
        reference,
        after,
        apart,
        tuple((_error(mine, reference, c), _error(after, reference, c)) for c in chosen),
        value_range(shown, "layer"),
        None if apart is None else value_range([apart[list(chosen)]], "layer", difference=True),
    )


def unfinite(values: Array) -> Iterator[str]:
    """In words how many of ``values`` are no numbers, and how a map marks them."""
    count = int(np.isnan(values).sum())
    if count:
        yield f"{count} not a number (magenta)"
    count = int(np.isinf(values).sum())
    if count:
        yield f"{count} infinite (cyan)"


def _channel_axis(finding: Finding) -> int:
    """Pictures may come with their colours last; everything else has its channels behind the batch."""
    shape = finding.evidence.reference.shape
    is_picture = finding.cause.startswith("input-") and len(shape) == 4
    return -1 if is_picture and shape[-1] in COLOURS and shape[1] not in COLOURS else 1


def _worst_picture(before: Array, reference: Array) -> int:
    if before.shape != reference.shape or before.ndim < 2 or len(before) < 2:
        return 0
    apart = np.abs(difference(np.asarray(before, np.float64), np.asarray(reference, np.float64)))
    return int(np.argmax(np.nan_to_num(apart, nan=np.inf).reshape(len(before), -1).max(1)))


def _channels(reference: Maps, apart: Array | None, most: int) -> tuple[int, ...]:
    """The channels with the largest difference; of the reference's largest values where there is none. In order."""
    if reference.count <= most:
        return tuple(range(reference.count))
    weight = np.abs(np.asarray(reference.values if apart is None else apart, np.float64)).reshape(reference.count, -1)
    with np.errstate(over="ignore"):
        power = np.square(np.nan_to_num(weight, nan=np.inf)).sum(1)
    return tuple(sorted(np.argsort(-power, kind="stable")[:most].tolist()))


def _error(maps: Maps | None, reference: Maps, channel: int) -> float | None:
    if maps is None or channel >= maps.count or maps.values.shape[1:] != reference.values.shape[1:]:
        return None
    return measure(maps.values[channel], reference.values[channel]).relative_l2
