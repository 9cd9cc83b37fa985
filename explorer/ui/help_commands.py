"""The commands of the menu Help."""

from __future__ import annotations

from explorer.ui.command import Command

HELP_COMMANDS: tuple[Command, ...] = (
    Command(
        "help.shortcuts",
        "Keyboard Shortcuts",
        "Help",
        lambda window: window.show_shortcuts(),
        "?",
        "Show every key, of the menus and of the views",
    ),
    Command("help.about", "About Portside", "Help", lambda window: window.dialogs.about(), role="about"),
)
