"""Plots of ours and the reference: how the values are spread, and each value against its counterpart."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from explorer.maps.outliers import outliers
from explorer.maps.value_range import ValueRange
from explorer.running.activations import Array
from explorer.ui.densities import Histogram, JointDensity, histogram, joint_density
from explorer.ui.number_text import count_text, number_text
from explorer.ui.place_text import outlier_words
from explorer.ui.text_label import ElidedLabel, sized
from explorer.ui.theme import GRID, SMALL, Theme

AXIS = GRID * 5
"""Width of the numbers beside a plot: that of five digits."""

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

FAINTEST = 70
"""Alpha of a cell that holds a single point, out of 255: one wrong value among thousands must be seen."""


class Axes:
    """A place to plot in, with numbers below and at the left, in the window's colours.

    Put together from pyqtgraph's parts, since its ready-made plot comes with menus, which are windows of their own.
    """

    def __init__(self, parent: QWidget) -> None:
        self.view = pyqtgraph.GraphicsView(parent)
        self.view.setFrameShape(self.view.Shape.NoFrame)
        # Keys do nothing here; a stop of Tab that does nothing only takes time.
        for part in (self.view, self.view.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.box = pyqtgraph.ViewBox(enableMenu=False)
        self.left = pyqtgraph.AxisItem("left")
        self.bottom = pyqtgraph.AxisItem("bottom")
        layout = pyqtgraph.GraphicsLayout()
        layout.setContentsMargins(0, GRID // 2, GRID, 0)
        layout.setSpacing(0)
        self.view.setCentralItem(layout)
        layout.addItem(self.left, row=0, col=0)
        layout.addItem(self.box, row=0, col=1)
        layout.addItem(self.bottom, row=1, col=1)
        self.left.setWidth(AXIS)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, maxTickLevel=0, hideOverlappingLabels=False)

    def show_theme(self, theme: Theme, font: QFont) -> None:
        """Take other colours."""
        self.view.setBackground(theme.panel)
        for axis in (self.left, self.bottom):
            axis.setPen(pyqtgraph.mkPen(theme.line))
            axis.setTextPen(pyqtgraph.mkPen(theme.muted))
            axis.setStyle(tickFont=sized(font, SMALL))


class HistogramPlot(QWidget):
    """The values of ours as an area and of the reference as a line, on the same bins."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("histogram")
        self.setAccessibleName("Histogram of the values")
        self._theme = theme
        self._found: Histogram | None = None
        self._span: ValueRange | None = None
        self._sides: tuple[str, ...] = ()
        self._curves: list[object] = []
        self.axes = Axes(self)
        self.axes.box.setMouseEnabled(x=True, y=False)
        self.logarithmic = QCheckBox("Logarithmic count", self)
        self.logarithmic.setObjectName("histogram-log")
        self.logarithmic.setChecked(True)
        self.logarithmic.toggled.connect(self._draw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.axes.view, 1)
        self.note = ElidedLabel(theme, size=SMALL, colour="muted")
        self.note.setObjectName("histogram-note")
        column.addWidget(self.note)
        column.addWidget(self.logarithmic)
        self.show_theme(theme)

    def show_values(self, ours: Array | None, theirs: Array | None, span: ValueRange | None = None) -> None:
        """Show how the values are spread; either may be missing.

        What is not finite is in no bin, and told in words; ``span`` is a range that cuts values off, marked by lines.
        """
        self._span = span
        counted = [
            (side, outliers(values)) for side, values in (("ours", ours), ("reference", theirs)) if values is not None
        ]
        told = [
            f"{side}: {', '.join(words for _, words in outlier_words(count))}" for side, count in counted if count.total
        ]
        if span is not None:
            told.append(f"colours end at {' and '.join(number_text(end) for end in span.ends())}")
        self.note.setText(" · ".join(told))
        self.note.setVisible(bool(told))
        self._sides = tuple(name for name, values in (("ours", ours), ("reference", theirs)) if values is not None)
        arrays = [values for values in (ours, theirs) if values is not None]
        self._found = histogram(arrays) if arrays else None
        self._draw()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.axes.show_theme(theme, self.font())
        self.note.show_theme(theme)
        self._draw()

    def _draw(self) -> None:
        for curve in self._curves:
            self.axes.box.removeItem(curve)
        self._curves = []
        logarithmic = self.logarithmic.isChecked()
        self.axes.left.setLogMode(logarithmic)
        if self._found is None:
            return
        largest = max(int(counts.max(initial=1)) for counts in self._found.counts)
        self.axes.left.setTicks([count_ticks(largest)] if logarithmic else None)
        for side, counts in zip(self._sides, self._found.counts, strict=True):
            heights = np.log10(np.maximum(counts, 0.5)) if logarithmic else counts
            floor = np.log10(0.5) if logarithmic else 0.0
            colour = QColor(getattr(self._theme, side))
            faint = QColor(colour)
            faint.setAlpha(90)
            area = {"fillLevel": floor, "brush": faint} if side == "ours" else {}
            pen = pyqtgraph.mkPen(colour, width=1.5 if side == "reference" else 1)
            curve = pyqtgraph.PlotCurveItem(self._found.edges, heights, stepMode="center", pen=pen, **area)
            self.axes.box.addItem(curve)
            self._curves.append(curve)
        for end in () if self._span is None else self._span.ends():
            pen = pyqtgraph.mkPen(self._theme.inherits, width=1, style=Qt.PenStyle.DashLine)
            line = pyqtgraph.InfiniteLine(end, angle=90, pen=pen)
            self.axes.box.addItem(line, ignoreBounds=True)
            self._curves.append(line)
        self.axes.box.autoRange(padding=0.02)


def count_ticks(largest: int) -> list[tuple[float, str]]:
    """Powers of ten up to ``largest``, at most four of them, as (place, text) on a logarithmic axis.

    Pyqtgraph's own ticks within a decade stand on one another where there are few values.
    """
    last = int(math.log10(max(largest, 1)))
    every = 1 + last // 4
    return [
        (float(power), "1" if power == 0 else "10" if power == 1 else f"10{str(power).translate(RAISED)}")
        for power in range(0, last + 1, every)
    ]


class ScatterPlot(QWidget):
    """Each value of ours against the reference's as a density, with the line on which both are equal."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scatter")
        self.setAccessibleName("Values of ours against the reference's")
        self._theme = theme
        self._found: JointDensity | None = None
        self.axes = Axes(self)
        self.image = pyqtgraph.ImageItem(axisOrder="row-major")
        self.identity = pyqtgraph.InfiniteLine(pos=(0, 0), angle=45)
        self.axes.box.addItem(self.image)
        self.axes.box.addItem(self.identity)
        self._note = ElidedLabel(theme, size=SMALL, colour="muted")
        self._note.setObjectName("scatter-note")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.axes.view, 1)
        column.addWidget(self._note)
        self.show_theme(theme)

    def show_values(self, ours: Array | None, theirs: Array | None) -> None:
        """Show both against one another; without two arrays of one shape, say why there is nothing to see."""
        self.image.clear()
        self._found = None
        comparable = ours is not None and theirs is not None and ours.shape == theirs.shape
        self.image.setVisible(comparable)
        self.identity.setVisible(comparable)
        if ours is None or theirs is None:
            self._note.setText("There is no reference to plot against.")
            return
        if not comparable:
            self._note.setText("The shapes differ: no value has a counterpart.")
            return
        self._found = joint_density(ours, theirs)
        low, high = self._found.span
        self.axes.box.setRange(QRectF(low, low, high - low, high - low), padding=0.02)
        self._draw()
        points, total = self._found.points, self._found.total
        text = f"{count_text(points)} points"
        self._note.setText(text if points == total else f"{text} of {count_text(total)}")

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.axes.show_theme(theme, self.font())
        self.identity.setPen(pyqtgraph.mkPen(theme.faint, width=1, style=Qt.PenStyle.DashLine))
        for axis, side in ((self.axes.bottom, "ours"), (self.axes.left, "reference")):
            axis.setLabel(side, **{"color": getattr(theme, side), "font-size": f"{SMALL}px"})
        self._note.show_theme(theme)
        self._draw()

    def _draw(self) -> None:
        found = self._found
        if found is None:
            return
        most = max(int(found.counts.max()), 1)
        # Logarithmic, or a thousand zeros would leave nothing of all other points.
        shade = np.log1p(found.counts) / np.log1p(most)
        alpha = np.where(found.counts > 0, FAINTEST + (255 - FAINTEST) * shade, 0).astype(np.uint8)
        picture = np.empty((*alpha.shape, 4), np.uint8)
        colour = QColor(self._theme.accent)
        picture[..., :3] = (colour.red(), colour.green(), colour.blue())
        picture[..., 3] = alpha
        low, high = found.span
        self.image.setImage(picture, autoLevels=False)
        self.image.setRect(QRectF(low, low, high - low, high - low))
