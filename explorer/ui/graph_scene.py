"""What the graph shows now: the network's layout with some modules open, and what is known of each node."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.comparison.comparison import Comparison, Verdict
from explorer.network.kinds import Kind, kind_of
from explorer.network.layout import FRAME_HEAD, Layout, Rect, lay_out
from explorer.network.levels import Levels
from explorer.network.modules import ROOT, Module, Modules, find_modules
from explorer.network.network import Network
from explorer.network.routing import Edge, Point
from explorer.ui.graph_measures import Measure
from explorer.ui.graph_shapes import GraphShapes
from explorer.ui.layer_rows import WORST_FIRST, LayerRow, RowState, describe_row, layer_rows, row_state
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, GRID, SMALL

CARD_HEIGHT, FOLLOWER_HEIGHT, MODULE_HEIGHT = 64.0, 24.0, 72.0
"""Heights of a layer's card, of what follows it in the same piece, and of a closed module, in the drawing's units."""

PADDING = 12.0
"""Between a card's border and its writing."""

MARK_ROOM, CHEVRON_ROOM, BAR_ROOM = 20.0, 20.0, 6.0
"""What a verdict's mark, a module's chevron and the bar in the kind's colour take of a line."""

_NARROWEST, _WIDEST = 96.0, 288.0

OPEN_AT_FIRST = 400
"""A network opens with as many of its modules open as leave no more cards than this to look at."""


@dataclass(frozen=True)
class Card:
    """What is written on a node: ``name`` is the layer's or the closed module's, ``kind`` None for a module."""

    name: str
    label: str
    type: str
    shape: str
    kind: Kind | None
    is_follower: bool


@dataclass(frozen=True)
class Hit:
    """What is under a point: a layer or a module; ``toggles`` where a click opens or closes the module."""

    name: str
    is_module: bool
    toggles: bool


class Drawing:
    """A network as it can be drawn: levels, cards and sizes. Nothing in it depends on what is open.

    ``rows`` are those of the layer table, by name, where they are made already.
    """

    def __init__(
        self,
        network: Network,
        modules: Modules | None,
        font: QFont,
        rows: Mapping[str, LayerRow] | None = None,
    ) -> None:
        self.network = network
        self.modules = modules or find_modules(network.graph)
        self.levels = Levels(network.graph, self.modules)
        if rows is None:
            rows = {row.name: row for row in layer_rows(network, None)}
        self.rows = {layer.name: rows[layer.name] for layer in network.layers}
        self._body = QFontMetricsF(sized(font, BODY, bold=True))
        self._small = QFontMetricsF(sized(font, SMALL))
        self._sizes: dict[str, tuple[float, float]] = {}
        self._cards: dict[str, Card] = {}

    @cached_property
    def followers(self) -> frozenset[str]:
        """The layers that are drawn in one piece with the one before."""
        return frozenset(name for names in self.levels.stacks.values() for name in names)

    def card(self, name: str) -> Card:
        """What is written on the node of that layer or module."""
        if name not in self._cards:
            self._cards[name] = self._made_card(name)
        return self._cards[name]

    def _made_card(self, name: str) -> Card:
        label = self.modules.labels[name]
        module = self.modules.module.get(name)
        if module is not None:
            return Card(name, label, _count(len(module.layers)), self.rows[self.output_of(module)].shape, None, False)
        row = self.rows[name]
        type_name = row.type.rpartition("/")[2]
        return Card(name, label, type_name, row.shape, self.kind_of(name), name in self.followers)

    def kind_of(self, layer: str) -> Kind:
        """The kind of operation that a layer is."""
        return kind_of(self.rows[layer].type)

    def output_of(self, module: Module) -> str:
        """The layer that gives what the module is for: the last that is read outside, or the last of all."""
        outgoing = self.levels.level[module.name].outgoing
        return max(outgoing or module.layers, key=self.levels.graph.order.__getitem__)

    def size_of(self, name: str) -> tuple[float, float]:
        """Width and height of the node, so that nothing that is written on it is cut."""
        if name not in self._sizes:
            self._sizes[name] = self._measured(self.card(name))
        return self._sizes[name]

    def layers_of(self, name: str) -> tuple[str, ...]:
        """The layers that a node stands for."""
        module = self.modules.module.get(name)
        return (name,) if module is None else module.layers

    def row_of(self, name: str) -> LayerRow:
        """The row that the layer table would show."""
        module = self.modules.module.get(name)
        if module is None:
            return self.rows[name]
        children = tuple(self.rows[layer] for layer in module.layers)
        return LayerRow(name, self.modules.labels[name], layers=module.layers, children=children)

    def opened_at_first(self) -> frozenset[str]:
        """The modules that are open in the beginning: from the outermost inwards, while it stays readable."""
        depths: dict[int, list[str]] = {}
        for name in self.modules.module:
            depths.setdefault(len(self.modules.around(name)), []).append(name)
        opened: list[str] = []
        count = len(self.levels.level[ROOT].parts)
        for _, names in sorted(depths.items()):
            count += sum(len(self.levels.level[name].parts) for name in names)
            if count > OPEN_AT_FIRST:
                break
            opened += names
        return frozenset(opened)

    def _measured(self, card: Card) -> tuple[float, float]:
        name = self._body.horizontalAdvance(card.label)
        under = self._small.horizontalAdvance(card.type) + MARK_ROOM
        if card.is_follower:
            return max(64.0, _on_grid(under + 3 * GRID)), FOLLOWER_HEIGHT
        before = CHEVRON_ROOM if card.kind is None else BAR_ROOM
        width = before + max(name, under, self._small.horizontalAdvance(card.shape)) + 2 * PADDING
        return min(_WIDEST, max(_NARROWEST, _on_grid(width))), CARD_HEIGHT if card.kind else MODULE_HEIGHT


