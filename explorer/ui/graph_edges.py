"""Edges on the canvas: lines that are drawn once where several edges share them, and arrow heads."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF

from explorer.network.routing import Edge, Point
from explorer.ui.graph_far import FarShapes, add_line

ARROW_LENGTH, ARROW_WIDTH = 8.0, 7.0
"""An arrow head, in the drawing's units."""

_Segment = tuple[float, float, float, float]


class EdgeLines:
    """The pieces that a layout's edges consist of, each once, and their ends."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._edges = tuple(edges)
        pieces: dict[_Segment, None] = {}
        for edge in self._edges:
            pieces.update(dict.fromkeys((*start, *end) for start, end in pairwise(edge.points)))
        self._segments: list[_Segment] = list(pieces)
        self._table = np.array(self._segments, np.float64).reshape(-1, 4)
        self._paths: dict[int, QPainterPath] = {}
        self._far = FarShapes(self._table, add_line)
        self._tips = list(dict.fromkeys(edge.points[-1] for edge in self._edges))
        self._tip_table = np.array(self._tips, np.float64).reshape(-1, 2)

    def paint(self, painter: QPainter, seen: QRectF, heads: QColor) -> None:
        """Draw what lies in the rectangle with the painter's pen, and arrow heads in the colour ``heads``."""
        straight: list[QLineF] = []
        for index in _visible(self._table, seen):
            x0, _, x1, _ = self._segments[index]
            if x0 == x1:
                straight.append(QLineF(*self._segments[index]))
            else:
                painter.drawPath(self._path(int(index)))
        painter.drawLines(straight)
        self._paint_tips(painter, seen, heads)

    def count(self, seen: QRectF) -> int:
        """How many pieces lie in the rectangle."""
        return len(_visible(self._table, seen))

    def paint_far(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        """Draw what lies in the rectangle as plain lines, and what would fall on the same pixels once."""
        for path in self._far.within(seen, scale):
            painter.drawPath(path)

    def _path(self, index: int) -> QPainterPath:
        if index not in self._paths:
            x0, y0, x1, y1 = self._segments[index]
            self._paths[index] = line_path(((x0, y0), (x1, y1)))
        return self._paths[index]

    def _paint_tips(self, painter: QPainter, seen: QRectF, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        x, y = self._tip_table.T
        near = (x >= seen.left()) & (x <= seen.right()) & (y >= seen.top()) & (y <= seen.bottom() + ARROW_LENGTH)
        for index in np.flatnonzero(near):
            painter.drawPolygon(arrow_head(self._tips[index]))


def _visible(table: NDArray[np.float64], seen: QRectF) -> NDArray[np.intp]:
    x0, y0, x1, y1 = table.T
    across = (np.maximum(x0, x1) >= seen.left()) & (np.minimum(x0, x1) <= seen.right())
    return np.flatnonzero(across & (np.maximum(y0, y1) >= seen.top()) & (np.minimum(y0, y1) <= seen.bottom()))


def line_path(points: Iterable[Point]) -> QPainterPath:
    """The line through ``points``, vertical at each of them."""
    path = QPainterPath()
    for index, (x, y) in enumerate(points):
        if index == 0:
            path.moveTo(x, y)
            continue
        last = path.currentPosition()
        if last.x() == x:
            path.lineTo(x, y)
        else:
            middle = (last.y() + y) / 2
            path.cubicTo(last.x(), middle, x, middle, x, y)
    return path


def arrow_head(tip: Point) -> QPolygonF:
    """The head of an arrow that points down to ``tip``."""
    x, y = tip
    half = ARROW_WIDTH / 2
    return QPolygonF([QPointF(x, y), QPointF(x - half, y - ARROW_LENGTH), QPointF(x + half, y - ARROW_LENGTH)])
