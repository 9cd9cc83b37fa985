"""A class's map over the picture, with what it means and which class it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from explorer.maps.overlay import OPACITY, laid_over
from explorer.ui.compact_button import compact_button
from explorer.ui.folder_model import class_name
from explorer.ui.number_text import number_text
from explorer.ui.plain_tip import plain_tip
from explorer.ui.text_label import TextLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.maps.class_maps import ClassMaps
    from explorer.running.activations import Array

SIDE = 26 * GRID
MOST_PIXELS = 256
"""Pixels of a side that are mixed: more than are shown would take longer than a frame."""

METHODS = {
    "activation": (
        "class activation map",
        "The class's own weights on the last feature maps: exact.",
    ),
    "occlusion": ("occlusion map", "What the class loses when a part of the picture is covered by its mean colour."),
}
NO_MAPS = "This network’s end allows no class activation map. Covering parts of the picture finds one."


class ClassMapView(QWidget):
    """The picture as the network sees it, coloured where it speaks for a class (warm) or against it (cold)."""

    class_chosen = Signal(int)
    activation_asked = Signal()
    occlusion_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("class_map")
        self.setAccessibleName("Where in the picture a class is seen")
        self._maps: ClassMaps | None = None
        self._index: int | None = None
        self._has_head = False
        self._named: tuple[tuple[str, ...], int] = ((), 0)
        self.picture = MapOverPicture(theme)
        self.classes = QComboBox()
        self.classes.setObjectName("map_class")
        self.classes.setAccessibleName("Class whose map is shown")
        self.classes.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.activated.connect(self.class_chosen)
        self._method = TextLabel(theme, size=SMALL, colour="muted")
        self._method.setObjectName("map_method")
        self._method.setWordWrap(True)
        self.scale = MapScale(theme)
        self._strength = TextLabel(theme, "Strength of the colours", size=SMALL, colour="muted")
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setObjectName("map_strength")
        self.strength.setAccessibleName("Strength of the map's colours")
        self.strength.setRange(0, 100)
        self.strength.setValue(round(100 * OPACITY))
        self.strength.valueChanged.connect(self._draw)
        self.occlude = compact_button(
            self, "map_occlude", "Occlusion", "Find it by covering parts of the picture (Shift+F9)"
        )
        self.occlude.clicked.connect(self.occlusion_asked)
        self.activate = compact_button(self, "map_activate", "Activation", "Show the class activation map instead")
        self.activate.clicked.connect(self.activation_asked)
        self._lay_out()
        self.show_picture(None)
        self.show_maps(None, None, running=False)

    def show_picture(self, picture: Array | None) -> None:
        """Show another picture, H×W×3, 0–255: the network's input before any arithmetic."""
        self.picture.show_picture(picture)
        self._draw()

    def show_maps(self, maps: ClassMaps | None, index: int | None, *, running: bool) -> None:
        """Show the map of a class; without maps, say what can be done about it. ``running``: more is on its way."""
        self._maps, self._index = maps, index
        self._method.setText(_method_words(maps, running))
        self._method.setToolTip("" if maps is None else METHODS[maps.method][1])
        self.occlude.setVisible(not running and (maps is None or maps.method == "activation" or maps.share < 1))
        self.activate.setVisible(not running and maps is not None and maps.method == "occlusion" and self._has_head)
        with QSignalBlocker(self.classes):
            self.classes.setCurrentIndex(-1 if index is None else index)
        self.classes.setToolTip(plain_tip(self.classes.currentText()))
        self._draw()

    def show_classes(self, labels: tuple[str, ...], count: int) -> None:
        """Offer ``count`` classes, with their labels where those fit."""
        if self._named == (labels, count):
            return
        self._named = (labels, count)
        names = labels if len(labels) == count else ()
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItems(
                [class_name(name, index) for index, name in enumerate(names)]
                or [f"class {index}" for index in range(count)]
            )

    def show_has_head(self, has_head: bool) -> None:
        """Whether the network allows class activation maps as well."""
        self._has_head = has_head

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for part in (self.picture, self._method, self.scale, self._strength):
            part.show_theme(theme)

    def _draw(self) -> None:
        values = None
        if self._maps is not None and self._index is not None and self._index < self._maps.count:
            values = self._maps.of_class(self._index)
        self.picture.show_map(values, self.strength.value() / 100)
        shown = values is not None
        self.scale.setVisible(shown)
        self._strength.setVisible(shown)
        self.strength.setVisible(shown)
        if values is not None:
            from explorer.maps.class_maps import largest

            self.scale.show_most(largest(values))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID // 2)
        buttons.addWidget(self.activate)
        buttons.addWidget(self.occlude)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(GRID)
        words.addWidget(self.classes)
        words.addWidget(self._method)
        words.addLayout(buttons)
        words.addStretch(1)
        words.addWidget(self._strength)
        words.addWidget(self.strength)
        words.addWidget(self.scale)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + GRID // 2)
        row.addWidget(self.picture)
        row.addLayout(words, 1)


