"""Files and pictures dropped anywhere on the window, and the hint that shows where they will go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from explorer.session.opening import kind_by_name
from explorer.ui.incoming import given_files, given_picture, offers_picture
from explorer.ui.style import RADIUS
from explorer.ui.theme import BODY, GRID, TITLE, Theme

MOST_NAMES = 5
"""Names that the hint lists; of more files it tells the number."""


def describe(path: Path) -> str:
    """What a file is by its name, for the hint: the file itself is not opened while it hovers."""
    return kind_by_name(path) or ("folder" if path.is_dir() else "file")


class Drops(QObject):
    """Watches ``window`` for files and pictures that are dragged over it; the hint is shown as long as they hover."""

    files_dropped = Signal(list)
    """Paths, in the order in which they were given."""
    picture_dropped = Signal(object)
    """A picture that is in no file, as one dragged out of a browser: what decodes it (see ``incoming.py``)."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.hint = DropHint(theme, window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def claim(self) -> None:
        """Take the drops that parts of the window (fields, views) would keep for themselves."""
        for part in self._window.findChildren(QWidget):
            part.setAcceptDrops(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            files = given_files(event.mimeData())
            if files or offers_picture(event.mimeData()):
                # A browser proposes to move what it drags, and would take it off its page.
                _take_copy(event)
                self.hint.show_files(files)
            return True
        if event.type() == QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            _take_copy(event)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.hint.hide()
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hint.hide()
            files = given_files(event.mimeData())
            picture = None if files else given_picture(event.mimeData())
            if files or picture is not None:
                _take_copy(event)
            if files:
                self.files_dropped.emit(files)
            elif picture is not None:
                self.picture_dropped.emit(picture)
            return True
        if event.type() == QEvent.Type.Resize:
            self.hint.setGeometry(self._window.rect())
        return False


def _take_copy(event: QDropEvent) -> None:
    if event.possibleActions() & Qt.DropAction.CopyAction:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.acceptProposedAction()


class DropHint(QWidget):
    """Covers the window while files hover over it and says what each of them seems to be."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("drop_hint")
        self.setAccessibleName("Drop to open")
        # The window under the hint, not the hint, is what the files are dropped on.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._window = parent
        self._theme = theme
        self._files: list[Path] = []
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines below the heading."""
        if not self._files:
            return ("a picture",)
        shown = [f"{path.name}  ·  {describe(path)}" for path in self._files[:MOST_NAMES]]
        rest = len(self._files) - len(shown)
        return (*shown, f"and {rest} more") if rest else tuple(shown)

    def show_files(self, files: list[Path]) -> None:
        """Appear over the whole window; without files it is a picture that hovers."""
        self._files = files
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.window)
        veil.setAlphaF(0.96)
        painter.fillRect(self.rect(), veil)
        frame = QRectF(self.rect()).adjusted(2 * GRID, 2 * GRID, -2 * GRID, -2 * GRID)
        pen = QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(frame, 2 * RADIUS, 2 * RADIUS)
        self._paint_text(painter, frame)
        painter.end()

    def _paint_text(self, painter: QPainter, frame: QRectF) -> None:
        heading, body = QFont(self.font()), QFont(self.font())
        heading.setPixelSize(TITLE)
        heading.setWeight(QFont.Weight.DemiBold)
        body.setPixelSize(BODY)
        step = 3 * GRID
        top = frame.center().y() - step * (len(self.lines) + 1) / 2
        centre = Qt.AlignmentFlag.AlignCenter
        painter.setFont(heading)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(QRectF(frame.left(), top, frame.width(), step), centre, "Drop to open")
        painter.setFont(body)
        painter.setPen(QColor(self._theme.muted))
        metrics = QFontMetricsF(body)
        for number, line in enumerate(self.lines, start=1):
            place = QRectF(frame.left(), top + number * step, frame.width(), step)
            fitting = metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, place.width() - 4 * GRID)
            painter.drawText(place, centre, fitting)
