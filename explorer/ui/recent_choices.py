"""The networks that were opened last, as lines of a menu and of the empty window."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.ui.command import Choice
from explorer.ui.workbench import Workbench

if TYPE_CHECKING:
    from explorer.session.recent import Recent

LONGEST_FOLDER = 48
"""Letters of a folder in a menu; of a longer one the end is shown, which tells it from others."""


def recent_choices(window: Workbench) -> tuple[Choice, ...]:
    """A line for each network, and one that forgets them all."""
    recent = window.windows.recent
    if not recent.entries:
        return ()
    lines = (
        Choice(
            f"{entry.network.name}  –  {short_folder(entry.network)}",
            partial(_open, entry),
            recent_tip(entry),
            recent.missing(entry),
        )
        for entry in recent.entries
    )
    clear = Choice(
        "Clear", lambda window: window.windows.recent.clear(), "Forget these networks", group=1, in_palette=False
    )
    return (*lines, clear)


def short_folder(path: Path) -> str:
    """The folder of a file, with ``~`` for the person's own."""
    text = str(path.parent)
    try:
        home = Path.home()
    except RuntimeError:
        home = path.parent
    if path.parent != home and path.is_relative_to(home):
        text = str(Path("~") / path.parent.relative_to(home))
    return text if len(text) <= LONGEST_FOLDER else f"…{text[-LONGEST_FOLDER + 1 :]}"


def recent_tip(entry: Recent) -> str:
    """The whole path, and what is opened with the network."""
    lines = [str(entry.network)]
    if entry.beside:
        lines.append(f"with {', '.join(path.name for path in entry.beside)}")
    return "\n".join(lines)


def _open(entry: Recent, window: Workbench) -> None:
    window.open_recent(entry)
