"""The catalogue as a Qt model: a row for each network, and whether it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from explorer.running.memory import size_text
from explorer.session.catalogue_runs import Shelf

if TYPE_CHECKING:
    from explorer.catalogue.entry import Entry

HEADERS = ("Network", "Framework", "Size", "Top-1", "Licence", "Here")
NETWORK, FRAMEWORK, SIZE, TOP1, LICENCE, HERE = range(len(HEADERS))

NUMBERS = frozenset({SIZE, TOP1})

ENTRY = Qt.ItemDataRole.UserRole
"""The role that gives a row's :class:`Entry`."""

SORTED = Qt.ItemDataRole.UserRole + 1
"""The role that gives what a column is sorted by."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class CatalogueModel(QAbstractTableModel):
    """Rows stand in the catalogue's order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf = Shelf()

    def show_shelf(self, shelf: Shelf) -> None:
        """Show the networks; where they are the same, only what is here and under way changes."""
        before, self._shelf = self._shelf, shelf
        if before.entries != shelf.entries:
            self.beginResetModel()
            self.endResetModel()
        elif shelf.entries:
            self.dataChanged.emit(self.index(0, HERE), self.index(len(shelf.entries) - 1, HERE))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shelf.entries)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self._shelf.entries[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == ENTRY:
            return entry
        if role == SORTED:
            numbers = {SIZE: entry.size, TOP1: entry.top1 or 0.0}
            return numbers[column] if column in numbers else self._text(entry, column).lower()
        return None

    def _text(self, entry: Entry, column: int) -> str:
        state = (
            "fetching…" if entry.name in self._shelf.under_way else "✓ here" if entry.name in self._shelf.here else ""
        )
        accuracy = "–" if entry.top1 is None else f"{entry.top1:.1f} %"
        return (entry.title, entry.framework, size_text(entry.size), accuracy, entry.licence, state)[column]


class CatalogueProxy(QSortFilterProxyModel):
    """The rows that have every word that was typed somewhere in their texts."""

    def __init__(self, model: CatalogueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSourceModel(model)
        self.setSortRole(SORTED)

    def show_filter(self, text: str) -> None:
        """Leave out what has not every word of ``text``."""
        self._words = tuple(text.lower().split())
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        first = model.index(source_row, 0, source_parent)
        entry: Entry = first.data(ENTRY)
        cells = [str(first.siblingAtColumn(column).data()) for column in range(model.columnCount())]
        text = " ".join([entry.name, entry.note, *cells]).lower()
        return all(word in text for word in self._words)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
