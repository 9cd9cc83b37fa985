"""The search for the edits that explain one wrong stretch: one mistake first, then several at once."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.comparison.noise import TOLERANCE
from explorer.diagnosis import CHECKS, Check
from explorer.diagnosis.edit import Doubt, Edit, Fitted
from explorer.diagnosis.scene import Candidate, Scene, Suspect
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled

RUNNER_UP = 10.0
"""How many times better than the runner-up an explanation must be to stand alone."""

SEEDS = 6
"""Of the first edits of a pair as many are followed that bring the result nearest, and as many by its likeness."""

SEEDS_OF_A_CAUSE = 2
"""How many of those may be of one cause."""

MOST_EDITS = 3
"""Mistakes in one stretch; more make anything fit."""

SECONDS_ALONE = 30.0
"""How long single mistakes are tried: where much of a network lies between two recorded values, each takes its run.

This and the next two are of this thread's own computing, so that a busy machine finds what an idle one does.
"""

SECONDS = 12.0
"""How long pairs are tried for one stretch before something else is."""

SECONDS_IN_DOUBT = 6.0
"""The same where an explanation was found already, but one that might hide two plainer ones."""

ORDERS = ("channels-permuted", "label-order")
"""Causes that put numbers in order: what is left behind them may be simple, though they were read off the reference."""

OPPOSITES = {"activation-missing": "activation-extra", "activation-extra": "activation-missing"}

BETTER = 0.9
"""What an edit must bring the error down to, or the part that no factor explains, to be the first of a pair."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """The edits that bring a stretch to its floor, and what else came near."""

    before: Scene
    after: Scene
    edits: tuple[Edit, ...]
    equals: tuple[Candidate, ...]
    runner_up: tuple[str, float] | None


class _Trial:
    """A candidate and what it leaves; the scene with its copies of the weights is made again when more is asked."""

    def __init__(self, start: Scene, candidate: Candidate, residual: float | None = None) -> None:
        self._start = start
        self.candidate = candidate
        self.residual = _residual(start, candidate) if residual is None else residual

    @property
    def scene(self) -> Scene:
        return self._start.with_edits(self.candidate)

    @cached_property
    def floor(self) -> float:
        with _looked_at(self.scene) as scene:
            return scene.floor

    @cached_property
    def unlike(self) -> float:
        with _looked_at(self.scene) as scene:
            return scene.unlike


def _residual(start: Scene, candidate: Candidate) -> float:
    try:
        scene = start.with_edits(candidate)
    except PortsideError:
        return math.inf
    with _looked_at(scene):
        return scene.residual


@contextmanager
def _looked_at(scene: Scene) -> Iterator[Scene]:
    """A scene that nobody looks at afterwards: matrices of hundreds of megabytes don't wait for the next search."""
    try:
        yield scene
    finally:
        scene.draft.discard()


def explain(suspect: Suspect) -> Explanation | None:
    """Find the simplest edits after which ``suspect`` agrees with the reference; None where none is found.

    :raises Cancelled: when the suspect's ``cancelled()`` turns true.
    """
    # Infinities and NaN are results like others here.
    with np.errstate(all="ignore"):
        return _explained(Scene(suspect))


def _explained(start: Scene) -> Explanation | None:
    if not np.isfinite(start.target).all() or np.ptp(start.target) == 0:
        return None
    tried: list[_Trial] = []
    deadline = time.thread_time() + SECONDS_ALONE
    for most in (Fitted.FEW, Fitted.PER_CHANNEL):
        least = Fitted.NOTHING if most == Fitted.FEW else most
        tried += _try_all(start, least, most, deadline)
        if found := _accepted(start, tried):
            return _chosen(start, found, tried)
    solved = _try_all(start, Fitted.ALL, Fitted.ALL)
    fitting = _accepted(start, solved)
    if believed := [trial for trial in fitting if _doubt(trial) == Doubt.NONE]:
        return _chosen(start, believed, tried + solved)
    seconds = SECONDS_IN_DOUBT if fitting else SECONDS
    rules = [
        trial for trial in tried if all(edit.fitted <= Fitted.FEW or edit.cause in ORDERS for edit in trial.candidate)
    ]
    pairs = _orders_behind_rules(start, tried)
    if found := _accepted(start, pairs):
        return _chosen(start, found, tried + pairs)
    pairs = _combinations(start, [trial for trial in rules if _is_promising(trial, start)], seconds)
    if found := _accepted(start, pairs):
        return _chosen(start, found, tried + pairs)
    if believed := [trial for trial in fitting if _doubt(trial) == Doubt.SOME]:
        return _chosen(start, [*believed, *_as_open(fitting, believed)], tried + solved)
    pairs = _combinations(start, tried, seconds)
    if found := _accepted(start, pairs) or fitting:
        return _chosen(start, found, tried + solved + pairs)
    pairs = _solved_behind_rules(start, tried)
    if found := _accepted(start, pairs):
        return _chosen(start, found, tried + solved + pairs)
    return None


