"""What a person does with a widget, and the colours that are then on screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget


def colour_at(widget: QWidget, x: float, y: float) -> str:
    """The colour at a place of the widget as it is painted."""
    image = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(int(x * ratio), int(y * ratio)).name()


def colours_of(widget: QWidget) -> set[str]:
    """All colours that the widget shows."""
    image = widget.grab().toImage()
    return {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}


def colour_name(colour: Iterable[int]) -> str:
    """Red, green and blue as ``#rrggbb``."""
    red, green, blue = (int(part) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


def turn_wheel(widget: QWidget, notches: int, x: float, y: float) -> None:
    """Turn the wheel over a place of the widget, away from the person where positive."""
    place = QPointF(x, y)
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def point_at(widget: QWidget, x: float, y: float, *, held: bool = False) -> None:
    """Move the pointer to a place of the widget, with the left button held or not."""
    place = QPointF(x, y)
    buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        widget.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        buttons,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def leave(widget: QWidget) -> None:
    """Move the pointer out of the widget."""
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
