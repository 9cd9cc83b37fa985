"""The monkey's other hand: ends what holds the keyboard to itself, a menu, a question for a file or a drag."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from shiboken6 import isValid

from explorer.ui.main_window import MainWindow

PAUSE = 15
"""Milliseconds between two looks at what holds the keyboard to itself."""


class Hand:
    """Acts by a timer between :meth:`start` and :meth:`stop`, as nothing else gets a turn before such a thing ends.

    Asked for a file, it gives one of ``files`` or a new one in ``folder``, or none.
    """

    def __init__(self, files: Sequence[Path], folder: Path, draw: random.Random) -> None:
        self._files, self._folder, self._draw = files, folder, draw
        self.dragged: QWindow | None = None
        """The window that something is being dragged in."""
        self._timer = QTimer(interval=PAUSE)
        self._timer.timeout.connect(self._let_go)

    def start(self) -> None:
        """Begin to act."""
        self._timer.start()

    def stop(self) -> None:
        """Act no more."""
        self._timer.stop()

    def answer_dialog(self) -> None:
        """Answer a question for a file at once: keys at random could delete files there."""
        modal = QApplication.activeModalWidget()
        if isinstance(modal, QFileDialog):
            is_saved = modal.acceptMode() == QFileDialog.AcceptMode.AcceptSave
            if is_saved and self._draw.random() < 0.5:
                written = self._folder / f"written-{self._draw.randrange(3)}.{modal.defaultSuffix() or 'out'}"
                if self._draw.random() < 0.2:
                    # Over what may be open.
                    written = self._draw.choice([path for path in self._files if path.is_file()] or [written])
                modal.setDirectory(str(written.parent))
                modal.selectFile(written.name)
                # Writing over what is there is asked for in a box of its own.
                modal.setOption(QFileDialog.Option.DontConfirmOverwrite)
                modal.accept()
            elif not is_saved and self._draw.random() < 0.5:
                modal.filesSelected.emit([str(self._draw.choice(self._files))])
                modal.reject()
            else:
                modal.reject()
        elif modal is not None and self._draw.random() < 0.2:
            QTest.keyClick(modal, Qt.Key.Key_Escape)
            if modal.isVisible():
                modal.close()

    def close_all(self) -> None:
        """Close everything that is open besides the windows."""
        for _ in range(5):
            for widget in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
                if widget is not None:
                    widget.close()
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and not isinstance(widget, MainWindow):
                widget.close()
        QGuiApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _let_go(self) -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            keys = [Qt.Key.Key_Down] * self._draw.randrange(4)
            for key in (*keys, self._draw.choice((Qt.Key.Key_Escape, Qt.Key.Key_Return))):
                # One whose widget was switched off meanwhile takes none.
                if isValid(popup) and popup.isEnabled():
                    QTest.keyClick(popup, key)
            if QApplication.activePopupWidget() is popup:
                popup.close()
        if self.dragged is not None and isValid(self.dragged):
            # What is dragged out waits for the button in a loop of its own.
            QTest.keyClick(self.dragged, Qt.Key.Key_Escape)
