"""The network's graph: layers and modules, chosen, opened, closed, and walked along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.comparison.comparison import Comparison
from explorer.network.kinds import KINDS
from explorer.network.layout import FRAME_HEAD
from explorer.network.modules import Modules
from explorer.network.network import Network
from explorer.network.routing import Edge
from explorer.ui.graph_camera import Camera
from explorer.ui.graph_drawn import Drawn, draw
from explorer.ui.graph_follow import describe_edge, edge_at, far_end
from explorer.ui.graph_keys import GRAPH_KEYS
from explorer.ui.graph_legend import GraphLegend
from explorer.ui.graph_lineage import Lineage, Way, lineage_of
from explorer.ui.graph_measures import Measure
from explorer.ui.graph_moving import MovingCanvas
from explorer.ui.graph_paint import FAR, GraphPainter, Shown
from explorer.ui.graph_scene import Drawing, GraphScene, Hit
from explorer.ui.graph_walk import Step, neighbour
from explorer.ui.plain_tip import plain_tip
from explorer.ui.theme import GRID, Theme
from explorer.ui.view_keys import press

_OUTLINE = 2 * GRID
"""Pixels around a card and its lines that an outline and a thick pen may take."""

REACH = 6.0
"""How many pixels beside an edge still mean it."""


class GraphView(MovingCanvas):
    """Shows a network from top to bottom.

    A click on a layer chooses it; on a module, the layer that gives its output. A module's chevron, a double click on
    it, or Enter opens and closes it: its top stays where it was on screen. A click on an edge goes to the end that is
    farther away. Arrow keys walk along the data and to what stands beside.
    """

    layer_chosen = Signal(str)
    module_toggled = Signal(str, bool)
    """The module's name, and whether it is open now."""

    lineage_changed = Signal()
    """Other ways from the chosen layer are pointed out, or none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("graph-view")
        self.setAccessibleName("Network graph")
        self._network: Network | None = None
        self._scene: GraphScene | None = None
        self._painter: GraphPainter | None = None
        self._comparison: Comparison | None = None
        self._layer: str | None = None
        self._hovered: Hit | None = None
        self._has_toggled = False
        self._edge: Edge | None = None
        self._measure: Measure | None = None
        self._ways: frozenset[Way] = frozenset()
        self._lineage: Lineage | None = None
        self.legend = GraphLegend(theme, self)
        self.legend.changed.connect(self._place_legend)

    @property
    def scene(self) -> GraphScene | None:
        """What stands where."""
        return self._scene

    @property
    def opened(self) -> frozenset[str]:
        """The modules that are open, also those inside closed ones."""
        return self._scene.opened if self._scene else frozenset()

    def show_network(self, network: Network | None, modules: Modules | None = None) -> None:
        """Show a network from its top; ``modules`` are found where they are not given.

        One with the very layers of the one before stays as it is seen: it is that network, corrected.
        """
        if network is self._network:
            return
        if network is None:
            self._take_network(None)
            self._show_scene(None, is_new=True)
        else:
            self.show_drawn(draw(network, modules, self.font(), self._scene))

    def show_drawn(self, drawn: Drawn) -> None:
        """Show a network that was drawn beforehand; it is drawn again where that no longer follows :attr:`scene`."""
        if drawn.network is self._network:
            return
        if not drawn.follows(self._scene, self.font()):
            self.show_network(drawn.network, drawn.scene.drawing.modules)
            return
        self._take_network(drawn.network)
        self._show_scene(drawn.scene.measured(self._measure), is_new=not drawn.stays)
        self._tell_colours("")

    def _take_network(self, network: Network | None) -> None:
        self._point_out(None)
        self._network, self._comparison = network, None
        self.legend.show_comparison(None)
        if network is None:
            self.legend.show_kinds(None)

    def show_layer(self, layer: str | None) -> None:
        """Point out the chosen layer, or the closed module around it, and bring it into view.

        One that is not drawn is not pointed out: the network that it belongs to is perhaps being drawn just now.
        """
        shown = layer if self._scene is not None and layer in self._scene.drawing.rows else None
        if self._point_out(shown) and self._scene is not None and shown is not None:
            self.bring_into_view(self._scene.stack_place(self._scene.shown_for(shown)))

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of each layer, and of each module as its worst layer."""
        if comparison is not self._comparison:
            self._comparison = comparison
            self.legend.show_comparison(comparison)
            if self._scene:
                self._show_scene(self._scene.compared(comparison))

    def show_measure(self, measure: Measure | None, note: str = "") -> None:
        """Colour the nodes by other numbers, or by their kinds; ``note`` says what is lacking for what was wanted."""
        if measure is not self._measure:
            self._measure = measure
            if self._scene:
                self._show_scene(self._scene.measured(measure))
                self._describe_choice()
        self._tell_colours(note)

    def _tell_colours(self, note: str) -> None:
        if self._scene is None:
            return
        if self._measure is None:
            drawn = {self._scene.drawing.kind_of(name) for name in self._scene.drawing.rows}
            self.legend.show_kinds([kind for kind in KINDS if kind in drawn], note)
        else:
            self.legend.show_measure(self._measure)

    def show_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        if theme != self._theme:
            self._theme = theme
            self.minimap.show_theme(theme)
            self.legend.show_theme(theme)
            self._show_scene(self._scene)

    @property
    def ways(self) -> frozenset[Way]:
        """Whether the chosen layer's ancestors, its descendants or both are pointed out."""
        return self._ways

    def show_ways(self, ways: Collection[Way]) -> None:
        """Point out what the chosen layer is computed from, what is computed from it, or neither."""
        if self._ways != frozenset(ways):
            self._ways = frozenset(ways)
            self._trace()
            self.lineage_changed.emit()

    def toggle_way(self, way: Way) -> None:
        """Point out the chosen layer's ancestors or descendants, or no longer."""
        self.show_ways(self._ways ^ {way})

    def zoom_to_choice(self) -> None:
        """Show the chosen layer, or the closed module around it, as large as it can be with what is around it."""
        if self._scene and self._layer:
            self.zoom_to(self._scene.stack_place(self._scene.shown_for(self._layer)))

    def reveal(self, layer: str) -> None:
        """Open what is closed around a layer, and put it into the middle."""
        if self._scene is None or layer not in self._scene.drawing.rows:
            return
        self._open_exactly(self.opened | {*self._scene.drawing.modules.around(layer)})
        self.bring_to_middle(self._scene.place_of(layer))

    def open_module(self, name: str) -> None:
        """Open a module, and those around it."""
        if self._scene and name in self._scene.drawing.modules.module:
            self._open_exactly(self.opened | {name, *self._scene.drawing.modules.around(name)})

    def close_module(self, name: str) -> None:
        """Close a module."""
        self._open_exactly(self.opened - {name})

    def show_opened(self, opened: Collection[str]) -> None:
        """Open exactly these modules, of those that there are."""
        if self._scene:
            self._open_exactly(self._scene.drawing.modules.module.keys() & {*opened})

    def open_all(self) -> None:
        """Open every module."""
        if self._scene:
            self._open_exactly(self._scene.drawing.modules.module.keys())

    def close_all(self) -> None:
        """Close every module."""
        self._open_exactly(())

    @property
    def has_nodes(self) -> bool:
        """Whether there is anything to walk along."""
        return self._scene is not None and bool(self._scene.names)

    @property
    def has_choice(self) -> bool:
        """Whether a layer is pointed out."""
        return self._layer is not None

    def walk(self, step: Step) -> None:
        """Choose what stands one step further, or the first node where none is chosen."""
        if self._scene is None:
            return
        if self._layer is None:
            self._choose(self._scene.names[0])
            return
        end = neighbour(self._scene, self._scene.shown_for(self._layer), step)
        if end is not None:
            self._choose(end)

    def choose_end(self, place: int) -> None:
        """Choose the topmost node (0) or the lowest (-1)."""
        if self._scene:
            self._choose(sorted(self._scene.names, key=lambda name: self._scene_place(name).top())[place])

    def toggle_around(self) -> None:
        """Close the module around the chosen layer, or open the closed one that stands for it."""
        if self._scene is None or self._layer is None:
            return
        shown_for = self._scene.shown_for(self._layer)
        around = self._scene.drawing.modules.around(self._layer)
        if shown_for in around:
            self._toggle(shown_for)
        elif around:
            self._toggle(around[0])

    def bounds(self) -> QRectF:
        return self._scene.bounds if self._scene else QRectF()

    def paint_drawing(self, painter: QPainter, seen: QRectF, part: QRectF, scale: float) -> None:
        if self._painter and self._scene:
            chosen = self._scene.shown_for(self._layer) if self._layer else None
            if self.moving:
                self.moving.paint(painter, seen, part, scale, Shown(chosen, lineage=self._lineage))
                return
            hovered = self._hovered.name if self._hovered else None
            self._painter.paint(painter, seen, part, scale, Shown(chosen, hovered, self._edge, self._lineage))

    def point_at(self, point: QPointF | None) -> None:
        hit = self._scene.hit(point) if self._scene and point else None
        edge = None if hit or point is None else self._edge_at(point)
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit or edge else Qt.CursorShape.ArrowCursor)
        if hit != self._hovered or edge is not self._edge:
            self._hovered, self._edge = hit, edge
            self.update()

    def _edge_at(self, point: QPointF) -> Edge | None:
        """The edge under a point; from afar there is none that could be meant."""
        if self._scene is None or self.camera.scale < FAR:
            return None
        return edge_at(self._scene, point, REACH / self.camera.scale)

    def click(self, point: QPointF) -> None:
        hit = self._scene.hit(point) if self._scene else None
        self._has_toggled = hit is not None and hit.toggles
        if hit and hit.toggles:
            self._toggle(hit.name)
        elif hit and self._scene:
            # Without moving: what is clicked is in view, and a second click must find it where it was.
            layer = self._scene.layer_at(hit.name)
            self._point_out(layer)
            self.layer_chosen.emit(layer)
        elif self._scene:
            edge = self._edge_at(point)
            if edge:
                self._choose(far_end(self._scene, edge, point))

    def double_click(self, point: QPointF) -> None:
        # A double click on a chevron is one click too many: the first has opened or closed the module already.
        hit = self._scene.hit(point) if self._scene and not self._has_toggled else None
        if hit and hit.is_module:
            self._toggle(hit.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.has_nodes or not press(self, GRAPH_KEYS, event):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self._text_at(self._in_drawing(QPointF(event.pos())))
            if text:
                QToolTip.showText(event.globalPos(), plain_tip(text), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _text_at(self, point: QPointF) -> str:
        """What there is to say of the node or the edge under a point."""
        hit = self._scene.hit(point) if self._scene else None
        if hit and self._scene:
            return self._scene.describe(hit.name)
        edge = self._edge_at(point)
        return describe_edge(self._scene.drawing, edge) if edge and self._scene else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_legend()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._network is not None and self._scene is not None:
            drawing = Drawing(self._network, self._scene.drawing.modules, self.font())
            self._show_scene(GraphScene(drawing, self.opened, self._comparison, self._measure))
            self._place_legend()

    def _place_legend(self) -> None:
        height = self.legend.height_within(self.width())
        self.legend.setGeometry(0, self.height() - height, self.width(), height)
        self.show_foot(height)

    def _point_out(self, layer: str | None) -> bool:
        """Outline the layer; gives whether it is another one than before."""
        if layer == self._layer:
            return False
        self._update_around(self._layer)
        self._layer = layer
        self._update_around(layer)
        if self._ways:
            self._trace()
        self._describe_choice()
        return True

    def _describe_choice(self) -> None:
        layer = self._layer
        self.setAccessibleDescription(self._scene.describe(layer) if self._scene and layer else "")

    def _trace(self) -> None:
        """Find the layers before and behind the chosen one, as far as they are asked for, and say how many they are."""
        is_traced = bool(self._ways) and self._scene is not None and self._layer is not None
        self._lineage = None
        if is_traced and self._scene and self._layer:
            self._lineage = lineage_of(self._scene.drawing.levels.graph, self._layer, self._ways)
        self.legend.show_lineage(self._lineage.text if self._lineage else "")
        self.update()

    def _update_around(self, layer: str | None) -> None:
        """Paint again what shows that a layer is chosen: its card and its lines."""
        if self._painter and self._scene and layer is not None:
            place = self.in_view(self._painter.pointed_out(self._scene.shown_for(layer)))
            self.update(place.adjusted(-_OUTLINE, -_OUTLINE, _OUTLINE, _OUTLINE).toAlignedRect())

    def _choose(self, name: str) -> None:
        if self._scene:
            layer = self._scene.layer_at(name)
            self.show_layer(layer)
            self.layer_chosen.emit(layer)

    def _toggle(self, name: str) -> None:
        self._open_exactly(self.opened - {name} if name in self.opened else self.opened | {name}, name)

    def _open_exactly(self, opened: Collection[str], about: str | None = None) -> None:
        """Open these modules and no others; the top of the one that it is ``about`` stays where it is on screen."""
        before = self._scene
        if before is None or before.opened == frozenset(opened):
            return
        after = before.with_open(opened)
        start, held = self.camera, self.held_places()
        self.arrive()
        self._show_scene(after, camera=self._camera_about(before, after, about) if about else None)
        self.set_off(before, after, start, held)
        for name in after.drawing.modules.module:
            if (name in before.opened) != (name in after.opened):
                self.module_toggled.emit(name, name in after.opened)

    def _camera_about(self, before: GraphScene, after: GraphScene, module: str) -> Camera:
        """Where the view has to be for a module's top to stay on screen where it is, or to come there."""
        old, new = before.layout.rect(module), after.layout.rect(module)
        across = after.layout.axis(module) - before.layout.axis(module)
        camera = replace(self.camera, x=self.camera.x + across, y=self.camera.y + new.y - old.y)
        top = QRectF(after.layout.axis(module), new.y, 0.0, FRAME_HEAD)
        return camera.showing(top, self._size(), 0.0)

    def _show_scene(self, scene: GraphScene | None, *, is_new: bool = False, camera: Camera | None = None) -> None:
        self._scene = scene
        self._painter = GraphPainter(scene, self._theme, self.font()) if scene else None
        self.minimap.show_graph(self._painter, self.bounds())
        self._hovered = self._edge = None
        self.drawing_changed(is_new=is_new, camera=camera)

    def _scene_place(self, name: str) -> QRectF:
        return self._scene.place_of(name) if self._scene else QRectF()
