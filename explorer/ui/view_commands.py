"""The commands of the menu View."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.command import Command
from explorer.ui.conditions import has_folder, has_messages, has_network
from explorer.ui.graph_commands import GRAPH_COMMANDS
from explorer.ui.workbench import Workbench


def _theme_command(mode: str, text: str) -> Command:
    return Command(
        f"theme.{mode}",
        text,
        "View/Theme",
        lambda window: window.looks.choose(mode),
        checked=lambda window: window.looks.mode == mode,
        group=4,
    )


def _panel_command(name: str, text: str, enabled: Callable[[Workbench], bool] = has_network) -> Command:
    return Command(
        f"panel.{name}",
        text,
        "View/Panels",
        lambda window: window.panels.toggle(name),
        enabled=enabled,
        checked=lambda window: window.panels.is_shown(name),
        group=3,
    )


VIEW_COMMANDS: tuple[Command, ...] = (
    Command(
        "view.command_palette",
        "Command Palette",
        "View",
        lambda window: window.show_palette(),
        "Ctrl+Shift+P",
        "Find any command, or a layer, by a few of its letters",
    ),
    Command(
        "view.search",
        "Find Layer",
        "View",
        lambda window: window.search_layer(),
        "Ctrl+F",
        "Find layers by name, type:, is: or error>",
        enabled=has_network,
    ),
    *GRAPH_COMMANDS,
    Command(
        "view.dismiss",
        "Dismiss Messages",
        "View",
        lambda window: window.notices.clear(),
        "Shift+Esc",
        enabled=has_messages,
        group=2,
    ),
    _panel_command("layers", "Layers"),
    _panel_command("picture", "Picture"),
    _panel_command("maps", "Feature Maps"),
    _panel_command("findings", "Findings"),
    _panel_command("folder", "Pictures", has_folder),
    Command(
        "panel.reset",
        "Reset Panels",
        "View/Panels",
        lambda window: window.panels.reset(),
        tip="Put every panel back in its place",
        enabled=has_network,
        group=4,
    ),
    _theme_command("system", "As the System"),
    _theme_command("light", "Light"),
    _theme_command("dark", "Dark"),
)
