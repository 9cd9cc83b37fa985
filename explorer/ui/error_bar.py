"""An error on a logarithmic axis beside the noise floor that explains it, or does not."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.number_text import error_text
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.value_axis import decades, log_fraction

FLOOR_WIDTH = 2.0


class ErrorBar(QWidget):
    """A bar from 1e-8 to 1 for a relative L2 error, with a tick where the noise floor is."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"error-bar-{name}")
        self._name = name
        self._theme = theme
        self._error: float | None = None
        self._floor: float | None = None
        self._colour = "agrees"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_error(None, None, "agrees")

    def show_error(self, error: float | None, floor: float | None, colour: str) -> None:
        """Show an error in the theme's colour ``colour``; either number may be missing."""
        self._error, self._floor, self._colour = error, floor, colour
        said = "not known" if error is None else error_text(error)
        beside = "" if floor is None else f", noise floor {error_text(floor)}"
        self.setAccessibleName(f"{self._name} relative L2 error {said}{beside}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    @property
    def track(self) -> QRectF:
        """Where the axis runs, in the widget's pixels."""
        return QRectF(1, self.height() / 2 - GRID / 2, self.width() - 2, GRID)

    def sizeHint(self) -> QSize:
        return QSize(GRID * 14, GRID * 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(GRID * 7, GRID * 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        track = self.track
        painter.fillRect(track, QColor(self._theme.frame))
        if self._error is not None:
            bar = QRectF(track)
            bar.setWidth(max(2.0, track.width() * log_fraction(self._error)))
            painter.fillRect(bar, QColor(getattr(self._theme, self._colour)))
        for value in decades()[1:-1]:
            x: float = round(track.x() + track.width() * log_fraction(value))
            painter.fillRect(QRectF(x, track.y(), 1, track.height()), QColor(self._theme.panel))
        if self._floor is not None:
            x = track.x() + (track.width() - FLOOR_WIDTH) * log_fraction(self._floor)
            painter.fillRect(QRectF(x, 0, FLOOR_WIDTH, self.height()), QColor(self._theme.text))


class ErrorScale(QWidget):
    """The numbers under the error bars."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    @property
    def _height(self) -> int:
        return QFontMetrics(sized(self.font(), SMALL)).height()

    def sizeHint(self) -> QSize:
        return QSize(GRID * 14, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(GRID * 7, self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(QColor(self._theme.muted))
        length = self.width() - 2
        taken = -1.0
        for value in decades():
            text = error_text(value)
            width = painter.fontMetrics().horizontalAdvance(text)
            x = min(max(1 + length * log_fraction(value) - width / 2, 0.0), float(self.width() - width))
            if x > taken:
                box = QRectF(x, 0, width + 1, self.height())
                painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip), text)
                taken = x + width + GRID
