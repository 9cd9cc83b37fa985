"""The command palette: every command by a few of its letters, and layers to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QMainWindow, QVBoxLayout, QWidget
from shiboken6 import isValid

from explorer.ui.actions import Actions
from explorer.ui.commands import COMMANDS
from explorer.ui.palette_entries import Entry, all_choices, entries
from explorer.ui.palette_list import ENTRY, MISSING, ROW, EntryDelegate, EntryModel
from explorer.ui.text_label import ElidedLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.view_keys import ViewKey, press

if TYPE_CHECKING:
    from explorer.ui.command import Choice, Command
    from explorer.ui.workbench import Workbench

WIDTH = 80 * GRID
MOST_ROWS = 12
"""Rows that are seen at a time; the rest is scrolled to."""

DIMMED = 56
"""How dark the window is behind the card, of 255."""

LONGEST = 200
"""Letters that may be typed; what was pasted by mistake is cut."""

HINT = "Command or layer"
NOTHING = "No command and no layer is like “{}”."


class CommandPalette(QWidget):
    """Lies over the whole window while it is open, so that a click beside the card closes it.

    What is chosen is done after it has closed, with the keyboard back where it was.
    """

    def __init__(self, workbench: Workbench, actions: Actions, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("command_palette")
        self.setAccessibleName("Command palette")
        self._workbench, self._actions, self._window = workbench, actions, window
        self._before: QWidget | None = None
        self._only: str | None = None
        self.card = QFrame(self)
        self.card.setObjectName("palette_card")
        self.card.setProperty("card", True)
        self.field = PaletteField(self.card)
        self.model = EntryModel(self.card)
        self.list = QListView(self.card)
        self.list.setObjectName("palette_list")
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setModel(self.model)
        self._delegate = EntryDelegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self._nothing = ElidedLabel(theme, size=SMALL, colour="muted")
        self._nothing.setObjectName("palette_nothing")
        self._nothing.setContentsMargins(GRID, 0, GRID, GRID // 2)
        self._column = QVBoxLayout(self.card)
        self._column.setContentsMargins(GRID, GRID, GRID, GRID)
        self._column.setSpacing(GRID)
        for part in (self.field, self.list, self._nothing):
            self._column.addWidget(part)
        self.field.textChanged.connect(self._show_fitting)
        self.field.stepped.connect(self.step)
        self.field.accepted.connect(self.run_chosen)
        self.field.dismissed.connect(self.close_palette)
        self.field.left.connect(self.hide)
        self.list.clicked.connect(lambda index: self._run(index.row()))
        window.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> tuple[Entry, ...]:
        """What is offered, from the top."""
        return self.model.entries

    @property
    def chosen(self) -> Entry | None:
        """What Enter would do."""
        entry: Entry | None = self.list.currentIndex().data(ENTRY)
        return entry

    def open(self, only: str | None = None) -> None:
        """Show all commands, or what there is to choose from for one ``only``; and give the keyboard to the field."""
        self._only = only
        self.field.setPlaceholderText(HINT if only is None else COMMANDS[only].text)
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.field.clear()
        self._show_fitting("")
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        """Close it, and give the keyboard back to who had it."""
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        else:
            self._window.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()

    def step(self, rows: int) -> None:
        """Choose what stands so many rows lower, and beyond the last the first again."""
        count = self.model.rowCount()
        if count:
            row = self.list.currentIndex().row() + rows
            self._choose(row % count if abs(rows) == 1 else min(max(row, 0), count - 1))

    def run_chosen(self) -> None:
        """Do what is chosen; nothing where it can't be done now."""
        self._run(self.list.currentIndex().row())

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._delegate.show_theme(theme)
        self._nothing.show_theme(theme)
        self.list.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        # The panels below have the card's own ground; dimmed, they let it stand out.
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, DIMMED))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_palette()
        event.accept()

    def _show_fitting(self, typed: str) -> None:
        network = self._workbench.session.network
        layers = () if network is None else tuple(layer.name for layer in network.layers)
        if self._only is None:
            found = entries(typed, COMMANDS.values(), layers, self._choices())
        else:
            choices = [pair for pair in self._choices() if pair[0].id == self._only]
            found = entries(typed, (), (), choices) if typed.strip() else all_choices(choices)
        self.model.show_entries(found, tuple(map(self._missing, found)))
        self._nothing.setText("" if found else NOTHING.format(typed.strip()))
        self._nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        if found:
            self._choose(0)
        self._place()

    def _choices(self) -> list[tuple[Command, Choice]]:
        """What there is to choose from, each with its command."""
        return [
            (command, choice)
            for command in COMMANDS.values()
            if command.choices is not None
            for choice in command.choices(self._workbench)
            if choice.in_palette
        ]

    def _missing(self, entry: Entry) -> str:
        if entry.choice is not None:
            return entry.choice.missing
        return "" if entry.command is None else entry.command.missing(self._workbench)

    def _choose(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        self.field.setAccessibleDescription(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))

    def _run(self, row: int) -> None:
        index = self.model.index(row, 0)
        entry: Entry | None = index.data(ENTRY)
        if entry is None or index.data(MISSING):
            return
        self.close_palette()
        if entry.choice is not None:
            entry.choice.run(self._workbench)
        elif entry.command is not None:
            self._actions.run(entry.command.id)
        elif entry.layer is not None:
            self._workbench.desk.choose_layer(entry.layer)
            self._workbench.graph_view.reveal(entry.layer)

    def _place(self) -> None:
        """The card at the head of the window, in its middle, and only as high as what it offers."""
        middle = self._window.centralWidget()
        top = GRID if middle is None else middle.mapTo(self._window, QPoint(0, GRID)).y()
        rows = min(MOST_ROWS, max(1, (self.height() - top - 9 * GRID) // ROW))
        self.list.setFixedHeight(ROW * min(rows, max(1, self.model.rowCount())))
        width = min(WIDTH, self.width() - 4 * GRID)
        below = self.list.minimumHeight() if self.list.isVisibleTo(self.card) else self._nothing.sizeHint().height()
        height = self.field.sizeHint().height() + below + 3 * GRID + 2 * self.card.frameWidth()
        self.card.setGeometry((self.width() - width) // 2, top, width, height)


class PaletteField(QLineEdit):
    """Takes what is typed, and the keys that go through the list below it."""

    stepped = Signal(int)
    accepted = Signal()
    dismissed = Signal()
    left = Signal()
    """The keyboard went elsewhere."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette_field")
        self.setAccessibleName("Find a command or a layer")
        self.setPlaceholderText(HINT)
        self.setMaxLength(LONGEST)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def event(self, event: QEvent) -> bool:
        # Before any shortcut of the window: Escape closes this, and stops no work.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._owns(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(self, PALETTE_KEYS, event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.stepped.emit(1 if forward else -1)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.OtherFocusReason):
            self.left.emit()

    def _owns(self, event: QKeyEvent) -> bool:
        return any(event.key() in row.keys or event.key() in row.also for row in PALETTE_KEYS)


PALETTE_KEYS: tuple[ViewKey[PaletteField], ...] = (
    ViewKey((Qt.Key.Key_Down,), "To the next", lambda field: field.stepped.emit(1)),
    ViewKey((Qt.Key.Key_Up,), "To the one before", lambda field: field.stepped.emit(-1)),
    ViewKey((Qt.Key.Key_PageDown,), "A page down", lambda field: field.stepped.emit(MOST_ROWS - 1)),
    ViewKey((Qt.Key.Key_PageUp,), "A page up", lambda field: field.stepped.emit(1 - MOST_ROWS)),
    ViewKey((Qt.Key.Key_Return,), "Do it", lambda field: field.accepted.emit(), also=(Qt.Key.Key_Enter,)),
    ViewKey((Qt.Key.Key_Escape,), "Close the palette", lambda field: field.dismissed.emit()),
)
"""What the keys do in the palette."""
