"""Between graph, layer table and the session: the network and its verdicts to both, the layer chosen to the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.ui.graph_colouring import GraphColouring
from explorer.ui.layer_rows import RowTree, layer_rows

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.session.desk import Desk
    from explorer.session.jobs import IsCancelled, Jobs, Progress
    from explorer.session.session import Session
    from explorer.ui.graph_drawn import Drawn
    from explorer.ui.graph_view import GraphView
    from explorer.ui.layer_table import LayerTable
    from explorer.ui.looks import Looks
    from explorer.ui.toolbar import Toolbar


class NetworkLink(QObject):
    """Keeps graph, table and search up with the session; the graph is made for the first network."""

    graph: GraphView | None = None

    view_needed = Signal()
    """A network is there, and nothing to show it in."""

    shown = Signal(bool)
    """A network is to be seen from now on, or none."""

    ways_changed = Signal()
    """The graph points out other layers before and behind the chosen one."""

    drawn = Signal()
    """A network was drawn, and is to be seen."""

    def __init__(
        self,
        layers: LayerTable,
        toolbar: Toolbar,
        session: Session,
        desk: Desk,
        jobs: Jobs,
        looks: Looks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._layers, self._toolbar = layers, toolbar
        self._session, self._desk, self._jobs, self._looks = session, desk, jobs, looks
        self._colouring = GraphColouring(session, jobs, looks, self)
        layers.layer_chosen.connect(desk.choose_layer)
        toolbar.search_changed.connect(layers.show_filter)
        toolbar.search_done.connect(layers.choose_first)
        layers.problem_told.connect(toolbar.show_problem)
        session.bookmarks_changed.connect(layers.show_bookmarks)
        session.network_changed.connect(self._show_network)
        session.comparison_changed.connect(self._show_comparison)
        session.timed_changed.connect(layers.show_timed)
        session.layer_changed.connect(self._show_layer)
        session.path_changed.connect(toolbar.search.clear)

    def make_view(self) -> GraphView:
        """Make the graph, before anything is to be seen in it."""
        from explorer.ui.graph_view import GraphView

        self.graph = GraphView(self._looks.theme)
        self.graph.layer_chosen.connect(self._desk.choose_layer)
        self.graph.lineage_changed.connect(self.ways_changed)
        self._colouring.measured.connect(self.graph.show_measure)
        self._colouring.show_again()
        return self.graph

    def _show_network(self, network: Network | None) -> None:
        if network is None:
            self._jobs.drop("draw")
            self._show_rows(None, RowTree())
            if self.graph is not None:
                self.graph.show_network(None)
            return
        self.view_needed.emit()
        graph = self.graph
        assert graph is not None
        modules, font, before = self._session.modules, graph.font(), graph.scene

        def task(progress: Progress, cancelled: IsCancelled) -> tuple[Drawn, RowTree]:
            from explorer.ui.graph_drawn import draw

            rows = RowTree(layer_rows(network, modules))
            return draw(network, modules, font, before, rows.by_name), rows

        self._jobs.start("draw", "drawing the network", task, self._take_drawn, lane="draw", quiet=True)

    def _take_drawn(self, answer: tuple[Drawn, RowTree]) -> None:
        drawn, rows = answer
        assert self.graph is not None
        self._show_rows(drawn.network, rows)
        self.graph.show_drawn(drawn)
        self._colouring.show_again()
        self._show_comparison(None)
        self._layers.show_timed(self._session.timed)
        self._layers.show_bookmarks(self._session.bookmarks)
        self._show_layer(self._session.layer)
        self.drawn.emit()

    def _show_rows(self, network: Network | None, rows: RowTree) -> None:
        self._layers.show_rows(network, rows)
        self._toolbar.search.setEnabled(network is not None)
        self.shown.emit(network is not None)

    def _show_comparison(self, _: object) -> None:
        self._layers.show_comparison(self._session.comparison)
        if self.graph is not None:
            self.graph.show_comparison(self._session.comparison)
        self._tell_choice()

    def _show_layer(self, layer: str | None) -> None:
        self._layers.show_layer(layer)
        if self.graph is not None:
            self.graph.show_layer(layer)
        self._tell_choice()

    def _tell_choice(self) -> None:
        """The chosen layer in words, for who listens to the graph instead of looking at it."""
        if self.graph is not None:
            self.graph.setAccessibleDescription(self._layers.describe(self._session.layer))
