"""A ramp of colours with the values at its ends."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.maps.colour_maps import LEVELS, Ramp, ramp_colours
from explorer.maps.value_range import ValueRange
from explorer.ui.number_text import number_text
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme


class ColourBar(QWidget):
    """Shows which colour stands for which value: of the chosen channel, where each has its own range."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"colour-bar-{name}")
        self._name = name
        self._theme = theme
        self._ramp: Ramp = "values"
        self._low, self._high, self._diverging = 0.0, 0.0, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def texts(self) -> tuple[str, str, str]:
        """What stands at the low end, in the middle and at the high end."""
        middle = "0" if self._diverging else ""
        return number_text(self._low), middle, number_text(self._high)

    def show_range(self, span: ValueRange, ramp: Ramp, channel: int) -> None:
        """Show the range of a channel."""
        self._low, self._high = span.ends(channel)
        self._ramp, self._diverging = ramp, span.diverging
        self.setAccessibleName(f"Colours of the {self._name}: {self.texts[0]} to {self.texts[2]}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(GRID * 12, GRID + GRID // 4 + QFontMetrics(sized(self.font(), SMALL)).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(GRID * 9, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = ramp_colours(self._ramp)
        image = QImage(colours.tobytes(), LEVELS, 1, 3 * LEVELS, QImage.Format.Format_RGB888)
        bar = QRectF(0, 0, self.width(), GRID)
        painter.drawImage(bar, image)
        painter.setPen(QColor(self._theme.line))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(QColor(self._theme.muted))
        box = QRectF(0, GRID + GRID // 4, self.width(), self.height() - GRID - GRID // 4)
        low, middle, high = self.texts
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        width = painter.fontMetrics().horizontalAdvance
        if width(low) + width(middle) + width(high) + 2 * GRID > self.width():
            middle = ""
        for text, side in zip((low, middle, high), sides, strict=True):
            painter.drawText(box, int(side | Qt.AlignmentFlag.AlignTop), text)
