"""A vector as bars: ours and the reference's overlaid, with labels, in order or the largest first."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from explorer.maps.colour_maps import INFINITE_COLOUR, NAN_COLOUR
from explorer.maps.feature_maps import difference
from explorer.running.activations import Array
from explorer.ui.number_text import number_text
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.value_axis import linear_fraction

Order = Literal["largest", "index", "error"]

ROW = GRID * 3
PAD = GRID
HEAD = GRID * 3

MOST = (1 << 31) - 1
"""Qt's scroll bars count no further."""


class VectorBars(QAbstractScrollArea):
    """One row for each entry: number, label, a bar for ours with a line for the reference's, both values.

    ``chosen`` follows a click or an arrow key with the entry's index, ``hovered`` the pointer (None: beside
    the rows).
    """

    chosen = Signal(int)
    hovered = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("vector-bars")
        self.setAccessibleName("Values of the vector")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._theme = theme
        self._ours: Array | None = None
        self._theirs: Array | None = None
        self._after: Array | None = None
        self._labels: tuple[str, ...] | None = None
        self._order: Order = "index"
        self._rows = np.zeros(0, np.intp)
        self._span = (0.0, 0.0)
        self._chosen = 0
        self._widths = (0, 0, 0)

    @property
    def rows(self) -> tuple[int, ...]:
        """The entries' indices from top to bottom."""
        return tuple(int(index) for index in self._rows)

    @property
    def is_labelled(self) -> bool:
        """Whether there is a label for each entry."""
        return self._labels is not None

    def show_vector(
        self,
        ours: Array | None,
        theirs: Array | None = None,
        labels: tuple[str, ...] | None = None,
        after: Array | None = None,
    ) -> None:
        """Show one-dimensional values, ``after`` those that a correction gives; labels: one for each entry of ours."""
        self._ours, self._theirs, self._after = ours, theirs, after
        leading = self._leading
        self._labels = labels if labels is not None and len(labels) == leading.size else None
        both = [values[np.isfinite(values)] for values in (ours, theirs, after) if values is not None]
        finite = np.concatenate(both) if both else np.zeros(0)
        self._span = (min(0.0, float(finite.min())), max(0.0, float(finite.max()))) if finite.size else (0.0, 0.0)
        self._widths = self._measure()
        self.show_order(self._order)

    def show_order(self, order: Order) -> None:
        """Show the entries by value, the largest first and NaN last, by their difference, or by their index."""
        self._order = order
        leading = self._leading
        if order == "largest":
            self._rows = np.argsort(np.where(np.isnan(leading), np.inf, -leading), kind="stable")
        elif order == "error" and self._ours is not None and self._theirs is not None:
            both = min(self._ours.size, self._theirs.size)
            apart = np.full(leading.size, -1.0)
            apart[:both] = np.abs(difference(self._ours[:both], self._theirs[:both]))
            self._rows = np.argsort(-np.where(np.isnan(apart), np.inf, apart), kind="stable")
        else:
            self._rows = np.arange(leading.size)
        self._fit_bar()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def show_chosen(self, index: int, *, reveal: bool = True) -> None:
        """Mark an entry, and bring it into view."""
        self._chosen = index
        place = np.flatnonzero(self._rows == index)
        if place.size and reveal:
            bar, top = self.verticalScrollBar(), int(place[0]) * ROW
            bar.setValue(min(max(bar.value(), top + ROW - self._visible), top))
        self.viewport().update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.viewport().update()

    def row_text(self, row: int) -> str:
        """What stands in a row."""
        index = int(self._rows[row])
        return "  ".join(part for part in (str(index), self._label(index), *self._values(index)) if part)

    def sizeHint(self) -> QSize:
        return QSize(GRID * 50, ROW * 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(GRID * 27, ROW * 3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_bar()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self._theme.panel))
        painter.setFont(sized(self.font(), SMALL))
        offset = self.verticalScrollBar().value()
        first = offset // ROW
        last = min(self._rows.size, (offset + self._visible) // ROW + 1)
        for row in range(first, last):
            self._paint_row(painter, int(self._rows[row]), HEAD + row * ROW - offset)
        self._paint_heading(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position().y())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(self._index_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = max(1, self._visible // ROW - 1)
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -self._rows.size,
            Qt.Key.Key_End: self._rows.size,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._rows.size == 0:
            super().keyPressEvent(event)
            return
        place = np.flatnonzero(self._rows == self._chosen)
        row = min(max(int(place[0]) + step if place.size else 0, 0), self._rows.size - 1)
        self._choose(int(self._rows[row]))

    @property
    def _leading(self) -> Array:
        values = self._ours if self._ours is not None else self._theirs
        return values if values is not None else np.zeros(0)

    @property
    def _visible(self) -> int:
        return max(self.viewport().height() - HEAD, 0)

    def _choose(self, index: int) -> None:
        self.show_chosen(index)
        self.chosen.emit(index)

    def _index_at(self, y: float) -> int | None:
        row = int(y - HEAD + self.verticalScrollBar().value()) // ROW
        return int(self._rows[row]) if y >= HEAD and row < self._rows.size else None

    def _fit_bar(self) -> None:
        bar, height = self.verticalScrollBar(), self._visible
        bar.setPageStep(height)
        bar.setSingleStep(ROW)
        bar.setRange(0, min(max(0, self._rows.size * ROW - height), MOST))

    def _label(self, index: int) -> str:
        return self._labels[index] if self._labels is not None else ""

    def _values(self, index: int) -> tuple[str, ...]:
        return tuple(
            number_text(float(values[index])) if index < values.size else "–"
            for _, values, _, _ in self._sides
            if values is not None
        )

    @property
    def _sides(self) -> tuple[tuple[str, Array | None, str, float], ...]:
        """Name, values, colour and the bars' height of each side."""
        return (
            ("ours", self._ours, self._theme.ours, ROW / 2),
            ("reference", self._theirs, self._theme.reference, GRID / 2),
            ("after fix", self._after, self._theme.agrees, GRID / 4),
        )

    def _measure(self) -> tuple[int, int, int]:
        metrics = QFontMetrics(sized(self.font(), SMALL))
        number = metrics.horizontalAdvance(str(max(self._leading.size - 1, 0)))
        label = max(map(metrics.horizontalAdvance, self._labels), default=0) if self._labels is not None else 0
        value = metrics.horizontalAdvance("-8.888e-88")
        return number, label, value

    def _paint_row(self, painter: QPainter, index: int, top: int) -> None:
        theme, width = self._theme, self.viewport().width()
        if index == self._chosen:
            painter.fillRect(QRectF(0, top, width, ROW), QColor(theme.selection))
        number, label, value = self._widths
        middle = Qt.AlignmentFlag.AlignVCenter
        left: float = PAD / 2
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(left, top, number, ROW), int(middle | Qt.AlignmentFlag.AlignRight), str(index))
        left += number + PAD
        texts = self._values(index)
        right = width - PAD / 2 - len(texts) * (value + PAD / 2)
        if label:
            room = min(label, (right - left) * 0.5)
            text = painter.fontMetrics().elidedText(self._label(index), Qt.TextElideMode.ElideRight, int(room))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(left, top, room, ROW), int(middle | Qt.AlignmentFlag.AlignLeft), text)
            left += room + PAD
        self._paint_bars(painter, index, QRectF(left, top, max(right - left, 0), ROW))
        painter.setPen(QColor(theme.text))
        for text in texts:
            painter.drawText(QRectF(right, top, value, ROW), int(middle | Qt.AlignmentFlag.AlignRight), text)
            right += value + PAD / 2

    def _paint_heading(self, painter: QPainter) -> None:
        theme, width = self._theme, self.viewport().width()
        painter.fillRect(QRectF(0, 0, width, HEAD), QColor(theme.panel))
        shown = [(name, colour) for name, values, colour, _ in self._sides if values is not None]
        value = self._widths[2]
        right = width - PAD / 2 - len(shown) * (value + PAD / 2)
        for name, colour in shown:
            painter.setPen(QColor(colour))
            place = QRectF(right, 0, value, HEAD)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), name)
            right += value + PAD / 2
        painter.fillRect(QRectF(0, HEAD - 1, width, 1), QColor(theme.line))

    def _paint_bars(self, painter: QPainter, index: int, zone: QRectF) -> None:
        zero = zone.x() + zone.width() * linear_fraction(0.0, *self._span)
        for _, values, colour, height in self._sides:
            if values is None or index >= values.size:
                continue
            value = float(values[index])
            if not math.isfinite(value):
                mark = QColor(NAN_COLOUR if math.isnan(value) else INFINITE_COLOUR)
                painter.fillRect(QRectF(zone.x(), zone.center().y() - height / 2, zone.width(), height), mark)
                continue
            end = zone.x() + zone.width() * linear_fraction(value, *self._span)
            bar = QRectF(min(zero, end), zone.center().y() - height / 2, abs(end - zero), height)
            painter.fillRect(bar, QColor(colour))
        painter.fillRect(QRectF(zero, zone.y(), 1, zone.height()), QColor(self._theme.line))
