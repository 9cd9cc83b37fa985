"""Everything the person can ask for, in one table: menus, toolbar, shortcuts and their help are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from explorer.network.preprocessing import find_preprocessing, preset_names

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.dialogs import Dialogs
    from explorer.ui.graph_view import GraphView
    from explorer.ui.looks import Looks
    from explorer.ui.notices import Notices
    from explorer.ui.panels import Panels


class Workbench(Protocol):
    """The window as commands see it: what is open, who changes it, and the parts that show it."""

    session: Session
    jobs: Jobs
    desk: Desk
    looks: Looks
    panels: Panels
    dialogs: Dialogs
    notices: Notices

    @property
    def graph_view(self) -> GraphView:
        """The graph."""

    @property
    def shown_preset(self) -> str | None:
        """The name of the preprocessing that is in force."""

    def open_example(self) -> None:
        """Open the network that comes with the program."""

    def search_layer(self) -> None:
        """Go to the search field."""

    def request_close(self) -> None:
        """Close the window."""


def _always(window: Workbench) -> bool:
    return True


def _has_network(window: Workbench) -> bool:
    return window.session.network is not None


def _has_anything(window: Workbench) -> bool:
    session = window.session
    return any(part is not None for part in (session.network, session.picture, session.reference, session.waiting))


def _can_run(window: Workbench) -> bool:
    return window.session.runner is not None and window.session.picture is not None


def _can_compare(window: Workbench) -> bool:
    return window.session.runner is not None and window.session.reference is not None


def _can_save(window: Workbench) -> bool:
    return window.session.runner is not None


def _has_culprit(window: Workbench) -> bool:
    comparison = window.session.comparison
    return comparison is not None and comparison.first_divergence is not None


def _is_busy(window: Workbench) -> bool:
    return bool(window.jobs.shown)


@dataclass(frozen=True)
class Command:
    """One thing to ask for.

    ``menu`` is the path of its menu (``View/Theme``), ``group`` parts a menu by separators, and ``short``
    is its text on the toolbar, where it stands when it has an ``icon``. ``checked`` tells whether it is in
    force; None: it is done once. ``role`` moves it where the desktop wants it (``quit``, ``about``).
    """

    id: str
    text: str
    menu: str
    run: Callable[[Workbench], None]
    shortcut: str = ""
    tip: str = ""
    enabled: Callable[[Workbench], bool] = _always
    checked: Callable[[Workbench], bool] | None = None
    group: int = 0
    icon: str = ""
    short: str = ""
    role: str = ""


def _theme_command(mode: str, text: str) -> Command:
    return Command(
        f"theme.{mode}",
        text,
        "View/Theme",
        lambda window: window.looks.choose(mode),
        checked=lambda window: window.looks.mode == mode,
        group=4,
    )


def _preprocessing_command(name: str) -> Command:
    return Command(
        f"preprocessing.{name}",
        name,
        "Network/Preprocessing",
        lambda window: window.desk.choose_preset(name),
        tip=find_preprocessing(name).arithmetic(),
        enabled=lambda window: window.session.preprocessing is not None,
        checked=lambda window: window.shown_preset == name,
        group=2,
    )


def _panel_command(name: str, text: str) -> Command:
    return Command(
        f"panel.{name}",
        text,
        "View/Panels",
        lambda window: window.panels.toggle(name),
        enabled=_has_network,
        checked=lambda window: window.panels.is_shown(name),
        group=3,
    )


_TABLE: tuple[Command, ...] = (
    Command(
        "file.open",
        "Open…",
        "File",
        lambda window: window.dialogs.open_files(),
        "Ctrl+O",
        "Open networks, weights, pictures and references",
        icon="open",
        short="Open",
    ),
    Command(
        "file.open_reference",
        "Open Reference…",
        "File",
        lambda window: window.dialogs.open_reference(),
        "Ctrl+Shift+O",
        "Open what the original framework computed",
        icon="reference",
        short="Reference",
    ),
    Command(
        "file.open_example",
        "Open Example",
        "File",
        lambda window: window.open_example(),
        tip="Open a small network with a picture and a reference",
    ),
    Command(
        "file.save_onnx",
        "Save ONNX As…",
        "File",
        lambda window: window.dialogs.save_onnx(),
        "Ctrl+Shift+S",
        "Write the network as an ONNX file",
        enabled=_can_save,
        group=1,
    ),
    Command(
        "file.close",
        "Close",
        "File",
        lambda window: window.desk.close(),
        "Ctrl+W",
        "Close the network, the picture and the reference",
        enabled=_has_anything,
        group=1,
    ),
    Command("file.quit", "Quit", "File", lambda window: window.request_close(), "Ctrl+Q", group=2, role="quit"),
    Command(
        "network.run",
        "Run",
        "Network",
        lambda window: window.desk.run(),
        "F5",
        "Run the network on the picture",
        enabled=_can_run,
        icon="run",
        short="Run",
    ),
    Command(
        "network.compare",
        "Compare",
        "Network",
        lambda window: window.desk.compare(),
        "F6",
        "Compare every layer with the reference",
        enabled=_can_compare,
        icon="compare",
        short="Compare",
    ),
    Command(
        "network.cancel",
        "Cancel",
        "Network",
        lambda window: window.jobs.cancel(),
        "Esc",
        "Stop the work under way",
        enabled=_is_busy,
    ),
    Command(
        "network.next_culprit",
        "Next Culprit",
        "Network",
        lambda window: window.desk.choose_next_culprit(),
        "F8",
        "Go to the next layer that is itself wrong",
        enabled=_has_culprit,
        group=1,
        icon="culprit",
        short="Next culprit",
    ),
    *map(_preprocessing_command, preset_names()),
    Command(
        "view.search",
        "Find Layer",
        "View",
        lambda window: window.search_layer(),
        "Ctrl+F",
        "Find layers by name, type:, is: or error>",
        enabled=_has_network,
    ),
    Command(
        "view.fit_graph",
        "Fit Graph",
        "View",
        lambda window: window.graph_view.fit_all(),
        "Ctrl+0",
        "Show the whole graph",
        enabled=_has_network,
        group=1,
    ),
    Command(
        "view.open_modules",
        "Open All Modules",
        "View",
        lambda window: window.graph_view.open_all(),
        "Ctrl+E",
        "Show the layers of every module in the graph",
        enabled=_has_network,
        group=1,
    ),
    Command(
        "view.close_modules",
        "Close All Modules",
        "View",
        lambda window: window.graph_view.close_all(),
        "Ctrl+Shift+E",
        "Show every module as one node",
        enabled=_has_network,
        group=1,
    ),
    Command(
        "view.dismiss",
        "Dismiss Messages",
        "View",
        lambda window: window.notices.clear(),
        "Shift+Esc",
        enabled=lambda window: bool(window.notices.texts),
        group=2,
    ),
    _panel_command("layers", "Layers"),
    _panel_command("picture", "Picture"),
    _panel_command("maps", "Feature Maps"),
    Command(
        "panel.reset",
        "Reset Panels",
        "View/Panels",
        lambda window: window.panels.reset(),
        tip="Put every panel back in its place",
        enabled=_has_network,
        group=4,
    ),
    _theme_command("system", "As the System"),
    _theme_command("light", "Light"),
    _theme_command("dark", "Dark"),
    Command("help.about", "About Portside", "Help", lambda window: window.dialogs.about(), role="about"),
)

COMMANDS: Mapping[str, Command] = {command.id: command for command in _TABLE}
"""The commands by id, in the order of the menus."""

TOOLBAR: tuple[str, ...] = (
    "file.open",
    "network.run",
    "file.open_reference",
    "network.compare",
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
