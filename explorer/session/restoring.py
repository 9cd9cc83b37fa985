"""What was open is opened again: files in a worker, then what was chosen of them, then what takes a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.session.answers import Notice, Opened, Waiting
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.opening import OpenFiles
from explorer.session.pictures import kept_pictures
from explorer.session.preparing import own_preprocessing
from explorer.session.remembered import Remembered
from explorer.session.reopening import MakeExample, Reopened, reopen, wait_until_settled
from explorer.session.repairs import Repairs
from explorer.session.session import Session, Values
from explorer.session.session_files import open_files_of, original, remember

if TYPE_CHECKING:
    from explorer.network.network import Network

Take = Callable[[Opened, Values], None]


class Restoring(QObject):
    """Restores sessions for the desk, and reloads what is open from its files."""

    taking = Signal(object)
    """A network that was open before is about to be shown again; this is its :class:`Sight`, None where it is kept."""

    opening = Signal(list)
    """Files, before anything is done with them."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[Notice], None],
        repairs: Repairs,
        parent: QObject | None = None,
        *,
        open_files: OpenFiles,
        take: Take,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say, self._repairs = session, jobs, say, repairs
        self._open_files, self._take = open_files, take
        self._pending: tuple[Network, Remembered] | None = None
        jobs.idle.connect(self._finish)

    def restore(self, record: Remembered, make_example: MakeExample | None = None) -> None:
        """Open what ``record`` says in place of what is open."""
        self._start(record, "opening what was open", make_example, is_reload=False)

    @property
    def can_reload(self) -> bool:
        """Whether anything is open that came from a file."""
        return bool(open_files_of(self._session))

    def reload(self) -> None:
        """Read the files of what is open again; what was chosen stays, and all stays where they can't be read."""
        record = replace(remember(self._session, {}), pictures=(), folder=None)
        if record.files:
            names = _names(record.files)
            self._start(record, f"reloading {names}", None, is_reload=True)

    def _start(self, record: Remembered, text: str, make_example: MakeExample | None, *, is_reload: bool) -> None:
        open_files, files = self._open_files, tuple(open_files_of(self._session))
        self.opening.emit(list(record.files))

        def task(progress: Progress, cancelled: IsCancelled) -> Reopened:
            progress(0, 0, text)
            if is_reload:
                wait_until_settled(files, cancelled)
            return reopen(record, make_example, open_files, progress, cancelled)

        self._jobs.start(
            "open",
            text,
            task,
            lambda reopened: self._take_reopened(reopened, record, is_reload=is_reload),
            lane="files",
            replaces=False,
        )

    def _take_reopened(self, reopened: Reopened, record: Remembered, *, is_reload: bool) -> None:
        opened = reopened.opened
        wanted = self._wanted(opened, record, is_reload=is_reload)
        self._pending = None
        if opened.network is not None:
            self._pending = (opened.network, replace(record, applied=()) if is_reload else record)
            self.taking.emit(None if is_reload else record.sight)
        if is_reload:
            opened = replace(opened, folder=None, waiting=None)
        self._take(opened, wanted)
        for text in _told(reopened):
            self._say(Notice(text, "problem" if reopened.missing else "news"))

    def _wanted(self, opened: Opened, record: Remembered, *, is_reload: bool) -> Values:
        """What is put into the session beside what was opened: choices, and nothing in place of what was not open."""
        values: Values = {}
        network = opened.network
        if network is None:
            return values
        if record.preprocessing is not None:
            own = own_preprocessing(network)
            if own is not None:
                values["preprocessing"] = replace(record.preprocessing, layout=own.layout)
        if record.layer in network.layer:
            values["layer"] = record.layer
        if not is_reload:
            values["pictures"] = kept_pictures(opened.pictures)
            values["picture"] = opened.pictures[0] if opened.pictures else None
            values["folder"], values["reference"] = opened.folder, opened.reference
            values["waiting"] = opened.waiting or Waiting()
        return values

    def _finish(self) -> None:
        """When all has come to rest: what could not be chosen before there was a comparison and a diagnosis."""
        pending, self._pending = self._pending, None
        session = self._session
        if pending is None or pending[0] is not original(session):
            return
        record = pending[1]
        wanted = {*record.applied}
        findings = () if session.diagnosis is None else session.diagnosis.findings
        again = [finding for finding in findings if (finding.layer, finding.cause) in wanted]
        if again:
            # The comparison of what is corrected chooses what is shown, and comes to rest by itself.
            self._pending = (pending[0], replace(record, applied=()))
            self._repairs.apply(again)
        elif record.fed_with and session.comparison is not None:
            session.put(fed_with=record.fed_with)


def _told(reopened: Reopened) -> list[str]:
    parts = []
    if reopened.missing:
        verb = "is" if len(reopened.missing) == 1 else "are"
        parts.append(f"{_names(reopened.missing)} {verb} no longer there")
    if reopened.changed:
        verb = "has" if len(reopened.changed) == 1 else "have"
        parts.append(f"{_names(reopened.changed)} {verb} changed since")
    return [f"{' and '.join(parts)}."] if parts else []


def _names(paths: Sequence[Path]) -> str:
    names = [path.name for path in paths]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
