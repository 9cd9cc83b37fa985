"""How an error colours the ground of a node: red where a layer is wrong, amber where it was fed by one."""

from __future__ import annotations

from PySide6.QtGui import QColor

from explorer.ui.layer_rows import RowState
from explorer.ui.theme import Theme
from explorer.ui.value_axis import log_fraction

CULPRIT_SHARE = 0.2
INHERITED_LEAST, INHERITED_MOST = 0.06, 0.2
"""How much of the verdict's colour is in the ground: as little as still leaves the writing easy to read."""


def tint_of(theme: Theme, state: RowState | None) -> QColor:
    """The ground of a node: the panel's own where the layer agrees or nothing is known of it.

    What a layer inherited colours it the more the larger the cumulative error is, on the axis of the error bars.
    """
    if state is not None and state.verdict in ("culprit", "shape"):
        return mixed(theme.panel, theme.culprit, CULPRIT_SHARE)
    if state is not None and state.verdict == "inherited":
        part = log_fraction(state.cumulative) if state.cumulative is not None else 1.0
        return mixed(theme.panel, theme.inherits, INHERITED_LEAST + part * (INHERITED_MOST - INHERITED_LEAST))
    return QColor(theme.panel)


def mixed(ground: str, colour: str, share: float) -> QColor:
    """``ground`` with that share of ``colour`` in it."""
    below, above = QColor(ground), QColor(colour)
    pairs = [(below.redF(), above.redF()), (below.greenF(), above.greenF()), (below.blueF(), above.blueF())]
    return QColor.fromRgbF(*(under + share * (over - under) for under, over in pairs))
