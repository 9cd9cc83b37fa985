"""The docks around the graph: where they stand, how wide they are, and which are shown."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QToolBar, QWidget

from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

AREAS = {
    "layers": Qt.DockWidgetArea.LeftDockWidgetArea,
    "picture": Qt.DockWidgetArea.LeftDockWidgetArea,
    "maps": Qt.DockWidgetArea.RightDockWidgetArea,
    "findings": Qt.DockWidgetArea.RightDockWidgetArea,
    "folder": Qt.DockWidgetArea.BottomDockWidgetArea,
}
TITLES = {
    "layers": "Layers",
    "picture": "Picture",
    "maps": "Feature maps",
    "findings": "Findings",
    "folder": "Pictures",
}
SEPARATOR = GRID // 2
LEFT_SHARE, LEFT_LEAST, LEFT_MOST = 0.2625, 36 * GRID, 58 * GRID
RIGHT_SHARE, RIGHT_LEAST, RIGHT_MOST = 0.36, 50 * GRID, 120 * GRID
FINDINGS_SHARE, FINDINGS_LEAST, FINDINGS_MOST = 0.42, 27 * GRID, 60 * GRID
FOLDER_HEIGHT, FOLDER_WIDTH = 32 * GRID, 30 * GRID
MAP_HEIGHT = 28 * GRID
"""What a class map adds to the picture's panel."""

PICTURE_SHARE, PICTURE_LEAST, PICTURE_MOST = 0.49, 45 * GRID, 58 * GRID

ARRANGEMENT = 1
"""The version of what is kept of the panels' places; another one's is not taken."""

LAYERS_LEAST = 20 * GRID
LEAST_WIDTHS = {
    Qt.DockWidgetArea.LeftDockWidgetArea: LEFT_LEAST,
    Qt.DockWidgetArea.RightDockWidgetArea: RIGHT_LEAST,
    Qt.DockWidgetArea.BottomDockWidgetArea: FOLDER_WIDTH,
}


