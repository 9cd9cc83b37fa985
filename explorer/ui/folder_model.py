"""The pictures of a folder as a Qt model: a row for each, its five best classes beside it as they come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from explorer.running.classified_csv import TOP
from explorer.running.picture_files import in_numbers
from explorer.ui.class_bars import WORDNET
from explorer.ui.plain_tip import plain_tip

if TYPE_CHECKING:
    from explorer.running.activations import Class
    from explorer.running.many_pictures import Classified

PICTURE = 0
COLUMNS = 1 + TOP

PATH = Qt.ItemDataRole.UserRole
"""The role that gives a picture's path."""

RESULT = Qt.ItemDataRole.UserRole + 1
"""The role that gives a picture's :class:`Classified`, None before it was run."""

CLASS = Qt.ItemDataRole.UserRole + 2
"""The role that gives the :class:`Class` of a column, None where there is none."""

SORTED = Qt.ItemDataRole.UserRole + 3
"""The role that gives what a column is sorted by."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class FolderModel(QAbstractTableModel):
    """Rows stand in the folder's order, and results belong to the first rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()
        self._names: tuple[str, ...] = ()
        self._results: Sequence[Classified] = ()

    def show_paths(self, paths: tuple[Path, ...], names: tuple[str, ...]) -> None:
        """Show other pictures, without results; ``names`` are what they are called."""
        self.beginResetModel()
        self._paths, self._names, self._results = paths, names, ()
        self.endResetModel()

    def show_results(self, results: Sequence[Classified]) -> None:
        """Show what has come; results that were there already are not touched."""
        before, self._results = self._results, results
        same = len(before) <= len(results) and (not before or before[-1] is results[len(before) - 1])
        first = len(before) if same else 0
        last = max(len(before), len(results)) - 1
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, COLUMNS - 1))

    def result(self, row: int) -> Classified | None:
        """What is known of a row."""
        return self._results[row] if row < len(self._results) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._paths)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return "Picture" if section == PICTURE else "Best class" if section == 1 else f"{section}."
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        result = self.result(row)
        line = _class(result, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[row] if column == PICTURE else class_text(line)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            words = describe(self._paths[row], result)
            return plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        if role == PATH:
            return str(self._paths[row])
        if role == RESULT:
            return result
        if role == CLASS:
            return line
        if role == SORTED:
            if column == PICTURE:
                return in_numbers(self._names[row])
            return -1.0 if line is None else line.probability
        return None


class FolderProxy(QSortFilterProxyModel):
    """The rows in the folder's order, or in that of a column; what has no value comes last either way."""

    def __init__(self, model: FolderModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSourceModel(model)

    def lessThan(self, left: Index, right: Index) -> bool:
        ours, theirs = left.data(SORTED), right.data(SORTED)
        if left.column() != PICTURE and (ours < 0) != (theirs < 0):
            return bool((ours < 0) == (self.sortOrder() == Qt.SortOrder.DescendingOrder))
        return bool(ours < theirs)


def picture_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """What pictures are called: their path below the folder that they share, or their name."""
    parents = {path.parent for path in paths}
    if len(parents) < 2:
        return tuple(path.name for path in paths)
    shared = set.intersection(*({parent, *parent.parents} for parent in parents))
    top = max(shared, key=lambda parent: len(parent.parts), default=None)
    return tuple(path.name if top is None else str(path.relative_to(top)) for path in paths)


def class_text(line: Class | None) -> str:
    """A class as it stands in a cell: its first name, without WordNet's number."""
    return "" if line is None else class_name(line.label, line.index)


def class_name(label: str | None, index: int) -> str:
    """The first of a label's names, without WordNet's number; the class's own number where there is no label."""
    return WORDNET.sub("", label or "").split(",")[0] or f"class {index}"


def describe(path: Path, result: Classified | None) -> str:
    """A row in words: for the tooltip, and for who listens instead of looking."""
    lines = [str(path)]
    if result is None:
        lines.append("not run yet")
    elif result.error is not None:
        lines.append(f"could not be read: {result.error}")
    else:
        lines += result.notes
        for line in result.best:
            lines.append(f"{line.probability:.4f}  {WORDNET.sub('', line.label or '') or f'class {line.index}'}")
    return "\n".join(lines)


def _class(result: Classified | None, column: int) -> Class | None:
    if result is None or column == PICTURE or column > len(result.best):
        return None
    return result.best[column - 1]
