"""The camera roll: pictures that were opened lately, side by side, to go back to and to drag out."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.session.pictures import RollPicture
from explorer.ui.plain_tip import plain_tip
from explorer.ui.style import RADIUS
from explorer.ui.theme import GRID, Theme
from explorer.ui.thumbnails import scaled_image

THUMBNAIL = QSize(6 * GRID, 4 * GRID)
CELL = QSize(THUMBNAIL.width() + GRID, THUMBNAIL.height() + GRID)
PICTURE = Qt.ItemDataRole.UserRole
"""The role that gives the :class:`RollPicture`."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class RollModel(QAbstractListModel):
    """The roll's pictures; dragged out they are files, or pictures where they are in none."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: tuple[RollPicture, ...] = ()
        self.current: str | None = None

    def show_pictures(self, pictures: tuple[RollPicture, ...], current: str | None) -> None:
        """Take other pictures; ``current`` is the path of the one that is open."""
        if pictures != self.pictures:
            self.beginResetModel()
            self.pictures, self.current = pictures, current
            self.endResetModel()
        elif current != self.current:
            self.current = current
            self.dataChanged.emit(self.index(0), self.index(len(pictures) - 1))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        picture = self.pictures[index.row()]
        if role == PICTURE:
            return picture
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{picture.text}\nEnter opens it, Delete takes it out of this row.")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.name}, open" if picture.path == self.current else picture.name
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Any) -> QMimeData:
        picture = self.pictures[indexes[0].row()]
        mime = QMimeData()
        if picture.is_file:
            mime.setUrls([QUrl.fromLocalFile(picture.path)])
        else:
            height, width = picture.pixels.shape[:2]
            image = QImage(picture.pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            mime.setImageData(image.copy())
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction


class CameraRollView(QListView):
    """One row of small pictures; arrows go along it, Enter or a click opens one, Delete takes one out of the row."""

    chosen = Signal(str)
    """The path of a picture that is to be opened."""
    forgotten = Signal(str)
    """The path of one that is to leave the row."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("camera_roll")
        self.setAccessibleName("Recent pictures")
        self.pictures = RollModel()
        self.setModel(self.pictures)
        self._delegate = RollDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(CELL.height())
        self.clicked.connect(self._open)
        self.hide()

    def show_roll(self, pictures: tuple[RollPicture, ...], current: str | None) -> None:
        """Show the pictures, the latest first, and mark the one that is open."""
        before = self.currentIndex().row()
        self.pictures.show_pictures(pictures, current)
        paths = [picture.path for picture in pictures]
        # After one was taken out, the next takes its place under the keys.
        place = min(before, len(paths) - 1) if self.hasFocus() and before >= 0 else -1
        if not self.hasFocus() and current in paths:
            place = paths.index(current)
        if place >= 0:
            index = self.pictures.index(place)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
        # One that is open anyway is nothing to choose from, and the classes below need the room.
        self.setVisible(paths not in ([], [current]))
        self._make_room()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._delegate.theme = theme
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Room for the scroll bar where there is one."""
        is_longer = self.pictures.rowCount() * CELL.width() > self.width()
        self.setFixedHeight(CELL.height() + (self.horizontalScrollBar().sizeHint().height() if is_longer else 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and index.isValid():
            self._open(index)
        elif event.key() == Qt.Key.Key_Delete and index.isValid():
            self.forgotten.emit(index.data(PICTURE).path)
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(PICTURE).path)


class RollDelegate(QStyledItemDelegate):
    """Paints a picture; the open one has a frame and a triangle under it, the one under the keys a thin frame."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self.theme = theme
        self._view = view
        self._images: dict[int, tuple[RollPicture, QImage]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        picture: RollPicture = index.data(PICTURE)
        model = index.model()
        is_open = isinstance(model, RollModel) and model.current == picture.path
        rect: QRect = option.rect
        state = option.state
        box = QRectF(rect).adjusted(1, 1, -1, -1)
        theme = self.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        image = self._image(picture)
        ratio = image.devicePixelRatio()
        place = QRectF(0, 0, image.width() / ratio, image.height() / ratio)
        place.moveCenter(box.center())
        painter.drawImage(place, image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        is_under_keys = bool(state & QStyle.StateFlag.State_Selected) and self._view.hasFocus()
        if is_open or is_under_keys:
            painter.setPen(QPen(QColor(theme.accent), 2 if is_open else 1))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if is_open:
            _paint_flag(painter, box, theme)
        painter.restore()

    def _image(self, picture: RollPicture) -> QImage:
        ratio = self._view.devicePixelRatioF()
        known = self._images.get(id(picture))
        if known is None or known[1].devicePixelRatio() != ratio:
            if len(self._images) > 2 * len(self._view.model().pictures):  # type: ignore[attr-defined]
                self._images.clear()
            known = (picture, scaled_image(picture.pixels, THUMBNAIL * ratio, ratio))
            self._images[id(picture)] = known
        return known[1]


def _paint_flag(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """A folded corner, which is seen where the colour is not."""
    corner, side = box.topLeft() + QPointF(1, 1), 1.25 * GRID
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    painter.drawPolygon(QPolygonF([corner, corner + QPointF(side, 0), corner + QPointF(0, side)]))
