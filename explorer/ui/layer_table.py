"""All layers in the order of the data: verdict, name, type, shape, error beside its noise floor, cost and time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSettings, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QVBoxLayout, QWidget

from explorer.comparison.comparison import Comparison
from explorer.ui.copy_key import CopyKey, copy_key
from explorer.ui.copying import Table, copy_table, copy_text
from explorer.ui.layer_columns import COLUMN_KEYS, NAME_WIDTH, Columns, read_columns
from explorer.ui.layer_copy import rows_table
from explorer.ui.layer_delegates import ErrorDelegate, NameDelegate, NumberDelegate, TimeDelegate
from explorer.ui.layer_model import (
    ERROR,
    HEADINGS,
    MACS,
    NAME,
    OUTPUT,
    PARAMETERS,
    ROW,
    SORT_KEYS,
    TIME,
    TYPE,
    LayerModel,
    LayerProxy,
)
from explorer.ui.layer_rows import LayerRow, RowTree, layer_rows
from explorer.ui.layer_sorting import Sorting, SortKey, next_sorting, read_sorting
from explorer.ui.number_text import count_text
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.view_keys import KeyText

if TYPE_CHECKING:
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.session.answers import Timed

LONGER_BAR = 6 * GRID
"""By how much the bars of errors grow where there is room."""

SAMPLES = {
    TYPE: "InnerProduct",
    OUTPUT: "512×112×112",
    ERROR: "1.2e-7",
    MACS: "88.8 M",
    TIME: "12.345",
    PARAMETERS: "88.8 M",
}
"""What is to fit into a column."""

SORTED_BY = {
    "name": "name",
    "type": "type",
    "output": "output",
    "error": "error",
    "macs": "multiply-adds",
    "time": "time",
    "parameters": "parameters",
}
SORTING_KEY, COLUMNS_KEY = "layers/sorting", "layers/columns"
"""Under which the settings keep how the table is looked at."""


LAYER_KEYS: tuple[KeyText, ...] = (
    KeyText((Qt.Key.Key_Up,), "To the layer before"),
    KeyText((Qt.Key.Key_Down,), "To the next layer"),
    KeyText((Qt.Key.Key_Right,), "Open the module"),
    KeyText((Qt.Key.Key_Left,), "Close the module"),
    KeyText((Qt.Key.Key_Home,), "To the first layer"),
    KeyText((Qt.Key.Key_End,), "To the last layer"),
    copy_key("Copy the name, or the rows"),
)
"""What the keys do in the table: Qt's tree does it by itself."""


