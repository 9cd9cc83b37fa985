"""Rectangles and lines from afar: thousands at once, and none that would fall on another's pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from explorer.ui.theme import GRID

Table = NDArray[np.float64]
"""Four numbers a row: left, top, right and bottom of a rectangle, or the two ends of a line that goes down."""

Add = Callable[[QPainterPath, float, float, float, float, float], None]
"""Adds one row of a table to a path; the last number is the length that can just be seen."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
_TOGETHER = 32 * GRID


class FarShapes:
    """Shapes of one colour as a few paths, made when they are first seen.

    A path of hundreds of shapes is painted as quickly as a list of them, but holds no Python object for each, which the
    garbage collector would have to look through.
    """

    def __init__(self, table: Table, add: Add) -> None:
        self._table = table[np.argsort(table[:, 1], kind="stable")]
        self._add = add
        self._levels: dict[int, _Pieces] = {}

    def within(self, seen: QRectF, scale: float) -> Iterator[QPainterPath]:
        """What lies in the rectangle ``seen``, as far as it can be told apart at ``scale`` pixels for each unit."""
        level = max(0, math.floor(-math.log2(scale)))
        if level not in self._levels:
            cell = 2.0**level
            self._levels[level] = _Pieces(self._thinned(cell) if level else self._table, self._add, 2 * cell)
        return self._levels[level].within(seen)

    def _thinned(self, cell: float) -> Table:
        """The first of those rows that are one when rounded to ``cell``."""
        rounded = np.floor(self._table / cell).astype(np.int64).astype(np.uint64)
        mixed = np.zeros(len(rounded), np.uint64)
        for column in rounded.T:
            mixed = (mixed ^ column) * _ODD
            mixed ^= mixed >> np.uint64(29)
        order = np.argsort(mixed, kind="stable")
        is_first = np.ones(len(order), bool)
        is_first[1:] = mixed[order[1:]] != mixed[order[:-1]]
        return self._table[np.sort(order[is_first])]


class _Pieces:
    def __init__(self, table: Table, add: Add, least: float) -> None:
        self._table, self._add, self._least = table, add, least
        starts = np.arange(0, len(table), _TOGETHER)
        self._tops = table[starts, 1]
        self._bottoms = np.array([table[start : start + _TOGETHER, 3].max() for start in starts])
        self._paths: dict[int, QPainterPath] = {}

    def within(self, seen: QRectF) -> Iterator[QPainterPath]:
        for index in np.flatnonzero((self._tops <= seen.bottom()) & (self._bottoms >= seen.top())).tolist():
            if index not in self._paths:
                path = QPainterPath()
                for x0, y0, x1, y1 in self._table[index * _TOGETHER : (index + 1) * _TOGETHER].tolist():
                    self._add(path, x0, y0, x1, y1, self._least)
                self._paths[index] = path
            yield self._paths[index]


def add_block(path: QPainterPath, left: float, top: float, right: float, bottom: float, least: float) -> None:
    """Add a rectangle whose sides are ``least`` long at least."""
    path.addRect(left, top, max(least, right - left), max(least, bottom - top))


def add_line(path: QPainterPath, x0: float, y0: float, x1: float, y1: float, least: float) -> None:
    """Add a straight line, however short."""
    path.moveTo(x0, y0)
    path.lineTo(x1, y1)
