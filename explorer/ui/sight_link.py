"""How graph and feature maps are looked at: as a record, and from a record again once they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.session.remembered import Sight
from explorer.ui.graph_camera import Camera

if TYPE_CHECKING:
    from explorer.session.session import Session
    from explorer.ui.network_link import NetworkLink
    from explorer.ui.page_link import PageLink


class SightLink(QObject):
    """Takes a :class:`Sight` when a network is about to be shown, and puts it on each view when that shows it."""

    changed = Signal()
    """The person looks at something else, or in another way."""

    def __init__(self, network_link: NetworkLink, page_link: PageLink, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._network_link, self._page_link, self._session = network_link, page_link, session
        self._for_graph: Sight | None = None
        self._for_maps: Sight | None = None
        self._layer: str | None = None
        self._followed: list[object] = []
        network_link.drawn.connect(self._show_graph)
        page_link.shown.connect(self._show_maps)

    @property
    def sight(self) -> Sight:
        """How it is looked at now; what still waits to be shown counts as if it were."""
        graph, maps = self._network_link.graph, self._page_link.maps
        if graph is None or maps is None or graph.scene is None:
            return self._for_graph or Sight()
        if self._for_graph is not None:
            return self._for_graph
        camera = graph.camera
        waiting = self._for_maps
        seen, mode = maps.viewpoint, maps.controls.range_mode()
        return Sight(
            tuple(sorted(graph.opened)),
            None if graph.is_untouched else (camera.scale, camera.x, camera.y),
            seen.channel if waiting is None else waiting.channel,
            seen.single if waiting is None else waiting.single,
            mode if waiting is None else waiting.map_range,
        )

    def expect(self, sight: Sight | None) -> None:
        """Look so at the network that is shown next; None: as at the one that is shown now."""
        self._for_graph = self._for_maps = self.sight if sight is None else sight
        self._layer = None

    def _show_graph(self) -> None:
        graph, sight = self._network_link.graph, self._for_graph
        if graph is None:
            return
        self._follow()
        self._for_graph = None
        if sight is None:
            return
        self._layer = self._session.layer
        graph.show_opened(sight.opened)
        if sight.camera is None:
            graph.fit_width()
        else:
            graph.look_from(Camera(*sight.camera))

    def _show_maps(self) -> None:
        maps, sight = self._page_link.maps, self._for_maps
        if maps is None or sight is None or self._for_graph is not None or maps.viewpoint.count == 0:
            return
        self._for_maps = None
        if self._layer is not None and self._layer != self._session.layer:
            return
        if sight.map_range:
            maps.controls.choose_range(sight.map_range)
        maps.viewpoint.choose(sight.channel)
        maps.viewpoint.show_single(sight.single)

    def _follow(self) -> None:
        """Listen to the views, which are there with the first network."""
        graph, maps = self._network_link.graph, self._page_link.maps
        if self._followed or graph is None or maps is None:
            return
        self._followed = [graph, maps]
        graph.moved.connect(self.changed)
        graph.module_toggled.connect(self.changed)
        maps.viewpoint.channel_chosen.connect(self.changed)
        maps.controls.single_asked.connect(self.changed)
        maps.controls.range_asked.connect(self.changed)
