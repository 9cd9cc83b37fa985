"""All layers in the order of the data: verdict, name, type, shape, error beside its noise floor, cost and time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QVBoxLayout, QWidget

from explorer.comparison.comparison import Comparison
from explorer.ui.layer_delegates import ErrorDelegate, NumberDelegate, RowDelegate, TimeDelegate
from explorer.ui.layer_model import ERROR, HEADINGS, MACS, NAME, OUTPUT, ROW, TIME, TYPE, LayerModel, LayerProxy
from explorer.ui.layer_rows import LayerRow, RowTree, layer_rows
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.view_keys import KeyText

if TYPE_CHECKING:
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.session.answers import Timed

LONGER_BAR = 6 * GRID
"""By how much the bars of errors grow where there is room."""

SAMPLES = {TYPE: "Convolution", OUTPUT: "512×112×112", ERROR: "1.2e-7", MACS: "88.8 M", TIME: "12.345"}
"""What is to fit into a column."""

NAME_WIDTH = 20 * GRID
"""Room that the names keep; where it is less, the type makes way first, then the shape, then multiply-adds."""


LAYER_KEYS: tuple[KeyText, ...] = (
    KeyText((Qt.Key.Key_Up,), "To the layer before"),
    KeyText((Qt.Key.Key_Down,), "To the next layer"),
    KeyText((Qt.Key.Key_Right,), "Open the module"),
    KeyText((Qt.Key.Key_Left,), "Close the module"),
    KeyText((Qt.Key.Key_Home,), "To the first layer"),
    KeyText((Qt.Key.Key_End,), "To the last layer"),
)
"""What the keys do in the table: Qt's tree does it by itself."""


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
        self._rows = RowDelegate(self.view)
        numbers = NumberDelegate(theme, self.view)
        errors, times = ErrorDelegate(theme, self.view), TimeDelegate(theme, self.view)
        self._numbers = dict.fromkeys((TYPE, OUTPUT, MACS), numbers) | {ERROR: errors, TIME: times}
        metrics = QFontMetrics(sized(self.font(), SMALL))
        self._widths = {
            column: max(map(metrics.horizontalAdvance, (text, HEADINGS[column]))) + 2 * GRID
            for column, text in SAMPLES.items()
        }
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
        self.show_rows(network, RowTree(() if network is None else layer_rows(network, modules)))

    def show_rows(self, network: Network | None, rows: RowTree) -> None:
        """The same with the network's rows, which were made beforehand."""
        opened = {*self._open_modules()}
        self._network = network
        with QSignalBlocker(self):
            self.model.show_rows(rows)
            for name in opened:
                self.view.expand(self.proxy.mapFromSource(self.model.index_of(name)))
        for column in (ERROR, MACS, TIME):
            self.view.setColumnHidden(column, True)
        self._fit_columns()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of each layer."""
        self.model.show_comparison(comparison)
        self.view.setColumnHidden(ERROR, comparison is None)
        self._fit_columns()

    def show_timed(self, timed: Timed | None) -> None:
        """Show how long each layer takes, beside its multiply-adds."""
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
        for numbers in self._numbers.values():
            numbers.show_theme(theme)
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
        # With a ground that is known to be opaque, scrolling moves what is painted, and paints only what is new.
        view.viewport().setAutoFillBackground(True)
        view.setItemDelegate(self._rows)
        for column, numbers in self._numbers.items():
            view.setItemDelegateForColumn(column, numbers)
        header = view.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(GRID)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in self._widths.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)

    def _fit_columns(self) -> None:
        room = self.view.viewport().width() - NAME_WIDTH
        room -= sum(self._widths[column] for column in (ERROR, TIME) if not self.view.isColumnHidden(column))
        is_timed = not self.view.isColumnHidden(TIME)
        self.view.setColumnHidden(MACS, True)
        is_full = False
        for column in (MACS, OUTPUT, TYPE) if is_timed else (OUTPUT, TYPE):
            # What is less telling is not shown in its place, even where it is narrower.
            is_full = is_full or room < self._widths[column]
            self.view.setColumnHidden(column, is_full)
            room -= 0 if is_full else self._widths[column]
        # What is left over, the names and the bars share.
        longer = min(max(room // 2, 0), LONGER_BAR)
        self.view.header().resizeSection(ERROR, self._widths[ERROR] + longer)

    def _tell_choice(self, index: QModelIndex, before: QModelIndex) -> None:
        row: LayerRow | None = index.siblingAtColumn(0).data(ROW)
        if row is not None and not row.is_module:
            self.layer_chosen.emit(row.name)
