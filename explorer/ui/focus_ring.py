"""The ring around what has the keyboard, for widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.ui.theme import GRID, Theme

WIDTH = 2.0


def paint_focus(widget: QWidget, theme: Theme) -> None:
    """Paint the ring just inside ``widget`` while it has the keyboard; called in its ``paintEvent``."""
    if widget.hasFocus():
        paint_ring(widget, theme)


def paint_ring(widget: QWidget, theme: Theme) -> None:
    """Paint the ring just inside ``widget``."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.accent), WIDTH))
    inset = WIDTH / 2
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset), GRID / 2, GRID / 2)
    painter.end()
