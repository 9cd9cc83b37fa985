"""The whole graph as a file or on the clipboard: asked for by commands, drawn by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from explorer.errors import PortsideError
from explorer.session.answers import Notice
from explorer.session.jobs import IsCancelled, Progress

if TYPE_CHECKING:
    from explorer.ui.graph_files import GraphPicture, Raster
    from explorer.ui.workbench import Workbench

GRAPH_ENDINGS: Mapping[str, str] = {".svg": "SVG drawing", ".pdf": "PDF page", ".png": "PNG picture"}
"""What the graph can be written as, by the file's ending."""


class GraphExport(QObject):
    """Writes and copies the graph as it is opened now, in the colours that are in force."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench

    def export(self, path: Path) -> None:
        """Write the whole graph as what the ending of ``path`` says."""
        ending = path.suffix.lower()
        if ending not in GRAPH_ENDINGS:
            self._say(Notice(f"{path.name}: the graph can be written as {', '.join(GRAPH_ENDINGS)}."))
            return
        picture = self._picture()
        if picture is None:
            return

        def task(progress: Progress, cancelled: IsCancelled) -> str:
            from explorer.ui.graph_files import write_graph

            return write_graph(picture, path)

        self._workbench.jobs.start(
            "graph file",
            f"writing {path.name}",
            task,
            lambda remark: self._say(Notice(f"Graph written as {path}{remark}.", "news")),
            lane="files",
        )

    def copy(self) -> None:
        """Put the whole graph on the clipboard as a picture."""
        picture = self._picture()
        if picture is None:
            return

        def task(progress: Progress, cancelled: IsCancelled) -> Raster:
            from explorer.ui.graph_files import rastered

            return rastered(picture)

        self._workbench.jobs.start("graph copy", "drawing the graph", task, self._take_copy, lane="files")

    def _take_copy(self, drawn: Raster) -> None:
        QGuiApplication.clipboard().setImage(drawn.image)
        self._say(Notice(f"Graph copied as a picture{drawn.remark}.", "news"))

    def _picture(self) -> GraphPicture | None:
        from explorer.ui.graph_files import GraphPicture

        view, session = self._workbench.graph_view, self._workbench.session
        if view.scene is None or session.network is None or not view.has_nodes:
            self._say(Notice(str(PortsideError("there is no graph to draw yet; it comes when the network is drawn"))))
            return None
        # The colours of numbers say nothing without their scale; those of kinds stand beside the types' names.
        legend = None if view.scene.measure is None else replace(view.legend.told, lineage="")
        return GraphPicture(view.scene, self._workbench.looks.theme, view.font(), session.network.name, legend)

    def _say(self, notice: Notice) -> None:
        self._workbench.desk.said.emit(notice)
