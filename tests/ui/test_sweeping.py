"""Python's search for garbage, put off until nobody waits for the window."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
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


def test_only_young_objects_are_looked_through_by_themselves_until_the_window_is_gone(qapp, jobs, before):
    window = QWidget()
    Sweeper(window, jobs)
    assert gc.get_threshold()[:2] == before[:2]
    assert gc.get_threshold()[2] == 1_000_000_000
    window.deleteLater()
    qapp.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    assert gc.get_threshold() == before


def test_it_sweeps_while_nothing_happens(qtbot, shown, jobs, swept):
    Sweeper(shown, jobs)
    qtbot.waitUntil(lambda: swept.times > 0)


def test_it_does_not_sweep_where_nothing_can_be_found(qtbot, shown, jobs, swept):
    swept.waiting = (0, 0, sweeping._WORTH_IT - 1)
    Sweeper(shown, jobs)
    qtbot.wait(150)
    assert swept.times == 0


def test_it_does_not_sweep_while_a_job_is_under_way(qtbot, shown, jobs, swept):
    end = threading.Event()
    jobs.start("look", "looking", lambda progress, cancelled: end.wait(20), lambda _: None, quiet=True)
    Sweeper(shown, jobs)
    qtbot.wait(150)
    assert swept.times == 0
    end.set()
    qtbot.waitUntil(lambda: swept.times > 0)


def test_whoever_uses_mouse_or_keys_puts_it_off(qtbot, shown, jobs, swept, monkeypatch):
    monkeypatch.setattr(sweeping, "QUIET_SECONDS", 30.0)
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    sweeper = Sweeper(shown, jobs)
    clock[0] = 129.0
    QTest.keyClick(shown.windowHandle(), Qt.Key.Key_A)
    clock[0] = 131.0
    sweeper._timer.timeout.emit()
    assert swept.times == 0
    clock[0] = 159.0
    sweeper._timer.timeout.emit()
    assert swept.times == 1


def test_work_that_came_to_its_end_puts_it_off(shown, jobs, swept, monkeypatch):
    monkeypatch.setattr(sweeping, "QUIET_SECONDS", 30.0)
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    sweeper = Sweeper(shown, jobs)
    clock[0] = 129.0
    jobs.idle.emit()
    clock[0] = 131.0
    sweeper._timer.timeout.emit()
    assert swept.times == 0
    clock[0] = 159.0
    sweeper._timer.timeout.emit()
    assert swept.times == 1
