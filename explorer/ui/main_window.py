"""The window: puts the parts in their places and carries what they say to the desk, and what is open to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from explorer.session.answers import Notice
from explorer.session.classes import ClassRow, class_rows
from explorer.session.desk import Desk
from explorer.session.inputs import input_errors
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.session import EMPTY, Session
from explorer.ui.actions import Actions
from explorer.ui.command_palette import CommandPalette
from explorer.ui.dialogs import Dialogs
from explorer.ui.drops import Drops
from explorer.ui.empty_state import EmptyState
from explorer.ui.findings_link import FindingsLink
from explorer.ui.findings_panel import FindingsPanel
from explorer.ui.folder_link import FolderLink
from explorer.ui.folder_table import FolderTable
from explorer.ui.graph_export import GraphExport
from explorer.ui.icons import ICON
from explorer.ui.incoming import Decode, given_files, given_picture
from explorer.ui.job_bar import JobBar
from explorer.ui.layer_rows import RowTree, layer_rows
from explorer.ui.layer_table import LayerTable
from explorer.ui.looking import Looking
from explorer.ui.looks import Looks
from explorer.ui.map_link import MapLink
from explorer.ui.notices import Notices
from explorer.ui.panels import Panels
from explorer.ui.picture_panel import PicturePanel
from explorer.ui.status import badge_text, badge_tip, status_text, status_tip, window_title
from explorer.ui.theme import GRID, Theme
from explorer.ui.toolbar import Toolbar

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.ui.comparison_view import ComparisonView
    from explorer.ui.graph_drawn import Drawn
    from explorer.ui.graph_view import GraphView
    from explorer.ui.layer_views import LayerPage

SIZE = QSize(1440, 900)
GRAPH_LEAST = 30 * GRID
LEAST = QSize(120 * GRID, 72 * GRID)
OUTCOME = frozenset({"network", "picture_run", "reference_run", "comparison", "applied", "fed_with", "labels"})
"""Of what is open, what decides over the classes."""


class MainWindow(QMainWindow):
    """One window over one session.

    ``make_example`` writes the example's files into a folder; it runs in a worker's thread. Graph and
    feature maps are made when the first network comes, so that the empty window is there at once.
    """

    session: Session
    jobs: Jobs
    desk: Desk
    looks: Looks
    dialogs: Dialogs
    notices: Notices
    panels: Panels
    graph_export: GraphExport
    commands: Actions
    command_palette: CommandPalette

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        desk: Desk,
        looks: Looks,
        make_example: Callable[[], tuple[Path, ...]],
    ) -> None:
        super().__init__()
        self.session, self.jobs, self.desk, self.looks = session, jobs, desk, looks
        for part in (session, jobs, desk, looks):
            part.setParent(self)
        self._make_example = make_example
        self._numbers = count(1)
        self._graph: GraphView | None = None
        self._maps: ComparisonView | None = None
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
        self._show_changes(frozenset(EMPTY))
        self.setFocus()

    @property
    def graph_view(self) -> GraphView:
        """The graph; there is one once a network was open."""
        assert self._graph is not None
        return self._graph

    @property
    def maps_view(self) -> ComparisonView:
        """The feature maps; they are there once a network was open."""
        assert self._maps is not None
        return self._maps

    @property
    def shown_preset(self) -> str | None:
        """The name of the preprocessing in force."""
        return None if self.session.preprocessing is None else self.session.preprocessing.name

    def open_example(self) -> None:
        """Make the example's files and open them as if they were dropped."""
        self.notices.clear()
        self.desk.open_made("making the example", self._make_example)

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
        if self._graph is None:
            self._make_views()

    def show_palette(self) -> None:
        """Open the list of all commands."""
        self.command_palette.open()

    def show_shortcuts(self) -> None:
        """Show every key."""
        from explorer.ui.shortcut_sheet import show_sheet

        show_sheet(self, self.looks)

    def export_graph(self, path: Path) -> None:
        """Write the whole graph as what the ending of ``path`` says."""
        self.graph_export.export(path)

    def copy_graph(self) -> None:
        """Put the whole graph on the clipboard as a picture."""
        self.graph_export.copy()

    def request_close(self) -> None:
        """Close the window as its own button would."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        # Gone for the eye at once; what is still running is told to stop and waited for.
        self.hide()
        self.jobs.close()
        event.accept()

    def _make_parts(self, theme: Theme) -> None:
        self.notices = Notices(theme)
        self.empty = EmptyState(theme)
        self.layers = LayerTable(theme)
        self.picture = PicturePanel(theme)
        self.findings = FindingsPanel(theme)
        self.folder = FolderTable(theme)
        self.looking = Looking(self.session, self.jobs, self)
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

    def _connect(self) -> None:
        self.drops.files_dropped.connect(self.open_files)
        self.drops.picture_dropped.connect(lambda decode: self.open_picture(decode, "dropped picture"))
        self.empty.open_requested.connect(self.dialogs.open_files)
        self.empty.example_requested.connect(self.open_example)
        self.job_bar.cancel_requested.connect(self.jobs.cancel)
        self.jobs.changed.connect(self.job_bar.show_jobs)
        self.jobs.changed.connect(self._show_jobs)
        self.desk.said.connect(self.notices.show_notice)
        self.notices.changed.connect(self._refresh_actions)
        self.layers.layer_chosen.connect(self.desk.choose_layer)
        self.picture.preprocessing_chosen.connect(self.desk.choose_preset)
        self.picture.picture_chosen.connect(self.desk.choose_picture)
        self.picture.fed_with_chosen.connect(self.desk.show_fed_with)
        self.toolbar.search_changed.connect(self.layers.show_filter)
        self.toolbar.search_done.connect(self.layers.choose_first)
        self.looks.changed.connect(self._show_theme)
        session = self.session
        session.network_changed.connect(self._show_network)
        session.comparison_changed.connect(self._show_comparison)
        session.timed_changed.connect(self.layers.show_timed)
        session.layer_changed.connect(self._show_layer)
        session.path_changed.connect(self.toolbar.search.clear)
        session.changed.connect(self._show_changes)
        self.looking.seen.connect(self._take_page)
        FindingsLink(self.findings, self.panels, session, self.desk, self.jobs, self.dialogs, self)
        FolderLink(self.folder, self.panels, session, self.desk, self.jobs, self.dialogs, self)
        MapLink(self.picture, self.panels, session, self.desk, self.jobs, self)

    def _make_views(self) -> None:
        from explorer.ui.comparison_view import ComparisonView
        from explorer.ui.graph_view import GraphView

        self._graph = GraphView(self.looks.theme)
        self._graph.layer_chosen.connect(self.desk.choose_layer)
        self._pages.addWidget(self._graph)
        self._maps = ComparisonView(self.looks.theme)
        self.panels.fill("maps", self._maps)
        self.drops.claim()

    def _show_network(self, network: Network | None) -> None:
        if network is None:
            self.jobs.drop("draw")
            self._show_pages(None)
            if self._graph is not None:
                self._graph.show_network(None)
            return
        self.prepare()
        modules, font, before = self.session.modules, self.graph_view.font(), self.graph_view.scene

        def task(progress: Progress, cancelled: IsCancelled) -> tuple[Drawn, RowTree]:
            from explorer.ui.graph_drawn import draw

            rows = RowTree(layer_rows(network, modules))
            return draw(network, modules, font, before, rows.by_name), rows

        self.jobs.start("draw", "drawing the network", task, self._take_drawn, lane="draw", quiet=True)

    def _take_drawn(self, answer: tuple[Drawn, RowTree]) -> None:
        drawn, rows = answer
        self._show_pages(drawn.network, rows)
        self.graph_view.show_drawn(drawn)
        self.graph_view.show_comparison(self.session.comparison)
        self.layers.show_comparison(self.session.comparison)
        self.layers.show_timed(self.session.timed)
        self._show_layer(self.session.layer)

    def _show_pages(self, network: Network | None, rows: RowTree | None = None) -> None:
        self.layers.show_rows(network, rows or RowTree())
        self.toolbar.search.setEnabled(network is not None)
        is_first = self._pages.currentIndex() == 0
        self._pages.setCurrentIndex(0 if network is None else 1)
        if is_first or network is None:
            self.panels.show_all(network is not None)

    def _show_comparison(self, _: object) -> None:
        self.layers.show_comparison(self.session.comparison)
        if self._graph is not None:
            self._graph.show_comparison(self.session.comparison)

    def _show_layer(self, layer: str | None) -> None:
        if self._maps is not None:
            self._maps.put_off_plots()
        self.layers.show_layer(layer)
        if self._graph is not None:
            self._graph.show_layer(layer)

    def _show_changes(self, changed: frozenset[str]) -> None:
        session = self.session
        if changed & {"picture", "pictures"}:
            self.picture.show_picture(session.picture, session.pictures)
        if "preprocessing" in changed:
            self.picture.show_preprocessing(session.preprocessing)
        if changed & {"picture", "steps"}:
            self.picture.show_steps(session.steps)
        if changed & OUTCOME:
            self._show_outcome()
        if changed & (OUTCOME | {"timed"}):
            self.job_bar.show_status(status_text(session), status_tip(session.network, session.path))
        if changed & {"network", "picture", "folder", "reference", "waiting"}:
            self._show_parts()
        if changed & {"runner", "providers"}:
            self.toolbar.show_provider(badge_text(session), badge_tip(session.providers))
        if changed & {"network", "path", "is_unsaved"}:
            self.setWindowTitle(window_title(session))
        self._refresh_actions()
        self.looking.look()

    def _show_outcome(self) -> None:
        session = self.session
        runs = (session.picture_run is not None, session.reference_run is not None)
        errors = input_errors(session.picture_run, session.reference_run)
        self.picture.show_inputs(session.fed_with, *runs, errors)
        rows: tuple[ClassRow, ...] = ()
        if session.network is not None:
            rows = class_rows(session.network, session.shown_run, session.labels, session.comparison, session.reference)
        self.picture.show_classes(rows)

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

    def _take_page(self, page: LayerPage | None) -> None:
        if self._maps is None:
            return
        self.maps_view.show_layer(None if page is None else page.view)
        self.maps_view.show_weights(() if page is None else page.weights, "RGB" if page is None else page.order)

    def _show_jobs(self, _: object) -> None:
        self._refresh_actions()

    def _refresh_actions(self) -> None:
        self.commands.refresh()

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
        if self._graph is not None and self._maps is not None:
            self._graph.show_theme(theme)
            self._maps.show_theme(theme)
