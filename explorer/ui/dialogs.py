"""The few windows of their own: choosing files, and what this program is. None of them holds the window up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer import __version__
from explorer.golden import ENDING
from explorer.importers import IMPORTERS
from explorer.running.memory import machine_memory, size_text
from explorer.running.picture_files import PICTURE_ENDINGS
from explorer.session.desk import Desk
from explorer.session.opening import REFERENCE_ENDINGS
from explorer.session.session import Session
from explorer.ui.icons import application_icon
from explorer.ui.looks import Looks
from explorer.ui.map_export import MAP_ENDINGS, MapExport
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, TITLE

EMBLEM = 6 * GRID
ABOUT = "See what is in a ported network, what each layer does with a picture, and where it differs from the original."
MEMORY = (
    "How much of this machine's {} the values of layers may take.\nWhat goes beyond is computed when it is looked at."
)


class Dialogs(QObject):
    """Opens them; each tells its answer to the desk and is gone."""

    def __init__(self, window: QWidget, session: Session, desk: Desk, looks: Looks) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._desk = desk
        self._looks = looks

    def open_files(self) -> None:
        """Ask for files of any kind."""
        self._ask_files("Open", self._desk.open)

    def open_in_window(self, answer: Callable[[list[Path]], object]) -> None:
        """Ask for files that are to be opened in a further window, which ``answer`` makes."""
        self._ask_files("Open in New Window", answer)

    def _ask_files(self, title: str, answer: Callable[[list[Path]], object]) -> None:
        networks = _endings(*(importer.networks for importer in IMPORTERS.values()))
        weights = _endings(*(importer.weights for importer in IMPORTERS.values()))
        pictures, references = _endings(PICTURE_ENDINGS), _endings((*REFERENCE_ENDINGS, ENDING))
        filters = [
            f"All that Portside opens ({networks} {weights} {pictures} {references})",
            f"Networks ({networks} {weights})",
            f"Pictures ({pictures})",
            f"References ({references})",
            f"Golden runs ({_endings((ENDING,))})",
            "All files (*)",
        ]
        self._ask(title, filters, QFileDialog.FileMode.ExistingFiles, answer)

    def open_folder(self) -> None:
        """Ask for a folder of pictures, or one that holds a network."""
        self._ask("Open Folder", [], QFileDialog.FileMode.Directory, self._desk.open)

    def open_catalogue(self) -> None:
        """Show the networks that can be fetched; asked for again, the list that is open comes to the front."""
        from explorer.ui.catalogue_dialog import CatalogueDialog

        dialog = self._window.findChild(CatalogueDialog)
        if dialog is None:
            catalogue = self._desk.catalogue
            dialog = CatalogueDialog(self._window, self._looks)
            dialog.show_shelf(catalogue.shelf)
            catalogue.changed.connect(dialog.show_shelf)
            dialog.network_chosen.connect(catalogue.open)
            dialog.show()
            catalogue.look()
        dialog.raise_()
        dialog.activateWindow()

    def open_reference(self) -> None:
        """Ask for what the original framework computed."""
        filters = [f"References ({_endings((*REFERENCE_ENDINGS, ENDING))})", "All files (*)"]
        self._ask("Open Reference", filters, QFileDialog.FileMode.ExistingFile, self._desk.open)

    def save_onnx(self) -> None:
        """Ask where the ONNX file is to go."""
        name = f"{self._stem}-corrected" if self._session.is_unsaved else self._stem
        self._ask_where("Save ONNX As", "ONNX", name, "onnx", self._desk.save_network)

    def save_golden_run(self) -> None:
        """Ask where the golden run is to go."""
        self._ask_where("Save Golden Run", "Golden run", self._stem, ENDING.lstrip("."), self._desk.golden.save)

    def save_preprocessing(self) -> None:
        """Ask where the description of the preprocessing is to go."""
        chosen = self._session.preprocessing
        name = "preprocessing" if chosen is None or not chosen.name else chosen.name.replace(" ", "-")
        self._ask_where("Save Preset", "Preprocessing", name, "json", self._desk.preparing.save)

    def load_preprocessing(self) -> None:
        """Ask for a description of preprocessing."""
        filters = ["Preprocessing (*.json)", "All files (*)"]
        self._ask(
            "Load Preset", filters, QFileDialog.FileMode.ExistingFile, lambda paths: self._desk.preparing.load(paths[0])
        )

    def export_report(self) -> None:
        """Ask where the diagnosis is to be written."""
        self._ask_where("Export Report", "Web page", f"{self._stem}-report", "html", self._desk.repairs.save_report)

    def export_table(self) -> None:
        """Ask where the classes of the folder's pictures are to be written."""
        folder = self._session.folder
        name = "pictures" if folder is None else folder.name.replace(" ", "-")
        self._ask_where("Export Table", "Table", name, "csv", self._desk.folder.save_table)

    def export_graph(self, kinds: Mapping[str, str], answer: Callable[[Path], None]) -> None:
        """Ask where the drawing of the graph is to go, and as which of the ``kinds`` (names by ending)."""
        self._ask_kind("Export Graph", kinds, f"{self._stem}-graph", answer)

    def save_map(self, export: MapExport) -> None:
        """Ask where the chosen feature map is to go, and as what."""
        self._ask_kind("Save Feature Map", MAP_ENDINGS, export.stem, export.save)

    def save_layer(self, export: MapExport) -> None:
        """Ask where all values of the layer are to go."""
        self._ask_where("Save Layer Values", "NumPy array", export.layer_stem, "npy", export.save_layer)

    def choose_memory(self) -> None:
        """Ask how much memory the values of layers may take."""
        measuring = self._desk.measuring
        dialog = QInputDialog(self._window)
        dialog.setObjectName("memory")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Memory for Layers")
        dialog.setLabelText(MEMORY.format(size_text(machine_memory())))
        dialog.setTextValue(size_text(measuring.memory))
        dialog.textValueSelected.connect(measuring.choose_memory)
        dialog.open()

    def about(self) -> None:
        """Tell what this program is."""
        About(self._window, self._looks).show()

    @property
    def _stem(self) -> str:
        path = self._session.path
        return "network" if path is None else path.stem

    def _ask_kind(self, title: str, kinds: Mapping[str, str], name: str, answer: Callable[[Path], None]) -> None:
        filters = [f"{kind} (*{ending})" for ending, kind in kinds.items()]
        dialog = self._ask(title, filters, QFileDialog.FileMode.AnyFile, lambda paths: answer(paths[0]))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        endings = {filter: ending.lstrip(".") for filter, ending in zip(filters, kinds, strict=True)}
        dialog.filterSelected.connect(lambda filter: dialog.setDefaultSuffix(endings[filter]))
        dialog.setDefaultSuffix(endings[filters[0]])
        dialog.selectFile(name)

    def _ask_where(self, title: str, what: str, name: str, ending: str, answer: Callable[[Path], None]) -> None:
        dialog = self._ask(
            title, [f"{what} (*.{ending})"], QFileDialog.FileMode.AnyFile, lambda paths: answer(paths[0])
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(f"{name}.{ending}")

    def _ask(
        self,
        title: str,
        filters: list[str],
        mode: QFileDialog.FileMode,
        answer: Callable[[list[Path]], object],
    ) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if filters:
            dialog.setNameFilters(filters)
        if self._session.path is not None:
            dialog.setDirectory(str(self._session.path.parent))
        dialog.filesSelected.connect(lambda names: answer([Path(name) for name in names]))
        dialog.open()
        return dialog


class About(QDialog):
    """Name, version, purpose; it may stay open while one works."""

    def __init__(self, parent: QWidget, looks: Looks) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle("About Portside")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        emblem = QLabel(self)
        emblem.setPixmap(application_icon().pixmap(EMBLEM, EMBLEM))
        name = TextLabel(looks.theme, "Portside", size=TITLE, bold=True)
        version = TextLabel(looks.theme, f"Version {__version__}", size=SMALL, colour="muted")
        text = TextLabel(looks.theme, ABOUT)
        text.setWordWrap(True)
        text.setFixedWidth(40 * GRID)
        close = QPushButton("Close", self)
        close.clicked.connect(self.close)
        for label in (name, version, text):
            looks.changed.connect(label.show_theme)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(name)
        words.addWidget(version)
        words.addSpacing(GRID // 2)
        words.addWidget(text)
        top = QHBoxLayout()
        top.setSpacing(2 * GRID)
        top.addWidget(emblem, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addLayout(top)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _endings(*groups: tuple[str, ...]) -> str:
    return " ".join(f"*{ending}" for group in groups for ending in group)
