"""The window: puts the parts in their places and carries what they say to the desk, and what is open to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from explorer.demo import demo
from explorer.session.answers import Notice
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import EMPTY, Session
from explorer.ui.actions import Actions
from explorer.ui.command_palette import CommandPalette
from explorer.ui.dialogs import Dialogs
from explorer.ui.drops import Drops
from explorer.ui.empty_state import EmptyState
from explorer.ui.findings_link import FindingsLink
from explorer.ui.findings_panel import FindingsPanel
from explorer.ui.focus_order import order_focus
from explorer.ui.folder_link import FolderLink
from explorer.ui.folder_table import FolderTable
from explorer.ui.graph_export import GraphExport
from explorer.ui.icons import ICON
from explorer.ui.incoming import Decode, given_files, given_picture
from explorer.ui.job_bar import JobBar
from explorer.ui.layer_commands import CLASSES_MENU, FINDINGS_MENU, HEADER_MENU, LAYER_MENU, STATISTICS_MENU
from explorer.ui.layer_table import LayerTable
from explorer.ui.looks import Looks
from explorer.ui.map_link import MapLink
from explorer.ui.network_link import NetworkLink
from explorer.ui.notices import Notices
from explorer.ui.page_link import PageLink
from explorer.ui.panels import Panels
from explorer.ui.picture_link import OUTCOME, PictureLink
from explorer.ui.picture_panel import PicturePanel
from explorer.ui.sight_link import SightLink
from explorer.ui.status import badge_text, badge_tip, status_text, status_tip, window_title
from explorer.ui.theme import GRID, Theme
from explorer.ui.toolbar import Toolbar

if TYPE_CHECKING:
    from explorer.session.recent import Recent
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.graph_lineage import Way
    from explorer.ui.graph_view import GraphView
    from explorer.ui.statistics_table import StatisticsTable
    from explorer.ui.workbench import WindowList

SIZE = QSize(1440, 900)
GRAPH_LEAST = 30 * GRID
LEAST = QSize(120 * GRID, 72 * GRID)


class MainWindow(QMainWindow):
    """One window over one session.

    ``make_example`` writes the broken port into a folder; it runs in a worker's thread. Graph and
    feature maps are made when the first network comes, so that the empty window is there at once.
    """

    views_made = Signal()
    """Graph and feature maps are there from now on."""

    closing = Signal()
    """The window is about to be closed, and still as it was."""

    closed = Signal()
    """The window is closed, and no work is under way any more."""

    restore_asked, next_asked, recent_asked = Signal(), Signal(), Signal(object)
    """The last session, another window, or a :class:`Recent` network is wanted."""

    session: Session
    jobs: Jobs
    desk: Desk
    looks: Looks
    dialogs: Dialogs
    notices: Notices
    panels: Panels
    graph_export: GraphExport
    page_link: PageLink
    commands: Actions
    command_palette: CommandPalette
    sight_link: SightLink
    windows: WindowList

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        desk: Desk,
        looks: Looks,
        make_example: Callable[[], tuple[Path, ...]],
        windows: WindowList,
    ) -> None:
        super().__init__()
        self.session, self.jobs, self.desk, self.looks, self.windows = session, jobs, desk, looks, windows
        for part in (session, jobs, desk):
            part.setParent(self)
        self.make_example = make_example
        self._numbers = count(1)
        self.setObjectName("main_window")
        self.setWindowTitle("Portside")
        self.setMinimumSize(LEAST)
        self.resize(SIZE)
        self.setIconSize(QSize(ICON, ICON))
        self.setDockNestingEnabled(True)
        self._make_parts(looks.theme)
        self._arrange()
        self._connect()
        self._show_theme(looks.theme)
        self._picture_link.show_changes(EMPTY)
        self._show_changes(frozenset(EMPTY))
        self.setFocus()

    @property
    def graph_view(self) -> GraphView:
        """The graph; there is one once a network was open."""
        assert self._network_link.graph is not None
        return self._network_link.graph

    @property
    def pointed_ways(self) -> frozenset[Way]:
        """Which of the chosen layer's ancestors and descendants the graph points out."""
        return frozenset() if self._network_link.graph is None else self._network_link.graph.ways

    @property
    def maps_view(self) -> ComparisonView:
        """The feature maps; they are there once a network was open."""
        assert self.page_link.maps is not None
        return self.page_link.maps

    @property
    def statistics(self) -> StatisticsTable | None:
        """The figures of the layer's values; they are there once a network was open."""
        return None if self.page_link.maps is None else self.page_link.maps.plots.statistics

    @property
    def shown_preset(self) -> str | None:
        """The name of the preprocessing in force."""
        return None if self.session.preprocessing is None else self.session.preprocessing.name

    def open_example(self) -> None:
        """Open the network that comes with the program, a picture and what PyTorch computed, as if dropped."""
        self.open_files([*demo().files])

    def open_broken_example(self) -> None:
        """Write a port of it with three mistakes, and open that as if it were dropped."""
        self.notices.clear()
        self.desk.open_made("writing the broken port", self.make_example)

    def open_files(self, paths: list[Path]) -> None:
        """Open files as if they were dropped."""
        self.notices.clear()
        self.desk.open(paths)

    def open_picture(self, decode: Decode, name: str) -> None:
        """Open a picture that is in no file, under a name of its own."""
        self.notices.clear()
        numbered = f"{name} {next(self._numbers)}"
        self.desk.open_picture(f"opening {numbered}", lambda: decode(numbered))

    def paste(self) -> None:
        """Open the files that were copied, or the picture."""
        # Some platforms have no clipboard, whatever Qt's types say.
        held: QMimeData | None = QGuiApplication.clipboard().mimeData()
        mime = QMimeData() if held is None else held
        files = given_files(mime)
        decode = None if files else given_picture(mime)
        if files:
            self.open_files(files)
        elif decode is not None:
            self.open_picture(decode, "pasted picture")
        else:
            self.notices.show_notice(Notice("Nothing was copied that can be opened: neither a picture nor files."))

    def search_layer(self) -> None:
        """Give the keyboard to the search field."""
        self.panels.reveal("layers")
        self.toolbar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.toolbar.search.selectAll()

    def prepare(self) -> None:
        """Make what the first network will be shown in, so that it need not wait for it."""
        if self._network_link.graph is None:
            self._pages.addWidget(self._network_link.make_view())
            maps = self.page_link.make_view()
            self.commands.offer_menu(maps.plots.statistics, STATISTICS_MENU)
            self.drops.claim()
            self._order_focus()
            self.views_made.emit()

    def reload(self) -> None:
        """Read what is open from its files again."""
        self.notices.clear()
        self.desk.restoring.reload()

    def restore_last(self) -> None:
        """Open what was open last."""
        self.restore_asked.emit()

    def open_recent(self, entry: Recent) -> None:
        """Open a network with what was opened with it last."""
        self.recent_asked.emit(entry)

    def show_next_window(self) -> None:
        """Bring the next window to the front."""
        self.next_asked.emit()

    def show_choices(self, command: str) -> None:
        """Open the list of what there is to choose from for a command."""
        self.command_palette.open(command)

    def show_palette(self) -> None:
        """Open the list of all commands."""
        self.command_palette.open()

    def show_shortcuts(self) -> None:
        """Show every key."""
        from explorer.ui.shortcut_sheet import show_sheet

        show_sheet(self, self.looks)

    def edit_preprocessing(self) -> None:
        """Open the editor of a step of preprocessing."""
        self.panels.reveal("picture")
        self.picture.edit_steps()

    def export_graph(self, path: Path) -> None:
        """Write the whole graph as what the ending of ``path`` says."""
        self.graph_export.export(path)

    def copy_graph(self) -> None:
        """Put the whole graph on the clipboard as a picture."""
        self.graph_export.copy()

    def refresh_actions(self) -> None:
        """Take over what can be done now."""
        self.commands.refresh()

    def request_close(self) -> None:
        """Close the window as its own button would."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        # Gone for the eye at once; what is still running is told to stop and waited for.
        self.hide()
        self.jobs.close()
        self.page_link.close()
        event.accept()
        self.closed.emit()

    def _make_parts(self, theme: Theme) -> None:
        self.notices = Notices(theme)
        self.empty = EmptyState(theme)
        self.layers = LayerTable(theme)
        self.picture = PicturePanel(theme)
        self.findings = FindingsPanel(theme)
        self.folder = FolderTable(theme)
        self.job_bar = JobBar(theme)
        self.toolbar = Toolbar(theme, self)
        self.panels = Panels(self, theme)
        self.dialogs = Dialogs(self, self.session, self.desk, self.looks)
        self.graph_export = GraphExport(self, self)
        self.commands = Actions(self, self)
        self.command_palette = CommandPalette(self, self.commands, self, theme)

    def _arrange(self) -> None:
        self.commands.fill_menus(self.menuBar())
        self.commands.fill_toolbar(self.toolbar)
        self.toolbar.finish()
        self.addToolBar(self.toolbar)
        self.panels.fill("layers", self.layers)
        self.panels.fill("picture", self.picture)
        self.panels.fill("findings", self.findings)
        self.panels.fill("folder", self.folder)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        # Said, because the invitation's own least width would also hold while the graph is shown.
        self._pages.setMinimumWidth(GRAPH_LEAST)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self._pages, 1)
        self.setCentralWidget(middle)
        foot = self.statusBar()
        foot.setSizeGripEnabled(False)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addPermanentWidget(self.job_bar, 1)
        self.drops = Drops(self, self.looks.theme)
        self.drops.claim()

    def _order_focus(self) -> None:
        # Graph and maps come when all else is there; Tab goes as the eye does, down each column from the left.
        parts = (self.toolbar, self.notices, self.layers, self.picture, self._pages, self.maps_view)
        order_focus((*parts, self.findings, self.folder, self.job_bar))

    def _connect(self) -> None:
        self.drops.files_dropped.connect(self.open_files)
        self.drops.picture_dropped.connect(lambda decode: self.open_picture(decode, "dropped picture"))
        self.empty.open_requested.connect(self.dialogs.open_files)
        self.empty.example_requested.connect(self.open_example)
        self.empty.broken_requested.connect(self.open_broken_example)
        self.job_bar.cancel_requested.connect(self.jobs.cancel)
        self.jobs.changed.connect(self.job_bar.show_jobs)
        self.jobs.changed.connect(self._show_jobs)
        self.desk.said.connect(self.notices.show_notice)
        self.notices.changed.connect(self.refresh_actions)
        self.looks.changed.connect(self._show_theme)
        self.layers.told.connect(lambda text: self.panels.tell("layers", text))
        menus = (
            (self.layers.view, LAYER_MENU),
            (self.layers.view.header(), HEADER_MENU),
            (self.picture.classes, CLASSES_MENU),
            (self.findings, FINDINGS_MENU),
        )
        for widget, ids in menus:
            self.commands.offer_menu(widget, ids)
        session, desk, jobs = self.session, self.desk, self.jobs
        self._network_link = NetworkLink(self.layers, self.toolbar, session, desk, jobs, self.looks, self)
        self._network_link.view_needed.connect(self.prepare)
        self._network_link.ways_changed.connect(self.refresh_actions)
        self._network_link.shown.connect(self._show_pages)
        self.page_link = PageLink(self.panels, session, desk, jobs, self.looks, self)
        self.page_link.looked.connect(self.refresh_actions)
        self.sight_link = SightLink(self._network_link, self.page_link, session, self)
        self._picture_link = PictureLink(self.picture, session, desk, self)
        session.changed.connect(self._show_changes)
        FindingsLink(self.findings, self.panels, session, desk, jobs, self.dialogs, self)
        FolderLink(self.folder, self.panels, session, desk, jobs, self.dialogs, self)
        MapLink(self.picture, self.panels, session, desk, jobs, self)

    def _show_pages(self, has_network: bool) -> None:
        is_first = self._pages.currentIndex() == 0
        self._pages.setCurrentIndex(1 if has_network else 0)
        if is_first or not has_network:
            self.panels.show_all(has_network)

    def _show_changes(self, changed: frozenset[str]) -> None:
        session = self.session
        if changed & (OUTCOME | {"timed"}):
            self.job_bar.show_status(status_text(session), status_tip(session.network, session.path))
        if changed & {"network", "picture", "folder", "reference", "waiting"}:
            self._show_parts()
        if changed & {"runner", "providers"}:
            self.toolbar.show_provider(badge_text(session), badge_tip(session.providers))
        if changed & {"network", "path", "is_unsaved"}:
            self.setWindowTitle(window_title(session))
        self.refresh_actions()

    def _show_parts(self) -> None:
        session = self.session
        waiting = session.waiting
        weights = waiting.weights if waiting is not None else None
        self.empty.show_part("network", None if weights is None else f"{weights.name} waits for its network")
        picture, folder = session.picture, session.folder
        name = None if picture is None else Path(picture.path).name
        if folder is not None:
            name = f"{folder.name}, {len(folder.paths)} pictures" if picture is None else f"{name} and others"
        self.empty.show_part("picture", name)
        reference = session.reference
        text = None
        if reference is not None:
            text = f"{Path(reference.path).name}, {len(reference.shapes)} arrays, waits for its network"
        self.empty.show_part("reference", text)

    def _show_jobs(self, _: object) -> None:
        self.refresh_actions()

    def _show_theme(self, theme: Theme) -> None:
        parts = (
            self.notices,
            self.empty,
            self.layers,
            self.picture,
            self.findings,
            self.folder,
            self.job_bar,
            self.toolbar,
            self.panels,
            self.commands,
            self.command_palette,
            self.drops.hint,
        )
        for part in parts:
            part.show_theme(theme)
        for view in (self._network_link.graph, self.page_link.maps):
            if view is not None:
                view.show_theme(theme)
