"""Python's search for garbage, put off until nobody waits for the window."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from explorer.session.jobs import Jobs
from explorer.ui import sweeping
from explorer.ui.sweeping import Sweeper


class Swept:
    """How often everything was looked through, without doing it; what has waited is said by the test."""

    def __init__(self) -> None:
        self.times = 0
        self.waiting = (0, 0, sweeping._WORTH_IT)

    def collect(self) -> None:
        self.times += 1


@pytest.fixture
def before() -> Iterator[tuple[int, int, int]]:
    thresholds = gc.get_threshold()
    yield thresholds
    gc.set_threshold(*thresholds)


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch, before: tuple[int, int, int]) -> Swept:
    made = Swept()
    monkeypatch.setattr(gc, "collect", made.collect)
    monkeypatch.setattr(gc, "get_count", lambda: made.waiting)
    monkeypatch.setattr(sweeping, "QUIET_SECONDS", 0.04)
    return made


@pytest.fixture
def shown(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(80, 80)
    made.show()
    return made


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def sweeper(qapp: QApplication) -> Iterator[Sweeper]:
    parent = QObject()
    yield Sweeper(parent)
    parent.deleteLater()
    qapp.sendPostedEvents(parent, QEvent.Type.DeferredDelete)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of day; nobody else's timers come between, as nothing is waited for."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(sweeping, "QUIET_SECONDS", 30.0)
    return now


def remove(window: QWidget) -> None:
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def test_only_young_objects_are_looked_through_by_themselves_until_the_last_window_is_gone(jobs, before, sweeper):
    first, second = QWidget(), QWidget()
    other = Jobs()
    sweeper.watch(first, jobs)
    sweeper.watch(second, other)
    for window in (first, second):
        assert gc.get_threshold() == (*before[:2], 1_000_000_000)
        remove(window)
    assert gc.get_threshold() == before
    other.close()


def test_a_window_after_the_last_one_is_watched_again(jobs, before, sweeper):
    for _ in range(2):
        window = QWidget()
        sweeper.watch(window, jobs)
        assert gc.get_threshold()[2] == 1_000_000_000
        remove(window)
        assert gc.get_threshold() == before


def test_it_sweeps_while_nothing_happens(qtbot, shown, jobs, swept, sweeper):
    sweeper.watch(shown, jobs)
    qtbot.waitUntil(lambda: swept.times > 0)


def test_it_does_not_sweep_where_nothing_can_be_found(qtbot, shown, jobs, swept, sweeper):
    swept.waiting = (0, 0, sweeping._WORTH_IT - 1)
    sweeper.watch(shown, jobs)
    qtbot.wait(150)
    assert swept.times == 0


def test_it_does_not_sweep_while_a_job_is_under_way_in_any_window(qtbot, shown, jobs, swept, sweeper):
    end = threading.Event()
    other, others_jobs = QWidget(), Jobs()
    others_jobs.start("look", "looking", lambda progress, cancelled: end.wait(20), lambda _: None, quiet=True)
    sweeper.watch(shown, jobs)
    sweeper.watch(other, others_jobs)
    qtbot.wait(150)
    assert swept.times == 0
    end.set()
    qtbot.waitUntil(lambda: swept.times > 0)
    others_jobs.close()
    remove(other)


def test_it_sweeps_in_the_midst_of_a_job_where_much_has_gathered(qtbot, shown, jobs, swept, sweeper, monkeypatch):
    monkeypatch.setattr(sweeping, "HANDS_OFF_SECONDS", 0.02)
    swept.waiting = (0, 0, sweeping._MUCH)
    end = threading.Event()
    jobs.start("look", "looking", lambda progress, cancelled: end.wait(20), lambda _: None, quiet=True)
    sweeper.watch(shown, jobs)
    qtbot.waitUntil(lambda: swept.times > 0)
    end.set()


def test_whoever_uses_mouse_or_keys_puts_it_off(qtbot, shown, jobs, swept, clock, sweeper):
    sweeper.watch(shown, jobs)
    clock[0] = 129.0
    QTest.keyClick(shown.windowHandle(), Qt.Key.Key_A)
    clock[0] = 131.0
    sweeper._timer.timeout.emit()
    assert swept.times == 0
    clock[0] = 159.0
    sweeper._timer.timeout.emit()
    assert swept.times == 1


@pytest.mark.parametrize(
    ("waiting", "after", "times"),
    [
        (sweeping._MUCH, 0.4, 0),
        (sweeping._MUCH - 1, 0.6, 0),
        (sweeping._MUCH, 0.6, 1),
        (sweeping._FAR_TOO_MUCH - 1, 0.0, 0),
        (sweeping._FAR_TOO_MUCH, 0.0, 1),
    ],
)
def test_the_more_has_gathered_the_less_it_waits(shown, jobs, swept, clock, sweeper, waiting, after, times):
    sweeper.watch(shown, jobs)
    QTest.keyClick(shown.windowHandle(), Qt.Key.Key_A)
    swept.waiting = (0, 0, waiting)
    clock[0] += after
    sweeper._timer.timeout.emit()
    assert swept.times == times


def test_work_that_came_to_its_end_puts_it_off(shown, jobs, swept, clock, sweeper):
    sweeper.watch(shown, jobs)
    clock[0] = 129.0
    jobs.idle.emit()
    clock[0] = 131.0
    sweeper._timer.timeout.emit()
    assert swept.times == 0
    clock[0] = 159.0
    sweeper._timer.timeout.emit()
    assert swept.times == 1
