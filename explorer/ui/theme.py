"""The colours and sizes of the window: each colour means one thing, in light and in dark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from explorer.comparison.comparison import Verdict
from explorer.data import data_folder

ThemeName = Literal["light", "dark"]

GRID = 8
"""Distances are multiples of this many device-independent pixels, or half of it inside a control."""

SMALL, BODY, TITLE = 11, 13, 15
"""The type scale, in device-independent pixels."""


@dataclass(frozen=True)
class Theme:
    """Colours as ``#rrggbb``.

    ``window`` ‹ ``panel`` ‹ ``raised`` are backgrounds, ``text`` › ``muted`` › ``faint`` are writing on them,
    ``kinds`` are the graph's colours by kind of operation, and ``agrees``, ``inherits`` and ``culprit`` always come
    with a shape of their own.
    """

    name: ThemeName
    window: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    selection: str
    agrees: str
    inherits: str
    culprit: str
    edge: str
    frame: str
    frame_line: str
    ours: str
    reference: str
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Mark:
    """How a verdict is shown: a shape, the theme's colour for it (a field of :class:`Theme`), and a word."""

    shape: str
    colour: str
    word: str


MARKS: Mapping[Verdict, Mark] = {
    "match": Mark("●", "agrees", "agrees"),
    "inherited": Mark("○", "inherits", "inherits"),
    "culprit": Mark("▲", "culprit", "culprit"),
    "shape": Mark("■", "culprit", "other shape"),
    "not compared": Mark("·", "faint", "not compared"),
}


@cache
def theme(name: ThemeName) -> Theme:
    """The theme of that name from ``resources/themes``."""
    record = json.loads((data_folder("resources") / "themes" / f"{name}.json").read_text("utf-8"))
    return Theme(**record)


def mark_colour(colours: Theme, verdict: Verdict) -> str:
    """The colour of a verdict's mark."""
    return str(getattr(colours, MARKS[verdict].colour))