def _as_open(fitting: list[_Trial], believed: list[_Trial]) -> list[_Trial]:
    """Other weights, where the reference has one number for each bias: it can't tell these from those."""
    unproven = {edit.layer for trial in believed for edit in trial.candidate if edit.left_open is not None}
    return [trial for trial in fitting if trial not in believed and trial.candidate[-1].layer in unproven]


def _doubt(trial: _Trial) -> Doubt:
    return max(edit.doubt for edit in trial.candidate)


def _try_all(scene: Scene, least: Fitted, most: Fitted, deadline: float = math.inf) -> list[_Trial]:
    tried = []
    for candidate in _candidates(scene, [check for check in CHECKS if least <= check.fitted <= most]):
        if time.thread_time() > deadline:
            break
        tried.append(_Trial(scene, candidate))
    return tried


def _candidates(scene: Scene, checks: Iterable[Check]) -> Iterator[Candidate]:
    cancelled = scene.suspect.cancelled
    for check in checks:
        try:
            for candidate in check.candidates(scene):
                if cancelled is not None and cancelled():
                    raise Cancelled
                yield candidate
        except np.linalg.LinAlgError:
            continue  # numbers that no equations can be made of: this check has nothing to say


def _accepted(start: Scene, trials: Iterable[_Trial]) -> list[_Trial]:
    """The trials that come down to their floor, and stand clear of the error that is to be explained."""
    limit = start.residual / 3 if math.isfinite(start.residual) else math.inf
    near = [trial for trial in trials if trial.residual < min(limit, 0.1)]
    return [trial for trial in near if trial.residual <= TOLERANCE * trial.floor and _spares(start, trial)]


def _spares(start: Scene, trial: _Trial) -> bool:
    """Whether what shares nodes with the stretch, and is right, stays right."""
    for bystander in start.suspect.bystanders:
        try:
            made = Scene(bystander, (*start.edits, *trial.candidate))
        except PortsideError:
            continue  # it doesn't hold what is changed
        with _looked_at(made) as scene:
            if not scene.residual <= TOLERANCE * scene.floor:
                return False
    return True


def _chosen(start: Scene, found: list[_Trial], tried: list[_Trial]) -> Explanation:
    """The simplest of the explanations; others as simple and as good are told with it."""
    found = sorted(found, key=lambda trial: (_plainness(trial), trial.residual))
    best = found[0]
    # Of two that are as plain the table's order decides, unless one leaves ten times less.
    level = _plainness(best)
    equals = [trial for trial in found if _plainness(trial) == level]
    first = min(equals, key=tried.index) if all(trial in tried for trial in equals) else best
    causes = {edit.cause for edit in first.candidate}
    others = [trial for trial in tried if not causes & {edit.cause for edit in trial.candidate} and trial not in found]
    second = min(others, key=lambda trial: trial.residual, default=None)
    runner_up = None
    if second is not None and math.isfinite(second.residual):
        runner_up = (second.candidate[-1].cause, second.residual)
    rest = tuple(trial.candidate for trial in equals if trial is not first)
    edits = _needed(start, first)
    return Explanation(start, start.with_edits(edits), edits, rest, runner_up)


def _needed(start: Scene, trial: _Trial) -> tuple[Edit, ...]:
    """The trial's edits without those that nothing is missed of.

    What was fitted behind an edit stands on it, and might do its work besides.
    """
    edits = trial.candidate
    for number, edit in enumerate(trial.candidate):
        if any(later.fitted for later in trial.candidate[number + 1 :]):
            continue
        others = tuple(other for other in edits if other is not edit)
        if others and _residual(start, others) <= max(2 * trial.residual, trial.floor):
            edits = others
    return edits


def _plainness(trial: _Trial) -> tuple[int, int]:
    return len(trial.candidate), max(edit.fitted for edit in trial.candidate)


