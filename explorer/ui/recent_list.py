"""The networks that were opened last, on the empty window's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.ui.plain_tip import plain_tip
from explorer.ui.style import RADIUS
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import BODY, GRID, SMALL, Theme

MOST = 5
ROW = 3 * GRID + GRID // 2
NAME_SHARE = 0.45
"""Of a row's width, what a name may take before its folder."""


@dataclass(frozen=True)
class RecentLine:
    """A network by name and folder, what else is to be said of it, and why it can't be opened."""

    name: str
    folder: str
    tip: str = ""
    missing: str = ""


class RecentList(QWidget):
    """Up to five lines, each a button; ``chosen`` is the number of the line."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recent_list")
        self.setAccessibleName("Recent networks")
        self._title = TextLabel(theme, "Recent", size=SMALL, colour="muted", bold=True)
        self._rows = [RecentRow(theme, self) for _ in range(MOST)]
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, 0)
        column.setSpacing(0)
        self._title.setContentsMargins(GRID, 0, 0, GRID // 2)
        column.addWidget(self._title)
        for number, row in enumerate(self._rows):
            column.addWidget(row)
            row.clicked.connect(lambda _=False, number=number: self.chosen.emit(number))
            row.stepped.connect(lambda step, number=number: self._step(number, step))
        self.hide()

    @property
    def lines(self) -> tuple[RecentLine, ...]:
        """What is shown."""
        return tuple(row.line for row in self._rows if not row.isHidden())

    def show_lines(self, lines: Sequence[RecentLine], room: int = MOST) -> None:
        """Show the first of these, as many as there is ``room`` for."""
        shown = min(len(lines), room, MOST)
        for number, row in enumerate(self._rows):
            row.setVisible(number < shown)
            if number < shown:
                row.show_line(lines[number])
        self.setVisible(shown > 0)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._title.show_theme(theme)
        for row in self._rows:
            row.show_theme(theme)

    def _step(self, number: int, step: int) -> None:
        enabled = [row for row in self._rows if not row.isHidden() and row.isEnabled()]
        place = enabled.index(self._rows[number]) + step
        if 0 <= place < len(enabled):
            enabled[place].setFocus(Qt.FocusReason.TabFocusReason)


class RecentRow(QAbstractButton):
    """Name and folder on one line; the folder makes way, and keeps its end."""

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("recent")
        self.setAccessibleName("Recent network")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self.line = RecentLine("", "")

    def show_line(self, line: RecentLine) -> None:
        """Show another network."""
        self.line = line
        self.setText(line.name)
        self.setEnabled(not line.missing)
        aside = line.missing or line.folder
        self.setAccessibleName(f"Open {line.name}, {aside}")
        self.setToolTip(plain_tip(line.tip if not line.missing else f"{line.tip}\n{line.missing}"))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, ROW)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in steps:
            self.stepped.emit(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = theme.selection if self.isDown() else theme.raised if self.underMouse() else None
        painter.setPen(QColor(theme.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground) if ground and self.isEnabled() else Qt.BrushStyle.NoBrush)
        if self.hasFocus() or (ground and self.isEnabled()):
            painter.drawRoundedRect(place, RADIUS, RADIUS)
        inside = place.adjusted(GRID, 0, -GRID, 0)
        name_font, aside_font = sized(self.font(), BODY), sized(self.font(), SMALL)
        aside = self.line.missing or self.line.folder
        metrics = QFontMetricsF(name_font)
        wanted = metrics.horizontalAdvance(self.line.name)
        rest = inside.width() - QFontMetricsF(aside_font).horizontalAdvance(aside) - 2 * GRID
        most = max(NAME_SHARE * inside.width(), rest)
        name = metrics.elidedText(self.line.name, Qt.TextElideMode.ElideMiddle, most)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(name_font)
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.faint))
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | middle, name)
        room = inside.width() - min(wanted, most) - 2 * GRID
        shown = QFontMetricsF(aside_font).elidedText(aside, Qt.TextElideMode.ElideLeft, room)
        painter.setFont(aside_font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | middle, shown)
        painter.end()
