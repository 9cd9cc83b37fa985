"""The panel of one layer: its maps beside the reference's, how far they are apart, and the weights."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from explorer.maps.colour_maps import INFINITE_COLOUR, NAN_COLOUR
from explorer.ui.kernels import ChannelOrder
from explorer.ui.layer_header import LayerHeader
from explorer.ui.layer_view_state import LayerView, Ranges, Shown, ranges, resolve
from explorer.ui.map_controls import MapControls
from explorer.ui.map_panes import MapPanes
from explorer.ui.number_text import count_text
from explorer.ui.place_text import chosen_text, not_finite_counts, place_text, range_note
from explorer.ui.plot_tabs import PlotTabs
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import BODY, GRID, SMALL, Theme
from explorer.ui.vector_bars import Order, VectorBars
from explorer.ui.viewpoint import Viewpoint
from explorer.ui.weights_view import Weight

LEAST, PLOTS_LEAST = 38 * GRID, 58 * GRID
"""Height of the whole panel, and that below which the plots make way for the maps."""

PLOTS_AFTER = 40
"""Milliseconds until the plots follow: maps are painted first, and a layer that is only passed gets none."""


class ComparisonView(QWidget):
    """Shows a :class:`LayerView`; ``channel_chosen`` follows a channel that the person chooses."""

    channel_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparison-view")
        self.setAccessibleName("Feature maps and comparison")
        self._view: LayerView | None = None
        self._shown: Shown = resolve(None)
        self._ranges: Ranges | None = None
        self._item = 0
        self._controlled: tuple[int, int, bool] | None = None

        self.header = LayerHeader(theme)
        self.controls = MapControls(theme)
        self.viewpoint = Viewpoint(self)
        self.panes = MapPanes(self.viewpoint, theme)
        self.bars = VectorBars(theme)
        self.plots = PlotTabs(theme)
        self.words = TextLabel(theme, size=BODY, colour="muted")
        self.words.setObjectName("empty-words")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.range_note = TextLabel(theme, size=SMALL, colour="inherits")
        self.range_note.setObjectName("range-note")
        self.range_note.setWordWrap(True)
        self.not_finite = TextLabel(theme, size=SMALL)
        self.not_finite.setObjectName("not-finite")
        self.not_finite.setTextFormat(Qt.TextFormat.RichText)
        self.not_finite.setWordWrap(True)
        self.status = ElidedLabel(theme, size=SMALL, colour="muted")
        self.status.setObjectName("place")
        self._lay_out()

        self._plots_due = QTimer(self, singleShot=True, interval=PLOTS_AFTER)
        self._plots_due.timeout.connect(self._show_plots)
        self.viewpoint.channel_chosen.connect(self._take_channel)
        self.viewpoint.hovered.connect(self._show_place)
        self.viewpoint.changed.connect(self._show_controls)
        self.bars.chosen.connect(self.viewpoint.choose)
        self.bars.hovered.connect(lambda index: self._show_place(None if index is None else (index, 0, 0)))
        self.controls.channel_asked.connect(self.viewpoint.choose)
        self.controls.single_asked.connect(self.viewpoint.show_single)
        self.controls.range_asked.connect(self._show_values)
        self.controls.order_asked.connect(self.bars.show_order)
        self.controls.item_asked.connect(self._take_item)
        self.show_layer(None)

    def show_layer(self, view: LayerView | None) -> None:
        """Show a layer; another view of the same one keeps channel, zoom and picture of the batch."""
        if view is self._view and view is not None:
            return
        another = view is None or self._view is None or view.title != self._view.title
        self._view = view
        self.header.show_layer(view)
        if another:
            self._item = 0
            self.viewpoint.show_maps(0, 0, 0)
        self._show_item()
        if another:
            order: Order = "largest" if self.bars.is_labelled else "index"
            self.bars.show_order(order)
            self.controls.show_order(order)

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
        for label in (self.words, self.range_note, self.not_finite, self.status):
            label.show_theme(theme)

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
        column.addWidget(self.controls)
        column.addWidget(self._pages, 1)
        column.addWidget(self.range_note)
        column.addWidget(self.not_finite)
        column.addWidget(self.status)
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
        self._shown = resolve(self._view, self._item)
        shown = self._shown
        self.words.setText(shown.words)
        self.words.setVisible(shown.kind == "nothing")
        self._maps.setVisible(shown.kind != "nothing")
        self._show_plot_area()
        if shown.kind == "nothing":
            self.plots.show_values(None, None)
            self._plots_due.stop()
            return
        self._pages.setCurrentWidget(self.bars if shown.kind == "vector" else self.panes)
        self.controls.show_kind(vector=shown.kind == "vector")
        self.controls.show_item(self._item, shown.pictures)
        self.viewpoint.show_maps(*shown.sizes)
        self._show_values()
        self._plots_due.start()

    def _show_values(self) -> None:
        shown = self._shown
        self._ranges = ranges(shown, self.controls.range_mode())
        if shown.kind == "vector":
            labels = self._view.labels if self._view is not None else None
            ours = None if shown.ours is None else shown.ours.values.reshape(-1)
            theirs = None if shown.theirs is None else shown.theirs.values.reshape(-1)
            after = None if shown.after is None else shown.after.values.reshape(-1)
            self.bars.show_vector(ours, theirs, labels, after)
            self.bars.show_chosen(self.viewpoint.channel, reveal=False)
        else:
            self.panes.show_maps(shown, self._ranges)
        self._show_notes()
        self._show_place(None)
        self._show_controls()

    def _show_notes(self) -> None:
        note = range_note(self.controls.range_mode()) if self._shown.kind == "maps" else ""
        self.range_note.setText(note)
        self.range_note.setVisible(bool(note))
        colours = {"NaN": NAN_COLOUR, "infinite": INFINITE_COLOUR}
        counts = not_finite_counts(self._shown)
        self.not_finite.setText(
            "&nbsp;&nbsp; ".join(
                f'<span style="color: {colours[kind]}">■</span> {count_text(count)} {kind} in {side}'
                for count, kind, side in counts
            )
        )
        self.not_finite.setVisible(bool(counts))

    def _show_controls(self) -> None:
        state = (self.viewpoint.channel, self.viewpoint.count, self.viewpoint.single)
        # The viewpoint changes with every move of the pointer, which the controls have no part in.
        if state != self._controlled:
            self._controlled = state
            self.controls.show_channel(*state[:2])
            self.controls.show_single(state[2])

    def _show_place(self, place: tuple[int, int, int] | None) -> None:
        if place is None:
            self.status.setText(chosen_text(self._shown, self.viewpoint.channel))
        else:
            self.status.setText(place_text(self._shown, place))

    def _show_plots(self) -> None:
        shown = self._shown
        ours = None if shown.ours is None else shown.ours.values
        theirs = None if shown.theirs is None else shown.theirs.values
        self.plots.show_values(ours, theirs)

    def _show_plot_area(self) -> None:
        has_values = self._shown.kind != "nothing"
        self.plots.show_tabs(values=has_values)
        self.plots.setVisible(not has_values or self.height() >= PLOTS_LEAST)
        self._splitter.setVisible(has_values or self.plots.has_weights)

    def _take_channel(self, channel: int) -> None:
        self.bars.show_chosen(channel)
        self._show_place(None)
        self.channel_chosen.emit(channel)

    def _take_item(self, item: int) -> None:
        self._item = item
        self._show_item()
