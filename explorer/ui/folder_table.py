"""A folder of pictures with their five best classes; the row that is chosen is the picture that is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.compact_button import compact_button
from explorer.ui.folder_model import CLASS, COLUMNS, PATH, PICTURE, RESULT, FolderModel, FolderProxy, picture_names
from explorer.ui.number_text import count_text
from explorer.ui.text_label import ElidedLabel, sized
from explorer.ui.theme import BODY, GRID, MARKS, SMALL, Theme

if TYPE_CHECKING:
    from explorer.running.activations import Class
    from explorer.running.many_pictures import Classified
    from explorer.session.answers import Folder

ROW_HEIGHT = 3 * GRID + GRID // 2
BAR = 3
NAME_LEAST, NAME_MOST, NAME_SHARE = 14 * GRID, 28 * GRID, 0.3
CLASS_WIDTH = 17 * GRID
"""What a class needs; of the five as many are shown as there is room for."""


class FolderTable(QWidget):
    """Shows how far the pictures are; ``picture_chosen`` is the path of the row that the person goes to."""

    picture_chosen = Signal(str)
    run_asked = Signal()
    stop_asked = Signal()
    export_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("folder_table")
        self.setProperty("panel", True)
        self._folder: Folder | None = None
        self._results: Sequence[Classified] = ()
        self._running = False
        self.model = FolderModel(self)
        self.proxy = FolderProxy(self.model, self)
        self.view = QTreeView(self)
        self.view.setObjectName("folder")
        self.view.setAccessibleName("Pictures of the folder")
        self.view.setModel(self.proxy)
        self._cells = ClassDelegate(theme, self.view)
        self._words = ElidedLabel(theme, size=SMALL, colour="muted")
        self._words.setObjectName("folder_words")
        self.run_button = compact_button(self, "folder_run", "Run", "Classify all pictures (Shift+F5)")
        self.export_button = compact_button(self, "folder_export", "Export…", "Write the classes as a table (CSV)")
        self.run_button.clicked.connect(self._ask_run)
        self.export_button.clicked.connect(self.export_asked)
        self._arrange()
        self.view.selectionModel().currentChanged.connect(self._tell_choice)
        self.show_folder(None)

    def show_folder(self, folder: Folder | None) -> None:
        """Show the pictures of a folder, none of them run."""
        self._folder = folder
        paths = () if folder is None else folder.paths
        with QSignalBlocker(self):
            self.model.show_paths(paths, picture_names(paths))
            self.proxy.sort(-1)
            self.view.header().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.show_results(())

    def show_results(self, results: Sequence[Classified]) -> None:
        """Show what the network said of the first pictures."""
        self._results = results
        self.model.show_results(results)
        self._tell()

    def show_running(self, running: bool, runnable: bool) -> None:
        """Offer to run the pictures, or while that goes on, to stop it."""
        self._running = running
        self.run_button.setText("Stop" if running else "Run again" if self._results else "Run")
        self.run_button.setToolTip("Leave it at these" if running else "Classify all pictures (Shift+F5)")
        self.run_button.setEnabled(running or runnable)
        self._tell()

    def show_picture(self, path: str | None) -> None:
        """Choose the row of the picture that is open, without telling anybody."""
        current = self.view.currentIndex()
        if current.isValid() and current.siblingAtColumn(PICTURE).data(PATH) == path:
            return
        paths = () if self._folder is None else self._folder.paths
        row = next((row for row, known in enumerate(paths) if str(known) == path), -1)
        index = self.proxy.mapFromSource(self.model.index(row, PICTURE)) if row >= 0 else QModelIndex()
        with QSignalBlocker(self):
            self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._words.show_theme(theme)
        self._cells.show_theme(theme)
        self.view.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The rows' own room changes without the table's: when a scroll bar comes.
        if event.type() == QEvent.Type.Resize:
            self._fit_columns()
        return False

    @property
    def summary(self) -> str:
        """How many pictures there are, and how far it is."""
        if self._folder is None:
            return ""
        total, done = len(self._folder.paths), len(self._results)
        wrong = sum(result.error is not None for result in self._results)
        parts = [f"{count_text(total)} picture{'' if total == 1 else 's'}"]
        if done < total:
            parts.append(f"{count_text(done)} run" if done else "not run yet")
        if wrong:
            parts.append(f"{count_text(wrong)} could not be read")
        return " · ".join(parts)

    def _arrange(self) -> None:
        view = self.view
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setItemDelegate(self._cells)
        view.setSortingEnabled(True)
        view.viewport().installEventFilter(self)
        header = view.header()
        header.setAccessibleName("Columns of the pictures")
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(GRID)
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID // 2)
        row.addWidget(self._words, 1)
        row.addWidget(self.run_button)
        row.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(view, 1)

    def _fit_columns(self) -> None:
        width = self.view.viewport().width()
        name = min(max(NAME_LEAST, round(NAME_SHARE * width)), NAME_MOST)
        classes = min(max((width - name) // CLASS_WIDTH, 1), COLUMNS - 1)
        share, rest = divmod(max(width - name, 0), classes)
        self.view.header().resizeSection(PICTURE, name + rest)
        for column in range(1, COLUMNS):
            self.view.setColumnHidden(column, column > classes)
            self.view.header().resizeSection(column, share)

    def _tell(self) -> None:
        self._words.setText(self.summary)
        self.export_button.setEnabled(bool(self._results))

    def _ask_run(self) -> None:
        (self.stop_asked if self._running else self.run_asked).emit()

    def _tell_choice(self, index: QModelIndex, before: QModelIndex) -> None:
        path = index.siblingAtColumn(PICTURE).data(PATH)
        if path is not None:
            self.picture_chosen.emit(str(Path(path)))


class ClassDelegate(QStyledItemDelegate):
    """A class's name and probability over a bar; a picture that can't be read has the reason in their place."""

    def __init__(self, theme: Theme, view: QTreeView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        result: Classified | None = index.data(RESULT)
        line: Class | None = index.data(CLASS)
        painter.save()
        painter.setClipRect(option.rect)
        if index.column() == PICTURE:
            self._paint_name(painter, option, index.data())
        elif result is not None and result.error is not None:
            self._paint_reason(painter, option, result.error)
        elif line is not None:
            self._paint_class(painter, option, line, index.data())
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, name: str) -> None:
        place = QRectF(option.rect).adjusted(GRID, 2, -GRID, -GRID / 2)
        painter.setFont(sized(option.font, BODY))
        painter.setPen(QColor(self._theme.text))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, round(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)

    def _paint_reason(self, painter: QPainter, option: QStyleOptionViewItem, reason: str) -> None:
        # Over all columns: each of them paints its part of it.
        first = self._view.columnViewportPosition(1)
        place = QRectF(first, option.rect.top(), self._view.viewport().width() - first, option.rect.height())
        place.adjust(GRID / 2, 2, -GRID, -GRID / 2)
        mark = MARKS["shape"]
        painter.setFont(sized(option.font, SMALL))
        painter.setPen(QColor(getattr(self._theme, mark.colour)))
        text = painter.fontMetrics().elidedText(
            f"{mark.shape} {reason}", Qt.TextElideMode.ElideRight, round(place.width())
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text)

    def _paint_class(self, painter: QPainter, option: QStyleOptionViewItem, line: Class, name: str) -> None:
        place = QRectF(option.rect).adjusted(GRID / 2, 2, -GRID, -GRID / 2)
        number = f"{line.probability:.3f}"
        painter.setFont(sized(option.font, SMALL))
        painter.setPen(QColor(self._theme.ours))
        top = Qt.AlignmentFlag.AlignTop
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | top, number)
        room = place.width() - painter.fontMetrics().horizontalAdvance(number) - GRID
        painter.setFont(sized(option.font, SMALL if self._is_further(option) else BODY))
        painter.setPen(QColor(self._theme.text))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(room))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | top, shown)
        track = QRectF(place.left(), place.bottom() - BAR + 1, place.width(), BAR)
        painter.fillRect(track, QColor(self._theme.frame))
        share = min(max(line.probability, 0.0), 1.0)
        painter.fillRect(QRectF(track.left(), track.top(), share * track.width(), BAR), QColor(self._theme.ours))

    def _is_further(self, option: QStyleOptionViewItem) -> bool:
        return bool(option.rect.left() > self._view.columnViewportPosition(1))
