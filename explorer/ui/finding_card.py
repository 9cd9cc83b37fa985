"""One finding as a card: the layer and the cause always, and opened the proof."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.comparison.comparison import Verdict
from explorer.ui.error_bar import ErrorBar, ErrorScale
from explorer.ui.finding_text import CardText
from explorer.ui.number_text import error_text
from explorer.ui.style import RADIUS
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.verdict_mark import VerdictMark
from explorer.ui.view_keys import ViewKey, press

PAD = GRID + GRID // 2
INDENT = 2 * GRID + GRID // 2
"""Where the writing begins, right of the mark."""


class FindingCard(QFrame):
    """``residuals`` are the errors before and after the correction, and the noise floor; None: nothing corrects it."""

    chosen = Signal()
    toggled = Signal()
    """Apply the correction, or take it back."""
    stepped = Signal(int)
    """On to the next card (1) or back to the one before (-1)."""

    def __init__(
        self,
        theme: Theme,
        words: CardText,
        residuals: tuple[float, float, float] | None,
        verdict: Verdict = "culprit",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("finding")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.words = words
        self._theme = theme
        self._verdict = verdict
        self._can_apply = residuals is not None
        self._is_chosen, self._is_hovered, self._is_applied = False, False, False
        self._mark = VerdictMark(theme)
        self._layer = ElidedLabel(theme, words.layer, bold=True)
        self._layer.setObjectName("finding-layer")
        self._change = self._label("finding-change", words.change, SMALL, "muted")
        self.button = QPushButton("Apply", self)
        self.button.setObjectName("finding-apply")
        self.button.setProperty("compact", True)
        self.button.setVisible(self._can_apply)
        self.button.clicked.connect(self.toggled)
        self._title = self._label("finding-title", words.title)
        self._cause = self._label("finding-cause", words.cause, SMALL, "muted")
        self._details = QWidget(self)
        self._bars: ErrorChange | None = ErrorChange(theme, *residuals) if residuals is not None else None
        self._lines = (
            self._label("finding-line", words.line, colour="muted"),
            self._label("finding-detail", words.detail),
            self._label("finding-alike", words.alike, colour="inherits"),
            self._label("finding-decides", words.decides, colour="muted"),
            self._label("finding-runner-up", words.runner_up, SMALL, "muted"),
        )
        self._lay_out()
        self.show_applied(False)
        self.show_chosen(False)

    @property
    def can_apply(self) -> bool:
        """Whether there is a correction to apply or to take back."""
        return self._can_apply

    @property
    def is_applied(self) -> bool:
        """Whether the correction is in the network on screen."""
        return self._is_applied

    @property
    def is_chosen(self) -> bool:
        """Whether this is the card that is open."""
        return self._is_chosen

    def show_chosen(self, is_chosen: bool) -> None:
        """Open the card, or close it."""
        self._is_chosen = is_chosen
        self._details.setVisible(is_chosen)
        self.update()

    def show_applied(self, is_applied: bool) -> None:
        """Say whether the correction is in the network on screen."""
        self._is_applied = is_applied
        self._mark.show_verdict("match" if is_applied else self._verdict)
        self.button.setText("Undo" if is_applied else "Apply")
        what = "Take the correction back" if is_applied else "Correct this in a copy of the network"
        self.button.setToolTip(f"{what} (Enter)")
        self.button.setAccessibleName(f"{self.button.text()}: {self.words.title} in {self.words.layer}")
        state = "corrected" if is_applied else "not corrected"
        self.setAccessibleName(f"{self.words.layer}: {self.words.title}{f', {state}' if self._can_apply else ''}")
        self.setAccessibleDescription(self.words.description)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for part in (self._mark, self._layer, self._change, self._title, self._cause, *self._lines):
            part.show_theme(theme)
        if self._bars is not None:
            self._bars.show_theme(theme)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Arrows are not left to the list, which would scroll instead.
        if not press(self, FINDING_KEYS, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._is_hovered = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._is_hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self._is_chosen or self.hasFocus()
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(QColor(self._theme.accent if is_lit else self._theme.line), width))
        painter.setBrush(QColor(self._theme.raised if self._is_hovered and not is_lit else self._theme.panel))
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)

    def _label(self, name: str, text: str, size: int | None = None, colour: str = "text") -> TextLabel:
        # With a parent from the start: what is shown before it has one is a window of its own, and takes the keyboard.
        label = (
            TextLabel(self._theme, text, colour=colour, parent=self)
            if size is None
            else TextLabel(self._theme, text, size=size, colour=colour, parent=self)
        )
        label.setObjectName(name)
        return label

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self._mark)
        top.addWidget(self._layer, 1)
        top.addWidget(self._change)
        top.addWidget(self.button)
        under = QHBoxLayout()
        under.setContentsMargins(INDENT - GRID // 2, 0, 0, 0)
        under.setSpacing(GRID)
        under.addWidget(self._title)
        under.addStretch(1)
        under.addWidget(self._cause)
        details = QVBoxLayout(self._details)
        details.setContentsMargins(INDENT - GRID // 2, 0, 0, GRID // 2)
        details.setSpacing(GRID // 2)
        for line in self._lines:
            line.setWordWrap(True)
            line.setVisible(bool(line.text()))
        for line in self._lines[:2]:
            details.addWidget(line)
        if self._bars is not None:
            details.addSpacing(GRID // 2)
            details.addWidget(self._bars)
            details.addSpacing(GRID // 2)
        for line in self._lines[2:]:
            details.addWidget(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addLayout(under)
        column.addWidget(self._details)


FINDING_KEYS: tuple[ViewKey[FindingCard], ...] = (
    ViewKey((Qt.Key.Key_Up,), "To the finding before", lambda card: card.stepped.emit(-1)),
    ViewKey((Qt.Key.Key_Down,), "To the next finding", lambda card: card.stepped.emit(1)),
    ViewKey(
        (Qt.Key.Key_Return, Qt.Key.Key_Space),
        "Apply or take back",
        lambda card: card.toggled.emit(),
        when=lambda card: card.can_apply,
        also=(Qt.Key.Key_Enter,),
    ),
)
"""What the keys do on a finding."""


class ErrorChange(QWidget):
    """The isolated error before and after the correction, each beside the noise floor."""

    def __init__(self, theme: Theme, before: float, after: float, floor: float) -> None:
        super().__init__()
        self.setObjectName("finding-errors")
        self._labels: list[TextLabel] = []
        self._scale = ErrorScale(theme)
        self.bars = (ErrorBar(theme, "before"), ErrorBar(theme, "after"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID + GRID // 2)
        grid.setVerticalSpacing(GRID // 4)
        grid.setColumnStretch(1, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, text in ((2, "relative L2"), (3, "floor")):
            grid.addWidget(self._label(theme, text, "muted"), 0, column, right)
        rows = zip(self.bars, (before, after), ("before", "after"), ("culprit", "agrees"), strict=True)
        for row, (bar, error, name, colour) in enumerate(rows, start=1):
            bar.show_error(error, floor, colour)
            grid.addWidget(self._label(theme, name, "muted"), row, 0)
            grid.addWidget(bar, row, 1)
            grid.addWidget(self._label(theme, error_text(error), "text"), row, 2, right)
            grid.addWidget(self._label(theme, error_text(floor), "muted"), row, 3, right)
        grid.addWidget(self._scale, 3, 1)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for label in self._labels:
            label.show_theme(theme)
        for bar in self.bars:
            bar.show_theme(theme)
        self._scale.show_theme(theme)

    def _label(self, theme: Theme, text: str, colour: str) -> TextLabel:
        label = TextLabel(theme, text, size=SMALL, colour=colour)
        self._labels.append(label)
        return label
