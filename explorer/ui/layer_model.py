"""The rows of the layer table as a Qt model: a tree of modules and layers, or layers alone, sorted by a column."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QIcon

from explorer.comparison.comparison import Comparison
from explorer.session.answers import Timed
from explorer.ui.icons import mark_icon
from explorer.ui.layer_filter import Filter, RowFacts, layer_filter
from explorer.ui.layer_rows import (
    LayerRow,
    RowState,
    RowTime,
    RowTree,
    describe_row,
    macs_text,
    name_row,
    parameters_text,
    row_state,
    row_time,
    time_text,
)
from explorer.ui.layer_sorting import Sorting, SortKey, leaves, sort_rows
from explorer.ui.number_text import error_text
from explorer.ui.plain_tip import plain_tip
from explorer.ui.theme import MARKS, Theme

NAME, TYPE, OUTPUT, ERROR, MACS, TIME, PARAMETERS = range(7)
HEADINGS = ("Layer", "Type", "Output", "Error", "MACs", "Time, ms", "Params")
SORT_KEYS: tuple[SortKey, ...] = ("name", "type", "output", "error", "macs", "time", "parameters")
"""What each column sorts by."""

TIPS = (
    "The layer's name, and whether it agrees with the reference",
    "The source's own type",
    "Channels × height × width",
    "Isolated relative L2 error; the tick in the bar is the noise floor",
    "Multiply-adds of convolutions and inner products",
    (
        "Milliseconds, the median of several runs for the outputs alone; the bar is the share of a run.\n"
        "What is fused is computed together with a layer before it, in that one's time."
    ),
    "Learned numbers; those shared with an earlier layer are counted there",
)
SORTING_TIP = "Click to sort by it, twice for the other way round, three times for the order of the data"

STATE = Qt.ItemDataRole.UserRole
"""The role that gives a row's :class:`RowState`."""

ROW = Qt.ItemDataRole.UserRole + 1
"""The role that gives the :class:`LayerRow` itself."""

SPENT = Qt.ItemDataRole.UserRole + 2
"""The role that gives a row's :class:`RowTime`."""

BOOKMARKED = Qt.ItemDataRole.UserRole + 3
"""The role that tells whether the person marked a row to come back to it."""

