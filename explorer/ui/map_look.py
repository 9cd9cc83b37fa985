"""How a person wants to look at maps, and what is shown then: which difference, in which order. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from explorer.maps.channel_order import Order, OrderBy, largest_first, moved_first
from explorer.maps.differences import DifferenceKind, difference_of
from explorer.maps.likeness import Likeness, why_not
from explorer.ui.layer_view_state import Shown
from explorer.ui.number_text import count_text, number_text

NAMED = 4
"""Channels that stand elsewhere are named up to this many."""


@dataclass(frozen=True, eq=False)
class MapLook:
    """What was chosen; ``likeness`` is that of the maps in view, once it is found."""

    difference: DifferenceKind = "signed"
    order: OrderBy = "stored"
    likeness: Likeness | None = None


def arranged(shown: Shown, look: MapLook) -> Shown:
    """The same layer as it is to be looked at: with ``look``'s difference, order and words about both.

    Channels keep our numbers. By likeness, the reference's maps are those that ours look like, see
    :attr:`explorer.ui.layer_view_state.Shown.partners`.
    """
    found = shown
    if look.order == "likeness" and look.likeness is not None and shown.theirs is not None and shown.kind == "maps":
        partners = look.likeness.partners
        theirs = replace(shown.theirs, values=shown.theirs.values[np.asarray(partners)])
        found = replace(found, theirs=theirs, partners=partners)
    is_plain = look.difference == "signed" and found.partners is None
    if not is_plain and found.ours is not None and found.theirs is not None and found.difference is not None:
        made = difference_of(found.ours.values, found.theirs.values, look.difference)
        found = replace(found, difference=made.values, difference_kind=made.kind, difference_scale=made.scale)
    if look.order != "stored" and found.kind == "maps":
        order, note = _ordered(found, look)
        found = replace(found, order=order, order_note=note)
    return found


def can_pair(shown: Shown) -> bool:
    """Whether there are two sides whose channels can be paired by likeness."""
    return shown.ours is not None and shown.theirs is not None and not why_not(shown.ours.values, shown.theirs.values)


def difference_words(shown: Shown) -> str:
    """Say how the difference is made, where it is not plainly ours − reference."""
    if shown.difference is None or shown.kind == "nothing":
        return ""
    if shown.difference_kind == "absolute":
        return "Absolute difference: |ours − reference|."
    if shown.difference_kind == "relative":
        scale = number_text(shown.difference_scale or 0.0, 3)
        return f"Relative difference: |ours − reference| ÷ max(|reference|, {scale}), the reference's root mean square."
    return ""


def _ordered(shown: Shown, look: MapLook) -> tuple[Order | None, str]:
    counts = {maps.count for maps in (shown.ours, shown.theirs, shown.after) if maps is not None}
    if len(counts) > 1:
        return None, "As stored: the sides have unlike numbers of channels."
    if look.order == "activation":
        maps, side = (shown.ours, "ours") if shown.ours is not None else (shown.theirs, "the reference")
        if maps is None:
            return None, ""
        return largest_first(maps.values), f"Sorted by activation: mean |value| of {side}, the largest first."
    if look.order == "error":
        if shown.difference is None:
            return None, "As stored: there is no error to sort by without both sides."
        words = "the absolute" if shown.difference_kind == "signed" else f"the {shown.difference_kind}"
        return largest_first(shown.difference), f"Sorted by error: mean of {words} difference, the largest first."
    if look.likeness is None:
        return None, f"As stored: {_no_likeness(shown)}."
    return moved_first(look.likeness), likeness_words(look.likeness)


def _no_likeness(shown: Shown) -> str:
    if shown.ours is None or shown.theirs is None:
        return "there is no likeness without both sides"
    reason = why_not(shown.ours.values, shown.theirs.values)
    return reason or "each channel's likest is being looked for"


def likeness_words(found: Likeness) -> str:
    """Say which channels stand elsewhere in the reference."""
    moved = found.moved
    sampled = (
        "" if found.places == found.total else f" (by {count_text(found.places)} of {count_text(found.total)} places)"
    )
    if not moved:
        return (
            f"Sorted by likeness{sampled}: no channel looks more like another one of the reference. Least alike first."
        )
    pairs = ", ".join(
        f"our {channel} looks like {'the reference’s ' if index == 0 else ''}{found.partners[channel]}"
        for index, channel in enumerate(moved[:NAMED])
    )
    more = f" and {count_text(len(moved) - NAMED)} more" if len(moved) > NAMED else ""
    return f"Sorted by likeness{sampled}, each of ours beside its likest: {pairs}{more}. Then the least alike first."
