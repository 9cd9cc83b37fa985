"""The commands of the menu Window."""

from __future__ import annotations

from functools import partial

from explorer.ui.command import Choice, Command
from explorer.ui.conditions import has_windows
from explorer.ui.workbench import Workbench


def window_choices(window: Workbench) -> tuple[Choice, ...]:
    """A line for each window, the one that is asked ticked."""
    here = window.windows.place_of(window)
    return tuple(
        Choice(f"{place + 1}  {title}", partial(_show, place), checked=place == here)
        for place, title in enumerate(window.windows.titles)
    )


def _show(place: int, window: Workbench) -> None:
    window.windows.show_at(place)


WINDOW_COMMANDS: tuple[Command, ...] = (
    Command(
        "window.go_to",
        "Go to Window",
        "Window",
        lambda window: window.show_choices("window.go_to"),
        tip="Bring another window to the front",
        enabled=has_windows,
        choices=window_choices,
    ),
    Command(
        "window.next",
        "Next Window",
        "Window",
        lambda window: window.show_next_window(),
        "Ctrl+F6",
        "Bring the next window to the front",
        enabled=has_windows,
    ),
    Command(
        "window.close",
        "Close Window",
        "Window",
        lambda window: window.request_close(),
        "Ctrl+Shift+W",
        "Close this window; the last one ends the program",
        group=1,
    ),
)
