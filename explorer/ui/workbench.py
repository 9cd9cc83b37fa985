"""What a command is, the window as commands see it, and when they can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from explorer.session.classes import has_classes

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.session import Session
    from explorer.ui.dialogs import Dialogs
    from explorer.ui.findings_panel import FindingsPanel
    from explorer.ui.graph_view import GraphView
    from explorer.ui.layer_table import LayerTable
    from explorer.ui.looks import Looks
    from explorer.ui.notices import Notices
    from explorer.ui.panels import Panels
    from explorer.ui.picture_panel import PicturePanel
    from explorer.ui.statistics_table import StatisticsTable


class Workbench(Protocol):
    """The window as commands see it: what is open, who changes it, and the parts that show it."""

    session: Session
    jobs: Jobs
    desk: Desk
    looks: Looks
    panels: Panels
    dialogs: Dialogs
    notices: Notices
    layers: LayerTable
    picture: PicturePanel
    findings: FindingsPanel

    @property
    def statistics(self) -> StatisticsTable | None:
        """The figures of the layer's values; they are there once a network was open."""

    @property
    def graph_view(self) -> GraphView:
        """The graph."""

    @property
    def shown_preset(self) -> str | None:
        """The name of the preprocessing that is in force."""

    def paste(self) -> None:
        """Open what the clipboard holds."""

    def open_example(self) -> None:
        """Open the network that comes with the program."""

    def search_layer(self) -> None:
        """Go to the search field."""

    def show_palette(self) -> None:
        """Open the list of all commands."""

    def show_shortcuts(self) -> None:
        """Show every key."""

    def export_graph(self, path: Path) -> None:
        """Write the whole graph as what the ending of ``path`` says."""

    def copy_graph(self) -> None:
        """Put the whole graph on the clipboard as a picture."""

    def request_close(self) -> None:
        """Close the window."""


def always(window: Workbench) -> bool:
    """At any time."""
    return True


def has_network(window: Workbench) -> bool:
    """With a network open."""
    return window.session.network is not None


def has_anything(window: Workbench) -> bool:
    """With anything open."""
    session = window.session
    parts = (session.network, session.picture, session.folder, session.reference, session.waiting)
    return any(part is not None for part in parts)


def can_run(window: Workbench) -> bool:
    """With a network that runs, and a picture."""
    return window.session.runner is not None and window.session.picture is not None


def can_run_folder(window: Workbench) -> bool:
    """With a network that runs, and pictures that were opened together."""
    return window.session.runner is not None and window.session.folder is not None


def has_folder(window: Workbench) -> bool:
    """With pictures that were opened together."""
    return window.session.folder is not None


def has_table(window: Workbench) -> bool:
    """Where pictures of a folder were run."""
    return bool(window.session.folder_rows)


def can_map(window: Workbench) -> bool:
    """With a picture that was run, and classes to look for in it."""
    session = window.session
    return session.picture_run is not None and session.network is not None and has_classes(session.network)


def can_compare(window: Workbench) -> bool:
    """With a network that runs, and a reference."""
    return window.session.runner is not None and window.session.reference is not None


def can_save(window: Workbench) -> bool:
    """With a network that has its weights."""
    return window.session.runner is not None


def can_save_golden(window: Workbench) -> bool:
    """With values that were compared or computed."""
    return window.desk.golden.can_save


def has_preprocessing(window: Workbench) -> bool:
    """Where it is known how a picture is prepared."""
    return window.session.preprocessing is not None


def has_messages(window: Workbench) -> bool:
    """While there are messages on screen."""
    return bool(window.notices.texts)


def has_culprit(window: Workbench) -> bool:
    """Where a layer is itself wrong."""
    comparison = window.session.comparison
    return comparison is not None and comparison.first_divergence is not None


def has_layer(window: Workbench) -> bool:
    """With a layer chosen."""
    return window.session.layer is not None


def has_bookmark(window: Workbench) -> bool:
    """Where a layer is marked to come back to it."""
    return bool(window.session.bookmarks)


def has_comparison(window: Workbench) -> bool:
    """Once the layers are compared."""
    return window.session.comparison is not None


def has_times(window: Workbench) -> bool:
    """Once the layers are timed."""
    return window.session.timed is not None


def has_statistics(window: Workbench) -> bool:
    """With values of a layer to see."""
    return window.statistics is not None and window.statistics.has_values


def has_classes_shown(window: Workbench) -> bool:
    """Where the best classes are shown."""
    return bool(window.picture.classes.bars)


def is_busy(window: Workbench) -> bool:
    """While there is work under way."""
    return bool(window.jobs.shown)


def has_diagnosis(window: Workbench) -> bool:
    """Where it is known why the network differs."""
    diagnosis = window.session.diagnosis
    return diagnosis is not None and bool(diagnosis.findings or diagnosis.unexplained)


def can_correct(window: Workbench) -> bool:
    """Where there is a correction that is not applied."""
    session = window.session
    return session.diagnosis is not None and len(session.applied) < len(session.diagnosis.findings)


def can_undo(window: Workbench) -> bool:
    """Where a correction was applied."""
    return window.desk.repairs.can_undo


def can_redo(window: Workbench) -> bool:
    """Where a correction was taken back."""
    return window.desk.repairs.can_redo


NEEDS: Mapping[Callable[[Workbench], bool], str] = {
    has_network: "needs a network",
    has_anything: "nothing is open",
    can_run: "needs a network with weights and a picture",
    can_run_folder: "needs a network with weights and several pictures",
    has_folder: "needs several pictures",
    has_table: "needs pictures that were run",
    can_map: "needs a picture that was run, and classes",
    can_compare: "needs a network with weights and a reference",
    can_save: "needs a network with weights",
    can_save_golden: "needs a network that was run or compared",
    has_preprocessing: "needs a network that takes pictures",
    has_messages: "there are no messages",
    has_culprit: "needs a layer that is itself wrong",
    has_layer: "no layer is chosen",
    has_bookmark: "no layer is bookmarked",
    has_comparison: "needs layers that were compared",
    has_times: "needs layers that were timed",
    has_statistics: "needs a layer's values",
    has_classes_shown: "needs a picture that was classified",
    is_busy: "nothing is under way",
    has_diagnosis: "needs a diagnosis that found something",
    can_correct: "needs a correction that is not applied",
    can_undo: "no correction was applied",
    can_redo: "no correction was taken back",
}
"""What is missing where a condition doesn't hold, as it stands beside a command's name."""


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
    enabled: Callable[[Workbench], bool] = always
    checked: Callable[[Workbench], bool] | None = None
    group: int = 0
    icon: str = ""
    short: str = ""
    role: str = ""

    def missing(self, window: Workbench) -> str:
        """Why it can't be done now, in a few words; empty where it can."""
        return "" if self.enabled(window) else NEEDS[self.enabled]
