"""What all panes look at together: one mosaic or one map, one zoom, one pan, one channel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from explorer.maps.channel_order import Order
from explorer.ui.mosaic import Mosaic, fit_mosaic

PADDING = 4
"""Device-independent pixels between the edge of a pane and a picture that fits it."""

CLOSEST = 64.0
"""At the closest zoom a pixel of a map is this many device-independent pixels wide."""


@dataclass(frozen=True)
class Lens:
    """Pane pixels per map pixel, and the place in the mosaic that the pane's left top corner shows."""

    scale: float
    x: float
    y: float


@dataclass(frozen=True)
class Pane:
    """The size of a pane in device-independent pixels, and device pixels per one of them."""

    width: int = 1
    height: int = 1
    ratio: float = 1.0


def fitted(size: tuple[int, int], pane: Pane) -> Lens:
    """The lens through which a picture of that size fits the pane, in its middle."""
    across, down = max(size[0], 1), max(size[1], 1)
    scale = min(max(pane.width - 2 * PADDING, 1) / across, max(pane.height - 2 * PADDING, 1) / down)
    return Lens(scale, (across - pane.width / scale) / 2, (down - pane.height / scale) / 2)


def kept_inside(lens: Lens, size: tuple[int, int], pane: Pane) -> Lens:
    """The nearest lens that shows no more empty space than it must."""

    def axis(place: float, length: float, visible: float) -> float:
        margin = PADDING / lens.scale
        if length + 2 * margin <= visible:
            return (length - visible) / 2
        return min(max(place, -margin), length + margin - visible)

    return replace(
        lens,
        x=axis(lens.x, size[0], pane.width / lens.scale),
        y=axis(lens.y, size[1], pane.height / lens.scale),
    )


