"""Which input the shown run had; where there are two, whether they are one, and buttons to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from explorer.session.inputs import ROUNDING
from explorer.session.session import Fed
from explorer.ui.number_text import error_text
from explorer.ui.text_label import ElidedLabel
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.comparison.metrics import Errors


class InputLine(QWidget):
    """One line: what the run was fed with, and what else it could be."""

    chosen = Signal(str)
    """``picture`` or ``tensor``."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("inputs")
        self._text = ElidedLabel(theme, size=SMALL, colour="muted")
        self._text.setObjectName("input_text")
        self._buttons: dict[Fed, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(self._text, 1)
        buttons: tuple[tuple[Fed, str, str], ...] = (
            ("picture", "Picture", "Show what the network makes of the picture"),
            ("tensor", "Reference", "Show what the network makes of the reference’s own input"),
        )
        for fed_with, text, tip in buttons:
            button = QPushButton(text, self)
            button.setObjectName(f"fed_with_{fed_with}")
            button.setAccessibleName(tip)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setProperty("compact", True)
            button.clicked.connect(lambda checked, fed_with=fed_with: self.chosen.emit(fed_with))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[fed_with] = button

    def show_inputs(self, fed_with: Fed, picture: bool, tensor: bool, errors: Errors | None) -> None:
        """Say what the shown run was fed with, and how alike the inputs are where there are two."""
        both = picture and tensor
        shown: Fed = fed_with if both else ("picture" if picture else "tensor")
        text, tip, colour = _input_words(shown, both, errors)
        self._text.setText(text)
        self._text.show_colour(colour)
        self.setToolTip(tip)
        for name, button in self._buttons.items():
            button.setVisible(both)
            button.setChecked(name == shown)
        self.setVisible(picture or tensor)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._text.show_theme(theme)


def _input_words(shown: Fed, both: bool, errors: Errors | None) -> tuple[str, str, str]:
    """What is said of the input, its tooltip, and the field of the theme that it is written in."""
    fed = "the picture" if shown == "picture" else "the reference’s own input"
    if not both:
        return f"fed with {fed}", "", "muted"
    if errors is None:
        return "inputs of other shapes", "", "inherits"
    tip = (
        "The picture’s tensor against the input that the reference holds:\n"
        f"relative L2 {error_text(errors.relative_l2)}, largest difference {error_text(errors.max_abs)}"
    )
    if errors.relative_l2 <= ROUNDING:
        return "● same input", tip, "agrees"
    return f"▲ other input, {error_text(errors.relative_l2)}", tip, "inherits"
