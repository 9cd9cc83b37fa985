"""The head of the comparison panel: which layer, fed with what, its shapes, and its errors."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from explorer.comparison.comparison import LayerComparison
from explorer.comparison.metrics import Errors
from explorer.ui.error_bar import ErrorBar, ErrorScale
from explorer.ui.layer_view_state import LayerView, input_text, recorded_note, shapes_text
from explorer.ui.number_text import cosine_text, error_text
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import BODY, GRID, MARKS, SMALL, TITLE, Theme
from explorer.ui.verdict_mark import VerdictMark

_COLUMNS = ("relative L2", "floor", "max abs", "cosine")
_ROWS = ("isolated", "cumulative")

NOT_KNOWN = "–"


class LayerHeader(QWidget):
    """Says what is known of a layer without looking at its maps."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layer-header")
        self._theme = theme
        self._title = ElidedLabel(theme, size=TITLE, bold=True)
        self._title.setObjectName("layer-title")
        self._type = TextLabel(theme, size=SMALL, colour="muted")
        self._type.setObjectName("layer-type")
        self._verdict = TextLabel(theme, size=BODY, bold=True)
        self._verdict.setObjectName("layer-verdict")
        self._mark = VerdictMark(theme)
        self._shapes = TextLabel(theme, size=BODY)
        self._shapes.setObjectName("layer-shapes")
        self._note = TextLabel(theme, size=SMALL, colour="muted")
        self._note.setObjectName("layer-note")
        self._note.setWordWrap(True)
        self._errors = ErrorTable(theme)

        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self._title, 1)
        top.addWidget(self._mark)
        top.addWidget(self._verdict)
        middle = QHBoxLayout()
        middle.setSpacing(GRID)
        middle.addWidget(self._shapes)
        middle.addStretch(1)
        middle.addWidget(self._type)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addLayout(middle)
        column.addWidget(self._note)
        column.addWidget(self._errors)
        self.show_layer(None)

    def show_layer(self, view: LayerView | None) -> None:
        """Show what is known of a layer."""
        self.setVisible(view is not None)
        if view is None:
            return
        self._title.setText(view.title)
        self._type.setText(view.type)
        ours, theirs, same = shapes_text(view)
        self._shapes.setText(ours if theirs is None else f"{ours} {'=' if same else '≠'} {theirs}")
        self._shapes.show_colour("text" if same else "culprit")
        note = " · ".join(part for part in (input_text(view.fed_with), recorded_note(view)) if part)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        row = view.row
        self._mark.setVisible(row is not None)
        self._verdict.setVisible(row is not None)
        self._errors.setVisible(row is not None and (row.isolated or row.cumulative) is not None)
        if row is not None:
            mark = MARKS[row.verdict]
            self._mark.show_verdict(row.verdict)
            self._verdict.setText(mark.word)
            self._verdict.show_colour(mark.colour)
            self._errors.show_row(row)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for label in (self._title, self._type, self._verdict, self._shapes, self._note):
            label.show_theme(theme)
        self._mark.show_theme(theme)
        self._errors.show_theme(theme)


class ErrorTable(QWidget):
    """Isolated and cumulative error: a bar against the noise floor, and the numbers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layer-errors")
        self._labels: list[TextLabel] = []
        self._bars = {name: ErrorBar(theme, name) for name in _ROWS}
        self._scale = ErrorScale(theme)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID + GRID // 2)
        grid.setVerticalSpacing(GRID // 4)
        grid.setColumnStretch(1, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, name in enumerate(_COLUMNS):
            grid.addWidget(self._label(theme, name, "muted", SMALL), 0, 2 + column, right)
        self._numbers: dict[tuple[str, str], TextLabel] = {}
        for line, name in enumerate(_ROWS, start=1):
            grid.addWidget(self._label(theme, name, "muted", SMALL), line, 0)
            grid.addWidget(self._bars[name], line, 1)
            for column, figure in enumerate(_COLUMNS):
                number = self._label(theme, NOT_KNOWN, "muted" if figure == "floor" else "text", SMALL)
                number.setObjectName(f"error-{name}-{figure.replace(' ', '-')}")
                grid.addWidget(number, line, 2 + column, right)
                self._numbers[name, figure] = number
        grid.addWidget(self._scale, 3, 1)

    def show_row(self, row: LayerComparison) -> None:
        """Show the errors of a layer."""
        own = "culprit" if row.verdict in ("culprit", "shape") else "agrees"
        overall = MARKS[row.verdict].colour
        self._show_errors("isolated", row.isolated, row.isolated_floor, own)
        self._show_errors("cumulative", row.cumulative, row.noise_floor, overall)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for label in self._labels:
            label.show_theme(theme)
        for bar in self._bars.values():
            bar.show_theme(theme)
        self._scale.show_theme(theme)

    def _show_errors(self, name: str, errors: Errors | None, floor: float | None, colour: str) -> None:
        self._bars[name].show_error(None if errors is None else errors.relative_l2, floor, colour)
        for figure, text in zip(_COLUMNS, _texts(errors, floor), strict=True):
            self._numbers[name, figure].setText(text)

    def _label(self, theme: Theme, text: str, colour: str, size: int) -> TextLabel:
        label = TextLabel(theme, text, size=size, colour=colour)
        self._labels.append(label)
        return label


def _texts(errors: Errors | None, floor: float | None) -> tuple[str, str, str, str]:
    beside = NOT_KNOWN if floor is None else error_text(floor)
    if errors is None:
        return NOT_KNOWN, beside, NOT_KNOWN, NOT_KNOWN
    return error_text(errors.relative_l2), beside, error_text(errors.max_abs), cosine_text(errors.cosine)
