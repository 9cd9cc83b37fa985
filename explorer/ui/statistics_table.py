"""The figures of ours and of the reference's values, beside one another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from explorer.running.activations import Array
from explorer.running.statistics import Statistics, statistics
from explorer.ui.copy_key import CopyKey
from explorer.ui.copying import Table, copy_table
from explorer.ui.focus_ring import paint_focus
from explorer.ui.number_text import count_text, number_text, share_text
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

_FIGURES = ("values", "min", "max", "mean", "deviation", "zeros", "dead", "NaN", "infinite")

_DEAD_TIP = "Channels that are zero everywhere in this picture"


class StatisticsTable(QWidget):
    """Range, mean, deviation, zeros and what is no number, one column for each side."""

    def __init__(self, theme: Theme, sides: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statistics")
        self.setAccessibleName("Figures of the values")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        CopyKey(self, self.copy)
        self._theme = theme
        self._sides = sides
        self._labels: list[TextLabel] = []
        self._texts: dict[tuple[str, str], TextLabel] = {}
        self._headings: dict[str, TextLabel] = {}
        self._names: dict[str, TextLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID + GRID // 2)
        grid.setVerticalSpacing(0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, side in enumerate(sides, start=1):
            colour = side if side in ("ours", "reference") else "muted"
            self._headings[side] = self._label(theme, side, colour)
            grid.addWidget(self._headings[side], 0, column, right)
        for line, figure in enumerate(_FIGURES, start=1):
            name = self._label(theme, figure, "muted")
            name.setToolTip(_DEAD_TIP if figure == "dead" else "")
            self._names[figure] = name
            grid.addWidget(name, line, 0)
            for column, side in enumerate(sides, start=1):
                text = self._label(theme, "", "text")
                text.setObjectName(f"statistics-{side}-{figure}")
                grid.addWidget(text, line, column, right)
                self._texts[side, figure] = text
        grid.setRowStretch(len(_FIGURES) + 1, 1)

    def show_values(self, *values: Array | None) -> None:
        """Show the figures of one array (channels × height × width) for each side; one without stays out of sight."""
        for side, array in zip(self._sides, values, strict=True):
            texts = [""] * len(_FIGURES) if array is None else figure_texts(statistics(array, channel_axis=0))
            self._headings[side].setVisible(array is not None)
            for figure, text in zip(_FIGURES, texts, strict=True):
                label = self._texts[side, figure]
                label.setText(text)
                label.setVisible(array is not None)
                marked = figure in ("NaN", "infinite") and text not in ("", "0")
                label.show_colour("culprit" if marked else "text")
        self.setAccessibleDescription("; ".join(" ".join(row) for row in self.table()))
        self._names["dead"].setVisible(any(self._texts[side, "dead"].text() for side in self._sides))

    @property
    def has_values(self) -> bool:
        """Whether there is a figure to see."""
        return any(text.text() for text in self._texts.values())

    def table(self) -> Table:
        """What is shown, with headings; the headings alone where there are no values."""
        sides = [side for side in self._sides if self._texts[side, "values"].text()]
        rows = [(figure, *(self._texts[side, figure].text() for side in sides)) for figure in _FIGURES]
        return (("", *sides), *(row for row in rows if any(row[1:])))

    def copy(self) -> None:
        """Put the figures on the clipboard."""
        copy_table(self.table())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_focus(self, self._theme)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for label in self._labels:
            label.show_theme(theme)

    def _label(self, theme: Theme, text: str, colour: str) -> TextLabel:
        label = TextLabel(theme, text, size=SMALL, colour=colour)
        self._labels.append(label)
        return label


def figures(found: Statistics) -> list[str]:
    """The figures in one line, those of NaN and infinity only where there are any."""
    texts = dict(zip(_FIGURES, figure_texts(found), strict=True))
    return [
        f"{name} {text}"
        for name, text in texts.items()
        if name != "values" and text and not (name in ("NaN", "infinite") and text == "0")
    ]


def figure_texts(found: Statistics) -> list[str]:
    """The figures in words: count, least, greatest, mean, deviation, zeros, dead channels, NaN and infinite."""
    figures = (found.minimum, found.maximum, found.mean, found.deviation)
    numbers = ["–" if figure is None else number_text(figure) for figure in figures]
    return [
        count_text(found.count),
        *numbers,
        share_text(found.zeros, found.count),
        "" if found.dead is None else f"{count_text(found.dead)} of {count_text(found.channels or 0)}",
        count_text(found.nans),
        count_text(found.infinities),
    ]
