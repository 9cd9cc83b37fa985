"""One step of preprocessing, open to be changed: its numbers, on or off, its place, and what it does in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.ui.compact_button import compact_button
from explorer.ui.number_text import sentence_text
from explorer.ui.step_forms import FORMS, StepForm
from explorer.ui.step_strip import ENDS
from explorer.ui.step_text import NAMES, step_words
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing, Stage

PAUSE = 150
"""Milliseconds without another change after which a number that is counted up or down is tried."""


class StepEditor(QFrame):
    """Asks for changes of one step; what is refused is said here, and the fields go back."""

    changed = Signal(str, dict)
    """A step, and the fields of the description that are to be others."""
    switched = Signal(str, bool)
    moved = Signal(str, int)
    removed = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_editor")
        self.setProperty("card", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self.step = ""
        self._form: StepForm | None = None
        self._waiting: dict[str, Any] = {}
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self.flush)
        self._name = TextLabel(theme, bold=True)
        self.on = QCheckBox("On")
        self.on.setObjectName("step_on")
        self.on.setToolTip("Do this step, or leave it out and keep its numbers")
        self.on.toggled.connect(lambda on: self.switched.emit(self.step, on))
        self.earlier = _button(self, "step_earlier", "←", "Earlier", "Do it earlier (Alt+Left on its picture)")
        self.later = _button(self, "step_later", "→", "Later", "Do it later (Alt+Right on its picture)")
        self.remove = _button(self, "step_remove", "Remove", "Remove", "Take this step out (Delete on its picture)")
        self.earlier.clicked.connect(lambda: self.moved.emit(self.step, -1))
        self.later.clicked.connect(lambda: self.moved.emit(self.step, 1))
        self.remove.clicked.connect(lambda: self.removed.emit(self.step))
        self._words = TextLabel(theme, size=SMALL, colour="muted")
        self._words.setObjectName("step_words")
        self._words.setWordWrap(True)
        self._arithmetic = TextLabel(theme, size=SMALL, colour="text")
        self._arithmetic.setObjectName("step_arithmetic")
        self._arithmetic.setWordWrap(True)
        self._problem = TextLabel(theme, size=SMALL, colour="culprit")
        self._problem.setObjectName("step_problem")
        self._problem.setWordWrap(True)
        self._lay_out()
        self.hide()

    def show_step(
        self, step: str, recipe: Preprocessing | None, stage: Stage | None, *, is_off: bool = False, problem: str = ""
    ) -> None:
        """Open for that step of ``recipe``; without one or the other it is closed."""
        if not step or recipe is None:
            self._timer.stop()
            self._waiting = {}
            self.step = ""
            self.hide()
            return
        if step != self.step:
            self.flush()
            self.step = step
            self._take_form(step)
        self._name.setText(NAMES[step])
        self.setAccessibleName(f"{NAMES[step]}: settings of this step")
        is_end = step in ENDS
        for control in (self.on, self.earlier, self.later, self.remove):
            control.setVisible(not is_end)
        with QSignalBlocker(self.on):
            self.on.setChecked(not is_off)
        self.on.setAccessibleName(f"{NAMES[step]} is done")
        done: tuple[str, ...] = recipe.done
        place = done.index(step) if step in done and not is_off else None
        self.earlier.setEnabled(place is not None and place > 0)
        self.later.setEnabled(place is not None and place < len(done) - 1)
        if self._form is not None:
            self._form.setEnabled(not is_off)
            if not self._waiting or problem:
                self._form.show_recipe(recipe)
        self._words.setText("Left out." if is_off else step_words(recipe, step, stage))
        arithmetic = recipe.arithmetic()
        self._arithmetic.setText(f"In all: {arithmetic}")
        self._arithmetic.setVisible(step in ("channels", "scale", "mean", "std") and not is_off)
        self._problem.setText(f"▲ {sentence_text(problem)}" if problem else "")
        self._problem.setVisible(bool(problem))
        self.setVisible(True)
        # Text that is broken into lines says how high it is only once it has its width.
        self._column.activate()
        self.updateGeometry()

    def flush(self) -> None:
        """Ask at once for what was changed last."""
        self._timer.stop()
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            self.changed.emit(self.step, waiting)

    def focus_first(self) -> None:
        """Give the keyboard to the first field."""
        fields = [] if self._form is None else self._form.findChildren(QWidget)
        usable = (field for field in fields if field.focusPolicy() & Qt.FocusPolicy.TabFocus and field.isEnabled())
        target = next(usable, self.on if self.on.isVisible() else self)
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for part in (self._name, self._words, self._arithmetic, self._problem, self._form):
            if part is not None:
                part.show_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Whoever presses Enter or goes elsewhere has come to an end.
        if event.type() == QEvent.Type.FocusOut or (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyRelease
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self.flush()
        # Over a panel that scrolls, the wheel would count where somebody only wants to get on.
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False

    def _take_form(self, step: str) -> None:
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        if step in FORMS:
            self._form = FORMS[step](self._theme)
            self._form.changed.connect(self._take_change)
            for field in self._form.findChildren(QWidget):
                field.installEventFilter(self)
            self._column.insertWidget(1, self._form)

    def _take_change(self, values: dict[str, Any], more_may_follow: bool) -> None:
        self._waiting |= values
        if more_may_follow:
            self._timer.start()
        else:
            self.flush()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID // 2)
        head.addWidget(self._name)
        head.addStretch(1)
        for control in (self.on, self.earlier, self.later, self.remove):
            head.addWidget(control)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GRID, GRID, GRID, GRID)
        self._column.setSpacing(GRID)
        self._column.addLayout(head)
        for label in (self._words, self._arithmetic, self._problem):
            self._column.addWidget(label)


def _button(parent: QWidget, name: str, text: str, accessible: str, tip: str) -> QPushButton:
    button = compact_button(parent, name, text, tip)
    button.setAccessibleName(accessible)
    return button
