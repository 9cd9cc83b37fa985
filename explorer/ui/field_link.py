"""Between a place in the feature maps and the picture: what the value there sees, for as long as that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from explorer.session.jobs import IsCancelled, Jobs, Progress
    from explorer.session.session import Session
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.seen_field import FieldWays, Place

UNKNOWN = "What this value sees is not known: sizes are open, or the network takes no picture."


class FieldLink(QObject):
    """Traces the value that is pointed at, or else pinned by a click; a worker finds the way back, once a layer."""

    seen = Signal(object)
    """A :class:`explorer.ui.seen_field.SeenField`, or None where there is nothing to be seen."""

    def __init__(self, view: ComparisonView, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._session, self._jobs = view, session, jobs
        self._key: tuple[object, str] | None = None
        self._ways: FieldWays | None = None
        self._is_found = False
        view.viewpoint.hovered.connect(self._follow)
        view.viewpoint.pinned.connect(self._follow)
        view.looked.connect(self._follow)
        view.fields_asked.connect(self._follow)

    def _follow(self, _: object = None) -> None:
        view, network = self._view, self._session.network
        shown = view.view
        if not view.shows_fields or network is None or shown is None or not shown.value:
            self._key = None
            self._show(None)
            return
        key = (network, shown.value)
        if self._key != key:
            self._key, self._ways, self._is_found = key, None, False
            self._find()
        elif self._is_found:
            self._show(self._place)

    @property
    def _place(self) -> Place | None:
        viewpoint = self._view.viewpoint
        return viewpoint.place or viewpoint.pin

    def _find(self) -> None:
        from explorer.ui.seen_field import field_ways

        network, shown, preprocessing = self._session.network, self._view.view, self._session.preprocessing
        assert network is not None and shown is not None
        axes = (1, 2) if preprocessing is not None and preprocessing.layout == "NHWC" else (2, 3)

        def task(progress: Progress, cancelled: IsCancelled) -> FieldWays | None:
            return field_ways(network, shown.title, shown.value, axes)

        self._jobs.start("field", f"tracing {shown.title}", task, self._take, lane="field", quiet=True)

    def _take(self, ways: FieldWays | None) -> None:
        self._ways, self._is_found = ways, True
        self._show(self._place)

    def _show(self, place: Place | None) -> None:
        shown = self._view.view
        if place is None or self._key is None or shown is None:
            self._view.show_field(None, "")
            self.seen.emit(None)
            return
        found = None if self._ways is None else self._ways.seen(place, shown.channel_axis)
        self._view.show_field(found, UNKNOWN if found is None else found.text)
        self.seen.emit(found)
