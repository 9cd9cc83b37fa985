"""The window before a network is open: what to drop, what has come already, and the example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.ui.icons import ICON, application_icon, icon
from explorer.ui.recent_list import ROW, RecentLine, RecentList
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import BODY, GRID, SMALL, TITLE, Theme

EMBLEM = 8 * GRID
WIDTH = 60 * GRID
TITLE_ROOM = 3 * GRID
"""What the heading of the recent networks takes, with the space before it."""


@dataclass(frozen=True)
class Part:
    """One thing that can be dropped: the icon's name, what it is called, and what it may be."""

    icon: str
    title: str
    text: str


PARTS = {
    "network": Part("network", "Network", "Caffe, Keras, TensorFlow or ONNX: file or folder"),
    "picture": Part("picture", "Picture", "what the network is to look at"),
    "reference": Part("reference", "Reference", "the .npz of what the original framework computed"),
}


class EmptyState(QWidget):
    """An invitation: three things to drop, each ticked off when it is there, and two buttons."""

    open_requested = Signal()
    example_requested = Signal()
    broken_requested = Signal()
    restore_requested = Signal()
    recent_chosen = Signal(int)
    """The number of a network among those that were opened last."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty_state")
        self.setAccessibleName("Nothing is open yet")
        self._title = TextLabel(theme, "Drop a network here to look inside it", size=TITLE, bold=True)
        self._text = TextLabel(
            theme, "With a picture it runs; with a reference it is compared layer by layer.", colour="muted"
        )
        self._foot = TextLabel(theme, "In any order, or all at once.", size=SMALL, colour="muted")
        for label in (self._title, self._text, self._foot):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._parts = {name: _PartRow(name, part, theme) for name, part in PARTS.items()}
        self._open = QPushButton("Open files…", self)
        self._open.setObjectName("open_files")
        self._open.setProperty("primary", True)
        self._open.clicked.connect(self.open_requested)
        self._example = QPushButton("Open the example", self)
        self._example.setObjectName("open_example")
        self._example.clicked.connect(self.example_requested)
        self._broken = QPushButton("Open a broken port", self)
        self._broken.setObjectName("open_broken")
        self._broken.setToolTip("A port of the example with three mistakes, to see them found and corrected")
        self._broken.clicked.connect(self.broken_requested)
        self._restore = QPushButton("Restore last session", self)
        self._restore.setObjectName("restore_last")
        self._restore.clicked.connect(self.restore_requested)
        self._restore.hide()
        self.recent = RecentList(theme, self)
        self.recent.chosen.connect(self.recent_chosen)
        self._recent: tuple[RecentLine, ...] = ()
        self._lay_out()

    def show_part(self, name: str, text: str | None) -> None:
        """Tick a part off with ``text`` about it; None: it is still to come."""
        self._parts[name].show_text(text)

    def part_text(self, name: str) -> str:
        """What is said about a part."""
        return self._parts[name].text

    def show_recent(self, lines: Sequence[RecentLine], *, can_restore: bool) -> None:
        """Show the networks that were opened last, and whether there is a session to restore."""
        self._recent = tuple(lines)
        self._restore.setVisible(can_restore)
        self._fit_recent()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for label in (self._title, self._text, self._foot):
            label.show_theme(theme)
        for row in self._parts.values():
            row.show_theme(theme)
        self.recent.show_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_recent()

    def _fit_recent(self) -> None:
        """As many networks as there is room for below the invitation; where that has too little, without the emblem."""
        self.recent.hide()
        self._emblem.show()
        self._middle.invalidate()
        room = self.height() - self._middle.minimumSize().height() - 4 * GRID
        self._emblem.setVisible(room >= 0)
        self.recent.show_lines(self._recent, max(0, (room - TITLE_ROOM) // ROW))

    def _lay_out(self) -> None:
        card = QFrame(self)
        card.setProperty("card", True)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        for row in self._parts.values():
            rows.addWidget(row)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch(1)
        buttons.addWidget(self._open)
        buttons.addWidget(self._example)
        buttons.addWidget(self._broken)
        buttons.addWidget(self._restore)
        buttons.addStretch(1)
        self._emblem = _Emblem(self)
        self._middle = middle = QVBoxLayout()
        middle.setSpacing(GRID)
        middle.addStretch(2)
        middle.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addSpacing(GRID)
        middle.addWidget(self._title)
        middle.addWidget(self._text)
        middle.addSpacing(GRID)
        middle.addWidget(card)
        middle.addWidget(self._foot)
        middle.addSpacing(GRID)
        middle.addLayout(buttons)
        middle.addSpacing(GRID)
        middle.addWidget(self.recent)
        middle.addStretch(3)
        holder = QWidget(self)
        holder.setMaximumWidth(WIDTH)
        holder.setLayout(middle)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        outer.addStretch(1)
        outer.addWidget(holder, 1000)
        outer.addStretch(1)


class _PartRow(QWidget):
    def __init__(self, name: str, part: Part, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(f"part_{name}")
        self._part = part
        self._there = False
        self._title = TextLabel(theme, part.title, size=BODY, bold=True)
        self._text = ElidedLabel(theme, part.text, size=BODY, colour="muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(ICON + 2 * GRID, 0, ICON + GRID, 0)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._text, 1, 0)
        self._draw_icons(theme)

    @property
    def text(self) -> str:
        """What is said under the title."""
        return self._text.text()

    def show_text(self, text: str | None) -> None:
        self._there = text is not None
        self._text.setText(text if text is not None else self._part.text)
        self._text.show_colour("text" if self._there else "muted")
        self.setAccessibleName(f"{self._part.title}: {self.text}")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._title.show_theme(theme)
        self._text.show_theme(theme)
        self._draw_icons(theme)
        self.update()

    def _draw_icons(self, theme: Theme) -> None:
        self._icon = icon(self._part.icon, theme)
        self._tick = icon("tick", theme, colour="agrees")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = (self.height() - ICON) // 2
        self._icon.paint(painter, QRect(0, top, ICON, ICON))
        if self._there:
            self._tick.paint(painter, QRect(self.width() - ICON, top, ICON, ICON))


class _Emblem(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(EMBLEM, EMBLEM))

    def paintEvent(self, event: QPaintEvent) -> None:
        application_icon().paint(QPainter(self), self.rect())
