"""Which columns of the layer table are shown: what there is room for, and what the person asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from explorer.session.kept_json import parse
from explorer.ui.layer_model import ERROR, MACS, OUTPUT, PARAMETERS, TIME, TYPE

COLUMN_KEYS: Mapping[str, int] = {
    "type": TYPE,
    "output": OUTPUT,
    "error": ERROR,
    "macs": MACS,
    "time": TIME,
    "parameters": PARAMETERS,
}
"""The columns that may be left out, by what they are called in commands and settings."""

NAME_WIDTH = 160
"""Device-independent pixels that the names keep; where that is less, the least telling column makes way first."""


@dataclass(frozen=True)
class Columns:
    """What was asked for, by column: shown, or hidden. A column of which nothing was said is shown where it fits."""

    asked: Mapping[str, bool] = field(default_factory=dict)

    def toggled(self, key: str, is_shown: bool) -> Columns:
        """The same with a column hidden that is shown, or shown that is not."""
        return replace(self, asked={**self.asked, key: not is_shown})

    @property
    def text(self) -> str:
        """As it is kept in the settings."""
        return json.dumps(self.asked, sort_keys=True)

    def shown(self, widths: Mapping[int, int], room: int, *, is_compared: bool, is_timed: bool) -> frozenset[int]:
        """The columns beside the names, in a table that is ``room`` pixels wide.

        Those that were asked for come first and in any case; errors and times as soon as there are any, and of the
        rest what is less telling is never shown in the place of what is more telling, even where it is narrower.
        """
        known = {
            key: column
            for key, column in COLUMN_KEYS.items()
            if (column != ERROR or is_compared) and (column != TIME or is_timed)
        }
        shown = {column for key, column in known.items() if self.asked.get(key, column in (ERROR, TIME))}
        room -= NAME_WIDTH + sum(widths[column] for column in shown)
        for key in ("macs", "output", "type") if is_timed else ("output", "type"):
            column = COLUMN_KEYS[key]
            if key in self.asked:
                continue
            if room < widths[column]:
                break
            shown.add(column)
            room -= widths[column]
        return frozenset(shown)


def read_columns(text: object) -> Columns:
    """What was kept; what somebody else made of the settings counts as nothing."""
    found = parse(text)
    if not isinstance(found, dict):
        return Columns()
    return Columns({key: value for key, value in found.items() if key in COLUMN_KEYS and isinstance(value, bool)})
