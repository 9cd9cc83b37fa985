"""The command table → menus, toolbar buttons and shortcuts of one window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QMenuBar, QToolBar, QToolButton, QWidget

from explorer.ui.command import Choice, Command
from explorer.ui.commands import COMMANDS, TOOLBAR, find_command
from explorer.ui.icons import icon
from explorer.ui.plain_tip import plain_tip
from explorer.ui.theme import Theme
from explorer.ui.workbench import Workbench

ROLES = {
    "": QAction.MenuRole.NoRole,
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
}


class Actions(QObject):
    """One :class:`QAction` for each command; :meth:`refresh` asks each whether it can be done and is in force."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._actions = {command.id: self._action(command) for command in COMMANDS.values()}
        window.addActions(list(self._actions.values()))

    def __getitem__(self, id: str) -> QAction:
        return self._actions[find_command(id).id]

    def run(self, id: str) -> None:
        """Do what the command does, as its menu entry would; nothing where it can't be done now."""
        self.refresh()
        self[id].trigger()

    def refresh(self) -> None:
        """Take over what can be done now."""
        for command in COMMANDS.values():
            action = self._actions[command.id]
            action.setEnabled(command.enabled(self._workbench))
            if command.checked is not None:
                action.setChecked(command.checked(self._workbench))

    def fill_menus(self, bar: QMenuBar) -> None:
        """Make the menus; their order and that of their entries are the table's."""
        menus: dict[str, QMenu] = {}
        groups: dict[str, int] = {}
        for command in COMMANDS.values():
            above = ""
            for part in command.menu.split("/"):
                path = f"{above}/{part}" if above else part
                if path not in menus:
                    if above:
                        _separate(menus[above], groups, above, command.group)
                    menus[path] = menus[above].addMenu(part) if above else bar.addMenu(f"&{part}")
                    menus[path].setToolTipsVisible(True)
                    menus[path].aboutToShow.connect(self.refresh)
                above = path
            _separate(menus[above], groups, above, command.group)
            menus[above].addAction(self._actions[command.id])
            if command.choices is not None:
                self._make_menu(command, menus[above])

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Put the toolbar's commands on ``bar``: icon and short text."""
        for id in TOOLBAR:
            button = QToolButton(bar)
            button.setDefaultAction(self[id])
            button.setObjectName(id)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(COMMANDS[id].text.rstrip("…"))
            button.setAccessibleDescription(COMMANDS[id].tip)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            bar.addWidget(button)

    def offer_menu(self, widget: QWidget, ids: Sequence[str]) -> None:
        """Let ``widget`` offer these commands where it is clicked with the right button, or its menu key is pressed."""
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        inner = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        widget.customContextMenuRequested.connect(lambda place: self.menu(widget, ids).popup(inner.mapToGlobal(place)))

    def menu(self, parent: QWidget, ids: Sequence[str]) -> QMenu:
        """A menu of these commands, gone once it is closed."""
        self.refresh()
        menu = QMenu(parent)
        menu.setObjectName("context_menu")
        menu.setToolTipsVisible(True)
        group = COMMANDS[ids[0]].group
        for id in ids:
            if COMMANDS[id].group != group:
                menu.addSeparator()
            group = COMMANDS[id].group
            menu.addAction(self[id])
        # What was chosen is still to be told when it hides.
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of another theme."""
        for command in COMMANDS.values():
            if command.icon:
                self._actions[command.id].setIcon(icon(command.icon, theme))

    def _make_menu(self, command: Command, parent: QMenu) -> None:
        """Make the command's own menu, which is filled whenever it is about to be seen."""
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill_menu(menu, command))
        self._actions[command.id].setMenu(menu)

    def _fill_menu(self, menu: QMenu, command: Command) -> None:
        menu.clear()
        group = None
        for choice in () if command.choices is None else command.choices(self._workbench):
            if group is not None and choice.group != group:
                menu.addSeparator()
            group = choice.group
            # An ampersand in a file's name is no key.
            text = choice.text.replace("&", "&&")
            action = menu.addAction(f"{text}  ({choice.missing})" if choice.missing else text)
            action.setToolTip(plain_tip(choice.tip or choice.text))
            action.setEnabled(not choice.missing)
            if choice.checked is not None:
                action.setCheckable(True)
                action.setChecked(choice.checked)
            action.triggered.connect(lambda _=False, choice=choice: self._choose(choice))

    def _choose(self, choice: Choice) -> None:
        choice.run(self._workbench)
        self.refresh()

    def _action(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(command.id)
        action.setIconText(command.short or command.text)
        action.setShortcut(QKeySequence(command.shortcut))
        action.setIconVisibleInMenu(False)
        action.setMenuRole(ROLES[command.role])
        action.setCheckable(command.checked is not None)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = command.tip or command.text
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda: self._run(command))
        return action

    def _run(self, command: Command) -> None:
        if command.enabled(self._workbench):
            command.run(self._workbench)
        self.refresh()


def _separate(menu: QMenu, groups: dict[str, int], path: str, group: int) -> None:
    if groups.get(path, group) != group:
        menu.addSeparator()
    groups[path] = group
