"""A channel over the picture that the network sees, and what of it one value is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QSizePolicy, QSlider, QWidget

from explorer.ui.map_picture import MapPicture, channel_image
from explorer.ui.plain_tip import plain_tip
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.running.activations import Array
    from explorer.ui.seen_field import SeenField

OPACITY = 60
"""How far the channel covers the picture, in hundredths, unless another share is asked for."""

MOST_PIXELS = 512
"""Pixels of a side of the picture that are kept."""

POINT = "Point at a value of a map, or click it."
NO_PICTURE = "Drop a picture to lay the channel over it."


class ChannelOnPicture(QWidget):
    """The picture with the chosen channel over it; the frame is the field of the value pointed at."""

    fields_asked = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("on-picture")
        self._sides: tuple[tuple[str, MapPicture | None], ...] = ()
        self.canvas = PictureCanvas(theme)
        self.side = QComboBox()
        self.side.setObjectName("overlay-side")
        self.side.setAccessibleName("Whose channel lies over the picture")
        self.side.activated.connect(self._show)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setObjectName("overlay-opacity")
        self.opacity.setAccessibleName("Opacity of the channel")
        self.opacity.setRange(0, 100)
        self.opacity.setValue(OPACITY)
        self.opacity.valueChanged.connect(self._show)
        self.fields = QCheckBox("Receptive field")
        self.fields.setObjectName("show-fields")
        self.fields.setToolTip("Point at a value, or click it, to see what it is computed from")
        self.fields.toggled.connect(self.fields_asked)
        self._labels = [
            TextLabel(theme, "Side", size=SMALL, colour="muted"),
            TextLabel(theme, "Opacity", size=SMALL, colour="muted"),
        ]
        self.words = TextLabel(theme, size=SMALL, colour="muted")
        self.words.setObjectName("overlay-words")
        self.words.setWordWrap(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        for line, (label, widget) in enumerate(zip(self._labels, (self.side, self.opacity), strict=True)):
            grid.addWidget(label, line, 0)
            grid.addWidget(widget, line, 1)
        grid.addWidget(self.fields, 2, 0, 1, 2)
        grid.addWidget(self.words, 3, 0, 1, 2)
        grid.setRowStretch(4, 1)
        grid.setColumnStretch(1, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GRID, 0, 0)
        row.setSpacing(2 * GRID)
        row.addWidget(self.canvas, 1)
        row.addLayout(grid, 1)
        self.show_channel((), 0)

    def show_picture(self, picture: Array | None, words: str = "") -> None:
        """Show another picture, H×W×3: 0–255, or any numbers, which are then spread over that. ``words`` name it."""
        self.canvas.show_picture(picture, words or NO_PICTURE)

    def show_channel(self, sides: Sequence[tuple[str, MapPicture | None]], channel: int) -> None:
        """Lay a channel over it; ``sides`` are the maps that there are, with their names."""
        self._sides = tuple((name, maps) for name, maps in sides if maps is not None and channel < len(maps.maps))
        names = [name for name, _ in self._sides]
        if names != [self.side.itemText(index) for index in range(self.side.count())]:
            chosen = self.side.currentText()
            with QSignalBlocker(self.side):
                self.side.clear()
                self.side.addItems(names)
                self.side.setCurrentIndex(names.index(chosen) if chosen in names else 0 if names else -1)
        self._channel = channel
        self._show()

    def show_field(self, seen: SeenField | None, words: str) -> None:
        """Frame what a value sees; ``words`` say it."""
        self.words.setText(words or (POINT if self.fields.isChecked() else ""))
        self.canvas.show_field(seen)

    def show_fields_on(self, on: bool) -> None:
        """Show whether fields are asked for."""
        with QSignalBlocker(self.fields):
            self.fields.setChecked(on)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.canvas.show_theme(theme)
        for label in (self.words, *self._labels):
            label.show_theme(theme)

    def _show(self) -> None:
        index = self.side.currentIndex()
        name, maps = self._sides[index] if 0 <= index < len(self._sides) else ("", None)
        self.side.setEnabled(bool(self._sides))
        self.opacity.setEnabled(bool(self._sides))
        words = f"Channel {self._channel} of {name}, {self.opacity.value()} % opaque" if name else "The picture alone"
        self.canvas.setAccessibleDescription(words)
        self.canvas.show_map(maps, self._channel, self.opacity.value() / 100)


class PictureCanvas(QWidget):
    """Paints picture, channel and field, as large as they fit; images are made when they are painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("picture-canvas")
        self.setAccessibleName("The picture as the network sees it")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(12 * GRID, 12 * GRID)
        self._theme = theme
        self._source: Array | None = None
        self._image: QImage | None = None
        self._words = ""
        self._map: tuple[MapPicture, int] | None = None
        self._overlay: QImage | None = None
        self._opacity = OPACITY / 100
        self._seen: SeenField | None = None

    def show_picture(self, picture: Array | None, words: str) -> None:
        """Take another picture, and what is said of it."""
        self._source, self._image, self._words = picture, None, words
        self.setToolTip(plain_tip(words))
        self.update()

    def show_map(self, maps: MapPicture | None, channel: int, opacity: float) -> None:
        """Lay a channel over it."""
        wanted = None if maps is None else (maps, channel)
        if self._map is None or wanted is None or self._map[0] is not maps or self._map[1] != channel:
            self._map, self._overlay = wanted, None
        self._opacity = opacity
        self.update()

    def show_field(self, seen: SeenField | None) -> None:
        """Frame what a value sees."""
        if seen != self._seen:
            self._seen = seen
            self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    @property
    def place(self) -> QRectF:
        """Where the picture is."""
        sizes = (1, 1) if self._source is None else self._source.shape[:2]
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        scale = min(room.width() / sizes[1], room.height() / sizes[0])
        place = QRectF(0, 0, sizes[1] * scale, sizes[0] * scale)
        place.moveTopLeft(room.topLeft())
        return place

    def field_rect(self) -> QRectF | None:
        """Where the field of the value is; None where there is none."""
        part = None if self._seen is None else self._seen.field
        if part is None or self._source is None:
            return None
        place, (height, width) = self.place, part.sizes
        (top, bottom), (left, right) = part.rows, part.columns
        across, down = place.width() / width, place.height() / height
        return QRectF(place.x() + left * across, place.y() + top * down, (right - left) * across, (bottom - top) * down)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._source is None:
            painter.setFont(sized(self.font(), SMALL))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._words)
            return
        if self._image is None:
            self._image = picture_image(self._source)
        place = self.place
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        if self._map is not None and self._opacity:
            if self._overlay is None:
                self._overlay = channel_image(*self._map)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.setOpacity(self._opacity)
            painter.drawImage(place, self._overlay)
            painter.setOpacity(1)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawRect(place)
        box = self.field_rect()
        if box is not None:
            for colour, width in (("#000000", 4.0), ("#ffffff", 2.0)):
                painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
                painter.drawRect(box)


def picture_image(picture: Array) -> QImage:
    """H×W×3 or H×W×1 as an image: values from 0 to 255 as they are, others spread over that."""
    step = max(1, -(-max(picture.shape[:2]) // MOST_PIXELS))
    thin = np.nan_to_num(np.asarray(picture[::step, ::step], np.float64))
    low, high = (float(thin.min()), float(thin.max())) if thin.size else (0.0, 0.0)
    if low < 0 or high > 255 or high <= 1.5:
        thin = (thin - low) * (255 / (high - low) if high > low else 0)
    pixels = np.ascontiguousarray(np.broadcast_to(thin, (*thin.shape[:2], 3)).round().clip(0, 255).astype(np.uint8))
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
