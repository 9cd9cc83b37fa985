"""One pane of feature maps: all of a layer's maps as a mosaic, or one of them large."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from explorer.ui.map_marks import NEAR, paint_mark
from explorer.ui.map_picture import MapPicture, MosaicPicture
from explorer.ui.mosaic import pooling_step
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.view_keys import ViewKey, press
from explorer.ui.viewpoint import Pane, Viewpoint

ZOOM_STEP = 1.25
"""One turn of the wheel's notch, or one press of a key."""

NUMBERED = 56
"""Maps are numbered where they are at least this wide and half as high, in device-independent pixels."""


MAP_KEYS: tuple[ViewKey[Viewpoint], ...] = (
    ViewKey((Qt.Key.Key_Left,), "To the map on the left", lambda shown: shown.step(-1, 0)),
    ViewKey((Qt.Key.Key_Right,), "To the map on the right", lambda shown: shown.step(1, 0)),
    ViewKey((Qt.Key.Key_Up,), "To the map above", lambda shown: shown.step(0, -1)),
    ViewKey((Qt.Key.Key_Down,), "To the map below", lambda shown: shown.step(0, 1)),
    ViewKey((Qt.Key.Key_Home,), "To the first map", lambda shown: shown.choose_end(last=False)),
    ViewKey((Qt.Key.Key_End,), "To the last map", lambda shown: shown.choose_end(last=True)),
    ViewKey(
        (Qt.Key.Key_Return,), "Show one map alone", lambda shown: shown.show_single(True), also=(Qt.Key.Key_Enter,)
    ),
    ViewKey(
        (Qt.Key.Key_Escape,),
        "Stop blinking, or show all maps again",
        lambda shown: shown.go_back(),
        when=lambda shown: shown.single or shown.blinks,
    ),
    ViewKey((Qt.Key.Key_Plus,), "Zoom in", lambda shown: shown.zoom(ZOOM_STEP), also=(Qt.Key.Key_Equal,)),
    ViewKey((Qt.Key.Key_Minus,), "Zoom out", lambda shown: shown.zoom(1 / ZOOM_STEP)),
    ViewKey((Qt.Key.Key_0,), "Fit the maps", lambda shown: shown.fit()),
)
"""What the keys do in feature maps; all panes of a layer share the viewpoint, and so its keys."""


