"""The head of the window: commands on the left, the search field and the provider's badge on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from explorer.ui.icons import icon
from explorer.ui.plain_tip import plain_tip
from explorer.ui.search_field import HINT, SearchField, SearchHelp
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, Theme


class Toolbar(QToolBar):
    """A toolbar that stays where it is; :class:`explorer.ui.actions.Actions` puts the commands on it."""

    search_changed = Signal(str)
    search_done = Signal()
    """Return or an arrow down: on to what was found."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.toggleViewAction().setEnabled(False)
        self.search = SearchField(self)
        self._glass = QAction(self)
        self._glass.setText("Find layer")
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self.search_changed)
        self.search.done.connect(self.search_done)
        self.help = SearchHelp(self.search, theme)
        self.provider = TextLabel(theme, size=SMALL, colour="muted")
        self.provider.setObjectName("provider")

    def finish(self) -> None:
        """Put the right-hand side behind the commands."""
        for button in self.findChildren(QToolButton, "qt_toolbar_ext_button"):
            button.setAccessibleName("More of the toolbar")
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)
        self.addWidget(self.search)
        space = QWidget(self)
        space.setFixedWidth(GRID)
        self.addWidget(space)
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.provider, 0, Qt.AlignmentFlag.AlignVCenter)
        self._badge = self.addWidget(holder)

    def show_problem(self, problem: str) -> None:
        """Say beside the field what is wrong with what is typed; nothing where nothing is."""
        self.search.setAccessibleDescription(problem or HINT)
        self.help.show_problem(problem)

    def show_provider(self, text: str, tip: str) -> None:
        """Say where networks run; nothing while that is not known."""
        self.provider.setText(text)
        self.provider.setToolTip(plain_tip(tip))
        self.provider.setAccessibleName(f"Provider: {text}")
        self._badge.setVisible(bool(text))

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._glass.setIcon(icon("search", theme, colour="muted"))
        self.provider.show_theme(theme)
        self.help.show_theme(theme)
