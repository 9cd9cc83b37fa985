"""A verdict's mark as a widget."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.comparison.comparison import Verdict
from explorer.ui.icons import MARK, paint_mark
from explorer.ui.theme import MARKS, Theme


class VerdictMark(QWidget):
    """The mark of a verdict, painted as everywhere else in the window."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._verdict: Verdict = "not compared"
        self.setFixedSize(MARK, MARK)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show the mark of a verdict."""
        self._verdict = verdict
        self.setAccessibleName(MARKS[verdict].word)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()), self._theme, self._verdict)