class ActivationGrid(QWidget):
    """Paints a picture of maps through the viewpoint that it shares with the panes beside it.

    The wheel zooms about the pointer, dragging pans (or, where all is in view or with Control, takes a map along to
    another program, with Shift its values), a click chooses a map, a double click or Enter shows it
    alone and Escape all again; arrows move the choice, ``+``, ``-`` and ``0`` zoom.
    """

    focused = Signal()
    drag_asked = Signal(int, bool)
    """A map is dragged out, its values where the second is true, else its picture."""

    def __init__(self, viewpoint: Viewpoint, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"maps-{name.replace(' ', '-')}")
        self.setAccessibleName(f"Feature maps, {name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewpoint = viewpoint
        self._theme = theme
        self._picture: MosaicPicture | None = None
        self._words = ""
        self._numbers: Callable[[int], int] = int
        self._pressed: QPoint | None = None
        self._dragged: QPointF | None = None
        viewpoint.changed.connect(self.update)
        viewpoint.changed.connect(self._tell_choice)

    @property
    def words(self) -> str:
        """What stands in the pane where there is no picture."""
        return self._words

    @property
    def picture(self) -> MapPicture | None:
        """The maps that are shown."""
        return self._picture if isinstance(self._picture, MapPicture) else None

    def show_picture(self, picture: MosaicPicture | None, words: str = "", numbers: Callable[[int], int] = int) -> None:
        """Show a picture, or say in words why there is none; ``numbers`` gives each of our channels the pane's own."""
        self._picture, self._words, self._numbers = picture, words, numbers
        self._tell_choice()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def _tell_choice(self) -> None:
        shown = self.viewpoint
        alone = ", alone" if shown.single else ""
        is_map = self._picture is not None and shown.count > 0
        told = f"map {shown.channel} of {shown.count}{alone}" if is_map else self._words
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)

    def sizeHint(self) -> QSize:
        return QSize(GRID * 24, GRID * 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(GRID * 9, GRID * 9)

    def cell_rect(self, channel: int) -> QRectF:
        """Where the map of a channel is in the pane; empty where it isn't shown."""
        viewpoint = self.viewpoint
        index = viewpoint.position(channel) - viewpoint.first if channel < viewpoint.count else -1
        mosaic, lens = viewpoint.mosaic, viewpoint.lens
        if not 0 <= index < mosaic.count:
            return QRectF()
        left, top = mosaic.corner(index)
        corner = QPointF((left - lens.x) * lens.scale, (top - lens.y) * lens.scale)
        return QRectF(corner.x(), corner.y(), mosaic.width * lens.scale, mosaic.height * lens.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.viewpoint.show_pane(Pane(self.width(), self.height(), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.viewpoint.show_pane(Pane(self.width(), self.height(), self.devicePixelRatioF()))
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        if self._picture is None:
            self._paint_words(painter)
        elif self.viewpoint.mosaic.count:
            self._paint_maps(painter, self._picture)
            self._paint_marks(painter, self._picture)
            self._paint_numbers(painter)
            self._paint_choice(painter)
            self._paint_place(painter, self.viewpoint.place, ("#000000", "#ffffff"))
            self._paint_place(painter, self.viewpoint.pin, ("#ffffff", self._theme.accent))
        focused = self.hasFocus() and self._picture is not None
        painter.setPen(QColor(self._theme.accent if focused else self._theme.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_words(self, painter: QPainter) -> None:
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(QColor(self._theme.muted))
        box = self.rect().adjusted(GRID, GRID, -GRID, -GRID)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._words)

    def _paint_maps(self, painter: QPainter, picture: MosaicPicture) -> None:
        viewpoint = self.viewpoint
        lens, mosaic = viewpoint.lens, viewpoint.mosaic
        ratio = self.devicePixelRatioF()
        step = min(pooling_step(lens.scale * ratio), mosaic.gap)
        image = picture.image(mosaic, viewpoint.first, step, self._theme, viewpoint.order)
        if image.isNull():
            return
        size = lens.scale * step
        # Only what is in view: at the closest zoom the whole would be wider than the painter's fixed-point
        # numbers go.
        left, top = max(0, math.floor(lens.x / step)), max(0, math.floor(lens.y / step))
        right = min(image.width(), math.ceil((lens.x + self.width() / lens.scale) / step))
        bottom = min(image.height(), math.ceil((lens.y + self.height() / lens.scale) / step))
        if right <= left or bottom <= top:
            return
        target = QRectF(
            left * size - lens.x * lens.scale,
            top * size - lens.y * lens.scale,
            (right - left) * size,
            (bottom - top) * size,
        )
        # Below two device pixels for one of the picture, whole pixels would come out visibly unequal.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, size * ratio < 2)
        painter.drawImage(target, image, QRectF(left, top, right - left, bottom - top))

    def _paint_marks(self, painter: QPainter, picture: MosaicPicture) -> None:
        scale = self.viewpoint.lens.scale
        if scale < NEAR or not isinstance(picture, MapPicture) or not picture.has_outliers:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for channel in self._channels_in_view():
            cell = self.cell_rect(channel)
            seen = cell.intersected(QRectF(self.rect()))
            if seen.isEmpty() or channel >= len(picture.maps):
                continue
            left, top = int((seen.left() - cell.left()) / scale), int((seen.top() - cell.top()) / scale)
            right, bottom = (
                math.ceil((seen.right() - cell.left()) / scale),
                math.ceil((seen.bottom() - cell.top()) / scale),
            )
            found = picture.kinds(channel, slice(top, bottom), slice(left, right))
            for row, column in zip(*found.nonzero(), strict=True):
                corner = QPointF(cell.x() + (left + int(column)) * scale, cell.y() + (top + int(row)) * scale)
                paint_mark(painter, QRectF(corner.x(), corner.y(), scale, scale), int(found[row, column]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_numbers(self, painter: QPainter) -> None:
        viewpoint = self.viewpoint
        mosaic, lens = viewpoint.mosaic, viewpoint.lens
        across, down = mosaic.width * lens.scale, mosaic.height * lens.scale
        if viewpoint.single or across < NUMBERED or down < NUMBERED / 2:
            return
        painter.setFont(sized(self.font(), SMALL))
        metrics = painter.fontMetrics()
        background = QColor(self._theme.panel)
        background.setAlpha(200)
        for channel in self._channels_in_view():
            text = str(self._numbers(channel))
            corner = self.cell_rect(channel).topLeft()
            box = QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(text) + 6, metrics.height())
            painter.fillRect(box, background)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _channels_in_view(self) -> list[int]:
        viewpoint = self.viewpoint
        mosaic, lens = viewpoint.mosaic, viewpoint.lens
        pitch_x, pitch_y = mosaic.pitch
        first_column = max(0, int(lens.x // pitch_x))
        last_column = min(mosaic.columns - 1, int((lens.x + self.width() / lens.scale) // pitch_x))
        first_row = max(0, int(lens.y // pitch_y))
        last_row = min(mosaic.rows - 1, int((lens.y + self.height() / lens.scale) // pitch_y))
        found = (
            row * mosaic.columns + column
            for row in range(first_row, last_row + 1)
            for column in range(first_column, last_column + 1)
        )
        return [viewpoint.channel_at(viewpoint.first + index) for index in found if index < mosaic.count]

    def _paint_choice(self, painter: QPainter) -> None:
        if self.viewpoint.single:
            return
        box = self.cell_rect(self.viewpoint.channel)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width, margin in ((self._theme.panel, 4.0, 1.0), (self._theme.accent, 2.0, 1.0)):
            painter.setPen(
                QPen(
                    QColor(colour),
                    width,
                    Qt.PenStyle.SolidLine,
                    Qt.PenCapStyle.SquareCap,
                    Qt.PenJoinStyle.MiterJoin,
                )
            )
            painter.drawRect(box.adjusted(-margin, -margin, margin, margin))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_place(self, painter: QPainter, place: tuple[int, int, int] | None, colours: tuple[str, str]) -> None:
        if place is None:
            return
        channel, row, column = place
        cell = self.cell_rect(channel)
        if cell.isEmpty():
            return
        scale = self.viewpoint.lens.scale
        side = max(scale, 5.0)
        centre = QPointF(cell.x() + (column + 0.5) * scale, cell.y() + (row + 0.5) * scale)
        box = QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, margin in zip(colours, (1.0, 0.0), strict=True):
            painter.setPen(QColor(colour))
            painter.drawRect(box.adjusted(-margin, -margin, margin, margin))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._picture is not None:
            self._pressed = event.position().toPoint()
            self._dragged = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._pressed is not None and self._dragged is None:
            far = (place.toPoint() - self._pressed).manhattanLength()
            if far >= QApplication.startDragDistance() and self._drag_out(event):
                return
            if far >= QApplication.startDragDistance():
                self._dragged = QPointF(self._pressed)
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragged is not None:
            moved = place - self._dragged
            self._dragged = place
            self.viewpoint.pan(moved.x(), moved.y())
        elif self._picture is not None:
            self.viewpoint.hover(self.viewpoint.find(place.x(), place.y()))

    def _drag_out(self, event: QMouseEvent) -> bool:
        """Drag the map out that was pressed on, where there is nothing to pan, or Control says so."""
        assert self._pressed is not None
        wanted = self.viewpoint.is_fitted or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        found = self.viewpoint.find(self._pressed.x(), self._pressed.y()) if wanted else None
        if found is None or not isinstance(self._picture, MapPicture):
            return False
        self._pressed = None
        self.drag_asked.emit(found[0], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        if self._dragged is None:
            self._choose_at(event.position())
        self._pressed = self._dragged = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._picture is None:
            return
        if self.viewpoint.single:
            self.viewpoint.show_single(False)
        elif self._choose_at(event.position()):
            self.viewpoint.show_single(True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches and self._picture is not None:
            place = event.position()
            self.viewpoint.zoom(ZOOM_STEP**notches, place.x(), place.y())
            self.viewpoint.hover(self.viewpoint.find(place.x(), place.y()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.viewpoint.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(self.viewpoint, MAP_KEYS, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        self.focused.emit()
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def _choose_at(self, place: QPointF) -> bool:
        found = self.viewpoint.find(place.x(), place.y())
        if found is None:
            return False
        self.viewpoint.choose(found[0])
        if self.viewpoint.pins:
            self.viewpoint.pin_place(found)
        return True
