"""All layers in the order of the data: verdict, name, type, shape, and the error beside its noise floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer.comparison.comparison import Comparison
from explorer.ui.layer_model import ERROR, NAME, OUTPUT, ROW, STATE, TIME, TYPE, LayerModel, LayerProxy
from explorer.ui.layer_rows import LayerRow, RowState, layer_rows
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme, mark_colour
from explorer.ui.value_axis import log_fraction

if TYPE_CHECKING:
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.session.answers import Timed

LONGER_BAR = 6 * GRID
"""By how much the bars of errors grow where there is room."""

ROW_HEIGHT = 3 * GRID + GRID // 2
SAMPLES = {TYPE: "Convolution", OUTPUT: "512×112×112", ERROR: "1.2e-7", TIME: "12.3"}
"""What is to fit into a column."""

NAME_WIDTH = 20 * GRID
"""Room that the names keep; where it is less, the type makes way first and then the shape."""


class LayerTable(QWidget):
    """A tree of modules and layers; one row is chosen, and it is the layer that all views show."""

    layer_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layer_table")
        self.setProperty("panel", True)
        self.model = LayerModel(theme, self)
        self.proxy = LayerProxy(self.model, self)
        self.view = QTreeView(self)
        self.view.setObjectName("layers")
        self.view.setAccessibleName("Layers")
        self.view.setModel(self.proxy)
        self._errors = ErrorDelegate(theme, self.view)
        self._rows = RowDelegate(self.view)
        metrics = QFontMetrics(sized(self.font(), SMALL))
        self._widths = {column: metrics.horizontalAdvance(text) + 2 * GRID for column, text in SAMPLES.items()}
        self._arrange_view()
        self._nothing = TextLabel(theme, "", size=SMALL, colour="muted", parent=self)
        self._nothing.setObjectName("no_layers")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._nothing)
        column.addWidget(self.view, 1)
        self.view.selectionModel().currentChanged.connect(self._tell_choice)
        self._network: Network | None = None

    def show_network(self, network: Network | None, modules: Modules | None = None) -> None:
        """Show the layers of a network, grouped by its modules; modules that were open by that name stay open."""
        self.show_rows(network, () if network is None else layer_rows(network, modules))

    def show_rows(self, network: Network | None, rows: Sequence[LayerRow]) -> None:
        """The same with the network's rows, which were made beforehand."""
        opened = {*self._open_modules()}
        self._network = network
        with QSignalBlocker(self):
            self.model.show_rows(rows)
            for name in opened:
                self.view.expand(self.proxy.mapFromSource(self.model.index_of(name)))
        self.view.setColumnHidden(ERROR, True)
        self.view.setColumnHidden(TIME, True)
        self._fit_columns()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of each layer."""
        self.model.show_comparison(comparison)
        self.view.setColumnHidden(ERROR, comparison is None)
        self._fit_columns()

    def show_timed(self, timed: Timed | None) -> None:
        """Show how long each layer takes."""
        self.model.show_timed(timed)
        self.view.setColumnHidden(TIME, timed is None)
        self._fit_columns()

    def show_layer(self, layer: str | None) -> None:
        """Choose a row without telling anybody."""
        index = self.proxy.mapFromSource(self.model.index_of(layer)) if layer else QModelIndex()
        if index == self.view.currentIndex().siblingAtColumn(0):
            return
        with QSignalBlocker(self):
            self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)

    def show_filter(self, text: str) -> None:
        """Show only the rows that pass ``text``."""
        self.proxy.show_only(text)
        if text.strip():
            self.view.expandAll()
        empty = self.proxy.rowCount() == 0 and self._network is not None
        self._nothing.setText(f"No layer is like “{text.strip()}”." if empty else "")
        self._nothing.setVisible(empty)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.model.show_theme(theme)
        self._errors.show_theme(theme)
        self._nothing.show_theme(theme)

    def choose_first(self) -> None:
        """Choose the first layer that passes the filter, and give the keyboard to the table."""
        index = self.proxy.index(0, 0)
        while index.isValid() and index.data(ROW).is_module:
            index = self.proxy.index(0, 0, index)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _open_modules(self) -> Iterator[str]:
        waiting = [self.view.rootIndex()]
        while waiting:
            parent = waiting.pop()
            for number in range(self.proxy.rowCount(parent)):
                index = self.proxy.index(number, 0, parent)
                if self.view.isExpanded(index):
                    yield index.data(ROW).name
                    waiting.append(index)

    def _arrange_view(self) -> None:
        view = self.view
        view.setUniformRowHeights(True)
        view.setIndentation(2 * GRID - 2)
        view.setAlternatingRowColors(False)
        view.setAllColumnsShowFocus(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setItemDelegate(self._rows)
        view.setItemDelegateForColumn(ERROR, self._errors)
        header = view.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(GRID)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in self._widths.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)

    def _fit_columns(self) -> None:
        room = self.view.viewport().width() - NAME_WIDTH
        if not self.view.isColumnHidden(ERROR):
            room -= self._widths[ERROR]
        if not self.view.isColumnHidden(TIME):
            room -= self._widths[TIME]
        for column in (OUTPUT, TYPE):
            room -= self._widths[column]
            self.view.setColumnHidden(column, room < 0)
            room = room if room >= 0 else room + self._widths[column]
        # What is left over, the names and the bars share.
        longer = min(max(room // 2, 0), LONGER_BAR)
        self.view.header().resizeSection(ERROR, self._widths[ERROR] + longer)

    def _tell_choice(self, index: QModelIndex, before: QModelIndex) -> None:
        row: LayerRow | None = index.siblingAtColumn(0).data(ROW)
        if row is not None and not row.is_module:
            self.layer_chosen.emit(row.name)


class RowDelegate(QStyledItemDelegate):
    """Rows of one height."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)


class ErrorDelegate(RowDelegate):
    """An error as a number over a logarithmic bar, with a tick where the noise floor is."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        text = index.data()
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        state: RowState | None = index.data(STATE)
        if not text or state is None:
            return
        place = QRectF(option.rect).adjusted(GRID / 2, 2, -GRID, -GRID / 2)
        painter.save()
        painter.setFont(sized(QFont(option.font), SMALL))
        painter.setPen(QColor(self._theme.text))
        top = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(place, int(top), text)
        track = QRectF(place.left(), place.bottom() - 4, place.width(), 4)
        painter.fillRect(track, QColor(self._theme.line))
        if state.error is not None:
            bar = QRectF(track)
            bar.setWidth(max(2.0, track.width() * log_fraction(state.error)))
            painter.fillRect(bar, QColor(mark_colour(self._theme, state.verdict)))
        if state.floor is not None:
            x = track.left() + (track.width() - 2) * log_fraction(state.floor)
            painter.fillRect(QRectF(x, track.top() - 2, 2, track.height() + 4), QColor(self._theme.text))
        painter.restore()
