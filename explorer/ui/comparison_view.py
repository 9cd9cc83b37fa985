"""The panel of one layer: its maps beside the reference's, how far they are apart, and the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from explorer.maps.channel_order import OrderBy
from explorer.maps.differences import DifferenceKind
from explorer.maps.feature_maps import flat_values, values_of
from explorer.maps.likeness import Likeness
from explorer.maps.value_range import RangeMode
from explorer.running.activations import Array
from explorer.ui.channel_on_picture import POINT
from explorer.ui.kernels import ChannelOrder, Weight
from explorer.ui.layer_header import LayerHeader
from explorer.ui.layer_view_state import LayerView, Ranges, Shown, ranges, resolve
from explorer.ui.map_controls import MapControls
from explorer.ui.map_look import MapLook, arranged, can_pair, difference_words
from explorer.ui.map_marks import outliers_html
from explorer.ui.map_panes import MapPanes
from explorer.ui.place_text import chosen_text, place_text, range_note
from explorer.ui.plot_tabs import ON_PICTURE, PlotTabs
from explorer.ui.swapping import SWAP_KEYS, Swapping
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import BODY, GRID, SMALL, Theme
from explorer.ui.vector_bars import Order, VectorBars
from explorer.ui.view_keys import press
from explorer.ui.viewpoint import Viewpoint

if TYPE_CHECKING:
    from explorer.ui.seen_field import SeenField

LEAST, PLOTS_LEAST = 38 * GRID, 58 * GRID
"""Height of the whole panel, and that below which the plots make way for the maps."""

PLOTS_AFTER = 40
"""Milliseconds until the plots follow: maps are painted first, and a layer that is only passed gets none."""

BAR_ORDERS: dict[OrderBy, Order] = {"stored": "index", "activation": "largest", "error": "error", "likeness": "index"}
"""The order of a vector's bars that the order of channels comes to."""


