import gc
import sys
import threading
import weakref

import pytest

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.session.jobs import TURN, Job, Jobs, sentence


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.close()


class Gate:
    """A task that waits until the test lets it go, or until it is cancelled."""

    def __init__(self, answer="done"):
        self.begun, self.open, self.saw_cancel = threading.Event(), threading.Event(), False
        self.answer = answer

    def __call__(self, progress, cancelled):
        self.begun.set()
        while not self.open.wait(0.002):
            if cancelled():
                self.saw_cancel = True
                raise Cancelled
        return self.answer


def test_the_answer_arrives_in_the_thread_that_asked(jobs, qtbot):
    threads = []
    jobs.start(
        "a",
        "a",
        lambda progress, cancelled: threads.append(threading.get_ident()),
        lambda _: threads.append(threading.get_ident()),
    )
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


def test_a_newer_job_of_a_kind_cancels_the_older_and_drops_its_answer(jobs, qtbot):
    answers: list[object] = []
    old = Gate("old")
    jobs.start("run", "old", old, answers.append)
    qtbot.waitUntil(old.begun.is_set)
    jobs.start("run", "new", lambda progress, cancelled: "new", answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert jobs.wait_until_idle(5000)
    assert answers == ["new"]
    assert old.saw_cancel


def test_an_answer_that_comes_in_spite_of_the_cancel_is_dropped_too(jobs, qtbot):
    begun, release = threading.Event(), threading.Event()
    answers: list[object] = []

    def stubborn(progress, cancelled):
        begun.set()
        release.wait(5)
        return "stale"

    jobs.start("run", "old", stubborn, answers.append)
    qtbot.waitUntil(begun.is_set)
    jobs.start("run", "new", lambda progress, cancelled: "new", answers.append)
    release.set()
    assert jobs.wait_until_idle(5000)
    assert answers == ["new"]


def test_jobs_that_do_not_replace_are_done_in_order(jobs):
    answers: list[object] = []
    for number in range(5):
        jobs.start("open", "x", lambda progress, cancelled, n=number: n, answers.append, replaces=False)
    assert jobs.wait_until_idle(5000)
    assert answers == [0, 1, 2, 3, 4]


def test_lanes_do_not_wait_for_each_other(jobs, qtbot):
    slow = Gate()
    answers: list[object] = []
    jobs.start("compare", "slow", slow, answers.append)
    jobs.start("look", "quick", lambda progress, cancelled: "quick", answers.append, lane="look")
    qtbot.waitUntil(lambda: answers == ["quick"])
    slow.open.set()
    assert jobs.wait_until_idle(5000)
    assert answers == ["quick", "done"]


def test_cancelling_stops_the_task_and_says_so(jobs, qtbot):
    gate = Gate()
    answers: list[object] = []
    stopped: list[str] = []
    failed: list[str] = []
    jobs.stopped.connect(stopped.append)
    jobs.failed.connect(failed.append)
    jobs.start("run", "running cat.jpg", gate, answers.append)
    qtbot.waitUntil(gate.begun.is_set)
    jobs.cancel()
    assert jobs.shown[0].stopping
    assert jobs.wait_until_idle(5000)
    assert gate.saw_cancel
    assert (answers, stopped, failed) == ([], ["running cat.jpg"], [])


def test_cancelling_leaves_quiet_jobs_alone(jobs, qtbot):
    gate = Gate()
    answers: list[object] = []
    jobs.start("look", "looking", gate, answers.append, quiet=True)
    qtbot.waitUntil(gate.begun.is_set)
    jobs.cancel()
    gate.open.set()
    assert jobs.wait_until_idle(5000)
    assert answers == ["done"]


def test_progress_is_shown_with_its_text(jobs, qtbot):
    gate = Gate()
    shown: list[Job] = []

    def task(progress, cancelled):
        progress(3, 7, "layer 3 of 7")
        return gate(progress, cancelled)

    jobs.changed.connect(shown.extend)
    jobs.start("compare", "comparing", task, lambda _: None)
    qtbot.waitUntil(lambda: any((job.done, job.total, job.text) == (3, 7, "layer 3 of 7") for job in shown))
    gate.open.set()
    assert jobs.wait_until_idle(5000)
    assert jobs.shown == ()


def test_a_wrong_file_becomes_one_sentence_without_its_folder(jobs, qtbot):
    failed: list[str] = []
    jobs.failed.connect(failed.append)

    def task(progress, cancelled):
        raise PortsideError("holds 32 kernels, 64 are expected", file="/home/a/net.caffemodel", layer="conv1")

    jobs.start("open", "opening", task, lambda _: None)
    assert jobs.wait_until_idle(5000)
    assert failed == ["net.caffemodel: layer 'conv1': holds 32 kernels, 64 are expected"]


def test_a_mistake_of_the_program_is_told_and_its_traceback_logged(jobs, caplog):
    failed: list[str] = []
    jobs.failed.connect(failed.append)

    def task(progress, cancelled):
        return dict[str, int]()["kernel"]

    jobs.start("run", "running cat.jpg", task, lambda _: None)
    assert jobs.wait_until_idle(5000)
    assert failed == ["Portside itself went wrong (KeyError: 'kernel'); the log has the details"]
    assert "running cat.jpg" in caplog.text
    assert "KeyError: 'kernel'" in caplog.text


def test_closing_cancels_waits_and_takes_no_more_work(qtbot):
    jobs, gate = Jobs(), Gate()
    answers: list[object] = []
    jobs.start("run", "running", gate, answers.append)
    qtbot.waitUntil(gate.begun.is_set)
    jobs.close()
    assert gate.saw_cancel
    jobs.start("run", "more", lambda progress, cancelled: 1, answers.append)
    qtbot.wait(20)
    assert answers == []


def test_a_job_that_waits_in_its_lane_is_not_begun_once_cancelled(jobs, qtbot):
    first, begun = Gate(), []
    jobs.start("run", "first", first, lambda _: None)
    jobs.start("compare", "second", lambda progress, cancelled: begun.append(1), lambda _: None)
    qtbot.waitUntil(first.begun.is_set)
    jobs.cancel()
    assert jobs.wait_until_idle(5000)
    assert begun == []


def test_nothing_is_held_of_a_task_that_is_over(jobs, qtbot):
    known = Gate()
    known.open.set()
    alive = weakref.ref(known)
    jobs.start("a", "a", known, lambda _: None)
    del known
    assert jobs.wait_until_idle(5000)
    gc.collect()
    assert alive() is None


def test_idle_is_told_when_nothing_is_under_way(jobs, qtbot):
    with qtbot.waitSignal(jobs.idle, timeout=5000):
        jobs.start("a", "a", lambda progress, cancelled: None, lambda _: None)
    assert not jobs.is_busy()


def test_serial_jobs_are_done_before_start_returns():
    jobs, order = Jobs(serial=True), []

    def first(answer):
        order.append(answer)
        jobs.start("b", "b", lambda progress, cancelled: "second", order.append)
        order.append("asked")

    jobs.start("a", "a", lambda progress, cancelled: "first", first)
    assert order == ["first", "asked", "second"]


def test_the_sentence_of_an_error_names_the_file_alone():
    assert sentence(PortsideError("is empty", file="/a/b/c.onnx")) == "c.onnx: is empty"
    assert sentence(ValueError("x\ny")) == "Portside itself went wrong (ValueError: x y); the log has the details"


def test_a_worker_gives_way_to_the_window_sooner_than_python_would(qtbot):
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        alone = Jobs(serial=True)
        alone.start("a", "a", lambda progress, cancelled: None, lambda _: None)
        assert sys.getswitchinterval() == pytest.approx(0.005)
        beside = Jobs()
        beside.start("a", "a", lambda progress, cancelled: None, lambda _: None)
        assert beside.wait_until_idle(5000)
        beside.close()
        assert sys.getswitchinterval() == pytest.approx(TURN)
    finally:
        sys.setswitchinterval(before)


def test_waiting_goes_on_for_what_begins_when_all_is_done(jobs):
    done: list[object] = []

    def begin() -> None:
        if len(done) < 2:
            jobs.start("second", "second", lambda progress, cancelled: "second", done.append)

    jobs.idle.connect(begin)
    jobs.start("first", "first", lambda progress, cancelled: "first", done.append)
    assert jobs.wait_until_idle(5000)
    assert done == ["first", "second"]
