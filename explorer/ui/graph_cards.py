"""Nodes and frames on the canvas: near, all that is known of a layer; further away, its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from explorer.comparison.comparison import Verdict
from explorer.network.layout import FRAME_HEAD
from explorer.ui.graph_colours import ink_on
from explorer.ui.graph_measures import Measure
from explorer.ui.graph_scene import BAR_ROOM, CARD_HEIGHT, CHEVRON_ROOM, MARK_ROOM, PADDING, Card
from explorer.ui.graph_tints import mixed, tint_of
from explorer.ui.icons import paint_mark
from explorer.ui.layer_rows import RowState
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, GRID, SMALL, Theme

NEAR, LEGIBLE = 0.7, 0.55
"""Pixels for each unit of the drawing from which on a layer's type and shape are written, and its name alone."""

RADIUS = 6.0

LEAST_HEIGHT = 0.75 * CARD_HEIGHT
"""A card that is lower, on its way out of a module that opens, has no room for its writing yet."""

_BAR, _MARK, _LINE = 4.0, 12.0, 18.0
_WANTED, _LARGEST, _TINT = 11.0, 24.0, 0.4


@dataclass(frozen=True)
class Look:
    """What is special about a node now; ``number`` is what its ``colour`` tells where that is not its kind."""

    verdict: Verdict | None = None
    is_chosen: bool = False
    is_hovered: bool = False
    number: float | None = None
    colour: str = ""


