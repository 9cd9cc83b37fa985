"""The whole drawing of a graph → SVG, PDF or PNG. Nothing here needs the window's own thread."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QFont, QFontInfo, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.ui.graph_cards import NEAR
from explorer.ui.graph_legend import LegendPainter, LegendText
from explorer.ui.graph_paint import GraphPainter
from explorer.ui.graph_scene import GraphScene
from explorer.ui.theme import GRID, Theme

MARGIN = 2 * GRID
"""Free space around the drawing, in its units."""

LEGEND_WIDTH = 60 * GRID
"""A picture with a legend is no narrower, in its units."""

SHARP = 2.0
"""Pixels of a PNG for each unit of the drawing, where it may be that large."""

LONGEST_SIDE, MOST_PIXELS = 32_767, 100_000_000
"""A picture's sides in Qt, and what of it may be held in memory (400 MB), in pixels."""

LONGEST_PAGE = 14_400.0
"""Sides of a PDF's page at most, in points (PDF 1.7, annex C)."""

POINTS = 72 / 96
"""Points for each unit of the drawing, which is a pixel of a screen with 96 to the inch."""

FINE = 1200
"""Steps to the inch in a PDF."""


@dataclass(frozen=True)
class GraphPicture:
    """What is drawn: a scene in a theme and a font, under a title; a ``legend`` stands under it."""

    scene: GraphScene
    theme: Theme
    font: QFont
    title: str
    legend: LegendText | None = None

    @property
    def place(self) -> QRectF:
        """The rectangle of the drawing that the picture shows: all of it, with a margin, and the legend."""
        place = self.scene.bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        if self.legend is not None:
            spare = max(0.0, LEGEND_WIDTH - place.width()) / 2
            place.adjust(-spare, 0.0, spare, 0.0)
            place.adjust(0.0, 0.0, 0.0, self._legend(self.legend).height(place.width()))
        return place

    def _legend(self, told: LegendText) -> LegendPainter:
        return LegendPainter(told, self.theme, self.font)

    def paint(self, painter: QPainter, scale: float) -> None:
        """Paint it from the origin of ``painter``, ``scale`` of its steps for each unit."""
        painter.scale(scale, scale)
        painter.translate(-self.place.topLeft())
        painter.fillRect(self.place, QColor(self.theme.window))
        GraphPainter(self.scene, self.theme, self.font).paint_whole(painter)
        if self.legend is not None:
            under = QRectF(self.place)
            under.setTop(self.scene.bounds.bottom() + MARGIN)
            self._legend(self.legend).paint(painter, under)


@dataclass(frozen=True)
class Raster:
    """A picture of pixels, and what there is to say of its size (after a comma; empty where it is as it should be)."""

    image: QImage
    remark: str


def write_graph(picture: GraphPicture, path: Path) -> str:
    """Write ``path``, whole or not at all, as what its ending says; gives what there is to say of its size.

    :raises PortsideError: when it can't be written there, or is too large for a PNG.
    """
    remark = ""
    if path.suffix.lower() == ".svg":
        written = svg(picture)
    elif path.suffix.lower() == ".pdf":
        written = pdf(picture)
    else:
        drawn = rastered(picture)
        written, remark = _png(drawn.image), drawn.remark
    with whole_file(path) as temporary:
        temporary.write_bytes(written)
    return remark


def svg(picture: GraphPicture) -> bytes:
    """The drawing as an SVG document, one pixel of CSS for each unit; writing stays writing."""
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    size = QSizeF(math.ceil(picture.place.width()), math.ceil(picture.place.height()))
    generator.setResolution(96)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(picture.title)
    generator.setDescription("Drawn by Portside")
    painter = QPainter(generator)
    picture.paint(painter, 1.0)
    painter.end()
    # Qt names the font as it was asked for ("Sans Serif"), which is none that a browser knows.
    family = escape(f"{QFontInfo(picture.font).family()}, Helvetica, Arial, sans-serif", quote=True)
    drawn = bytes(buffer.data().data()).decode()
    return re.sub(r'font-family="[^"]*"', lambda _: f'font-family="{family}"', drawn).encode()


def pdf(picture: GraphPicture) -> bytes:
    """The drawing as one page of PDF, at its own size, or as large as a page may be."""
    place = picture.place
    points = min(POINTS, LONGEST_PAGE / max(place.width(), place.height()))
    buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle(picture.title)
    writer.setCreator("Portside")
    writer.setResolution(FINE)
    size = QSizeF(math.ceil(points * place.width()), math.ceil(points * place.height()))
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "graph", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(), QPageLayout.Unit.Point)
    painter = QPainter(writer)
    picture.paint(painter, points * FINE / 72)
    painter.end()
    return bytes(buffer.data().data())


def rastered(picture: GraphPicture) -> Raster:
    """The drawing in pixels, :data:`SHARP` of them for each unit or as many as there may be.

    :raises PortsideError: where it could not be read in a picture of the largest size.
    """
    width, height = picture.place.width(), picture.place.height()
    scale = min(SHARP, LONGEST_SIDE / max(width, height), math.sqrt(MOST_PIXELS / (width * height)))
    if scale < NEAR:
        raise PortsideError(
            f"a picture of the graph, {width:.0f} × {height:.0f} units, would be too small to read at the "
            f"{LONGEST_SIDE} pixels a side and {MOST_PIXELS // 1_000_000} million in all that it may have; "
            "close modules, or export it as SVG or PDF"
        )
    image = QImage(QSize(int(width * scale), int(height * scale)), QImage.Format.Format_RGB32)
    if image.isNull():
        raise PortsideError(f"there is no memory for a picture of {int(width * scale)} × {int(height * scale)} pixels")
    image.setDotsPerMeterX(round(scale * 96 / 0.0254))
    image.setDotsPerMeterY(round(scale * 96 / 0.0254))
    image.fill(QColor(picture.theme.window))
    painter = QPainter(image)
    picture.paint(painter, scale)
    painter.end()
    return Raster(image, "" if scale == SHARP else f", at {scale:.2f}× instead of {SHARP:.0f}×: it can't be larger")


def _png(image: QImage) -> bytes:
    buffer = _buffer()
    # PySide's types want bytes for the format where Qt takes a string.
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise PortsideError("the picture of the graph can't be written as PNG")
    return bytes(buffer.data().data())


def _buffer() -> QBuffer:
    # The array is the buffer's own: one from outside would be gone before it.
    buffer = QBuffer()
    buffer.setData(QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer
