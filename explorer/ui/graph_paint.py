"""Painting the graph: as much of it as can be made out at the scale it is seen at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from explorer.network.routing import Edge
from explorer.ui.graph_cards import CardPainter, Look
from explorer.ui.graph_edges import arrow_head, line_path
from explorer.ui.graph_scene import GraphScene
from explorer.ui.icons import paint_mark
from explorer.ui.theme import Theme

FAR = 0.25
"""Pixels for each unit of the drawing below which nodes are blocks of colour without writing."""

MANY = 800
"""How many nodes in view are drawn as blocks whatever the scale, so that a frame takes no longer."""

_LEAST_MARK, _LEAST_FRAME, _LINE = 9.0, 3.0, 1.5


@dataclass(frozen=True)
class Shown:
    """What is pointed out: the chosen and the hovered node or module, by name."""

    chosen: str | None = None
    hovered: str | None = None


class GraphPainter:
    """Paints one scene in one theme."""

    def __init__(self, scene: GraphScene, theme: Theme, font: QFont) -> None:
        self._scene, self._theme, self._font = scene, theme, font
        self._edges, self._blocks = scene.shapes.edges, scene.shapes.blocks
        self._card = scene.drawing.card

    def paint(self, painter: QPainter, seen: QRectF, part: QRectF, scale: float, shown: Shown) -> None:
        """Paint what lies in the rectangle ``part`` at ``scale`` pixels for each unit; the painter is set to that.

        How much lies in all that is ``seen`` decides how it is painted, whatever part of it is.
        """
        scene = self._scene
        nodes = scene.visible(part)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cards = CardPainter(self._theme, self._font, scale)
        is_far = scale < FAR or len(scene.visible(seen)) > MANY
        frames = self._paint_frames(painter, cards, part, scale)
        self._paint_edges(painter, part, scale, is_far=is_far or self._edges.count(seen) > MANY)
        self._paint_chosen_edges(painter, scale, shown.chosen)
        if scale >= FAR:
            for name in frames:
                look = Look(scene.verdicts.get(name), is_hovered=name == shown.hovered)
                cards.paint_head(painter, scene.place_of(name), self._card(name), look)
        if is_far:
            self._paint_blocks(painter, part, scale)
            self._paint_outline(painter, scale, shown)
            self._paint_far_marks(painter, nodes, scale)
        else:
            self._paint_cards(painter, cards, nodes, shown)

    def paint_overview(self, painter: QPainter, scale: float) -> None:
        """Paint everything as blocks, for the map in the corner."""
        cards = CardPainter(self._theme, self._font, scale)
        self._paint_frames(painter, cards, self._scene.bounds, scale)
        self._paint_blocks(painter, self._scene.bounds, scale)

    def paint_whole(self, painter: QPainter) -> None:
        """Paint everything as it is seen near, for a file: nothing pointed out, no line bound to a screen's pixels."""
        scene, seen = self._scene, self._scene.bounds
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cards = CardPainter(self._theme, self._font, 1.0)
        frames = self._paint_frames(painter, cards, seen, 1.0)
        painter.setPen(QPen(QColor(self._theme.edge), _LINE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._edges.paint(painter, seen, QColor(self._theme.edge))
        for name in frames:
            cards.paint_head(painter, scene.place_of(name), self._card(name), Look(scene.verdicts.get(name)))
        self._paint_cards(painter, cards, range(len(scene.names)), Shown())

    def _paint_frames(self, painter: QPainter, cards: CardPainter, seen: QRectF, scale: float) -> list[str]:
        """The grounds of the open modules that can be made out; gives their names."""
        shown = self._scene.visible_frames(seen)
        heights = self._scene.frame_places[shown, 3] - self._scene.frame_places[shown, 1]
        frames = [self._scene.frames[index] for index in shown[heights * scale >= _LEAST_FRAME]]
        for name in frames:
            cards.paint_frame(painter, self._scene.place_of(name))
        return frames

    def pointed_out(self, chosen: str) -> QRectF:
        """The rectangle that holds all that is painted otherwise where a node is chosen."""
        scene = self._scene
        rect = scene.place_of(chosen) if chosen in scene.index else QRectF()
        for edge in self._edges_of(chosen):
            rect |= line_path(edge.points).boundingRect() | arrow_head(edge.points[-1]).boundingRect()
        return rect

    def _edges_of(self, chosen: str) -> list[Edge]:
        """The lines that begin or end at a node, or at a layer of its stack."""
        levels = self._scene.drawing.levels
        host = levels.host.get(chosen, chosen)
        return [edge for name in (host, *levels.stacks.get(host, ())) for edge in self._scene.edges_at.get(name, ())]

    def _paint_edges(self, painter: QPainter, seen: QRectF, scale: float, *, is_far: bool) -> None:
        colour = QColor(self._theme.edge)
        pen = QPen(colour, 1.0 if is_far else min(2.0, max(0.8, _LINE * scale)))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_far:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            self._edges.paint_far(painter, seen, scale)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            self._edges.paint(painter, seen, colour)

    def _paint_chosen_edges(self, painter: QPainter, scale: float, chosen: str | None) -> None:
        if chosen is None:
            return
        colour = QColor(self._theme.accent)
        pen = QPen(colour, max(1.5, 2.0 * scale))
        pen.setCosmetic(True)
        for edge in self._edges_of(chosen):
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(line_path(edge.points))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(arrow_head(edge.points[-1]))

    def _paint_cards(self, painter: QPainter, cards: CardPainter, nodes: Iterable[int], shown: Shown) -> None:
        scene = self._scene
        names = [scene.names[index] for index in nodes]
        modules = scene.drawing.modules.module
        for host in dict.fromkeys(scene.drawing.levels.host.get(name, name) for name in names):
            if host in modules:
                cards.paint_sheets(painter, scene.place_of(host), scene.states.get(host))
            else:
                cards.paint_stack(painter, scene.stack_place(host), scene.stack_state(host))
        for name in names:
            card = self._card(name)
            look = Look(scene.verdicts.get(name), name == shown.chosen, name == shown.hovered)
            if card.kind is None:
                cards.paint_module(painter, scene.place_of(name), card, look)
            elif card.is_follower:
                is_first = scene.place_of(name).left() == scene.stack_place(scene.drawing.levels.host[name]).left()
                cards.paint_follower(painter, scene.place_of(name), card, look, is_first=is_first)
            else:
                cards.paint_layer(painter, scene.place_of(name), card, look)

    def _paint_blocks(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=scale > FAR / 2)
        for kind, shapes in self._blocks.items():
            painter.setBrush(QColor(self._theme.kinds.get(kind, self._theme.frame_line)))
            for path in shapes.within(seen, scale):
                painter.drawPath(path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_far_marks(self, painter: QPainter, nodes: Iterable[int], scale: float) -> None:
        """Culprits stay visible however far away: a mark as large as the node, or as small as can be seen."""
        verdicts = self._scene.verdicts
        for index in nodes if verdicts else ():
            name = self._scene.names[index]
            if verdicts.get(name) in ("culprit", "shape"):
                rect = self._scene.place_of(name)
                side = max(_LEAST_MARK / scale, 0.7 * rect.height())
                place = QRectF(0, 0, side, side)
                place.moveCenter(rect.center())
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._theme.panel))
                painter.drawEllipse(place.adjusted(-side / 4, -side / 4, side / 4, side / 4))
                paint_mark(painter, place, self._theme, verdicts[name])

    def _paint_outline(self, painter: QPainter, scale: float, shown: Shown) -> None:
        for name, width in ((shown.hovered, 1.0), (shown.chosen, 2.0)):
            if name is not None and name in self._scene.index:
                pen = QPen(QColor(self._theme.accent), width)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                space = 2.0 / scale
                painter.drawRect(self._scene.place_of(name).adjusted(-space, -space, space, space))
