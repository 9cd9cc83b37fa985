"""Which part of the drawing is seen, how large: pan and zoom as arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

CLOSEST = 3.0
"""Pixels for each unit of the drawing at most."""


@dataclass(frozen=True)
class Camera:
    """``scale`` pixels for each unit of the drawing, and the drawing's point that is in the middle of the view."""

    scale: float
    x: float
    y: float

    def transform(self, size: QSizeF) -> QTransform:
        """From the drawing to a view of that size."""
        moved = QTransform.fromTranslate(size.width() / 2, size.height() / 2)
        return moved.scale(self.scale, self.scale).translate(-self.x, -self.y)

    def to_drawing(self, point: QPointF, size: QSizeF) -> QPointF:
        """The drawing's point under a point of the view."""
        across, down = point.x() - size.width() / 2, point.y() - size.height() / 2
        return QPointF(self.x + across / self.scale, self.y + down / self.scale)

    def to_view(self, rect: QRectF, size: QSizeF) -> QRectF:
        """Where a rectangle of the drawing is seen."""
        return self.transform(size).mapRect(rect)

    def seen(self, size: QSizeF) -> QRectF:
        """The rectangle of the drawing that a view of that size shows."""
        width, height = size.width() / self.scale, size.height() / self.scale
        return QRectF(self.x - width / 2, self.y - height / 2, width, height)

    def zoomed(self, factor: float, about: QPointF, size: QSizeF, furthest: float) -> Camera:
        """Nearer by ``factor``; what is under the view's point ``about`` stays there."""
        scale = min(CLOSEST, max(furthest, self.scale * factor))
        fixed = self.to_drawing(about, size)
        across, down = about.x() - size.width() / 2, about.y() - size.height() / 2
        return Camera(scale, fixed.x() - across / scale, fixed.y() - down / scale)

    def panned(self, across: float, down: float) -> Camera:
        """The drawing moved by that many pixels."""
        return replace(self, x=self.x - across / self.scale, y=self.y - down / self.scale)

    def kept_on(self, bounds: QRectF, before: Camera | None = None) -> Camera:
        """The middle of the view not outside the drawing, so that it can't get lost.

        Where it was outside ``before``, since what was there is closed now, it may stay but go no further.
        """
        far = before or Camera(self.scale, bounds.center().x(), bounds.center().y())
        x = min(max(self.x, min(bounds.left(), far.x)), max(bounds.right(), far.x))
        y = min(max(self.y, min(bounds.top(), far.y)), max(bounds.bottom(), far.y))
        return replace(self, x=x, y=y)

    def between(self, other: Camera, part: float) -> Camera:
        """Where the view is on its way to ``other``, from 0 to 1."""
        return Camera(
            self.scale + part * (other.scale - self.scale),
            self.x + part * (other.x - self.x),
            self.y + part * (other.y - self.y),
        )

    def showing(self, rect: QRectF, size: QSizeF, margin: float) -> Camera:
        """Moved no further than needed for ``rect`` to be seen, ``margin`` pixels from the view's border."""
        seen = self.seen(size)
        space = margin / self.scale
        inside = seen.adjusted(space, space, -space, -space)
        x = self.x + _shift(inside.left(), inside.right(), rect.left(), rect.right())
        y = self.y + _shift(inside.top(), inside.bottom(), rect.top(), rect.bottom())
        return replace(self, x=x, y=y)


def fitting(bounds: QRectF, size: QSizeF, margin: float, nearest: float = 1.0) -> Camera:
    """The camera that sees all of ``bounds``, ``margin`` pixels from the view's border."""
    across = max(1.0, size.width() - 2 * margin) / max(1.0, bounds.width())
    down = max(1.0, size.height() - 2 * margin) / max(1.0, bounds.height())
    return Camera(min(nearest, across, down), bounds.center().x(), bounds.center().y())


def from_the_top(bounds: QRectF, axis: float, size: QSizeF, margin: float, smallest: float) -> Camera:
    """The camera that sees the width of ``bounds`` from its top, but nothing smaller than ``smallest``.

    What is wider than the view then is seen around ``axis``.
    """
    across = max(1.0, size.width() - 2 * margin) / max(1.0, bounds.width())
    scale = min(1.0, max(smallest, across))
    half = size.width() / 2 / scale
    space = margin / scale
    low, high = bounds.left() - space + half, bounds.right() + space - half
    x = bounds.center().x() if low >= high else min(max(axis, low), high)
    return Camera(scale, x, bounds.top() - space + size.height() / 2 / scale)


def _shift(low: float, high: float, start: float, end: float) -> float:
    if end - start > high - low or start < low:
        return start - low if start < low or end > high else 0.0
    return max(0.0, end - high)
