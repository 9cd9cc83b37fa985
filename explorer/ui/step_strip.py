"""Layer 0 as a row of small pictures: what each step of preprocessing made of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from explorer.session.answers import Steps
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.running.activations import Array

THUMBNAIL = QSize(9 * GRID, 7 * GRID)
CAPTION_LINES = 2


class StepStrip(QWidget):
    """Thumbnails with captions and arrows between them, sharing the width there is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("steps")
        self.setAccessibleName("Steps of preprocessing")
        self._theme = theme
        self._cards: list[StepCard] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    @property
    def captions(self) -> tuple[str, ...]:
        """The whole text under each thumbnail."""
        return tuple(card.caption for card in self._cards)

    def show_steps(self, steps: Steps) -> None:
        """Show the steps, first the picture itself."""
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._cards = []
        for caption, array in steps:
            if self._cards:
                self._row.addWidget(_Arrow(self._theme, self))
            card = StepCard(caption, array, self._theme, self)
            self._cards.append(card)
            # The last caption is arithmetic and the longest of all.
            self._row.addWidget(card, 5 if len(self._cards) == len(steps) else 4)
        self.setVisible(bool(steps))

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for part in self.findChildren(QWidget):
            if isinstance(part, StepCard | _Arrow):
                part.show_theme(theme)


class StepCard(QWidget):
    """One thumbnail over its caption, which is broken into lines and ends in … where it is too long."""

    def __init__(self, caption: str, array: Array, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.caption = caption
        self._theme = theme
        self._array = array
        self._image: QImage | None = None
        self.setAccessibleName(caption)
        self.setFont(sized(self.font(), SMALL))
        self._line = QFontMetrics(self.font()).lineSpacing()
        self.setFixedHeight(THUMBNAIL.height() + GRID // 2 + CAPTION_LINES * self._line)
        self.setMinimumWidth(6 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and not self.toolTip():
            # Not before somebody asks: it takes a look at every value.
            kind, low, high = self._array.dtype.name, self._array.min(), self._array.max()
            self.setToolTip(f"{self.caption}\n{kind}, from {low:.6g} to {high:.6g}")
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        image = self._picture()
        width, height = image.width() / image.devicePixelRatio(), image.height() / image.devicePixelRatio()
        scale = min(1.0, self.width() / width)
        place = QRectF(0, 0, width * scale, height * scale)
        place.moveCenter(QPointF(self.width() / 2, THUMBNAIL.height() / 2))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(QColor(self._theme.muted))
        top = THUMBNAIL.height() + GRID / 2
        for number, line in enumerate(broken(self.caption, painter.fontMetrics(), self.width())):
            box = QRectF(0, top + number * self._line, self.width(), self._line)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, line)

    def _picture(self) -> QImage:
        ratio = self.devicePixelRatioF()
        if self._image is None or self._image.devicePixelRatio() != ratio:
            from explorer.ui.thumbnails import thumbnail

            self._image = thumbnail(self._array, THUMBNAIL, ratio)
        return self._image


class _Arrow(QWidget):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedWidth(2 * GRID)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.muted), 1.25))
        middle, right = THUMBNAIL.height() / 2, self.width() - 3.0
        painter.drawLine(QPointF(3, middle), QPointF(right, middle))
        painter.drawLine(QPointF(right - 3, middle - 3), QPointF(right, middle))
        painter.drawLine(QPointF(right - 3, middle + 3), QPointF(right, middle))


def broken(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """``text`` in one or two lines of ``width`` pixels, broken at a space; a line ends in … if it must.

    Two words stand under one another, so that the sizes of all steps are in one line; of the other ways to
    break the text the one is taken that makes the lines most alike.
    """

    def fitting(line: str) -> str:
        return metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)

    words = text.split()
    if len(words) > 2 and fitting(text) == text:
        return [text]
    ways = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(1, len(words))]
    if not ways:
        return [fitting(text)]
    alike = min(ways, key=lambda lines: max(metrics.horizontalAdvance(line) for line in lines))
    return [fitting(line) for line in alike]
