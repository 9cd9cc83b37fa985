"""Painting the graph: as much of it as can be made out at the scale it is seen at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from explorer.network.routing import Edge
from explorer.ui.graph_cards import CardPainter, Look
from explorer.ui.graph_colours import colours_of
from explorer.ui.graph_edges import EdgeLines, arrow_head, line_path
from explorer.ui.graph_far import FarShapes
from explorer.ui.graph_lineage import Lineage
from explorer.ui.graph_scene import GraphScene
from explorer.ui.graph_shapes import blocks_of
from explorer.ui.graph_tints import mixed
from explorer.ui.icons import paint_mark
from explorer.ui.theme import Theme

FAR = 0.25
"""Pixels for each unit of the drawing below which nodes are blocks of colour without writing."""

MANY = 800
"""How many nodes in view are drawn as blocks whatever the scale, so that a frame takes no longer."""

_LEAST_MARK, _LEAST_FRAME, _LINE = 9.0, 3.0, 1.5
_VEIL = 0.78


Blocks = tuple[tuple[str, FarShapes], ...]
"""Nodes from afar, with their colour."""


@dataclass(frozen=True)
class Shown:
    """What is pointed out: the chosen and the hovered node or module, by name, an edge, and a layer's lineage."""

    chosen: str | None = None
    hovered: str | None = None
    edge: Edge | None = None
    lineage: Lineage | None = None


class _Parts:
    """Some of a scene's nodes and edges, to be painted together."""

    def __init__(self, names: Collection[str] | None, edges: EdgeLines, blocks: Blocks) -> None:
        self.names, self.edges, self.blocks = names, edges, blocks


