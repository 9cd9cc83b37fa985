"""Golden runs in the window: what is open as one file, and how the picture of one that was opened is prepared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.errors import PortsideError
from explorer.session.answers import Notice, Opened
from explorer.session.jobs import IsCancelled, Jobs, Progress
from explorer.session.session import Session, Values

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.running.golden_saving import Golden

Make = Callable[[IsCancelled], "Golden"]


class GoldenRuns(QObject):
    """Saves golden runs for the desk: the reference's values, where there is one that was compared, else our own."""

    def __init__(
        self, session: Session, jobs: Jobs, say: Callable[[Notice], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say = session, jobs, say

    @property
    def can_save(self) -> bool:
        """Whether there is a network with values that were compared or computed."""
        session = self._session
        return session.runner is not None and (session.comparison is not None or session.picture_run is not None)

    def save(self, path: Path) -> None:
        """Write the network, the picture, and the values as one file."""
        reference = self._session.reference
        compared = self._session.comparison is not None and reference is not None
        make = self._of_reference() if compared else self._of_run()
        if make is None:
            return
        whose = f"{Path(reference.path).name}'s" if compared and reference is not None else "the network's own"

        def task(progress: Progress, cancelled: IsCancelled) -> Path:
            return save_golden_as(make, path, progress, cancelled)

        self._jobs.start(
            "golden",
            f"saving {path.name}",
            task,
            lambda saved: self._say(Notice(f"Golden run saved as {saved}; its values are {whose}.", "news")),
            lane="files",
        )

    def _of_run(self) -> Make | None:
        session = self._session
        network, run, picture, preprocessing = (
            session.network,
            session.picture_run,
            session.picture,
            session.preprocessing,
        )
        if network is None or run is None:
            return None

        def make(cancelled: IsCancelled) -> Golden:
            from explorer.comparison.golden_contents import golden_of_run

            return golden_of_run(
                network,
                run,
                picture=picture,
                preprocessing=preprocessing,
                labels=network.labels,
                cancelled=cancelled,
            )

        return make

    def _of_reference(self) -> Make | None:
        session = self._session
        network, runner, comparison, reference = session.network, session.runner, session.comparison, session.reference
        picture, run, preprocessing = session.picture, session.picture_run, session.preprocessing
        if network is None or runner is None or comparison is None or reference is None:
            return None

        def make(cancelled: IsCancelled) -> Golden:
            from explorer.comparison.golden_contents import golden_of_reference

            return golden_of_reference(
                network,
                runner.provider.name,
                comparison,
                reference,
                picture=picture,
                made=None if run is None else run.inputs,
                preprocessing=preprocessing,
                labels=network.labels,
            )

        return make


def save_golden_as(make: Make, path: Path, progress: Progress, cancelled: IsCancelled) -> Path:
    """Write what ``make`` gives as a golden run, whole or not at all; returns its path.

    :raises PortsideError: when it can't be written there.
    """
    from explorer.running.golden_saving import save_golden

    text = f"saving {path.name}"
    progress(0, 0, text)
    save_golden(make(cancelled), path, lambda done, total: progress(done, total, text), cancelled)
    return path


def recorded_preprocessing(opened: Opened, network: Network | None) -> Values:
    """How the picture of a golden run is to be prepared for the network; empty where that says it itself."""
    golden = None if opened.reference is None else opened.reference.golden
    if golden is None or network is None or not opened.pictures:
        return {}
    from explorer.running.golden_pictures import preparation

    try:
        chosen = preparation(network, golden)
    except PortsideError:
        return {}
    return {} if chosen is None else {"preprocessing": chosen}