_ROLES = frozenset(
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.AccessibleDescriptionRole,
        *(STATE, ROW, SPENT, BOOKMARKED),
    )
)

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class LayerModel(QAbstractItemModel):
    """Rows stay as they are until other ones are shown; a comparison only changes what they say."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._whole = self._tree = RowTree()
        self._leaves: list[LayerRow] = []
        self._bookmarks: frozenset[str] = frozenset()
        self.sorting: Sorting | None = None
        self._comparison: Comparison | None = None
        self._timed: Timed | None = None
        self._states: dict[int, RowState | None] = {}
        self._times: dict[int, RowTime | None] = {}
        self.show_theme(theme)

    def show_rows(self, tree: RowTree) -> None:
        """Show other rows, and no comparison."""
        self.beginResetModel()
        self._whole, self._leaves = tree, []
        self._comparison = self._timed = None
        self._states, self._times = {}, {}
        self._arrange()
        self.endResetModel()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of the rows."""
        if comparison is self._comparison:
            return
        self._comparison = comparison
        self._states = {}
        self._redraw("error")

    def show_timed(self, timed: Timed | None) -> None:
        """Show how long each layer takes."""
        if timed is self._timed:
            return
        self._timed = timed
        self._times = {}
        self._redraw("time")

    def show_bookmarks(self, names: frozenset[str]) -> None:
        """Show which layers are marked."""
        changed, self._bookmarks = names ^ self._bookmarks, names
        for name in changed:
            index = self.index_of(name)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def show_sorting(self, sorting: Sorting | None) -> None:
        """Stand in another order: of a column, out of the modules; None: of the data, in the modules."""
        if sorting != self.sorting:
            self.sorting = sorting
            self.beginResetModel()
            self._arrange()
            self.endResetModel()

    @property
    def is_compared(self) -> bool:
        """Whether there are errors to show."""
        return self._comparison is not None

    @property
    def is_timed(self) -> bool:
        """Whether there are times to show."""
        return self._timed is not None

    @property
    def is_flat(self) -> bool:
        """Whether the layers stand outside their modules: sorted by a column of which anything is known."""
        if self.sorting is None:
            return False
        needed = {"error": self._comparison, "time": self._timed}
        return self.sorting.key not in needed or needed[self.sorting.key] is not None

    @property
    def layers(self) -> tuple[LayerRow, ...]:
        """The layers in the order in which they are shown, modules left out."""
        return self._tree.rows if self.is_flat else tuple(self._all())

    @property
    def rows(self) -> tuple[LayerRow, ...]:
        """The rows at the top."""
        return self._tree.rows

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._marks: dict[str, QIcon] = {verdict: mark_icon(theme, verdict) for verdict in MARKS}
        self._redraw()

    def index_of(self, name: str) -> QModelIndex:
        """Where the layer or module of that name stands; nowhere where there is none."""
        row = self._tree.by_name.get(name)
        return NOWHERE if row is None else self.createIndex(self._tree.place[id(row)][1], 0, row)

    def row_at(self, index: Index) -> LayerRow | None:
        """The row at ``index``."""
        return index.internalPointer() if index.isValid() else None

    def state_of(self, row: LayerRow) -> RowState | None:
        """What the comparison says of a row."""
        if id(row) not in self._states:
            self._states[id(row)] = row_state(row, self._comparison)
        return self._states[id(row)]

    def facts_of(self, row: LayerRow) -> RowFacts:
        """All that is known of a row."""
        return RowFacts(self.state_of(row), self.time_of(row), self.is_bookmarked(row))

    def is_bookmarked(self, row: LayerRow) -> bool:
        """Whether the person marked the row."""
        return not row.is_module and row.name in self._bookmarks

    def time_of(self, row: LayerRow) -> RowTime | None:
        """How long a row takes."""
        if id(row) not in self._times:
            self._times[id(row)] = row_time(row, self._timed)
        return self._times[id(row)]

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        above = self.row_at(parent)
        rows = self._tree.rows if above is None else above.children
        if 0 <= row < len(rows) and 0 <= column < len(HEADINGS):
            return self.createIndex(row, column, rows[row])
        return QModelIndex()

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]
        row = self.row_at(index)
        above = None if row is None else self._tree.place[id(row)][0]
        return QModelIndex() if above is None else self.createIndex(self._tree.place[id(above)][1], 0, above)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        if parent.column() > 0:
            return 0
        above = self.row_at(parent)
        return len(self._tree.rows if above is None else above.children)

    def hasChildren(self, parent: Index = NOWHERE) -> bool:
        return self.rowCount(parent) > 0

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            is_sorted = self.is_flat and self.sorting is not None and SORT_KEYS[section] == self.sorting.key
            return f"{HEADINGS[section]} {self.sorting.arrow}" if is_sorted and self.sorting else HEADINGS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{TIPS[section]}\n{SORTING_TIP}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        # For each cell Qt asks for half a dozen more, fonts and brushes among them, whenever it paints.
        if role not in _ROLES:
            return None
        row = self.row_at(index)
        if row is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        state = self.state_of(row)
        if role == Qt.ItemDataRole.DisplayRole:
            time = self.time_of(row)
            shown = (row.label, row.type, row.shape, _error(state), macs_text(time, row), time_text(time))
            return (*shown, parameters_text(row))[column]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._marks[state.verdict] if column == NAME and state is not None else None
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            words = describe_row(row, state, self.time_of(row), is_bookmarked=self.is_bookmarked(row))
            return plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return name_row(row, state, is_bookmarked=self.is_bookmarked(row)) if column == NAME else None
        if role == BOOKMARKED:
            return self.is_bookmarked(row)
        if role == STATE:
            return state
        if role == SPENT:
            return self.time_of(row)
        return row if role == ROW else None

    def _all(self) -> list[LayerRow]:
        # Kept, since what is known of a row is kept by the row itself.
        if not self._leaves:
            self._leaves = leaves(self._whole.rows)
        return self._leaves

    def _arrange(self) -> None:
        self._tree = self._whole
        if self.is_flat and self.sorting is not None:
            self._tree = RowTree(sort_rows(self._all(), self.sorting, self.state_of, self.time_of))

    def _redraw(self, changed: SortKey | None = None) -> None:
        if changed is not None and self.sorting is not None and self.sorting.key == changed:
            self.beginResetModel()
            self._arrange()
            self.endResetModel()
            return
        waiting = [self._tree.rows]
        while waiting:
            rows = waiting.pop()
            if rows:
                last = len(rows) - 1
                self.dataChanged.emit(
                    self.createIndex(0, 0, rows[0]), self.createIndex(last, len(HEADINGS) - 1, rows[last])
                )
                waiting.extend(row.children for row in rows if row.children)


class LayerProxy(QSortFilterProxyModel):
    """The rows that pass what is typed, with the modules around them and the layers in them."""

    def __init__(self, model: LayerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.filter = Filter()
        self.setAutoAcceptChildRows(True)
        self.setSourceModel(model)

    def show_only(self, text: str) -> None:
        """Filter by ``text``, see :func:`explorer.ui.layer_filter.layer_filter`."""
        self.filter = layer_filter(text)
        # Only a filter looks into closed modules: with thousands of layers that takes longer than a frame.
        self.setRecursiveFilteringEnabled(not self.filter.is_empty)
        self.invalidate()

    def passing(self) -> tuple[LayerRow, ...]:
        """The layers that pass, in the order in which they are shown, those of closed modules too."""
        if self.filter.is_empty:
            return self._model.layers
        test, facts_of = self.filter, self._model.facts_of
        found: list[LayerRow] = []
        waiting = [(row, False) for row in reversed(self._model.rows)]
        while waiting:
            row, is_inside = waiting.pop()
            is_inside = is_inside or test(row, facts_of(row))
            if row.is_module:
                waiting.extend((child, is_inside) for child in reversed(row.children))
            elif is_inside:
                found.append(row)
        return tuple(found)

    def hasChildren(self, parent: Index = NOWHERE) -> bool:
        # Qt's own looks at all rows below, though the view only asks where to draw an arrow.
        if self.filter.is_empty:
            return self._model.hasChildren(self.mapToSource(parent))
        return super().hasChildren(parent)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if self.filter.is_empty:
            return True
        row = self._model.row_at(self._model.index(source_row, 0, source_parent))
        return row is not None and self.filter(row, self._model.facts_of(row))


def _error(state: RowState | None) -> str:
    return "" if state is None or state.error is None else error_text(state.error)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = (
        Qt.AlignmentFlag.AlignRight if column in (OUTPUT, ERROR, MACS, TIME, PARAMETERS) else Qt.AlignmentFlag.AlignLeft
    )
    return side | Qt.AlignmentFlag.AlignVCenter