class GraphScene:
    """A drawing with the modules ``opened`` open: positions, what is under a point, and what is known of each node.

    ``comparison`` and ``measure`` are what is known: verdicts, and the numbers that the colours tell (None: the kinds).
    """

    def __init__(
        self,
        drawing: Drawing,
        opened: Collection[str],
        comparison: Comparison | None = None,
        measure: Measure | None = None,
        *,
        layout: Layout | None = None,
        shapes: GraphShapes | None = None,
    ) -> None:
        self.drawing = drawing
        self.opened = frozenset(opened)
        self.comparison, self.measure = comparison, measure
        self.layout = layout or lay_out(drawing.levels, self.opened, drawing.size_of)
        self.names = list(self.layout.nodes)
        self.index = {name: index for index, name in enumerate(self.names)}
        self.places = _table(self.layout.nodes.values())
        self.frames = list(self.layout.frames)
        self.frame_places = _table(self.layout.frames.values())
        kinds = [] if shapes else [drawing.card(name).kind for name in self.names]
        self.shapes = shapes or GraphShapes(self.places, kinds, self.layout.edges)

    def compared(self, comparison: Comparison | None) -> GraphScene:
        """The same places with what another comparison says."""
        return GraphScene(self.drawing, self.opened, comparison, self.measure, layout=self.layout, shapes=self.shapes)

    def measured(self, measure: Measure | None) -> GraphScene:
        """The same places in the colours of other numbers, or of the kinds of operation."""
        return GraphScene(self.drawing, self.opened, self.comparison, measure, layout=self.layout, shapes=self.shapes)

    def moved(self, layout: Layout, towards: GraphScene) -> GraphScene:
        """The same nodes at places on the way to another scene, with what is known of them there."""
        scene = GraphScene(self.drawing, self.opened, towards.comparison, towards.measure, layout=layout)
        scene.states = {**self.states, **towards.states}
        scene.numbers = {**self.numbers, **towards.numbers}
        return scene

    def with_open(self, opened: Collection[str]) -> GraphScene:
        """The same with exactly the modules ``opened`` open."""
        return GraphScene(self.drawing, opened, self.comparison, self.measure)

    @cached_property
    def bounds(self) -> QRectF:
        """Everything."""
        return QRectF(*self.layout.bounds)

    @cached_property
    def states(self) -> Mapping[str, RowState]:
        """What the comparison says of each node and each open module, as the worst layer in it."""
        if self.comparison is None:
            return {}
        shown = (*self.names, *self.frames)
        states = ((name, row_state(self.drawing.row_of(name), self.comparison)) for name in shown)
        return {name: state for name, state in states if state is not None}

    @cached_property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict on each node and each open module."""
        return {name: state.verdict for name, state in self.states.items()}

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """What the measure says of each node and each open module that has a number, all layers in it together."""
        if self.measure is None:
            return {}
        measure, modules = self.measure, self.drawing.modules.module
        found = {name: measure.numbers[name] for name in self.names if name in measure.numbers}
        joined = ((name, measure.of(modules[name].layers)) for name in (*self.names, *self.frames) if name in modules)
        return {**found, **{name: number for name, number in joined if number is not None}}

    def stack_state(self, host: str) -> RowState | None:
        """What the comparison says of a layer and its followers, as the worst of them."""
        found = [self.states[name] for name in (host, *self.drawing.levels.stacks.get(host, ())) if name in self.states]
        return min(found, key=lambda state: WORST_FIRST.index(state.verdict), default=None)

    def place_of(self, name: str) -> QRectF:
        """Where a node or an open module is."""
        return QRectF(*self.layout.rect(name))

    def stack_place(self, host: str) -> QRectF:
        """Where a layer and its followers are, in one piece."""
        place = self.place_of(host)
        followers = self.drawing.levels.stacks.get(host, ())
        if followers:
            place.setBottom(self.layout.nodes[followers[0]].bottom)
        return place

    @cached_property
    def edge_places(self) -> NDArray[np.float64]:
        """Left, top, right and bottom of each edge of the layout."""
        rows = [_span(edge.points) for edge in self.layout.edges]
        return np.array(rows, np.float64).reshape(-1, 4)

    @cached_property
    def edges_at(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges that begin or end at each node; a layer between others of its stack has none."""
        found: dict[str, list[Edge]] = {}
        for edge in self.layout.edges:
            found.setdefault(edge.source, []).append(edge)
            found.setdefault(edge.target, []).append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    def shown_for(self, name: str) -> str:
        """The node that stands for a layer or a module: itself, or the outermost closed module around it."""
        around = (name, *self.drawing.modules.around(name))
        return next((outer for outer in reversed(around) if outer in self.index), name)

    def layer_at(self, name: str) -> str:
        """The layer that a click on the node means: a closed module's output."""
        module = self.drawing.modules.module.get(name)
        return name if module is None else self.drawing.output_of(module)

    def visible(self, seen: QRectF) -> NDArray[np.intp]:
        """The indices of the nodes that lie in the rectangle, at least in part."""
        return np.flatnonzero(_touching(self.places, seen))

    def visible_frames(self, seen: QRectF) -> NDArray[np.intp]:
        """The indices of the open modules that lie in the rectangle, outer before inner."""
        return np.flatnonzero(_touching(self.frame_places, seen))

    def hit(self, point: QPointF) -> Hit | None:
        """What is under a point of the drawing."""
        spot = QRectF(point.x(), point.y(), 0.0, 0.0)
        for index in self.visible(spot)[::-1]:
            name = self.names[index]
            is_module = name in self.drawing.modules.module
            on_chevron = point.x() < self.layout.nodes[name].x + PADDING + CHEVRON_ROOM
            return Hit(name, is_module, toggles=is_module and on_chevron)
        for index in self.visible_frames(spot)[::-1]:
            name = self.frames[index]
            rect = self.layout.frames[name]
            if point.y() < rect.y + FRAME_HEAD:
                return Hit(name, is_module=True, toggles=point.x() < rect.x + PADDING + CHEVRON_ROOM)
            return None
        return None

    def describe(self, name: str) -> str:
        """A layer or a module in words, with what the comparison says of it and what its colour tells."""
        row = self.drawing.row_of(name)
        text = describe_row(row, row_state(row, self.comparison))
        return text if self.measure is None else f"{text}\n{self.measure.text(self.measure.of(row.layers))}"


def _span(points: Collection[Point]) -> tuple[float, float, float, float]:
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def _table(rects: Collection[Rect]) -> NDArray[np.float64]:
    """Left, top, right and bottom of each rectangle."""
    table = np.array([(rect.x, rect.y, rect.right, rect.bottom) for rect in rects], np.float64)
    return table.reshape(-1, 4)


def _touching(table: NDArray[np.float64], seen: QRectF) -> NDArray[np.bool_]:
    left, top, right, bottom = table.T
    touching: NDArray[np.bool_] = (right >= seen.left()) & (left <= seen.right())
    touching &= (bottom >= seen.top()) & (top <= seen.bottom())
    return touching


def _on_grid(width: float) -> float:
    return -(-width // GRID) * GRID


def _count(layers: int) -> str:
    return f"{layers} layers" if layers != 1 else "1 layer"
