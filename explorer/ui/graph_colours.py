"""A number → the colour of its node, and of the writing on it: the steps of a ramp that is even to the eye."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from explorer.maps.colour_maps import LEVELS, ramp_colours
from explorer.ui.graph_measures import Measure
from explorer.ui.theme import Theme

STEPS = 32
"""Colours of a scale: enough to look even, and few enough to paint thousands of nodes of one colour in one go."""

_DARK, _BRIGHT = "#000000", "#ffffff"
_MIDDLE = 0.179
"""The luminance at which black and white writing have the same contrast (WCAG 2.2: (L + 0.05)² = 1.05 · 0.05)."""


@cache
def steps() -> tuple[str, ...]:
    """The colours of a scale from low to high, as ``#rrggbb``; the same in light and dark windows."""
    ramp = ramp_colours("values")
    places = [round(step * (LEVELS - 1) / (STEPS - 1)) for step in range(STEPS)]
    return tuple(QColor(*(int(part) for part in ramp[place])).name() for place in places)


def colour_of(theme: Theme, measure: Measure, number: float | None) -> str:
    """The colour of a node: of a step, or grey where there is no number."""
    return theme.line if number is None else steps()[round(measure.fraction(number) * (STEPS - 1))]


def colours_of(theme: Theme, measure: Measure, numbers: Sequence[float | None]) -> NDArray[np.str_]:
    """The colours of many nodes at once."""
    told = np.array([math.nan if number is None else number for number in numbers], np.float64)
    table = np.array([*steps(), theme.line])
    places = np.rint(measure.fractions(told) * (STEPS - 1)).astype(np.intp)
    return table[np.where([number is None for number in numbers], STEPS, places)]


@cache
def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on ``colour``."""
    return _DARK if _luminance(QColor(colour)) > _MIDDLE else _BRIGHT


def _luminance(colour: QColor) -> float:
    """Relative luminance as in WCAG 2.2."""
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
