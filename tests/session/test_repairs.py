"""Diagnosing and correcting as the desk does it: what starts when, and whose answer counts."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.running.images import Picture
from explorer.running.reference import Reference
from explorer.session.answers import Compared, Corrected, Notice, Opened, PictureRun, Port
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from tests.small_network import LAYERS, picture_pixels, small_network

REFERENCE = Reference("reference.npz", {}, {})


@dataclass(frozen=True, eq=False)
class Found:
    layer: str


def _port(**kwargs) -> Port:
    network = small_network(**kwargs)
    runner: Any = SimpleNamespace(network=network, fallback=None)
    return Port(network, None, runner, network.preprocessing)


def _run(value=0.0) -> Any:
    inputs = {"data": np.full((1, 3, 8, 8), 1 + value, np.float32)}
    return SimpleNamespace(inputs=inputs, values={}, look_ahead=lambda cancelled: None)


def _compared(*culprits) -> Compared:
    rows = tuple(
        LayerComparison(name, "", reference_key="x", verdict="culprit" if name in culprits else "match")
        for name in LAYERS
    )
    return Compared(Comparison("model", "reference.npz", rows), _run(), ())


def _diagnosis(*layers, unexplained=()) -> Any:
    findings = tuple(Found(layer) for layer in layers)
    return SimpleNamespace(findings=findings, unexplained=dict.fromkeys(unexplained, "why"))


@dataclass
class Workbench:
    """A desk whose network is wrong in two layers; every task is answered by the test."""

    jobs: Jobs = field(default_factory=lambda: Jobs(serial=True))
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self.session = Session()
        self.port = _port()
        self.opened = Opened(network=self.port.network, path=Path("net.onnx"), runner=self.port.runner)
        self.compared = _compared("conv1", "fc")
        self.diagnosis = _diagnosis("conv1", "fc")
        self.pictures = 0.0
        self.desk = Desk(
            self.session,
            self.jobs,
            open_files=lambda *args: self.opened,
            run_picture=lambda *args: PictureRun((), _run(self.pictures), ()),
            compare=lambda *args: self._told("compare", self.compared),
            diagnose=lambda port, reference, picture, *rest: self._told("diagnose", self.diagnosis, port, picture),
            correct=lambda port, findings, *rest: self._correct(port, findings, rest[1]),
        )
        self.desk.said.connect(self.notices.append)

    def _told(self, kind, answer, *args):
        self.asked.append((kind, *args))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _correct(self, port, findings, picture):
        self.asked.append(("correct", tuple(finding.layer for finding in findings), picture))
        left = {"conv1", "fc"} - {finding.layer for finding in findings}
        return Corrected(_port() if findings else port, _compared(*left))

    def open(self, **parts):
        self.opened = Opened(**parts)
        self.desk.open([Path("something")])

    def open_port(self, **more):
        self.open(network=self.port.network, path=Path("net.onnx"), runner=self.port.runner, **more)

    def kinds(self):
        return [asked[0] for asked in self.asked]

    def applied(self):
        return [finding.layer for finding in self.session.applied]


@pytest.fixture
def bench():
    return Workbench()


@pytest.fixture
def diagnosed(bench):
    bench.open_port(reference=REFERENCE)
    return bench


def test_a_comparison_with_culprits_is_diagnosed_at_once(diagnosed):
    assert diagnosed.kinds() == ["compare", "diagnose"]
    assert diagnosed.session.diagnosis is diagnosed.diagnosis
    assert diagnosed.session.diagnosed.network is diagnosed.port.network


def test_a_port_that_agrees_is_not_diagnosed(bench):
    bench.compared = _compared()
    bench.open_port(reference=REFERENCE)
    assert bench.kinds() == ["compare"]
    assert bench.session.diagnosis is None


def test_a_failed_diagnosis_is_told_and_leaves_the_comparison(bench):
    bench.diagnosis = PortsideError("can't be compared", file="reference.npz")
    bench.open_port(reference=REFERENCE)
    assert [notice.text for notice in bench.notices] == ["reference.npz: can't be compared"]
    assert bench.session.comparison is bench.compared.comparison


def test_the_picture_is_a_suspect_only_where_it_became_another_tensor(bench):
    bench.open_port(reference=REFERENCE, pictures=(Picture("a.png", picture_pixels()),))
    assert bench.asked[-1][2] is None
    bench.pictures = 0.5
    bench.open(pictures=(Picture("b.png", picture_pixels()),))
    bench.desk.repairs.diagnose()
    assert bench.asked[-1][2] is bench.session.picture


def test_a_correction_puts_another_network_on_screen_and_undo_the_first(diagnosed):
    first, _ = diagnosed.diagnosis.findings
    diagnosed.desk.repairs.apply([first])
    assert diagnosed.applied() == ["conv1"]
    assert diagnosed.session.network is not diagnosed.port.network
    assert diagnosed.session.path == Path("net.onnx")
    assert diagnosed.session.is_unsaved
    assert diagnosed.session.diagnosis is diagnosed.diagnosis
    assert diagnosed.session.comparison.layer["conv1"].verdict == "match"
    diagnosed.desk.repairs.take_back([first])
    assert diagnosed.session.network is diagnosed.port.network
    assert not diagnosed.session.is_unsaved
    assert diagnosed.applied() == []


def test_corrections_keep_the_order_of_the_diagnosis(diagnosed):
    first, second = diagnosed.diagnosis.findings
    diagnosed.desk.repairs.apply([second])
    diagnosed.desk.repairs.apply([first])
    assert diagnosed.asked[-1][1] == ("conv1", "fc")
    assert diagnosed.applied() == ["conv1", "fc"]


def test_a_corrected_network_is_not_diagnosed_again(diagnosed):
    diagnosed.desk.repairs.apply(diagnosed.diagnosis.findings[:1])
    assert diagnosed.kinds() == ["compare", "diagnose", "correct"]
    diagnosed.desk.compare()
    assert diagnosed.kinds() == ["compare", "diagnose", "correct", "compare"]


def test_steps_are_undone_and_redone(diagnosed):
    repairs, (first, second) = diagnosed.desk.repairs, diagnosed.diagnosis.findings
    assert (repairs.can_undo, repairs.can_redo) == (False, False)
    repairs.apply([first])
    repairs.apply([second])
    repairs.undo()
    assert diagnosed.applied() == ["conv1"]
    repairs.undo()
    assert (diagnosed.applied(), repairs.can_undo) == ([], False)
    repairs.redo()
    assert diagnosed.applied() == ["conv1"]
    repairs.apply([second])
    assert not repairs.can_redo


def test_the_chosen_layer_and_preprocessing_stay_with_a_correction(diagnosed):
    diagnosed.desk.choose_layer("pool1")
    diagnosed.desk.choose_preset("caffe")
    diagnosed.desk.repairs.apply(diagnosed.diagnosis.findings)
    assert diagnosed.session.layer == "pool1"
    assert diagnosed.session.preprocessing.name == "caffe"


def test_another_reference_forgets_the_diagnosis_and_brings_a_new_one(diagnosed):
    diagnosed.desk.repairs.apply(diagnosed.diagnosis.findings)
    corrected = diagnosed.session.network
    diagnosed.diagnosis = _diagnosis("prob")
    diagnosed.compared = _compared("prob")
    diagnosed.open(reference=Reference("second.npz", {}, {}))
    assert diagnosed.session.diagnosis is diagnosed.diagnosis
    assert diagnosed.applied() == []
    assert diagnosed.session.network is corrected
    assert diagnosed.session.diagnosed.network is corrected
    assert diagnosed.session.is_unsaved


def test_another_network_forgets_the_diagnosis(diagnosed):
    diagnosed.desk.repairs.apply(diagnosed.diagnosis.findings)
    other = _port(name="other")
    diagnosed.compared = _compared()
    diagnosed.open(network=other.network, runner=other.runner)
    assert diagnosed.session.diagnosis is None
    assert diagnosed.session.diagnosed is None
    assert diagnosed.applied() == []
    assert not diagnosed.session.is_unsaved
    assert not diagnosed.desk.repairs.can_undo


def test_another_picture_keeps_a_diagnosis_that_has_nothing_to_do_with_it(diagnosed):
    diagnosed.open(pictures=(Picture("b.png", picture_pixels()),))
    assert diagnosed.session.diagnosis is diagnosed.diagnosis


def test_another_picture_outdates_what_was_found_about_the_input(bench):
    bench.pictures, bench.diagnosis = 0.5, _diagnosis("conv1", unexplained=["data"])
    bench.open_port(reference=REFERENCE, pictures=(Picture("a.png", picture_pixels()),))
    first = bench.session.diagnosis
    assert first is bench.diagnosis
    bench.diagnosis = _diagnosis("conv1")
    bench.open(pictures=(Picture("b.png", picture_pixels()),))
    assert bench.kinds() == ["compare", "diagnose", "compare", "diagnose"]
    assert bench.session.diagnosis is bench.diagnosis


def test_an_applied_correction_of_the_input_outlives_its_picture(bench):
    bench.pictures, bench.diagnosis = 0.5, _diagnosis("data", "conv1")
    bench.open_port(reference=REFERENCE, pictures=(Picture("a.png", picture_pixels()),))
    # The input is compared as well, as soon as something is found about it.
    assert bench.asked[-1] == ("correct", (), bench.session.picture)
    picture = bench.session.picture
    bench.desk.repairs.apply_all()
    bench.open(pictures=(Picture("b.png", picture_pixels()),))
    assert bench.session.diagnosis is bench.diagnosis
    bench.desk.repairs.take_back(bench.diagnosis.findings[:1])
    assert bench.asked[-1] == ("correct", ("conv1",), picture)


def test_saving_makes_the_corrected_network_a_saved_one(diagnosed, tmp_path):
    diagnosed.desk.repairs.apply_all()
    assert diagnosed.session.is_unsaved
    diagnosed.desk.save_network(tmp_path / "saved.onnx")
    assert not diagnosed.session.is_unsaved
    assert len(diagnosed.applied()) == 2


def test_a_correction_that_fails_is_told_and_changes_nothing(diagnosed):
    network = diagnosed.session.network

    def fail(*_):
        raise PortsideError("the correction of fc builds on another one")

    diagnosed.desk.repairs._correct = fail
    diagnosed.desk.repairs.apply_all()
    assert diagnosed.session.network is network
    assert diagnosed.applied() == []
    assert diagnosed.notices[-1].text == "the correction of fc builds on another one"


@pytest.fixture
def threaded(qtbot):
    """A bench with threads, whose diagnosis takes until it is cancelled or let go."""
    bench = Workbench(jobs=Jobs())

    def diagnose(port, reference, picture, progress, cancelled):
        bench.started.set()
        while not bench.let_go.wait(0.005):
            if cancelled():
                raise Cancelled
        return bench.diagnosis

    bench.desk.repairs._diagnose = diagnose
    yield bench
    bench.let_go.set()
    bench.jobs.close()


def test_a_cancelled_diagnosis_leaves_the_comparison_and_can_be_asked_for_again(threaded, qtbot):
    threaded.open_port(reference=REFERENCE)
    qtbot.waitUntil(threaded.started.is_set)
    assert [job.kind for job in threaded.jobs.shown] == ["diagnose"]
    threaded.jobs.cancel()
    assert threaded.jobs.wait_until_idle(5000)
    assert threaded.session.diagnosis is None
    assert threaded.session.comparison is threaded.compared.comparison
    threaded.let_go.set()
    threaded.desk.repairs.diagnose()
    assert threaded.jobs.wait_until_idle(5000)
    assert threaded.session.diagnosis is threaded.diagnosis


def test_the_picture_is_run_while_a_diagnosis_is_under_way(threaded, qtbot):
    threaded.open_port(reference=REFERENCE)
    qtbot.waitUntil(threaded.started.is_set)
    threaded.open(pictures=(Picture("b.png", picture_pixels()),))
    qtbot.waitUntil(lambda: threaded.session.picture_run is not None)
    assert threaded.jobs.is_busy("diagnose")


def test_a_diagnosis_of_a_network_that_is_gone_is_dropped(threaded, qtbot):
    threaded.open_port(reference=REFERENCE)
    qtbot.waitUntil(threaded.started.is_set)
    threaded.compared = _compared()
    other = _port(name="other")
    threaded.open(network=other.network, runner=other.runner)
    qtbot.waitUntil(lambda: threaded.session.network is other.network)
    threaded.let_go.set()
    assert threaded.jobs.wait_until_idle(5000)
    assert threaded.session.network is other.network
    assert threaded.session.diagnosis is None