class LayerTable(QWidget):
    """A tree of modules and layers; one row is chosen, and it is the layer that all views show.

    Sorted by a column, the layers stand outside their modules, under their whole names.
    """

    layer_chosen = Signal(str)
    told = Signal(str)
    """How many layers pass the filter, and by what they are sorted; empty where there is nothing to say."""
    problem_told = Signal(str)
    """What is wrong with the filter; empty where nothing is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layer_table")
        self.setProperty("panel", True)
        self.model = LayerModel(theme, self)
        self.proxy = LayerProxy(self.model, self)
        self._columns = Columns()
        self._settings: QSettings | None = None
        self._opened: set[str] = set()
        self.view = QTreeView(self)
        CopyKey(self.view, self.copy_chosen)
        self.view.setObjectName("layers")
        self.view.setAccessibleName("Layers")
        self.view.setModel(self.proxy)
        self._rows = NameDelegate(theme, self.view)
        numbers = NumberDelegate(theme, self.view)
        errors, times = ErrorDelegate(theme, self.view), TimeDelegate(theme, self.view)
        self._numbers = dict.fromkeys((TYPE, OUTPUT, MACS, PARAMETERS), numbers) | {ERROR: errors, TIME: times}
        metrics = QFontMetrics(sized(self.font(), SMALL))
        self._widths = {
            column: max(map(metrics.horizontalAdvance, (text, f"{HEADINGS[column]} ↓"))) + 2 * GRID
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
        self.view.header().sectionClicked.connect(lambda column: self.sort_by(SORT_KEYS[column]))
        self.model.modelReset.connect(self._note_reset)
        self._was_reset = False
        self._network: Network | None = None
        self._typed = ""

    def show_network(self, network: Network | None, modules: Modules | None = None) -> None:
        """Show the layers of a network, grouped by its modules; modules that were open by that name stay open."""
        self.show_rows(network, RowTree(() if network is None else layer_rows(network, modules)))

    def show_rows(self, network: Network | None, rows: RowTree) -> None:
        """The same with the network's rows, which were made beforehand."""
        self._network = network
        with self._place_kept():
            self.model.show_rows(rows)
        self._fit_columns()
        self._tell()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of each layer."""
        with self._place_kept():
            self.model.show_comparison(comparison)
        self._fit_columns()
        self._tell()

    def show_timed(self, timed: Timed | None) -> None:
        """Show how long each layer takes, beside its multiply-adds."""
        with self._place_kept():
            self.model.show_timed(timed)
        self._fit_columns()
        self._tell()

    def show_bookmarks(self, names: tuple[str, ...]) -> None:
        """Show which layers are marked."""
        self.model.show_bookmarks(frozenset(names))
        if not self.proxy.filter.is_empty:
            self.proxy.invalidate()
            self._tell()

    def remember_in(self, settings: QSettings | None) -> None:
        """Look at layers as was chosen last, and keep what is chosen from now on."""
        self._settings = settings
        if settings is not None:
            self._columns = read_columns(settings.value(COLUMNS_KEY))
            self.show_sorting(read_sorting(str(settings.value(SORTING_KEY))))

    @property
    def sorting(self) -> Sorting | None:
        """By what the layers are sorted; None: they stand in the order of the data."""
        return self.model.sorting

    def show_sorting(self, sorting: Sorting | None) -> None:
        """Stand in another order; errors and times sort once there are any."""
        with self._place_kept():
            self.model.show_sorting(sorting)
        # What comes first is what one sorts for.
        self.view.scrollToTop()
        self._keep(SORTING_KEY, "" if sorting is None else sorting.text)
        self._fit_columns()
        self._tell()

    def sort_by(self, key: SortKey) -> None:
        """Sort by a column; by the same one again the other way round, and then in the order of the data."""
        self.show_sorting(next_sorting(key, self.sorting))

    def toggle_column(self, key: str) -> None:
        """Show a column that is not shown, or hide it, whatever room there is."""
        self._columns = self._columns.toggled(key, self.shows_column(key))
        self._keep(COLUMNS_KEY, self._columns.text)
        self._fit_columns()

    def shows_column(self, key: str) -> bool:
        """Whether a column is shown."""
        return not self.view.isColumnHidden(COLUMN_KEYS[key])

    def fit_columns_to_room(self) -> None:
        """Forget which columns were asked for."""
        self._columns = Columns()
        self._keep(COLUMNS_KEY, self._columns.text)
        self._fit_columns()

    def table(self) -> Table:
        """All layers that pass the filter, in the order in which they are shown, with headings."""
        return rows_table(self.proxy.passing(), self.model.facts_of)

    def describe(self, layer: str | None) -> str:
        """A layer in one breath: ``conv1/7x7_s2, Convolution, culprit, error 1.1``; empty for none."""
        index = self.model.index_of(layer) if layer is not None else QModelIndex()
        return str(index.data(Qt.ItemDataRole.AccessibleTextRole)) if index.isValid() else ""

    def copy_all(self) -> None:
        """Put all layers that pass the filter on the clipboard."""
        copy_table(self.table())

    def copy_chosen(self) -> None:
        """Put the chosen rows on the clipboard; of one layer its name."""
        rows = [index.data(ROW) for index in self.view.selectionModel().selectedRows(NAME)]
        if len(rows) == 1:
            copy_text(rows[0].name)
        elif rows:
            # Qt gives them in the order in which they were chosen.
            chosen = {row.name for row in rows}
            shown = [row for row in self.model.layers if row.name in chosen]
            copy_table(rows_table(shown, self.model.facts_of))

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
        self._typed = text
        self.proxy.show_only(text)
        if not self.proxy.filter.is_empty:
            self.view.expandAll()
        chosen = self.view.currentIndex()
        if chosen.isValid():
            self.view.scrollTo(chosen)
        else:
            self.view.scrollToTop()
        self.problem_told.emit(self.proxy.filter.problem)
        self._tell()

    def _tell(self) -> None:
        text = self._typed
        empty = self.proxy.rowCount() == 0 and self._network is not None
        self._nothing.setText(f"No layer is like “{text.strip()}”." if empty else "")
        self._nothing.setVisible(empty)
        parts = []
        if not self.proxy.filter.is_empty and self._network is not None:
            whole = len(self.model.layers)
            parts.append(f"{count_text(len(self.proxy.passing()))} of {count_text(whole)}")
        if self.model.is_flat and self.sorting is not None:
            parts.append(f"by {SORTED_BY[self.sorting.key]} {self.sorting.arrow}")
        self.told.emit(" · ".join(parts))

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.model.show_theme(theme)
        self._rows.show_theme(theme)
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

    @contextmanager
    def _place_kept(self) -> Iterator[None]:
        """Around what may put other rows into the table: modules stay open, and the layer chosen, without a word."""
        if not self.model.is_flat:
            self._opened = {*self._open_modules()}
        self._was_reset = False
        current: LayerRow | None = self.view.currentIndex().siblingAtColumn(NAME).data(ROW)
        with QSignalBlocker(self):
            yield
            if not self._was_reset:
                return
            self.view.setRootIsDecorated(not self.model.is_flat)
            if not self.proxy.filter.is_empty:
                self.view.expandAll()
            elif not self.model.is_flat:
                for name in self._opened:
                    self.view.expand(self.proxy.mapFromSource(self.model.index_of(name)))
        if current is not None:
            self.show_layer(current.name)

    def _open_modules(self) -> Iterator[str]:
        waiting = [self.view.rootIndex()]
        while waiting:
            parent = waiting.pop()
            for number in range(self.proxy.rowCount(parent)):
                index = self.proxy.index(number, 0, parent)
                if self.view.isExpanded(index):
                    yield index.data(ROW).name
                    waiting.append(index)

    def _note_reset(self) -> None:
        self._was_reset = True

    def _keep(self, key: str, text: str) -> None:
        if self._settings is not None:
            self._settings.setValue(key, text)

    def _arrange_view(self) -> None:
        view = self.view
        view.setUniformRowHeights(True)
        view.setIndentation(2 * GRID - 2)
        view.setAlternatingRowColors(False)
        view.setAllColumnsShowFocus(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
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
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setAccessibleName("Columns of the layers")
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in self._widths.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)

    def _fit_columns(self) -> None:
        room = self.view.viewport().width()
        shown = self._columns.shown(
            self._widths, room, is_compared=self.model.is_compared, is_timed=self.model.is_timed
        )
        for column in COLUMN_KEYS.values():
            self.view.setColumnHidden(column, column not in shown)
        room -= NAME_WIDTH + sum(self._widths[column] for column in shown)
        header = self.view.header()
        # Of more columns than there is room for, those on the right are scrolled to.
        is_crowded = room < 0
        header.setSectionResizeMode(
            NAME, QHeaderView.ResizeMode.Fixed if is_crowded else QHeaderView.ResizeMode.Stretch
        )
        if is_crowded:
            header.resizeSection(NAME, NAME_WIDTH)
        policy = Qt.ScrollBarPolicy
        self.view.setHorizontalScrollBarPolicy(policy.ScrollBarAsNeeded if is_crowded else policy.ScrollBarAlwaysOff)
        # What is left over, the names and the bars share.
        longer = min(max(room // 2, 0), LONGER_BAR)
        header.resizeSection(ERROR, self._widths[ERROR] + longer)

    def _tell_choice(self, index: QModelIndex, before: QModelIndex) -> None:
        row: LayerRow | None = index.siblingAtColumn(0).data(ROW)
        if row is not None and not row.is_module:
            self.layer_chosen.emit(row.name)
