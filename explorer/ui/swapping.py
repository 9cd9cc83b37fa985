"""The reference in the place of ours: while a key is held, or in turn with ours."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStyle

from explorer.ui.view_keys import ViewKey

BLINK = 500
"""Milliseconds that each side is shown. Twice a second at most: from three flashes on, a second can start a seizure
(WCAG 2.2, criterion 2.3.1).
"""


class Swapping(QObject):
    """Says whether the reference is to be seen where ours stands.

    Blinking goes by itself, or, where the desktop wants no movement, one step each time it is asked for.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held = self._blinks = self._other = False
        self._timer = QTimer(self, interval=BLINK)
        self._timer.timeout.connect(self.turn)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            # A key that is let go elsewhere is not heard here.
            application.focusChanged.connect(self._lose)

    @property
    def is_swapped(self) -> bool:
        """Whether the reference is shown in place of ours."""
        return self._held or self._other

    @property
    def is_held(self) -> bool:
        """Whether that is so for as long as a key is held."""
        return self._held

    @property
    def blinks(self) -> bool:
        """Whether the two take turns."""
        return self._blinks

    def hold(self, held: bool) -> None:
        """The key went down, or up."""
        if held != self._held:
            self._held = held
            self.changed.emit()

    def toggle_blinking(self) -> None:
        """Begin to take turns, or stop. Without movement that is one turn, and back."""
        if self._blinks:
            self.stop()
            return
        self._blinks = True
        if wants_movement():
            self._timer.start()
        self.turn()

    def turn(self) -> None:
        """Show the other one."""
        self._other = not self._other
        self.changed.emit()

    def stop(self) -> None:
        """Show ours again, and stay there."""
        if not (self._held or self._blinks or self._other):
            return
        self._timer.stop()
        self._held = self._blinks = self._other = False
        self.changed.emit()

    def _lose(self, *_: object) -> None:
        self.hold(False)


def wants_movement() -> bool:
    """Whether this desktop wants things to move by themselves."""
    return QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) != 0


SWAP_KEYS: tuple[ViewKey[Swapping], ...] = (
    ViewKey((Qt.Key.Key_X,), "Hold: the reference in place of ours", lambda swapping: swapping.hold(True)),
)
"""What the keys do to the sides of feature maps."""
