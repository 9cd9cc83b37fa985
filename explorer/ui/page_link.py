"""Between the feature maps and the session: the page of the chosen layer to the maps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.session.inputs import seen_picture
from explorer.ui.looking import Looking

if TYPE_CHECKING:
    from explorer.maps.likeness import Likeness
    from explorer.running.activations import Array
    from explorer.session.desk import Desk
    from explorer.session.jobs import IsCancelled, Jobs, Progress
    from explorer.session.session import Session
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.field_link import FieldLink
    from explorer.ui.layer_views import LayerPage
    from explorer.ui.looks import Looks
    from explorer.ui.map_export import MapExport
    from explorer.ui.panels import Panels

SEEN = frozenset({"steps", "picture", "picture_run", "reference_run", "fed_with", "network"})
"""Of what is open, what decides over the picture that the maps are laid over."""


class PageLink(QObject):
    """Keeps the maps up with the session; they are made for the first network."""

    maps: ComparisonView | None = None
    looking: Looking

    export: MapExport
    fields: FieldLink
    looked = Signal()
    """What is to be seen in the maps is another."""

    shown = Signal()
    """A layer, or more of it, is to be seen."""

    def __init__(self, panels: Panels, session: Session, desk: Desk, jobs: Jobs, looks: Looks, parent: QObject) -> None:
        super().__init__(parent)
        self._panels, self._looks, self._session, self._desk, self._jobs = panels, looks, session, desk, jobs
        self.looking = Looking(session, jobs, self)
        self.looking.seen.connect(self._take_page)
        session.layer_changed.connect(self._put_off_plots)
        session.changed.connect(self.show_changes)

    def make_view(self) -> ComparisonView:
        """Make the maps, before anything is to be seen in them."""
        from explorer.ui.comparison_view import ComparisonView
        from explorer.ui.field_link import FieldLink
        from explorer.ui.map_export import MapExport

        self.maps = ComparisonView(self._looks.theme)
        self.maps.likeness_wanted.connect(self._find_likeness)
        self.maps.looked.connect(self.looked)
        self.export = MapExport(self.maps, self._desk, self._jobs, self)
        self.fields = FieldLink(self.maps, self._session, self._jobs, self)
        self._panels.fill("maps", self.maps)
        return self.maps

    def close(self) -> None:
        """Remove what was made for other programs."""
        if self.maps is not None:
            self.export.close()

    def show_changes(self, changed: Collection[str]) -> None:
        """Look at what is chosen now."""
        self.looking.look()
        if self.maps is not None and SEEN & set(changed):
            self.maps.plots.on_picture.show_picture(*seen_input(self._session))

    def _find_likeness(self, sides: tuple[Array, Array]) -> None:
        def task(progress: Progress, cancelled: IsCancelled) -> Likeness:
            from explorer.maps.likeness import channel_likeness

            return channel_likeness(*sides, cancelled)

        show = self._show_likeness(sides)
        self._jobs.start("likeness", "looking for channels that are alike", task, show, lane="likeness", quiet=True)

    def _show_likeness(self, sides: tuple[Array, Array]) -> Callable[[Likeness], None]:
        def show(found: Likeness) -> None:
            if self.maps is not None:
                self.maps.show_likeness(sides[0], found)

        return show

    def _put_off_plots(self, _: object) -> None:
        if self.maps is not None:
            self.maps.put_off_plots()

    def _take_page(self, page: LayerPage | None) -> None:
        if self.maps is None:
            return
        self.maps.show_layer(None if page is None else page.view)
        self.maps.show_weights(() if page is None else page.weights, "RGB" if page is None else page.order)
        self.shown.emit()


def seen_input(session: Session) -> tuple[Array | None, str]:
    """What the run that is shown was fed with, H×W×channels, and what that is.

    Of a picture, what the network sees of it before any arithmetic; of the reference's tensor, its numbers.
    """
    run, preprocessing = session.shown_run, session.preprocessing
    if run is not None and run is session.reference_run:
        tensor = next((array for array in run.inputs.values() if array.ndim == 4), None)
        if tensor is None:
            return None, "The reference's input is no picture."
        last = preprocessing is not None and preprocessing.layout == "NHWC"
        one = tensor[0] if last else tensor[0].transpose(1, 2, 0)
        if one.shape[2] not in (1, 3):
            return None, "The reference's input is no picture."
        reverse = preprocessing is not None and preprocessing.order == "BGR"
        return one[:, :, ::-1] if reverse else one, "The reference's tensor, its numbers spread over all shades"
    if len(session.steps) > 1:
        return seen_picture(session.picture, session.steps), "The picture as the network sees it, before any arithmetic"
    return (None if session.picture is None else session.picture.pixels), "The picture"
