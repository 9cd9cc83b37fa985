"""A number of any size and precision, with buttons and keys to count with; fractions can be typed."""

from __future__ import annotations

import math

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy, QWidget

from explorer.ui.step_text import fraction_text
from explorer.ui.theme import GRID

LARGEST = 1e6
INSET = GRID // 2 + 2
"""What stands before the text of other fields, which the style sheet does not give to these."""

DIGITS = 17
"""Enough for every number in double precision."""


class NumberField(QDoubleSpinBox):
    """Shows a number as shortly as it is exact; ``1/255`` and ``1e-3`` are understood.

    A step is a hundredth of the number's own power of ten, so that 104 and 0.0039 can both be counted.
    """

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None, *, positive: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setDecimals(DIGITS)
        self.setRange(1e-9 if positive else -LARGEST, LARGEST)
        self.setKeyboardTracking(False)
        # Its own hint would have room for all those digits.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(INSET, 0, 0, 0)

    def textFromValue(self, value: float) -> str:
        fraction = fraction_text(value)
        return fraction if "/" in fraction else f"{value:.7g}"

    def valueFromText(self, text: str) -> float:
        number = read_number(text)
        # What is shown may be rounded, and what nobody has changed stays exact.
        return self.value() if number is None or text == self.textFromValue(self.value()) else number

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        number = read_number(text)
        if number is not None and self.minimum() <= number <= self.maximum():
            return QValidator.State.Acceptable, text, position
        is_beginning = all(letter in "0123456789+-.,eE/ " for letter in text)
        return (QValidator.State.Intermediate if is_beginning else QValidator.State.Invalid), text, position

    def fixup(self, text: str) -> str:
        return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:
        value = self.value()
        size = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.1
        self.setValue(float(f"{value + steps * size:.7g}"))


def read_number(text: str) -> float | None:
    """The number that is typed, a fraction or with a comma for the point; None where it is none."""
    parts = text.replace(",", ".").replace(" ", "").split("/")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if len(numbers) > 2 or (len(numbers) == 2 and numbers[1] == 0):
        return None
    value = numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]
    return value if math.isfinite(value) else None
