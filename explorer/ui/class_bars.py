"""The classes of one picture as pairs of bars: ours, and under it the reference's."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from explorer.session.classes import ClassRow, agreement
from explorer.ui.copy_key import CopyKey
from explorer.ui.copying import Table, copy_table
from explorer.ui.focus_ring import paint_ring
from explorer.ui.number_text import number_text
from explorer.ui.plain_tip import plain_tip
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, GRID, SMALL, Theme
from explorer.ui.view_keys import ViewKey, press

WORDNET = re.compile(r"^n\d{8} ")
"""ImageNet's labels begin so; nobody reads it, and the tooltip has it."""

NUMBER = "0.0000"
ANOTHER = "another first class"
AGREEMENT = {
    "same order": ("●", "agrees"),
    "same classes, another order": ("○", "inherits"),
    "same first class": ("○", "inherits"),
    ANOTHER: ("▲", "culprit"),
    "not all are numbers": ("▲", "culprit"),
}
"""The mark and the theme's colour for how far the best classes of both sides are the same."""

BAR = 3
GAP = 1


class ClassBars(QWidget):
    """One row for each class, best first; two columns of numbers where there is a reference."""

    class_chosen = Signal(int)
    """The index of a class whose map is to be seen."""
    head_chosen = Signal(str)
    """The output whose classes are to be seen, where several classify."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classes")
        self.setAccessibleName("Classes")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        CopyKey(self, self.copy)
        self._current = 0
        self._theme = theme
        self._heading = _Heading(theme, self)
        self.heads = QComboBox(self)
        self.heads.setObjectName("head")
        self.heads.setAccessibleName("Output whose classes are shown")
        self.heads.setToolTip("Which of the network's classifiers is shown: its own, or an auxiliary one")
        self.heads.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.heads.activated.connect(lambda place: self.head_chosen.emit(self.heads.itemText(place)))
        self.heads.hide()
        self._bars: list[ClassBar] = []
        self._chosen: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self._column.addWidget(self.heads)
        self._column.addWidget(self._heading)

    @property
    def bars(self) -> tuple[ClassBar, ...]:
        """The rows, best first."""
        return tuple(self._bars)

    def show_classes(self, rows: tuple[ClassRow, ...], *, other_input: bool = False) -> None:
        """Show the classes; values beyond 1, which no probability has, shrink all bars alike.

        With ``other_input`` the sides were fed with unlike inputs, so that unlike classes are no network's mistake.
        """
        for bar in self._bars:
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        values = [value for row in rows for value in (row.ours, row.reference) if value is not None]
        largest = max([1.0, *filter(math.isfinite, values)])
        sides = (any(row.ours is not None for row in rows), any(row.reference is not None for row in rows))
        self._bars = [ClassBar(row, sides, largest, self._theme, self) for row in rows]
        for bar in self._bars:
            bar.clicked.connect(self.class_chosen)
            self._column.addWidget(bar)
        self._current = 0
        self._point_out()
        self.show_chosen(self._chosen)
        self._heading.show_sides(sides, agreement(rows), other_input=other_input)
        self.setVisible(bool(rows) or not self.heads.isHidden())

    def show_heads(self, outputs: tuple[str, ...], chosen: str | None) -> None:
        """Offer the outputs that classify where there are several, the last in the order of the data first."""
        with QSignalBlocker(self.heads):
            self.heads.clear()
            self.heads.addItems(outputs[::-1])
            self.heads.setCurrentText(chosen or (outputs[-1] if outputs else ""))
        self.heads.setVisible(len(outputs) > 1)

    @property
    def words(self) -> str:
        """How far both sides agree, as the heading says it."""
        return self._heading.words

    def step(self, by: int) -> None:
        """Point to the class so many rows further down."""
        self._current = min(max(self._current + by, 0), max(len(self._bars) - 1, 0))
        self._point_out()

    def choose_current(self) -> None:
        """Ask for the map of the class that is pointed to."""
        if self._bars:
            self.class_chosen.emit(self._bars[self._current].row.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(self, CLASS_KEYS, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._point_out()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_out()

    def _point_out(self) -> None:
        for place, bar in enumerate(self._bars):
            bar.show_current(place == self._current and self.hasFocus())
        self.setAccessibleDescription(self._bars[self._current].accessibleName() if self._bars else "")

    def show_chosen(self, index: int | None) -> None:
        """Mark the class whose map is shown; None: there is none."""
        self._chosen = index
        for bar in self._bars:
            bar.show_chosen(bar.row.index == index)

    def table(self) -> Table:
        """The classes, best first, with headings; a side without values is left out."""
        rows = [bar.row for bar in self._bars]
        columns: dict[str, list[str]] = {
            "Class": [bar.name for bar in self._bars],
            "Index": [str(row.index) for row in rows],
            "Ours": ["" if row.ours is None else f"{row.ours:.6g}" for row in rows],
            "Reference": ["" if row.reference is None else f"{row.reference:.6g}" for row in rows],
        }
        shown = {heading: cells for heading, cells in columns.items() if heading == "Class" or any(cells)}
        return (tuple(shown), *zip(*shown.values(), strict=True))

    def copy(self) -> None:
        """Put the classes on the clipboard."""
        if self._bars:
            copy_table(self.table())

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self._heading.show_theme(theme)
        for bar in self._bars:
            bar.show_theme(theme)


class ClassBar(QWidget):
    """A class's name, its value on each side to four decimals, and a bar for each."""

    clicked = Signal(int)

    def __init__(self, row: ClassRow, sides: tuple[bool, bool], largest: float, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.row = row
        self._sides = sides
        self._largest = largest
        self._theme = theme
        self._line = QFontMetrics(sized(self.font(), BODY)).height() + 2 * GAP
        self.setFixedHeight(self._line + sum(sides) * (BAR + GAP))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join(self.text().splitlines()))
        self.setAccessibleDescription("Enter shows where in the picture it is seen")
        self.setToolTip(plain_tip(f"{self.text()}\nclick or Enter: where in the picture it is seen"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._chosen, self._is_current = False, False

    @property
    def name(self) -> str:
        """The class's label without its WordNet number, or the class's own number where it has none."""
        return WORDNET.sub("", self.row.label or "") or f"class {self.row.index}"

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that are shown, ours first."""
        pairs = zip((self.row.ours, self.row.reference), self._sides, strict=True)
        return tuple("–" if value is None else class_number(value) for value, shown in pairs if shown)

    def text(self) -> str:
        """The row in words."""
        lines = [self.row.label, f"class {self.row.index}"] if self.row.label else [self.name]
        for side, value in (("ours", self.row.ours), ("reference", self.row.reference)):
            if value is not None:
                lines.append(f"{side} {number_text(value, 6)}")
        return "\n".join(lines)

    def show_chosen(self, chosen: bool) -> None:
        """Mark it as the class whose map is shown, or not."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.row.index)

    def show_current(self, is_current: bool) -> None:
        """Put the ring of the keyboard around it, or not."""
        if is_current != self._is_current:
            self._is_current = is_current
            self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # Within the ring that shows the keyboard, where that is here.
        width = self.width()
        if self._is_current:
            width -= GRID
            painter.translate(GRID // 2, 0)
        theme = self._theme
        small = sized(self.font(), SMALL)
        column = _column_width(small)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        colours = [c for c, shown in zip((theme.ours, theme.reference), self._sides, strict=True) if shown]
        painter.setFont(small)
        left = float(width - len(self.numbers) * column)
        for place, (number, colour) in enumerate(zip(self.numbers, colours, strict=True)):
            painter.setPen(QColor(colour))
            painter.drawText(QRectF(left + place * column, 0, column, self._line), right, number)
        painter.setFont(sized(self.font(), BODY))
        painter.setPen(QColor(theme.accent if self._chosen else theme.text))
        shown = f"◎ {self.name}" if self._chosen else self.name
        name = painter.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, int(left) - GRID)
        painter.drawText(QRectF(0, 0, left, self._line), Qt.AlignmentFlag.AlignTop, name)
        top = float(self._line)
        values = [v for v, shown in zip((self.row.ours, self.row.reference), self._sides, strict=True) if shown]
        for value, colour in zip(values, colours, strict=True):
            painter.fillRect(QRectF(0, top, width, BAR), QColor(theme.frame))
            known = value is not None and not math.isnan(value)
            share = min(max(value / self._largest, 0.0), 1.0) if known and value is not None else 0.0
            painter.fillRect(QRectF(0, top, share * width, BAR), QColor(colour))
            top += BAR + GAP
        painter.end()
        if self._is_current:
            paint_ring(self, theme)


CLASS_KEYS: tuple[ViewKey[ClassBars], ...] = (
    ViewKey((Qt.Key.Key_Up,), "To the class before", lambda classes: classes.step(-1)),
    ViewKey((Qt.Key.Key_Down,), "To the next class", lambda classes: classes.step(1)),
    ViewKey(
        (Qt.Key.Key_Return, Qt.Key.Key_Space),
        "Show where the class is seen",
        lambda classes: classes.choose_current(),
        also=(Qt.Key.Key_Enter,),
    ),
)
"""What the keys do in the classes."""


class _Heading(QWidget):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sides = (True, False)
        self._other_input = False
        self.words = ""
        self.setFixedHeight(QFontMetrics(sized(self.font(), SMALL)).height())

    def show_sides(self, sides: tuple[bool, bool], words: str, *, other_input: bool) -> None:
        self._sides = sides
        self.words = words
        self._other_input = other_input
        why = ", as the reference was fed with another input" if other_input and words != "same order" else ""
        self.setToolTip(plain_tip(f"The best classes of both sides: {words}{why}") if words else "")
        self.setVisible(any(sides))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        font = sized(self.font(), SMALL)
        painter.setFont(font)
        column = _column_width(font)
        named = (("ours", theme.ours), ("reference", theme.reference))
        shown = [part for part, there in zip(named, self._sides, strict=True) if there]
        left = float(self.width() - len(shown) * column)
        mark, colour = AGREEMENT.get(self.words, ("", theme.muted))
        if self._other_input and self.words == ANOTHER:
            mark, colour = AGREEMENT["same first class"]
        painter.setPen(QColor(getattr(theme, colour) if mark else colour))
        text = f"{mark} {self.words}" if mark else "Classes"
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(left) - GRID)
        painter.drawText(QRectF(0, 0, left, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
        for place, (word, side_colour) in enumerate(shown):
            painter.setPen(QColor(side_colour))
            box = QRectF(left + place * column, 0, column, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, word)


def class_number(value: float) -> str:
    """A class's number: four decimals, as probabilities have them, and fewer where it is large."""
    return f"{value:.4f}" if abs(value) < 100 else number_text(value, 5)


def _column_width(font: QFont) -> int:
    metrics = QFontMetrics(font)
    return max(metrics.horizontalAdvance(NUMBER), metrics.horizontalAdvance("reference")) + GRID
