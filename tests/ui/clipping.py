"""What is cut off in the window: run as ``python -m tests.ui.clipping SCALE FOLDER``, it prints a line for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QHeaderView,
    QLabel,
    QPushButton,
    QTabBar,
    QToolButton,
    QWidget,
)

from explorer.ui.assembly import make_application, make_window
from explorer.ui.layer_columns import COLUMN_KEYS
from explorer.ui.looks import Mode
from explorer.ui.main_window import MainWindow
from explorer.ui.pictures import drop_files
from explorer.ui.text_label import ElidedLabel, sized
from explorer.ui.theme import GRID, SMALL
from tests.small_network import write_small_files

SETTLING = 200
"""Milliseconds until late plots have come."""

SIZES = ((1280, 720), (1440, 900))
THEMES: tuple[Mode, ...] = ("light", "dark")


def main(scale: float, folder: Path) -> int:
    application = make_application(offscreen=True, scale=scale)
    for theme in THEMES:
        for state in ("empty", "network", "diagnosed"):
            window = make_window(folder / "example", mode=theme, serial=True)
            window.show()
            files = write_small_files(folder, shifted="fork/left")
            if state != "empty":
                drop_files(window, files.all if state == "diagnosed" else [files.network, files.picture])
            if state == "diagnosed":
                window.commands.run("network.diagnose")
                window.search_layer()
                window.toolbar.search.setText("eror>5")
            for size in SIZES:
                window.resize(*size)
                _settle()
                for line in cut_off(window):
                    print(f"{state}, {theme}, {size[0]}×{size[1]}: {line}")
            if state == "diagnosed":
                window.show_shortcuts()
                window.dialogs.about()
                _settle()
                for line in cut_off(window):
                    print(f"dialogs, {theme}: {line}")
            window.close()
            window.deleteLater()
            application.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    print(f"looked at with {application.devicePixelRatio():g} pixels for one")
    return 0


def _settle() -> None:
    """Let layouts and late plots follow."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLING, loop, loop.quit)
    loop.exec()


def cut_off(window: MainWindow) -> Iterator[str]:
    """Each widget in the window whose writing has too little room, and how much it lacks."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        lacking = lacking_of(widget)
        if lacking:
            yield f"{type(widget).__name__} {widget.objectName()!r} {lacking}"
    yield from _cells(window)


def lacking_of(widget: QWidget) -> str:
    """How much room the writing of a widget lacks; empty where it has enough."""
    if isinstance(widget, QHeaderView):
        return _sections(widget)
    if isinstance(widget, QTabBar):
        return _tabs(widget)
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
        return ""
    if isinstance(widget, QLabel | QPushButton | QToolButton) and widget.text():
        return _room(widget) or _outside(widget)
    return ""


def _room(widget: QLabel | QPushButton | QToolButton) -> str:
    if isinstance(widget, QLabel) and widget.wordWrap():
        needed = widget.heightForWidth(widget.width())
        return f"{widget.text()!r} is {needed - widget.height()} too low" if needed > widget.height() else ""
    hint = widget.sizeHint() if isinstance(widget, QLabel) else widget.minimumSizeHint()
    if not isinstance(widget, ElidedLabel) and hint.width() > widget.width():
        return f"{widget.text()!r} is {hint.width() - widget.width()} too narrow"
    if hint.height() > widget.height():
        return f"{widget.text()!r} is {hint.height() - widget.height()} too low"
    return ""


def _outside(widget: QLabel | QPushButton | QToolButton) -> str:
    """Whether it stands out of what it is in; what is in a scroll area is scrolled to."""
    part: QWidget = widget
    while (above := part.parentWidget()) is not None and not part.isWindow():
        if isinstance(above.parentWidget(), QAbstractScrollArea):
            return ""
        if not above.rect().contains(QRect(widget.mapTo(above, QPoint()), widget.size())):
            return f"{widget.text()!r} stands out of {type(above).__name__} {above.objectName()!r}"
        part = above
    return ""


def _sections(header: QHeaderView) -> str:
    metrics = QFontMetrics(sized(header.font(), SMALL))
    model, across = header.model(), Qt.Orientation.Horizontal
    for section in range(header.count()):
        text = str(model.headerData(section, across) or "")
        room = header.sectionSize(section) - 2 * GRID
        if not header.isSectionHidden(section) and metrics.horizontalAdvance(text) > room:
            return f"{text!r} is {metrics.horizontalAdvance(text) - room} too narrow"
    return ""


def _tabs(bar: QTabBar) -> str:
    for tab in range(bar.count()):
        room = bar.tabRect(tab).width() - 2 * GRID
        if bar.fontMetrics().horizontalAdvance(bar.tabText(tab)) > room:
            return f"{bar.tabText(tab)!r} has only {room}"
    return ""


def _cells(window: MainWindow) -> Iterator[str]:
    view = window.layers.view
    metrics = QFontMetrics(sized(view.font(), SMALL))
    for row in range(window.layers.proxy.rowCount()):
        for column in COLUMN_KEYS.values():
            text = window.layers.proxy.index(row, column).data()
            if text and not view.isColumnHidden(column):
                lacking = metrics.horizontalAdvance(text) + 2 * GRID - view.columnWidth(column)
                if lacking > 0:
                    yield f"layer table: {text!r} is {lacking} too narrow"


if __name__ == "__main__":
    assert QApplication.instance() is None
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2])))
