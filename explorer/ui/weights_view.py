"""A layer's weights: kernels as pictures, vectors as bars, and beside them how they lie in the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from explorer.maps.feature_maps import is_drawable
from explorer.maps.value_range import ValueRange, value_range
from explorer.running.statistics import statistics
from explorer.ui.activation_grid import ActivationGrid
from explorer.ui.colour_bar import ColourBar
from explorer.ui.kernels import ChannelOrder, Kernels, Weight, kernels
from explorer.ui.map_picture import ColourPicture, MapPicture
from explorer.ui.number_text import number_text, shape_text
from explorer.ui.statistics_table import figures
from explorer.ui.text_label import ElidedLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.vector_bars import VectorBars
from explorer.ui.viewpoint import Viewpoint


class WeightsView(QWidget):
    """Shows one of a layer's weights at a time: as computed, before its correction, and as it lies in the file."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weights")
        self._weights: tuple[Weight, ...] = ()
        self._order: ChannelOrder = "RGB"
        self._kernels: Kernels | None = None
        self._stored: Kernels | None = None
        self._figures = ""
        self.viewpoint, self.file_viewpoint = Viewpoint(self), Viewpoint(self)
        self.pane = KernelPane(self.viewpoint, "weights", "Kernels", theme)
        self.before = KernelPane(self.viewpoint, "weights-before", "Kernels before the correction", theme)
        self.file = KernelPane(self.file_viewpoint, "weights-in-file", "Kernels as they lie in the file", theme)
        self.grid = self.pane.grid
        self.bar = ColourBar(theme, "weights")
        self.bars = VectorBars(theme)
        self.names = QComboBox()
        self.names.setObjectName("weight-names")
        self.names.setAccessibleName("Weight")
        self.names.currentIndexChanged.connect(self._show_weight)
        self._origin = _label(theme, "weight-origin")
        self._status = _label(theme, "weight-status")
        self.viewpoint.hovered.connect(self._show_place)
        self.file_viewpoint.hovered.connect(self._show_stored_place)
        self.bars.hovered.connect(lambda index: self._show_place(None if index is None else (index, 0, 0)))
        self._nothing = ElidedLabel(theme, "This layer has no weights.", size=SMALL, colour="muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.show_weights(())

    def show_weights(self, weights: Sequence[Weight], order: ChannelOrder = "RGB") -> None:
        """Show a layer's weights; ``order`` is that of the network's three input channels."""
        self._weights = tuple(weight for weight in weights if is_drawable(weight.values) and weight.values.size)
        self._order = order
        self._nothing.setVisible(not self._weights)
        self._shown.setVisible(bool(self._weights))
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([f"{one.name}  {shape_text(one.values.shape, batch=True)}" for one in self._weights])
        self.names.blockSignals(False)
        self._show_weight(0)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for pane in (self.pane, self.before, self.file):
            pane.show_theme(theme)
        for part in (self.bar, self.bars, self._origin, self._status, self._nothing):
            part.show_theme(theme)

    def _lay_out(self) -> None:
        panes = QHBoxLayout()
        panes.setSpacing(GRID)
        for pane in (self.pane, self.before, self.file):
            panes.addWidget(pane, 1)
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(panes, 1)
        column.addWidget(self.bar)
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

    def _show_weight(self, index: int) -> None:
        if not 0 <= index < len(self._weights):
            self._kernels = self._stored = None
            return
        weight = self._weights[index]
        found = kernels(weight.values, self._order)
        self._kernels, self._stored = found, None
        self._origin.setText(weight.origin)
        self._figures = " · ".join(figures(statistics(weight.values)))
        if found.thinned > 1:
            self._figures += f" · one of each {found.thinned} rows and columns is shown"
        self._show_place(None)
        self._pages.setCurrentIndex(1 if found.maps.is_vector else 0)
        if found.maps.is_vector:
            values = found.maps.values.reshape(-1)
            same = weight.before is not None and weight.before.size == values.size
            old = weight.before.reshape(-1) if same and weight.before is not None else None
            self.bars.show_vector(values if old is None else old, None, None, None if old is None else values)
            return
        shown = [found.maps.values]
        if weight.before is not None:
            shown.append(kernels(weight.before).maps.values)
        span = value_range(shown, "layer", difference=True)
        colours = "" if found.colour is None else f" · input channels {', '.join(self._order)} in their colours"
        self.pane.show_kernels(found, span, f"as computed · {shape_text(weight.values.shape, batch=True)}{colours}")
        self._show_before(weight, span)
        self._show_stored(weight, span)
        self.bar.setVisible(found.colour is None or self._stored is not None)
        self.bar.show_range(span, "signed", 0)

    def _show_before(self, weight: Weight, span: ValueRange) -> None:
        same = weight.before is not None and weight.before.shape == weight.values.shape
        self.before.setVisible(same)
        if same and weight.before is not None:
            self.before.show_kernels(kernels(weight.before, self._order), span, "before the correction")

    def _show_stored(self, weight: Weight, span: ValueRange) -> None:
        computed = weight.values if weight.before is None else weight.before
        stored = weight.stored
        # Of what lies there as it is computed, a second picture would say nothing.
        differs = stored is not None and stored is not computed
        self.file.setVisible(differs)
        if differs and stored is not None:
            self._stored = kernels(stored)
            words = f"in the file · {shape_text(stored.shape, batch=True)}"
            self.file.show_kernels(Kernels(self._stored.maps, self._stored.inputs), span, words)
        elif stored is not None and weight.before is None:
            self.pane.add_words("as in the file")

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

    def _show_stored_place(self, place: tuple[int, int, int] | None) -> None:
        found = self._stored
        if found is None or place is None:
            self._show_place(None)
            return
        index, row, column = place
        front = [int(at) for at in np.unravel_index(index, found.maps.folded)] if found.maps.count > 1 else []
        entry = ", ".join(map(str, (*front, row * found.thinned, column * found.thinned)))
        self._status.setText(f"in the file [{entry}] · {number_text(float(found.maps.values[index, row, column]))}")


class KernelPane(QWidget):
    """Kernels under what they are."""

    def __init__(self, viewpoint: Viewpoint, name: str, spoken: str, theme: Theme) -> None:
        super().__init__()
        self.viewpoint = viewpoint
        self.words = _label(theme, f"{name}-words")
        self.grid = ActivationGrid(viewpoint, name, theme)
        self.grid.setAccessibleName(spoken)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 4)
        column.addWidget(self.words)
        column.addWidget(self.grid, 1)

    def show_kernels(self, found: Kernels, span: ValueRange, words: str) -> None:
        """Show kernels, in colour where they read one, else in a range."""
        self.words.setText(words)
        if found.colour is None:
            self.grid.show_picture(MapPicture(found.maps.values, span, "signed", "peak"))
            self.viewpoint.show_maps(found.maps.count, found.maps.height, found.maps.width, found.inputs)
        else:
            self.grid.show_picture(ColourPicture(found.colour))
            self.viewpoint.show_maps(len(found.colour), found.maps.height, found.maps.width)

    def add_words(self, words: str) -> None:
        """Say something more."""
        self.words.setText(f"{self.words.text()} · {words}")

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.words.show_theme(theme)
        self.grid.show_theme(theme)


def _label(theme: Theme, name: str) -> ElidedLabel:
    made = ElidedLabel(theme, size=SMALL, colour="muted")
    made.setObjectName(name)
    return made
