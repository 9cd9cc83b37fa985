"""The way from the picture to the input, changed by the person: step by step, as a whole, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from explorer.errors import PortsideError
from explorer.network.chain import moved, named, with_step, without
from explorer.network.preprocessing_fields import Step
from explorer.session.answers import Notice, Preparation, Steps, Tried
from explorer.session.jobs import Jobs
from explorer.session.picture_tasks import PreparePicture, prepare_picture, read_preset, write_preset
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing

Take = Callable[["Preprocessing", Steps], None]

MOST_STEPS_BACK = 100


class Preparing(QObject):
    """Changes the preprocessing for the desk, and shows what it makes of the picture before the network is run.

    An edit is tried on the picture first, in a worker: one that the network can't be fed with is told and
    changes nothing. ``take`` puts what was tried into force.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[Notice], None],
        parent: QObject | None = None,
        *,
        take: Take,
        prepare: PreparePicture = prepare_picture,
    ) -> None:
        super().__init__(parent)
        self._session, self._jobs, self._say, self._take, self._prepare = session, jobs, say, take, prepare
        self._in_force: Preprocessing | None = None
        self._wanted: Preprocessing | None = None
        self._done: list[Preprocessing] = []
        self._undone: list[Preprocessing] = []
        self._is_going = False
        session.changed.connect(self._follow)

    def change(self, step: Step, values: Mapping[str, Any]) -> None:
        """Take other numbers for a step; with numbers that do nothing it is left out, as if it were switched off."""
        if (recipe := self._latest()) is not None:
            changed = replace(recipe, **values)
            is_idle = recipe.does(step) and not changed.does(step)
            left_out = self._session.preparation.left_out
            self._try(changed, step, {**left_out, step: recipe} if is_idle else left_out)

    def switch(self, step: Step, on: bool) -> None:
        """Leave a step out, its numbers kept for when it comes back, or do it again; a new one gets usual numbers."""
        recipe, left_out = self._latest(), dict(self._session.preparation.left_out)
        if recipe is None or recipe.does(step) == on:
            return
        if on:
            self._try(with_step(recipe, step, left_out.pop(step, None)), step, left_out)
        else:
            self._try(without(recipe, step), step, {**left_out, step: recipe})

    def remove(self, step: Step) -> None:
        """Take a step out of the chain, with its numbers."""
        recipe, left_out = self._latest(), dict(self._session.preparation.left_out)
        if recipe is not None:
            left_out.pop(step, None)
            self._try(without(recipe, step), step, left_out)

    def move(self, step: Step, by: int) -> None:
        """Do a step ``by`` places later."""
        if (recipe := self._latest()) is not None:
            self._try(moved(recipe, step, by), step)

    def reset(self) -> None:
        """Go back to the network's own preprocessing."""
        own = self._session.preparation.own
        if own is not None:
            self._try(own, "", {})

    def undo(self) -> None:
        """Go back to what was in force before the last change."""
        if self._done and self._session.preprocessing is not None:
            self._undone.append(self._session.preprocessing)
            self._go(self._done.pop())

    def redo(self) -> None:
        """Take the change again that was taken back last."""
        if self._undone and self._session.preprocessing is not None:
            self._done.append(self._session.preprocessing)
            self._go(self._undone.pop())

    def save(self, path: Path) -> None:
        """Write what is in force as a description that can be loaded, and given to ``--preprocess``."""
        recipe = self._session.preprocessing
        if recipe is not None:
            self._jobs.start(
                "save preset",
                f"writing {path.name}",
                lambda progress, cancelled: write_preset(recipe, path, progress, cancelled),
                lambda written: self._say(Notice(f"Preprocessing saved as {written}.", "news")),
                lane="prepare",
            )

    def load(self, path: Path) -> None:
        """Take what a file describes."""
        if self._session.preprocessing is not None:
            self._jobs.start(
                "load preset",
                f"opening {path.name}",
                lambda progress, cancelled: read_preset(path, progress, cancelled),
                lambda recipe: self._try(recipe, "", {}, loaded=path.name),
                lane="prepare",
            )

    def _latest(self) -> Preprocessing | None:
        """What the next edit builds on: the last one, also while it is being tried."""
        return self._wanted or self._session.preprocessing

    def _try(
        self,
        recipe: Preprocessing,
        step: str,
        left_out: Mapping[Step, Preprocessing] | None = None,
        *,
        loaded: str = "",
    ) -> None:
        session = self._session
        network, preparation = session.network, session.preparation
        if network is None or session.preprocessing is None:
            return
        wanted = replace(recipe, layout=session.preprocessing.layout)
        wanted = wanted if loaded else named(wanted, preparation.own)
        self._wanted = wanted
        kept = preparation.left_out if left_out is None else left_out

        def take(tried: Tried) -> None:
            self._wanted = None
            before = session.preparation
            if tried.problem:
                session.put(preparation=replace(before, problem=tried.problem, step=step))
                if step not in before.left_out and step not in self._steps_done():
                    self._say(Notice(f"{loaded or wanted.name}: {tried.problem}"))
                return
            # A step that comes or goes is among those that are left out meanwhile, so that it never is out of sight.
            session.put(preparation=replace(before, problem="", left_out={**before.left_out, **kept}))
            if wanted != session.preprocessing:
                self._take(wanted, tried.steps)
            shown = {name: numbers for name, numbers in kept.items() if not wanted.does(name)}
            session.put(preparation=replace(session.preparation, problem="", step=step, left_out=shown))

        self._start(network, wanted, take)

    def _steps_done(self) -> tuple[Step, ...]:
        recipe = self._session.preprocessing
        return () if recipe is None else recipe.done

    def _start(self, network: Network, recipe: Preprocessing, take: Callable[[Tried], None]) -> None:
        picture = self._session.picture
        self._jobs.start(
            "prepare",
            "preparing the picture",
            lambda progress, cancelled: self._prepare(network, picture, recipe, progress, cancelled),
            take,
            lane="prepare",
            quiet=True,
        )

    def _go(self, recipe: Preprocessing) -> None:
        self._is_going = True
        self._take(recipe, ())
        self._is_going = False
        self._tell_history()

    def _follow(self, changed: Collection[str]) -> None:
        session, is_stale = self._session, bool({"network", "picture", "preprocessing"} & set(changed))
        if is_stale:
            self._wanted = None
            self._jobs.drop("prepare")
        if "network" in changed:
            self._done, self._undone = [], []
            session.put(preparation=Preparation(own=own_preprocessing(session.network)))
        elif "preprocessing" in changed and not self._is_going:
            self._undone = []
            if self._in_force is not None:
                self._done = [*self._done, self._in_force][-MOST_STEPS_BACK:]
            self._tell_history()
        self._in_force = session.preprocessing
        if is_stale:
            self._show_steps()

    def _show_steps(self) -> None:
        session = self._session
        network, recipe = session.network, session.preprocessing
        if session.steps or network is None or recipe is None or session.picture is None:
            return
        # What goes wrong is told by the run, which follows.
        self._start(network, recipe, lambda tried: session.put(steps=tried.steps or session.steps))

    def _tell_history(self) -> None:
        self._session.put(
            preparation=replace(
                self._session.preparation,
                problem="",
                can_undo=bool(self._done),
                can_redo=bool(self._undone),
            )
        )


def own_preprocessing(network: Network | None) -> Preprocessing | None:
    """How the network says that a picture is to be prepared; None where it takes none."""
    from explorer.running.runner import picture_input

    if network is None:
        return None
    try:
        return picture_input(network)[1]
    except PortsideError:
        return None