class ComparisonView(QWidget):
    """Shows a :class:`LayerView`; ``channel_chosen`` follows a channel that the person chooses.

    What is to be looked at, and how, is in :attr:`look`; ``likeness_wanted`` asks for what only a worker should
    compute: (ours, theirs), to be answered by :meth:`show_likeness`.
    """

    channel_chosen = Signal(int)
    likeness_wanted = Signal(object)
    fields_asked = Signal(bool)
    looked = Signal()
    """What is shown, or how, is another."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparison-view")
        self.setAccessibleName("Feature maps and comparison")
        self._view: LayerView | None = None
        self._whole: Shown = resolve(None)
        self._shown: Shown = self._whole
        self._ranges: Ranges | None = None
        self._item = 0
        self._insists = False
        self._controlled: tuple[int, int, bool] | None = None
        self.look = MapLook()

        self.header = LayerHeader(theme)
        self.controls = MapControls(theme)
        self.viewpoint = Viewpoint(self)
        self.panes = MapPanes(self.viewpoint, theme)
        self.swapping = Swapping(self)
        self.bars = VectorBars(theme)
        self.plots = PlotTabs(theme)
        self.words = TextLabel(theme, size=BODY, colour="muted")
        self.words.setObjectName("empty-words")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.range_note = _note("range-note", theme, "inherits")
        self.look_note = _note("look-note", theme, "muted")
        self.outliers = _note("outliers", theme, "text")
        self.outliers.setTextFormat(Qt.TextFormat.RichText)
        self.status = ElidedLabel(theme, size=SMALL, colour="muted")
        self.status.setObjectName("place")
        self.field_note = ElidedLabel(theme, size=SMALL, colour="muted")
        self.field_note.setObjectName("field")
        self.field_note.hide()
        self._lay_out()

        self._plots_due = QTimer(self, singleShot=True, interval=PLOTS_AFTER)
        self._plots_due.timeout.connect(self._show_plots)
        self.viewpoint.channel_chosen.connect(self._take_channel)
        self.viewpoint.hovered.connect(self._show_place)
        self.viewpoint.pinned.connect(lambda _: self._show_place(self.viewpoint.place))
        self.viewpoint.changed.connect(self._show_controls)
        self.swapping.changed.connect(self._show_swapped)
        self.viewpoint.stopped.connect(self.swapping.stop)
        self.bars.chosen.connect(self.viewpoint.choose)
        self.bars.hovered.connect(lambda index: self._show_place(None if index is None else (index, 0, 0)))
        self.controls.channel_asked.connect(self.viewpoint.choose)
        self.controls.single_asked.connect(self.viewpoint.show_single)
        self.controls.range_asked.connect(self.show_range)
        self.controls.sort_asked.connect(self.sort_channels)
        self.controls.difference_asked.connect(self.show_difference)
        self.controls.order_asked.connect(self.bars.show_order)
        self.controls.item_asked.connect(self._take_item)
        self.plots.on_picture.fields_asked.connect(self.ask_fields)
        self.plots.currentChanged.connect(self._show_field_note)
        self.show_layer(None)

    @property
    def view(self) -> LayerView | None:
        """The layer that is shown."""
        return self._view

    @property
    def shown(self) -> Shown:
        """What is on screen of it."""
        return self._shown

    @property
    def ranges(self) -> Ranges | None:
        """The values that the ends of the colours stand for."""
        return self._ranges

    def show_layer(self, view: LayerView | None) -> None:
        """Show a layer; another view of the same one keeps channel, zoom and picture of the batch."""
        if view is self._view and view is not None:
            return
        another = view is None or self._view is None or view.title != self._view.title
        self._view = view
        self.header.show_layer(view)
        if another:
            self._item = 0
            self.swapping.stop()
            self.viewpoint.show_maps(0, 0, 0)
        self._show_item()
        if another:
            order: Order = "largest" if self.bars.is_labelled else "index"
            self.bars.show_order(order)
            self.controls.show_order(order)

    def show_difference(self, kind: DifferenceKind) -> None:
        """Show that difference from now on."""
        self.look = replace(self.look, difference=kind)
        self._show_values()

    def sort_channels(self, order: OrderBy) -> None:
        """Let the channels of this and every other layer stand in that order; those of a vector until the next one."""
        self.look = replace(self.look, order=order)
        if self._shown.kind == "vector":
            self.bars.show_order(BAR_ORDERS[order])
            self.controls.show_order(BAR_ORDERS[order])
        self._show_values()
        self._ask_likeness()

    def show_range(self, mode: RangeMode) -> None:
        """Take the ranges of the colours from the layer, each channel, or the middle of the values."""
        self.controls.show_range(mode)
        self._show_values()
        if self._shown.kind != "nothing":
            self._plots_due.start()

    def show_likeness(self, ours: Array, likeness: Likeness) -> None:
        """Take the likeness of the channels, which was found for ``ours``."""
        if self._whole.ours is not None and self._whole.ours.values is ours:
            self.look = replace(self.look, likeness=likeness)
            self._show_values()

    @property
    def is_on_picture(self) -> bool:
        """Whether the chosen channel is seen on the picture."""
        return self.plots.currentIndex() == ON_PICTURE and self.plots.isVisibleTo(self)

    def toggle_on_picture(self) -> None:
        """Show the chosen channel on the picture, or the plots again."""
        self._put_on_picture(not self.is_on_picture)
        self.looked.emit()

    def toggle_fields(self) -> None:
        """Show on the picture what the value under the pointer is computed from, or no longer."""
        self.ask_fields(not self.shows_fields)
        if self.shows_fields:
            self._put_on_picture(True)
        self.looked.emit()

    @property
    def shows_fields(self) -> bool:
        """Whether it is to be seen what the value under the pointer is computed from."""
        return self.viewpoint.pins

    def ask_fields(self, on: bool) -> None:
        """Show, or no longer, what the value under the pointer is computed from; a click pins one."""
        self.viewpoint.pins = on
        if not on:
            self.viewpoint.pin_place(None)
        self.plots.on_picture.show_fields_on(on)
        self._show_field_note()
        self.fields_asked.emit(on)

    def show_field(self, seen: SeenField | None, words: str) -> None:
        """Show what the value in view is computed from, and say it."""
        self.plots.on_picture.show_field(seen, words)
        self.field_note.setText(words or POINT)

    def put_off_plots(self) -> None:
        """Another layer is on its way: plots of this one that are still due wait for it, and are its own then."""
        if self._plots_due.isActive():
            self._plots_due.start()

    def show_weights(self, weights: Sequence[Weight], order: ChannelOrder = "RGB") -> None:
        """Show the layer's weights: name, values, and where they came from."""
        self.plots.show_weights(weights, order)
        self._show_plot_area()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for widget in (self.header, self.controls, self.panes, self.bars, self.plots):
            widget.show_theme(theme)
        for label in (self.words, self.range_note, self.look_note, self.outliers, self.status, self.field_note):
            label.show_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat() or not self.panes.has_both or not press(self.swapping, SWAP_KEYS, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_X and not event.isAutoRepeat():
            self.swapping.hold(False)
        else:
            super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_plot_area()

    def minimumSizeHint(self) -> QSize:
        # Without the plots, which make way where the maps would have no room beside them.
        return QSize(super().minimumSizeHint().width(), LEAST)

    def sizeHint(self) -> QSize:
        return QSize(GRID * 58, GRID * 90)

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.panes)
        self._pages.addWidget(self.bars)
        maps = QWidget()
        column = QVBoxLayout(maps)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        for part in (self.outliers, self.controls):
            column.addWidget(part)
        column.addWidget(self._pages, 1)
        for part in (self.range_note, self.look_note, self.status, self.field_note):
            column.addWidget(part)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setObjectName("maps-and-plots")
        self._splitter.setHandleWidth(GRID)
        self._splitter.addWidget(maps)
        self._splitter.addWidget(self.plots)
        self._splitter.setCollapsible(0, False)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID, GRID, GRID, GRID)
        outer.setSpacing(GRID)
        outer.addWidget(self.header)
        outer.addWidget(self.words, 1)
        outer.addWidget(self._splitter, 1)
        self._maps = maps

    def _show_item(self) -> None:
        self._whole = self._shown = resolve(self._view, self._item)
        self.look = replace(self.look, likeness=None)
        shown = self._whole
        self.words.setText(shown.words)
        self.words.setVisible(shown.kind == "nothing")
        self._maps.setVisible(shown.kind != "nothing")
        self._show_plot_area()
        if shown.kind == "nothing":
            self.plots.show_values(None, None)
            self._plots_due.stop()
            self.looked.emit()
            return
        self._pages.setCurrentWidget(self.bars if shown.kind == "vector" else self.panes)
        self.controls.show_kind(vector=shown.kind == "vector", beside=shown.beside)
        self.controls.show_item(self._item, shown.pictures)
        self.viewpoint.show_maps(*shown.sizes)
        self._show_values()
        self._plots_due.start()
        self._ask_likeness()

    def _show_values(self) -> None:
        self._shown = shown = arranged(self._whole, self.look)
        if shown.kind == "nothing":
            return
        self._ranges = ranges(shown, self.controls.range_mode())
        self.controls.show_look(self.look.order, self.look.difference)
        if shown.kind == "vector":
            labels = self._view.labels if self._view is not None else None
            self.bars.show_vector(flat_values(shown.ours), flat_values(shown.theirs), labels, flat_values(shown.after))
            self.bars.show_chosen(self.viewpoint.channel, reveal=False)
        else:
            self.panes.show_maps(shown, self._ranges)
        self._show_notes()
        self._show_place(None)
        self._show_controls()
        self._show_on_picture()
        self.looked.emit()

    def _show_notes(self) -> None:
        mode, shown = self.controls.range_mode(), self._shown
        notes = (
            (self.range_note, range_note(mode) if shown.kind == "maps" else ""),
            (self.look_note, " ".join(filter(None, (difference_words(shown), shown.order_note)))),
            (self.outliers, "" if self._ranges is None else outliers_html(shown, self._ranges, mode)),
        )
        for label, text in notes:
            label.setText(text)
            label.setVisible(bool(text))

    def _show_controls(self) -> None:
        state = (self.viewpoint.channel, self.viewpoint.count, self.viewpoint.single)
        # The viewpoint changes with every move of the pointer, which the controls have no part in.
        if state != self._controlled:
            self._controlled = state
            self.controls.show_channel(*state[:2])
            self.controls.show_single(state[2])

    def _show_swapped(self) -> None:
        self.viewpoint.blinks = self.swapping.blinks
        self.panes.show_swapped(self.swapping.is_swapped, blinking=self.swapping.blinks)

    def _show_place(self, place: tuple[int, int, int] | None) -> None:
        place = place or self.viewpoint.pin
        if place is None:
            self.status.setText(chosen_text(self._shown, self.viewpoint.channel))
        else:
            self.status.setText(place_text(self._shown, place))

    def _show_plots(self) -> None:
        shown = self._whole
        span = self._ranges.values if self._ranges is not None and self.controls.range_mode() == "robust" else None
        self.plots.show_values(values_of(shown.ours), values_of(shown.theirs), span)

    def _show_plot_area(self) -> None:
        has_values = self._whole.kind != "nothing"
        self.plots.show_tabs(values=has_values)
        self.plots.setVisible(not has_values or self._insists or self.height() >= PLOTS_LEAST)
        self._splitter.setVisible(has_values or self.plots.has_weights)

    def _put_on_picture(self, on: bool) -> None:
        # What was asked for gets its room even where the maps need it.
        self._insists = on
        self.plots.setCurrentIndex(ON_PICTURE if on else 0)
        self._show_plot_area()
        self._show_field_note()

    def _show_field_note(self) -> None:
        # Not for each value: the maps would move under the pointer.
        self.field_note.setVisible(self.shows_fields and not self.is_on_picture)

    def _show_on_picture(self) -> None:
        sides = self.panes.pictures if self._shown.kind == "maps" else ()
        self.plots.on_picture.show_channel(sides, self.viewpoint.channel)

    def _ask_likeness(self) -> None:
        whole = self._whole
        wanted = self.look.order == "likeness" and self.look.likeness is None and can_pair(whole)
        if wanted and whole.kind == "maps" and whole.ours is not None and whole.theirs is not None:
            self.likeness_wanted.emit((whole.ours.values, whole.theirs.values))

    def _take_channel(self, channel: int) -> None:
        self.bars.show_chosen(channel)
        self._show_place(None)
        self._show_on_picture()
        self.channel_chosen.emit(channel)

    def _take_item(self, item: int) -> None:
        self._item = item
        self._show_item()


def _note(name: str, theme: Theme, colour: str) -> TextLabel:
    made = TextLabel(theme, size=SMALL, colour=colour)
    made.setObjectName(name)
    made.setWordWrap(True)
    return made
