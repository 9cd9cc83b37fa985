"""Fitted numbers as a person would have written them."""

from __future__ import annotations

import math


def plain_number(number: float, digits: int) -> float:
    """``number`` to so many significant digits."""
    if number == 0 or not math.isfinite(number):
        return number
    return round(number, digits - 1 - math.floor(math.log10(abs(number))))


def number_text(number: float) -> str:
    """A number for a sentence: ``0.0001``, ``1e-05``, ``0.75``; float32's tail is cut off."""
    return f"{plain_number(float(number), 6):.6g}"
