"""Sentences to the person, inside the window and out of the way: nothing has to be answered."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.session.answers import Notice
from explorer.ui.compact_button import compact_button
from explorer.ui.icons import ICON, icon
from explorer.ui.plain_tip import plain_tip
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, Theme

MOST = 4
"""More sentences than this at a time nobody reads; the oldest goes first."""

LONGEST_WORD = 60
"""Letters of a word, as of a path, that are shown: lines break between words only, and the window is as wide as one."""

MOST_LETTERS = 600
"""Of a sentence, that are shown."""


class Notices(QWidget):
    """The sentences that stand at the head of the window, the latest on top, each until it is dismissed."""

    changed = Signal(int)
    """How many there are."""

    offer_taken = Signal(object)
    """The :class:`Offer` of a sentence, which is then gone."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self.setAccessibleName("Messages")
        self._theme = theme
        self._rows: list[_NoticeRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GRID, GRID, GRID, 0)
        self._column.setSpacing(GRID // 2)
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences that are shown, the latest first."""
        return tuple(row.notice.text for row in self._rows)

    def show_notice(self, notice: Notice) -> None:
        """Show one more sentence; one that stands there already moves to the top."""
        for row in [row for row in self._rows if row.notice == notice]:
            self._remove(row)
        row = _NoticeRow(notice, self._theme, self)
        row.dismissed.connect(lambda: self._remove(row))
        row.taken.connect(lambda: self._take(row))
        self._rows.insert(0, row)
        self._column.insertWidget(0, row)
        for old in self._rows[MOST:]:
            self._remove(old)
        self._tell()

    def clear(self) -> None:
        """Dismiss all sentences."""
        for row in list(self._rows):
            self._remove(row)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for row in self._rows:
            row.show_theme(theme)

    def _take(self, row: _NoticeRow) -> None:
        self._remove(row)
        self.offer_taken.emit(row.notice.offer)

    def _remove(self, row: _NoticeRow) -> None:
        if row in self._rows:
            self._rows.remove(row)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
            self._tell()

    def _tell(self) -> None:
        self.setVisible(bool(self._rows))
        self.changed.emit(len(self._rows))


class _NoticeRow(QFrame):
    dismissed = Signal()
    taken = Signal()

    def __init__(self, notice: Notice, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setObjectName("notice")
        self.setProperty("card", True)
        problem = notice.kind == "problem"
        self._mark = TextLabel(theme, "▲" if problem else "●", colour="culprit" if problem else "accent", parent=self)
        self._mark.setAccessibleName("Problem" if problem else "Message")
        self._text = text = TextLabel(theme, shown_text(notice.text), parent=self)
        text.setWordWrap(True)
        text.setToolTip(plain_tip(notice.text) if text.text() != notice.text else "")
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._dismiss = QToolButton(self)
        self._dismiss.setObjectName("dismiss")
        self._dismiss.setAccessibleName("Dismiss this message")
        self._dismiss.setToolTip("Dismiss")
        self._dismiss.setIconSize(QSize(ICON - 4, ICON - 4))
        self._dismiss.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID + GRID // 2, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._mark, 0)
        row.addWidget(text, 1)
        if notice.offer is not None:
            button = compact_button(self, "offer", notice.offer.text, notice.text)
            button.clicked.connect(self.taken)
            row.addWidget(button, 0)
        row.addWidget(self._dismiss, 0)
        self.show_theme(theme)

    def show_theme(self, theme: Theme) -> None:
        self._mark.show_theme(theme)
        self._text.show_theme(theme)
        self._dismiss.setIcon(icon("dismiss", theme))


def shown_text(text: str) -> str:
    """The sentence without the middle of words that no line has room for, and without its own where it is a page."""
    return _without_middle(
        re.sub(rf"\S{{{LONGEST_WORD + 1},}}", lambda found: _without_middle(found[0], LONGEST_WORD), text), MOST_LETTERS
    )


def _without_middle(text: str, most: int) -> str:
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"
