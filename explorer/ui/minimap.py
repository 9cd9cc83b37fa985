"""The map in the graph's corner: everything at once, and the part of it that is seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from explorer.ui.graph_paint import GraphPainter
from explorer.ui.theme import GRID, Theme

_LARGEST, _NARROWEST, _SPACE = QSize(144, 240), 40, GRID // 2
_LEAST_SEEN = 6.0


class Minimap(QWidget):
    """Shows the whole graph small; a click or a drag in it asks for that place."""

    place_chosen = Signal(QPointF)
    """A point of the drawing that should be in the middle."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("minimap")
        self.setAccessibleName("Map of the graph")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._theme = theme
        self._painter: GraphPainter | None = None
        self._bounds = QRectF()
        self._seen = QRectF()
        self._overview: QPixmap | None = None

    def show_graph(self, painter: GraphPainter | None, bounds: QRectF) -> None:
        """Show this drawing."""
        self._painter, self._bounds, self._overview = painter, bounds, None
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme, self._overview = theme, None
        self.update()

    def show_seen(self, seen: QRectF) -> None:
        """Mark the rectangle of the drawing that the graph shows; a map of what is seen whole hides itself."""
        self.setVisible(self._painter is not None and not seen.contains(self._bounds))
        if seen != self._seen:
            self._seen = seen
            self.update()

    def size_within(self, space: QSize) -> QSize:
        """As large as the drawing's proportions ask, and at most half of the space."""
        most = _LARGEST.boundedTo(space / 2)
        if self._bounds.isEmpty():
            return QSize(_NARROWEST, _NARROWEST)
        size = self._bounds.size().toSize().scaled(most, Qt.AspectRatioMode.KeepAspectRatio)
        return QSize(max(_NARROWEST, size.width() + 2 * _SPACE), max(_NARROWEST, size.height() + 2 * _SPACE))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.frame_line), 1))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID / 2, GRID / 2)
        if self._painter is None or self._bounds.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        if self._overview is None or self._overview.size() != self.size() * ratio:
            self._overview = self._painted(self._painter, ratio)
        painter.drawPixmap(0, 0, self._overview)
        seen = self._place(self._seen).intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        spare = QPointF(max(0.0, _LEAST_SEEN - seen.width()) / 2, max(0.0, _LEAST_SEEN - seen.height()) / 2)
        seen.adjust(-spare.x(), -spare.y(), spare.x(), spare.y())
        painter.setPen(QPen(QColor(self._theme.accent), 1.5))
        tint = QColor(self._theme.accent)
        tint.setAlphaF(0.12)
        painter.setBrush(tint)
        painter.drawRect(seen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _choose(self, point: QPointF) -> None:
        scale, origin = self._scale_and_origin()
        self.place_chosen.emit((point - origin) / scale)

    def _scale_and_origin(self) -> tuple[float, QPointF]:
        """Pixels for each unit of the drawing, and where the drawing's origin stands."""
        room = QRectF(self.rect()).adjusted(_SPACE, _SPACE, -_SPACE, -_SPACE)
        across = room.width() / max(1.0, self._bounds.width())
        down = room.height() / max(1.0, self._bounds.height())
        scale = min(across, down)
        return scale, room.center() - self._bounds.center() * scale

    def _place(self, rect: QRectF) -> QRectF:
        scale, origin = self._scale_and_origin()
        return QRectF(rect.topLeft() * scale + origin, rect.size() * scale)

    def _painted(self, graph: GraphPainter, ratio: float) -> QPixmap:
        overview = QPixmap(self.size() * ratio)
        overview.setDevicePixelRatio(ratio)
        overview.fill(Qt.GlobalColor.transparent)
        painter = QPainter(overview)
        scale, origin = self._scale_and_origin()
        painter.translate(origin)
        painter.scale(scale, scale)
        graph.paint_overview(painter, scale)
        painter.end()
        return overview
