"""Between the feature maps and the session: the page of the chosen layer to the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.ui.looking import Looking

if TYPE_CHECKING:
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.layer_views import LayerPage
    from explorer.ui.looks import Looks
    from explorer.ui.panels import Panels


class PageLink(QObject):
    """Keeps the maps up with the session; they are made for the first network."""

    maps: ComparisonView | None = None
    looking: Looking

    def __init__(self, panels: Panels, session: Session, jobs: Jobs, looks: Looks, parent: QObject) -> None:
        super().__init__(parent)
        self._panels, self._looks = panels, looks
        self.looking = Looking(session, jobs, self)
        self.looking.seen.connect(self._take_page)
        session.layer_changed.connect(self._put_off_plots)
        session.changed.connect(self.show_changes)

    def make_view(self) -> ComparisonView:
        """Make the maps, before anything is to be seen in them."""
        from explorer.ui.comparison_view import ComparisonView

        self.maps = ComparisonView(self._looks.theme)
        self._panels.fill("maps", self.maps)
        return self.maps

    def show_changes(self, _: object) -> None:
        """Look at what is chosen now."""
        self.looking.look()

    def _put_off_plots(self, _: object) -> None:
        if self.maps is not None:
            self.maps.put_off_plots()

    def _take_page(self, page: LayerPage | None) -> None:
        if self.maps is None:
            return
        self.maps.show_layer(None if page is None else page.view)
        self.maps.show_weights(() if page is None else page.weights, "RGB" if page is None else page.order)