class Panels(QObject):
    """The docks, with titles of one kind; hidden until :meth:`show_all`.

    They share the room among themselves until the person moves one of them, and again after :meth:`reset`.
    """

    changed = Signal()
    """The person has moved, shown or hidden a panel."""

    was_reset = Signal()
    """The person asked for the usual places."""

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        self._titles: dict[str, PanelTitle] = {}
        self._arranged = False
        self._findings: int | None = None
        self._withheld = {"folder"}
        self._map = False
        self._dismissed: set[str] = set()
        self._shown, self._is_moved, self._is_placing = False, False, False
        self._pressed: QByteArray | None = None
        self._kept = b""
        window.installEventFilter(self)
        # The columns at the sides keep their whole height, and what is below the graph its width.
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)
        for name, text in TITLES.items():
            dock = QDockWidget(text, window)
            dock.setObjectName(f"panel_{name}")
            dock.setAccessibleName(text)
            title = PanelTitle(text, theme)
            dock.setTitleBarWidget(title)
            self._docks[name], self._titles[name] = dock, title
            window.addDockWidget(AREAS[name], dock)
            dock.hide()
            dock.topLevelChanged.connect(self._take_move)

    def fill(self, name: str, content: QWidget) -> None:
        """Put ``content`` into a panel."""
        content.setProperty("panel", True)
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        content.setMinimumWidth(LEAST_WIDTHS[AREAS[name]])
        self._docks[name].setWidget(content)

    def tell(self, name: str, text: str) -> None:
        """Say something short beside a panel's title."""
        self._titles[name].tell(text)

    def show_all(self, shown: bool) -> None:
        """Show or hide all panels; the first time they are shown they get their places and sizes."""
        self._keep()
        self._shown = shown
        for name, dock in self._docks.items():
            dock.setVisible(shown and name not in self._withheld | self._dismissed)
        if shown and not self._arranged:
            self._arranged = True
            self._arrange()

    def offer(self, name: str, offered: bool) -> None:
        """Show a panel that there is now something for, or hide it and leave it out."""
        was_withheld = name in self._withheld
        (self._withheld.discard if offered else self._withheld.add)(name)
        if not offered:
            self._docks[name].hide()
        elif was_withheld and self._shown and name not in self._dismissed:
            self._docks[name].show()
            if self._is_moved:
                return
            self._window.resizeDocks([self._docks[name]], [FOLDER_HEIGHT], Qt.Orientation.Vertical)

    def toggle(self, name: str) -> None:
        """Show a panel that is hidden, hide one that is shown."""
        shown = not self.is_shown(name)
        (self._dismissed.discard if shown else self._dismissed.add)(name)
        self._docks[name].setVisible(shown)
        self.changed.emit()

    def reveal(self, name: str) -> None:
        """Show a panel."""
        self._dismissed.discard(name)
        self._docks[name].show()

    def is_shown(self, name: str) -> bool:
        """Whether a panel is shown."""
        return not self._docks[name].isHidden()

    def reset(self) -> None:
        """Put all panels into their places, as large as suits the window's size."""
        self._dismissed.clear()
        self._is_moved, self._kept = False, b""
        self._is_placing = True
        self._place()
        self._is_placing = False
        self.was_reset.emit()
        self.changed.emit()

    @property
    def arrangement(self) -> bytes:
        """Where the panels stand, in Qt's own bytes; empty where nobody has moved them from their usual places."""
        self._keep()
        return self._kept if self._is_moved else b""

    @property
    def dismissed(self) -> tuple[str, ...]:
        """The panels that the person put away."""
        return tuple(sorted(self._dismissed))

    def take_arrangement(self, arrangement: bytes, dismissed: Collection[str]) -> None:
        """Stand as in an :attr:`arrangement`, now or as soon as the panels are shown; as usual where it is damaged."""
        self._dismissed = {name for name in dismissed if name in self._docks}
        self._kept, self._is_moved = arrangement, bool(arrangement)
        if self._arranged:
            self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The border between two panels is the window itself; but so is, for a click, whatever has no use for one.
        if event.type() == QEvent.Type.MouseButtonPress and watched is self._window and self._shown:
            self._pressed = self._window.saveState(ARRANGEMENT)
        elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            pressed, self._pressed = self._pressed, None
            if pressed != self._window.saveState(ARRANGEMENT):
                self._take_move()
        return False

    def _take_move(self) -> None:
        if self._shown and self._arranged and not self._is_placing:
            self._is_moved = True
            self.changed.emit()

    def _keep(self) -> None:
        if self._is_moved and self._shown and self._arranged:
            self._kept = bytes(self._window.saveState(ARRANGEMENT).data())

    def _arrange(self) -> None:
        self._is_placing = True
        if self._kept and self._window.restoreState(QByteArray(self._kept), ARRANGEMENT):
            for name, dock in self._docks.items():
                dock.setVisible(self._shown and name not in self._withheld | self._dismissed)
        else:
            self._is_moved, self._kept = False, b""
            self._place()
        self._is_placing = False

    def _place(self) -> None:
        window = self._window
        for name, dock in self._docks.items():
            dock.setFloating(False)
            window.addDockWidget(AREAS[name], dock)
            dock.setVisible(name not in self._withheld | self._dismissed)
        for upper, lower in (("layers", "picture"), ("maps", "findings")):
            window.splitDockWidget(self._docks[upper], self._docks[lower], Qt.Orientation.Vertical)
        sizes = panel_sizes(self._room())
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([self._docks["layers"], self._docks["maps"]], list(sizes[:2]), across)
        window.resizeDocks([self._docks["folder"]], [FOLDER_HEIGHT], down)
        self.share_left(self._map)
        self.share_right(self._findings)

    def share_left(self, with_map: bool) -> None:
        """Give the picture a good share, more of it with a class map in it, and what is left to the layers."""
        self._map = with_map
        if self._is_moved:
            return
        layers, picture = panel_sizes(self._room())[2:]
        more = min(MAP_HEIGHT, max(layers - LAYERS_LEAST, 0)) if with_map else 0
        docks = [self._docks["layers"], self._docks["picture"]]
        self._window.resizeDocks(docks, [layers - more, picture + more], Qt.Orientation.Vertical)

    def share_right(self, findings: int | None) -> None:
        """Give the findings that height, None a good share, and what is left to the feature maps."""
        self._findings = findings
        if self._is_moved:
            return
        room = self._room().height()
        height = findings or _between(FINDINGS_SHARE * room, FINDINGS_LEAST, FINDINGS_MOST)
        docks = [self._docks["maps"], self._docks["findings"]]
        self._window.resizeDocks(docks, [max(room - height, 0), height], Qt.Orientation.Vertical)

    def _room(self) -> QSize:
        """What the docks have of the window."""
        window = self._window
        bars = (window.menuBar(), window.statusBar(), *window.findChildren(QToolBar))
        taken = sum(bar.sizeHint().height() for bar in bars) + SEPARATOR
        return QSize(window.width(), window.height() - taken)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for title in self._titles.values():
            title.show_theme(theme)


class PanelTitle(QWidget):
    """A panel's name, and something short about what is in it; the panel is moved by it."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = TextLabel(theme, text, bold=True)
        self._detail = ElidedLabel(theme, size=SMALL, colour="muted")
        self._detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, 0)
        row.setSpacing(GRID)
        row.addWidget(self._title)
        row.addWidget(self._detail, 1)

    def sizeHint(self) -> QSize:
        # The dock goes by the hint alone and would cut a title that is merely fixed to be higher.
        return QSize(super().sizeHint().width(), 3 * GRID + GRID // 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def tell(self, text: str) -> None:
        """Say something short on the right."""
        self._detail.setText(text)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._title.show_theme(theme)
        self._detail.show_theme(theme)


def panel_sizes(room: QSize) -> tuple[int, int, int, int]:
    """Widths of the left and right panels, heights of layers and picture, where they have that much room."""
    left = _between(LEFT_SHARE * room.width(), LEFT_LEAST, LEFT_MOST)
    right = _between(RIGHT_SHARE * room.width(), RIGHT_LEAST, RIGHT_MOST)
    picture = _between(PICTURE_SHARE * room.height(), PICTURE_LEAST, PICTURE_MOST)
    return left, right, max(room.height() - picture, 0), picture


def _between(value: float, least: int, most: int) -> int:
    return round(min(max(value, least), most))
