"""Marks on values that no colour stands for: each kind has a shape of its own, so that none is told by colour alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.maps.colour_maps import INFINITE_COLOUR, NAN_COLOUR
from explorer.maps.outliers import ABOVE, BELOW, HIGHEST, LOWEST, NAN
from explorer.maps.value_range import RangeMode
from explorer.ui.layer_view_state import Ranges, Shown
from explorer.ui.place_text import outlier_counts, outlier_words

NEAR = 7.0
"""Values are marked where they are at least this wide, in device-independent pixels: smaller shapes look alike."""

MARK_SIGNS = {"nan": "✕", "infinite": "▲", "beyond": "▨"}
"""The shapes as they stand before the counts, by the kinds of :func:`explorer.ui.place_text.outlier_words`."""


def paint_mark(painter: QPainter, box: QRectF, kind: int) -> None:
    """Paint the mark of a kind (see :mod:`explorer.maps.outliers`) on one value."""
    inner = box.adjusted(box.width() / 5, box.height() / 5, -box.width() / 5, -box.height() / 5)
    if kind == NAN:
        width = min(max(2.5, box.width() / 6), 8.0)
        _stroke(painter, [(inner.topLeft(), inner.bottomRight()), (inner.topRight(), inner.bottomLeft())], width)
    elif kind in (HIGHEST, LOWEST):
        tip, foot = (inner.top(), inner.bottom()) if kind == HIGHEST else (inner.bottom(), inner.top())
        shape = QPolygonF([QPointF(inner.center().x(), tip), QPointF(inner.right(), foot), QPointF(inner.left(), foot)])
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(QColor("#000000"))
        painter.drawPolygon(shape)
    elif kind in (ABOVE, BELOW):
        # Hatched: rising lines above the range, falling ones below it.
        box = box.adjusted(1, 1, -1, -1)
        third = box.width() / 3
        lines = []
        for step in (1, 2, 3, 4, 5):
            offset = step * third
            start = QPointF(box.left() + max(0.0, offset - box.height()), box.top() + min(offset, box.height()))
            stop = QPointF(box.left() + min(offset, box.width()), box.top() + max(0.0, offset - box.width()))
            if kind == BELOW:
                mirror = box.left() + box.right()
                start, stop = QPointF(mirror - start.x(), start.y()), QPointF(mirror - stop.x(), stop.y())
            lines.append((start, stop))
        _stroke(painter, lines, 2.0)


def _stroke(painter: QPainter, lines: list[tuple[QPointF, QPointF]], width: float) -> None:
    # Black beside white: one of the two stands out from every colour of a ramp.
    for colour, share in (("#000000", 1.0), ("#ffffff", 0.4)):
        painter.setPen(QPen(QColor(colour), share * width))
        for start, stop in lines:
            painter.drawLine(start, stop)


def outliers_html(shown: Shown, ranges: Ranges, mode: RangeMode) -> str:
    """How many values of each side no colour stands for, each kind behind its sign, as rich text."""
    colours = {"nan": NAN_COLOUR, "infinite": INFINITE_COLOUR}

    def sign(kind: str) -> str:
        return (
            f'<span style="color: {colours[kind]}">{MARK_SIGNS[kind]}</span>' if kind in colours else MARK_SIGNS[kind]
        )

    def part(kind: str, words: str) -> str:
        return f"{sign(kind)}&nbsp;{words.replace(' ', '&nbsp;')}"

    return "&nbsp;&nbsp; ".join(
        f"{side.replace(' ', '&nbsp;')}:&nbsp;" + ", ".join(part(*one) for one in outlier_words(count))
        for side, count in outlier_counts(shown, ranges, mode)
    )
