"""How long the layers take, and how much memory their values may: what the person asks of the running itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings

from explorer.errors import PortsideError
from explorer.running.memory import LEAST_BUDGET, machine_memory, read_budget, size_text, usual_budget
from explorer.session.answers import Notice, Timed
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from explorer.session.tasks import time_layers_of

if TYPE_CHECKING:
    from explorer.running.runner import Runner

KEY = "memory"


class Measuring(QObject):
    """Times the layers for the desk, and gives every runner its budget; the budget is kept in ``settings``."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[Notice], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say = session, jobs, say
        self._settings: QSettings | None = None
        self.memory = usual_budget()
        session.runner_changed.connect(self._follow)

    def remember_in(self, settings: QSettings | None) -> None:
        """Take the budget that was chosen last, and keep what is chosen from now on."""
        self._settings = settings
        kept = None if settings is None else settings.value(KEY)
        if isinstance(kept, str) and kept.isdecimal() and LEAST_BUDGET <= int(kept) <= machine_memory():
            self.memory = int(kept)
            self._give_budget(self._session.runner)

    def choose_memory(self, text: str) -> None:
        """Let the values of layers take as much memory as ``text`` says, from the next run on."""
        try:
            chosen = read_budget(text)
        except PortsideError as error:
            self._say(Notice(f"{str(error)[:1].upper()}{str(error)[1:]}."))
            return
        if size_text(chosen) == size_text(self.memory):
            # What was offered, rounded to be read: it stays as exact as it was, and the machine's share stays a share.
            return
        self.memory = chosen
        if self._settings is not None:
            self._settings.setValue(KEY, str(self.memory))
        self._give_budget(self._session.runner)
        self._say(Notice(f"From the next run on, layers' values take up to {size_text(self.memory)}.", "news"))

    def time_layers(self) -> None:
        """Time every layer: on the run that is shown, or on numbers drawn by chance."""
        session = self._session
        runner, run = session.runner, session.shown_run
        if runner is None:
            return
        inputs = None if run is None else run.inputs

        def take(timed: Timed) -> None:
            if runner is session.runner:
                session.put(timed=timed)

        self._jobs.start(
            "time",
            "timing the layers",
            lambda progress, cancelled: time_layers_of(runner, inputs, progress, cancelled),
            take,
        )

    def _follow(self, runner: Runner | None) -> None:
        self._jobs.drop("time")
        self._give_budget(runner)

    def _give_budget(self, runner: Runner | None) -> None:
        if runner is not None:
            runner.memory = self.memory
