"""HTML that can't be broken by what it tells: every text is escaped unless it was made here."""

from __future__ import annotations

import html
import math
import re

LONGEST = 160
"""Characters of a name that are shown; a file may hold names of any length."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
"""Control characters, marks that turn the direction of writing, and halves of characters."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None
Setting = str | float | bool | None


def element(tag: str, *children: Child, **attributes: Setting) -> Markup:
    """An element with its children, where those that are no :class:`Markup` are escaped, and None is nothing.

    An attribute that is None or False is left out. ``class_`` stands for ``class``, ``aria_label`` for ``aria-label``.
    """
    told = "".join(map(_attribute, attributes, attributes.values()))
    inner = joined(*children)
    if not inner and tag in _VOID:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{inner}</{tag}>")


def joined(*children: Child) -> Markup:
    """Several pieces after one another."""
    return Markup("".join(map(_child, children)))


def escaped(text: str) -> Markup:
    """Text as HTML shows it; characters that can't be seen become visible ones."""
    return Markup(html.escape(_UNSEEN.sub(_seen, text)))


def name(text: str) -> Markup:
    """A name out of a file: apart from the text around it, whatever its writing, and shortened in its middle."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 40]} … {text[-35:]}"
    return element("bdi", text, class_="name")


def number(value: float | None) -> str:
    """An error with two digits, as it is written by hand: ``1.1``, ``2.3 × 10⁻⁷``; no number is told in words."""
    if value is None:
        return "–"
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "−infinite"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        digits = 2 if abs(value) < 99.5 else 3 if abs(value) < 999.5 else 4
        return f"{value:.{digits}g}".replace("-", "−")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × {power(int(exponent))}".replace("-", "−")


def power(exponent: int) -> str:
    """A power of ten: ``10⁻⁷``, and ``1`` for the zeroth."""
    return "1" if exponent == 0 else f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def sizes(shape: tuple[int, ...] | None) -> str:
    """A shape as people write it, without the batch where that is 1."""
    if shape is None:
        return "–"
    shown = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return "×".join(map(str, shown)) or "1"


def counted(count: int, noun: str) -> str:
    """A number of things: ``1 layer``, ``3 layers``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


_VOID = frozenset({"img", "meta", "link", "br", "col"})


def _child(child: Child) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Markup) else escaped(child)


def _attribute(key: str, setting: Setting) -> str:
    if setting is None or setting is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if setting is True else f' {key}="{escaped(str(setting))}"'


def _seen(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\t\n\r":
        return " "
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\N{REPLACEMENT CHARACTER}"
