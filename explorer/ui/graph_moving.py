"""A canvas on which modules open and close in a short motion."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QVariantAnimation
from PySide6.QtWidgets import QWidget

from explorer.network.layout import Rect
from explorer.ui.graph_camera import Camera
from explorer.ui.graph_canvas import Canvas
from explorer.ui.graph_motion import GraphMotion, motion_time
from explorer.ui.graph_paint import GraphPainter
from explorer.ui.graph_scene import GraphScene
from explorer.ui.theme import Theme


class MovingCanvas(Canvas):
    """Paints what moves while it moves; whatever the person does meanwhile, it is at its end at once.

    ``motion_time`` is how many milliseconds a motion takes, 0 for none, and ``clock`` what tells them.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.motion_time = motion_time(self)
        self.moving: GraphPainter | None = None
        self._motion: GraphMotion | None = None
        self._cameras = (self.camera, self.camera)
        self.clock = QVariantAnimation(self)
        self.clock.setStartValue(0.0)
        self.clock.setEndValue(1.0)
        self.clock.setEasingCurve(QEasingCurve(QEasingCurve.Type.OutCubic))
        self.clock.valueChanged.connect(self._move)
        self.clock.finished.connect(self.arrive)

    def held_places(self) -> Mapping[str, Rect] | None:
        """Where everything is now, while it moves."""
        return self._motion.places(self.clock.currentValue()) if self._motion else None

    def set_off(self, before: GraphScene, after: GraphScene, start: Camera, held: Mapping[str, Rect] | None) -> None:
        """Show the way from ``before``, as it was seen from ``start`` or ``held``, to what is shown now."""
        is_alike = before.opened <= after.opened or after.opened <= before.opened
        if not (self.motion_time and self.isVisible() and is_alike):
            return
        seen = start.seen(self._size()) | self.camera.seen(self._size())
        motion = GraphMotion(before, after, seen, held)
        if motion.is_worth_it:
            self._motion, self._cameras = motion, (start, self.camera)
            self.clock.setDuration(self.motion_time)
            self.clock.start()
            self._move(0.0)

    def arrive(self) -> None:
        """Be at the end of a motion, early or not."""
        if self._motion:
            self._motion = self.moving = None
            self._camera = self._cameras[1]
            self.clock.stop()
            self.minimap.show_seen(self.seen())
            self.update()

    def _move(self, part: float) -> None:
        if self._motion:
            self.moving = GraphPainter(self._motion.at(part), self._theme, self.font())
            self._camera = self._cameras[0].between(self._cameras[1], part)
            self.minimap.show_seen(self.seen())
            self.update()

    def _take(self, camera: Camera, *, is_touched: bool = True, is_free: bool = False) -> None:
        self.arrive()
        super()._take(camera, is_touched=is_touched, is_free=is_free)
