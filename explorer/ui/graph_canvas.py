"""A canvas that is panned and zoomed: what graph and mouse, wheel and map have to do with each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from explorer.ui.graph_camera import Camera, fitting, from_the_top
from explorer.ui.minimap import Minimap
from explorer.ui.theme import GRID, Theme
from explorer.ui.view_keys import ViewKey, press

READABLE = 0.7
"""Pixels for each unit of the drawing: a network is first shown no smaller, and a layer looked for no smaller."""

ZOOM_STEP = 1.25
"""How much nearer one press of ``+`` comes."""

MOST_PARTS = 4
"""Rectangles that are painted one by one; of more, the one around them is."""

MARGIN = 2 * GRID
"""Free space around what is seen whole, in pixels."""

SURROUNDINGS = 18 * GRID
"""How much of the drawing around a layer is seen when the view moves to it, in pixels."""

_NEAREST = 1.5
_NOTCH = 120.0
_WHEEL_STEP = 1.15
_STRIP = 8 * GRID


class Canvas(QWidget):
    """Shows a drawing, of which its descendants paint what is seen.

    The wheel zooms about the pointer (with Shift it moves up and down, with Alt to the sides), a drag with the left or
    the middle button moves; ``+``, ``-`` and ``0`` zoom and show everything.
    """

    moved = Signal()
    """Something else is seen, or in another size."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(20 * GRID, 20 * GRID))
        self._theme = theme
        self._camera = Camera(1.0, 0.0, 0.0)
        self._is_untouched = True
        self._shows_focus = False
        self._foot = 0
        self._pressed: QPointF | None = None
        self._dragged: QPointF | None = None
        self.minimap = Minimap(theme, self)
        self.minimap.place_chosen.connect(self._go_to)
        self.minimap.hide()

    @property
    def camera(self) -> Camera:
        """What is seen, and how large."""
        return self._camera

    @property
    def is_untouched(self) -> bool:
        """Whether the drawing is seen as it was first shown, moved by nobody."""
        return self._is_untouched

    def bounds(self) -> QRectF:
        """The whole drawing; empty without one."""
        raise NotImplementedError

    def paint_drawing(self, painter: QPainter, seen: QRectF, part: QRectF, scale: float) -> None:
        """Paint the rectangle ``part`` of what is ``seen`` of the drawing; the painter is set to its units."""
        raise NotImplementedError

    def point_at(self, point: QPointF | None) -> None:
        """The pointer is at a point of the drawing, or nowhere."""

    def click(self, point: QPointF) -> None:
        """A click on a point of the drawing."""

    def double_click(self, point: QPointF) -> None:
        """The second click of two."""

    def zoom_in(self) -> None:
        """Come nearer to the middle."""
        self._zoom(ZOOM_STEP, self._middle())

    def zoom_out(self) -> None:
        """Go further away from the middle."""
        self._zoom(1 / ZOOM_STEP, self._middle())

    def fit_all(self) -> None:
        """Show everything."""
        self._take(self._beside_map(fitting(self.bounds(), self._free_size(), MARGIN)))

    def fit_width(self) -> None:
        """Show the drawing from its top, as wide as it can be and still be read."""
        self._go_home()

    def seen(self) -> QRectF:
        """The rectangle of the drawing that is in view."""
        return self._camera.seen(self._size())

    def in_view(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the drawing is in the widget."""
        return self._camera.to_view(rect, self._size())

    def look_from(self, camera: Camera) -> None:
        """See the drawing as that camera does."""
        self._take(camera)

    def bring_into_view(self, rect: QRectF) -> None:
        """See that rectangle of the drawing: not moved where it is seen already, else with what stands around it."""
        if self._camera.showing(rect, self._size(), MARGIN) != self._camera:
            self._take(self._camera.showing(rect, self._size(), SURROUNDINGS))

    def zoom_to(self, rect: QRectF) -> None:
        """Show that rectangle of the drawing with what stands around it, as large as it can be."""
        size = self._size()
        space = min(float(SURROUNDINGS), size.width() / 4, size.height() / 4)
        self._take(fitting(rect, size, space, nearest=_NEAREST))

    def bring_to_middle(self, rect: QRectF) -> None:
        """Put that rectangle of the drawing into the middle, at a scale at which it can be read."""
        scale = max(self._camera.scale, READABLE)
        self._take(Camera(scale, rect.center().x(), rect.center().y()))

    def drawing_changed(self, *, is_new: bool, camera: Camera | None = None) -> None:
        """The drawing is another; a ``new`` one is shown from its top, any other from where the ``camera`` is."""
        if is_new:
            self._go_home()
        elif camera is not None:
            self._take(camera, is_touched=not self._is_untouched or camera != self._camera, is_free=True)
        elif self._is_untouched:
            self._take(self._camera, is_touched=False)
        else:
            self._take(self._camera.kept_on(self.bounds()))

    def show_foot(self, height: int) -> None:
        """Leave that many pixels free at the lower border; what is in view stays where it is."""
        if height == self._foot:
            return
        lower = height - self._foot
        self._foot = height
        if self._is_untouched:
            self._go_home()
        else:
            self._take(replace(self._camera, y=self._camera.y - lower / 2 / self._camera.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        transform = _on_pixels(self._camera.transform(self._size()))
        back, region = transform.inverted()[0], event.region()
        places = [event.rect()] if region.rectCount() > MOST_PARTS else cast(Iterable[QRect], region)
        for place in places:
            # Each by itself: the rectangle around two of them may hold all that need not be painted.
            painter.setTransform(transform)
            painter.setClipRect(back.mapRect(QRectF(place)))
            part = back.mapRect(QRectF(place).adjusted(-2, -2, 2, 2))
            self.paint_drawing(painter, self.seen(), part, self._camera.scale)
        painter.setClipping(False)
        if self._shows_focus:
            painter.resetTransform()
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._shows_focus = event.reason() in reasons
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._shows_focus = False
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_untouched:
            self._go_home()
        else:
            self._take(self._camera)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned, fine = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier):
            moved = fine if not fine.isNull() else turned / 2
            amount = moved.y() or moved.x()
            is_sideways = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._pan(QPoint(amount, 0) if is_sideways else QPoint(0, amount))
        else:
            self._zoom(_WHEEL_STEP ** (turned.y() / _NOTCH), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self.point_at(self._in_drawing(event.position()))
            return
        way = event.position() - self._pressed
        if self._dragged is None and way.manhattanLength() < QApplication.startDragDistance():
            return
        last = self._dragged or self._pressed
        self._dragged = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._pan(event.position() - last)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and self._dragged is None
        self._pressed = self._dragged = None
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            self.click(self._in_drawing(event.position()))
        self.point_at(self._in_drawing(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_click(self._in_drawing(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(self, CANVAS_KEYS, event):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def _in_drawing(self, point: QPointF) -> QPointF:
        return self._camera.to_drawing(point, self._size())

    def _room(self) -> QSize:
        return QSize(self.width(), max(1, self.height() - self._foot))

    def _size(self) -> QSizeF:
        return QSizeF(self._room())

    def _zoom(self, factor: float, about: QPointF) -> None:
        furthest = fitting(self.bounds(), self._size(), MARGIN).scale / 2
        self._take(self._camera.zoomed(factor, about, self._size(), furthest))

    def _pan(self, way: QPoint | QPointF) -> None:
        self._take(self._camera.panned(way.x(), way.y()))

    def _middle(self) -> QPointF:
        return QRectF(QPointF(), self._size()).center()

    def _go_to(self, point: QPointF) -> None:
        self._take(Camera(self._camera.scale, point.x(), point.y()))

    def _go_home(self) -> None:
        camera = from_the_top(self.bounds(), 0.0, self._free_size(), MARGIN, READABLE)
        self._take(self._beside_map(camera), is_touched=False)

    def _map_room(self) -> float:
        """What the map takes of the width where it is a narrow strip."""
        width = self.minimap.size_within(self._room()).width()
        return width + GRID if width <= _STRIP else 0.0

    def _free_size(self) -> QSizeF:
        return QSizeF(self.width() - self._map_room(), self._room().height())

    def _beside_map(self, camera: Camera) -> Camera:
        return replace(camera, x=camera.x + self._map_room() / 2 / camera.scale)

    def _take(self, camera: Camera, *, is_touched: bool = True, is_free: bool = False) -> None:
        self._is_untouched = not is_touched
        if is_touched and not is_free:
            camera = camera.kept_on(self.bounds(), self._camera)
        self._camera = camera
        room = self._room()
        size = self.minimap.size_within(room)
        left, top = room.width() - 1 - size.width() - GRID, room.height() - 1 - size.height() - GRID
        self.minimap.setGeometry(left, top, size.width(), size.height())
        self.minimap.show_seen(self.seen())
        self.update()
        self.moved.emit()


CANVAS_KEYS: tuple[ViewKey[Canvas], ...] = (
    ViewKey((Qt.Key.Key_Plus,), "Zoom in", Canvas.zoom_in, also=(Qt.Key.Key_Equal,)),
    ViewKey((Qt.Key.Key_Minus,), "Zoom out", Canvas.zoom_out),
    ViewKey((Qt.Key.Key_0,), "Show everything", Canvas.fit_all),
    ViewKey((Qt.Key.Key_1,), "Fit the width", Canvas.fit_width),
)
"""What the keys do in any canvas."""


def _on_pixels(transform: QTransform) -> QTransform:
    """Moved by less than a pixel, so that at full size a thin border fills whole pixels instead of two halves."""
    x, y = math.floor(transform.dx()) + 0.5, math.floor(transform.dy()) + 0.5
    return QTransform(transform.m11(), 0.0, 0.0, transform.m22(), x, y)
