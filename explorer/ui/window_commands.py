"""The commands of the menu Window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from explorer.ui.command import Choice, Command
from explorer.ui.conditions import has_windows
from explorer.ui.workbench import Workbench

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


def window_choices(window: Workbench) -> tuple[Choice, ...]:
    """A line for each window, the one that is asked ticked."""
    windows = window.windows.all
    titles = [other.windowTitle().removesuffix(" – Portside") for other in windows]
    return tuple(
        Choice(f"{number}  {title}", partial(_show, other), checked=other is window)
        for number, (title, other) in enumerate(zip(titles, windows, strict=True), start=1)
    )


def _show(other: MainWindow, window: Workbench) -> None:
    window.windows.show(other)


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
