"""Numbers and shapes as they are written in the window."""

from __future__ import annotations

import math
from collections.abc import Sequence


def number_text(value: float, digits: int = 4) -> str:
    """Write ``value`` with at most ``digits`` digits: ``0.8125``, ``2e-7``, ``1.1e+6``, ``NaN``, ``-∞``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6 and abs(value) < 10 ** max(digits, 5):
        return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    mantissa, exponent = f"{value:.{max(digits - 2, 0)}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa}e{sign}{exponent[1:].lstrip('0') or '0'}"


def error_text(value: float) -> str:
    """Write an error with two digits, which is all that it is good for: ``1.1``, ``2.3e-7``."""
    return number_text(value, 2) if 1e-3 <= abs(value) < 100 else number_text(value, 3)


def cosine_text(value: float) -> str:
    """Write a cosine; close to one, what it lacks: ``0.431``, ``1 - 2.3e-9``, ``1``."""
    lacking = 1 - value
    return f"1 - {error_text(lacking)}" if 0 < lacking < 1e-3 else number_text(value, 3)


def count_text(count: int) -> str:
    """Write a count with its thousands apart by a narrow space that does not break."""
    return f"{count:,}".replace(",", "\u202f")


def amount_text(count: int) -> str:
    """Write a large count with three digits and the unit's prefix: ``118 M``, ``1.52 G``, ``960``."""
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        # From where three digits would be rounded to a whole one of the next prefix.
        if count >= 0.9995 * factor:
            return f"{count / factor:#.3g}".rstrip(".") + f"\u202f{prefix}"
    return str(count)


def share_text(part: int, whole: int) -> str:
    """Write what share of ``whole`` ``part`` is: ``0 %``, ``<0.1 %``, ``51.2 %``, ``>99.9 %``, ``100 %``."""
    if whole == 0 or part == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    percent = 100 * part / whole
    if percent < 0.1:
        return "<0.1 %"
    return ">99.9 %" if percent > 99.9 else f"{percent:.1f} %"


def shape_text(shape: Sequence[int], *, batch: bool = False) -> str:
    """Write a shape, batch first, as ``128×28×28``, with a batch of one only where ``batch`` asks for it."""
    sizes = tuple(shape)
    if len(sizes) > 1 and sizes[0] == 1 and not batch:
        sizes = sizes[1:]
    return "×".join(map(str, sizes)) if sizes else "one number"


def sentence_text(text: str) -> str:
    """Write a phrase as a sentence: with a capital, unless it begins with a symbol of its own, and a full stop."""
    if not text:
        return ""
    first = text[0].upper() if text[0].isascii() else text[0]
    return f"{first}{text[1:]}{'' if text[-1] in '.!?…' else '.'}"
