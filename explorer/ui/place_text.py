"""What is said in words about the values on screen: at a place, of a channel, of what is no number. Without Qt."""

from __future__ import annotations

import numpy as np

from explorer.maps.differences import DIFFERENCE_NAMES
from explorer.maps.outliers import Outliers, is_finite, outliers
from explorer.maps.value_range import RangeMode
from explorer.running.activations import Array
from explorer.ui.layer_view_state import Ranges, Shown
from explorer.ui.number_text import count_text, number_text

DIGITS = 6
"""Digits of a single value: what float32 holds, less one."""


def place_text(shown: Shown, place: tuple[int, int, int]) -> str:
    """The values at (map, row, column): ``channel 3 · y 0 · x 12 · ours 1.25 · reference 1.5 …``."""
    named = shown.names
    if named is None:
        return ""
    words = [named.name(place[0])]
    if not named.is_vector:
        words += [f"y {place[1]}", f"x {place[2]}"]
    sides = (
        ("ours", None if shown.ours is None else shown.ours.values),
        (shown.theirs_word(place[0]), None if shown.theirs is None else shown.theirs.values),
        (DIFFERENCE_NAMES[shown.difference_kind], shown.difference),
        ("after the fix", None if shown.after is None else shown.after.values),
    )
    for name, values in sides:
        if values is not None and all(at < size for at, size in zip(place, values.shape, strict=True)):
            digits = DIGITS if values is not shown.difference else 3
            words.append(f"{name} {number_text(float(values[place]), digits)}")
    return " · ".join(words)


def chosen_text(shown: Shown, channel: int) -> str:
    """The range of the chosen channel in ours, and the largest difference there."""
    named = shown.names
    if named is None or channel >= named.count:
        return ""
    if named.is_vector:
        return place_text(shown, (channel, 0, 0))
    words = [named.name(channel)]
    for name, maps in (("ours", shown.ours), (shown.theirs_word(channel), shown.theirs)):
        if maps is not None and channel < maps.count:
            words.append(f"{name} {_extent(maps.values[channel])}")
    if shown.difference is not None:
        words.append(f"{DIFFERENCE_NAMES[shown.difference_kind]} {_extent(shown.difference[channel], digits=2)}")
    return " · ".join(words)


def range_note(mode: RangeMode) -> str:
    """What must be kept in mind with a range that is not the layer's own."""
    if mode == "channel":
        return "Each channel has its own range: equal colours are not equal values."
    return "Values beyond the range have the colour of its end; enlarged, they are hatched." if mode == "robust" else ""


def outlier_counts(shown: Shown, ranges: Ranges, mode: RangeMode) -> tuple[tuple[str, Outliers], ...]:
    """What the colours of each side can't show, where there is any: NaN, infinity, and what is beyond the range."""
    found = []
    for name, maps in (("ours", shown.ours), ("the reference", shown.theirs)):
        if maps is not None:
            # Every other range holds all that is finite.
            count = outliers(maps.values, ranges.values if mode == "robust" and shown.kind == "maps" else None)
            if count.total:
                found.append((name, count))
    return tuple(found)


def outlier_words(count: Outliers) -> list[tuple[str, str]]:
    """``3 NaN``, ``2 ∞``, ``14 beyond the range``, each with its kind: ``nan``, ``infinite`` or ``beyond``."""
    parts = (
        ("nan", count.nans, "NaN"),
        ("infinite", count.infinities, "∞"),
        ("beyond", count.beyond, "beyond the range"),
    )
    return [(kind, f"{count_text(number)} {word}") for kind, number, word in parts if number]


def _extent(values: Array, digits: int = 4) -> str:
    finite = values if is_finite(values) else values[np.isfinite(values)]
    if finite.size == 0:
        return "nothing finite"
    low, high = (number_text(float(end), digits) for end in (finite.min(), finite.max()))
    return low if low == high else f"{low} … {high}"