class Viewpoint(QObject):
    """The state that linked panes share; every pane paints from it, so that none can show another place.

    ``changed`` follows every change of what is to be painted, ``channel_chosen`` a channel chosen by the person,
    ``hovered`` the place under the pointer as (channel, row, column), or None, and ``pinned`` one that was clicked,
    where ``pins`` says that clicks do that. ``blinks``: ours and the reference take turns. Channels keep their own
    numbers, whatever the order in which they stand.
    """

    changed = Signal()
    channel_chosen = Signal(int)
    hovered = Signal(object)
    pinned = Signal(object)
    stopped = Signal()
    """Blinking is to stop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count, self.height, self.width = 0, 0, 0
        self.channel = 0
        self.single = False
        self.place: tuple[int, int, int] | None = None
        self.pin: tuple[int, int, int] | None = None
        self.pins = self.blinks = False
        self.order: Order | None = None
        self._positions: Order | None = None
        self.pane = Pane()
        self._unit: int = 1
        self._whole = Mosaic(0, 0, 0, 1, 1)
        self._one = Mosaic(0, 0, 0, 1, 1)
        self.lens = Lens(1, 0, 0)

    @property
    def mosaic(self) -> Mosaic:
        """The mosaic in view: of all maps, or of the chosen one alone."""
        return self._one if self.single else self._whole

    @property
    def first(self) -> int:
        """The position of the mosaic's first map in the order of the channels."""
        return self.position(self.channel) if self.single else 0

    @property
    def is_fitted(self) -> bool:
        """Whether all of the mosaic is in view."""
        return self.lens == fitted(self.mosaic.size, self.pane)

    def show_maps(self, count: int, height: int, width: int, unit: int = 1) -> None:
        """Look at other maps, in rows of a multiple of ``unit``; of the same sizes as before, from the same place."""
        if (count, height, width, unit) == (self.count, self.height, self.width, self._unit):
            return
        self.count, self.height, self.width, self._unit = count, height, width, unit
        self.channel, self.single, self.place, self.pin = 0, False, None, None
        self.order = self._positions = None
        self._arrange()
        self.fit()

    def show_order(self, order: Order | None) -> None:
        """Let the channels stand in that order, each of them once; None is the stored one."""
        if order is self.order or (order is not None and len(order) != self.count):
            return
        self.order = order
        self._positions = None if order is None else np.argsort(order)
        self._reveal()
        self.changed.emit()

    def position(self, channel: int) -> int:
        """Where a channel stands."""
        return channel if self._positions is None else int(self._positions[channel])

    def channel_at(self, position: int) -> int:
        """The channel that stands there."""
        return position if self.order is None else int(self.order[position])

    def show_pane(self, pane: Pane) -> None:
        """Take the size of the panes, which all have the same."""
        if pane == self.pane:
            return
        was_fitted = self.is_fitted
        lens, old = self.lens, self.pane
        self.pane = pane
        before = self.mosaic
        self._arrange()
        if was_fitted or self.mosaic != before:
            self.fit()
        else:
            x, y = lens.x + old.width / lens.scale / 2, lens.y + old.height / lens.scale / 2
            self._look(Lens(lens.scale, x - pane.width / lens.scale / 2, y - pane.height / lens.scale / 2))

    def fit(self) -> None:
        """Show all of the mosaic."""
        self.lens = fitted(self.mosaic.size, self.pane)
        self.changed.emit()

    def zoom(self, factor: float, x: float | None = None, y: float | None = None) -> None:
        """Zoom about a place of the pane, its middle if none is given."""
        x = self.pane.width / 2 if x is None else x
        y = self.pane.height / 2 if y is None else y
        old = self.lens
        least = fitted(self.mosaic.size, self.pane).scale
        scale = min(max(old.scale * factor, least), max(CLOSEST, least))
        if scale == least:
            self.fit()
            return
        self._look(Lens(scale, old.x + x / old.scale - x / scale, old.y + y / old.scale - y / scale))

    def pan(self, across: float, down: float) -> None:
        """Move the picture by that many pixels of the pane."""
        lens = self.lens
        self._look(replace(lens, x=lens.x - across / lens.scale, y=lens.y - down / lens.scale))

    def choose(self, channel: int) -> None:
        """Choose a channel; numbers beyond the ends choose the end."""
        if self.count == 0:
            return
        channel = min(max(channel, 0), self.count - 1)
        if channel == self.channel:
            return
        self.channel = channel
        self._reveal()
        self.changed.emit()
        self.channel_chosen.emit(channel)

    def step(self, across: int, down: int) -> None:
        """Choose the channel so many maps further right and down; on a single map, down is the next."""
        columns = 1 if self.single else self._whole.columns
        target = self.position(self.channel) + across + down * columns
        if 0 <= target < self.count:
            self.choose(self.channel_at(target))

    def choose_end(self, *, last: bool) -> None:
        """Choose the channel that stands first, or last."""
        if self.count:
            self.choose(self.channel_at(self.count - 1 if last else 0))

    def show_single(self, single: bool) -> None:
        """Show the chosen map alone, or all of them."""
        if single == self.single or self.count == 0:
            return
        self.single = single
        self.fit()

    def go_back(self) -> None:
        """Stop blinking, or else show all maps again."""
        if self.blinks:
            self.stopped.emit()
        else:
            self.show_single(False)

    def find(self, x: float, y: float) -> tuple[int, int, int] | None:
        """The (channel, row, column) at a place of the pane."""
        found = self.mosaic.find(self.lens.x + x / self.lens.scale, self.lens.y + y / self.lens.scale)
        return None if found is None else (self.channel_at(found[0] + self.first), found[1], found[2])

    def pin_place(self, place: tuple[int, int, int] | None) -> None:
        """Keep a place in mind, which all panes mark; the same one again is let go."""
        self.pin = None if place == self.pin else place
        self.pinned.emit(self.pin)
        self.changed.emit()

    def hover(self, place: tuple[int, int, int] | None) -> None:
        """Take the place under the pointer, which all panes mark."""
        if place != self.place:
            self.place = place
            self.hovered.emit(place)
            self.changed.emit()

    def _arrange(self) -> None:
        across = max(self.pane.width - 2 * PADDING, 1) * self.pane.ratio
        down = max(self.pane.height - 2 * PADDING, 1) * self.pane.ratio
        self._whole = fit_mosaic(self.count, self.height, self.width, across, down, self._unit)
        self._one = fit_mosaic(min(self.count, 1), self.height, self.width, across, down)

    def _look(self, lens: Lens) -> None:
        self.lens = kept_inside(lens, self.mosaic.size, self.pane)
        self.changed.emit()

    def _reveal(self) -> None:
        if self.single or self.is_fitted:
            return
        left, top = self.mosaic.corner(self.position(self.channel))
        lens, pane = self.lens, self.pane
        margin = PADDING / lens.scale

        def axis(place: float, start: float, length: float, visible: float) -> float:
            return min(max(place, start + length + margin - visible), start - margin)

        x = axis(lens.x, left, self.width, pane.width / lens.scale)
        y = axis(lens.y, top, self.height, pane.height / lens.scale)
        self.lens = kept_inside(Lens(lens.scale, x, y), self.mosaic.size, pane)
