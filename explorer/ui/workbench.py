"""The window as commands see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.jobs import Jobs
    from explorer.session.recent import Recent, RecentFiles
    from explorer.session.session import Session
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.dialogs import Dialogs
    from explorer.ui.findings_panel import FindingsPanel
    from explorer.ui.graph_lineage import Way
    from explorer.ui.graph_view import GraphView
    from explorer.ui.layer_table import LayerTable
    from explorer.ui.looks import Looks
    from explorer.ui.notices import Notices
    from explorer.ui.page_link import PageLink
    from explorer.ui.panels import Panels
    from explorer.ui.picture_panel import PicturePanel
    from explorer.ui.statistics_table import StatisticsTable


class WindowList(Protocol):
    """All windows as the commands of one see them."""

    recent: RecentFiles
    restores_at_start: bool

    @property
    def can_restore(self) -> bool:
        """Whether a session was left that is not open again."""

    @property
    def titles(self) -> tuple[str, ...]:
        """What the windows are called, in the order in which they were opened."""

    def place_of(self, window: object) -> int:
        """Which of them that window is, from 0."""

    def show_at(self, place: int) -> None:
        """Bring the window at that place to the front."""

    def open_window(self, paths: Sequence[Path] = ()) -> object:
        """Open a further window, with those files in it."""

    def choose_restoring(self, restores: bool) -> None:
        """Open the last session at the next start, or don't."""

    def quit(self) -> None:
        """Close all windows."""


class Workbench(Protocol):
    """The window as commands see it: what is open, who changes it, and the parts that show it."""

    session: Session
    jobs: Jobs
    desk: Desk
    looks: Looks
    panels: Panels
    dialogs: Dialogs
    notices: Notices
    page_link: PageLink
    layers: LayerTable
    picture: PicturePanel
    findings: FindingsPanel

    @property
    def windows(self) -> WindowList:
        """All windows."""

    @property
    def statistics(self) -> StatisticsTable | None:
        """The figures of the layer's values; they are there once a network was open."""

    @property
    def maps_view(self) -> ComparisonView:
        """The feature maps."""

    @property
    def graph_view(self) -> GraphView:
        """The graph."""

    @property
    def pointed_ways(self) -> frozenset[Way]:
        """Which of the chosen layer's ancestors and descendants the graph points out."""

    @property
    def shown_preset(self) -> str | None:
        """The name of the preprocessing that is in force."""

    def paste(self) -> None:
        """Open what the clipboard holds."""

    def open_broken_example(self) -> None:
        """Open a port of that network with three mistakes."""

    def open_example(self) -> None:
        """Open the network that comes with the program."""

    def search_layer(self) -> None:
        """Go to the search field."""

    def show_palette(self) -> None:
        """Open the list of all commands."""

    def show_choices(self, command: str) -> None:
        """Open the list of what there is to choose from for a command."""

    def open_recent(self, entry: Recent) -> None:
        """Open a network with what was opened with it last."""

    def show_next_window(self) -> None:
        """Bring the next window to the front."""

    def reload(self) -> None:
        """Read what is open from its files again."""

    def restore_last(self) -> None:
        """Open what was open last."""

    def show_shortcuts(self) -> None:
        """Show every key."""

    def edit_preprocessing(self) -> None:
        """Open the editor of a step of preprocessing."""

    def export_graph(self, path: Path) -> None:
        """Write the whole graph as what the ending of ``path`` says."""

    def copy_graph(self) -> None:
        """Put the whole graph on the clipboard as a picture."""

    def request_close(self) -> None:
        """Close the window."""
