"""Times of the layers and the budget of memory, as the desk asks for them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from explorer.errors import PortsideError
from explorer.running import memory
from explorer.running.memory import size_text, usual_budget
from explorer.running.runner import Runner
from explorer.running.timing import LayerTime, Timing
from explorer.session import measuring, tasks
from explorer.session.answers import Notice, Timed
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from tests.small_network import LAYERS, SmallFiles, small_network, write_small_files

MACHINE = 16_000_000_000


class Bench:
    def __init__(self, *, serial: bool = True) -> None:
        self.session, self.jobs = Session(), Jobs(serial=serial)
        self.desk = Desk(self.session, self.jobs)
        self.measuring = self.desk.measuring
        self.said: list[Notice] = []
        self.desk.said.connect(self.said.append)


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory, measuring):
        monkeypatch.setattr(module, "machine_memory", lambda: MACHINE)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def timed_as(milliseconds: float) -> Timed:
    return Timed(Timing((LayerTime("conv1", milliseconds),), milliseconds, 0.0, 0.0, 3, 1, "cpu"), {})


def test_layers_are_timed_on_the_run_that_is_shown(files, monkeypatch):
    bench = Bench()
    bench.desk.open([files.network, files.picture])
    given = []
    real = tasks.time_layers_of

    def noting(runner, inputs, progress, cancelled):
        given.append(inputs)
        return real(runner, inputs, progress, cancelled)

    monkeypatch.setattr(measuring, "time_layers_of", noting)
    bench.measuring.time_layers()
    assert bench.session.picture_run is not None
    assert given == [bench.session.picture_run.inputs]
    assert bench.session.timed is not None
    assert [row.layer for row in bench.session.timed.timing.layers] == list(LAYERS)
    assert bench.said == []


def test_without_a_picture_layers_are_timed_all_the_same(files):
    bench = Bench()
    bench.desk.open([files.network])
    bench.measuring.time_layers()
    assert bench.session.timed is not None
    assert bench.session.timed.timing.batch == 1


def test_without_a_network_nothing_is_timed(qapp):
    bench = Bench()
    bench.measuring.time_layers()
    assert bench.session.timed is None


def test_times_go_with_the_network_and_not_with_the_picture(files):
    bench = Bench()
    bench.desk.open([files.network, files.picture])
    bench.measuring.time_layers()
    timed = bench.session.timed
    bench.desk.choose_preset("caffe")
    assert bench.session.timed is timed is not None
    bench.desk.open([files.network])
    assert bench.session.timed is None


def test_what_cannot_be_timed_is_told(files, monkeypatch):
    def fail(runner, inputs, progress, cancelled):
        raise PortsideError("onnxruntime wrote no times of webgpu")

    monkeypatch.setattr(measuring, "time_layers_of", fail)
    bench = Bench()
    bench.desk.open([files.network])
    bench.measuring.time_layers()
    assert bench.session.timed is None
    assert [notice.text for notice in bench.said] == ["onnxruntime wrote no times of webgpu"]


@pytest.mark.parametrize("next_network", [True, False])
def test_times_of_a_network_that_is_gone_are_dropped(qapp, monkeypatch, next_network):
    reached, go_on = threading.Event(), threading.Event()

    def slow(runner, inputs, progress, cancelled):
        reached.set()
        assert go_on.wait(20)
        return timed_as(1.0)

    monkeypatch.setattr(measuring, "time_layers_of", slow)
    bench = Bench(serial=False)
    network = small_network()
    bench.session.put(network=network, runner=Runner(network, threads=1))
    bench.measuring.time_layers()
    assert reached.wait(20)
    assert bench.jobs.is_busy("time")
    if next_network:
        bench.session.put(network=small_network(), runner=Runner(small_network(), threads=1))
    else:
        bench.desk.close()
    assert not bench.jobs.is_busy("time")
    go_on.set()
    assert bench.jobs.wait_until_idle(20_000)
    assert bench.session.timed is None
    assert bench.said == []
    bench.jobs.close()


def test_timing_waits_for_a_run_that_is_under_way(files, monkeypatch, qtbot):
    order: list[str] = []
    reached, go_on = threading.Event(), threading.Event()

    def run_picture(*arguments):
        reached.set()
        assert go_on.wait(20)
        order.append("run")
        return tasks.run_picture(*arguments)

    def time_layers_of(*arguments):
        order.append("time")
        return timed_as(1.0)

    monkeypatch.setattr(measuring, "time_layers_of", time_layers_of)
    session, jobs = Session(), Jobs()
    desk = Desk(session, jobs, run_picture=run_picture)
    desk.open([files.network, files.picture])
    qtbot.waitUntil(reached.is_set)
    desk.measuring.time_layers()
    assert jobs.is_busy("run")
    assert jobs.is_busy("time")
    go_on.set()
    assert jobs.wait_until_idle(20_000)
    assert order == ["run", "time"]
    assert session.picture_run is not None
    assert session.timed is not None
    jobs.close()


def test_every_runner_has_the_budget(qapp, files):
    bench = Bench()
    bench.desk.open([files.network])
    assert bench.session.runner is not None
    assert bench.session.runner.memory == bench.measuring.memory == usual_budget() == MACHINE // 4
    bench.measuring.choose_memory("512 MB")
    assert bench.session.runner.memory == 512_000_000
    bench.desk.open([files.network])
    assert bench.session.runner.memory == 512_000_000
    assert bench.said == [Notice("From the next run on, layers' values take up to 512 MB.", "news")]


def test_the_budget_is_kept_for_the_next_time(qapp, settings):
    first = Bench()
    first.measuring.remember_in(settings)
    first.measuring.choose_memory("1,5 GB")
    later = Bench()
    network = small_network()
    later.session.put(network=network, runner=Runner(network, threads=1))
    later.measuring.remember_in(settings)
    assert later.measuring.memory == 1_500_000_000
    assert later.session.runner is not None
    assert later.session.runner.memory == 1_500_000_000


@pytest.mark.parametrize("kept", ["", "much", "-5", "1e9", "100", str(MACHINE + 1)])
def test_a_setting_that_makes_no_sense_here_is_passed_over(qapp, settings, kept):
    settings.setValue("memory", kept)
    bench = Bench()
    bench.measuring.remember_in(settings)
    assert bench.measuring.memory == usual_budget()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("much", "'much' is no amount of memory, such as 2GB or 512MB."),
        ("", "'' is no amount of memory, such as 2GB or 512MB."),
        ("1 kB", "'1 kB' is too little memory: try 2GB or 512MB."),
        ("17 GB", "'17 GB' is more memory than the 16 GB that this machine has."),
    ],
)
def test_a_budget_that_cannot_be_is_told_and_changes_nothing(qapp, settings, text, told):
    bench = Bench()
    bench.measuring.remember_in(settings)
    bench.measuring.choose_memory(text)
    assert [(notice.text, notice.kind) for notice in bench.said] == [(told, Notice(told).kind)]
    assert bench.measuring.memory == usual_budget()
    assert settings.value("memory") is None


def test_what_is_offered_can_be_accepted_without_making_it_a_choice(qapp, settings):
    bench = Bench()
    bench.measuring.remember_in(settings)
    bench.measuring.memory = 6_324_567_890
    bench.measuring.choose_memory(size_text(6_324_567_890))
    assert bench.measuring.memory == 6_324_567_890
    assert settings.value("memory") is None
    assert bench.said == []
