"""Below the maps: how the values are spread, ours against the reference, the weights, and a channel on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array
from explorer.ui.channel_on_picture import ChannelOnPicture
from explorer.ui.focus_order import chain_widgets
from explorer.ui.kernels import ChannelOrder, Weight
from explorer.ui.statistics_table import StatisticsTable
from explorer.ui.theme import GRID, Theme
from explorer.ui.weights_view import WeightsView

if TYPE_CHECKING:
    from explorer.ui.error_plots import HistogramPlot, ScatterPlot

ON_PICTURE = 3
"""The tab with the channel on the picture."""


class PlotTabs(QTabWidget):
    """Four tabs; only the one in view is brought up to date, the others when they are chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plots")
        self.setDocumentMode(True)
        self.tabBar().setAccessibleName("Values, scatter and weights of the layer")
        self._theme = theme
        self._values: tuple[Array | None, Array | None] = (None, None)
        self._span: ValueRange | None = None
        self._weights: tuple[Sequence[Weight], ChannelOrder] = ((), "RGB")
        self._stale: set[int] = set()
        self._wanted = 0
        self.histogram: HistogramPlot | None = None
        self.scatter: ScatterPlot | None = None
        self.statistics = StatisticsTable(theme, ("ours", "reference"))
        self.weights = WeightsView(theme)
        self.on_picture = ChannelOnPicture(theme)
        self.has_weights = False
        self._spread = QWidget()
        self._spread_row = QHBoxLayout(self._spread)
        self._spread_row.setContentsMargins(0, GRID, 0, 0)
        self._spread_row.setSpacing(GRID * 2)
        self._spread_row.addWidget(self.statistics)
        self._against = QWidget()
        self._against_column = QVBoxLayout(self._against)
        self._against_column.setContentsMargins(0, GRID, 0, 0)
        weights = QWidget()
        column = QVBoxLayout(weights)
        column.setContentsMargins(0, GRID, 0, 0)
        column.addWidget(self.weights)
        self.addTab(self._spread, "Values")
        self.addTab(self._against, "Scatter")
        self.addTab(weights, "Weights")
        self.addTab(self.on_picture, "On the picture")
        self.currentChanged.connect(self._choose)
        self.show_values(None, None)

    def show_values(self, ours: Array | None, theirs: Array | None, span: ValueRange | None = None) -> None:
        """Show the values of one picture; either side may be missing. ``span`` is a range that cuts some off."""
        self._values, self._span = (ours, theirs), span
        self._stale |= {0, 1}
        self._bring_up(self.currentIndex())

    def show_weights(self, weights: Sequence[Weight], order: ChannelOrder = "RGB") -> None:
        """Show the layer's weights."""
        self.has_weights = bool(weights)
        self._weights = (weights, order)
        self._stale.add(2)
        self._bring_up(self.currentIndex())

    def show_tabs(self, *, values: bool) -> None:
        """Offer the plots of values only where there are any, and the weights where the layer has some."""
        wanted = self._wanted
        for tab in (0, 1, ON_PICTURE):
            self.setTabEnabled(tab, values)
        # Disabling the tab in view chooses another one, which nobody asked for.
        self.setCurrentIndex(wanted if values else 2)
        self._wanted = wanted

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for widget in (self.statistics, self.weights, self.on_picture, self.histogram, self.scatter):
            if widget is not None:
                widget.show_theme(theme)

    def minimumSizeHint(self) -> QSize:
        # The figures are the highest of what is in it, and would be cut before they make way.
        return QSize(GRID * 40, self.tabBar().sizeHint().height() + GRID + self.statistics.sizeHint().height() + GRID)

    def _choose(self, tab: int) -> None:
        self._wanted = tab
        self._bring_up(tab)

    def _bring_up(self, tab: int) -> None:
        if tab not in self._stale:
            return
        self._stale.discard(tab)
        if tab == 2:
            self.weights.show_weights(*self._weights)
            return
        ours, theirs = self._values
        if tab == 0:
            self.statistics.show_values(ours, theirs)
            self.statistics.setVisible(ours is not None or theirs is not None)
        if ours is None and theirs is None and self.histogram is None:
            return
        # pyqtgraph takes longer to import than the window to paint first.
        from explorer.ui.error_plots import HistogramPlot, ScatterPlot

        if tab == 0:
            if self.histogram is None:
                self.histogram = HistogramPlot(self._theme)
                self._spread_row.addWidget(self.histogram, 1)
                chain_widgets((self.statistics, self.histogram.logarithmic))
            self.histogram.show_values(ours, theirs, self._span)
        else:
            if self.scatter is None:
                self.scatter = ScatterPlot(self._theme)
                self._against_column.addWidget(self.scatter)
            self.scatter.show_values(ours, theirs)