def _is_promising(trial: _Trial, start: Scene) -> bool:
    """Whether the edit alone makes the result clearly better, by its numbers or by its look."""
    if not math.isfinite(start.residual):
        return math.isfinite(trial.residual)
    return trial.residual < BETTER * start.residual or trial.unlike < BETTER * start.unlike


def _combinations(start: Scene, seeds: list[_Trial], seconds: float) -> list[_Trial]:
    """Further edits behind the best first ones, until some reach the floor or ``seconds`` are over."""
    level = seeds
    deadline = time.thread_time() + seconds
    for _ in range(MOST_EDITS - 1):
        found: list[_Trial] = []
        for seed in _best(level):
            if time.thread_time() > deadline:
                return found
            for most in (Fitted.FEW, Fitted.PER_CHANNEL):
                least = Fitted.NOTHING if most == Fitted.FEW else most
                further = [
                    _Trial(start, (*seed.candidate, *trial.candidate), trial.residual)
                    for trial in _try_all(seed.scene, least, most, deadline)
                    if not _same_node_twice(seed.candidate, trial.candidate)
                ]
                found += further
                if _accepted(start, further):
                    break
        if _accepted(start, found):
            return found
        level = found
    return []


def _orders_behind_rules(start: Scene, tried: list[_Trial]) -> list[_Trial]:
    """Another order behind each rule: while the order is wrong no rule seems to help, and it is quickly read off."""
    deadline = time.thread_time() + SECONDS
    checks = [check for check in CHECKS if check.orders]
    rules = [trial for trial in tried if all(edit.fitted == Fitted.NOTHING for edit in trial.candidate)]
    found: list[_Trial] = []
    for seed in sorted(rules, key=lambda trial: trial.residual):
        if not math.isfinite(seed.residual) or time.thread_time() > deadline:
            break
        with _looked_at(seed.scene) as scene:
            found += [
                _Trial(start, (*seed.candidate, *candidate), _residual(scene, candidate))
                for candidate in _candidates(scene, checks)
                if not _same_node_twice(seed.candidate, candidate)
            ]
    return found


def _solved_behind_rules(start: Scene, tried: list[_Trial]) -> list[_Trial]:
    """Weights that only fit once something else is right, where the reference has numbers to spare that prove them.

    With wrong weights the right rule may leave more than others: each has its turn, the likelier ones first.
    """
    deadline = time.thread_time() + SECONDS
    rules = [trial for trial in tried if all(edit.fitted <= Fitted.FEW for edit in trial.candidate)]
    usable = [trial for trial in rules if math.isfinite(trial.residual)]
    for seed in dict.fromkeys([*_best(rules), *sorted(usable, key=lambda trial: trial.residual)]):
        if time.thread_time() > deadline:
            break
        found = [
            _Trial(start, (*seed.candidate, *trial.candidate), trial.residual)
            for trial in _try_all(seed.scene, Fitted.ALL, Fitted.ALL, deadline)
            if _doubt(trial) == Doubt.NONE and not _same_node_twice(seed.candidate, trial.candidate)
        ]
        if _accepted(start, found):
            return found
    return []


def _same_node_twice(first: Candidate, second: Candidate) -> bool:
    """Whether the second edits undo or repeat what the first did: the same cause in the same layer, or its opposite."""
    done = {(edit.layer, edit.cause) for edit in first}
    return any({(edit.layer, edit.cause), (edit.layer, OPPOSITES.get(edit.cause))} & done for edit in second)


def _best(trials: list[_Trial]) -> list[_Trial]:
    """The edits to follow: what helps by itself, then the best of each rule, for two mistakes can hide each other."""
    usable = [trial for trial in trials if math.isfinite(trial.residual)]
    by_error = sorted(usable, key=lambda trial: trial.residual)
    by_look = sorted(usable, key=lambda trial: trial.unlike)
    rules = [trial for trial in by_error if all(edit.fitted == Fitted.NOTHING for edit in trial.candidate)]
    first = [*_of_each(by_error, SEEDS_OF_A_CAUSE)[:SEEDS], *_of_each(by_look, SEEDS_OF_A_CAUSE)[:SEEDS]]
    return list(dict.fromkeys([*first, *_of_each(rules, 1)]))


def _of_each(trials: list[_Trial], most: int) -> list[_Trial]:
    """No more than the first ``most`` of each cause."""
    seen = Counter[str]()
    kept = []
    for trial in trials:
        cause = trial.candidate[-1].cause
        seen[cause] += 1
        if seen[cause] <= most:
            kept.append(trial)
    return kept
