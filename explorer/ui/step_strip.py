"""Layer 0 as small pictures in the order of the data: what each step of preprocessing made of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from explorer.network.preprocessing_fields import CALCULATING
from explorer.session.answers import Steps
from explorer.ui.step_text import NAMES, step_numbers, step_tip
from explorer.ui.style import RADIUS
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing, Stage
    from explorer.network.preprocessing_fields import Step

THUMBNAIL = QSize(7 * GRID, 5 * GRID)
LEAST_CARD, MOST_CARD = 6 * GRID + 2, 12 * GRID
"""A card's width where as many as possible are side by side, and where there is all the room that it can use."""

ENDS = ("picture", "tensor")


class StepStrip(QWidget):
    """A card for each step, in as many rows as the width asks for; one of them may be chosen.

    Arrows go from card to card, Space or Enter chooses, Delete takes the step out, and Alt with an arrow moves it.
    """

    chosen = Signal(str)
    """A step, ``picture`` or ``tensor``; empty where the chosen one was clicked again."""
    moved = Signal(str, int)
    removed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("steps")
        self.setAccessibleName("Steps of preprocessing")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._cards: dict[str, StepCard] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)

    @property
    def cards(self) -> tuple[StepCard, ...]:
        """The cards in the order of the data."""
        return tuple(self._cards.values())

    @property
    def captions(self) -> tuple[str, ...]:
        """What stands under each picture, in one line."""
        return tuple(f"{card.name} {card.numbers}".strip() for card in self.cards)

    def show_steps(
        self, recipe: Preprocessing | None, steps: Steps, left_out: Mapping[Step, Preprocessing] | None = None
    ) -> None:
        """Show the recipe's steps with what they made; without a recipe there is only the picture.

        Steps that are ``left_out`` stand where they would be done, without a picture. Cards keep their pictures until
        there are others.
        """
        stages = {stage.step: stage for stage in steps}
        off = {} if left_out is None else left_out
        if recipe is None:
            order = ["picture"] if steps else []
        else:
            order = ["picture", *(step for step in recipe.sequence if step in off or recipe.does(step)), "tensor"]
        order = order if steps or recipe is not None else []
        for step in [step for step in self._cards if step not in order]:
            card = self._cards.pop(step)
            self._group.removeButton(card)
            card.hide()
            card.deleteLater()
        self._cards = {step: self._cards.get(step) or self._made(step) for step in order}
        for step, card in self._cards.items():
            is_off = step in off
            card.show_step(off[step] if is_off else recipe, stages.get(step), is_off=is_off)  # type: ignore[index]
        self._place()
        self.setVisible(bool(order))

    def show_chosen(self, step: str) -> None:
        """Mark that step as the one whose editor is open; empty: none is."""
        for name, card in self._cards.items():
            card.setChecked(name == step)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for card in self.cards:
            card.show_theme(theme)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cards = self.cards
        current = next((card for card in cards if card.hasFocus()), None)
        back, on = (Qt.Key.Key_Left, Qt.Key.Key_Up), (Qt.Key.Key_Right, Qt.Key.Key_Down)
        key = Qt.Key(event.key())
        if current is None:
            super().keyPressEvent(event)
        elif key in (*back, *on) and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if current.step not in ENDS:
                self.moved.emit(current.step, -1 if key in back else 1)
        elif key in (*back, *on):
            place = cards.index(current) + (-1 if key in back else 1)
            cards[min(max(place, 0), len(cards) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            current.click()
        elif key == Qt.Key.Key_Delete and current.step not in ENDS:
            self.removed.emit(current.step)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.muted), 1.25))
        for card in self.cards[1:]:
            # Between this card's picture and the one before; at the beginning of a row it points out of the margin.
            x, y = card.x() + 1.0, card.y() + CARD_TOP + THUMBNAIL.height() / 2
            painter.drawLine(QPointF(x - 1, y - 3), QPointF(x + 2, y))
            painter.drawLine(QPointF(x - 1, y + 3), QPointF(x + 2, y))

    def _made(self, step: str) -> StepCard:
        card = StepCard(step, self._theme, self)
        card.clicked.connect(lambda checked, step=step: self._tell(step, checked))
        self._group.addButton(card)
        card.show()
        return card

    def _tell(self, step: str, checked: bool) -> None:
        self.chosen.emit(step if checked else "")

    def _place(self) -> None:
        cards = self.cards
        if not cards:
            return
        columns = max(1, min(len(cards), self.width() // LEAST_CARD))
        # Rows of the same length, as far as that goes.
        columns = -(-len(cards) // -(-len(cards) // columns))
        width = min(self.width() / columns, MOST_CARD)
        height = cards[0].height()
        for number, card in enumerate(cards):
            row, column = divmod(number, columns)
            left = round(column * width)
            card.setGeometry(left, row * (height + GRID // 2), round((column + 1) * width) - left, height)
        rows = -(-len(cards) // columns)
        self.setFixedHeight(rows * height + (rows - 1) * (GRID // 2))
        for earlier, later in pairwise(cards):
            QWidget.setTabOrder(earlier, later)
        self.update()


CARD_TOP = 3


class StepCard(QAbstractButton):
    """A small picture over a name and its numbers; a frame says that it is the chosen one, dots that it is off."""

    def __init__(self, step: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{step}")
        self.setCheckable(True)
        self.setFont(sized(self.font(), SMALL))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.step = step
        self.name = NAMES[step]
        self.numbers = ""
        self.is_off = False
        self._theme = theme
        self._stage: Stage | None = None
        self._image: QImage | None = None
        self._recipe: Preprocessing | None = None
        self._line = QFontMetrics(self.font()).lineSpacing()
        self.resize(LEAST_CARD, CARD_TOP + THUMBNAIL.height() + GRID // 2 + 2 * self._line + 2)

    def show_step(self, recipe: Preprocessing | None, stage: Stage | None, *, is_off: bool = False) -> None:
        """Show the step's numbers and what it made; without that, what it made last."""
        if stage is not None and (self._stage is None or stage.array is not self._stage.array):
            self._stage, self._image = stage, None
        self.is_off, self._recipe = is_off, recipe
        if recipe is not None:
            numbers = step_numbers(recipe, self.step, stage or self._stage)
        else:
            numbers = "" if stage is None else f"{stage.array.shape[1]}×{stage.array.shape[0]}"
        self.numbers = "off" if is_off else numbers
        self.setText(f"{self.name} {self.numbers}")
        self.setAccessibleName(f"{self.name} {numbers}{', left out' if is_off else ''}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            # Not before somebody asks: it takes a look at every value.
            self.setToolTip(self._tip())
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(LEAST_CARD, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(5.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse():
            painter.setPen(QPen(QColor(theme.accent if self.isChecked() else theme.line), 1))
            painter.setBrush(QColor(theme.selection if self.isChecked() else theme.raised))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_picture(painter, box)
        top = CARD_TOP + THUMBNAIL.height() + GRID / 2
        metrics = painter.fontMetrics()
        for number, (text, colour) in enumerate(((self.name, theme.text), (self.numbers, theme.muted))):
            painter.setPen(QColor(theme.faint if self.is_off else colour))
            # The arrow takes nothing beside the text.
            place = QRectF(0, top + number * self._line, self.width(), self._line)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - 2)
            if shown != text:
                shown = metrics.elidedText(shorter(text), Qt.TextElideMode.ElideRight, self.width() - 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, shown)

    def _paint_picture(self, painter: QPainter, box: QRectF) -> None:
        frame = QRectF(0, 0, min(THUMBNAIL.width(), box.width() - 4), THUMBNAIL.height())
        frame.moveCenter(QPointF(box.center().x(), CARD_TOP + THUMBNAIL.height() / 2))
        image = None if self.is_off else self._picture()
        if image is None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.faint), 1, Qt.PenStyle.DashLine))
            painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))
            return
        ratio = image.devicePixelRatio()
        width, height = image.width() / ratio, image.height() / ratio
        scale = min(1.0, frame.width() / width, frame.height() / height)
        place = QRectF(0, 0, width * scale, height * scale)
        place.moveCenter(frame.center())
        # On whole pixels, for a frame that fits.
        place = QRectF(place.toRect())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(0, 0, -1, -1))

    def _picture(self) -> QImage | None:
        ratio = self.devicePixelRatioF()
        if self._stage is not None and (self._image is None or self._image.devicePixelRatio() != ratio):
            from explorer.ui.thumbnails import thumbnail

            self._image = thumbnail(self._stage.array, THUMBNAIL, ratio, is_picture=self._is_picture())
        return self._image

    def _is_picture(self) -> bool:
        """Whether the values are still those of a picture, 0–255."""
        if self._recipe is None or self.step == "picture":
            return True
        done = self._recipe.done
        before = done[: done.index(self.step) + 1] if self.step in done else done
        return self.step != "tensor" and not set(CALCULATING) & set(before)

    def _tip(self) -> str:
        if self._recipe is None:
            return self.text()
        words = step_tip(self._recipe, self.step, self._stage)
        return f"{words}\nLeft out: choose it to do it again." if self.is_off else words


def shorter(numbers: str) -> str:
    """The same in fewer letters: how many numbers there are, or how many million pixels."""
    if ", " in numbers:
        return f"{numbers.count(', ') + 1} values"
    sides = numbers.split("×")
    if len(sides) == 2 and all(side.isdecimal() for side in sides):
        millions = max(int(sides[0]) * int(sides[1]) / 1e6, 0.1)
        return f"{millions:.0f} MP" if millions >= 10 else f"{millions:.1f} MP"
    return numbers
