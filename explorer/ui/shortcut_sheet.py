"""The sheet of all keys, made of the tables that the menus and the views themselves go by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.activation_grid import MAP_KEYS
from explorer.ui.class_bars import CLASS_KEYS
from explorer.ui.commands import COMMANDS
from explorer.ui.finding_card import FINDING_KEYS
from explorer.ui.graph_canvas import CANVAS_KEYS
from explorer.ui.graph_keys import GRAPH_KEYS
from explorer.ui.layer_table import LAYER_KEYS
from explorer.ui.looks import Looks
from explorer.ui.picture_panel import PICTURE_KEYS
from explorer.ui.search_field import SEARCH_KEYS
from explorer.ui.swapping import SWAP_KEYS
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID
from explorer.ui.view_keys import KeyText

COLUMNS = 4

LINE = 3 * GRID
"""Height of a line of the sheet."""

VIEWS: tuple[tuple[str, tuple[Sequence[KeyText], ...]], ...] = (
    ("In the graph", (GRAPH_KEYS, CANVAS_KEYS)),
    ("In the layers", (LAYER_KEYS,)),
    ("In the picture's panel", (PICTURE_KEYS,)),
    ("In the feature maps", (MAP_KEYS, SWAP_KEYS)),
    ("In the search field", (SEARCH_KEYS,)),
    ("In the findings", (FINDING_KEYS,)),
    ("In the classes", (CLASS_KEYS,)),
)
"""The views with keys of their own, by what stands above them on the sheet."""


@dataclass(frozen=True)
class Line:
    """What is done, and the keys that do it, each on its own."""

    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Lines that belong together: those of a menu, or of a view."""

    title: str
    lines: tuple[Line, ...]


def shortcut_groups() -> tuple[Group, ...]:
    """The commands that have keys, by menu, and then the keys of each view."""
    menus: dict[str, list[Line]] = {}
    for command in COMMANDS.values():
        if command.shortcut:
            keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
            menus.setdefault(command.menu.partition("/")[0], []).append(Line(command.text.rstrip("…"), (keys,)))
    views = ((title, [Line(row.text, row.names) for table in tables for row in table]) for title, tables in VIEWS)
    return tuple(Group(title, tuple(lines)) for title, lines in (*menus.items(), *views))


def columns(groups: Sequence[Group], count: int = COLUMNS) -> tuple[tuple[Group, ...], ...]:
    """The groups in their order in that many columns, of which the longest is as short as it can be."""
    heights = [len(group.lines) + 2 for group in groups]
    limit = max(heights)
    while len(found := _filled(groups, heights, limit)) > count:
        limit += 1
    return found


def _filled(groups: Sequence[Group], heights: Sequence[int], limit: int) -> tuple[tuple[Group, ...], ...]:
    made: list[list[Group]] = [[]]
    room = limit
    for group, height in zip(groups, heights, strict=True):
        if height > room and made[-1]:
            made.append([])
            room = limit
        made[-1].append(group)
        room -= height
    return tuple(map(tuple, made))


class KeyCap(QLabel):
    """The name of a key in a frame, never narrower than it is high."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.setProperty("key", True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(max(LINE, super().sizeHint().width()), LINE - GRID // 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def show_sheet(window: QWidget, looks: Looks) -> None:
    """Show the sheet; asked for again, the one that is open comes to the front."""
    sheet = window.findChild(ShortcutSheet)
    if sheet is None:
        ShortcutSheet(window, looks).show()
    else:
        sheet.raise_()
        sheet.activateWindow()


class ShortcutSheet(QDialog):
    """All keys at a glance; it may stay open while one works, and Escape closes it."""

    def __init__(self, parent: QWidget, looks: Looks) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keyboard Shortcuts")
        self.setAccessibleName("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._looks = looks
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(4 * GRID)
        for groups in columns(shortcut_groups()):
            row.addLayout(self._column(groups, page))
        area = QScrollArea(self)
        area.setObjectName("shortcut_page")
        area.setAccessibleName("Keyboard shortcuts")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        page.ensurePolished()
        self.resize(self._wanted(page.sizeHint()))

    def _wanted(self, whole: QSize) -> QSize:
        """The whole page where the screen has room for it; what is too much is scrolled."""
        return whole.boundedTo(self.screen().availableSize() - QSize(4 * GRID, 6 * GRID))

    def _column(self, groups: Iterable[Group], page: QWidget) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2 * GRID)
        for group in groups:
            column.addLayout(self._group(group, page))
        column.addStretch(1)
        return column

    def _group(self, group: Group, page: QWidget) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        title = self._label(group.title, page, bold=True)
        grid.addWidget(title, 0, 0, 1, 2)
        grid.setRowMinimumHeight(0, LINE)
        for number, line in enumerate(group.lines, start=1):
            grid.setRowMinimumHeight(number, LINE)
            text = self._label(line.text, page)
            text.setAccessibleDescription(" or ".join(line.keys))
            grid.addWidget(text, number, 0)
            keys = QHBoxLayout()
            keys.setSpacing(GRID // 2)
            keys.addStretch(1)
            for name in line.keys:
                keys.addWidget(KeyCap(name, page))
            grid.addLayout(keys, number, 1)
        return grid

    def _label(self, text: str, page: QWidget, *, bold: bool = False) -> TextLabel:
        label = TextLabel(self._looks.theme, text, colour="text" if bold else "muted", bold=bold, parent=page)
        self._looks.changed.connect(label.show_theme)
        return label
