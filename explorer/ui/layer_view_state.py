"""What is to be shown of a layer, and what that comes to: panes, values, ranges, words. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.comparison.comparison import LayerComparison
from explorer.maps.channel_order import Order
from explorer.maps.colour_maps import Ramp
from explorer.maps.differences import DifferenceKind
from explorer.maps.feature_maps import Maps, difference, feature_maps, is_drawable, pictures_in
from explorer.maps.value_range import RangeMode, ValueRange, value_range
from explorer.running.activations import Array
from explorer.ui.number_text import shape_text

FedWith = Literal["picture", "tensor", "layer"]
"""The whole network on a picture or on the reference's input, or the layer alone on the reference's own values."""

NO_LAYER = "Choose a layer in the table or in the graph."
NO_VALUES = "Drop a picture to see what this layer makes of it."


@dataclass(frozen=True, eq=False)
class LayerView:
    """One layer as it is to be shown.

    ``ours`` and ``theirs`` are whole batches, batch first, with the channels at ``channel_axis``; theirs is
    already turned to our axes, and ``after``, what a correction makes of ours, is laid out as theirs. ``row`` is
    what the comparison says of the layer (None: nothing is compared), ``fed_with`` what ours was computed from,
    ``value`` the name of ours in the network, ``labels`` name the entries of a vector where there is one for each,
    and ``notice`` says why there are no values, where the usual reason is not the one.
    """

    title: str
    type: str
    ours: Array | None = None
    theirs: Array | None = None
    row: LayerComparison | None = None
    fed_with: FedWith | None = None
    labels: tuple[str, ...] | None = None
    channel_axis: int = 1
    shape: tuple[int, ...] | None = None
    notice: str = ""
    after: Array | None = None
    value: str = ""


@dataclass(frozen=True, eq=False)
class Shown:
    """What a :class:`LayerView` comes to, for one picture of the batch.

    ``kind`` is ``nothing`` (then ``words`` say why), ``maps`` or ``vector``. ``beside`` says whether there are
    panes for the reference and the difference, which hold either maps or ``theirs_words`` and
    ``difference_words``. ``difference_note`` says where the difference is nothing to worry about, and
    ``difference_scale`` is the least that a relative one was divided by. ``order`` is that of the channels (None: as
    stored), with words about it. ``partners`` are the reference's own numbers of the channels that stand beside ours
    in ``theirs``, where those are not the same.
    """

    kind: Literal["nothing", "maps", "vector"]
    words: str = ""
    pictures: int = 1
    beside: bool = False
    ours: Maps | None = None
    ours_words: str = ""
    theirs: Maps | None = None
    theirs_words: str = ""
    difference: Array | None = None
    difference_words: str = ""
    difference_note: str = ""
    after: Maps | None = None
    difference_kind: DifferenceKind = "signed"
    difference_scale: float | None = None
    order: Order | None = None
    order_note: str = ""
    partners: tuple[int, ...] | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Channels, height and width that hold all maps."""
        found = [maps.values.shape for maps in (self.ours, self.theirs, self.after) if maps is not None]
        count, height, width = (max((shape[axis] for shape in found), default=0) for axis in range(3))
        return count, height, width

    @property
    def names(self) -> Maps | None:
        """The maps that name the channels: those of which there are more."""
        return max((m for m in (self.ours, self.theirs) if m is not None), key=lambda maps: maps.count, default=None)

    def theirs_number(self, channel: int) -> int:
        """The reference's own number of the map that stands beside our ``channel``."""
        return channel if self.partners is None else self.partners[channel]

    def theirs_word(self, channel: int) -> str:
        """``reference``, with its channel's number where that is not ours."""
        number = self.theirs_number(channel)
        return "reference" if number == channel else f"reference’s {number}"


@dataclass(frozen=True, eq=False)
class Ranges:
    """The range that ours, theirs and the corrected share with its ramp, and the difference's own."""

    values: ValueRange
    ramp: Ramp
    difference: ValueRange | None


