"""Small pictures in the theme's colours: toolbar icons from resources, and the marks of verdicts."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

from explorer.comparison.comparison import Verdict
from explorer.data import data_folder
from explorer.ui.theme import Theme, mark_colour

ICON = 20
"""Side of a toolbar icon, in device-independent pixels."""

MARK = 12
"""Side of a verdict's mark, in device-independent pixels."""

SHARPEST = 4
"""Device pixels for each device-independent one: enough for every screen."""


def application_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(data_folder("resources") / "icons" / "portside.svg"))


def icon(name: str, theme: Theme, colour: str = "text") -> QIcon:
    """The icon ``resources/icons/NAME.svg``, whose ``currentColor`` becomes the theme's ``colour``."""
    source = (data_folder("resources") / "icons" / f"{name}.svg").read_text("utf-8")
    made = QIcon()
    for mode, field in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, "faint")):
        drawn = source.replace("currentColor", str(getattr(theme, field)))
        renderer = QSvgRenderer(QByteArray(drawn.encode()))
        for ratio in (1, 2, 3, SHARPEST):
            pixmap = _blank(ICON, ratio)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, ICON, ICON))
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


def mark_icon(theme: Theme, verdict: Verdict) -> QIcon:
    """The mark of a verdict, in the shape that :data:`explorer.ui.theme.MARKS` gives it."""
    made = QIcon()
    for ratio in (1, 2, 3, SHARPEST):
        pixmap = _blank(MARK, ratio)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(0, 0, MARK, MARK), theme, verdict)
        painter.end()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Disabled):
            made.addPixmap(pixmap, mode)
    return made


def paint_mark(painter: QPainter, place: QRectF, theme: Theme, verdict: Verdict) -> None:
    """Paint the mark of a verdict into the middle of ``place``."""
    colour = QColor(mark_colour(theme, verdict))
    centre, radius = place.center(), min(place.width(), place.height()) / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if verdict == "match":
        painter.drawEllipse(centre, 0.7 * radius, 0.7 * radius)
    elif verdict == "inherited":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, radius / 3))
        painter.drawEllipse(centre, 0.6 * radius, 0.6 * radius)
    elif verdict == "culprit":
        painter.drawPath(_triangle(centre, radius))
    elif verdict == "shape":
        side = 1.3 * radius
        painter.drawRect(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))
    else:
        painter.drawEllipse(centre, 0.25 * radius, 0.25 * radius)
    painter.restore()


def _triangle(centre: QPointF, radius: float) -> QPainterPath:
    path = QPainterPath(QPointF(centre.x(), centre.y() - 0.85 * radius))
    path.lineTo(centre.x() + 0.95 * radius, centre.y() + 0.75 * radius)
    path.lineTo(centre.x() - 0.95 * radius, centre.y() + 0.75 * radius)
    path.closeSubpath()
    return path


def _blank(side: int, ratio: int) -> QPixmap:
    pixmap = QPixmap(side * ratio, side * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap
