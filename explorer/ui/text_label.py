"""Writing in the window: a size of the type scale, a colour of the theme, and no clipped text."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from explorer.ui.plain_tip import plain_tip
from explorer.ui.theme import BODY, Theme


def sized(font: QFont, size: int, *, bold: bool = False) -> QFont:
    """The font in that many pixels; a style sheet would override one that is set on the widget."""
    made = QFont(font)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


class TextLabel(QLabel):
    """A line of text in ``size`` pixels and the theme's colour ``colour`` (a field of :class:`Theme`)."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        size: int = BODY,
        colour: str = "text",
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._theme, self._size, self._colour, self._bold = theme, size, colour, bold
        self._dress()

    @property
    def colour(self) -> str:
        """The colour as ``#rrggbb``."""
        return str(getattr(self._theme, self._colour))

    def show_colour(self, colour: str) -> None:
        """Take another of the theme's colours."""
        if colour != self._colour:
            self._colour = colour
            self._dress()

    def show_theme(self, theme: Theme) -> None:
        """Take the colour as it is in that theme."""
        if theme != self._theme:
            self._theme = theme
            self._dress()

    def _dress(self) -> None:
        # Of the label's own, since the window's style sheet overrides palettes and fonts of single labels.
        weight = 600 if self._bold else 400
        font = f"font-size: {self._size}px; font-weight: {weight};"
        self.setStyleSheet(f"color: {self.colour}; background: transparent; {font}")


class ElidedLabel(TextLabel):
    """A line that leaves out its middle where it has no room, and then shows itself whole as a tool tip.

    With ``tip`` the tool tip is that, at any time.
    """

    def __init__(
        self, theme: Theme, text: str = "", *, size: int = BODY, colour: str = "text", bold: bool = False
    ) -> None:
        super().__init__(theme, text, size=size, colour=colour, bold=bold)
        self.tip = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def shown_text(self) -> str:
        """The text as it is painted."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown_text
        self.setToolTip(plain_tip(self.tip or (self.text() if shown != self.text() else "")))
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(QColor(self.colour))
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)
