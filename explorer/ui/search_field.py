"""Where layers are looked for, and what can be typed there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from explorer.ui.layer_filter import SYNTAX
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, MARKS, SMALL, Theme
from explorer.ui.view_keys import ViewKey, press

SEARCH_WIDTH = 34 * GRID
HELP_WIDTH = 46 * GRID
HINT = "Find layer: name, type:conv, is:culprit, error>1e-3"


class SearchField(QLineEdit):
    """Where layers are looked for."""

    done = Signal()
    """On to what was found."""
    entered = Signal(bool)
    """The keyboard came, or went."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self.setAccessibleName("Find layer")
        self.setAccessibleDescription(HINT)
        self.setPlaceholderText("Find layer")
        self.setToolTip(f"{HINT} (Ctrl+F)")
        self.setClearButtonEnabled(True)
        for button in self.findChildren(QToolButton):
            button.setAccessibleName("Clear the search")
        self.setFixedWidth(SEARCH_WIDTH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(self, SEARCH_KEYS, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.entered.emit(False)


class SearchHelp(QFrame):
    """Lies under the field while the keyboard is there: what can be typed, and what is wrong with what was."""

    def __init__(self, field: SearchField, theme: Theme) -> None:
        super().__init__(field.window())
        self.setObjectName("search_help")
        self.setAccessibleName("What can be typed to find layers")
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._field = field
        self._has_keyboard = False
        self._problem = TextLabel(theme, colour="culprit")
        self._problem.setObjectName("search_problem")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._labels = [self._problem]
        lines = QGridLayout()
        lines.setHorizontalSpacing(2 * GRID)
        lines.setVerticalSpacing(GRID // 2)
        lines.setColumnStretch(1, 1)
        for row, (term, meaning) in enumerate(SYNTAX):
            for place, (text, colour) in enumerate(((term, "text"), (meaning, "muted"))):
                label = TextLabel(theme, text, size=SMALL, colour=colour)
                self._labels.append(label)
                lines.addWidget(label, row, place)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        column.setSpacing(GRID)
        column.addWidget(self._problem)
        column.addLayout(lines)
        self.hide()
        field.entered.connect(self._show_entered)
        field.textChanged.connect(lambda _: self._place())

    def show_problem(self, problem: str) -> None:
        """Say what is wrong; empty: nothing is."""
        self._problem.setText(f"{MARKS['culprit'].shape} {problem}" if problem else "")
        self._problem.setVisible(bool(problem))
        self._place()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for label in self._labels:
            label.show_theme(theme)

    def _show_entered(self, has_keyboard: bool) -> None:
        self._has_keyboard = has_keyboard
        self._place()

    def _place(self) -> None:
        """There while nothing is typed yet, or something wrong; it makes way for what is found."""
        is_wanted = self._has_keyboard and (not self._field.text().strip() or bool(self._problem.text()))
        if is_wanted:
            window, field = self._field.window(), self._field
            corner = field.mapTo(window, QPoint(field.width(), field.height() + GRID // 2))
            width = max(HELP_WIDTH, self.minimumSizeHint().width())
            height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
            self.setGeometry(corner.x() - width, corner.y(), width, height)
            self.raise_()
        self.setVisible(is_wanted)


SEARCH_KEYS: tuple[ViewKey[SearchField], ...] = (
    ViewKey(
        (Qt.Key.Key_Return, Qt.Key.Key_Down),
        "To the first layer found",
        lambda field: field.done.emit(),
        also=(Qt.Key.Key_Enter,),
    ),
    ViewKey((Qt.Key.Key_Escape,), "Clear the search", SearchField.clear, when=lambda field: bool(field.text())),
)
"""What the keys do in the search field."""