def resolve(view: LayerView | None, item: int = 0) -> Shown:
    """What is shown of picture ``item``."""
    if view is None:
        return Shown("nothing", NO_LAYER)
    reasons = [_reason(array) for array in (view.ours, view.theirs) if array is not None]
    if not reasons:
        return Shown("nothing", view.notice or NO_VALUES)
    if all(reasons):
        return Shown("nothing", reasons[0])
    ours, theirs = (_maps(array, item, view.channel_axis) for array in (view.ours, view.theirs))
    beside = view.theirs is not None or view.row is not None
    pictures = max(pictures_in(array) for array in (view.ours, view.theirs) if array is not None)
    theirs_words = "" if theirs is not None else _theirs_words(view)
    ours_words = "" if ours is not None else (view.notice or "Our own value is not at hand.")
    words = ""
    if ours is not None and theirs is not None and ours.is_vector != theirs.is_vector:
        theirs, theirs_words = None, _unlike(view)
    found = None
    if ours is None or theirs is None:
        words = "No difference without both."
    elif ours.values.shape != theirs.values.shape:
        words = "No difference: the shapes are not the same."
    else:
        found = difference(ours.values, theirs.values)
    named = ours or theirs
    kind: Literal["maps", "vector"] = "vector" if named is not None and named.is_vector else "maps"
    note = "" if found is None else _difference_note(view, found)
    after = _maps(view.after, item, view.channel_axis)
    if after is not None and (named is None or after.is_vector != named.is_vector):
        after = None
    return Shown(kind, "", pictures, beside, ours, ours_words, theirs, theirs_words, found, words, note, after)


def ranges(shown: Shown, mode: RangeMode) -> Ranges:
    """The ranges of what is shown."""
    values = [maps.values for maps in (shown.ours, shown.theirs, shown.after) if maps is not None]
    span = value_range(values, mode)
    other = None
    if shown.difference is not None:
        signed = shown.difference_kind == "signed"
        other = value_range([shown.difference], mode, difference=signed)
        # A magnitude begins at zero, or rounding that is the same everywhere would look like a large difference.
        other = other if signed else ValueRange(np.zeros_like(other.low), other.high, diverging=False)
    return Ranges(span, "signed" if span.diverging else "values", other)


def shapes_text(view: LayerView) -> tuple[str, str | None, bool]:
    """Our shape, the reference's (None: there is none), and whether they are the same.

    A reference that keeps its axes in another order counts as the same, and shows as it is recorded.
    """
    row = view.row
    known = row.shape if row is not None and row.shape is not None else view.shape
    ours = known if view.ours is None else view.ours.shape
    theirs = view.theirs.shape if view.theirs is not None else None if row is None else row.reference_shape
    if ours is None:
        return "", None if theirs is None else shape_text(theirs), theirs is None
    if theirs is None:
        return shape_text(ours), None, True
    batch = ours[:1] != theirs[:1] and len(ours) > 1 and len(theirs) > 1
    same = tuple(ours) == tuple(theirs) or (view.theirs is None and row is not None and row.axes is not None)
    return shape_text(ours, batch=batch), shape_text(theirs, batch=batch), same


def recorded_note(view: LayerView) -> str:
    """Say where the reference's array is not this layer's alone, or has its axes in another order."""
    row = view.row
    if row is None or row.reference_key is None:
        return ""
    notes = []
    if view.title in row.stretch:
        place = row.stretch.index(view.title)
        before, after = row.stretch[:place], row.stretch[place + 1 :]
        if after:
            notes.append(f"recorded after {after[-1]}, in place")
        if before:
            notes.append(f"compared together with {', '.join(before)}")
    if row.axes is not None and row.axes != tuple(range(len(row.axes))) and row.reference_shape is not None:
        notes.append(f"recorded as {shape_text(row.reference_shape)}")
    return " · ".join(notes)


def input_text(fed_with: FedWith | None) -> str:
    """Say what the network was fed with."""
    if fed_with is None:
        return ""
    if fed_with == "layer":
        return "this layer alone on the reference's values"
    return "input: the picture" if fed_with == "picture" else "input: the reference's tensor"


def _reason(array: Array) -> str:
    if not is_drawable(array):
        entries = "text" if array.dtype.kind in "SUT" else array.dtype.name
        return f"This layer's value holds {entries}, which cannot be drawn."
    if array.size == 0:
        return f"This layer's value is empty: {shape_text(array.shape, batch=True)}."
    return ""


def _maps(array: Array | None, item: int, channel_axis: int) -> Maps | None:
    if array is None or _reason(array):
        return None
    return feature_maps(array, item=min(item, pictures_in(array) - 1), channel_axis=channel_axis)


def _difference_note(view: LayerView, found: Array) -> str:
    # The difference has a range of its own, so that rounding alone looks as colourful as a mistake.
    if not found.any():
        return "none"
    return "rounding" if view.row is not None and view.row.verdict == "match" else ""


def _theirs_words(view: LayerView) -> str:
    if view.theirs is not None:
        return _reason(view.theirs)
    if view.row is None:
        return ""
    if view.row.verdict == "not compared":
        return "The reference does not hold this layer."
    return _unlike(view) if view.row.verdict == "shape" else "The reference's values are not at hand."


def _unlike(view: LayerView) -> str:
    ours, theirs, _ = shapes_text(view)
    return f"The reference's {theirs or 'value'} cannot be laid beside {ours}."
