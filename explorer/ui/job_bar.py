"""The line at the foot of the window: what is being done and how to stop it, else what is open."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from explorer.session.jobs import Job
from explorer.ui.plain_tip import plain_tip
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

HEIGHT = 3 * GRID + GRID // 2


class JobBar(QWidget):
    """Shows the oldest job under way with its progress; more of them are counted."""

    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job_bar")
        self.setAccessibleName("Work under way")
        self.setFixedHeight(HEIGHT)
        self._status = ""
        self._tip = ""
        self._jobs: tuple[Job, ...] = ()
        self._text = ElidedLabel(theme, colour="muted")
        self._text.setObjectName("job_text")
        self._progress = QProgressBar(self)
        self._progress.setObjectName("job_progress")
        self._progress.setAccessibleName("Progress")
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(25 * GRID)
        self._more = TextLabel(theme, size=SMALL, colour="muted", parent=self)
        self._cancel = QPushButton("Cancel", self)
        self._cancel.setObjectName("job_cancel")
        self._cancel.setProperty("compact", True)
        self._cancel.setToolTip("Stop the work under way (Esc)")
        self._cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        row.setSpacing(GRID + GRID // 2)
        row.addWidget(self._text, 1)
        row.addWidget(self._more)
        row.addWidget(self._progress)
        row.addWidget(self._cancel)
        self._show()

    def show_jobs(self, jobs: tuple[Job, ...]) -> None:
        """Show what is being done; with nothing to do, the status."""
        self._jobs = jobs
        self._show()

    def show_status(self, text: str, tip: str = "") -> None:
        """What is told while nothing is being done; ``tip`` in its tooltip."""
        self._status, self._tip = text, tip
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._text.show_theme(theme)
        self._more.show_theme(theme)

    def _show(self) -> None:
        busy = bool(self._jobs)
        self._progress.setVisible(busy)
        self._cancel.setVisible(busy)
        self._more.setVisible(len(self._jobs) > 1)
        if not busy:
            self._text.setText(self._status)
            self.setToolTip(plain_tip(self._tip))
            return
        job = self._jobs[0]
        text = f"{job.text[:1].upper()}{job.text[1:]}"
        self._text.setText(f"Stopping: {job.text}" if job.stopping else f"{text}…")
        self.setToolTip("")
        self._cancel.setEnabled(not job.stopping)
        self._more.setText(f"and {len(self._jobs) - 1} more")
        # A range of zero is Qt's own sign for work whose length nobody knows.
        self._progress.setRange(0, job.total)
        self._progress.setValue(min(job.done, job.total))
