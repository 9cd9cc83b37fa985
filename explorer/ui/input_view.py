"""The network's input twice: what preprocessing made of the picture, and what the reference holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.session.inputs import ROUNDING
from explorer.ui.compact_button import compact_button
from explorer.ui.number_text import error_text, number_text, sentence_text, shape_text
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.session.inputs import InputPair, View

MOST_SIDE = 20 * GRID

CAPTIONS = ("ours", "reference", "difference")

WAYS = {
    "seen": ("As pictures", "Show both with the arithmetic undone, as the pictures that they were"),
    "raw": ("As values", "Show the values in both as they are, black to white over one range"),
}


class InputView(QWidget):
    """Shows both inputs side by side and says how far apart they are; as pictures, or the values as they are."""

    way_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("input_pair")
        self.setAccessibleName("Our input beside the reference's")
        self._pair: InputPair | None = None
        self.way = "seen"
        self._title = TextLabel(theme, "Network’s input", size=SMALL, colour="muted")
        self.panes = InputPanes(theme)
        self._range = TextLabel(theme, size=SMALL, colour="muted")
        self._range.setObjectName("input_range")
        self._range.setWordWrap(True)
        self._words = TextLabel(theme, size=SMALL)
        self._words.setObjectName("input_difference")
        self._words.setWordWrap(True)
        self._buttons: dict[str, QPushButton] = {}
        head = QHBoxLayout()
        head.setSpacing(GRID // 2)
        head.addWidget(self._title, 1)
        group = QButtonGroup(self)
        for way, (text, tip) in WAYS.items():
            button = compact_button(self, f"input_{way}", text, tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            button.setChecked(way == self.way)
            button.clicked.connect(lambda checked, way=way: self.show_way(way))
            group.addButton(button)
            head.addWidget(button)
            self._buttons[way] = button
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self.panes)
        column.addWidget(self._range)
        self.show_pair(None)

    def show_pair(self, pair: InputPair | None, causes: tuple[str, ...] = ()) -> None:
        """Show both inputs; ``causes`` are what the diagnosis says of the difference."""
        self._pair = pair
        self.setVisible(pair is not None)
        if pair is None:
            return
        text, colour = difference_words(pair, causes)
        self._words.setText(text)
        self._words.show_colour(colour)
        self._draw()

    def show_way(self, way: str) -> None:
        """Show them as pictures (``seen``), or the values as they are (``raw``)."""
        self.way = way
        for name, button in self._buttons.items():
            button.setChecked(name == way)
        self._draw()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for part in (self._title, self.panes, self._range, self._words):
            part.show_theme(theme)

    def _draw(self) -> None:
        pair = self._pair
        if pair is None:
            return
        view = pair.seen if self.way == "seen" and pair.seen is not None else pair.raw
        self.panes.show_view(view)
        self._range.setText(range_words(view, self.way))


class InputPanes(QWidget):
    """Up to three pictures under their captions, sharing the width."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("input_panes")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFont(sized(self.font(), SMALL))
        self._theme = theme
        self._shown: list[tuple[str, NDArray[np.uint8]]] = []

    @property
    def captions(self) -> tuple[str, ...]:
        """What is shown, from the left."""
        return tuple(caption for caption, _ in self._shown)

    def show_view(self, view: View) -> None:
        """Show what there is of both sides and their difference."""
        sides = zip(CAPTIONS, (view.ours, view.theirs, view.difference), strict=True)
        self._shown = [(caption, pixels) for caption, pixels in sides if pixels is not None]
        self.setAccessibleName(f"Pictures of the inputs: {', '.join(self.captions)}")
        self.updateGeometry()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        tallest = max((pixels.shape[0] / pixels.shape[1] for _, pixels in self._shown), default=1.0)
        return self._line() + min(round(self._side(width) * tallest), 2 * MOST_SIDE)

    def sizeHint(self) -> QSize:
        return QSize(3 * MOST_SIDE, self.heightForWidth(max(self.width(), 1)))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side, line = self._side(self.width()), self._line()
        colours = {"ours": theme.ours, "reference": theme.reference, "difference": theme.muted}
        for number, (caption, pixels) in enumerate(self._shown):
            left = number * (side + GRID)
            painter.setPen(QColor(colours[caption]))
            painter.drawText(QRectF(left, 0, side, line), Qt.AlignmentFlag.AlignTop, caption)
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            scale = min(side / width, (self.height() - line) / height)
            place = QRectF(QPointF(left, line), image.size().toSizeF() * scale)
            painter.drawImage(place, image)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))

    def _side(self, width: int) -> int:
        return max(1, min((width - 2 * GRID) // 3, MOST_SIDE))

    def _line(self) -> int:
        return QFontMetrics(self.font()).lineSpacing() + 2


def difference_words(pair: InputPair, causes: tuple[str, ...]) -> tuple[str, str]:
    """How far apart both are, and the field of the theme that it is written in."""
    ours, theirs = pair.shapes
    if ours is None:
        return "What the reference was fed with. Open its picture to see ours beside it.", "muted"
    if ours != theirs:
        return f"▲ Of other shapes: ours {shape_text(ours)}, reference {shape_text(theirs)}.", "inherits"
    if pair.is_same:
        return "● Same to the last bit.", "agrees"
    errors = pair.errors
    if errors is None:
        return "", "muted"
    figures = f"max |Δ| {error_text(errors.max_abs)}, relative {error_text(errors.relative_l2)}"
    if errors.relative_l2 <= ROUNDING:
        return f"● Same but for rounding: {figures}.", "agrees"
    said = f" The diagnosis: {sentence_text('; '.join(causes))}" if causes else ""
    return f"▲ Differs by {figures}.{said}", "inherits"


def range_words(view: View, way: str) -> str:
    """What black and white mean."""
    if way == "seen":
        words = "Arithmetic undone and channels put right, 0–255."
    else:
        words = f"Black {number_text(view.low)}, white {number_text(view.high)} in both."
    if view.difference is None:
        return words
    if view.most == 0:
        return f"{words} No difference."
    return f"{words} Difference: white {number_text(view.most, 3)}."
