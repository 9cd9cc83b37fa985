"""The network's graph: layers and modules, chosen, opened, closed, and walked along."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.comparison.comparison import Comparison
from explorer.network.modules import Modules
from explorer.network.network import Network
from explorer.ui.graph_canvas import Canvas
from explorer.ui.graph_drawn import Drawn, draw
from explorer.ui.graph_legend import GraphLegend
from explorer.ui.graph_paint import GraphPainter, Shown
from explorer.ui.graph_scene import Drawing, GraphScene, Hit
from explorer.ui.graph_walk import Step, neighbour
from explorer.ui.theme import GRID, Theme
from explorer.ui.view_keys import ViewKey, press

_OUTLINE = 2 * GRID
"""Pixels around a card and its lines that an outline and a thick pen may take."""


class GraphView(Canvas):
    """Shows a network from top to bottom.

    A click on a layer chooses it; on a module, the layer that gives its output. A module's chevron, a double click on
    it, or Enter opens and closes it. Arrow keys walk along the data and to what stands beside.
    """

    layer_chosen = Signal(str)
    module_toggled = Signal(str, bool)
    """The module's name, and whether it is open now."""

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
        self.legend = GraphLegend(theme, self)

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
        self._show_scene(drawn.scene, is_new=not drawn.stays)

    def _take_network(self, network: Network | None) -> None:
        self._point_out(None)
        self._network, self._comparison = network, None
        self.legend.show_comparison(None)

    def show_layer(self, layer: str | None) -> None:
        """Point out the chosen layer, or the closed module around it, and bring it into view."""
        known = self._scene is not None and layer in self._scene.drawing.rows
        if self._point_out(layer if known else None) and self._scene and layer:
            self.bring_into_view(self._scene.stack_place(self._scene.shown_for(layer)))

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a comparison says of each layer, and of each module as its worst layer."""
        if comparison is not self._comparison:
            self._comparison = comparison
            self.legend.show_comparison(comparison)
            self._place_legend()
            if self._scene:
                self._show_scene(self._scene.compared(comparison))

    def show_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        if theme != self._theme:
            self._theme = theme
            self.minimap.show_theme(theme)
            self.legend.show_theme(theme)
            self._show_scene(self._scene)

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
            shown = Shown(chosen, self._hovered.name if self._hovered else None)
            self._painter.paint(painter, seen, part, scale, shown)

    def point_at(self, point: QPointF | None) -> None:
        hit = self._scene.hit(point) if self._scene and point else None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)
        if hit != self._hovered:
            self._hovered = hit
            self.update()

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
            hit = self._scene.hit(self.camera.to_drawing(QPointF(event.pos()), self._size())) if self._scene else None
            if hit and self._scene:
                QToolTip.showText(event.globalPos(), self._scene.describe(hit.name), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_legend()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._network is not None and self._scene is not None:
            drawing = Drawing(self._network, self._scene.drawing.modules, self.font())
            self._show_scene(GraphScene(drawing, self.opened, self._comparison))

    def _place_legend(self) -> None:
        self.legend.move(GRID, self.height() - self.legend.height() - GRID)

    def _point_out(self, layer: str | None) -> bool:
        """Outline the layer; gives whether it is another one than before."""
        if layer == self._layer:
            return False
        self._update_around(self._layer)
        self._layer = layer
        self._update_around(layer)
        self.setAccessibleDescription(self._scene.describe(layer) if self._scene and layer else "")
        return True

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
        self._open_exactly(self.opened - {name} if name in self.opened else self.opened | {name})

    def _open_exactly(self, opened: Collection[str]) -> None:
        before = self.opened
        if self._scene is None or before == frozenset(opened):
            return
        self._show_scene(GraphScene(self._scene.drawing, opened, self._comparison))
        for name in self._scene.drawing.modules.module:
            if (name in before) != (name in self.opened):
                self.module_toggled.emit(name, name in self.opened)

    def _show_scene(self, scene: GraphScene | None, *, is_new: bool = False) -> None:
        self._scene = scene
        self._painter = GraphPainter(scene, self._theme, self.font()) if scene else None
        self.minimap.show_graph(self._painter, self.bounds())
        self._hovered = None
        self.drawing_changed(is_new=is_new)

    def _scene_place(self, name: str) -> QRectF:
        return self._scene.place_of(name) if self._scene else QRectF()


GRAPH_KEYS: tuple[ViewKey[GraphView], ...] = (
    ViewKey((Qt.Key.Key_Down,), "To what reads the layer", lambda view: view.walk("down")),
    ViewKey((Qt.Key.Key_Up,), "To what the layer reads", lambda view: view.walk("up")),
    ViewKey((Qt.Key.Key_Left,), "To the left of it", lambda view: view.walk("left")),
    ViewKey((Qt.Key.Key_Right,), "To the right of it", lambda view: view.walk("right")),
    ViewKey((Qt.Key.Key_Home,), "To the top", lambda view: view.choose_end(0)),
    ViewKey((Qt.Key.Key_End,), "To the bottom", lambda view: view.choose_end(-1)),
    ViewKey(
        (Qt.Key.Key_Return, Qt.Key.Key_Space),
        "Open or close module",
        GraphView.toggle_around,
        when=lambda view: view.has_choice,
        also=(Qt.Key.Key_Enter,),
    ),
)
"""What the keys do in the graph, beside those of every canvas."""
