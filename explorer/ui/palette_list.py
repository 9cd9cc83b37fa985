"""The lines of the command palette: what a command is called, where it stands, its keys, and why it can't be done."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.ui.palette_entries import GO_TO, Entry
from explorer.ui.plain_tip import plain_tip
from explorer.ui.style import RADIUS
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, GRID, SMALL, Theme

ENTRY = Qt.ItemDataRole.UserRole
MISSING = Qt.ItemDataRole.UserRole + 1
"""Why it can't be done now; empty where it can."""

ROW = 4 * GRID

ASIDE = 25 * GRID
"""Where the menu or the reason stands, right of the name, unless that is longer."""

_KEY_PAD = 6.0

_Index = QModelIndex | QPersistentModelIndex


def keys_of(entry: Entry) -> str:
    """The command's keys as they are called on this desktop."""
    shortcut = "" if entry.command is None or entry.choice is not None else entry.command.shortcut
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


class EntryModel(QAbstractListModel):
    """The entries that are offered; those that can't be done stay, and say why."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()
        self._missing: tuple[str, ...] = ()

    def show_entries(self, entries: tuple[Entry, ...], missing: tuple[str, ...]) -> None:
        """Offer these instead; ``missing`` says of each why it can't be done."""
        self.beginResetModel()
        self.entries, self._missing = entries, missing
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry, missing = self.entries[index.row()], self._missing[index.row()]
        if role == ENTRY:
            return entry
        if role == MISSING:
            return missing
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (entry.text, entry.place, keys_of(entry), missing) if part)
        if role == Qt.ItemDataRole.ToolTipRole and entry.choice is not None:
            return plain_tip(entry.choice.tip) or None
        if role == Qt.ItemDataRole.ToolTipRole and entry.command is not None:
            return entry.command.tip or None
        return None


class EntryDelegate(QStyledItemDelegate):
    """Paints an entry: its name with the typed letters in bold, its menu or what is missing, its keys at the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: Entry = index.data(ENTRY)
        missing: str = index.data(MISSING)
        theme, rect = self._theme, QRectF(option.rect)
        font: QFont = option.font
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for flag, ground in (
            (QStyle.StateFlag.State_Selected, theme.selection),
            (QStyle.StateFlag.State_MouseOver, theme.raised),
        ):
            if state & flag:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(ground))
                painter.drawRoundedRect(rect, RADIUS, RADIUS)
                break
        left, right = rect.left() + GRID, rect.right() - GRID
        right = self._paint_keys(painter, sized(font, SMALL), keys_of(entry), right, rect.center().y(), bool(missing))
        colour = QColor(theme.faint if missing else theme.text)
        left = self._write_name(painter, font, entry, colour, left, right - GRID, rect.center().y())
        aside = missing or entry.place
        if aside:
            left = max(left + GRID, rect.left() + ASIDE)
            self._write(painter, sized(font, SMALL), QColor(theme.muted), aside, left, right - GRID, rect.center().y())
        painter.restore()

    def _paint_keys(
        self, painter: QPainter, font: QFont, keys: str, right: float, middle: float, is_faint: bool
    ) -> float:
        """The keys to the left of ``right`` in a frame of their own; gives what is then the right border."""
        if not keys:
            return right
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(keys) + 2 * _KEY_PAD
        frame = QRectF(right - width, middle - 10, width, 20)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 2, RADIUS - 2)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.faint if is_faint else self._theme.muted))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, keys)
        return frame.left()

    def _write_name(
        self, painter: QPainter, font: QFont, entry: Entry, colour: QColor, left: float, right: float, middle: float
    ) -> float:
        """The name in pieces, those that were typed in bold; gives where it ends."""
        plain, bold = sized(font, BODY), sized(font, BODY, bold=True)
        shown = QFontMetricsF(bold).elidedText(entry.text, Qt.TextElideMode.ElideMiddle, right - left)
        letters = entry.letters if shown == entry.text else frozenset[int]()
        start = 0
        for index in range(1, len(shown) + 1):
            is_typed = start in letters
            if index < len(shown) and (index in letters) == is_typed and index != len(GO_TO):
                continue
            part = shown[start:index]
            face = bold if is_typed else plain
            is_lead_in = entry.layer is not None and start < len(GO_TO)
            self._write(painter, face, QColor(self._theme.muted) if is_lead_in else colour, part, left, right, middle)
            left += QFontMetricsF(face).horizontalAdvance(part)
            start = index
        return left

    @staticmethod
    def _write(
        painter: QPainter, font: QFont, colour: QColor, text: str, left: float, right: float, middle: float
    ) -> None:
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(text) > right - left + 0.5:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, right - left))
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(QPointF(left, middle + metrics.capHeight() / 2), text)
