"""What the marks and tints of the graph mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.comparison.comparison import Comparison, Verdict
from explorer.ui.icons import MARK, paint_mark
from explorer.ui.layer_rows import WORST_FIRST
from explorer.ui.style import RADIUS
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, MARKS, SMALL, Theme

LINE = 2 * GRID + GRID // 2


class GraphLegend(QWidget):
    """Each verdict that occurs, the worst first; hidden without a comparison."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("graph-legend")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._verdicts: tuple[Verdict, ...] = ()
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """What is written beside the marks."""
        return tuple(MARKS[verdict].word for verdict in self._verdicts)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the verdicts of a comparison."""
        found = {row.verdict for row in comparison.layers} if comparison is not None else set()
        self._verdicts = tuple(verdict for verdict in WORST_FIRST if verdict in found)
        self.setAccessibleName(f"Verdicts: {', '.join(self.lines)}")
        self.resize(self.sizeHint())
        self.setVisible(bool(self._verdicts))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(sized(self.font(), SMALL))
        width = max((metrics.horizontalAdvance(line) for line in self.lines), default=0)
        return QSize(width + MARK + 3 * GRID, len(self._verdicts) * LINE + GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.line))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setFont(sized(self.font(), SMALL))
        for number, (verdict, line) in enumerate(zip(self._verdicts, self.lines, strict=True)):
            top = GRID / 2 + number * LINE
            paint_mark(painter, QRectF(GRID, top + (LINE - MARK) / 2, MARK, MARK), self._theme, verdict)
            painter.setPen(QColor(self._theme.muted))
            place = QRectF(2 * GRID + MARK, top, self.width() - 2 * GRID - MARK, LINE)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), line)
