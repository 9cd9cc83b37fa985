"""Tool tips that say what files say: names of layers, classes and files may look like HTML."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt

LONGEST = 2000
"""Letters of a tip: a longer one would be larger than the screen."""


def plain_tip(text: str) -> str:
    """The tip that shows ``text`` as it is written: Qt would take ``<b>`` in it for bold, ``<img>`` for a picture."""
    shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    if not Qt.mightBeRichText(shown):
        return shown
    lines = "<br>".join(escape(shown).splitlines())
    return f"<qt>{lines}</qt>"