class MapOverPicture(QWidget):
    """Paints the picture with the map laid over it, as large as it fits."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("map_over_picture")
        self._theme = theme
        self._picture: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self.setFixedSize(SIDE, SIDE)

    def show_picture(self, picture: Array | None) -> None:
        """Take another picture."""
        self._picture = None
        if picture is not None:
            import numpy as np

            step = max(1, -(-max(picture.shape[:2]) // MOST_PIXELS))
            thin = np.asarray(picture[::step, ::step])
            self._picture = np.ascontiguousarray(thin.round().clip(0, 255).astype(np.uint8))

    def show_map(self, values: Array | None, opacity: float) -> None:
        """Lay ``values`` over it, rows × columns; None leaves the picture bare."""
        self._image = None
        if self._picture is not None:
            mixed = self._picture if values is None else laid_over(self._picture, values, opacity)
            height, width = mixed.shape[:2]
            self._image = QImage(mixed.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, self._image)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


class MapScale(QWidget):
    """What the colours mean: the values at both ends, and which of them speaks for the class."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._most = theme, 0.0
        self.setFont(sized(self.font(), SMALL))
        self.setFixedHeight(GRID + 2 * self.fontMetrics().lineSpacing() + GRID // 2)
        self.setAccessibleName("Scale of the map")

    def show_most(self, most: float) -> None:
        """The value at the warm end; the cold end is its negative."""
        self._most = most
        self.setToolTip(f"From {number_text(-most)} against the class to {number_text(most)} for it")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(12 * GRID, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        from explorer.maps.colour_maps import LEVELS, ramp_colours

        painter = QPainter(self)
        bar = QRectF(0, 0, self.width(), GRID)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for stop in range(11):
            red, green, blue = (int(part) for part in ramp_colours("signed")[round((1 - stop / 10) * (LEVELS - 1))])
            gradient.setColorAt(stop / 10, QColor(red, green, blue))
        painter.fillRect(bar, gradient)
        painter.setFont(self.font())
        line = self.fontMetrics().lineSpacing()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for top, colour, texts in (
            (GRID + GRID / 4, self._theme.text, (number_text(-self._most, 2), "0", number_text(self._most, 2))),
            (GRID + GRID / 4 + line, self._theme.muted, ("against", "", "for it")),
        ):
            painter.setPen(QColor(colour))
            place = QRectF(0, top, self.width(), line)
            for text, side in zip(texts, (left, Qt.AlignmentFlag.AlignHCenter, right), strict=True):
                painter.drawText(place, side, text)


def _method_words(maps: ClassMaps | None, running: bool) -> str:
    if maps is None:
        return "Looking …" if running else NO_MAPS
    words = METHODS[maps.method][0]
    if maps.share >= 1:
        return words
    return f"{words}, {100 * maps.share:.0f} % {'done' if running else 'covered, then stopped'}"