class CardPainter:
    """Paints cards and frames in one theme, at one scale (pixels for each unit of the drawing).

    With a ``measure`` a card's whole ground has the colour of its number, and the number is written in place of the
    shape; verdicts keep their marks, on a ground of their own.
    """

    def __init__(self, theme: Theme, font: QFont, scale: float, measure: Measure | None = None) -> None:
        self._theme, self._scale, self._measure = theme, scale, measure
        self._bold, self._small = sized(font, BODY, bold=True), sized(font, SMALL)
        self._bold_metrics, self._small_metrics = QFontMetricsF(self._bold), QFontMetricsF(self._small)
        self._text, self._muted = QColor(theme.text), QColor(theme.muted)
        self._kinds: Mapping[str, QColor] = {kind: QColor(colour) for kind, colour in theme.kinds.items()}
        self._tints = {kind: mixed(theme.panel, colour, _TINT) for kind, colour in theme.kinds.items()}
        self._wrong = mixed(theme.panel, theme.culprit, _TINT)
        self._border = QPen(QColor(theme.frame_line), 1.0)
        thinnest = 1.0 / min(1.0, scale)
        self._chosen, self._hovered = QPen(QColor(theme.accent), 2 * thinnest), QPen(QColor(theme.accent), thinnest)

    def paint_stack(self, painter: QPainter, rect: QRectF, state: RowState | None) -> None:
        """The ground of a layer's card and its followers', in one piece, tinted where it is wrong."""
        if self._scale >= LEGIBLE:
            ground = tint_of(self._theme, None if self._measure else state)
            self._paint_ground(painter, rect, ground, RADIUS)

    def paint_sheets(self, painter: QPainter, rect: QRectF, state: RowState | None) -> None:
        """The ground of a closed module: a card on two others, tinted where a layer in it is wrong."""
        for step in (2, 1, 0):
            sheet = QRectF(rect.left(), rect.top(), rect.width(), CARD_HEIGHT)
            sheet.adjust(step * GRID / 2, step * GRID / 2, -step * GRID / 2, step * GRID / 2)
            is_plain = step > 0 or self._measure is not None
            ground = QColor(self._theme.raised) if is_plain else tint_of(self._theme, state)
            self._paint_ground(painter, sheet, ground, RADIUS)

    def paint_frame(self, painter: QPainter, rect: QRectF) -> None:
        """The ground of an open module."""
        self._paint_ground(painter, rect, QColor(self._theme.frame), RADIUS + 2)

    def paint_head(self, painter: QPainter, rect: QRectF, card: Card, look: Look) -> None:
        """An open module's title bar, over the lines that come in."""
        middle = rect.top() + FRAME_HEAD / 2
        left, right = rect.left() + PADDING + CHEVRON_ROOM, rect.right() - PADDING
        factor = self._title_factor()
        width = factor * self._bold_metrics.horizontalAdvance(card.label)
        if width > right - left:
            factor, width = factor * (right - left) / width, right - left
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.selection if look.is_hovered else self._theme.frame))
        patch = QRectF(rect.left() + GRID / 2, rect.top() + GRID / 2, left + width - rect.left() + GRID / 2, 0)
        patch.setHeight(FRAME_HEAD - GRID)
        painter.drawRoundedRect(patch, RADIUS, RADIUS)
        self._paint_chevron(painter, rect.left() + PADDING + 5, middle, is_open=True)
        self._write_large(painter, card.label, left, middle, factor)
        right = self._paint_mark(painter, right, middle, look)
        self._write_aside(painter, self._told(card, look), left + width + GRID, right, middle)

    def paint_layer(self, painter: QPainter, rect: QRectF, card: Card, look: Look) -> None:
        """What is written on a layer's card; where it could not be read, the card is tinted instead."""
        if self._scale < LEGIBLE or rect.height() < LEAST_HEIGHT:
            self._paint_tinted(painter, rect, card, look)
            return
        self._paint_state(painter, rect, look)
        if self._measure is not None:
            self._write_lines(painter, rect, card, look, rect.left() + PADDING)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._kinds[card.kind or "other"])
        bar = QRectF(rect.left() + 5, rect.top() + GRID, _BAR, rect.height() - 2 * GRID)
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        self._write_lines(painter, rect, card, look, rect.left() + PADDING + BAR_ROOM)

    def paint_module(self, painter: QPainter, rect: QRectF, card: Card, look: Look) -> None:
        """What is written on a closed module."""
        top = QRectF(rect.left(), rect.top(), rect.width(), CARD_HEIGHT)
        self._paint_state(painter, top, look)
        self._paint_chevron(
            painter, rect.left() + PADDING + 5, top.center().y(), is_open=False, ink=self._inks(look)[1]
        )
        self._write_lines(painter, top, card, look, rect.left() + PADDING + CHEVRON_ROOM)

    def paint_follower(self, painter: QPainter, rect: QRectF, card: Card, look: Look, *, is_first: bool) -> None:
        """What is written on a follower under its host; beside another follower a line parts the two."""
        if self._scale < LEGIBLE or rect.height() < LEAST_HEIGHT / 2:
            self._paint_tinted(painter, rect, card, look)
            return
        painter.setPen(self._border)
        painter.drawLine(rect.topLeft(), rect.topRight())
        if not is_first:
            painter.drawLine(rect.topLeft(), rect.bottomLeft())
        self._paint_state(painter, rect.adjusted(2, 2, -2, -2), look)
        middle = rect.center().y()
        if self._measure is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._kinds[card.kind or "other"])
            painter.drawRoundedRect(QRectF(rect.left() + 5, middle - 5, _BAR, 10.0), _BAR / 2, _BAR / 2)
        right = self._paint_mark(painter, rect.right() - GRID, middle, look)
        if self._scale >= NEAR:
            left = rect.left() + GRID + BAR_ROOM
            self._write(painter, self._small, self._inks(look)[1], card.type, left, right, middle)

    def _paint_tinted(self, painter: QPainter, rect: QRectF, card: Card, look: Look) -> None:
        painter.setPen(self._chosen if look.is_chosen else self._hovered if look.is_hovered else self._border)
        is_wrong = look.verdict in ("culprit", "shape")
        if self._measure is not None:
            painter.setBrush(QColor(look.colour))
        else:
            painter.setBrush(self._wrong if is_wrong else self._tints[card.kind or "other"])
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        self._paint_mark(painter, rect.right() - PADDING, rect.center().y(), look)

    def _paint_ground(self, painter: QPainter, rect: QRectF, colour: QColor, radius: float) -> None:
        painter.setPen(self._border)
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, radius, radius)

    def _paint_state(self, painter: QPainter, rect: QRectF, look: Look) -> None:
        if self._measure is not None:
            painter.setPen(self._border)
            painter.setBrush(QColor(look.colour))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
            if look.is_chosen or look.is_hovered:
                # Around the card, since on it the accent could be lost in a colour of the scale.
                ring = 2.0 / min(1.0, self._scale)
                painter.setPen(self._chosen if look.is_chosen else self._hovered)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(-ring, -ring, ring, ring), RADIUS + ring, RADIUS + ring)
            return
        if look.is_chosen:
            painter.setPen(self._chosen)
            painter.setBrush(QColor(self._theme.selection))
        elif look.is_hovered:
            painter.setPen(self._hovered)
            painter.setBrush(QColor(self._theme.raised))
        else:
            return
        painter.drawRoundedRect(rect, RADIUS, RADIUS)

    def _inks(self, look: Look) -> tuple[QColor, QColor]:
        """What a node's name and what its other lines are written in."""
        if self._measure is None:
            return self._text, self._muted
        if look.number is None:
            return self._text, self._text
        ink = QColor(ink_on(look.colour))
        return ink, ink

    def _told(self, card: Card, look: Look) -> str:
        """The last line of a card: the number that its colour tells, or its shape."""
        if self._measure is None:
            return card.shape
        return "–" if look.number is None else self._measure.quantity.write(look.number)

    def _paint_chevron(
        self, painter: QPainter, x: float, y: float, *, is_open: bool, ink: QColor | None = None
    ) -> None:
        size = 4.0
        points = [(-size, -size / 2), (0.0, size / 2), (size, -size / 2)]
        if not is_open:
            points = [(-size / 2, -size), (size / 2, 0.0), (-size / 2, size)]
        painter.setPen(QPen(ink or self._muted, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF([QPointF(x + across, y + down) for across, down in points]))

    def _paint_mark(self, painter: QPainter, right: float, y: float, look: Look) -> float:
        """The verdict's mark to the left of ``right``; gives what is then the right border."""
        if look.verdict is None:
            return right
        side = max(_MARK, _MARK * 0.8 / self._scale) if look.verdict in ("culprit", "shape") else _MARK
        side = min(side, FRAME_HEAD)
        if self._measure is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.panel))
            painter.drawEllipse(QRectF(right - side, y - side / 2, side, side).adjusted(-2, -2, 2, 2))
        paint_mark(painter, QRectF(right - side, y - side / 2, side, side), self._theme, look.verdict)
        return right - max(side, MARK_ROOM - GRID / 2)

    def _write_lines(self, painter: QPainter, rect: QRectF, card: Card, look: Look, left: float) -> None:
        right, middle = rect.right() - PADDING, rect.center().y()
        before_mark = self._paint_mark(painter, right, middle, look)
        text, muted = self._inks(look)
        if self._scale < NEAR and card.kind is None:
            width = self._bold_metrics.horizontalAdvance(card.label)
            factor = min(self._title_factor(), (before_mark - left) / max(1.0, width))
            self._write_large(painter, card.label, left, middle, factor, text)
            return
        if self._scale < NEAR:
            self._write(painter, self._bold, text, card.label, left, before_mark, middle)
            return
        self._write(painter, self._bold, text, card.label, left, right, middle - _LINE)
        self._write(painter, self._small, muted, card.type, left, before_mark, middle)
        self._write(painter, self._small, muted, self._told(card, look), left, right, middle + _LINE)

    def _write_aside(self, painter: QPainter, text: str, left: float, right: float, y: float) -> None:
        """One line to the left of ``right``, where there is room."""
        width = self._small_metrics.horizontalAdvance(text)
        if self._scale >= NEAR and width <= right - left:
            self._write(painter, self._small, self._muted, text, right - width, right, y)

    def _write(
        self, painter: QPainter, font: QFont, colour: QColor, text: str, left: float, right: float, y: float
    ) -> None:
        """One line whose capitals stand around ``y``, cut in its middle where the place is too narrow."""
        metrics = self._bold_metrics if font is self._bold else self._small_metrics
        if metrics.horizontalAdvance(text) > right - left + 0.5:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, right - left)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)

    def _title_factor(self) -> float:
        """How many times larger than near a module's name is written, so that it can be read from afar."""
        return min(_LARGEST / BODY, max(1.0, _WANTED / BODY / self._scale))

    def _write_large(
        self, painter: QPainter, text: str, left: float, y: float, factor: float, ink: QColor | None = None
    ) -> None:
        """A name ``factor`` times as large as on a card."""
        painter.save()
        painter.translate(left, y + factor * self._bold_metrics.capHeight() / 2)
        painter.scale(factor, factor)
        painter.setFont(self._bold)
        painter.setPen(ink or self._text)
        painter.drawText(QPointF(0, 0), text)
        painter.restore()
