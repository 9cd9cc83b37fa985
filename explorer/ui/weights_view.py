"""A layer's weights: kernels as pictures, vectors as bars, and where they came from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from explorer.maps.feature_maps import is_drawable
from explorer.maps.value_range import value_range
from explorer.running.activations import Array
from explorer.running.statistics import statistics
from explorer.ui.activation_grid import ActivationGrid
from explorer.ui.colour_bar import ColourBar
from explorer.ui.kernels import ChannelOrder, Kernels, kernels
from explorer.ui.map_picture import ColourPicture, MapPicture
from explorer.ui.number_text import number_text, shape_text
from explorer.ui.statistics_table import figures
from explorer.ui.text_label import ElidedLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.vector_bars import VectorBars
from explorer.ui.viewpoint import Viewpoint

Weight = tuple[str, Array, str]
"""Name, values, and where they came from in words."""


class WeightsView(QWidget):
    """Shows one of a layer's weights at a time."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weights")
        self._weights: tuple[Weight, ...] = ()
        self._order: ChannelOrder = "RGB"
        self._kernels: Kernels | None = None
        self._figures = ""
        self.viewpoint = Viewpoint(self)
        self.grid = ActivationGrid(self.viewpoint, "weights", theme)
        self.grid.setAccessibleName("Kernels")
        self.bar = ColourBar(theme, "weights")
        self.bars = VectorBars(theme)
        self.names = QComboBox()
        self.names.setObjectName("weight-names")
        self.names.setAccessibleName("Weight")
        self.names.currentIndexChanged.connect(self._show_weight)
        self._origin = ElidedLabel(theme, size=SMALL, colour="muted")
        self._origin.setObjectName("weight-origin")
        self._status = ElidedLabel(theme, size=SMALL, colour="muted")
        self._status.setObjectName("weight-status")
        self.viewpoint.hovered.connect(self._show_place)
        self.bars.hovered.connect(lambda index: self._show_place(None if index is None else (index, 0, 0)))

        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.grid, 1)
        column.addWidget(self.bar)
        self._nothing = ElidedLabel(theme, "This layer has no weights.", size=SMALL, colour="muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown = QWidget()
        self._pages = QStackedWidget()
        self._pages.addWidget(pictures)
        self._pages.addWidget(self.bars)
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.names)
        top.addWidget(self._origin, 1)
        inner = QVBoxLayout(self._shown)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(GRID // 2)
        inner.addLayout(top)
        inner.addWidget(self._pages, 1)
        inner.addWidget(self._status)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._nothing)
        outer.addWidget(self._shown)
        self.show_weights(())

    def show_weights(self, weights: Sequence[Weight], order: ChannelOrder = "RGB") -> None:
        """Show a layer's weights; ``order`` is that of the network's three input channels."""
        self._weights = tuple(weight for weight in weights if is_drawable(weight[1]) and weight[1].size)
        self._order = order
        self._nothing.setVisible(not self._weights)
        self._shown.setVisible(bool(self._weights))
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([f"{name}  {shape_text(values.shape, batch=True)}" for name, values, _ in self._weights])
        self.names.blockSignals(False)
        self._show_weight(0)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for widget in (
            self.grid,
            self.bar,
            self.bars,
            self._origin,
            self._status,
            self._nothing,
        ):
            widget.show_theme(theme)

    def _show_weight(self, index: int) -> None:
        if not 0 <= index < len(self._weights):
            self._kernels = None
            return
        _, values, origin = self._weights[index]
        found = kernels(values, self._order)
        self._kernels = found
        self._origin.setText(origin)
        self._figures = " · ".join(figures(statistics(values)))
        if found.thinned > 1:
            self._figures += f" · one of each {found.thinned} rows and columns is shown"
        self._show_place(None)
        self._pages.setCurrentIndex(1 if found.maps.is_vector else 0)
        if found.maps.is_vector:
            self.bars.show_vector(found.maps.values.reshape(-1))
            return
        span = value_range([found.maps.values], "layer", difference=True)
        if found.colour is None:
            self.grid.show_picture(MapPicture(found.maps.values, span, "signed", "peak"))
            self.viewpoint.show_maps(found.maps.count, found.maps.height, found.maps.width, found.inputs)
        else:
            self.grid.show_picture(ColourPicture(found.colour))
            self.viewpoint.show_maps(len(found.colour), found.maps.height, found.maps.width)
        self.bar.setVisible(found.colour is None)
        self.bar.show_range(span, "signed", 0)

    def _show_place(self, place: tuple[int, int, int] | None) -> None:
        found = self._kernels
        if found is None or place is None:
            self._status.setText(self._figures if found is not None else "")
            return
        index, row, column = place
        if found.colour is not None:
            numbers = ", ".join(number_text(float(value)) for value in found.colour[index, :, row, column])
            self._status.setText(f"output {index} · y {row} · x {column} · red, green, blue {numbers}")
            return
        value = number_text(float(found.maps.values[index, row, column]))
        if found.maps.is_vector:
            self._status.setText(f"entry {index} · {value}")
        elif found.maps.count == 1:
            step = found.thinned
            self._status.setText(f"output {row * step} · input {column * step} · {value}")
        else:
            self._status.setText(f"{found.maps.name(index)} · y {row} · x {column} · {value}")
