"""The networks that can be fetched, and what is known of the one that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer.session.catalogue_runs import Shelf
from explorer.ui.catalogue_model import ENTRY, NETWORK, CatalogueModel, CatalogueProxy
from explorer.ui.looks import Looks
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, TITLE

if TYPE_CHECKING:
    from explorer.catalogue.entry import Entry

SIZE = QSize(110 * GRID, 75 * GRID)

MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
"""Keys that go through the list while one types."""


class CatalogueDialog(QDialog):
    """A list to choose from; ``network_chosen`` is the name of the network that the person wants open."""

    network_chosen = Signal(str)

    def __init__(self, parent: QWidget, looks: Looks) -> None:
        super().__init__(parent)
        self.setObjectName("catalogue")
        self.setWindowTitle("Open from Catalogue")
        self.setAccessibleName("Networks of the catalogue")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shelf = Shelf()
        self._model = CatalogueModel(self)
        self._proxy = CatalogueProxy(self._model, self)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Filter by name, framework or licence")
        self.field.setAccessibleName("Filter the networks")
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.view = QTreeView(self)
        self._dress_view()
        theme = looks.theme
        self._title = TextLabel(theme, size=TITLE, bold=True, parent=self)
        self._note, self._facts, self._home = (ElidedLabel(theme, size=SMALL, colour="muted") for _ in range(3))
        for label, name in ((self._title, "title"), (self._note, "note"), (self._facts, "facts"), (self._home, "home")):
            label.setObjectName(f"catalogue_{name}")
            looks.changed.connect(label.show_theme)
        self.open_button = QPushButton("Open", self)
        self.open_button.setObjectName("catalogue_open")
        self.open_button.setProperty("primary", True)
        self.open_button.setDefault(True)
        self.close_button = QPushButton("Close", self)
        self.close_button.setAutoDefault(False)
        self._arrange()
        self.field.textChanged.connect(self._show_filter)
        self.view.selectionModel().currentChanged.connect(self._show_choice)
        self.view.doubleClicked.connect(self._choose)
        self.open_button.clicked.connect(self._choose)
        self.close_button.clicked.connect(self.close)
        self._proxy.modelReset.connect(self._go_to_first)
        self._show_choice()
        self.resize(SIZE.boundedTo(self.screen().availableSize() - QSize(4 * GRID, 6 * GRID)))
        self.field.setFocus()

    @property
    def chosen(self) -> Entry | None:
        """The network in the row that is chosen."""
        index = self.view.currentIndex()
        entry: Entry | None = index.data(ENTRY) if index.isValid() else None
        return entry

    def show_shelf(self, shelf: Shelf) -> None:
        """Show what the catalogue has, and what of it is here and under way."""
        self._shelf = shelf
        self._model.show_shelf(shelf)
        self._show_choice()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Who types a filter goes through what is left of the list without leaving the field.
        pressed = watched is self.field and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in MOVING:
            self.view.keyPressEvent(event)
            return True
        return False

    def _dress_view(self) -> None:
        view = self.view
        view.setObjectName("catalogue_networks")
        view.setAccessibleName("Networks")
        view.setModel(self._proxy)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setSortingEnabled(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # Qt sets a cell's text in by 3 pixels more than a header's.
        view.setStyleSheet(f"QTreeView::item {{ padding: {GRID // 2}px {GRID - 3}px; }}")
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NETWORK, QHeaderView.ResizeMode.Stretch)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.open_button)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        # The note comes last: where there is none, its line is room above the buttons.
        for label in (self._title, self._facts, self._home, self._note):
            words.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID + GRID // 2)
        column.addWidget(self.field)
        column.addWidget(self.view, 1)
        column.addLayout(words)
        column.addLayout(buttons)

    def _show_filter(self, text: str) -> None:
        self._proxy.show_filter(text)
        if not self.view.currentIndex().isValid():
            self._go_to_first()
        self._show_choice()

    def _go_to_first(self) -> None:
        self.view.setCurrentIndex(self._proxy.index(0, NETWORK))

    def _show_choice(self, *_: QModelIndex) -> None:
        entry = self.chosen
        none = "No network has these words" if self._shelf.entries else "Reading the catalogue…"
        self._title.setText(none if entry is None else entry.title)
        self._note.setText("" if entry is None else entry.note)
        self._facts.setText("" if entry is None else facts(entry))
        self._home.setText("" if entry is None else entry.home)
        under_way = entry is not None and entry.name in self._shelf.under_way
        here = entry is not None and entry.name in self._shelf.here
        self.open_button.setText("Fetching…" if under_way else "Open" if here else "Fetch and Open")
        self.open_button.setEnabled(entry is not None and not under_way)

    def _choose(self) -> None:
        entry = self.chosen
        if entry is not None and self.open_button.isEnabled():
            self.network_chosen.emit(entry.name)
            # The work shows at the foot of the window, and can be cancelled there.
            self.close()


def facts(entry: Entry) -> str:
    """What is known of a network beside its row: accuracy, preprocessing, and how its files are proven."""
    parts = [] if entry.top5 is None else [f"top-5 {entry.top5:.1f} %"]
    parts.append(f"preprocessing {entry.preprocessing}")
    parts.append(f"{len(entry.files)} file{'' if len(entry.files) == 1 else 's'}")
    kinds = ", ".join(dict.fromkeys(kind for file in entry.files for kind, _ in file.hashes))
    weak = " (weak)" if any(file.is_weak for file in entry.files) else ""
    parts.append(f"checked by {kinds}{weak}")
    return "  ·  ".join(parts)
