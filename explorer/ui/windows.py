"""All windows of the program: opened, listed and closed; what they share, and the session that they make together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from explorer.session.answers import Notice, Offer
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.recent import Recent, RecentFiles
from explorer.session.remembered import Layout, Remembered
from explorer.session.session_store import Left, SessionStore
from explorer.ui.keeping import Keeping
from explorer.ui.layouts import Layouts
from explorer.ui.recent_choices import recent_tip, short_folder
from explorer.ui.recent_list import RecentLine

if TYPE_CHECKING:
    from explorer.ui.looks import Looks
    from explorer.ui.main_window import MainWindow

RESTORE_KEY = "restore"
SAVE_AFTER = 1500
"""Milliseconds after a change until the session is kept: what is open changes by many steps at a time."""


class Windows(QObject):
    """Every window has a session, jobs and a desk of its own; looks, settings and recent files are all windows'.

    ``make`` makes a window that is neither shown nor known here yet. Without ``store`` no session is kept, and without
    ``settings`` nothing else either.
    """

    changed = Signal()
    """A window was opened, closed, or is called otherwise."""

    opened = Signal(object)
    """A further :class:`MainWindow`, which is shown and has no files yet."""

    def __init__(
        self,
        make: Callable[[Windows], MainWindow],
        looks: Looks,
        settings: QSettings | None,
        store: SessionStore | None,
        *,
        example: Path,
        serial: bool = False,
    ) -> None:
        super().__init__()
        self._make, self._settings, self._store, self._example = make, settings, store, example
        self.looks = looks
        looks.setParent(self)
        looks.changed.connect(self.changed)
        self._jobs = Jobs(self, serial=serial)
        self.recent = RecentFiles(settings, self._jobs, example, self)
        self.recent.changed.connect(self._show_recent)
        self.restores_at_start = settings is None or settings.value(RESTORE_KEY) not in ("false", False)
        self._windows: list[MainWindow] = []
        self._kept: dict[MainWindow, tuple[Keeping, Layouts]] = {}
        self._number = 0
        self._left = Left()
        self._held_back: tuple[Remembered, ...] = ()
        self._is_touched = False
        self._final: tuple[Remembered, ...] | None = None
        self._due = QTimer(self, singleShot=True, interval=SAVE_AFTER)
        self._due.timeout.connect(self._save)
        if store is not None:
            store.open()

    @property
    def all(self) -> tuple[MainWindow, ...]:
        """The windows in the order in which they were opened."""
        return tuple(self._windows)

    @property
    def active(self) -> MainWindow | None:
        """The one with the keyboard, else the latest."""
        return next((window for window in self._windows if window.isActiveWindow()), None) or next(
            reversed(self._windows), None
        )

    def make_window(self) -> MainWindow:
        """A further window, which is not shown yet; it is no longer one of these once it is closed."""
        window = self._make(self)
        self._number += 1
        layouts = Layouts(window, window.panels, self._settings)
        keeping = Keeping(
            window,
            window.session,
            window.jobs,
            window.desk,
            window.sight_link,
            layouts,
            passing=self._example,
            mark=partial(self._mark, self._number),
        )
        active = self.active
        beside = None if active is None else self._kept[active][1].layout
        self._windows.append(window)
        self._kept[window] = (keeping, layouts)
        layouts.restore(layouts.read() if beside is None else beside, is_beside=beside is not None)
        window.panels.changed.connect(self._due.start)
        window.views_made.connect(layouts.follow_splitters)
        window.notices.offer_taken.connect(lambda offer: self._take_offer(window, offer))
        window.restore_asked.connect(lambda: self.restore_last(window))
        window.next_asked.connect(lambda: self.show_next(window))
        window.recent_asked.connect(lambda entry: self.open_recent(window, entry))
        window.closing.connect(lambda: self._take_closing(window))
        window.closed.connect(lambda: self._take_closed(window))
        keeping.changed.connect(self._due.start)
        keeping.touched.connect(lambda: self._take_touch(window))
        keeping.activated.connect(self._take_activated)
        window.empty.restore_requested.connect(window.restore_last)
        window.empty.recent_chosen.connect(lambda number: self.open_recent(window, self.recent.entries[number]))
        self.changed.connect(window.refresh_actions)
        self._show_recent()
        self.changed.emit()
        return window

    def open_window(self, paths: Sequence[Path] = ()) -> MainWindow:
        """Open a further window, with files in it."""
        self._final = None
        window = self.make_window()
        window.closed.connect(window.deleteLater)
        window.show()
        self.opened.emit(window)
        window.activateWindow()
        if paths:
            window.open_files(list(paths))
        return window

    @property
    def titles(self) -> tuple[str, ...]:
        """What the windows are called, without the program's name."""
        return tuple(window.windowTitle().removesuffix(" – Portside") for window in self._windows)

    def place_of(self, window: object) -> int:
        """Which of the windows that is, from 0."""
        return next(place for place, other in enumerate(self._windows) if other is window)

    def show_at(self, place: int) -> None:
        """Bring the window at that place to the front."""
        self.show(self._windows[place])

    def show(self, window: MainWindow) -> None:
        """Bring a window to the front."""
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()

    def show_next(self, window: MainWindow) -> None:
        """Bring the window after that one to the front; after the last comes the first, after a closed one none."""
        if window not in self._windows:
            return
        self.show(self._windows[(self._windows.index(window) + 1) % len(self._windows)])

    def quit(self) -> None:
        """Close all windows; what is open in each of them is kept."""
        if self._windows:
            self._final = self._records()
        for window in self.all:
            window.close()

    def open_recent(self, window: MainWindow, entry: Recent) -> None:
        """Open a network with what was opened with it last."""
        window.notices.clear()
        window.desk.restoring.restore(entry.remembered)

    def choose_restoring(self, restores: bool) -> None:
        """Open what was open again at the next start, or don't."""
        self.restores_at_start = restores
        if self._settings is not None:
            self._settings.setValue(RESTORE_KEY, "true" if restores else "false")

    @property
    def can_restore(self) -> bool:
        """Whether there is a session that is not open again."""
        return bool(self._held_back)

    def begin(self, window: MainWindow, paths: Sequence[Path] = ()) -> None:
        """Begin with the first window: with ``paths`` in it where any are given, else with what was open last.

        Never with what was worked on when the program ended by a crash: that is told, and can be opened all the same.
        """
        self._left = Left() if self._store is None else self._store.find_left()
        self._held_back = self._left.windows
        if paths:
            window.open_files(list(paths))
        elif self._held_back and self.restores_at_start:
            harmless = tuple(self._without_suspects(record) for record in self._left.windows)
            self._held_back = self._left.windows if harmless != self._left.windows else ()
            self._restore(window, [record for record in harmless if not record.is_empty])
        self._tell_of_crash(window, paths)
        self._show_recent()
        self.changed.emit()
        self.recent.look()

    def restore_last(self, window: MainWindow) -> None:
        """Open what was open last, all of it, also what was held back."""
        records, self._held_back = self._held_back, ()
        window.notices.clear()
        self._restore(window, records)
        extra = [path for path in self._left.suspects if all(path not in record.files for record in self._left.windows)]
        self._left = Left()
        if extra:
            window.desk.open(extra)
        self._show_recent()
        self.changed.emit()

    def end(self) -> None:
        """The program ends as it should."""
        self._due.stop()
        self._jobs.close()
        if self._store is not None:
            if self._is_touched and self._final is not None:
                self._store.save(self._final)
            self._store.close()

    def _show_recent(self) -> None:
        lines = [
            RecentLine(entry.network.name, short_folder(entry.network), recent_tip(entry), self.recent.missing(entry))
            for entry in self.recent.entries
        ]
        for window in self._windows:
            window.empty.show_recent(lines, can_restore=self.can_restore)

    def _restore(self, window: MainWindow, records: Sequence[Remembered]) -> None:
        for number, record in enumerate(records):
            target = window if number == 0 else self.open_window()
            keeping, layouts = self._kept[target]
            if record.layout != Layout():
                layouts.restore(record.layout)
            keeping.expect(record)
            target.desk.restoring.restore(record, target.make_example)

    def _without_suspects(self, record: Remembered) -> Remembered:
        if record.is_example and self._left.is_example_suspect:
            return Remembered()
        return record.without(self._left.suspects)

    def _tell_of_crash(self, window: MainWindow, opened: Sequence[Path]) -> None:
        names = [path.name for path in self._left.suspects if path not in opened]
        if self._left.is_example_suspect:
            names.append("the example")
        if not names:
            return
        named = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        again = "it was" if len(names) == 1 else "they were"
        text = f"Portside ended unexpectedly while it worked on {named}: {again} not opened again."
        window.notices.show_notice(Notice(text, "problem", Offer("Open Anyway", "reopen")))

    def _take_offer(self, window: MainWindow, offer: Offer) -> None:
        if offer.id == "reload":
            window.reload()
        else:
            self.restore_last(window)

    def _take_touch(self, window: MainWindow) -> None:
        self._is_touched = True
        self.recent.remember(window.session)
        self.changed.emit()

    def _take_activated(self) -> None:
        self.recent.look()
        # Another window may have chosen another.
        for window in self._windows:
            window.desk.measuring.remember_in(self._settings)

    def _take_closing(self, window: MainWindow) -> None:
        if window not in self._kept:
            return
        self._kept[window][1].keep()
        if self._final is None and len(self._windows) == 1:
            # The last window stays in the session: it is what is opened next time.
            self._final = self._records()

    def _take_closed(self, window: MainWindow) -> None:
        if window not in self._kept:
            return
        keeping, _ = self._kept.pop(window)
        keeping.end()
        self._windows.remove(window)
        self._due.start()
        self.changed.emit()

    def _mark(self, number: int, files: Sequence[Path], is_example: bool) -> None:
        if self._store is not None:
            self._store.mark(number, files, is_example=is_example)

    def _save(self) -> None:
        store = self._store
        if store is None or self._final is not None or not self._is_touched:
            return
        records = self._records()

        def task(progress: Progress, cancelled: IsCancelled) -> None:
            store.save(records)

        self._jobs.start("keep", "keeping the session", task, lambda _: None, lane="keep", replaces=False, quiet=True)

    def _records(self) -> tuple[Remembered, ...]:
        return tuple(keeping.record() for keeping, _ in self._kept.values())