class GraphPainter:
    """Paints one scene in one theme."""

    def __init__(self, scene: GraphScene, theme: Theme, font: QFont) -> None:
        self._scene, self._theme, self._font = scene, theme, font
        self._card = scene.drawing.card
        self._lit: tuple[Lineage, _Parts, Blocks] | None = None

    def paint(self, painter: QPainter, seen: QRectF, part: QRectF, scale: float, shown: Shown) -> None:
        """Paint what lies in the rectangle ``part`` at ``scale`` pixels for each unit; the painter is set to that.

        How much lies in all that is ``seen`` decides how it is painted, whatever part of it is.
        """
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cards = CardPainter(self._theme, self._font, scale, self._scene.measure)
        is_far = scale < FAR or len(self._scene.visible(seen)) > MANY
        has_far_edges = is_far or self._all.edges.count(seen) > MANY
        frames = self._paint_frames(painter, cards, part, scale)
        is_faint = is_far and shown.lineage is not None
        self._paint_edges(painter, self._all, part, scale, is_far=has_far_edges, is_faint=is_faint)
        if shown.lineage is None:
            self._paint_chosen_edges(painter, scale, shown.chosen)
        self._paint_heads(painter, cards, frames, scale, shown)
        if not is_far or shown.lineage is None:
            self._paint_nodes(painter, cards, self._all, part, scale, shown, is_far=is_far)
        if shown.lineage is not None:
            self._paint_lit(painter, cards, part, scale, shown, frames, is_far=is_far, has_far_edges=has_far_edges)
        if shown.edge is not None:
            self._paint_edge(painter, scale, shown.edge)
        if is_far:
            self._paint_outline(painter, scale, shown)
            self._paint_far_marks(painter, self._scene.visible(part), scale)

    def _paint_lit(
        self,
        painter: QPainter,
        cards: CardPainter,
        part: QRectF,
        scale: float,
        shown: Shown,
        frames: Sequence[str],
        *,
        is_far: bool,
        has_far_edges: bool,
    ) -> None:
        """A veil over everything, and over that what belongs to a lineage; from afar the others' colours are faint."""
        assert shown.lineage is not None
        lit, others = self._lit_by(shown.lineage)
        if is_far:
            self._paint_blocks(painter, others, part, scale)
        else:
            veil = QColor(self._theme.window)
            veil.setAlphaF(_VEIL)
            painter.fillRect(part, veil)
        self._paint_edges(painter, lit, part, scale, is_far=has_far_edges)
        held = [name for name in frames if lit.names is not None and name in lit.names]
        self._paint_heads(painter, cards, held, scale, shown)
        self._paint_nodes(painter, cards, lit, part, scale, shown, is_far=is_far)

    @cached_property
    def _all(self) -> _Parts:
        return _Parts(None, self._scene.shapes.edges, self._blocks)

    @cached_property
    def _blocks(self) -> Blocks:
        scene = self._scene
        if scene.measure is not None:
            return tuple(blocks_of(scene.places, [self._colours[name] for name in scene.names]).items())
        return tuple((self._kind_colour(kind), shapes) for kind, shapes in scene.shapes.blocks.items())

    @cached_property
    def _colours(self) -> Mapping[str, str]:
        """The colour of each node and each open module, where colours tell numbers."""
        scene = self._scene
        if scene.measure is None:
            return {}
        names = (*scene.names, *scene.frames)
        colours = colours_of(self._theme, scene.measure, [scene.numbers.get(name) for name in names])
        return dict(zip(names, colours.tolist(), strict=True))

    def _far_colour(self, name: str) -> str:
        return self._colours.get(name) or self._kind_colour(self._card(name).kind or "")

    def _kind_colour(self, kind: str) -> str:
        return self._theme.kinds.get(kind, self._theme.frame_line)

    def _lit_by(self, lineage: Lineage) -> tuple[_Parts, Blocks]:
        """What holds a layer of a lineage, with the edges along which it comes and goes; and the others from afar."""
        if self._lit is None or self._lit[0] is not lineage:
            scene, layers_of = self._scene, self._scene.drawing.layers_of
            found = lineage.layers
            lit = {name for name in (*scene.names, *scene.frames) if not found.isdisjoint(layers_of(name))}
            stacks = scene.drawing.levels.stacks
            edges = EdgeLines(
                edge
                for edge in scene.layout.edges
                if lineage.joins(layers_of(edge.source), (*layers_of(edge.target), *stacks.get(edge.target, ())))
            )
            blocks: list[Blocks] = []
            for is_lit in (True, False):
                names = [name for name in scene.names if (name in lit) is is_lit]
                places = scene.places[[scene.index[name] for name in names]]
                blocks.append(tuple(blocks_of(places, list(map(self._far_colour, names))).items()))
            window = self._theme.window
            others = tuple((mixed(window, colour, 1 - _VEIL).name(), shapes) for colour, shapes in blocks[1])
            self._lit = (lineage, _Parts(lit, edges, blocks[0]), others)
        return self._lit[1:]

    def paint_overview(self, painter: QPainter, scale: float) -> None:
        """Paint everything as blocks, for the map in the corner."""
        cards = CardPainter(self._theme, self._font, scale)
        self._paint_frames(painter, cards, self._scene.bounds, scale)
        self._paint_blocks(painter, self._blocks, self._scene.bounds, scale)

    def paint_whole(self, painter: QPainter) -> None:
        """Paint everything as it is seen near, for a file: nothing pointed out, no line bound to a screen's pixels."""
        scene, seen = self._scene, self._scene.bounds
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cards = CardPainter(self._theme, self._font, 1.0, scene.measure)
        frames = self._paint_frames(painter, cards, seen, 1.0)
        painter.setPen(QPen(QColor(self._theme.edge), _LINE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        scene.shapes.edges.paint(painter, seen, QColor(self._theme.edge))
        self._paint_heads(painter, cards, frames, 1.0, Shown())
        self._paint_cards(painter, cards, scene.names, Shown())

    def _look(self, name: str, shown: Shown) -> Look:
        scene = self._scene
        number, colour = scene.numbers.get(name), self._colours.get(name, "")
        return Look(scene.verdicts.get(name), name == shown.chosen, name == shown.hovered, number, colour)

    def _paint_heads(
        self, painter: QPainter, cards: CardPainter, frames: Iterable[str], scale: float, shown: Shown
    ) -> None:
        for name in frames if scale >= FAR else ():
            look = replace(self._look(name, shown), is_chosen=False)
            cards.paint_head(painter, self._scene.place_of(name), self._card(name), look)

    def _paint_nodes(
        self,
        painter: QPainter,
        cards: CardPainter,
        parts: _Parts,
        part: QRectF,
        scale: float,
        shown: Shown,
        *,
        is_far: bool,
    ) -> None:
        if is_far:
            self._paint_blocks(painter, parts.blocks, part, scale)
            return
        names = [self._scene.names[index] for index in self._scene.visible(part)]
        lit = parts.names
        self._paint_cards(painter, cards, [name for name in names if lit is None or name in lit], shown, lit)

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

    def _paint_edges(
        self, painter: QPainter, parts: _Parts, seen: QRectF, scale: float, *, is_far: bool, is_faint: bool = False
    ) -> None:
        faint = mixed(self._theme.window, self._theme.edge, 1 - _VEIL)
        colour = faint if is_faint else QColor(self._theme.edge)
        pen = QPen(colour, 1.0 if is_far else min(2.0, max(0.8, _LINE * scale)))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_far:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            parts.edges.paint_far(painter, seen, scale)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        else:
            parts.edges.paint(painter, seen, colour)

    def _paint_chosen_edges(self, painter: QPainter, scale: float, chosen: str | None) -> None:
        for edge in self._edges_of(chosen) if chosen is not None else ():
            self._paint_edge(painter, scale, edge)

    def _paint_edge(self, painter: QPainter, scale: float, edge: Edge) -> None:
        """One edge, pointed out."""
        colour = QColor(self._theme.accent)
        pen = QPen(colour, max(1.5, 2.0 * scale))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(line_path(edge.points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(arrow_head(edge.points[-1]))

    def _paint_cards(
        self,
        painter: QPainter,
        cards: CardPainter,
        names: Sequence[str],
        shown: Shown,
        lit: Collection[str] | None = None,
    ) -> None:
        scene = self._scene
        modules = scene.drawing.modules.module
        for host in dict.fromkeys(scene.drawing.levels.host.get(name, name) for name in names):
            if host in modules:
                cards.paint_sheets(painter, scene.place_of(host), scene.states.get(host))
            else:
                cards.paint_stack(painter, self._piece(host, lit), scene.stack_state(host))
        for name in names:
            card = self._card(name)
            look = self._look(name, shown)
            if card.kind is None:
                cards.paint_module(painter, scene.place_of(name), card, look)
            elif card.is_follower:
                is_first = scene.place_of(name).left() == scene.stack_place(scene.drawing.levels.host[name]).left()
                cards.paint_follower(painter, scene.place_of(name), card, look, is_first=is_first)
            else:
                cards.paint_layer(painter, scene.place_of(name), card, look)

    def _piece(self, host: str, lit: Collection[str] | None) -> QRectF:
        """Where a layer and its followers are, or those of them that are lit."""
        if lit is None:
            return self._scene.stack_place(host)
        place = QRectF()
        for name in (host, *self._scene.drawing.levels.stacks.get(host, ())):
            place |= self._scene.place_of(name) if name in lit else QRectF()
        return place

    def _paint_blocks(self, painter: QPainter, blocks: Blocks, seen: QRectF, scale: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=scale > FAR / 2)
        for colour, shapes in blocks:
            painter.setBrush(QColor(colour))
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
