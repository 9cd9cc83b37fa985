"""How the cells of the layer table are painted: numbers under their headings, errors and times over bars."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPainterPath
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.ui.layer_model import BOOKMARKED, SPENT, STATE
from explorer.ui.layer_rows import RowState, RowTime
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme, mark_colour
from explorer.ui.value_axis import log_fraction

ROW_HEIGHT = 3 * GRID + GRID // 2
BAR = 4
"""Height of the bars under numbers."""

RIBBON_ROOM = 2 * GRID
"""What a bookmark takes of a name's room."""

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Rows of one height."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)


class NameDelegate(RowDelegate):
    """A verdict's mark and a name, and at the right end the ribbon of a layer that the person marked."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if not index.data(BOOKMARKED):
            super().paint(painter, option, index)
            return
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        ground.icon = QIcon()
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        named = QStyleOptionViewItem(option)
        named.rect = option.rect.adjusted(0, 0, -RIBBON_ROOM, 0)
        super().paint(painter, named, index)
        paint_ribbon(painter, QRectF(option.rect), self._theme)


def paint_ribbon(painter: QPainter, place: QRectF, theme: Theme) -> None:
    """Paint a bookmark's ribbon at the right end of ``place``."""
    width, height = float(GRID), 1.5 * GRID
    left, top = place.right() - GRID - width, place.center().y() - height / 2
    ribbon = QPainterPath(QPointF(left, top))
    for x, y in ((width, 0.0), (width, height), (width / 2, height - width / 2), (0.0, height)):
        ribbon.lineTo(left + x, top + y)
    ribbon.closeSubpath()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(ribbon, QColor(theme.muted))
    painter.restore()


class NumberDelegate(RowDelegate):
    """Small muted writing that begins and ends where the heading above it does."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        text = index.data()
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        if text:
            painter.save()
            painter.setFont(sized(QFont(option.font), SMALL))
            self.paint_number(painter, QRectF(option.rect).adjusted(GRID, 0, -GRID, 0), text, index)
            painter.restore()

    def paint_number(self, painter: QPainter, place: QRectF, text: str, index: Index) -> None:
        """Write ``text``, and what belongs to it, into ``place``."""
        _write(painter, place, text, self._theme.muted, index.data(Qt.ItemDataRole.TextAlignmentRole))

    def _over_bar(self, painter: QPainter, place: QRectF, text: str) -> QRectF:
        """Write ``text`` over an empty bar; gives the bar's place."""
        place = place.adjusted(-GRID / 2, 2, 0, -GRID / 2)
        _write(painter, place, text, self._theme.text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        track = QRectF(place.left(), place.bottom() - BAR, place.width(), BAR)
        painter.fillRect(track, QColor(self._theme.line))
        return track


class ErrorDelegate(NumberDelegate):
    """An error as a number over a logarithmic bar, with a tick where the noise floor is."""

    def paint_number(self, painter: QPainter, place: QRectF, text: str, index: Index) -> None:
        state: RowState | None = index.data(STATE)
        if state is None:
            return
        track = self._over_bar(painter, place, text)
        if state.error is not None:
            bar = QRectF(track)
            bar.setWidth(max(2.0, track.width() * log_fraction(state.error)))
            painter.fillRect(bar, QColor(mark_colour(self._theme, state.verdict)))
        if state.floor is not None:
            x = track.left() + (track.width() - 2) * log_fraction(state.floor)
            painter.fillRect(QRectF(x, track.top() - 2, 2, track.height() + 4), QColor(self._theme.text))


class TimeDelegate(NumberDelegate):
    """A time as a number over a bar that is its share of a run; muted where it is counted elsewhere, or nothing."""

    def paint_number(self, painter: QPainter, place: QRectF, text: str, index: Index) -> None:
        time: RowTime | None = index.data(SPENT)
        if time is None or not time.milliseconds:
            super().paint_number(painter, place, text, index)
            return
        bar = self._over_bar(painter, place, text)
        bar.setWidth(max(1.0, bar.width() * time.share))
        painter.fillRect(bar, QColor(self._theme.accent))


def _write(painter: QPainter, place: QRectF, text: str, colour: str, alignment: Qt.AlignmentFlag) -> None:
    painter.setPen(QColor(colour))
    fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, ceil(place.width()) + 1)
    painter.drawText(place, int(alignment), fitting)
