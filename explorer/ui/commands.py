"""Everything the person can ask for, in one table: menus, toolbar, keys, palette and shortcut sheet are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from explorer.ui.command import Command
from explorer.ui.file_commands import FILE_COMMANDS
from explorer.ui.help_commands import HELP_COMMANDS
from explorer.ui.layer_commands import LAYER_COMMANDS
from explorer.ui.map_commands import MAP_COMMANDS
from explorer.ui.network_commands import NETWORK_COMMANDS
from explorer.ui.picture_commands import PICTURE_COMMANDS
from explorer.ui.view_commands import VIEW_COMMANDS
from explorer.ui.window_commands import WINDOW_COMMANDS

COMMANDS: Mapping[str, Command] = {
    command.id: command
    for command in (
        *FILE_COMMANDS,
        *NETWORK_COMMANDS,
        *PICTURE_COMMANDS,
        *LAYER_COMMANDS,
        *VIEW_COMMANDS,
        *MAP_COMMANDS,
        *WINDOW_COMMANDS,
        *HELP_COMMANDS,
    )
}
"""The commands by id, in the order of the menus."""

TOOLBAR: tuple[str, ...] = (
    "file.open",
    "network.run",
    "file.open_reference",
    "network.compare",
    "network.diagnose",
    "network.next_culprit",
)
"""What stands on the toolbar, from the left."""


def find_command(id: str) -> Command:
    """The command of that id.

    :raises KeyError: naming the ids that are spelled alike.
    """
    if id in COMMANDS:
        return COMMANDS[id]
    close = get_close_matches(id, COMMANDS, n=2)
    hint = f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    raise KeyError(f"there is no command {id!r}{hint}")
