"""The rows of the layer table as a Qt model: a tree of modules and layers with six columns."""

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
from explorer.ui.layer_filter import Test, layer_filter
from explorer.ui.layer_rows import (
    LayerRow,
    RowState,
    RowTime,
    RowTree,
    describe_row,
    macs_text,
    row_state,
    row_time,
    time_text,
)
from explorer.ui.number_text import error_text
from explorer.ui.theme import MARKS, Theme

NAME, TYPE, OUTPUT, ERROR, MACS, TIME = range(6)
HEADINGS = ("Layer", "Type", "Output", "Error", "MACs", "Time, ms")
TIPS = (
    "In the order of the data",
    "The source's own type",
    "Channels × height × width",
    "Isolated relative L2 error; the tick in the bar is the noise floor",
    "Multiply-adds of convolutions and inner products",
    (
        "Milliseconds, the median of several runs for the outputs alone; the bar is the share of a run.\n"
        "What is fused is computed together with a layer before it, in that one's time."
    ),
)

STATE = Qt.ItemDataRole.UserRole
"""The role that gives a row's :class:`RowState`."""

ROW = Qt.ItemDataRole.UserRole + 1
"""The role that gives the :class:`LayerRow` itself."""

SPENT = Qt.ItemDataRole.UserRole + 2
"""The role that gives a row's :class:`RowTime`."""

_ROLES = frozenset(
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleDescriptionRole,
        *(STATE, ROW, SPENT),
    )
)

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class LayerModel(QAbstractItemModel):
    """Rows stay as they are until other ones are shown; a comparison only changes what they say."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tree = RowTree()
        self._comparison: Comparison | None = None
        self._timed: Timed | None = None
        self._states: dict[int, RowState | None] = {}
        self._times: dict[int, RowTime | None] = {}
        self.show_theme(theme)

    def show_rows(self, tree: RowTree) -> None:
        """Show other rows, and no comparison."""
        self.beginResetModel()
        self._tree = tree
        self._comparison = self._timed = None
        self._states, self._times = {}, {}
        self.endResetModel()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of the rows."""
        if comparison is self._comparison:
            return
        self._comparison = comparison
        self._states = {}
        self._redraw()

    def show_timed(self, timed: Timed | None) -> None:
        """Show how long each layer takes."""
        if timed is self._timed:
            return
        self._timed = timed
        self._times = {}
        self._redraw()

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
            return HEADINGS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
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
            return (row.label, row.type, row.shape, _error(state), macs_text(time), time_text(time))[column]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._marks[state.verdict] if column == NAME and state is not None else None
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return describe_row(row, state, self.time_of(row))
        if role == STATE:
            return state
        if role == SPENT:
            return self.time_of(row)
        return row if role == ROW else None

    def _redraw(self) -> None:
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
        self._test: Test | None = None
        self.setAutoAcceptChildRows(True)
        self.setSourceModel(model)

    def show_only(self, text: str) -> None:
        """Filter by ``text``, see :func:`explorer.ui.layer_filter.layer_filter`."""
        self._test = layer_filter(text) if text.strip() else None
        # Only a filter looks into closed modules: with thousands of layers that takes longer than a frame.
        self.setRecursiveFilteringEnabled(self._test is not None)
        self.invalidate()

    def hasChildren(self, parent: Index = NOWHERE) -> bool:
        # Qt's own looks at all rows below, though the view only asks where to draw an arrow.
        if self._test is None:
            return self._model.hasChildren(self.mapToSource(parent))
        return super().hasChildren(parent)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if self._test is None:
            return True
        row = self._model.row_at(self._model.index(source_row, 0, source_parent))
        return row is not None and self._test(row, self._model.state_of(row))


def _error(state: RowState | None) -> str:
    return "" if state is None or state.error is None else error_text(state.error)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (OUTPUT, ERROR, MACS, TIME) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
